/** What one evaluation wishes of a resource type: whether and when, from rules and from people, and what its values follow. */
import {
  type Model,
  type ProvisioningState,
  provisioningStates,
  type ResourceType,
  type ResourceView,
  type WorkflowState,
  workflowStates,
} from '../../config/index.ts';
import { emptySlot, type Slot } from './correlate.ts';
import { policyValuesOf, synchronizedAt, writtenAtCreation } from './evaluate-properties.ts';
import { isFurtherAccount, namesTarget } from './further-accounts.ts';
import { parameterValues } from './parameter-values.ts';
import { covers, currentOrNext, type Period } from './periods.ts';
import {
  decidedPeriod,
  mergeAgreed,
  type SortedRequests,
  sortRequests,
  withoutDenied,
} from './requested-types.ts';
import {
  type Justification,
  justify,
  justifyByDecision,
  type OwnerPolicy,
} from './resource-types.ts';
import { contextOfParameters } from './role-grants.ts';
import { parametersOfType } from './taken-parameters.ts';
import {
  type AssignedResourceType,
  type EvaluationOptions,
  type Matches,
  noRequest,
} from './types.ts';
import { computeValues, type ValueRequest } from './values.ts';

export interface OwnerEvaluation {
  readonly model: Model;
  readonly owner: ResourceView;
  readonly policy: OwnerPolicy;
  readonly matches: Matches;
  readonly options: EvaluationOptions;
}

/** An assignment wanted for a period, and the justification its values follow. */
export interface Wish {
  readonly period: Period;
  readonly justification: Justification;
  readonly isDecided: boolean;
}

/** What rules give, and what people asked for or against, weighed against each other. */
export function weighRequests(
  evaluation: OwnerEvaluation,
  resourceType: ResourceType,
  stored: readonly AssignedResourceType[],
): { readonly requests: SortedRequests; readonly justification: Justification } {
  const { model, policy, matches, options } = evaluation;
  const sorted = sortRequests(stored, options.now);
  const justification = withoutDenied(justify(model, resourceType, policy), sorted.denied);
  const targetOf = ({ targetId }: AssignedResourceType): ResourceView | null =>
    targetId === null ? null : matches.byId(resourceType.targetEntityType, targetId);
  const requests = mergeAgreed(sorted, justification, {
    now: options.now,
    timestamp: options.timestamp,
    hoursAhead: resourceType.fulfillHoursAheadOfTime,
    synchronizedAt: synchronizedAt(resourceType, options),
    hasTarget: (row) => targetOf(row) !== null,
    resourceType,
    withValues: (row) => withValues(evaluation, resourceType, row),
    isTargetOf: (row, holder) => {
      const target = targetOf(holder);
      return (
        target !== null &&
        namesTarget(resourceType, row, target, keysOfTargets(model, resourceType))
      );
    },
  });
  return { requests, justification };
}

/** What an account that was asked for would be made with, so that it is known when it is there already. */
function withValues(
  evaluation: OwnerEvaluation,
  resourceType: ResourceType,
  row: AssignedResourceType,
): AssignedResourceType {
  const period = decidedPeriod(row, evaluation.policy.contexts, evaluation.options.now);
  if (period === null) return row;
  const wish = { period, justification: justifyByDecision(period), isDecided: true };
  const slot: Slot = { ...emptySlot, stored: row };
  const { properties } = computeValues(valueRequest(evaluation, resourceType, slot, wish));
  return { ...row, policyValues: policyValuesOf(properties, {}, {}) };
}

/** Properties by which the configuration names targets, as far as rules give them: nothing else is known of a creation. */
export function keysOfTargets(
  { entityModel }: Model,
  { targetEntityType, correlateMultipleResources, scalarRules }: ResourceType,
): readonly string[] {
  if (!correlateMultipleResources) return noKeys;
  const keys = entityModel.entityTypes.get(targetEntityType)?.keys ?? noKeys;
  return keys.filter((key) => scalarRules.some(({ property }) => property === key));
}

const noKeys: readonly string[] = [];

/** Held by a decision of a person. */
export const decidedStates: ReadonlySet<WorkflowState> = new Set([
  workflowStates.approved,
  workflowStates.approvedRisk,
  workflowStates.questioned,
  workflowStates.prolonged,
]);

/**
 * Whether, and when, this slot is wanted. A resource whose period has ended is not kept for the sake of a later one;
 * one that turned up before its first period is.
 */
export function wishOf(
  resourceType: ResourceType,
  slot: Slot,
  justification: Justification,
  { policy, options: { now } }: Pick<OwnerEvaluation, 'policy' | 'options'>,
): Wish | null {
  const { stored } = slot;
  const active = justification.periods.find((period) => covers(period, now));
  const period =
    stored !== null && decidedStates.has(stored.workflowState)
      ? decidedPeriod(stored, policy.contexts, now)
      : null;
  const isFurther = isFurtherAccount(resourceType, stored);
  if (period !== null) {
    const isByDecision = active === undefined || isFurther;
    return {
      period,
      justification: isByDecision ? justifyByDecision(period) : justification,
      isDecided: true,
    };
  }
  // What rules give is another account.
  if (isFurther) return null;
  if (active !== undefined) return { period: active, justification, isDecided: false };
  const next = currentOrNext(justification.periods, now);
  if (next === null) return null;
  const isHeldEarly = slot.target !== null && stored !== null && !isYetToBegin(stored, now);
  return isHeldEarly ? null : { period: next, justification, isDecided: false };
}

function isYetToBegin(stored: AssignedResourceType, now: string): boolean {
  const { found, historic } = workflowStates;
  if (stored.workflowState === found || stored.workflowState === historic) return false;
  return stored.startDate !== null && stored.startDate > now;
}

/** The request for the policy's values of one slot. */
export function valueRequest(
  evaluation: OwnerEvaluation,
  resourceType: ResourceType,
  slot: Slot,
  wish: Wish,
): ValueRequest {
  const { model, owner, matches, options } = evaluation;
  const { period, justification } = wish;
  const asked = wish.isDecided && slot.stored?.request === 'assign' ? slot.stored : null;
  return {
    model,
    resourceType,
    owner,
    policy:
      asked === null ? evaluation.policy : policyOfRequest(evaluation, resourceType, asked, period),
    given: slot.stored?.parameters ?? noRequest.parameters,
    isAskedFor: asked !== null,
    justification,
    period,
    instant: covers(period, options.now) ? options.now : (period.startDate ?? options.now),
    now: options.now,
    matches,
    isCreation: slot.target === null,
    written: writtenAtCreation(resourceType, slot.stored, slot.target),
  };
}

/** A resource type with parameters that was asked for has those that were given, whatever its owner is. */
function policyOfRequest(
  { model, policy, matches }: OwnerEvaluation,
  resourceType: ResourceType,
  { parameters }: AssignedResourceType,
  period: Period,
): OwnerPolicy {
  if (parametersOfType(resourceType).length === 0) return policy;
  return {
    ...policy,
    contexts: [contextOfParameters(model, matches, parameters, period)],
    roleContexts: policy.contexts,
  };
}

/** Nothing is made of a creation before its required parameters are known. */
export function lacksParameter(slot: Slot, request: ValueRequest): boolean {
  const { requiredParameters } = request.resourceType;
  if (requiredParameters.length === 0 || slot.target !== null || request.isAskedFor) return false;
  const values = parameterValues(request);
  return requiredParameters.some((dimension) => (values.get(dimension) ?? null) === null);
}

const { none, pending, awaitingApproval, inactive, error } = provisioningStates;
/** Nothing of it is on its way, and nothing of it was done. */
export const unsentStates: ReadonlySet<ProvisioningState> = new Set([
  ...[none, pending, awaitingApproval, inactive, error],
]);
