/** Assignments that people approved: what rules may give by now as well. */
import type { SqlValue } from '../dialect.ts';
import type { StoreTransaction } from '../open-store.ts';
import type { AssignedRoleRow } from '../tables.ts';
import { allocateIds } from './allocate-ids.ts';

/** Approved, Questioned, Approved - Risk. */
const manual = [16, 24, 116];

/** Owners of this entity type that hold something approved by a person, after `after`, ascending. */
export async function listManualOwners(
  { tx }: StoreTransaction,
  entityType: string,
  resourceTypes: readonly string[],
  page: { readonly after: number; readonly limit: number },
): Promise<readonly number[]> {
  const roles = await tx('assigned_roles')
    .where({ owner_type: entityType, is_denied: 0, is_indirect: 0 })
    .whereIn('workflow_state', manual)
    .where('owner_id', '>', page.after)
    .orderBy('owner_id')
    .limit(page.limit)
    .distinct('owner_id');
  const types = await tx('assigned_resource_types')
    .whereIn('resource_type', [...resourceTypes])
    .whereIn('workflow_state', manual)
    .where('is_denied', 0)
    .where('owner_id', '>', page.after)
    .orderBy('owner_id')
    .limit(page.limit)
    .distinct('owner_id');
  const ids = new Set<number>([...roles, ...types].map((row) => Number(row.owner_id)));
  return [...ids].sort((a, b) => a - b).slice(0, page.limit);
}

/** The same assignment of a role again, for other times. */
export async function copyAssignedRoles(
  transaction: StoreTransaction,
  copies: readonly {
    readonly of: AssignedRoleRow;
    readonly startDate: string | null;
    readonly endDate: string | null;
  }[],
  run: { readonly id: number; readonly at: string },
): Promise<void> {
  if (copies.length === 0) return;
  const { tx, dialect } = transaction;
  const first = await allocateIds(transaction, copies.length);
  const rows = copies.map(({ of, startDate, endDate }, index) => ({
    ...of,
    id: first + index,
    start_date: startDate,
    end_date: endDate,
    run_id: run.id,
    valid_from: run.at,
  }));
  const columns = Object.keys(rows[0] ?? {}) as (keyof AssignedRoleRow)[];
  await dialect.insertRows(
    tx,
    'assigned_roles',
    columns,
    rows.map((row) => columns.map((column): SqlValue => row[column])),
  );
}

/** Sets the times of assigned rows; whoever does so keeps their versions. */
export async function writePeriod(
  { tx }: StoreTransaction,
  table: 'assigned_roles' | 'assigned_resource_types',
  id: number,
  period: { readonly startDate: string | null; readonly endDate: string | null },
): Promise<void> {
  await tx(table).where({ id }).update({ start_date: period.startDate, end_date: period.endDate });
}
