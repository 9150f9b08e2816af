/** Why an order could not be made stays with its assignment, so that whoever looks at it later is told. */
import type { StoreTransaction } from '../open-store.ts';

const lead = 'Held back: ';

/** Replaces what earlier runs noted for these resource types; errors of other kinds stay as they are. */
export async function noteHeldOrders(
  { tx, dialect }: StoreTransaction,
  resourceTypes: readonly string[],
  held: readonly { readonly assignmentId: number; readonly message: string }[],
): Promise<void> {
  await tx('assigned_resource_types')
    .whereIn('resource_type', [...resourceTypes])
    .whereNotNull('last_error')
    .where('last_error', 'like', `${lead}%`)
    .update({ last_error: null });
  const chunkSize = dialect.maxParameters - 10;
  for (const [message, alike] of Map.groupBy(held, (one) => one.message)) {
    const ids = alike.map(({ assignmentId }) => assignmentId);
    for (let start = 0; start < ids.length; start += chunkSize)
      await tx('assigned_resource_types')
        .whereIn('id', ids.slice(start, start + chunkSize))
        .update({ last_error: `${lead}${message}` });
  }
}
