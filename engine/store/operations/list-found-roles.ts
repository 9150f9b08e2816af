/** Roles that were deduced from what people have, and that no rule explains. */
import type { Knex } from 'knex';
import type { StoreTransaction } from '../open-store.ts';
import type { AssignedRoleRow } from '../tables.ts';
import { type OwnerCondition, whereOwnerOfRole } from './decidable-filter.ts';

export interface FoundRoleFilter {
  readonly ids?: readonly number[];
  readonly roles?: readonly string[];
  readonly since?: { readonly from?: string; readonly until?: string };
  readonly owners?: readonly OwnerCondition[];
}

/** Non-conforming (1) or pre-existing (3), after `after`, ascending; what is held indirectly only when it is named. */
export async function listFoundRoles(
  transaction: StoreTransaction,
  filter: FoundRoleFilter,
  page: { readonly after: number; readonly limit: number },
): Promise<readonly AssignedRoleRow[]> {
  return fromFound(transaction, filter)
    .where('r.id', '>', page.after)
    .orderBy('r.id')
    .limit(page.limit)
    .select<AssignedRoleRow[]>('r.*');
}

export async function countFoundRoles(
  transaction: StoreTransaction,
  filter: FoundRoleFilter,
): Promise<number> {
  const row = await fromFound(transaction, filter).count({ n: '*' }).first();
  return Number(row?.n ?? 0);
}

/** Assigned roles by id, ascending. */
export async function readAssignedRoles(
  { tx, dialect }: StoreTransaction,
  ids: readonly number[],
): Promise<readonly AssignedRoleRow[]> {
  const rows: AssignedRoleRow[] = [];
  for (let start = 0; start < ids.length; start += dialect.maxParameters)
    rows.push(
      ...(await tx<AssignedRoleRow>('assigned_roles')
        .whereIn('id', ids.slice(start, start + dialect.maxParameters))
        .orderBy('id')),
    );
  return rows;
}

function fromFound(transaction: StoreTransaction, filter: FoundRoleFilter): Knex.QueryBuilder {
  const query = transaction.tx('assigned_roles as r').whereRaw('r.workflow_state in (1, 3)');
  const { ids, roles, since, owners } = filter;
  if (ids === undefined) query.where('r.is_indirect', 0);
  else query.whereIn('r.id', [...ids]);
  if (roles !== undefined) query.whereIn('r.role', [...roles]);
  if (since?.from !== undefined) query.where('r.state_since', '>=', since.from);
  if (since?.until !== undefined) query.where('r.state_since', '<=', since.until);
  if (owners !== undefined) whereOwnerOfRole(transaction, query, owners);
  return query;
}

/** Roles that people decided about in reconciliation, and can decide about again; after `after`, ascending. */
export async function listDecidedRoles(
  { tx }: StoreTransaction,
  filter: Pick<FoundRoleFilter, 'ids' | 'roles'>,
  page: { readonly after: number; readonly limit: number },
): Promise<readonly AssignedRoleRow[]> {
  const decided = tx('decisions')
    .whereIn('kind', ['reconcile keep', 'reconcile delete'])
    .select('assigned_resource_type_id');
  const query = tx<AssignedRoleRow>('assigned_roles')
    .whereIn('workflow_state', [16, 17])
    .whereNull('request')
    .whereIn('id', decided)
    .where('id', '>', page.after)
    .orderBy('id')
    .limit(page.limit);
  if (filter.ids !== undefined) query.whereIn('id', [...filter.ids]);
  if (filter.roles !== undefined) query.whereIn('role', [...filter.roles]);
  return query;
}
