/** The most frequent role by far: rules give it by criteria alone, and nobody has asked for it, refused it or added anything. */
import { moveWorkflow, workflowStates } from '../../config/index.ts';
import { matchingPeriods } from './criteria.ts';
import { covers, currentOrNext, mergePeriods } from './periods.ts';
import { noParameters } from './role-grants.ts';
import type { RoleInputs } from './role-inputs.ts';
import type { RoleRows } from './role-rows.ts';
import { type AssignedRole, noRequest } from './types.ts';

/**
 * What `computeRoleRows` gives for such a role, without everything that cannot play a part; `null`: it is no such role, or
 * what is stored about it has to be weighed.
 */
export function computePlainRole(inputs: RoleInputs): RoleRows | null {
  const { role, rules, digest, stored, now, model, contexts } = inputs;
  if (!inputs.isPlain || role === null) return null;
  if (role.requiredParameters.length > 0 || role.dimensions.length > 0) return null;
  const [previous = null] = stored;
  if (previous !== null && (stored.length > 1 || !isUntouched(previous, digest))) return null;
  const [first, second] = rules;
  const periods =
    first !== undefined && second === undefined
      ? matchingPeriods(model, first.criteria, contexts)
      : mergePeriods(rules.flatMap(({ criteria }) => matchingPeriods(model, criteria, contexts)));
  const period = currentOrNext(periods, now);
  // What was given and is not given now may be lost, be over, or go on for a while.
  if (previous !== null && (period === null || !covers(period, now))) return null;
  const held = periods.map(({ startDate, endDate }) => ({
    startDate,
    endDate,
    parameters: noParameters,
    usesContexts: true,
    isInferred: false,
  }));
  if (period === null) return { rows: [], held, ended: [] };
  const row: AssignedRole = {
    id: previous?.id ?? null,
    kind: inputs.kind,
    role: inputs.name,
    workflowState: moveWorkflow(previous?.workflowState ?? workflowStates.none, 'given'),
    isDenied: false,
    isInferred: false,
    isIndirect: false,
    startDate: period.startDate,
    endDate: period.endDate,
    cause: 'rule',
    basis: digest,
    stateSince: previous?.stateSince ?? inputs.timestamp,
    parameters: noParameters,
    request: null,
    amends: null,
    requestedBy: null,
    approvals: noRequest.approvals,
  };
  return { rows: [row], held, ended: [] };
}

/** Given by these very rules, and by nobody else. */
function isUntouched(row: AssignedRole, digest: string | null): boolean {
  return (
    row.workflowState === workflowStates.calculated &&
    row.basis === digest &&
    !row.isDenied &&
    !row.isIndirect &&
    row.requestedBy === null &&
    Object.keys(row.parameters).length === 0
  );
}
