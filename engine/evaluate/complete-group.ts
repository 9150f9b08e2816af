/** What rules give with one set of parameters, completed by the role, the owner's contexts and people. */
import { byStateAndId } from './free-role-rows.ts';
import { covers, intersectPeriods, mergePeriods, type Period, subtractPeriods } from './periods.ts';
import {
  contextsThatName,
  type GrantGroup,
  keyOf,
  noParameters,
  parametersKey,
} from './role-grants.ts';
import type { RoleInputs } from './role-inputs.ts';
import { completableStates } from './role-states.ts';
import type { AssignedRole, AssignmentParameters } from './types.ts';

/** What rules give with one set of parameters, as far as no person denied it. */
export interface ComputedGroup extends GrantGroup {
  /** Values of required parameters that come from the owner's context. */
  readonly isComplete: boolean;
  /** `periods`, without the times at which a required parameter has no value. */
  readonly complete: readonly Period[];
  /** Who gave the parameters that the rule left open. */
  readonly completedBy: string | null;
}

/** With what a person completed, and without what a person denied; what was completed to something denied is open again. */
export function completeGroup(
  inputs: RoleInputs,
  group: GrantGroup,
  denials: readonly AssignedRole[],
): ComputedGroup {
  const completed = group.usesContexts ? completedByPerson(inputs) : undefined;
  const own = completedGroup(inputs, group, denials, completed);
  return completed === undefined || own.periods.length > 0
    ? own
    : completedGroup(inputs, group, denials, undefined);
}

function completedGroup(
  inputs: RoleInputs,
  group: GrantGroup,
  denials: readonly AssignedRole[],
  completed: AssignedRole | undefined,
): ComputedGroup {
  const parameters = {
    ...group.parameters,
    ...completed?.parameters,
    ...fixedParameters(inputs),
  };
  const missing = missingParameters(inputs, parameters);
  const periods = subtractDenials(group.periods, parameters, denials);
  const named = group.usesContexts ? contextsThatName(inputs.contexts, missing) : [];
  const complete = missing.length === 0 ? periods : intersectPeriods(periods, mergePeriods(named));
  const isComplete = missing.length === 0;
  const completedBy = completed?.requestedBy ?? null;
  return { ...group, parameters, periods, complete, isComplete, completedBy };
}

/** `Dn` of the role. */
export function fixedParameters({ role }: RoleInputs): AssignmentParameters {
  if (role === null || role.dimensions.length === 0) return noParameters;
  return Object.fromEntries(role.dimensions.map(({ dimension, value }) => [dimension, value]));
}

/** The assignment that a rule computed without parameters, and a person then gave them. */
function completedByPerson({ stored }: RoleInputs): AssignedRole | undefined {
  return stored
    .toSorted(byStateAndId)
    .find(
      (one) =>
        one.requestedBy !== null &&
        completableStates.has(one.workflowState) &&
        !one.isDenied &&
        !one.isIndirect,
    );
}

function missingParameters(
  { role }: RoleInputs,
  parameters: AssignmentParameters,
): readonly string[] {
  if (role === null) return [];
  return role.requiredParameters.filter((dimension) => parameters[dimension] === undefined);
}

/** Those of the group, and what the context then gives for the required ones. */
export function shownParameters(
  inputs: RoleInputs,
  group: ComputedGroup,
  instant: string,
): AssignmentParameters {
  if (group.isComplete || !group.usesContexts) return group.parameters;
  const missing = missingParameters(inputs, group.parameters);
  const context = contextsThatName(inputs.contexts, missing).find((one) => covers(one, instant));
  if (context === undefined) return group.parameters;
  const found = missing.map(
    (dimension) =>
      [dimension, keyOf(inputs.model, context.dimensions.get(dimension)?.[0]) ?? ''] as const,
  );
  return { ...group.parameters, ...Object.fromEntries(found) };
}

/** Denials of a person without parameters take everything away; others what has the same parameters. */
export function subtractDenials(
  periods: readonly Period[],
  parameters: AssignmentParameters,
  denials: readonly AssignedRole[],
): readonly Period[] {
  if (denials.length === 0) return periods;
  const key = parametersKey(parameters);
  const applying = denials.filter((denial) => {
    const own = parametersKey(denial.parameters);
    return own === '' || own === key;
  });
  return subtractPeriods(periods, applying);
}
