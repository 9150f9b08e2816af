/** How one assigned resource type goes on: whether its target resource should exist, and how far that has got. */
import {
  provisioningStates,
  type ResourceType,
  type WorkflowState,
  workflowStates,
} from '../../config/index.ts';
import {
  continueDelivery,
  type Delivery,
  errored,
  holdAfterError,
  isSynchronizedSince,
  isTimedOut,
  type NextDelivery,
  openDelivery,
  reopenDelivery,
  settled,
  timedOut,
} from './transitions.ts';
import type { AssignedResourceType, BlockReason } from './types.ts';

export interface ExistenceObservation {
  /** A rule or a decision gives the resource type now, or will. */
  readonly isWanted: boolean;
  /** `unconfirmed`: a match a person must confirm first. */
  readonly target: 'absent' | 'present' | 'unconfirmed';
  /** The state a wanted assignment is in: Calculated, or the decision that holds it. */
  readonly wantedAs: WorkflowState;
  /** The target is the one the stored row has had, confirmed, or the one its creation made: ours to take back. */
  readonly isEstablished: boolean;
  /** What a creation would write differs from what the stored row says. */
  readonly isPolicyChanged: boolean;
  readonly isFirstEvaluation: boolean;
  readonly resourceType: Pick<ResourceType, 'allowAdd' | 'allowRemove'>;
  readonly reasons: readonly BlockReason[];
  readonly synchronizedAt: string | null;
}

export interface NextExistence extends NextDelivery {
  readonly workflowState: WorkflowState;
}

const createdButNotFound =
  'The creation was reported as executed and the system has been synchronized since, but no correlation rule finds what was created.';
const deletedButFound =
  'The deletion was reported as executed and the system has been synchronized since, but the resource still exists.';

/**
 * The state to be; `null`: the row is closed. A delivery that is overdue has been through `expireExistence` before.
 */
export function nextExistence(
  previous: AssignedResourceType | null,
  seen: ExistenceObservation,
): NextExistence | null {
  if (previous?.provisioningState === provisioningStates.transmitted) return keep(previous);
  if (seen.target === 'unconfirmed') return suggest(previous, seen);
  if (seen.isWanted) {
    return seen.target === 'present' ? own(previous, seen) : create(previous, seen);
  }
  return seen.target === 'present' ? withdraw(previous, seen) : close(previous, seen);
}

/** The row, in error when its result, or the synchronization that proves it, is overdue. */
export function expireExistence(
  row: AssignedResourceType,
  validityMinutes: number,
  synchronizedAt: string | null,
  timestamp: string,
): AssignedResourceType {
  const { transmitted, executed } = provisioningStates;
  // A system that is never synchronized proves nothing, however long one waits.
  const isAwaitingProof =
    row.provisioningState === executed &&
    synchronizedAt !== null &&
    !isSynchronizedSince(row, synchronizedAt);
  const isWaiting = row.provisioningState === transmitted || isAwaitingProof;
  if (!isWaiting || !isTimedOut(row, validityMinutes, timestamp)) return row;
  return { ...row, ...timedOut(row), stateSince: timestamp };
}

/** Wanted and there. A deletion on its way is waited for; one not sent yet is taken back. */
function own(previous: AssignedResourceType | null, seen: ExistenceObservation): NextExistence {
  if (previous !== null && isDeletion(previous) && isUnproven(previous, seen)) {
    return keep(previous);
  }
  return { workflowState: seen.wantedAs, ...settled(provisioningStates.verified) };
}

/** Wanted and not there: a creation. */
function create(previous: AssignedResourceType | null, seen: ExistenceObservation): NextExistence {
  const workflowState = seen.wantedAs;
  // Nobody can act on a creation the product never makes: it just waits until the account turns up.
  const reasons = seen.resourceType.allowAdd ? seen.reasons : [];
  const fresh = { workflowState, ...openDelivery(reasons) };
  const hasLostTarget = previous !== null && previous.targetId !== null;
  if (previous === null || isDeletion(previous) || hasLostTarget) return fresh;
  switch (previous.provisioningState) {
    case provisioningStates.executed:
      return isUnproven(previous, seen)
        ? keep(previous)
        : { workflowState, ...errored(createdButNotFound) };
    case provisioningStates.errored:
      return seen.isPolicyChanged
        ? { workflowState, ...holdAfterError(previous) }
        : { ...keep(previous), workflowState };
    case provisioningStates.pending:
    case provisioningStates.awaitingApproval:
      return seen.isPolicyChanged
        ? { workflowState, ...reopenDelivery(previous, reasons) }
        : { workflowState, ...continueDelivery(previous, reasons) };
    case provisioningStates.verified:
      // Confirmed by a person, for a system that cannot be read.
      return { ...keep(previous), workflowState };
    case provisioningStates.none:
      return previous.isDenied && !seen.isPolicyChanged
        ? { ...keep(previous), workflowState }
        : fresh;
    case provisioningStates.inactive:
    case provisioningStates.error:
    case provisioningStates.transmitted:
      return fresh;
  }
}

/** Not wanted and there: taken back when it was ours to give, left to a person when it was found. */
function withdraw(
  previous: AssignedResourceType | null,
  seen: ExistenceObservation,
): NextExistence {
  const found: NextExistence = {
    workflowState: seen.isFirstEvaluation ? workflowStates.historic : workflowStates.found,
    ...settled(provisioningStates.none),
  };
  if (previous === null) return found;
  const { workflowState } = previous;
  switch (workflowState) {
    case workflowStates.found:
    case workflowStates.historic:
      return { workflowState, ...settled(provisioningStates.none) };
    case workflowStates.declined:
      return keep(previous);
    case workflowStates.inactive:
      return seen.resourceType.allowRemove || isUnproven(previous, seen)
        ? continueDeletion(previous, seen)
        : { ...found, workflowState: workflowStates.found };
    case workflowStates.cancellation:
      return continueDeletion(previous, seen);
    case workflowStates.calculated:
    case workflowStates.givenByRole:
    case workflowStates.approved:
    case workflowStates.approvedRisk:
    case workflowStates.questioned:
    case workflowStates.prolonged:
      if (!seen.isEstablished) return found;
      return seen.resourceType.allowRemove
        ? { workflowState: workflowStates.inactive, ...openDelivery(seen.reasons) }
        : { ...found, workflowState: workflowStates.found };
    default:
      return found;
  }
}

function continueDeletion(
  previous: AssignedResourceType,
  seen: ExistenceObservation,
): NextExistence {
  const { workflowState } = previous;
  switch (previous.provisioningState) {
    case provisioningStates.executed:
      return isUnproven(previous, seen)
        ? keep(previous)
        : { workflowState, ...errored(deletedButFound) };
    case provisioningStates.errored:
      return keep(previous);
    case provisioningStates.none:
      return previous.isDenied
        ? keep(previous)
        : { workflowState, ...openDelivery(deletionReasons(previous, seen)) };
    case provisioningStates.pending:
    case provisioningStates.awaitingApproval:
      return {
        workflowState,
        ...continueDelivery(previous, deletionReasons(previous, seen)),
      };
    default:
      return { workflowState, ...openDelivery(deletionReasons(previous, seen)) };
  }
}

/** Not wanted and not there: closed, unless something is still on its way or was confirmed without being readable. */
function close(
  previous: AssignedResourceType | null,
  seen: ExistenceObservation,
): NextExistence | null {
  if (previous === null || previous.targetId !== null) return null;
  const { executed, verified, none } = provisioningStates;
  if (isDeletion(previous)) {
    const isDone =
      previous.provisioningState === executed ||
      previous.provisioningState === verified ||
      (previous.provisioningState === none && !previous.isDenied);
    return isDone ? null : continueDeletion(previous, seen);
  }
  if (isUnproven(previous, seen)) return keep(previous);
  if (previous.provisioningState === verified && seen.resourceType.allowRemove) {
    return { workflowState: workflowStates.inactive, ...openDelivery(seen.reasons) };
  }
  return null;
}

/** A match below the automatic level: a review for those entitled, an unauthorised account for the others. */
function suggest(previous: AssignedResourceType | null, seen: ExistenceObservation): NextExistence {
  const { awaitingApproval, none } = provisioningStates;
  const foundAs = seen.isFirstEvaluation ? workflowStates.historic : workflowStates.found;
  const wasFound =
    previous?.workflowState === workflowStates.found ||
    previous?.workflowState === workflowStates.historic;
  const unentitled = wasFound && previous !== null ? previous.workflowState : foundAs;
  return {
    workflowState: seen.isWanted ? seen.wantedAs : unentitled,
    provisioningState: seen.isWanted ? awaitingApproval : none,
    blockedBy: ['confidence'],
    isDenied: false,
    lastError: null,
  };
}

function isDeletion(previous: AssignedResourceType): boolean {
  const { inactive, cancellation } = workflowStates;
  return previous.workflowState === inactive || previous.workflowState === cancellation;
}

/** Reported as executed, and nobody has looked since. */
function isUnproven(previous: Delivery, seen: ExistenceObservation): boolean {
  return (
    previous.provisioningState === provisioningStates.executed &&
    !isSynchronizedSince(previous, seen.synchronizedAt)
  );
}

/** A person who asked for a deletion in reconciliation has reviewed it already. */
function deletionReasons(
  previous: AssignedResourceType,
  seen: ExistenceObservation,
): readonly BlockReason[] {
  return previous.workflowState === workflowStates.cancellation ? [] : seen.reasons;
}

function keep(previous: AssignedResourceType): NextExistence {
  const { workflowState, provisioningState, blockedBy, isDenied, lastError } = previous;
  return { workflowState, provisioningState, blockedBy, isDenied, lastError };
}
