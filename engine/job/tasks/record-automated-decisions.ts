/** Keeps what automation rules decided during an evaluation, as decisions of people are kept. */
import { describeAutomation, type OwnerOutcome } from '../../evaluate/index.ts';
import { type AssignmentRun, recordDecisions, type StoreTransaction } from '../../store/index.ts';

export async function recordAutomatedDecisions(
  t: StoreTransaction,
  ownerType: string,
  outcomes: readonly OwnerOutcome[],
  run: AssignmentRun,
): Promise<void> {
  const taken = outcomes.flatMap(({ ownerId, decisions = [] }) =>
    decisions.map((decision) => ({ ownerId, ...decision })),
  );
  if (taken.length === 0) return;
  await recordDecisions(
    t,
    taken.map(({ ownerId, item, assignmentId, decision, rule, from, to }) => ({
      kind: `automation ${decision === 'Approve' ? 'approve' : 'decline'}`,
      // An assignment that came into being by this very evaluation is found by its owner and its role or resource type.
      assigned_resource_type_id: assignmentId ?? 0,
      subject: '',
      decided_by: describeAutomation(rule),
      decided_at: run.at,
      comment: `From state ${from} to ${to}.`,
      run_id: run.id,
      owner_type: ownerType,
      owner_id: ownerId,
      item,
    })),
  );
}
