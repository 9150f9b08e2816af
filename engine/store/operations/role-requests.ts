/** Assigned roles that people ask for and decide about, read by owner or in pages. */
import type { Knex } from 'knex';
import { workflowStates } from '../../../config/index.ts';
import type { StoreTransaction } from '../open-store.ts';
import type { AssignedRoleRow } from '../tables.ts';
import type { AssignmentRun } from './history-assignments.ts';
import { insertAssigned } from './write-requested.ts';

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
  if (states !== undefined) chooseStates(query, states);
  if (isIndirect !== undefined) query.where('is_indirect', isIndirect ? 1 : 0);
  return query;
}

/** What another role brought is stored as calculated, and has a number of its own. */
function chooseStates(query: Knex.QueryBuilder, states: readonly number[]): void {
  const { calculated, givenByRole } = workflowStates;
  const stored = states.map((state) => (state === givenByRole ? calculated : state));
  query.whereIn('workflow_state', [...new Set(stored)]);
  const [own, brought] = [states.includes(calculated), states.includes(givenByRole)];
  if (own !== brought)
    query.whereNot((q) => q.where({ workflow_state: calculated, is_inferred: own ? 1 : 0 }));
}

/** Rows without id, run and start of validity; the ids they get, in their order. */
export function insertAssignedRoles(
  t: StoreTransaction,
  rows: readonly Omit<AssignedRoleRow, 'id' | 'run_id' | 'valid_from'>[],
  run: AssignmentRun,
): Promise<readonly number[]> {
  return insertAssigned(t, 'assigned_roles', rows, run);
}
