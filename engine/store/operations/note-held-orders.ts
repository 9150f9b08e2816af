/** Why an order could not be made stays with its assignment, so that whoever looks at it later is told. */
import type { StoreTransaction } from '../open-store.ts';

const lead = 'Held back: ';

/** Replaces what earlier runs noted for these resource types; errors of other kinds stay as they are. */
export async function noteHeldOrders(
  { tx }: StoreTransaction,
  resourceTypes: readonly string[],
  held: readonly { readonly assignmentId: number; readonly message: string }[],
): Promise<void> {
  await tx('assigned_resource_types')
    .whereIn('resource_type', [...resourceTypes])
    .whereNotNull('last_error')
    .where('last_error', 'like', `${lead}%`)
    .update({ last_error: null });
  for (const { assignmentId, message } of held)
    await tx('assigned_resource_types')
      .where({ id: assignmentId })
      .update({ last_error: `${lead}${message}` });
}
