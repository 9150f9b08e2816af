import { readTableMap } from '../entity-tables.ts';
import type { StoreTransaction } from '../open-store.ts';

/** Every resource of this type, and owners that are gone and still hold something of these resource types; ascending. */
export async function listOwnerIds(
  transaction: StoreTransaction,
  entityType: string,
  resourceTypes: readonly string[],
): Promise<readonly number[]> {
  const { tx } = transaction;
  const entity = (await readTableMap(transaction)).entities.get(entityType);
  const present = entity === undefined ? [] : await tx(entity.table).select('id').orderBy('id');
  const ids = new Set<number>(present.map((row) => row.id));
  const holding = await tx('assigned_resource_types')
    .whereIn('resource_type', [...resourceTypes])
    .distinct('owner_id');
  for (const row of holding) ids.add(row.owner_id);
  return [...ids].sort((a, b) => a - b);
}
