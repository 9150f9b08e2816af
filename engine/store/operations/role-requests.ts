/** Assigned roles that people ask for and decide about: read by owner or in pages, written as they change. */
import type { Knex } from 'knex';
import { type ClosingCause, statesBefore } from '../../../config/index.ts';
import type { SqlValue } from '../dialect.ts';
import type { StoreTransaction } from '../open-store.ts';
import type { AssignedRoleRow } from '../tables.ts';
import { allocateIds } from './allocate-ids.ts';
import { type AssignmentRun, keepVersions, startOfVersion } from './history-assignments.ts';

export interface AssignedRoleFilter {
  readonly ids?: readonly number[];
  readonly ownerType?: string;
  readonly ownerIds?: readonly number[];
  readonly kind?: 'composite' | 'single';
  readonly role?: string;
  readonly states?: readonly number[];
  readonly isIndirect?: boolean;
}

/** After `after`, ascending by id. */
export async function listAssignedRoles(
  transaction: StoreTransaction,
  filter: AssignedRoleFilter,
  page: { readonly after: number; readonly limit: number },
): Promise<readonly AssignedRoleRow[]> {
  const rows = await chooseRoles(transaction, filter)
    .where('id', '>', page.after)
    .orderBy('id')
    .limit(page.limit)
    .select<AssignedRoleRow[]>('*');
  return rows.map((row) => ({ ...row, id: Number(row.id), owner_id: Number(row.owner_id) }));
}

export async function countAssignedRoles(
  transaction: StoreTransaction,
  filter: AssignedRoleFilter,
): Promise<number> {
  const row = await chooseRoles(transaction, filter).count({ n: '*' }).first();
  return Number(row?.n ?? 0);
}

function chooseRoles({ tx }: StoreTransaction, filter: AssignedRoleFilter): Knex.QueryBuilder {
  const query = tx('assigned_roles');
  const { ids, ownerType, ownerIds, kind, role, states, isIndirect } = filter;
  if (ids !== undefined) query.whereIn('id', [...ids]);
  if (ownerType !== undefined) query.where('owner_type', ownerType);
  if (ownerIds !== undefined) query.whereIn('owner_id', [...ownerIds]);
  if (kind !== undefined) query.where('kind', kind);
  if (role !== undefined) query.where('role', role);
  if (states !== undefined) query.whereIn('workflow_state', [...states]);
  if (isIndirect !== undefined) query.where('is_indirect', isIndirect ? 1 : 0);
  return query;
}

/** Rows without id, run and start of validity; the ids they get, in their order. */
export async function insertAssignedRoles(
  transaction: StoreTransaction,
  rows: readonly Omit<AssignedRoleRow, 'id' | 'run_id' | 'valid_from'>[],
  run: AssignmentRun,
): Promise<readonly number[]> {
  const [first] = rows;
  if (first === undefined) return [];
  const { tx, dialect } = transaction;
  const start = await allocateIds(transaction, rows.length);
  const columns = Object.keys(first) as (keyof typeof first)[];
  await dialect.insertRows(
    tx,
    'assigned_roles',
    ['id', ...columns, 'run_id', 'valid_from'],
    rows.map((row, index) => [
      start + index,
      ...columns.map((column): SqlValue => row[column]),
      run.id,
      run.at,
    ]),
  );
  return rows.map((_, index) => start + index);
}

/** The same changes to all of these rows; what they replace stays as a version of before. */
export async function changeAssignedRoles(
  transaction: StoreTransaction,
  ids: readonly number[],
  changes: Partial<Omit<AssignedRoleRow, 'id' | 'run_id' | 'valid_from'>>,
  run: AssignmentRun,
): Promise<void> {
  const { tx, dialect } = transaction;
  const chunkSize = dialect.maxParameters - 30;
  for (let start = 0; start < ids.length; start += chunkSize) {
    const chunk = ids.slice(start, start + chunkSize);
    await keepVersions(transaction, 'assigned_roles', run, (rows) => rows.whereIn('id', chunk));
    await tx('assigned_roles')
      .whereIn('id', chunk)
      .update({ ...changes, run_id: run.id, valid_from: startOfVersion(transaction, run) });
  }
}

/** Of these rows those in a state in which they may end for this cause do; their versions stay. */
export async function closeAssignedRoles(
  transaction: StoreTransaction,
  ids: readonly number[],
  cause: ClosingCause,
  run: AssignmentRun,
): Promise<void> {
  const { tx, dialect } = transaction;
  const states = [...statesBefore('workflow', cause)];
  const chunkSize = dialect.maxParameters - 10 - states.length;
  for (let start = 0; start < ids.length; start += chunkSize) {
    const chunk = ids.slice(start, start + chunkSize);
    const choose = (rows: Knex.QueryBuilder): Knex.QueryBuilder =>
      rows.whereIn('id', chunk).whereIn('workflow_state', states);
    await keepVersions(transaction, 'assigned_roles', run, choose);
    await tx('assigned_roles').modify(choose).delete();
  }
}
