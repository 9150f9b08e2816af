/** Assigned roles, resource types and values: read by owner in pages, written as differences. */
import { workflowStates } from '../../../config/index.ts';
import type { SqlValue } from '../dialect.ts';
import type { StoreTransaction } from '../open-store.ts';
import type { AssignedResourceTypeRow, AssignedRoleRow, AssignedValueRow } from '../tables.ts';
import { type AssignmentRun, type AssignmentTable, keepVersions } from './history-assignments.ts';

export interface AssignmentRows {
  readonly roles: readonly AssignedRoleRow[];
  readonly resourceTypes: readonly AssignedResourceTypeRow[];
  readonly values: readonly AssignedValueRow[];
}

/** Everything assigned to these owners under these resource types, by ascending id. */
export async function readAssignments(
  transaction: StoreTransaction,
  ownerType: string,
  resourceTypes: readonly string[],
  ownerIds: readonly number[],
): Promise<AssignmentRows> {
  const { tx, dialect } = transaction;
  const isOwned = dialect.isOneOf('owner_id', ownerIds);
  const roles = await tx<AssignedRoleRow>('assigned_roles')
    // As for `amongTypes`: no index is to serve this.
    .whereRaw("owner_type || '' = ?", [ownerType])
    .whereRaw(...isOwned);
  const types = await tx<AssignedResourceTypeRow>('assigned_resource_types')
    .whereRaw(...amongTypes(resourceTypes))
    .whereRaw(...isOwned);
  const ids = types.map((type) => type.id);
  return {
    roles: roles.sort(byId),
    resourceTypes: types.sort(byId),
    values: await readValuesOf(transaction, ids),
  };
}

/** Sorted here: asked to, a database may go by the ids of all there are. */
function byId(left: { readonly id: number }, right: { readonly id: number }): number {
  return left.id - right.id;
}

export async function readValuesOf(
  { tx, dialect }: StoreTransaction,
  assignmentIds: readonly number[],
): Promise<readonly AssignedValueRow[]> {
  if (assignmentIds.length === 0) return [];
  const values = await tx<AssignedValueRow>('assigned_values').whereRaw(
    ...dialect.isOneOf('assigned_resource_type_id', assignmentIds),
  );
  return values.sort(byId);
}

/** Assignments of these resource types that name one of these targets, by ascending id. */
export async function readTargetAssignments(
  { tx, dialect }: StoreTransaction,
  resourceTypes: readonly string[],
  targetIds: readonly number[],
): Promise<readonly AssignedResourceTypeRow[]> {
  if (targetIds.length === 0) return [];
  const rows = await tx<AssignedResourceTypeRow>('assigned_resource_types')
    .whereRaw(...amongTypes(resourceTypes))
    .whereRaw(...dialect.isOneOf('target_id', targetIds));
  return rows.sort(byId);
}

export interface AssignmentWrites {
  readonly insert: readonly Readonly<Record<string, SqlValue>>[];
  /** Complete rows, by their id. */
  readonly update: readonly (Readonly<Record<string, SqlValue>> & { readonly id: number })[];
  readonly delete: readonly number[];
}

/** Writes the differences of one table; what they replace or end stays as a version of before. */
export async function writeAssignments(
  transaction: StoreTransaction,
  table: AssignmentTable,
  writes: AssignmentWrites,
  run: AssignmentRun,
): Promise<void> {
  const { tx, dialect } = transaction;
  const chunkSize = dialect.maxParameters - 10;
  for (let start = 0; start < writes.delete.length; start += chunkSize) {
    const chunk = writes.delete.slice(start, start + chunkSize);
    await keepVersions(transaction, table, run, (rows) => rows.whereIn('id', chunk));
    await tx(table).whereIn('id', chunk).delete();
  }
  const [first] = [...writes.insert, ...writes.update];
  if (first === undefined) return;
  const columns = Object.keys(first);
  const toRow = (row: Readonly<Record<string, SqlValue>>): SqlValue[] =>
    columns.map((column) => row[column] ?? null);
  // A changed row is written anew: one statement for many rows, on every database.
  const replaced = writes.update.map((row) => row.id);
  const startOf = new Map<number, string>();
  for (let start = 0; start < replaced.length; start += chunkSize) {
    const chunk = replaced.slice(start, start + chunkSize);
    for (const row of await tx(table).whereIn('id', chunk).select('id', 'valid_from'))
      startOf.set(Number(row.id), row.valid_from);
    await keepVersions(transaction, table, run, (rows) => rows.whereIn('id', chunk));
    await tx(table).whereIn('id', chunk).delete();
  }
  const validFrom = (id: number): string => {
    const known = startOf.get(id);
    const isKept = known !== undefined && (run.ignoreHistorization === true || known > run.at);
    return isKept ? known : run.at;
  };
  await dialect.insertRows(
    tx,
    table,
    [...columns, 'valid_from'],
    [
      ...writes.update.map((row) => [...toRow(row), validFrom(row.id)]),
      ...writes.insert.map((row) => [...toRow(row), run.at]),
    ],
  );
}

/** Owners with something in flight or in error: they are looked at again even when none of their data changed. */
export async function listOwnersInFlight(
  { tx }: StoreTransaction,
  resourceTypes: readonly string[],
  states: readonly number[],
): Promise<readonly number[]> {
  if (resourceTypes.length === 0) return [];
  const direct = await tx('assigned_resource_types')
    .whereIn('resource_type', [...resourceTypes])
    .whereIn('provisioning_state', [...states])
    .distinct('owner_id');
  const byValue = await tx('assigned_values as v')
    .join('assigned_resource_types as t', 't.id', 'v.assigned_resource_type_id')
    .whereIn('t.resource_type', [...resourceTypes])
    .whereIn('v.provisioning_state', [...states])
    // Written at creation only: executed, and waiting for nothing.
    .whereNot('v.workflow_state', workflowStates.calculatedWithChanges)
    .distinct('t.owner_id');
  return [...new Set([...direct, ...byValue].map((row) => Number(row.owner_id)))].sort(
    (a, b) => a - b,
  );
}

/**
 * Dates at which an owner's evaluation changes by itself. `soon` is the instant just after the run: a date that is due by
 * then is due whatever it says exactly, so that one due date is not written again by every run.
 */
export async function writeDues(
  { tx, dialect }: StoreTransaction,
  entityType: string,
  dues: readonly { readonly ownerId: number; readonly dueAt: string | null }[],
  soon: string,
): Promise<void> {
  const ids = dues.map((due) => due.ownerId);
  const rows = await tx('evaluation_dues')
    .where({ entity_type: entityType })
    .whereRaw(...dialect.isOneOf('owner_id', ids))
    .select('owner_id', 'due_at');
  const stored = new Map<number, string>(rows.map((row) => [row.owner_id, row.due_at]));
  const changed = dues.filter((due) => {
    const known = stored.get(due.ownerId) ?? null;
    if (known !== null && due.dueAt !== null && known <= soon && due.dueAt <= soon) return false;
    return known !== due.dueAt;
  });
  const former = changed.map((due) => due.ownerId).filter((id) => stored.has(id));
  if (former.length > 0)
    await tx('evaluation_dues')
      .where({ entity_type: entityType })
      .whereRaw(...dialect.isOneOf('owner_id', former))
      .delete();
  await dialect.insertRows(
    tx,
    'evaluation_dues',
    ['entity_type', 'owner_id', 'due_at'],
    changed.filter((due) => due.dueAt !== null).map((due) => [entityType, due.ownerId, due.dueAt]),
  );
}

/**
 * Rows of these resource types, as a condition that no index serves: beside a list of owners or targets SQLite would else
 * look at all rows of the types, which are as many as there are people.
 */
function amongTypes(resourceTypes: readonly string[]): readonly [sql: string, values: string[]] {
  const places = resourceTypes.map(() => '?').join(', ');
  return [places === '' ? '1 = 0' : `resource_type || '' in (${places})`, [...resourceTypes]];
}

/** Owners that hold one of these targets under one of these resource types. */
export async function listOwnersOfTargets(
  { tx, dialect }: StoreTransaction,
  resourceTypes: readonly string[],
  targetIds: readonly number[],
): Promise<readonly number[]> {
  const owners = new Set<number>();
  const chunkSize = dialect.maxParameters - resourceTypes.length - 10;
  for (let start = 0; start < targetIds.length; start += chunkSize) {
    const rows = await tx('assigned_resource_types')
      .whereRaw(...amongTypes(resourceTypes))
      .whereIn('target_id', targetIds.slice(start, start + chunkSize))
      .distinct('owner_id');
    for (const row of rows) owners.add(Number(row.owner_id));
  }
  return [...owners];
}

/** Owners of these resource types, or of roles of this entity type, that are in the store no more; ascending. `beside`: of these too. */
export async function listVanishedOwners(
  { tx }: StoreTransaction,
  owner: { readonly entityType: string; readonly table: string },
  resourceTypes: readonly string[],
  beside: readonly ('indirect_permissions' | 'identified_risks')[] = [],
): Promise<readonly number[]> {
  const types = await tx('assigned_resource_types as a')
    .leftJoin(`${owner.table} as o`, 'o.id', 'a.owner_id')
    .whereIn('a.resource_type', [...resourceTypes])
    .whereNull('o.id')
    .distinct('a.owner_id');
  const ids = new Set(types.map((row) => Number(row.owner_id)));
  for (const table of ['assigned_roles', ...beside]) {
    const rows = await tx(`${table} as a`)
      .leftJoin(`${owner.table} as o`, 'o.id', 'a.owner_id')
      .where('a.owner_type', owner.entityType)
      .whereNull('o.id')
      .distinct('a.owner_id');
    for (const row of rows) ids.add(Number(row.owner_id));
  }
  return [...ids].sort((a, b) => a - b);
}

/** Owners of assigned resource types that are themselves, whatever their values are, in one of these states. */
export async function listOwnersInState(
  { tx }: StoreTransaction,
  resourceTypes: readonly string[],
  states: readonly number[],
): Promise<readonly number[]> {
  if (resourceTypes.length === 0) return [];
  const rows = await tx('assigned_resource_types')
    .whereIn('resource_type', [...resourceTypes])
    .whereIn('provisioning_state', [...states])
    .distinct('owner_id');
  return rows.map((row) => Number(row.owner_id));
}

/** Those of these ids that no resource of the table has, in their order. */
export async function listMissing(
  { tx, dialect }: StoreTransaction,
  table: string,
  ids: readonly number[],
): Promise<readonly number[]> {
  const found = new Set<number>();
  for (let start = 0; start < ids.length; start += dialect.maxParameters) {
    const chunk = ids.slice(start, start + dialect.maxParameters);
    for (const row of await tx(table).whereIn('id', chunk).select('id')) found.add(Number(row.id));
  }
  return ids.filter((id) => !found.has(id));
}

/** Forgets the due dates of these owners. */
export async function removeDues(
  { tx, dialect }: StoreTransaction,
  entityType: string,
  ownerIds: readonly number[],
): Promise<void> {
  const chunkSize = dialect.maxParameters - 10;
  for (let start = 0; start < ownerIds.length; start += chunkSize) {
    await tx('evaluation_dues')
      .where({ entity_type: entityType })
      .whereIn('owner_id', ownerIds.slice(start, start + chunkSize))
      .delete();
  }
}

/** Forgets the due dates of owners that are in the store no more. */
export async function removeStaleDues(
  { tx }: StoreTransaction,
  owner: { readonly entityType: string; readonly table: string },
): Promise<void> {
  await tx('evaluation_dues')
    .where('entity_type', owner.entityType)
    .whereNotIn('owner_id', tx(owner.table).select('id'))
    .delete();
}

export async function listDueOwners(
  { tx }: StoreTransaction,
  entityType: string,
  now: string,
): Promise<readonly number[]> {
  const rows = await tx('evaluation_dues')
    .where({ entity_type: entityType })
    .where('due_at', '<=', now)
    .orderBy('owner_id')
    .select('owner_id');
  return rows.map((row) => row.owner_id);
}

/** What one resource owns or is the target of, and the roles it holds. */
export async function readOwnedAssignments(
  { tx }: StoreTransaction,
  ownerType: string,
  id: number,
): Promise<{
  readonly resourceTypes: readonly AssignedResourceTypeRow[];
  readonly roles: readonly AssignedRoleRow[];
}> {
  const resourceTypes = await tx<AssignedResourceTypeRow>('assigned_resource_types')
    .where({ owner_id: id })
    .orWhere({ target_id: id })
    .orderBy('id');
  const roles = await tx<AssignedRoleRow>('assigned_roles')
    .where({ owner_type: ownerType, owner_id: id })
    .orderBy('role');
  return { resourceTypes, roles };
}

/** How many assignments are in which provisioning state, by resource type; deviating values are counted under their own state. */
export async function countAssignments({
  tx,
}: StoreTransaction): Promise<
  readonly { readonly resourceType: string; readonly state: number; readonly count: number }[]
> {
  const types = await tx('assigned_resource_types')
    .groupBy('resource_type', 'provisioning_state')
    .select('resource_type', 'provisioning_state')
    .count({ n: '*' });
  return types.map((row: Counted) => ({
    resourceType: String(row['resource_type']),
    state: Number(row['provisioning_state']),
    count: Number(row['n']),
  }));
}

/** A row of a grouped count. */
type Counted = Readonly<Record<string, string | number | undefined>>;
