/** What people gave, taken back. */
import {
  type AssignmentRun,
  changeRequested,
  closeRequested,
  type RequestedRow,
  type StoreTransaction,
} from '../../store/index.ts';

type Ending = Pick<RequestedRow, 'id' | 'kind'>;

/**
 * Roles end at once. A resource type may have an account: its time is over, and the evaluation takes the account back, or
 * hands it to the rules; a denial that is over is closed by it.
 *
 * @param now internal form
 */
export async function endAssignments(
  t: StoreTransaction,
  rows: readonly Ending[],
  now: string,
  run: AssignmentRun,
): Promise<void> {
  const types = rows.filter((row) => row.kind === 'resource-type');
  const roles = rows.filter((row) => row.kind !== 'resource-type');
  await closeRequested(t, roles, 'handed-back', run);
  await changeRequested(t, types, { end_date: now, state_since: run.at }, run);
}
