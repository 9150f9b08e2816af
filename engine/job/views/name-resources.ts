import type { Model } from '../../../config/index.ts';
import { type ResourceName, readNames, type Store } from '../../store/index.ts';

/** Keys and names by id; who is gone has its number as key. */
export async function nameResources(
  store: Store,
  model: Model,
  entityType: string,
  ids: readonly number[],
): Promise<ReadonlyMap<number, ResourceName & { readonly entityType: string }>> {
  const distinct = [...new Set(ids)].sort((a, b) => a - b);
  const names = await store.read((t) => readNames(t, model.entityModel, entityType, distinct));
  return new Map(
    distinct.map((id) => [
      id,
      { ...(names.get(id) ?? { id, key: `#${id}`, name: '' }), entityType },
    ]),
  );
}
