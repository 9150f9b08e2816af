/** In which mode a job reads a system: the one in which it prepares what was read. */
import type { Job, Model, SynchronizationMode, Task } from '../../config/index.ts';

/**
 * The mode of the preparation that follows the export: one that depends on it, else the next one of its connector, else any
 * of its connector. One job may prepare one connector completely and another by changes, or one connector twice. Where the
 * connector is not prepared at all, the first preparation of the job says the mode; without any, the job does.
 */
export function modeOfExport(
  model: Model,
  job: Pick<Job, 'tasks' | 'isIncremental'>,
  task: Task,
): SynchronizationMode {
  const connector = connectorOf(model, task);
  const preparations = job.tasks.flatMap((each, index) =>
    each.kind === 'PrepareSynchronizationTask' ? [{ ...each, index }] : [],
  );
  const own = preparations.filter((each) => each.connector === connector);
  const index = job.tasks.findIndex(({ identifier }) => identifier === task.identifier);
  const preparation =
    preparations.find(({ dependsOn }) => dependsOn.includes(task.identifier)) ??
    own.find((each) => each.index > index) ??
    own[0] ??
    preparations[0];
  return preparation?.mode ?? (job.isIncremental ? 'incremental' : 'complete');
}

function connectorOf(model: Model, task: Task): string | undefined {
  if (task.kind !== 'ExportTask' || task.connection === undefined) return task.connector;
  return model.connections.get(task.connection)?.connector ?? task.connector;
}
