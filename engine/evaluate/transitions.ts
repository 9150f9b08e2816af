/**
 * The state machine of deliveries: what both the existence of a target resource (`existence-transitions.ts`) and each of
 * its values (`value-transitions.ts`) have in common. All functions are pure; `seen` is what this evaluation observed.
 *
 *   from               observed                                          to
 *   –, 7               the system holds what is wanted                   4 (values: no row)
 *   –, 7, 4            it does not, the wish came from inside            1, or 5 when something blocks
 *   –, 7, 4            it does not, the system changed by itself         workflow 1 (3 at first), no order
 *   1, 5               the system holds what is wanted                   4
 *   1                  same wish                                         1: what a person released stays released
 *   5                  same wish                                         5, or 1 once no reason is left
 *   1, 5               another wish                                      1, or 5 when something blocks
 *   0 declined         same wish / another wish                          0 declined / 1 or 5
 *   2                  anything                                          2 until its result, or 3 by timeout
 *   8                  the system holds what was sent                    4, or 1 or 5 if the wish moved on
 *   8                  not synchronized since the result                 8, or 3 by timeout
 *   8                  synchronized since, still different               workflow 1; existence: 3 with the reason
 *   3                  the system holds what is wanted                   4
 *   3                  another wish / same wish                          5 without a reason / 3
 *   any but 2, 3, 8    the computation failed                            7
 */
import {
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

/** A delivery nobody has looked at yet: ready, or waiting for a person. */
export function openDelivery(reasons: readonly BlockReason[]): NextDelivery {
  const blockedBy = orderReasons(reasons);
  return {
    provisioningState:
      blockedBy.length > 0 ? provisioningStates.awaitingApproval : provisioningStates.pending,
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
  const { provisioningState, blockedBy, isDenied, lastError } = previous;
  const unchanged = { provisioningState, blockedBy, isDenied, lastError };
  if (isDenied || provisioningState !== provisioningStates.awaitingApproval) return unchanged;
  if (blockedBy.length === 0) return unchanged;
  const sticky = blockedBy.filter((reason) => reason === 'task');
  return { ...openDelivery([...sticky, ...reasons]), lastError };
}

/** Another wish than the one that was open: what was reviewed is what runs, so it is looked at again. */
export function reopenDelivery(previous: Delivery, reasons: readonly BlockReason[]): NextDelivery {
  if (previous.provisioningState !== provisioningStates.awaitingApproval) {
    return openDelivery(reasons);
  }
  if (previous.blockedBy.length === 0) return holdAfterError(previous);
  const sticky = previous.blockedBy.filter((reason) => reason === 'task');
  return openDelivery([...sticky, ...reasons]);
}

/** After an error, another wish waits for a person, who sees what went wrong the last time. */
export function holdAfterError(previous: Delivery): NextDelivery {
  return {
    provisioningState: provisioningStates.awaitingApproval,
    blockedBy: [],
    isDenied: false,
    lastError: previous.lastError,
  };
}

/** Nothing to deliver: what the managed system holds is what is wanted, or a person decides. */
export function settled(provisioningState: ProvisioningState): NextDelivery {
  return { provisioningState, blockedBy: [], isDenied: false, lastError: null };
}

export function errored(message: string): NextDelivery {
  return { ...settled(provisioningStates.errored), lastError: message };
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
  return errored(message);
}

/** The computation failed: the delivery keeps what it is on the way with, anything else says so. */
export function failDelivery(previous: Delivery | null, message: string): NextDelivery {
  const { transmitted, errored: failed, executed, error } = provisioningStates;
  const underWay: readonly ProvisioningState[] = [transmitted, failed, executed];
  if (previous !== null && underWay.includes(previous.provisioningState)) {
    const { provisioningState, blockedBy, isDenied, lastError } = previous;
    return { provisioningState, blockedBy, isDenied, lastError };
  }
  return {
    provisioningState: error,
    blockedBy: previous?.blockedBy ?? [],
    isDenied: previous?.isDenied ?? false,
    lastError: message,
  };
}
