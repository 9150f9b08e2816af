/** What explanations look up besides the assignments themselves. */
import type { StoreTransaction } from '../open-store.ts';
import type { ProvisioningOrderRow, RunRow } from '../tables.ts';

/** Runs of a kind, the newest first; details only of those that were blocked: of the others they may be long. */
export async function listRunsOfKind(
  { tx }: StoreTransaction,
  kind: string,
  limit: number,
): Promise<readonly (Pick<RunRow, 'id' | 'subject' | 'status'> & { readonly details: string })[]> {
  return tx('runs')
    .where({ kind })
    .orderBy('id', 'desc')
    .limit(limit)
    .select('id', 'subject', 'status')
    .select(tx.raw("case when status = 'blocked' then details else '{}' end as details"));
}

/** Orders that these assignments may wait for: made, handed over, or with a person. */
export async function listUnsettledOrders(
  { tx }: StoreTransaction,
  assignmentIds: readonly number[],
): Promise<readonly ProvisioningOrderRow[]> {
  return tx<ProvisioningOrderRow>('provisioning_orders')
    .whereIn('assigned_resource_type_id', [...assignmentIds])
    .whereIn('status', ['generated', 'intent', 'ticket'])
    .whereNull('resets_password')
    .orderBy('id', 'desc');
}
