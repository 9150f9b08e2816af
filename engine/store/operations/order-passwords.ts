/** Passwords of orders on their way, encrypted: a repeated order carries the same one. */
import type { StoreTransaction } from '../open-store.ts';

/** Encrypted, by order. */
export async function readOrderPasswords(
  { tx, dialect }: StoreTransaction,
  orderIds: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const found = new Map<number, string>();
  for (let start = 0; start < orderIds.length; start += dialect.maxParameters) {
    const chunk = orderIds.slice(start, start + dialect.maxParameters);
    for (const row of await tx('order_passwords').whereIn('order_id', chunk))
      found.set(Number(row.order_id), String(row.sealed));
  }
  return found;
}

export async function writeOrderPasswords(
  { tx, dialect }: StoreTransaction,
  sealed: ReadonlyMap<number, string>,
  at: string,
): Promise<void> {
  if (sealed.size === 0) return;
  await dialect.insertRows(
    tx,
    'order_passwords',
    ['order_id', 'sealed', 'made_at'],
    [...sealed].map(([id, text]) => [id, text, at]),
  );
}

/** Of all orders that are on their way no more, however they ended. */
export async function removeSettledPasswords({ tx }: StoreTransaction): Promise<void> {
  const open = tx('provisioning_orders')
    .whereRaw('provisioning_orders.id = order_passwords.order_id')
    .whereIn('status', ['generated', 'intent'])
    .select('id');
  await tx('order_passwords').whereNotExists(open).delete();
}
