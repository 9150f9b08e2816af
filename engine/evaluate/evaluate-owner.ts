/** The evaluation of one owner: roles, resource types, targets and values. */
import {
  closeAssignment,
  type Model,
  provisioningStates,
  type ResourceType,
} from '../../config/index.ts';
import { automateResourceTypes, automateRoles, holdRiskyApprovals } from './automation.ts';
import { computeContexts } from './contexts.ts';
import { type Deduction, deduceRoles, stillFound } from './deduce-roles.ts';
import { noteDependencies } from './dependencies.ts';
import { nextDueAt } from './due.ts';
import { byProperty } from './evaluate-properties.ts';
import { evaluateResourceType, type ResourceTypeOutcome } from './evaluate-resource-type.ts';
import { attempt } from './failures.ts';
import { addIndirect } from './indirect-roles.ts';
import { ownerPlanOf } from './owner-plan.ts';
import { bringsGraveRisk, graveRisksOf, risksOfOwner } from './owner-risks.ts';
import { boundariesOf } from './periods.ts';
import type { ClockDependence } from './reads.ts';
import { isFresh, standsAside } from './requested-types.ts';
import { keepEnded } from './role-remnants.ts';
import { computeRoles } from './roles.ts';
import { failDelivery } from './transitions.ts';
import type {
  AssignedResourceType,
  AutomatedDecision,
  EvaluateOwner,
  EvaluationFailure,
  EvaluationOptions,
  OwnerOutcome,
  OwnerState,
} from './types.ts';

/**
 * What this owner should have, from what is stored, the rules, the data and the clock. Evaluating the outcome again
 * gives the same outcome; rows that did not change come back equal to the stored ones. Never throws for the data of an
 * owner: what fails is listed, keeps what is stored, and takes nothing away.
 */
export const evaluateOwner: EvaluateOwner = (model, state, matches, options) => {
  const { owner } = state;
  const found = attempt(aboutOwner(model, owner), () =>
    computeContexts(model, owner, matches, options.now),
  );
  if (found.status === 'failed') return keepFailed(model, state, [found.failure], options);
  const context = found.value;
  if (context.status === 'failed') return keepFailed(model, state, context.failures, options);
  const { clock, resourceTypes } = ownerPlanOf(model, owner.entityType);
  if (context.status === 'excluded') {
    return outcome(model, state, state.roles, state.resourceTypes, [], [], clock, options);
  }

  const { contexts } = context;
  // What is held indirectly follows from all the rest, and nothing follows from it.
  const indirect = state.roles.filter((row) => row.isIndirect);
  const direct =
    indirect.length === 0
      ? state
      : { ...state, roles: state.roles.filter((row) => !row.isIndirect) };
  const deduction = { model, state: direct, contexts, matches, options };
  const whole = evaluateDeducing(deduction, resourceTypes, stillFound(deduction));
  const automated = automateOwner(deduction, resourceTypes, whole);
  const { rows, boundaries, decisions } = automated;
  const beside = attempt(aboutOwner(model, owner), () => {
    const held = addIndirect(deduction, indirect, automated);
    const risks = risksOfOwner(deduction, rows, held.indirect ?? state.indirect ?? []);
    return risks === null ? held : { ...held, risks };
  });
  // Risks of what cannot be told stay as they are stored.
  const { roles, ...links } =
    beside.status === 'failed' ? { roles: [...automated.roles, ...indirect] } : beside.value;
  const failures =
    beside.status === 'failed' ? [...automated.failures, beside.failure] : automated.failures;
  closeLostRoles(state.roles, roles);
  const result = outcome(model, state, roles, rows, failures, boundaries, clock, options);
  return { ...result, ...links, ...(decisions.length === 0 ? {} : { decisions }) };
};

/** Stored roles that are not among those wanted end, along the table of transitions. */
function closeLostRoles(stored: OwnerState['roles'], wanted: OwnerOutcome['roles']): void {
  if (stored.length === 0) return;
  const kept = new Set(wanted.map((row) => row.id));
  for (const row of stored) if (!kept.has(row.id)) closeAssignment(row);
}

/** Decisions of rules one after the other, at most: a circuit of three approvals and the approval of a risk, twice. */
const maxDecisions = 10;

/** Decides what rules decide by now, and evaluates again with that as if a person had decided it. */
function automateOwner(
  deduction: Deduction,
  resourceTypes: readonly ResourceType[],
  whole: HolderOutcome,
): HolderOutcome & { readonly decisions: readonly AutomatedDecision[] } {
  const { model, state, options } = deduction;
  const decisions: AutomatedDecision[] = [];
  let current = whole;
  for (let round = 0; model.automationRules.length > 0 && round < maxDecisions; round += 1) {
    const before = current;
    const agreed = automateRoles(model, before.roles, options);
    const roles = holdRiskyApprovals(agreed, before.roles, () =>
      bringsRisk(deduction, resourceTypes, before, { ...before, roles: agreed.rows }),
    );
    const granted = automateResourceTypes(model, current.rows, options);
    const types = holdRiskyApprovals(granted, before.rows, () =>
      bringsRisk(deduction, resourceTypes, before, { roles: roles.rows, rows: granted.rows }),
    );
    const taken = [...roles.decisions, ...types.decisions];
    if (taken.length === 0) {
      const waiting = [...roles.boundaries, ...types.boundaries];
      return { ...current, boundaries: [...current.boundaries, ...waiting], decisions };
    }
    decisions.push(...taken);
    const decided = { ...state, roles: roles.rows, resourceTypes: types.rows };
    // What a rule has just kept may bring to light what only a role explains.
    current = evaluateDeducing({ ...deduction, state: decided }, resourceTypes, roles.rows);
  }
  return { ...current, decisions };
}

/**
 * With these roles, and with those that explain what is found beside them: a role that explains an account brings to light
 * its links, which others explain.
 */
function evaluateDeducing(
  deduction: Deduction,
  resourceTypes: readonly ResourceType[],
  roles: OwnerState['roles'],
): HolderOutcome {
  let held = roles;
  const names = new Set<string>();
  for (;;) {
    const whole = evaluateHolder(deduction, resourceTypes, held);
    const deduced = deduceRoles(deduction, whole.roles, whole.rows);
    const fresh = deduced.filter(({ role }) => !names.has(role));
    if (fresh.length === 0) return whole;
    for (const { role } of fresh) names.add(role);
    held = [...held, ...fresh];
  }
}

/** Whether these roles and resource types bring a risk that asks for more than a remark, and that is not there without them. */
function bringsRisk(
  deduction: Deduction,
  resourceTypes: readonly ResourceType[],
  before: HolderOutcome,
  { roles, rows }: Pick<HolderOutcome, 'roles' | 'rows'>,
): boolean {
  const { model, state } = deduction;
  if (graveRisksOf(deduction).length === 0) return false;
  const supposed = { ...deduction, state: { ...state, roles, resourceTypes: rows } };
  const after = evaluateHolder(supposed, resourceTypes, roles);
  const found = attempt(aboutOwner(model, state.owner), () =>
    bringsGraveRisk(deduction, before.rows, after.rows),
  );
  // What cannot be told is left to a person.
  return found.status === 'failed' || found.value;
}

interface HolderOutcome {
  readonly roles: OwnerOutcome['roles'];
  readonly rows: readonly AssignedResourceType[];
  readonly failures: readonly EvaluationFailure[];
  readonly boundaries: readonly string[];
}

/** Roles, resource types and values of an owner whose contexts are known and who holds these roles so far. */
function evaluateHolder(
  { model, state, contexts, matches, options }: Deduction,
  resourceTypes: readonly ResourceType[],
  storedRoles: OwnerState['roles'],
): HolderOutcome {
  const { owner } = state;
  const roles = computeRoles(model, owner.entityType, contexts, storedRoles, matches, options);
  const { held, assignments } = roles;
  const policy = { contexts, held, assignments };
  const evaluation = { model, owner, policy, matches, options };
  const rows: AssignedResourceType[] = [];
  const failures: EvaluationFailure[] = [];
  const boundaries = [
    ...boundariesOf(contexts, roles.rows, ...roles.held.values(), ...roles.composites.values()),
  ];
  for (const resourceType of resourceTypes) {
    const stored = state.resourceTypes.filter(
      (row) => row.resourceType === resourceType.identifier,
    );
    const about = {
      ownerId: owner.id,
      resourceType: resourceType.identifier,
      property: null,
      rule: resourceType.at,
    };
    const computed = attempt(
      about,
      (): ResourceTypeOutcome => evaluateResourceType(evaluation, resourceType, stored),
    );
    if (computed.status === 'failed') {
      failures.push(computed.failure);
      rows.push(...stored.map((row) => failRow(row, computed.failure.message, options)));
    } else {
      rows.push(...computed.value.rows);
      failures.push(...computed.value.failures);
      boundaries.push(...computed.value.boundaries);
    }
  }
  // Of a resource type the configuration no longer knows, only what is on its way is waited for.
  const unknown = state.resourceTypes.filter(
    (row) =>
      model.resourceTypes.get(row.resourceType)?.sourceEntityType !== owner.entityType &&
      row.provisioningState === provisioningStates.transmitted,
  );
  const all = noteDependencies(model, owner, [...rows, ...unknown]);
  const remains = { model, matches, resourceTypes: all };
  const ended = keepEnded(remains, roles.ended, options.timestamp);
  return { roles: [...roles.rows, ...ended], rows: all, failures, boundaries };
}

/** Of a failure that is about the owner as a whole. */
function aboutOwner(model: Model, owner: OwnerState['owner']): Omit<EvaluationFailure, 'message'> {
  const rule = modelPosition(model, owner.entityType);
  return { ownerId: owner.id, resourceType: null, property: null, rule };
}

function modelPosition(model: Model, entityType: string): EvaluationFailure['rule'] {
  return (
    model.contextRules.get(entityType)?.at ??
    model.entityModel.entityTypes.get(entityType)?.at ?? { file: '', line: 1, column: 1 }
  );
}

/** The contexts could not be computed: everything stays, and says so. */
function keepFailed(
  model: Model,
  state: OwnerState,
  failures: readonly EvaluationFailure[],
  options: EvaluationOptions,
): OwnerOutcome {
  const message = failures[0]?.message ?? '';
  const rows = state.resourceTypes.map((row) => failRow(row, message, options));
  const { clock } = ownerPlanOf(model, state.owner.entityType);
  return outcome(model, state, state.roles, rows, failures, [], clock, options);
}

function failRow(
  row: AssignedResourceType,
  message: string,
  options: EvaluationOptions,
): AssignedResourceType {
  // What is only asked for, refused, denied, or agreed to and not begun, is no matter of the computation.
  if (standsAside(row) || isFresh(row)) return row;
  const next = failDelivery(row, message);
  const isSameState = next.provisioningState === row.provisioningState;
  return { ...row, ...next, stateSince: isSameState ? row.stateSince : options.timestamp };
}

function outcome(
  model: Model,
  state: OwnerState,
  roles: OwnerOutcome['roles'],
  resourceTypes: readonly AssignedResourceType[],
  failures: readonly EvaluationFailure[],
  boundaries: readonly string[],
  clock: ClockDependence,
  options: EvaluationOptions,
): OwnerOutcome {
  const ordered = resourceTypes.map((row) =>
    row.values.length < 2 ? row : { ...row, values: row.values.toSorted(byProperty) },
  );
  return {
    ownerId: state.owner.id,
    roles,
    resourceTypes: ordered.toSorted(byResourceType),
    nextDueAt: nextDueAt(boundaries, resourceTypes, model.resourceTypes, clock, options.now),
    failures,
  };
}

function byResourceType(left: AssignedResourceType, right: AssignedResourceType): number {
  if (left.resourceType !== right.resourceType) {
    return left.resourceType < right.resourceType ? -1 : 1;
  }
  const last = Number.MAX_SAFE_INTEGER;
  return (
    (left.targetId ?? last) - (right.targetId ?? last) || (left.id ?? last) - (right.id ?? last)
  );
}
