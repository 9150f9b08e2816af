import type { EntityModel } from '../../../config/index.ts';
import { readTableMap } from '../entity-tables.ts';
import type { StoreTransaction } from '../open-store.ts';
import { readResources } from './list-resources.ts';

/** How people tell a resource: the value of its first key property, and its display name. */
export interface ResourceName {
  readonly id: number;
  readonly key: string;
  readonly name: string;
}

/** Names of these resources by id; a resource that has vanished is named by its id. */
export async function readNames(
  transaction: StoreTransaction,
  entityModel: EntityModel,
  entityType: string,
  ids: readonly number[],
): Promise<ReadonlyMap<number, ResourceName>> {
  const tables = await readTableMap(transaction);
  const entity = tables.entities.get(entityType);
  const type = entityModel.entityTypes.get(entityType);
  const names = new Map<number, ResourceName>(
    ids.map((id) => [id, { id, key: `#${id}`, name: '(no longer there)' }]),
  );
  if (entity === undefined || type === undefined) return names;
  const keyColumn = entity.columns.get(type.keys[0] ?? '') ?? 'mapping_key';
  const nameColumn = entity.columns.get(type.displayProperty) ?? keyColumn;
  for (const row of await readResources(transaction, entity, [...new Set(ids)])) {
    names.set(row.id, {
      id: row.id,
      key: String(row[keyColumn] ?? row.mapping_key),
      name: String(row[nameColumn] ?? ''),
    });
  }
  return names;
}
