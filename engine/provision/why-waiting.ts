/** Why nothing leaves for an assignment now: each reason in words, with what to do about it. */
import {
  type Connection,
  type Policy,
  provisioningStates,
  type ResourceType,
} from '../../config/index.ts';
import type { AssignedResourceType, AssignedValue, BlockReason } from '../evaluate/index.ts';
import { isLeaving, pendingChange } from './build-order.ts';

export interface WaitingReason {
  /** `blocked-…`: held for a person · anything else: waits for what it names. */
  readonly kind: string;
  /** `null`: the resource itself. */
  readonly property: string | null;
  readonly text: string;
  readonly cure: string;
}

/** What is known around the assignment. Times of the assignment are in the internal form, those of orders UTC ISO. */
export interface WaitingFacts {
  readonly assignment: AssignedResourceType;
  readonly resourceType: ResourceType;
  readonly policy: Policy | undefined;
  readonly connection: Connection | undefined;
  /** The owner's value of `DependsOnOwnerProperty`. */
  readonly ownerProperty: string | null;
  /** The owner has a resource of `DependsOn`. */
  readonly ownsDependency: boolean;
  readonly now: string;
  /** Why the last generation of orders for the type was stopped, where it was. */
  readonly breach: string | null;
  /** The order that is on its way. */
  readonly order: {
    readonly id: number;
    readonly status: string;
    readonly nextAttemptAt: string | null;
    readonly message: string | null;
  } | null;
  /** The connection's system is left in peace until then. */
  readonly pausedUntil: string | null;
}

const blockTexts: Readonly<Record<BlockReason, string>> = {
  'resource-type': 'its resource type lets nothing leave without a review (BlockProvisioning)',
  task: 'the evaluation that made it was asked to hold what it finds',
  confidence: 'a rule of less than 100 % confidence found it',
  'previous-order': 'an earlier order for the same resource still waits for its review',
  dependency: 'what it depends on is not there yet',
};

/** In the order: held for a person, failed, then what it waits for. Empty: nothing waits. */
export function whyWaiting(facts: WaitingFacts): readonly WaitingReason[] {
  const { assignment } = facts;
  const parts = [assignment, ...assignment.values];
  return [
    ...parts.flatMap((part) => whyBlocked(assignment, part)),
    ...parts.flatMap((part) => whyFailed(assignment, part)),
    ...whyNotSent(facts),
    ...whyUnderWay(facts),
  ];
}

type Part = AssignedResourceType | AssignedValue;

function propertyOf(part: Part): string | null {
  return 'property' in part ? part.property : null;
}

function whyBlocked(assignment: AssignedResourceType, part: Part): readonly WaitingReason[] {
  if (part.provisioningState !== provisioningStates.awaitingApproval) return [];
  const reasons = part.blockedBy.map((reason) => ({
    kind: `blocked-${reason}`,
    text: `It is held for review: ${blockTexts[reason]}.`,
  }));
  const known =
    reasons.length > 0 ? reasons : [{ kind: 'blocked', text: 'It is held for review.' }];
  const cure = `"lockstep review approve ${assignment.id ?? ''}" lets it leave; "lockstep review show ${assignment.id ?? ''}" shows it.`;
  return known.map((reason) => ({ ...reason, property: propertyOf(part), cure }));
}

function whyFailed(assignment: AssignedResourceType, part: Part): readonly WaitingReason[] {
  const { errored, error } = provisioningStates;
  const property = propertyOf(part);
  const told = part.lastError === null ? '' : `: ${part.lastError}`;
  if (part.provisioningState === errored) {
    return [
      {
        kind: 'errored',
        property,
        text: `Its last order failed${told}`,
        cure: `Correct the cause, then "lockstep review unblock ${assignment.id ?? ''}" tries it again.`,
      },
    ];
  }
  if (part.provisioningState !== error) return [];
  return [
    {
      kind: 'not-computed',
      property,
      text: `It could not be computed${told}`,
      cure: 'Correct the rule or the data it reads; the next evaluation computes it again.',
    },
  ];
}

/** What keeps an order from being made of what is pending. */
function whyNotSent(facts: WaitingFacts): readonly WaitingReason[] {
  const { assignment, resourceType, now } = facts;
  const change = pendingChange(assignment, assignment.targetId !== null);
  if (change === null) return [];
  const reason = (kind: string, text: string, cure: string): WaitingReason => ({
    kind,
    property: null,
    text,
    cure,
  });
  const type = resourceType.identifier;
  const found: WaitingReason[] = [...whyNoWay(facts, reason)];
  if (change === 'deleted') {
    if (!resourceType.allowRemove)
      found.push(
        reason(
          'not-allowed',
          `${type} does not allow removals (AllowRemove="false").`,
          'Remove the resource by hand, or decide about it with "lockstep reconcile".',
        ),
      );
  } else {
    found.push(...whyNotBegun(facts, reason));
    if (change === 'added') found.push(...whyNoCreation(facts, reason));
  }
  if (
    assignment.endDate !== null &&
    assignment.endDate <= now &&
    !isLeaving(assignment.workflowState)
  )
    found.push(
      reason(
        'over',
        `Its time was over at ${showInstant(assignment.endDate)}.`,
        'Nothing is to be done.',
      ),
    );
  if (facts.breach !== null)
    found.push(
      reason(
        'threshold',
        `The last generation of orders was stopped by a threshold: ${facts.breach}`,
        'Look at what is pending, then run it with --force, or "lockstep job run <job> --resume".',
      ),
    );
  if (assignment.lastError?.startsWith('Held back: '))
    found.push(
      reason(
        'held-back',
        assignment.lastError,
        'Correct what its values or arguments are computed from; the next generation of orders tries it again.',
      ),
    );
  if (found.length === 0 && facts.order === null)
    found.push(
      reason(
        'next-generation',
        'It is ready: the next generation of orders takes it up.',
        '"lockstep generate", or the next job that has that step.',
      ),
    );
  return found;
}

type Reason = (kind: string, text: string, cure: string) => WaitingReason;

function whyNoWay(
  { resourceType, policy, connection }: WaitingFacts,
  reason: Reason,
): readonly WaitingReason[] {
  const found: WaitingReason[] = [];
  if (policy?.isProvisioningEnabled !== true)
    found.push(
      reason(
        'provisioning-off',
        `Provisioning is switched off for the policy ${resourceType.policy}.`,
        'Set IsProvisioningEnabled="true" on it, and deploy.',
      ),
    );
  if (resourceType.mapping === undefined)
    found.push(
      reason(
        'no-connection',
        `No mapping says over which connection ${resourceType.identifier} is delivered.`,
        'Add a resource type mapping, and deploy.',
      ),
    );
  else if (connection?.deactivation === 'Fulfill')
    found.push(
      reason(
        'connection-off',
        `The connection ${connection.identifier} is deactivated for fulfilment.`,
        'Remove its Deactivation, and deploy.',
      ),
    );
  return found;
}

function whyNotBegun(
  { assignment, resourceType, now }: WaitingFacts,
  reason: Reason,
): readonly WaitingReason[] {
  const { startDate } = assignment;
  if (startDate === null || startDate <= now) return [];
  const ahead = resourceType.fulfillHoursAheadOfTime;
  const early = ahead > 0 ? `; its orders may leave ${ahead} hours ahead` : '';
  return [
    reason(
      'not-begun',
      `It begins at ${showInstant(startDate)}${early}.`,
      'It leaves by itself when the time has come; FulfillHoursAheadOfTime makes it leave earlier.',
    ),
  ];
}

function whyNoCreation(
  { resourceType, ownerProperty, ownsDependency }: WaitingFacts,
  reason: Reason,
): readonly WaitingReason[] {
  const { dependsOn, dependsOnOwnerProperty, allowAdd, identifier } = resourceType;
  const found: WaitingReason[] = [];
  if (!allowAdd)
    found.push(
      reason(
        'not-allowed',
        `${identifier} does not allow creations (AllowAdd="false").`,
        'Create the resource by hand: the next synchronization finds it.',
      ),
    );
  if (dependsOn !== undefined && !ownsDependency)
    found.push(
      reason(
        'dependency',
        `It waits until the owner has a resource of ${dependsOn} (DependsOn).`,
        `See why that is not there: "lockstep explain <owner> --resource-type ${dependsOn}".`,
      ),
    );
  if (dependsOnOwnerProperty !== undefined && (ownerProperty ?? '') === '')
    found.push(
      reason(
        'dependency',
        `It waits until the owner's ${dependsOnOwnerProperty} has a value (DependsOnOwnerProperty).`,
        'Fill it at its source.',
      ),
    );
  return found;
}

function whyUnderWay({ order, pausedUntil }: WaitingFacts): readonly WaitingReason[] {
  if (order === null) return [];
  const about = { property: null };
  const show = `"lockstep order show ${order.id}"`;
  switch (order.status) {
    case 'ticket':
      return [
        {
          ...about,
          kind: 'ticket',
          text: `Order ${order.id} is a ticket that a person has not closed yet.`,
          cure: `"lockstep ticket confirm ${order.id}" when it is done.`,
        },
      ];
    case 'intent':
      if (order.nextAttemptAt !== null)
        return [
          {
            ...about,
            kind: 'retry',
            text: `What became of order ${order.id} is unknown${order.message === null ? '' : `, after: ${order.message}`} Its system is asked at ${pausedUntil ?? order.nextAttemptAt}, before it is tried again.`,
            cure: `By itself; "lockstep order retry ${order.id}" does it with the next fulfilment; ${show}.`,
          },
        ];
      return [
        {
          ...about,
          kind: 'outcome-unknown',
          text: `Order ${order.id} was handed to its system, which has not answered yet.`,
          cure: `The next fulfilment asks the system what became of it; ${show}.`,
        },
      ];
    case 'generated': {
      const failed = order.message === null ? '' : ` after: ${order.message}`;
      if (pausedUntil !== null)
        return [
          {
            ...about,
            kind: 'system-paused',
            text: `Order ${order.id} waits: its system did not answer and is left in peace until ${pausedUntil}.`,
            cure: 'See that the system can be reached ("lockstep connection check").',
          },
        ];
      if (order.nextAttemptAt !== null)
        return [
          {
            ...about,
            kind: 'retry',
            text: `Order ${order.id} is tried again at ${order.nextAttemptAt}${failed}`,
            cure: `It is tried by itself; ${show}.`,
          },
        ];
      return [
        {
          ...about,
          kind: 'next-fulfilment',
          text: `Order ${order.id} is made; the next fulfilment carries it out.`,
          cure: '"lockstep fulfil", or the next job that has that step.',
        },
      ];
    }
    default:
      return [];
  }
}

/** `20260301000000` as `2026-03-01`, with the time of day where it has one. */
export function showInstant(internal: string): string {
  const [, day = internal, hour = '00', minute = '00', second = '00'] =
    /^(\d{8})(\d\d)(\d\d)(\d\d)$/u.exec(internal) ?? [];
  const date = day.replace(/^(\d{4})(\d\d)(\d\d)$/u, '$1-$2-$3');
  return hour + minute + second === '000000' ? date : `${date} ${hour}:${minute}:${second}`;
}
