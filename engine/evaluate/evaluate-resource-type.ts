/** One resource type of one owner: from rules and decisions to its assigned rows. */
import {
  moveProvisioning,
  moveWorkflow,
  type ProvisioningState,
  provisioningStates,
  type ResourceType,
  type WorkflowState,
  workflowStates,
} from '../../config/index.ts';
import { awaitsConfirmation, correlate, emptySlot, isOnItsWay, type Slot } from './correlate.ts';
import { compareTarget, policyValuesOf, synchronizedAt } from './evaluate-properties.ts';
import { expireExistence, type NextExistence, nextExistence } from './existence-transitions.ts';
import { AccountKeys, isFurtherAccount } from './further-accounts.ts';
import { currentOrNext } from './periods.ts';
import { boundariesAside } from './requested-types.ts';
import type { Justification } from './resource-types.ts';
import { openRequestStates } from './role-states.ts';
import { isNewOwner } from './roles.ts';
import { blockingReasons, failDelivery, stateOf } from './transitions.ts';
import {
  type AssignedResourceType,
  type AssignedValue,
  type EvaluationFailure,
  type EvaluationOptions,
  noRequest,
  type PolicyValues,
} from './types.ts';
import { computeValues, type ValueOutcome } from './values.ts';
import {
  decidedStates,
  keysOfTargets,
  lacksParameter,
  type OwnerEvaluation,
  unsentStates,
  valueRequest,
  type Wish,
  weighRequests,
  wishOf,
} from './wishes.ts';

export interface ResourceTypeOutcome {
  readonly rows: readonly AssignedResourceType[];
  readonly failures: readonly EvaluationFailure[];
  /** Instants at which something about it may change. */
  readonly boundaries: readonly string[];
}

const noFailures: readonly EvaluationFailure[] = [];
const { none } = workflowStates;

/** The rows of one resource type of one owner, ordered by target and id. */
export function evaluateResourceType(
  evaluation: OwnerEvaluation,
  resourceType: ResourceType,
  rowsBefore: readonly AssignedResourceType[],
): ResourceTypeOutcome {
  const { owner, matches, options } = evaluation;
  const { requests, justification } = weighRequests(evaluation, resourceType, rowsBefore);
  const stored = requests.open.map((row) =>
    expireExistence(
      row,
      resourceType.transmittedStateValidityMinutes,
      synchronizedAt(resourceType, options),
      options.timestamp,
    ),
  );
  const keys = keysOfTargets(evaluation.model, resourceType);
  const correlation = correlate(resourceType, owner.id, stored, matches, keys);
  const isGiven = currentOrNext(justification.periods, options.now) !== null;
  const isFurther = (row: AssignedResourceType | null): boolean =>
    isFurtherAccount(resourceType, row);
  const further = correlation.slots.filter((slot) => isFurther(slot.stored));
  const own =
    further.length === 0
      ? correlation.slots
      : correlation.slots.filter((slot) => !further.includes(slot));
  const slots = [...(own.length === 0 && isGiven ? [emptySlot] : own), ...further];
  const accounts = further.length === 0 ? null : new AccountKeys(keys);

  const rows: AssignedResourceType[] = [...correlation.declined];
  const failures: EvaluationFailure[] = [];
  for (const slot of slots) {
    const wish = wishOf(resourceType, slot, justification, evaluation);
    const isOver = !isGiven && justification.periods.length > 0;
    const outcome = evaluateSlot(evaluation, resourceType, slot, { wish, isOver, accounts });
    failures.push(...outcome.failures);
    if (outcome.row !== null) rows.push(outcome.row);
  }
  if (
    !rows.some((row) => !isFurther(row)) &&
    !requests.aside.some((row) => isWaiting(row) && !isFurther(row))
  ) {
    const suggestion = suggestedRow(evaluation, resourceType, justification, stored);
    if (suggestion !== null) rows.push(suggestion);
  }
  const decided = rows.flatMap((row) => [row.startDate, row.endDate]);
  return {
    rows: [...rows, ...requests.aside].toSorted(byTarget),
    failures,
    boundaries: [
      ...justification.boundaries,
      ...decided.filter((at) => at !== null),
      ...boundariesAside(requests.aside, resourceType.fulfillHoursAheadOfTime),
    ],
  };
}

/** Somebody asked for it: what rules only propose would say nothing new. */
function isWaiting({ request, workflowState }: AssignedResourceType): boolean {
  return request === 'assign' && openRequestStates.has(workflowState);
}

/** Given by a rule, and without effect until somebody gives the parameter or the owner's data do. */
function incompleteRow(
  evaluation: OwnerEvaluation,
  resourceType: ResourceType,
  slot: Slot,
  wish: Wish,
  from: Pick<NextExistence, 'workflowState' | 'provisioningState'>,
): AssignedResourceType {
  const next: NextExistence = {
    workflowState: moveWorkflow(from.workflowState, 'given-incomplete'),
    provisioningState: moveProvisioning(from.provisioningState, 'incomplete'),
    blockedBy: [],
    isDenied: false,
    lastError: null,
  };
  const content = { policyValues: {}, values: [] };
  return toRow(evaluation, resourceType, slot, wish, next, content);
}

function evaluateSlot(
  evaluation: OwnerEvaluation,
  resourceType: ResourceType,
  slot: Slot,
  wished: {
    readonly wish: Wish | null;
    readonly isOver: boolean;
    readonly accounts: AccountKeys | null;
  },
): { readonly row: AssignedResourceType | null; readonly failures: readonly EvaluationFailure[] } {
  const { options } = evaluation;
  const { wish, isOver, accounts } = wished;
  const { stored, target } = slot;
  const isCompared = wish !== null && slot.isConfirmed;
  const request = isCompared ? valueRequest(evaluation, resourceType, slot, wish) : null;
  const isIncomplete = request !== null && !slot.isSpare && lacksParameter(slot, request);
  const before = {
    workflowState: stored?.workflowState ?? none,
    provisioningState: stateOf(stored),
  };
  if (wish !== null && isIncomplete && unsentStates.has(before.provisioningState)) {
    const row = incompleteRow(evaluation, resourceType, slot, wish, before);
    return { row, failures: noFailures };
  }
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
  // Its account is gone: it is not made anew before it is complete.
  if (wish !== null && isIncomplete && unsentStates.has(next.provisioningState)) {
    const row = incompleteRow(evaluation, resourceType, slot, wish, next);
    return { row, failures: noFailures };
  }
  const content =
    values === null || !isWrittenNow(slot, next)
      ? keptContent(slot)
      : newContent(slot, values, wanted, resourceType, options);
  const isCreated = target === null && wish !== null;
  const isTwin = isCreated && accounts !== null && isFurtherAccount(resourceType, stored);
  const twin = isTwin ? accounts.refuse(wanted) : null;
  const reason = isCreated ? (twin ?? failureOf(values)) : null;
  if (reason === null) accounts?.add(target, wanted);
  const state = isCreated ? failCreation(stored, next, reason) : next;
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

/** A creation with a value nobody could compute, or that would be made twice, is not sent. */
function failCreation(
  stored: AssignedResourceType | null,
  next: NextExistence,
  reason: string | null,
): NextExistence {
  if (reason === null) return next;
  const { pending, awaitingApproval, none } = provisioningStates;
  const unsent: readonly ProvisioningState[] = [pending, awaitingApproval, none];
  if (!unsent.includes(next.provisioningState)) return next;
  const { error } = provisioningStates;
  const isUnsent = stored !== null && [...unsent, error].includes(stored.provisioningState);
  const previous = isUnsent ? stored : null;
  return { workflowState: next.workflowState, ...failDelivery(previous, reason) };
}

function failureOf(values: ValueOutcome | null): string | null {
  const properties = [...(values?.properties.values() ?? [])];
  return properties.find(({ failure }) => failure !== null)?.failure?.message ?? null;
}

function isFound(state: WorkflowState): boolean {
  return state === workflowStates.found || state === workflowStates.historic;
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
  // What a person asked for keeps its own dates: those of the owner's records may change.
  const given = wish?.isDecided === true ? stored : (wish?.period ?? stored);
  // What nothing gives is there for no period: a decision to keep it must not be over when it is taken.
  const period = wish === null && isFound(next.workflowState) ? null : given;
  const asked = requestOf(resourceType, stored, next.workflowState);
  // Field by field: an object put together of others is several times as slow, and every owner has one.
  return {
    id: stored?.id ?? null,
    resourceType: resourceType.identifier,
    ownerId: evaluation.owner.id,
    // The order under way names its target, even if that has vanished meanwhile.
    targetId: target?.id ?? (isOnItsWay ? (stored?.targetId ?? null) : null),
    workflowState: next.workflowState,
    provisioningState: next.provisioningState,
    blockedBy: next.blockedBy,
    isDenied: next.isDenied,
    lastError: next.lastError,
    startDate: period?.startDate ?? null,
    endDate: period?.endDate ?? null,
    confidence: slot.confidence,
    orderId: hasOrder.includes(next.provisioningState) ? (stored?.orderId ?? null) : null,
    stateSince: isSameState ? stored.stateSince : evaluation.options.timestamp,
    parameters: asked.parameters,
    request: asked.request,
    amends: asked.amends,
    requestedBy: asked.requestedBy,
    approvals: asked.approvals,
    policyValues: content.policyValues,
    values: content.values,
  };
}

type RequestParts = Pick<
  AssignedResourceType,
  'parameters' | 'request' | 'amends' | 'requestedBy' | 'approvals'
>;

/**
 * What was asked for ends with the decision: what a rule gives, or what was merely found, is nobody's request. An account
 * beside another stays what was asked for, whatever becomes of it: it never is the one that a rule gives.
 */
function requestOf(
  resourceType: ResourceType,
  stored: AssignedResourceType | null,
  workflowState: WorkflowState,
): RequestParts {
  if (stored === null) return noRequest;
  const isAsked = stored.request === null || askedStates.has(workflowState);
  return isAsked || isFurtherAccount(resourceType, stored) ? stored : noRequest;
}

/** Held because somebody asked for it, or on its way out since. */
const askedStates: ReadonlySet<WorkflowState> = new Set([
  ...decidedStates,
  workflowStates.inactive,
  workflowStates.cancellation,
]);

const proposalStates = {
  suggested: workflowStates.suggested,
  proposed: workflowStates.suggestedExistingUser,
  'proposed-new': workflowStates.automaticWithValidation,
} as const;

function proposalFor({ policy, options }: OwnerEvaluation): 'proposed' | 'proposed-new' {
  return isNewOwner(policy.contexts, options.now) ? 'proposed-new' : 'proposed';
}

/** Only proposed by a rule: listed, never effective. */
function suggestedRow(
  evaluation: OwnerEvaluation,
  resourceType: ResourceType,
  justification: Justification,
  stored: readonly AssignedResourceType[],
): AssignedResourceType | null {
  const { now } = evaluation.options;
  const proposed = currentOrNext(justification.proposed, now);
  const period = proposed ?? currentOrNext(justification.suggested, now);
  if (period === null) return null;
  const cause = proposed === null ? 'suggested' : proposalFor(evaluation);
  const before = stored.filter((row) => row.workflowState === proposalStates[cause]);
  const previous = before.toSorted(byTarget)[0] ?? null;
  const slot: Slot = { ...emptySlot, stored: previous };
  return toRow(
    evaluation,
    resourceType,
    slot,
    { period, justification, isDecided: false },
    {
      workflowState: moveWorkflow(previous?.workflowState ?? workflowStates.none, cause),
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
