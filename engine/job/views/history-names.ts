/** What people call resources, now or at some time. */
import type { EntityModel } from '../../../config/index.ts';
import {
  type EntityTable,
  type ResourceName,
  type ResourceRow,
  readNames,
  readResourcesAt,
  readTableMap,
  type StoreTransaction,
} from '../../store/index.ts';

/** Names of resources of a type by id; who is not there is named by its id. */
export type ReadNames = (
  entityType: string,
  ids: readonly number[],
) => Promise<ReadonlyMap<number, ResourceName>>;

/** Names as they are, or, with `at`, as they were then. */
export function namesOf(
  transaction: StoreTransaction,
  entityModel: EntityModel,
  at: string | null,
): ReadNames {
  return async (entityType, ids) => {
    if (at === null) return readNames(transaction, entityModel, entityType, ids);
    const names = new Map<number, ResourceName>(
      ids.map((id) => [id, { id, key: `#${id}`, name: '(not there)' }]),
    );
    const entity = (await readTableMap(transaction)).entities.get(entityType);
    if (entity === undefined) return names;
    const rows = await readResourcesAt(transaction, entity, [...new Set(ids)], at);
    for (const row of rows.values()) names.set(row.id, nameOf(entityModel, entity, row));
    return names;
  };
}

export function nameOf(
  entityModel: EntityModel,
  entity: EntityTable,
  row: ResourceRow,
): ResourceName {
  const type = entityModel.entityTypes.get(entity.entityType);
  const keyColumn = entity.columns.get(type?.keys[0] ?? '') ?? 'mapping_key';
  const nameColumn = entity.columns.get(type?.displayProperty ?? '') ?? keyColumn;
  const { id } = row;
  return {
    id,
    key: String(row[keyColumn] ?? row.mapping_key),
    name: String(row[nameColumn] ?? ''),
  };
}
