/** The evaluation of one owner: roles, resource types, targets and values. */
import { type Model, provisioningStates, type ResourceType } from '../../config/index.ts';
import { automateResourceTypes, automateRoles, holdRiskyApprovals } from './automation.ts';
import { computeContexts } from './contexts.ts';
import { type Deduction, deduceRoles, stillFound } from './deduce-roles.ts';
import { noteDependencies } from './dependencies.ts';
import { nextDueAt } from './due.ts';
import { byProperty } from './evaluate-properties.ts';
import { evaluateResourceType, type ResourceTypeOutcome } from './evaluate-resource-type.ts';
import { attempt } from './failures.ts';
import { ownerPlanOf } from './owner-plan.ts';
import { boundariesOf } from './periods.ts';
import type { ClockDependence } from './reads.ts';
import { identifyRisks, risksOf } from './risks.ts';
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
  const found = attempt(
    {
      ownerId: owner.id,
      resourceType: null,
      property: null,
      rule: modelPosition(model, owner.entityType),
    },
    () => computeContexts(model, owner, matches, options.now),
  );
  if (found.status === 'failed') return keepFailed(model, state, [found.failure], options);
  const context = found.value;
  if (context.status === 'failed') return keepFailed(model, state, context.failures, options);
  const { clock, resourceTypes } = ownerPlanOf(model, owner.entityType);
  if (context.status === 'excluded') {
    return outcome(model, state, state.roles, state.resourceTypes, [], [], clock, options);
  }

  const { contexts } = context;
  const deduction = { model, state, contexts, matches, options };
  const before = stillFound(deduction);
  const first = evaluateHolder(deduction, resourceTypes, before);
  const deduced = deduceRoles(deduction, first.roles, first.rows);
  const whole =
    deduced.length === 0
      ? first
      : evaluateHolder(deduction, resourceTypes, [...before, ...deduced]);
  const automated = automateOwner(deduction, resourceTypes, whole);
  const { roles, rows, failures, boundaries, decisions } = automated;
  const result = outcome(model, state, roles, rows, failures, boundaries, clock, options);
  const declared = risksOf(model, owner.entityType);
  const about = { model, matches, now: options.now };
  return {
    ...result,
    ...(decisions.length === 0 ? {} : { decisions }),
    ...(declared.length === 0 ? {} : { risks: identifyRisks(about, declared, rows) }),
  };
};

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
      bringsRisk(deduction, resourceTypes, before, agreed.rows),
    );
    const types = automateResourceTypes(model, current.rows, options);
    const taken = [...roles.decisions, ...types.decisions];
    if (taken.length === 0) {
      const waiting = [...roles.boundaries, ...types.boundaries];
      return { ...current, boundaries: [...current.boundaries, ...waiting], decisions };
    }
    decisions.push(...taken);
    const decided = { ...state, roles: roles.rows, resourceTypes: types.rows };
    current = evaluateHolder({ ...deduction, state: decided }, resourceTypes, roles.rows);
  }
  return { ...current, decisions };
}

/** Whether these roles bring a risk that asks for more than a remark, and that is not there without them. */
function bringsRisk(
  deduction: Deduction,
  resourceTypes: readonly ResourceType[],
  before: HolderOutcome,
  roles: OwnerState['roles'],
): boolean {
  const { model, state, matches, options } = deduction;
  const grave = risksOf(model, state.owner.entityType).filter(
    (risk) => risk.exemption !== 'Warning',
  );
  if (grave.length === 0) return false;
  const about = { model, matches, now: options.now };
  const supposed = { ...deduction, state: { ...state, roles, resourceTypes: before.rows } };
  const after = evaluateHolder(supposed, resourceTypes, roles);
  const present = new Set(identifyRisks(about, grave, before.rows).map(({ risk }) => risk));
  return identifyRisks(about, grave, after.rows).some(({ risk }) => !present.has(risk));
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
