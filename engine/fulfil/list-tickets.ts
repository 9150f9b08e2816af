/** Open tickets: orders a person carries out. */
import type { ProvisioningOrder } from '../../connectors/index.ts';
import { listOrders, type Store } from '../store/index.ts';

export interface Ticket {
  readonly orderId: number;
  readonly resourceType: string;
  readonly changeType: ProvisioningOrder['changeType'];
  readonly owner: { readonly id: number; readonly key: string; readonly name: string };
  readonly openedAt: string;
  readonly order: ProvisioningOrder;
}

const limit = 10_000;

/** Oldest first. */
export async function listTickets(store: Store): Promise<readonly Ticket[]> {
  const rows = await store.read((t) => listOrders(t, { statuses: ['ticket'], limit }));
  return rows.toReversed().map((row) => {
    // Written by order generation from a ProvisioningOrder.
    const order = JSON.parse(row.payload) as ProvisioningOrder;
    return {
      orderId: row.id,
      resourceType: row.resource_type,
      changeType: row.change_type,
      owner: {
        id: Number(order.owner.id),
        key: order.owner.identifier,
        name: order.owner.displayName,
      },
      openedAt: row.outcome_at ?? row.generated_at,
      order,
    };
  });
}
