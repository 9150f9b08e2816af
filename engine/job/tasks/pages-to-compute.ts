/** The resources for which an expression may give another value than before. */
import type { CompiledExpression, EntityModel } from '../../../config/index.ts';
import {
  type EntityTable,
  listResourceIds,
  type StoreTransaction,
  type TableMap,
} from '../../store/index.ts';
import { followReads, isQueriedTouched, readTouched } from './affected-owners.ts';

const pageSize = 2_000;

/**
 * Ids in ascending order, page by page: those that a change after `since` reaches, or all of the entity type, where `since`
 * is `null`, the expression reads the clock, or a query of it may find something else.
 */
export async function* pagesToCompute(
  t: StoreTransaction,
  { entityModel, tables }: { readonly entityModel: EntityModel; readonly tables: TableMap },
  entity: EntityTable,
  expression: CompiledExpression,
  since: number | null,
): AsyncGenerator<readonly number[]> {
  const { reads, queried = new Set(), readsClock } = expression;
  if (since === null || readsClock || (await isQueriedTouched(t, queried, since))) {
    yield* pagesOfAll(t, entity);
    return;
  }
  const touched = await readTouched(t, reads, [entity.entityType], since);
  const reached = await followReads(t, entityModel, tables, reads, touched);
  const ids = [...(reached.get(entity.entityType) ?? [])].sort((a, b) => a - b);
  for (let start = 0; start < ids.length; start += pageSize)
    yield ids.slice(start, start + pageSize);
}

async function* pagesOfAll(
  t: StoreTransaction,
  entity: EntityTable,
): AsyncGenerator<readonly number[]> {
  let after = 0;
  for (;;) {
    const ids = await listResourceIds(t, entity, after, pageSize);
    if (ids.length === 0) return;
    yield ids;
    after = ids.at(-1) ?? after;
  }
}
