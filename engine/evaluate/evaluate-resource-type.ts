/** One resource type of one owner: from rules and decisions to its assigned rows. */
import {
  type Model,
  moveProvisioning,
  moveWorkflow,
  type ProvisioningState,
  provisioningStates,
  type ResourceType,
  type ResourceView,
  type WorkflowState,
  workflowStates,
} from '../../config/index.ts';
import { awaitsConfirmation, correlate, emptySlot, isOnItsWay, type Slot } from './correlate.ts';
import {
  compareTarget,
  policyValuesOf,
  synchronizedAt,
  writtenAtCreation,
} from './evaluate-properties.ts';
import { expireExistence, type NextExistence, nextExistence } from './existence-transitions.ts';
import { covers, currentOrNext, isOver, type Period } from './periods.ts';
import {
  type Justification,
  justify,
  justifyByDecision,
  type OwnerPolicy,
} from './resource-types.ts';
import { blockingReasons, failDelivery, stateOf } from './transitions.ts';
import {
  type AssignedResourceType,
  type AssignedValue,
  type EvaluationFailure,
  type EvaluationOptions,
  type Matches,
  noRequest,
  type PolicyValues,
} from './types.ts';
import { computeValues, type ValueOutcome, type ValueRequest } from './values.ts';

export interface OwnerEvaluation {
  readonly model: Model;
  readonly owner: ResourceView;
  readonly policy: OwnerPolicy;
  readonly matches: Matches;
  readonly options: EvaluationOptions;
}

export interface ResourceTypeOutcome {
  readonly rows: readonly AssignedResourceType[];
  readonly failures: readonly EvaluationFailure[];
  /** Instants at which something about it may change. */
  readonly boundaries: readonly string[];
}

/** An assignment wanted for a period, and the justification its values follow. */
export interface Wish {
  readonly period: Period;
  readonly justification: Justification;
  readonly isDecided: boolean;
}

const noFailures: readonly EvaluationFailure[] = [];

/** The rows of one resource type of one owner, ordered by target and id. */
export function evaluateResourceType(
  evaluation: OwnerEvaluation,
  resourceType: ResourceType,
  rowsBefore: readonly AssignedResourceType[],
): ResourceTypeOutcome {
  const { model, policy, owner, matches, options } = evaluation;
  const stored = rowsBefore.map((row) =>
    expireExistence(
      row,
      resourceType.transmittedStateValidityMinutes,
      synchronizedAt(resourceType, options),
      options.timestamp,
    ),
  );
  const justification = justify(model, resourceType, policy);
  const correlation = correlate(resourceType, owner.id, stored, matches);
  const isGiven = currentOrNext(justification.periods, options.now) !== null;
  const slots = correlation.slots.length === 0 && isGiven ? [emptySlot] : correlation.slots;

  const rows: AssignedResourceType[] = [...correlation.declined];
  const failures: EvaluationFailure[] = [];
  for (const slot of slots) {
    const wish = wishOf(slot, justification, options.now);
    const isOver = !isGiven && justification.periods.length > 0;
    const outcome = evaluateSlot(evaluation, resourceType, slot, { wish, isOver });
    failures.push(...outcome.failures);
    if (outcome.row !== null) rows.push(outcome.row);
  }
  if (rows.length === 0) {
    const suggestion = suggestedRow(evaluation, resourceType, justification, stored);
    if (suggestion !== null) rows.push(suggestion);
  }
  const decided = rows.flatMap((row) => [row.startDate, row.endDate]);
  return {
    rows: rows.toSorted(byTarget),
    failures,
    boundaries: [...justification.boundaries, ...decided.filter((at) => at !== null)],
  };
}

const decidedStates: ReadonlySet<WorkflowState> = new Set([
  workflowStates.approved,
  workflowStates.approvedRisk,
  workflowStates.questioned,
  workflowStates.prolonged,
]);

/**
 * Whether, and when, this slot is wanted. A resource whose period has ended is not kept for the sake of a later one;
 * one that turned up before its first period is.
 */
export function wishOf(slot: Slot, justification: Justification, now: string): Wish | null {
  const { stored } = slot;
  const active = justification.periods.find((period) => covers(period, now));
  if (stored !== null && decidedStates.has(stored.workflowState) && !isOver(stored, now)) {
    const period = { startDate: stored.startDate, endDate: stored.endDate };
    return {
      period,
      justification: active === undefined ? justifyByDecision(period) : justification,
      isDecided: true,
    };
  }
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
  const { model, owner, policy, matches, options } = evaluation;
  const { period, justification } = wish;
  return {
    model,
    resourceType,
    owner,
    policy,
    justification,
    period,
    instant: covers(period, options.now) ? options.now : (period.startDate ?? options.now),
    now: options.now,
    matches,
    isCreation: slot.target === null,
    written: writtenAtCreation(resourceType, slot.stored, slot.target),
  };
}

function evaluateSlot(
  evaluation: OwnerEvaluation,
  resourceType: ResourceType,
  slot: Slot,
  wished: { readonly wish: Wish | null; readonly isOver: boolean },
): { readonly row: AssignedResourceType | null; readonly failures: readonly EvaluationFailure[] } {
  const { options } = evaluation;
  const { wish, isOver } = wished;
  const { stored, target } = slot;
  const isCompared = wish !== null && slot.isConfirmed;
  const request = isCompared ? valueRequest(evaluation, resourceType, slot, wish) : null;
  const values = request === null ? null : computeValues(request);
  const wanted =
    values === null || request === null
      ? {}
      : policyValuesOf(values.properties, stored?.policyValues ?? {}, request.written);
  // A creation carries all its values at once, and so waits for the least certain of them.
  const doubt = target === null && values !== null ? lowestConfidence(values) : null;
  const next = nextExistence(stored, {
    isWanted: wish !== null,
    target: targetState(slot),
    wantedAs:
      wish?.isDecided === true && stored !== null
        ? stored.workflowState
        : workflowStates.calculated,
    isEstablished: isEstablished(slot),
    // Only a creation is judged as a whole; comparing costs more than most of the rest.
    isPolicyChanged:
      target === null && stored !== null && !isSamePolicy(stored.policyValues, wanted),
    isOver,
    isFirstEvaluation: options.isFirstEvaluation,
    resourceType,
    reasons: [
      ...blockingReasons(resourceType, options),
      ...(doubt === null ? [] : (['confidence'] as const)),
    ],
    synchronizedAt: synchronizedAt(resourceType, options),
  });
  const failures = values?.failures ?? noFailures;
  if (next === null || (slot.isSpare && !isOnItsWay(next.provisioningState))) {
    return { row: null, failures };
  }
  const content =
    values === null || !isWrittenNow(slot, next)
      ? keptContent(slot)
      : newContent(slot, values, wanted, resourceType, options);
  const state = slot.target === null && wish !== null ? failCreation(stored, next, values) : next;
  const isHeldByDoubt = target === null && state.blockedBy.includes('confidence');
  const shown = isHeldByDoubt ? { ...slot, confidence: doubt } : slot;
  return { row: toRow(evaluation, resourceType, shown, wish, state, content), failures };
}

/** Of the links of these values that a person must confirm; `null`: there are none. */
function lowestConfidence({ properties }: ValueOutcome): number | null {
  let lowest: number | null = null;
  for (const { links } of properties.values()) {
    for (const confidence of links.values()) {
      if (confidence !== null && (lowest === null || confidence < lowest)) lowest = confidence;
    }
  }
  return lowest;
}

function targetState(slot: Slot): 'absent' | 'present' | 'unconfirmed' {
  if (slot.target === null) return 'absent';
  return slot.isConfirmed ? 'present' : 'unconfirmed';
}

function isEstablished({ stored, target, isConfirmed }: Slot): boolean {
  if (stored === null || target === null || !isConfirmed) return false;
  if (stored.targetId !== null) {
    return stored.targetId === target.id && !awaitsConfirmation(stored);
  }
  const { executed, verified } = provisioningStates;
  return stored.provisioningState === executed || stored.provisioningState === verified;
}

/**
 * Whether the policy's new word is stored now. While a creation is on its way, what was sent stays, so that the account
 * it makes is compared with what it was told; while a deletion is, the last word stays as it was.
 */
function isWrittenNow(slot: Slot, next: NextExistence): boolean {
  if (slot.target !== null) return next.provisioningState === provisioningStates.verified;
  return !isOnItsWay(next.provisioningState);
}

interface RowContent {
  readonly policyValues: PolicyValues;
  readonly values: readonly AssignedValue[];
}

function newContent(
  slot: Slot,
  computed: ValueOutcome,
  policyValues: PolicyValues,
  resourceType: ResourceType,
  options: EvaluationOptions,
): RowContent {
  const { stored, target } = slot;
  // Without a target the creation carries every value; only orders under way keep their rows.
  if (target === null) return { policyValues, values: inFlight(stored) };
  const { properties } = computed;
  const values = compareTarget({ resourceType, stored, target, properties, options });
  return { policyValues, values };
}

/** An unconfirmed target is compared once it is confirmed, as one seen for the first time. */
function keptContent(slot: Slot): RowContent {
  const { stored, target, isConfirmed } = slot;
  if (!isConfirmed) return { policyValues: {}, values: inFlight(stored) };
  const values = target === null ? inFlight(stored) : (stored?.values ?? []);
  return { policyValues: stored?.policyValues ?? {}, values };
}

function inFlight(stored: AssignedResourceType | null): readonly AssignedValue[] {
  return (stored?.values ?? []).filter(
    (row) => row.provisioningState === provisioningStates.transmitted,
  );
}

/** A creation with a value nobody could compute is not sent. */
function failCreation(
  stored: AssignedResourceType | null,
  next: NextExistence,
  values: ValueOutcome | null,
): NextExistence {
  const failure = [...(values?.properties.values() ?? [])].find(
    (property) => property.failure !== null,
  )?.failure;
  if (failure === undefined || failure === null) return next;
  const { pending, awaitingApproval, none } = provisioningStates;
  const unsent: readonly ProvisioningState[] = [pending, awaitingApproval, none];
  if (!unsent.includes(next.provisioningState)) return next;
  const { error } = provisioningStates;
  const isUnsent = stored !== null && [...unsent, error].includes(stored.provisioningState);
  const previous = isUnsent ? stored : null;
  return { workflowState: next.workflowState, ...failDelivery(previous, failure.message) };
}

function toRow(
  evaluation: OwnerEvaluation,
  resourceType: ResourceType,
  slot: Slot,
  wish: Wish | null,
  next: NextExistence,
  content: RowContent,
): AssignedResourceType {
  const { stored, target } = slot;
  const { transmitted, errored, executed } = provisioningStates;
  const hasOrder: readonly number[] = [transmitted, errored, executed];
  const isSameState =
    stored?.workflowState === next.workflowState &&
    stored.provisioningState === next.provisioningState;
  const isOnItsWay = next.provisioningState === transmitted;
  const period = wish?.period ?? stored;
  return {
    id: stored?.id ?? null,
    resourceType: resourceType.identifier,
    ownerId: evaluation.owner.id,
    // The order under way names its target, even if that has vanished meanwhile.
    targetId: target?.id ?? (isOnItsWay ? (stored?.targetId ?? null) : null),
    ...next,
    startDate: period?.startDate ?? null,
    endDate: period?.endDate ?? null,
    confidence: slot.confidence,
    orderId: hasOrder.includes(next.provisioningState) ? (stored?.orderId ?? null) : null,
    stateSince: isSameState ? stored.stateSince : evaluation.options.timestamp,
    parameters: stored?.parameters ?? noRequest.parameters,
    request: stored?.request ?? null,
    amends: stored?.amends ?? null,
    requestedBy: stored?.requestedBy ?? null,
    approvals: stored?.approvals ?? noRequest.approvals,
    ...content,
  };
}

/** Only proposed by a rule: listed, never effective. */
function suggestedRow(
  evaluation: OwnerEvaluation,
  resourceType: ResourceType,
  justification: Justification,
  stored: readonly AssignedResourceType[],
): AssignedResourceType | null {
  const { now } = evaluation.options;
  const { suggested, suggestedExistingUser } = workflowStates;
  const proposed = currentOrNext(justification.proposed, now);
  const period = proposed ?? currentOrNext(justification.suggested, now);
  if (period === null) return null;
  const proposedState = proposed === null ? suggested : suggestedExistingUser;
  const previous = stored.find((row) => row.workflowState === proposedState) ?? null;
  const slot: Slot = { ...emptySlot, stored: previous };
  return toRow(
    evaluation,
    resourceType,
    slot,
    { period, justification, isDecided: false },
    {
      workflowState: moveWorkflow(
        previous?.workflowState ?? workflowStates.none,
        proposed === null ? 'suggested' : 'proposed',
      ),
      provisioningState: moveProvisioning(stateOf(previous), 'proposed'),
      blockedBy: [],
      isDenied: false,
      lastError: null,
    },
    { policyValues: {}, values: [] },
  );
}

function isSamePolicy(left: PolicyValues, right: PolicyValues): boolean {
  const sorted = (values: PolicyValues): string =>
    JSON.stringify(Object.entries(values).sort(([one], [other]) => (one < other ? -1 : 1)));
  return sorted(left) === sorted(right);
}

function byTarget(left: AssignedResourceType, right: AssignedResourceType): number {
  const last = Number.MAX_SAFE_INTEGER;
  return (
    (left.targetId ?? last) - (right.targetId ?? last) || (left.id ?? last) - (right.id ?? last)
  );
}
