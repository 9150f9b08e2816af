import type { StoreTransaction } from '../open-store.ts';
import type { DecisionRow } from '../tables.ts';
import { allocateIds } from './allocate-ids.ts';

/** Keeps who decided what, when and why. */
export async function recordDecision(
  transaction: StoreTransaction,
  decision: Omit<DecisionRow, 'id'>,
): Promise<void> {
  await transaction.tx('decisions').insert({ id: await allocateIds(transaction, 1), ...decision });
}

export async function listDecisions(
  { tx }: StoreTransaction,
  assignmentIds: readonly number[],
): Promise<readonly DecisionRow[]> {
  return tx<DecisionRow>('decisions')
    .whereIn('assigned_resource_type_id', [...assignmentIds])
    .orderBy('id');
}
