/** What explanations look up besides the assignments themselves. */
import type { StoreTransaction } from '../open-store.ts';
import type { ProvisioningOrderRow, RunRow } from '../tables.ts';

/** The newest runs of one kind first. */
export async function listRunsOfKind(
  { tx }: StoreTransaction,
  kind: string,
  limit: number,
): Promise<readonly RunRow[]> {
  return tx<RunRow>('runs').where({ kind }).orderBy('id', 'desc').limit(limit);
}

/** Orders of these assignments that are on their way: made, handed over, or with a person. */
export async function listUnsettledOrders(
  { tx }: StoreTransaction,
  assignmentIds: readonly number[],
): Promise<readonly ProvisioningOrderRow[]> {
  return tx<ProvisioningOrderRow>('provisioning_orders')
    .whereIn('assigned_resource_type_id', [...assignmentIds])
    .whereIn('status', ['generated', 'intent', 'ticket'])
    .orderBy('id', 'desc');
}
