/** Why a role was lost: the rules or the person; what the rules took away goes on for a while. */
import { workflowStates } from '../../config/index.ts';
import { addSeconds, covers, isOver, type Period } from './periods.ts';
import { grantGroups } from './role-grants.ts';
import type { RoleInputs } from './role-inputs.ts';
import type { AssignedRole } from './types.ts';

/**
 * When a stored role that no rule gives any more goes on; `null`: it does not. The rules by which it was held are asked
 * about the owner as he is now: if they would still give it, the rules took it away and it goes on for the grace period;
 * if not, the owner himself changed and it is lost at once, whatever became of the rules.
 */
export function prolongedPeriod(inputs: RoleInputs, row: AssignedRole): Period | null {
  const { now, role, digest } = inputs;
  if (isOver(row, now) || (row.startDate !== null && row.startDate > now)) return null;
  const isProlonged = row.workflowState === workflowStates.prolonged;
  const seconds = (role?.gracePeriodMinutes ?? 0) * 60;
  if (!isProlonged && (seconds <= 0 || row.basis === null || row.basis === digest)) return null;
  const rules =
    row.basis === null || row.basis === digest ? inputs.rules : inputs.formerRules(row.basis);
  const promised = isProlonged ? row.endDate : addSeconds(now, seconds);
  // What is already promised holds even when nobody knows the rules any more.
  if (rules === null) return isProlonged ? row : null;
  const group = grantGroups(inputs, rules, 'Required').find(({ periods }) =>
    periods.some((period) => covers(period, now)),
  );
  const period = group?.periods.find((one) => covers(one, now));
  if (period === undefined) return null;
  const { startDate } = row;
  const ends = [promised, period.endDate].filter((end) => end !== null).sort();
  return { startDate, endDate: ends[0] ?? null };
}
