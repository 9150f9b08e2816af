/** Assignments and values that wait for a person, in sets. */
import type { StoreTransaction } from '../open-store.ts';
import type { AssignedResourceTypeRow, AssignedValueRow } from '../tables.ts';

export interface DecidableRows {
  readonly resourceTypes: readonly AssignedResourceTypeRow[];
  readonly values: readonly AssignedValueRow[];
}

const found = [1, 3];

/** Awaiting approval (5) or errored (3), and not a matter of reconciliation. */
export async function listAwaitingReview({ tx }: StoreTransaction): Promise<DecidableRows> {
  const values = await tx<AssignedValueRow>('assigned_values')
    .whereIn('provisioning_state', [5, 3])
    .whereNotIn('workflow_state', found)
    .orderBy('id');
  const parents = tx('assigned_values')
    .whereIn('provisioning_state', [5, 3])
    .whereNotIn('workflow_state', found)
    .select('assigned_resource_type_id');
  const resourceTypes = await tx<AssignedResourceTypeRow>('assigned_resource_types')
    .where((q) => q.whereIn('provisioning_state', [5, 3]).whereNotIn('workflow_state', found))
    .orWhereIn('id', parents)
    .orderBy('id');
  return { resourceTypes, values };
}

/** Non-conforming (1) or pre-existing (3): accounts, and values of accounts. */
export async function listFound({ tx }: StoreTransaction): Promise<DecidableRows> {
  const values = await tx<AssignedValueRow>('assigned_values')
    .whereIn('workflow_state', found)
    .orderBy('id');
  const parents = tx('assigned_values')
    .whereIn('workflow_state', found)
    .select('assigned_resource_type_id');
  const resourceTypes = await tx<AssignedResourceTypeRow>('assigned_resource_types')
    .whereIn('workflow_state', found)
    .orWhereIn('id', parents)
    .orderBy('id');
  return { resourceTypes, values };
}

/** Resources of a target entity type that nobody owns, by ascending id. */
export async function listOrphans(
  { tx }: StoreTransaction,
  table: string,
  resourceTypes: readonly string[],
  limit: number,
): Promise<readonly number[]> {
  const rows = await tx(`${table} as r`)
    .whereNotExists(
      tx('assigned_resource_types as a')
        .select(tx.raw('1'))
        .whereRaw('?? = ??', ['a.target_id', 'r.id'])
        .whereIn('a.resource_type', [...resourceTypes]),
    )
    .orderBy('r.id')
    .limit(limit)
    .select('r.id');
  return rows.map((row) => Number(row.id));
}

/** States, and what goes with them, of rows of one table. */
export async function moveAssigned(
  { tx }: StoreTransaction,
  table: 'assigned_resource_types' | 'assigned_values',
  ids: readonly number[],
  to: {
    readonly workflow_state?: number;
    readonly provisioning_state?: number;
    readonly is_denied?: 0 | 1;
    readonly state_since: string;
    readonly run_id: number;
  },
): Promise<number> {
  if (ids.length === 0) return 0;
  return tx(table)
    .whereIn('id', [...ids])
    .update({ ...to, blocked_by: '[]', last_error: null, order_id: null });
}
