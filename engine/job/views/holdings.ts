/** What owners hold, as the last evaluation left it. */
import type { Model } from '../../../config/index.ts';
import type { OwnerOutcome } from '../../evaluate/index.ts';
import { toRole } from '../../provision/index.ts';
import {
  listMissing,
  readAssignments,
  readTableMap,
  type StoreTransaction,
} from '../../store/index.ts';
import { toResourceType } from '../tasks/assignment-rows.ts';

/** The shape of an evaluation's outcome, read back. */
export type OwnerHoldings = Pick<OwnerOutcome, 'roles' | 'resourceTypes'>;

/** By owner; an owner that neither exists nor holds anything is left out. Roles and resource types by ascending name. */
export async function readHoldings(
  t: StoreTransaction,
  model: Model,
  entityType: string,
  ownerIds: readonly number[],
): Promise<ReadonlyMap<number, OwnerHoldings>> {
  const types = [...model.resourceTypes.values()]
    .filter((type) => type.sourceEntityType === entityType)
    .map((type) => type.identifier);
  const rows = await readAssignments(t, entityType, types, ownerIds);
  const values = Map.groupBy(rows.values, (value) => value.assigned_resource_type_id);
  const roles = Map.groupBy(rows.roles, (role) => role.owner_id);
  const resourceTypes = Map.groupBy(rows.resourceTypes, (type) => type.owner_id);
  const present = await listPresent(t, entityType, ownerIds);
  const holdings = new Map<number, OwnerHoldings>();
  for (const id of ownerIds) {
    const own = { roles: roles.get(id) ?? [], resourceTypes: resourceTypes.get(id) ?? [] };
    if (!present.has(id) && own.roles.length + own.resourceTypes.length === 0) continue;
    holdings.set(id, {
      roles: own.roles.map(toRole).toSorted(by((role) => `${role.kind} ${role.role}`)),
      resourceTypes: own.resourceTypes
        .map((row) => toResourceType(row, values.get(row.id) ?? []))
        .toSorted(by((row) => `${row.resourceType} ${row.targetId ?? ''}`)),
    });
  }
  return holdings;
}

async function listPresent(
  t: StoreTransaction,
  entityType: string,
  ids: readonly number[],
): Promise<ReadonlySet<number>> {
  const entity = (await readTableMap(t)).entities.get(entityType);
  if (entity === undefined) return new Set();
  const missing = new Set(await listMissing(t, entity.table, ids));
  return new Set(ids.filter((id) => !missing.has(id)));
}

function by<T>(nameOf: (item: T) => string): (left: T, right: T) => number {
  return (left, right) => {
    const [a, b] = [nameOf(left), nameOf(right)];
    if (a === b) return 0;
    return a < b ? -1 : 1;
  };
}
