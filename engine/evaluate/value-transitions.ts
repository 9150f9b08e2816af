/** How the row of one value goes on: a scalar, a mono-valued navigation, or one link of a multi-valued one. */
import {
  closeAssignment,
  moveWorkflow,
  type ProvisioningCause,
  provisioningStates,
  type WorkflowState,
  workflowStates,
} from '../../config/index.ts';
import {
  continueDelivery,
  failDelivery,
  holdAfterError,
  isSynchronizedSince,
  isTimedOut,
  type NextDelivery,
  openDelivery,
  reopenDelivery,
  settled,
  stay,
  timedOut,
} from './transitions.ts';
import type { AssignedValue, BlockReason } from './types.ts';

/** What this evaluation observed of one value. Links of multi-valued navigations are `'1'` or `null`. */
export interface ValueObservation {
  readonly policy: string | null;
  readonly current: string | null;
  /** What the policy wanted last time; `undefined`: it did not govern the property then. */
  readonly previousPolicy: string | null | undefined;
  readonly isSame: (left: string | null, right: string | null) => boolean;
  /** The target was found in the managed system and has never been compared before. */
  readonly isFirstSight: boolean;
  readonly isFirstEvaluation: boolean;
  readonly discardsManualAssignments: boolean;
  readonly reasons: readonly BlockReason[];
  readonly synchronizedAt: string | null;
  readonly validityMinutes: number;
  readonly timestamp: string;
}

export interface NextValue extends NextDelivery {
  readonly workflowState: WorkflowState;
  readonly policyValue: string | null;
  readonly currentValue: string | null;
}

/** The row to be; `null`: the value needs none (any more), it is verified. */
export function nextValue(
  previous: AssignedValue | null,
  seen: ValueObservation,
): NextValue | null {
  if (previous === null || isWrittenOnce(previous)) return fromNothing(previous, seen);
  switch (previous.provisioningState) {
    case provisioningStates.transmitted:
      return isTimedOut(previous, seen.validityMinutes, seen.timestamp)
        ? fromErrored({ ...previous, ...timedOut(previous) }, seen)
        : keep(previous, 'under-way');
    case provisioningStates.executed:
      return fromExecuted(previous, seen);
    case provisioningStates.errored:
      return fromErrored(previous, seen);
    case provisioningStates.pending:
    case provisioningStates.awaitingApproval:
      return fromOpen(previous, seen);
    case provisioningStates.verified:
      return fromVerified(previous, seen);
    case provisioningStates.none:
    case provisioningStates.inactive:
    case provisioningStates.error:
      return fromSettled(previous, seen);
  }
}

/**
 * The row of a value that was written at creation and is never compared; `null` while it would be the same today. Nothing
 * is sent and nothing is waited for.
 */
export function nextOnceWritten(
  previous: AssignedValue | null,
  seen: { readonly policy: string | null; readonly written: string | null },
): NextValue | null {
  if (previous?.provisioningState === provisioningStates.transmitted) {
    return keep(previous, 'under-way');
  }
  if (seen.policy === seen.written) return previous === null ? null : closeAssignment(previous);
  return {
    workflowState: moveWorkflow(
      previous?.workflowState ?? workflowStates.none,
      'changed-after-creation',
    ),
    policyValue: seen.policy,
    currentValue: seen.written,
    ...settled(previous, 'written-once'),
  };
}

/** The row says that a value that is written once would be another today. */
export function isWrittenOnce({
  workflowState,
  provisioningState,
}: Pick<AssignedValue, 'workflowState' | 'provisioningState'>): boolean {
  return (
    workflowState === workflowStates.calculatedWithChanges &&
    provisioningState === provisioningStates.executed
  );
}

/** The row of a value whose computation failed; what was decided or is under way is kept. */
export function failValue(
  previous: AssignedValue | null,
  stored: { readonly policy: string | null; readonly current: string | null },
  message: string,
): NextValue {
  return {
    workflowState:
      previous === null
        ? moveWorkflow(workflowStates.none, 'given')
        : moveWorkflow(previous.workflowState, 'under-way'),
    policyValue: previous === null ? stored.policy : previous.policyValue,
    currentValue: previous === null ? stored.current : previous.currentValue,
    ...failDelivery(previous, message),
  };
}

/** The property is no longer governed: only what is under way is waited for. */
export function releaseValue(
  previous: AssignedValue,
  seen: Pick<ValueObservation, 'synchronizedAt' | 'validityMinutes' | 'timestamp'>,
): NextValue | null {
  const { transmitted, executed } = provisioningStates;
  if (isWrittenOnce(previous)) return closeAssignment(previous);
  const isSent = previous.provisioningState === transmitted;
  const isWaiting =
    isSent ||
    (previous.provisioningState === executed &&
      !isSynchronizedSince(previous, seen.synchronizedAt));
  if (!isWaiting || isTimedOut(previous, seen.validityMinutes, seen.timestamp)) {
    return closeAssignment(previous);
  }
  return keep(previous, isSent ? 'under-way' : 'unproven');
}

function fromNothing(previous: AssignedValue | null, seen: ValueObservation): NextValue | null {
  const { policy, current, previousPolicy, isSame } = seen;
  if (isSame(policy, current)) return previous === null ? null : verify(previous);
  if (seen.isFirstSight) {
    // Filling an empty value overwrites nothing; anything else found in the system waits for a person.
    return current === null ? order(previous, seen) : drift(previous, seen);
  }
  if (previousPolicy === undefined) {
    return policy === null ? drift(previous, seen) : order(previous, seen);
  }
  const isPolicyChanged = !isSame(previousPolicy, policy);
  return isPolicyChanged && isSame(previousPolicy, current)
    ? order(previous, seen)
    : drift(previous, seen);
}

/** `policyValue` of the row is what was sent; what the policy wants by now is in `seen`. */
function fromExecuted(previous: AssignedValue, seen: ValueObservation): NextValue | null {
  const sent = previous.policyValue;
  if (seen.isSame(sent, seen.current)) {
    return seen.isSame(sent, seen.policy) ? verify(previous) : order(previous, seen);
  }
  if (!isSynchronizedSince(previous, seen.synchronizedAt)) {
    const canTimeOut = seen.synchronizedAt !== null;
    return canTimeOut && isTimedOut(previous, seen.validityMinutes, seen.timestamp)
      ? fromErrored({ ...previous, ...timedOut(previous) }, seen)
      : keep(previous, 'unproven');
  }
  return seen.isSame(seen.policy, seen.current) ? verify(previous) : drift(previous, seen);
}

function fromErrored(previous: AssignedValue, seen: ValueObservation): NextValue | null {
  if (seen.isSame(seen.policy, seen.current)) return verify(previous);
  if (seen.isSame(previous.policyValue, seen.policy)) {
    return { ...keep(previous, 'still-errored'), currentValue: seen.current };
  }
  return { ...ordered(previous, seen), ...holdAfterError(previous) };
}

function fromOpen(previous: AssignedValue, seen: ValueObservation): NextValue | null {
  if (seen.isSame(seen.policy, seen.current)) return verify(previous);
  // What was reviewed is what runs: another value needs another look.
  if (!seen.isSame(previous.policyValue, seen.policy)) {
    return { ...ordered(previous, seen), ...reopenDelivery(previous, seen.reasons) };
  }
  return {
    workflowState: moveWorkflow(previous.workflowState, 'under-way'),
    policyValue: previous.policyValue,
    currentValue: seen.current,
    ...continueDelivery(previous, seen.reasons),
  };
}

/** Verified by word of a person, for a system that cannot be read: trusted until anything changes. */
function fromVerified(previous: AssignedValue, seen: ValueObservation): NextValue | null {
  if (seen.isSame(seen.policy, seen.current)) return verify(previous);
  const isUntouched = seen.isSame(previous.currentValue, seen.current);
  if (!isUntouched) return fromNothing(previous, { ...seen, previousPolicy: previous.policyValue });
  return seen.isSame(previous.policyValue, seen.policy)
    ? keep(previous, 'trusted')
    : order(previous, seen);
}

function fromSettled(previous: AssignedValue, seen: ValueObservation): NextValue | null {
  if (seen.isSame(seen.policy, seen.current)) return verify(previous);
  const isPolicyChanged = !seen.isSame(previous.policyValue, seen.policy);
  if (previous.isDenied) return isPolicyChanged ? order(previous, seen) : stand(previous, seen);
  const { approved, questioned, found, historic, cancellation } = workflowStates;
  switch (previous.workflowState) {
    case approved:
    case questioned:
      return fromKept(previous, seen, isPolicyChanged);
    case found:
    case historic:
      return isPolicyChanged && seen.discardsManualAssignments
        ? supersede(previous, seen)
        : stand(previous, seen);
    case cancellation:
      return order(previous, seen);
    default:
      return previous.provisioningState === provisioningStates.error
        ? fromFailure(previous, seen)
        : fromNothing(previous, seen);
  }
}

/** A person kept what was found. */
function fromKept(
  previous: AssignedValue,
  seen: ValueObservation,
  isPolicyChanged: boolean,
): NextValue {
  if (seen.discardsManualAssignments) {
    const isSuperseded = isPolicyChanged || previous.workflowState === workflowStates.questioned;
    if (isSuperseded) return supersede(previous, seen);
  }
  // The kept value was changed once more in the system: a new gap, a new decision.
  if (!seen.isSame(previous.currentValue, seen.current)) return drift(previous, seen);
  const standing = stand(previous, seen);
  return isPolicyChanged
    ? { ...standing, workflowState: moveWorkflow(previous.workflowState, 'questioned') }
    : standing;
}

/** What a person decided, or has to decide, goes on; only what it is about is looked at anew. */
function stand(previous: AssignedValue, seen: ValueObservation): NextValue {
  const isBack = previous.provisioningState === provisioningStates.error;
  return {
    workflowState: moveWorkflow(previous.workflowState, standingCause(previous)),
    policyValue: seen.policy,
    currentValue: seen.current,
    ...(isBack
      ? { ...settled(previous, 'recovered'), isDenied: previous.isDenied }
      : stay(previous, 'decision-stands')),
  };
}

/** A declined order is calculated: what a person declined is its delivery. */
function standingCause({ workflowState }: AssignedValue): 'under-way' | 'decision-stands' {
  const { calculated, givenByRole } = workflowStates;
  return workflowState === calculated || workflowState === givenByRole
    ? 'under-way'
    : 'decision-stands';
}

/** Evaluation succeeds again: a change that was open is opened again, otherwise as if nothing had been stored. */
function fromFailure(previous: AssignedValue, seen: ValueObservation): NextValue | null {
  // Before the failure the value had never been compared: it is still a value found in the system.
  if (seen.previousPolicy === undefined) {
    return fromNothing(previous, { ...seen, isFirstSight: true });
  }
  const wasOpen = !seen.isSame(previous.policyValue, previous.currentValue);
  return wasOpen ? order(previous, seen) : fromNothing(previous, seen);
}

/** The managed system holds what is wanted: the value needs no row any more. */
function verify(previous: AssignedValue): null {
  settled(previous, 'found-equal');
  return null;
}

/** As it is, along the line of the table that says why. */
function keep(previous: AssignedValue, cause: Exclude<ProvisioningCause, 'closed'>): NextValue {
  const { workflowState, policyValue, currentValue } = previous;
  return { workflowState, policyValue, currentValue, ...stay(previous, cause) };
}

/** The change came from inside (source data, rule, decision): an order. */
function order(previous: AssignedValue | null, seen: ValueObservation): NextValue {
  return { ...ordered(previous, seen), ...openDelivery(previous, seen.reasons) };
}

/** The source moved on, and what a person kept, or has not decided about, does not shield the value. */
function supersede(previous: AssignedValue, seen: ValueObservation): NextValue {
  return {
    workflowState: moveWorkflow(previous.workflowState, 'superseded'),
    policyValue: seen.policy,
    currentValue: seen.current,
    ...openDelivery(previous, seen.reasons),
  };
}

function ordered(
  previous: AssignedValue | null,
  seen: ValueObservation,
): Pick<NextValue, 'workflowState' | 'policyValue' | 'currentValue'> {
  return {
    workflowState: moveWorkflow(previous?.workflowState ?? workflowStates.none, 'given'),
    policyValue: seen.policy,
    currentValue: seen.current,
  };
}

/** The change came from the managed system: a person decides, nothing is sent. */
function drift(previous: AssignedValue | null, seen: ValueObservation): NextValue {
  return {
    workflowState: moveWorkflow(
      previous?.workflowState ?? workflowStates.none,
      seen.isFirstEvaluation ? 'found-first' : 'found',
    ),
    policyValue: seen.policy,
    currentValue: seen.current,
    ...settled(previous, 'drifted'),
  };
}
