/** The connections that a task talks to. */
import type { Model, Task } from '../../config/index.ts';
import { connectionsToFulfil } from './tasks/fulfil-connection.ts';

/** Identifiers, as the task names them; none for tasks that talk to the store alone. */
export function connectionsOfTask(model: Model, task: Task): readonly string[] {
  if (task.kind === 'FulfillTask')
    return connectionsToFulfil(model, {
      ...(task.connector === undefined ? {} : { connector: task.connector }),
      connections: namedToFulfil(model, task),
    });
  if (task.kind !== 'ExportTask') return [];
  if (task.connection !== undefined) return [task.connection];
  return [...model.connections.values()]
    .filter(({ connector }) => connector === (task.connector ?? ''))
    .map(({ identifier }) => identifier);
}

/** Those that the task or its resource types name; none: all that there are orders for. */
export function namedToFulfil(
  model: Model,
  task: Extract<Task, { kind: 'FulfillTask' }>,
): readonly string[] {
  if (task.connection !== undefined) return [task.connection];
  const named = task.resourceTypes.map(
    (identifier) => model.resourceTypes.get(identifier)?.mapping?.connection,
  );
  return [...new Set(named.filter((connection) => connection !== undefined))];
}
