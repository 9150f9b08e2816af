/** Whole entity types in memory for queries of expressions, when there are any. */
import {
  type Model,
  type QueryHost,
  QueryResources,
  type ReadPair,
} from '../../../config/index.ts';
import { ResourceGraph, type StoreTransaction } from '../../store/index.ts';

/**
 * The resources that queries look through, as they are now; `undefined` when nothing is queried. `queried` are the pairs
 * queries read, `Type:Id` for each type they look through. Memory: the selected columns of whole types; a type of more
 * than 500,000 resources is refused with a `StoreError`.
 */
export async function openQueries(
  t: StoreTransaction,
  model: Model,
  queried: ReadonlySet<ReadPair>,
): Promise<QueryHost | undefined> {
  if (queried.size === 0) return undefined;
  const graph = await ResourceGraph.open(t, model.entityModel, queried);
  const types = [...queried]
    .filter((pair) => pair.endsWith(':Id'))
    .map((pair) => pair.slice(0, -3));
  await graph.loadWhole(t, types);
  return new QueryResources((entityType) => graph.viewsOf(entityType));
}
