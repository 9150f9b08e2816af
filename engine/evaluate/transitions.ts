/**
 * What the deliveries of a target resource (`existence-transitions.ts`) and of its values (`value-transitions.ts`) have in
 * common. All functions are pure. Where a state may lead is said by the one table of transitions in config/state-machine,
 * and every change of a state goes through it; here stands only when which of its lines applies.
 */
import {
  moveProvisioning,
  type ProvisioningCause,
  type ProvisioningState,
  provisioningStates,
  type ResourceType,
} from '../../config/index.ts';
import type { BlockReason, EvaluationOptions } from './types.ts';

export interface Delivery {
  readonly provisioningState: ProvisioningState;
  readonly blockedBy: readonly BlockReason[];
  readonly isDenied: boolean;
  readonly lastError: string | null;
  readonly stateSince: string;
}

/** What a transition says about the delivery; the rest of the row is the caller's. */
export type NextDelivery = Omit<Delivery, 'stateSince'>;

/** The order in which reasons are written, so that equal sets are equal rows. */
const reasonOrder: readonly BlockReason[] = [
  'resource-type',
  'task',
  'confidence',
  'previous-order',
  'dependency',
];

/** Each reason once, in their fixed order. */
export function orderReasons(reasons: readonly BlockReason[]): readonly BlockReason[] {
  return reasonOrder.filter((reason) => reasons.includes(reason));
}

/** Why orders of this resource type have to wait in this run. */
export function blockingReasons(
  resourceType: ResourceType,
  options: Pick<EvaluationOptions, 'blockProvisioning' | 'blockAllResourceTypeProvisioning'>,
): readonly BlockReason[] {
  const isTaskBlocking = options.blockProvisioning || options.blockAllResourceTypeProvisioning;
  return [
    ...(resourceType.blockProvisioning ? (['resource-type'] as const) : []),
    ...(isTaskBlocking ? (['task'] as const) : []),
  ];
}

/** The state an assignment is in that may have no row yet. */
export function stateOf(previous: Pick<Delivery, 'provisioningState'> | null): ProvisioningState {
  return previous?.provisioningState ?? provisioningStates.none;
}

/** A delivery nobody has looked at yet: ready, or waiting for a person. */
export function openDelivery(
  previous: Pick<Delivery, 'provisioningState'> | null,
  reasons: readonly BlockReason[],
): NextDelivery {
  const blockedBy = orderReasons(reasons);
  return {
    provisioningState: moveProvisioning(
      stateOf(previous),
      blockedBy.length > 0 ? 'held' : 'ordered',
    ),
    blockedBy,
    isDenied: false,
    lastError: null,
  };
}

/**
 * A delivery that is still wanted as it was. Released ones stay released. Waiting ones wait while a reason is left; a
 * reason of the task stays until a person decides, and so does a waiting without a reason, which follows an error.
 */
export function continueDelivery(
  previous: Delivery,
  reasons: readonly BlockReason[],
): NextDelivery {
  const { provisioningState, isDenied } = previous;
  const { awaitingApproval, pending } = provisioningStates;
  if (provisioningState === pending) return stay(previous, 'still-ready');
  if (provisioningState !== awaitingApproval) return stay(previous, 'decision-stands');
  if (isDenied || previous.blockedBy.length === 0) return stay(previous, 'still-waits');
  const sticky = previous.blockedBy.filter((reason) => reason === 'task');
  const blockedBy = orderReasons([...sticky, ...reasons]);
  return {
    provisioningState: moveProvisioning(
      provisioningState,
      blockedBy.length > 0 ? 'still-waits' : 'reason-gone',
    ),
    blockedBy,
    isDenied: false,
    lastError: previous.lastError,
  };
}

/** Another wish than the one that was open: what was reviewed is what runs, so it is looked at again. */
export function reopenDelivery(previous: Delivery, reasons: readonly BlockReason[]): NextDelivery {
  if (previous.provisioningState !== provisioningStates.awaitingApproval) {
    return openDelivery(previous, reasons);
  }
  if (previous.blockedBy.length === 0) return holdAfterError(previous);
  const sticky = previous.blockedBy.filter((reason) => reason === 'task');
  return openDelivery(previous, [...sticky, ...reasons]);
}

/** After an error, another wish waits for a person, who sees what went wrong the last time. */
export function holdAfterError(previous: Delivery): NextDelivery {
  return {
    provisioningState: moveProvisioning(previous.provisioningState, 'changed-after-error'),
    blockedBy: [],
    isDenied: false,
    lastError: previous.lastError,
  };
}

/** The delivery as it is, along a line of the table that leaves its state as it is. */
export function stay(
  previous: Delivery,
  cause: Exclude<ProvisioningCause, 'closed'>,
): NextDelivery {
  const { blockedBy, isDenied, lastError } = previous;
  const provisioningState = moveProvisioning(previous.provisioningState, cause);
  return { provisioningState, blockedBy, isDenied, lastError };
}

/** Nothing to deliver: what the managed system holds is what is wanted, or a person decides. */
export function settled(
  previous: Pick<Delivery, 'provisioningState'> | null,
  cause: 'found-equal' | 'drifted' | 'recovered' | 'written-once',
): NextDelivery {
  return {
    provisioningState: moveProvisioning(stateOf(previous), cause),
    blockedBy: [],
    isDenied: false,
    lastError: null,
  };
}

/** An error a person looks at. */
export function errored(
  previous: Delivery,
  cause: 'timed-out' | 'not-proven',
  message: string,
): NextDelivery {
  return {
    provisioningState: moveProvisioning(previous.provisioningState, cause),
    blockedBy: [],
    isDenied: false,
    lastError: message,
  };
}

/** A synchronization has read the managed system since the delivery's last change of state. */
export function isSynchronizedSince(previous: Delivery, synchronizedAt: string | null): boolean {
  return synchronizedAt !== null && synchronizedAt > previous.stateSince;
}

/** The delivery has waited for its result, or for its proof, longer than the resource type allows; 0 is for ever. */
export function isTimedOut(
  previous: Delivery,
  validityMinutes: number,
  timestamp: string,
): boolean {
  if (validityMinutes <= 0) return false;
  const waited = Date.parse(timestamp) - Date.parse(previous.stateSince);
  return waited > validityMinutes * 60_000;
}

/** A timed-out delivery: an error a person looks at. */
export function timedOut(previous: Delivery): NextDelivery {
  const message =
    previous.provisioningState === provisioningStates.transmitted
      ? 'No result was reported within the validity period of the resource type (timeout).'
      : 'The result was not verified within the validity period of the resource type (timeout).';
  return errored(previous, 'timed-out', message);
}

/** The computation failed: the delivery keeps what it is on the way with, anything else says so. */
export function failDelivery(previous: Delivery | null, message: string): NextDelivery {
  const { transmitted, errored: failed, executed } = provisioningStates;
  const underWay: readonly ProvisioningState[] = [transmitted, failed, executed];
  if (previous !== null && underWay.includes(previous.provisioningState)) {
    return stay(previous, 'failed-under-way');
  }
  return {
    provisioningState: moveProvisioning(stateOf(previous), 'failed'),
    blockedBy: previous?.blockedBy ?? [],
    isDenied: previous?.isDenied ?? false,
    lastError: message,
  };
}
