/** How the row of one value goes on: a scalar, a mono-valued navigation, or one link of a multi-valued one. */
import {
  type ProvisioningState,
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
  if (previous === null) return fromNothing(seen);
  switch (previous.provisioningState) {
    case provisioningStates.transmitted:
      return isTimedOut(previous, seen.validityMinutes, seen.timestamp)
        ? fromErrored({ ...previous, ...timedOut(previous) }, seen)
        : keep(previous);
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

/** The row of a value whose computation failed; what was decided or is under way is kept. */
export function failValue(
  previous: AssignedValue | null,
  stored: { readonly policy: string | null; readonly current: string | null },
  message: string,
): NextValue {
  return {
    workflowState: previous?.workflowState ?? workflowStates.calculated,
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
  const isWaiting =
    previous.provisioningState === transmitted ||
    (previous.provisioningState === executed &&
      !isSynchronizedSince(previous, seen.synchronizedAt));
  if (!isWaiting || isTimedOut(previous, seen.validityMinutes, seen.timestamp)) return null;
  return keep(previous);
}

function fromNothing(seen: ValueObservation): NextValue | null {
  const { policy, current, previousPolicy, isSame } = seen;
  if (isSame(policy, current)) return null;
  if (seen.isFirstSight) {
    // Filling an empty value overwrites nothing; anything else found in the system waits for a person.
    return current === null ? order(seen) : drift(seen);
  }
  if (previousPolicy === undefined) return policy === null ? drift(seen) : order(seen);
  const isPolicyChanged = !isSame(previousPolicy, policy);
  return isPolicyChanged && isSame(previousPolicy, current) ? order(seen) : drift(seen);
}

/** `policyValue` of the row is what was sent; what the policy wants by now is in `seen`. */
function fromExecuted(previous: AssignedValue, seen: ValueObservation): NextValue | null {
  const sent = previous.policyValue;
  if (seen.isSame(sent, seen.current)) {
    return seen.isSame(sent, seen.policy) ? null : order(seen);
  }
  if (!isSynchronizedSince(previous, seen.synchronizedAt)) {
    const canTimeOut = seen.synchronizedAt !== null;
    return canTimeOut && isTimedOut(previous, seen.validityMinutes, seen.timestamp)
      ? fromErrored({ ...previous, ...timedOut(previous) }, seen)
      : keep(previous);
  }
  return seen.isSame(seen.policy, seen.current) ? null : drift(seen);
}

function fromErrored(previous: AssignedValue, seen: ValueObservation): NextValue | null {
  if (seen.isSame(seen.policy, seen.current)) return null;
  if (seen.isSame(previous.policyValue, seen.policy)) {
    return { ...keep(previous), currentValue: seen.current };
  }
  return { ...ordered(seen), ...holdAfterError(previous) };
}

function fromOpen(previous: AssignedValue, seen: ValueObservation): NextValue | null {
  if (seen.isSame(seen.policy, seen.current)) return null;
  // What was reviewed is what runs: another value needs another look.
  if (!seen.isSame(previous.policyValue, seen.policy)) {
    return { ...ordered(seen), ...reopenDelivery(previous, seen.reasons) };
  }
  return {
    ...keep(previous),
    ...continueDelivery(previous, seen.reasons),
    currentValue: seen.current,
  };
}

/** Verified by word of a person, for a system that cannot be read: trusted until anything changes. */
function fromVerified(previous: AssignedValue, seen: ValueObservation): NextValue | null {
  if (seen.isSame(seen.policy, seen.current)) return null;
  const isUntouched = seen.isSame(previous.currentValue, seen.current);
  if (!isUntouched) return fromNothing({ ...seen, previousPolicy: previous.policyValue });
  return seen.isSame(previous.policyValue, seen.policy) ? keep(previous) : order(seen);
}

function fromSettled(previous: AssignedValue, seen: ValueObservation): NextValue | null {
  if (seen.isSame(seen.policy, seen.current)) return null;
  const { approved, questioned, found, historic, cancellation } = workflowStates;
  const isPolicyChanged = !seen.isSame(previous.policyValue, seen.policy);
  const isBack = previous.provisioningState === provisioningStates.error;
  const delivery = isBack
    ? { ...settled(provisioningStates.none), isDenied: previous.isDenied }
    : continueDelivery(previous, seen.reasons);
  const same = {
    ...keep(previous),
    ...delivery,
    policyValue: seen.policy,
    currentValue: seen.current,
  };
  if (previous.isDenied) return isPolicyChanged ? order(seen) : same;
  switch (previous.workflowState) {
    case approved:
    case questioned: {
      if (seen.discardsManualAssignments) {
        const isSuperseded = isPolicyChanged || previous.workflowState === questioned;
        if (isSuperseded) return order(seen);
      }
      // The kept value was changed once more in the system: a new gap, a new decision.
      if (!seen.isSame(previous.currentValue, seen.current)) return drift(seen);
      return isPolicyChanged ? { ...same, workflowState: questioned } : same;
    }
    case found:
    case historic:
      return isPolicyChanged && seen.discardsManualAssignments ? order(seen) : same;
    case cancellation:
      return order(seen);
    default:
      return isBack ? fromFailure(previous, seen) : fromNothing(seen);
  }
}

/** Evaluation succeeds again: a change that was open is opened again, otherwise as if nothing had been stored. */
function fromFailure(previous: AssignedValue, seen: ValueObservation): NextValue | null {
  // Before the failure the value had never been compared: it is still a value found in the system.
  if (seen.previousPolicy === undefined) return fromNothing({ ...seen, isFirstSight: true });
  const wasOpen = !seen.isSame(previous.policyValue, previous.currentValue);
  return wasOpen ? order(seen) : fromNothing(seen);
}

function keep(previous: AssignedValue): NextValue {
  const { workflowState, provisioningState, policyValue, currentValue } = previous;
  const { isDenied, blockedBy, lastError } = previous;
  return {
    workflowState,
    provisioningState,
    policyValue,
    currentValue,
    isDenied,
    blockedBy,
    lastError,
  };
}

/** The change came from inside (source data, rule, decision): an order. */
function order(seen: ValueObservation): NextValue {
  return { ...ordered(seen), ...openDelivery(seen.reasons) };
}

function ordered(
  seen: ValueObservation,
): Pick<NextValue, 'workflowState' | 'policyValue' | 'currentValue'> {
  return {
    workflowState: workflowStates.calculated,
    policyValue: seen.policy,
    currentValue: seen.current,
  };
}

/** The change came from the managed system: a person decides, nothing is sent. */
function drift(seen: ValueObservation): NextValue {
  const none: ProvisioningState = provisioningStates.none;
  return {
    ...ordered(seen),
    ...settled(none),
    workflowState: seen.isFirstEvaluation ? workflowStates.historic : workflowStates.found,
  };
}
