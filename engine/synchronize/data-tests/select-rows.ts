/** The resources that a data test's `Where` lets through. */
import type { DataTest } from '../../../config/index.ts';
import {
  type EntityTable,
  listResourceIds,
  ResourceGraph,
  type RowScope,
  stageScope,
} from '../../store/index.ts';
import type { DataTestRequest } from './types.ts';

const pageSize = 2_000;

export interface SelectedRows {
  readonly scope: RowScope;
  /** Resources for which the condition could not be computed; they are looked at as though it held. */
  readonly undecided: number;
}

export async function selectRows(
  request: DataTestRequest,
  entity: EntityTable,
  test: DataTest,
): Promise<SelectedRows> {
  const { where } = test;
  if (where === undefined) return { scope: null, undecided: 0 };
  const { transaction, model, signal } = request;
  const now = new Date(request.now).toISOString().replaceAll(/\D/g, '').slice(0, 14);
  const graph = await ResourceGraph.open(transaction, model.entityModel, where.reads);
  let undecided = 0;
  async function* chosen(): AsyncGenerator<readonly number[]> {
    let after = 0;
    for (;;) {
      signal?.throwIfAborted();
      const ids = await listResourceIds(transaction, entity, after, pageSize);
      if (ids.length === 0) return;
      await graph.load(transaction, test.entityType, ids);
      yield ids.filter((id) => {
        const view = graph.view(test.entityType, id);
        if (view === null || where === undefined) return false;
        try {
          const result = where.evaluate(view, { now });
          return result.kind === 'text' && result.value === 'true';
        } catch {
          // A row that the condition cannot judge must not slip through for that reason.
          undecided += 1;
          return true;
        }
      });
      after = ids.at(-1) ?? after;
      graph.forgetPage();
    }
  }
  const scope = await stageScope(transaction, entity, chosen());
  return { scope, undecided };
}
