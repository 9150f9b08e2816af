/** Computed properties: expressions over a resource, stored with it, refreshed after its inputs changed. */
import type { EntityPropertyExpression } from '../../../config/index.ts';
import {
  checkFence,
  ResourceGraph,
  readEvaluationMark,
  readLastChangeId,
  readTableMap,
  type StoreTransaction,
  type TableMap,
  writeComputedValues,
  writeEvaluationMark,
} from '../../store/index.ts';
import { runClock } from '../run-clock.ts';
import { completed, nothingToDo, type TaskOutcome } from '../task-outcome.ts';
import type { Workspace } from '../workspace.ts';
import { openQueries } from './open-queries.ts';
import { pagesToCompute } from './pages-to-compute.ts';
import { runRecorded } from './run-recorded.ts';

/** Name under which the progress of computed properties is kept, beside those of evaluations. */
export const markName = '#property-expressions';

/** Expressions run in ascending priority, so that one may read what another computed. */
export async function updatePropertyExpressions(
  workspace: Workspace,
  options: { readonly entityTypes: readonly string[]; readonly dirty: boolean },
): Promise<TaskOutcome> {
  const { model, store } = workspace;
  const expressions = model.propertyExpressions
    .filter(
      (expression) =>
        options.entityTypes.length === 0 || options.entityTypes.includes(expression.entityType),
    )
    .toSorted((a, b) => a.priority - b.priority);
  if (expressions.length === 0) return nothingToDo('No property is computed by an expression.');
  return runRecorded(
    workspace,
    'property-expressions',
    options.entityTypes.join(', '),
    async (runId, lease) => {
      const total = await store.transaction(async (t) => {
        await checkFence(t, lease);
        const mark = await readEvaluationMark(t, markName);
        const isDirty = options.dirty && mark !== null && mark.configurationHash === model.hash;
        const lastChangeId = await readLastChangeId(t);
        const tables = await readTableMap(t);
        const counts = { computed: 0, changed: 0, failed: 0 };
        for (const expression of expressions) {
          const result = await updateOne(
            t,
            workspace,
            tables,
            expression,
            isDirty ? mark.lastChangeId : null,
            runId,
          );
          counts.computed += result.computed;
          counts.changed += result.changed;
          counts.failed += result.failed;
        }
        await writeEvaluationMark(
          t,
          markName,
          { configurationHash: model.hash, lastChangeId },
          runId,
        );
        return counts;
      });
      return completed(
        `${total.computed} values computed, ${total.changed} changed${total.failed === 0 ? '' : `, ${total.failed} could not be computed and stay as they were`}.`,
        total,
      );
    },
  );
}

async function updateOne(
  t: StoreTransaction,
  workspace: Workspace,
  tables: TableMap,
  expression: EntityPropertyExpression,
  since: number | null,
  runId: number,
): Promise<{ readonly computed: number; readonly changed: number; readonly failed: number }> {
  const entity = tables.entities.get(expression.entityType);
  const column = entity?.columns.get(expression.property);
  if (entity === undefined || column === undefined) return { computed: 0, changed: 0, failed: 0 };
  const clock = runClock(workspace.effects.now());
  const reads = new Set([
    ...expression.value.reads,
    `${expression.entityType}:${expression.property}` as const,
  ]);
  const graph = await ResourceGraph.open(t, workspace.model.entityModel, reads);
  const queried = expression.value.queried ?? new Set();
  const queries = await openQueries(t, workspace.model, queried);
  const counts = { computed: 0, changed: 0, failed: 0 };
  const { entityModel } = workspace.model;
  const places = { entityModel, tables };
  for await (const ids of pagesToCompute(t, places, entity, expression.value, since)) {
    workspace.effects.signal.throwIfAborted();
    await graph.load(t, expression.entityType, ids);
    const changes: { id: number; value: string | null }[] = [];
    for (const id of ids) {
      const view = graph.view(expression.entityType, id);
      if (view === null) continue;
      try {
        const result = expression.value.evaluate(view, {
          now: clock.internal,
          ...(queries === undefined ? {} : { queries }),
        });
        const value = result.kind === 'text' ? result.value : null;
        counts.computed += 1;
        if (value !== view.scalar(expression.property)) changes.push({ id, value });
      } catch (error) {
        counts.failed += 1;
        workspace.effects.logger.warn(
          { entityType: expression.entityType, code: (error as { code?: string }).code },
          'A computed property could not be computed.',
        );
      }
    }
    await writeComputedValues(t, entity, { property: expression.property, column }, changes, {
      id: runId,
      at: clock.timestamp,
    });
    counts.changed += changes.length;
    graph.forgetPage();
  }
  return counts;
}
