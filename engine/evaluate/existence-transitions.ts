/** How one assigned resource type goes on: whether its target resource should exist, and how far that has got. */
import {
  closeAssignment,
  moveProvisioning,
  moveWorkflow,
  type ProvisioningCause,
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
  stateOf,
  stay,
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
  /** A rule gives the resource type for a period, or gave it, that is over altogether. */
  readonly isOver: boolean;
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
  if (previous?.provisioningState === provisioningStates.transmitted) {
    return keep(previous, 'under-way');
  }
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
    return keep(previous, 'unproven');
  }
  return { workflowState: wantedWorkflow(previous, seen), ...settled(previous, 'found-equal') };
}

/** Wanted and not there: a creation. */
function create(previous: AssignedResourceType | null, seen: ExistenceObservation): NextExistence {
  const workflowState = wantedWorkflow(previous, seen);
  // Nobody can act on a creation the product never makes: it just waits until the account turns up.
  const reasons = seen.resourceType.allowAdd ? seen.reasons : [];
  const hasLostTarget = previous !== null && previous.targetId !== null;
  if (previous === null || isDeletion(previous) || hasLostTarget) {
    return { workflowState, ...openDelivery(previous, reasons) };
  }
  switch (previous.provisioningState) {
    case provisioningStates.executed:
      return isUnproven(previous, seen)
        ? keep(previous, 'unproven')
        : { workflowState, ...errored(previous, 'not-proven', createdButNotFound) };
    case provisioningStates.errored:
      return seen.isPolicyChanged
        ? { workflowState, ...holdAfterError(previous) }
        : { workflowState, ...stay(previous, 'still-errored') };
    case provisioningStates.pending:
    case provisioningStates.awaitingApproval:
      return seen.isPolicyChanged
        ? { workflowState, ...reopenDelivery(previous, reasons) }
        : { workflowState, ...continueDelivery(previous, reasons) };
    case provisioningStates.verified:
      // Confirmed by a person, for a system that cannot be read.
      return { workflowState, ...stay(previous, 'trusted') };
    case provisioningStates.none:
      return previous.isDenied && !seen.isPolicyChanged
        ? { workflowState, ...stay(previous, 'decision-stands') }
        : { workflowState, ...openDelivery(previous, reasons) };
    case provisioningStates.inactive:
    case provisioningStates.error:
    case provisioningStates.transmitted:
      return { workflowState, ...openDelivery(previous, reasons) };
  }
}

/** Not wanted and there: taken back when it was ours to give, left to a person when it was found. */
function withdraw(
  previous: AssignedResourceType | null,
  seen: ExistenceObservation,
): NextExistence {
  if (previous === null) return foundBy(previous, seen);
  const { workflowState } = previous;
  switch (workflowState) {
    case workflowStates.found:
    case workflowStates.historic:
      return {
        workflowState: moveWorkflow(workflowState, 'decision-stands'),
        ...settled(previous, 'drifted'),
      };
    case workflowStates.declined:
      return previous.provisioningState === provisioningStates.error
        ? { workflowState, ...settled(previous, 'recovered'), isDenied: previous.isDenied }
        : keep(previous, waitingCause(previous));
    case workflowStates.inactive:
      return seen.resourceType.allowRemove || isUnproven(previous, seen)
        ? continueDeletion(previous, seen)
        : givenUp(previous);
    case workflowStates.cancellation:
      return continueDeletion(previous, seen);
    case workflowStates.calculated:
    case workflowStates.givenByRole:
    case workflowStates.approved:
    case workflowStates.approvedRisk:
    case workflowStates.questioned:
    case workflowStates.prolonged:
      if (!seen.isEstablished) return foundBy(previous, seen);
      return seen.resourceType.allowRemove
        ? {
            workflowState: moveWorkflow(workflowState, 'withdrawn'),
            ...openDelivery(previous, seen.reasons),
          }
        : givenUp(previous);
    default:
      return foundBy(previous, seen);
  }
}

/** There, and no rule gives it: a person decides. */
function foundBy(previous: AssignedResourceType | null, seen: ExistenceObservation): NextExistence {
  const from = previous?.workflowState ?? workflowStates.none;
  return {
    workflowState: moveWorkflow(from, seen.isFirstEvaluation ? 'found-first' : 'found'),
    ...settled(previous, 'drifted'),
  };
}

/** A resource that was ours and may not be removed: it does not disappear, a person decides. */
function givenUp(previous: AssignedResourceType): NextExistence {
  return {
    workflowState: moveWorkflow(previous.workflowState, 'found'),
    ...settled(previous, 'drifted'),
  };
}

function continueDeletion(
  previous: AssignedResourceType,
  seen: ExistenceObservation,
): NextExistence {
  const workflowState = moveWorkflow(previous.workflowState, 'under-way');
  const reopened = () => openDelivery(previous, deletionReasons(previous, seen));
  switch (previous.provisioningState) {
    case provisioningStates.executed:
      return isUnproven(previous, seen)
        ? keep(previous, 'unproven')
        : { workflowState, ...errored(previous, 'not-proven', deletedButFound) };
    case provisioningStates.errored:
      return keep(previous, 'still-errored');
    case provisioningStates.none:
      return previous.isDenied
        ? keep(previous, 'decision-stands')
        : { workflowState, ...reopened() };
    case provisioningStates.pending:
    case provisioningStates.awaitingApproval:
      return {
        workflowState,
        ...continueDelivery(previous, deletionReasons(previous, seen)),
      };
    default:
      return { workflowState, ...reopened() };
  }
}

/** Not wanted and not there: closed, unless something is still on its way or was confirmed without being readable. */
function close(
  previous: AssignedResourceType | null,
  seen: ExistenceObservation,
): NextExistence | null {
  if (previous === null) return null;
  if (previous.targetId !== null) return closeAssignment(previous);
  const { executed, verified, none } = provisioningStates;
  if (isDeletion(previous)) {
    const isDone =
      previous.provisioningState === executed ||
      previous.provisioningState === verified ||
      (previous.provisioningState === none && !previous.isDenied);
    return isDone ? closeAssignment(previous) : continueDeletion(previous, seen);
  }
  if (isUnproven(previous, seen)) return keep(previous, 'unproven');
  if (previous.provisioningState === verified && seen.resourceType.allowRemove) {
    return {
      workflowState: moveWorkflow(previous.workflowState, 'withdrawn'),
      ...openDelivery(previous, seen.reasons),
    };
  }
  return seen.isOver && isNeverSent(previous)
    ? {
        workflowState: moveWorkflow(previous.workflowState, 'under-way'),
        provisioningState: moveProvisioning(previous.provisioningState, 'over'),
        blockedBy: [],
        isDenied: previous.isDenied,
        lastError: null,
      }
    : closeAssignment(previous);
}

function isNeverSent({ provisioningState }: AssignedResourceType): boolean {
  const { pending, awaitingApproval, inactive } = provisioningStates;
  return (
    provisioningState === pending ||
    provisioningState === awaitingApproval ||
    provisioningState === inactive
  );
}

/** A match below the automatic level: a review for those entitled, an unauthorised account for the others. */
function suggest(previous: AssignedResourceType | null, seen: ExistenceObservation): NextExistence {
  const from = previous?.workflowState ?? workflowStates.none;
  const wasFound = from === workflowStates.found || from === workflowStates.historic;
  const foundAs = seen.isFirstEvaluation ? 'found-first' : 'found';
  return {
    workflowState: seen.isWanted
      ? wantedWorkflow(previous, seen)
      : moveWorkflow(from, wasFound ? 'decision-stands' : foundAs),
    provisioningState: moveProvisioning(
      stateOf(previous),
      seen.isWanted ? 'weak-match' : 'weak-match-unentitled',
    ),
    blockedBy: ['confidence'],
    isDenied: false,
    lastError: null,
  };
}

/** Calculated, or the decision that holds it. */
function wantedWorkflow(
  previous: AssignedResourceType | null,
  seen: ExistenceObservation,
): WorkflowState {
  return seen.wantedAs === workflowStates.calculated
    ? moveWorkflow(previous?.workflowState ?? workflowStates.none, 'given')
    : moveWorkflow(seen.wantedAs, 'decision-stands');
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

/** As it is, along the line of the table that says why. */
function keep(
  previous: AssignedResourceType,
  cause: Exclude<ProvisioningCause, 'closed'>,
): NextExistence {
  const { workflowState } = previous;
  return { workflowState, ...stay(previous, cause) };
}

/** Why a declined assignment stays in the state it is in. */
function waitingCause(
  previous: AssignedResourceType,
): 'unproven' | 'still-errored' | 'still-ready' | 'still-waits' | 'trusted' | 'decision-stands' {
  const { executed, errored: failed, pending, awaitingApproval, verified } = provisioningStates;
  switch (previous.provisioningState) {
    case executed:
      return 'unproven';
    case failed:
      return 'still-errored';
    case pending:
      return 'still-ready';
    case awaitingApproval:
      return 'still-waits';
    case verified:
      return 'trusted';
    default:
      return 'decision-stands';
  }
}
