/** Single roles of one owner: what rules give, what people decided, and when each role is effectively held. */
import {
  type Model,
  type RuleType,
  type SingleRoleRule,
  type WorkflowState,
  workflowStates,
} from '../../config/index.ts';
import type { Context } from './contexts.ts';
import { matchingPeriods } from './criteria.ts';
import {
  currentOrNext,
  intersectPeriods,
  isOver,
  mergePeriods,
  type Period,
  subtractPeriods,
} from './periods.ts';
import type { AssignedSingleRole } from './types.ts';

export interface RoleOutcome {
  /** The complete wanted rows, ordered by role, state and id. */
  readonly rows: readonly AssignedSingleRole[];
  /** When each role is effectively held; roles never held are absent. */
  readonly held: ReadonlyMap<string, readonly Period[]>;
}

/** States a computation gives and takes away by itself; rows in any other state are somebody's decision or request. */
const computedStates: ReadonlySet<WorkflowState> = new Set([
  workflowStates.calculated,
  workflowStates.givenByRole,
  workflowStates.calculatedMissingParameters,
  workflowStates.inactive,
  workflowStates.suggested,
  workflowStates.suggestedExistingUser,
  workflowStates.automaticWithValidation,
]);

/** Found roles nobody has refused; a rule that explains them takes them over. */
const toleratedStates: ReadonlySet<WorkflowState> = new Set([
  workflowStates.found,
  workflowStates.historic,
]);

/** Held by a person's decision, whatever the rules say. */
const decidedStates: ReadonlySet<WorkflowState> = new Set([
  workflowStates.approved,
  workflowStates.questioned,
  workflowStates.prolonged,
  workflowStates.approvedRisk,
]);

/**
 * A grant of a rule is effective unless a denying rule of the same or a smaller priority number matches at that time.
 * A stored denial takes the role away in its period, wherever it came from. A role held by decision keeps its row and
 * gets no calculated one beside it while the decision lasts.
 */
export function computeRoles(
  model: Model,
  entityType: string,
  contexts: readonly Context[],
  stored: readonly AssignedSingleRole[],
  now: string,
): RoleOutcome {
  const rulesByRole = new Map<string, SingleRoleRule[]>();
  for (const rule of model.singleRoleRules) {
    if (model.singleRoles.get(rule.role)?.entityType !== entityType) continue;
    rulesByRole.set(rule.role, [...(rulesByRole.get(rule.role) ?? []), rule]);
  }
  const names = new Set([...rulesByRole.keys(), ...stored.map((row) => row.role)]);
  const rows: AssignedSingleRole[] = [];
  const held = new Map<string, readonly Period[]>();
  for (const role of [...names].sort()) {
    const outcome = computeRole(
      model,
      role,
      rulesByRole.get(role) ?? [],
      contexts,
      stored.filter((row) => row.role === role),
      now,
    );
    rows.push(...outcome.rows);
    if (outcome.held.length > 0) held.set(role, outcome.held);
  }
  return { rows, held };
}

function computeRole(
  model: Model,
  role: string,
  rules: readonly SingleRoleRule[],
  contexts: readonly Context[],
  stored: readonly AssignedSingleRole[],
  now: string,
): { readonly rows: readonly AssignedSingleRole[]; readonly held: readonly Period[] } {
  const denials = stored.filter((row) => row.isDenied && !isOver(row, now));
  const granted = (type: RuleType): readonly Period[] =>
    subtractPeriods(grantedPeriods(model, rules, contexts, type), denials);
  const required = granted('Required');

  const kept = stored.filter(
    (row) =>
      (row.isDenied || !computedStates.has(row.workflowState)) &&
      !isOver(row, now) &&
      !(toleratedStates.has(row.workflowState) && !row.isDenied && required.length > 0),
  );
  const effective = kept.filter(
    (row) =>
      !row.isDenied &&
      (decidedStates.has(row.workflowState) || toleratedStates.has(row.workflowState)),
  );
  const held = mergePeriods([...required, ...subtractPeriods(effective, denials)]);

  const computed = effective.some((row) => decidedStates.has(row.workflowState))
    ? null
    : computedRow(required, granted, now);
  if (computed === null) return { rows: kept.toSorted(byStateAndId), held };
  const row = reuseRow(
    stored.filter((candidate) => !kept.includes(candidate)),
    { ...computed, role },
  );
  return { rows: [...kept, row].toSorted(byStateAndId), held };
}

/** When rules of this type give the role, after the denials of rules. */
function grantedPeriods(
  model: Model,
  rules: readonly SingleRoleRule[],
  contexts: readonly Context[],
  type: RuleType,
): readonly Period[] {
  const granted = rules
    .filter((rule) => !rule.isDenied && rule.type === type)
    .flatMap((rule) => {
      const stronger = rules.filter((other) => other.isDenied && other.priority <= rule.priority);
      return subtractPeriods(
        matchingPeriods(model, rule.criteria, contexts),
        stronger.flatMap((denial) => matchingPeriods(model, denial.criteria, contexts)),
      );
    });
  return mergePeriods(granted);
}

function computedRow(
  required: readonly Period[],
  granted: (type: RuleType) => readonly Period[],
  now: string,
): (Period & { readonly workflowState: WorkflowState }) | null {
  const given = currentOrNext(required, now);
  if (given !== null) return { ...given, workflowState: workflowStates.calculated };
  const proposed = currentOrNext(granted('RequestedAutomatically'), now);
  if (proposed !== null) {
    return { ...proposed, workflowState: workflowStates.suggestedExistingUser };
  }
  const suggested = currentOrNext(granted('Suggested'), now);
  return suggested === null ? null : { ...suggested, workflowState: workflowStates.suggested };
}

/** The row takes over the oldest stored row that is free, so that its history goes on. */
function reuseRow(
  free: readonly AssignedSingleRole[],
  wanted: Period & { readonly role: string; readonly workflowState: WorkflowState },
): AssignedSingleRole {
  const previous = free.toSorted(byStateAndId).find((row) => !row.isDenied);
  return { id: previous?.id ?? null, isDenied: false, ...wanted };
}

function byStateAndId(left: AssignedSingleRole, right: AssignedSingleRole): number {
  return (
    left.workflowState - right.workflowState ||
    (left.id ?? Number.MAX_SAFE_INTEGER) - (right.id ?? Number.MAX_SAFE_INTEGER)
  );
}

/** When the role criterion of a rule holds; a rule without one holds whenever its contexts do. */
export function restrictToRole(
  periods: readonly Period[],
  role: string | undefined,
  held: ReadonlyMap<string, readonly Period[]>,
): readonly Period[] {
  return role === undefined ? periods : intersectPeriods(periods, held.get(role) ?? []);
}
