/** What asking for a new password reads and writes besides the order itself. */
import type { StoreTransaction } from '../open-store.ts';
import type { AssignedResourceTypeRow, ProvisioningOrderRow } from '../tables.ts';

/**
 * These assignments, by ascending id; others that want them too wait for this transaction. No more ids than the dialect has
 * parameters.
 */
export async function lockAssignments(
  { tx, dialect }: StoreTransaction,
  ids: readonly number[],
): Promise<readonly AssignedResourceTypeRow[]> {
  const rows = tx<AssignedResourceTypeRow>('assigned_resource_types')
    .whereIn('id', [...ids])
    .orderBy('id');
  return dialect.forUpdate === '' ? await rows : await rows.forUpdate();
}

/** Orders of an assignment that have no outcome yet, the oldest first. */
export async function listOrdersUnderWay(
  { tx }: StoreTransaction,
  assignmentId: number,
): Promise<readonly ProvisioningOrderRow[]> {
  return tx<ProvisioningOrderRow>('provisioning_orders')
    .where('assigned_resource_type_id', assignmentId)
    .whereIn('status', ['held', 'generated', 'intent', 'ticket'])
    .orderBy('id');
}

/** An order that was held goes with the next fulfilment, as it reads now. */
export async function releaseHeldOrder(
  { tx }: StoreTransaction,
  id: number,
  order: { readonly payload: string; readonly position: number; readonly at: string },
): Promise<void> {
  await tx('provisioning_orders').where({ id, status: 'held' }).update({
    status: 'generated',
    payload: order.payload,
    position: order.position,
    generated_at: order.at,
  });
}
