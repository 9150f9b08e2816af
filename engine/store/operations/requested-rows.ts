/**
 * Assignments as requests look at them: roles and resource types in one shape. Ids of both come from one counter, so that a
 * number names one of them.
 */
import type { Knex } from 'knex';
import type { ClosingCause } from '../../../config/index.ts';
import type { StoreTransaction } from '../open-store.ts';
import type { AssignedResourceTypeRow, AssignedRoleRow } from '../tables.ts';
import type { AssignmentRun } from './history-assignments.ts';
import { readAssignedRoles } from './list-found-roles.ts';
import {
  type AssignedRoleFilter,
  countAssignedRoles,
  insertAssignedRoles,
  listAssignedRoles,
} from './role-requests.ts';
import { changeAssigned, closeAssigned, insertAssigned } from './write-requested.ts';

export type RequestedKind = AssignedRoleRow['kind'] | 'resource-type';

export interface RequestedRow extends Omit<AssignedRoleRow, 'kind'> {
  readonly kind: RequestedKind;
}

/** `role` names a role or a resource type. Without `kind` or `ids`, of resource types only those that were asked for. */
export interface RequestedFilter extends Omit<AssignedRoleFilter, 'kind'> {
  readonly kind?: RequestedKind;
}

/** By resource type: the entity type of its owners. */
export type OwnerTypes = ReadonlyMap<string, string>;

const tableOfRoles = 'assigned_roles';
const tableOfTypes = 'assigned_resource_types';

/** After `after`, ascending by id. */
export async function listRequested(
  t: StoreTransaction,
  ownerTypes: OwnerTypes,
  filter: RequestedFilter,
  page: { readonly after: number; readonly limit: number },
): Promise<readonly RequestedRow[]> {
  const roles = rolesOnly(filter);
  const rows: RequestedRow[] = roles === null ? [] : [...(await listAssignedRoles(t, roles, page))];
  const types = chooseTypes(t, ownerTypes, filter);
  if (types !== null) {
    const found = await types
      .where('id', '>', page.after)
      .orderBy('id')
      .limit(page.limit)
      .select<AssignedResourceTypeRow[]>('*');
    rows.push(...found.map((row) => fromType(ownerTypes, row)));
  }
  return rows.sort((a, b) => a.id - b.id).slice(0, page.limit);
}

export async function countRequested(
  t: StoreTransaction,
  ownerTypes: OwnerTypes,
  filter: RequestedFilter,
): Promise<number> {
  const roles = rolesOnly(filter);
  const types = await chooseTypes(t, ownerTypes, filter)?.count({ n: '*' }).first();
  return (roles === null ? 0 : await countAssignedRoles(t, roles)) + Number(types?.n ?? 0);
}

/** By id, ascending, whether they were asked for or not. */
export async function readRequested(
  t: StoreTransaction,
  ownerTypes: OwnerTypes,
  ids: readonly number[],
): Promise<readonly RequestedRow[]> {
  const rows: RequestedRow[] = [...(await readAssignedRoles(t, ids))];
  for (let start = 0; start < ids.length; start += t.dialect.maxParameters) {
    const chunk = ids.slice(start, start + t.dialect.maxParameters);
    const found = await t.tx<AssignedResourceTypeRow>(tableOfTypes).whereIn('id', chunk);
    rows.push(...found.map((row) => fromType(ownerTypes, row)));
  }
  return rows.sort((a, b) => a.id - b.id);
}

/** Those of these assignments that another row is about, with the state of that row. */
export async function listAmending(
  { tx, dialect }: StoreTransaction,
  ids: readonly number[],
): Promise<readonly { readonly amends: number; readonly state: RequestedRow['workflow_state'] }[]> {
  const found: { amends: number; state: RequestedRow['workflow_state'] }[] = [];
  for (let start = 0; start < ids.length; start += dialect.maxParameters) {
    const chunk = ids.slice(start, start + dialect.maxParameters);
    for (const table of [tableOfRoles, tableOfTypes])
      for (const row of await tx(table)
        .whereIn('amends', chunk)
        // As the index of resource types that were asked for has it.
        .whereNotNull('request')
        .select('amends', 'workflow_state'))
        found.push({ amends: Number(row.amends), state: row.workflow_state });
  }
  return found;
}

/** Rows of one kind without id, run and start of validity; the ids they get, in their order. */
export async function insertRequested(
  t: StoreTransaction,
  kind: RequestedKind,
  rows: readonly Omit<RequestedRow, 'id' | 'kind' | 'run_id' | 'valid_from'>[],
  run: AssignmentRun,
): Promise<readonly number[]> {
  if (kind === 'resource-type') return insertAssigned(t, tableOfTypes, rows.map(toType), run);
  return insertAssignedRoles(
    t,
    rows.map((row) => ({ ...row, kind })),
    run,
  );
}

/** What requests and decisions change of what is there. */
export type RequestedChanges = Partial<
  Pick<
    RequestedRow,
    'workflow_state' | 'parameters' | 'requested_by' | 'approvals' | 'end_date' | 'state_since'
  >
>;

/** The same changes to all of these rows; what they replace stays as a version of before. */
export async function changeRequested(
  t: StoreTransaction,
  rows: readonly Pick<RequestedRow, 'id' | 'kind'>[],
  changes: RequestedChanges,
  run: AssignmentRun,
): Promise<void> {
  const { roles, types } = apart(rows);
  await changeAssigned(t, tableOfRoles, roles, changes, run);
  await changeAssigned(t, tableOfTypes, types, changes, run);
}

/** Of these rows those in a state in which they may end for this cause do; their versions stay. */
export async function closeRequested(
  t: StoreTransaction,
  rows: readonly Pick<RequestedRow, 'id' | 'kind'>[],
  cause: ClosingCause,
  run: AssignmentRun,
): Promise<void> {
  const { roles, types } = apart(rows);
  await closeAssigned(t, tableOfRoles, roles, cause, run);
  await closeAssigned(t, tableOfTypes, types, cause, run);
}

function apart(rows: readonly Pick<RequestedRow, 'id' | 'kind'>[]): {
  readonly roles: readonly number[];
  readonly types: readonly number[];
} {
  const isType = (row: Pick<RequestedRow, 'kind'>): boolean => row.kind === 'resource-type';
  return {
    roles: rows.filter((row) => !isType(row)).map((row) => row.id),
    types: rows.filter(isType).map((row) => row.id),
  };
}

function rolesOnly({ kind, ...filter }: RequestedFilter): AssignedRoleFilter | null {
  if (kind === 'resource-type') return null;
  return kind === undefined ? filter : { ...filter, kind };
}

/** `null`: none can be among them. */
function chooseTypes(
  { tx }: StoreTransaction,
  ownerTypes: OwnerTypes,
  { kind, ids, ownerType, ownerIds, role, states }: RequestedFilter,
): Knex.QueryBuilder | null {
  if (kind !== undefined && kind !== 'resource-type') return null;
  const query = tx(tableOfTypes);
  if (kind === undefined && ids === undefined) query.whereNotNull('request');
  if (ids !== undefined) query.whereIn('id', [...ids]);
  if (ownerType !== undefined) {
    const types = [...ownerTypes].filter(([, owner]) => owner === ownerType).map(([type]) => type);
    query.whereIn('resource_type', types);
  }
  if (ownerIds !== undefined) query.whereIn('owner_id', [...ownerIds]);
  if (role !== undefined) query.where('resource_type', role);
  if (states !== undefined) query.whereIn('workflow_state', [...states]);
  return query;
}

/** A denial is one of the whole; one of an order, which is another thing, is not told. */
function fromType(ownerTypes: OwnerTypes, row: AssignedResourceTypeRow): RequestedRow {
  const { workflow_state, start_date, end_date, parameters, state_since, run_id, valid_from } = row;
  return {
    id: Number(row.id),
    kind: 'resource-type',
    role: row.resource_type,
    owner_type: ownerTypes.get(row.resource_type) ?? '',
    owner_id: Number(row.owner_id),
    is_denied: row.request === 'deny' ? 1 : 0,
    is_inferred: 0,
    is_indirect: 0,
    cause: row.request === null ? null : 'request',
    basis: null,
    request: row.request,
    amends: row.amends === null ? null : Number(row.amends),
    requested_by: row.requested_by,
    approvals: row.approvals,
    ...{ workflow_state, start_date, end_date, parameters, state_since, run_id, valid_from },
  };
}

function toType(row: Omit<RequestedRow, 'id' | 'kind' | 'run_id' | 'valid_from'>) {
  const { role, owner_id, workflow_state, is_denied, start_date, end_date, parameters } = row;
  const { state_since, request, amends, requested_by, approvals } = row;
  return {
    resource_type: role,
    target_id: null,
    provisioning_state: 0,
    confidence: null,
    blocked_by: '[]',
    policy_values: '{}',
    last_error: null,
    order_id: null,
    ...{ owner_id, workflow_state, is_denied, start_date, end_date, parameters },
    ...{ state_since, request, amends, requested_by, approvals },
  } as const;
}
