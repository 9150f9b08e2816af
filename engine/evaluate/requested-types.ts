/**
 * What people ask for among the rows of one resource type of one owner: what waits or was refused stands aside, a denial takes
 * time away from the rules, and what was agreed to is held by decision.
 */
import {
  closeAssignment,
  moveWorkflow,
  provisioningStates,
  type ResourceType,
  workflowStates,
} from '../../config/index.ts';
import type { Context } from './contexts.ts';
import { isLeaving } from './correlate.ts';
import { isFurtherAccount } from './further-accounts.ts';
import { contextSpan } from './owner-facts.ts';
import {
  addSeconds,
  boundariesOf,
  covers,
  intersectPeriods,
  isOver,
  type Period,
  subtractPeriods,
} from './periods.ts';
import type { Justification } from './resource-types.ts';
import { openRequestStates, refusedRequestStates } from './role-states.ts';
import { isSynchronizedSince } from './transitions.ts';
import type { AssignedResourceType } from './types.ts';

export interface SortedRequests {
  /** Rows that the evaluation goes on from. */
  readonly open: readonly AssignedResourceType[];
  /** Kept as they are: nothing of them is effective. */
  readonly aside: readonly AssignedResourceType[];
  /** When rules give nothing, because a person denied it. */
  readonly denied: readonly Period[];
}

/** A request, a refusal or a denial: no assignment that could have a resource. */
export function standsAside(row: AssignedResourceType): boolean {
  const { request, workflowState, targetId, provisioningState } = row;
  if (request === null || targetId !== null) return false;
  if (provisioningState !== provisioningStates.none) return false;
  if (request !== 'assign') return true;
  return openRequestStates.has(workflowState) || refusedRequestStates.has(workflowState);
}

/** Of a denial that was agreed to: in force until it ends or is taken back. */
function isDenial({ request, workflowState }: AssignedResourceType): boolean {
  return (
    request === 'deny' &&
    !openRequestStates.has(workflowState) &&
    !refusedRequestStates.has(workflowState)
  );
}

/** The oldest first. Requests whose time is over are closed, whatever became of them. */
export function sortRequests(stored: readonly AssignedResourceType[], now: string): SortedRequests {
  // By far the most frequent.
  if (!stored.some((row) => row.request !== null)) {
    return { open: stored, aside: noRows, denied: noPeriods };
  }
  const rows = stored.toSorted((left, right) => (left.id ?? 0) - (right.id ?? 0));
  const aside: AssignedResourceType[] = [];
  for (const row of rows.filter(standsAside)) {
    if (isOver(row, now)) closeAssignment(row);
    else aside.push(row);
  }
  return {
    open: rows.filter((row) => !standsAside(row)),
    aside,
    denied: aside.filter(isDenial),
  };
}

const noRows: readonly AssignedResourceType[] = [];
const noPeriods: readonly Period[] = [];

/** What rules give outside the time that a person denied. */
export function withoutDenied(
  justification: Justification,
  denied: readonly Period[],
): Justification {
  if (denied.length === 0) return justification;
  const rest = (periods: readonly Period[]): readonly Period[] => subtractPeriods(periods, denied);
  const { windows, periods, suggested, proposed, grants, boundaries } = justification;
  return {
    ...justification,
    windows: rest(windows),
    periods: rest(periods),
    suggested: rest(suggested),
    proposed: rest(proposed),
    grants: grants.map((grant) => ({ ...grant, windows: rest(grant.windows) })),
    boundaries: [...boundaries, ...boundariesOf(denied)],
  };
}

/**
 * One account is one row: what was agreed to, where it is for no account of its own, and has none yet takes over the row that the owner has for it, with its account
 * and what is on its way. Until its time comes, and while an account on its way out is not gone, it stands aside.
 */
export function mergeAgreed(
  requests: SortedRequests,
  justification: Justification,
  at: MergeMoment,
): SortedRequests {
  const further = requests.open.filter((row) => isFurtherAccount(at.resourceType, row));
  if (further.length === 0) return mergeOne(requests, justification, at);
  const others = requests.open.filter((row) => !further.includes(row));
  const merged = mergeOne({ ...requests, open: others }, justification, at);
  return further.reduce((sorted, row) => addFurther(sorted, row, at), merged);
}

/** An account of its own; found in the managed system, it is taken over from there. */
function addFurther(
  { open, aside, denied }: SortedRequests,
  row: AssignedResourceType,
  at: MergeMoment,
): SortedRequests {
  if (!isFresh(row) || isOver(row, at.now)) return { open: [...open, row], aside, denied };
  if (isAhead(row, at)) return { open, aside: [...aside, row], denied };
  const known = at.withValues(row);
  const found = open.find((other) => isFound(other) && at.isTargetOf(known, other));
  if (found === undefined) return { open: [...open, known], aside, denied };
  closeAssignment(row);
  const merged = takeOver(found, row, at.timestamp);
  return { open: open.map((other) => (other === found ? merged : other)), aside, denied };
}

function isFound({ workflowState, isDenied }: AssignedResourceType): boolean {
  const { found, historic } = workflowStates;
  return !isDenied && (workflowState === found || workflowState === historic);
}

function mergeOne(
  { open, aside, denied }: SortedRequests,
  justification: Justification,
  at: MergeMoment,
): SortedRequests {
  const agreed = open.find((row) => isFresh(row) && !isOver(row, at.now));
  if (agreed === undefined) return { open, aside, denied };
  const others = open.filter((row) => row !== agreed);
  if (isEarly(agreed, justification, at)) {
    return { open: others, aside: [...aside, agreed], denied };
  }
  // They end in any case, and would stand in the way of what takes their place.
  const ending = others.filter((row) => endsByItself(row, at));
  const left = others.filter((row) => !ending.includes(row));
  const holders = left.filter(mayHold);
  const holder = holders.find(at.hasTarget) ?? holders[0];
  if (holder !== undefined && isOnItsWayOut(holder, at)) {
    return { open: others, aside: [...aside, agreed], denied };
  }
  for (const row of ending) closeAssignment(row);
  if (holder === undefined) return { open: [...left, agreed], aside, denied };
  closeAssignment(agreed);
  const merged = takeOver(holder, agreed, at.timestamp);
  return { open: left.map((row) => (row === holder ? merged : row)), aside, denied };
}

export interface MergeMoment {
  readonly now: string;
  readonly timestamp: string;
  /** Orders may leave so many hours before their time. */
  readonly hoursAhead: number;
  readonly synchronizedAt: string | null;
  /** The target of the row is still in the store. */
  readonly hasTarget: (row: AssignedResourceType) => boolean;
  readonly resourceType: ResourceType;
  /** A row of which nothing was made, with the values it would be made with. */
  readonly withValues: (row: AssignedResourceType) => AssignedResourceType;
  /** The target of `holder` is the account that the row would be made as. */
  readonly isTargetOf: (row: AssignedResourceType, holder: AssignedResourceType) => boolean;
}

/** Instants at which something that stands aside may come into force. */
export function boundariesAside(
  aside: readonly AssignedResourceType[],
  hoursAhead: number,
): readonly string[] {
  return aside.flatMap(({ startDate, endDate }) =>
    [
      startDate,
      endDate,
      startDate === null ? null : addSeconds(startDate, -hoursAhead * 3_600),
    ].filter((at) => at !== null),
  );
}

/** Its time has not come; or only that to prepare it has, and until then a rule gives the same. */
function isEarly(row: AssignedResourceType, { periods }: Justification, at: MergeMoment): boolean {
  if (row.startDate === null || row.startDate <= at.now) return false;
  return isAhead(row, at) || periods.some((period) => covers(period, at.now));
}

/** Even the time to prepare it has not come. */
function isAhead({ startDate }: AssignedResourceType, { now, hoursAhead }: MergeMoment): boolean {
  return startDate !== null && addSeconds(startDate, -hoursAhead * 3_600) > now;
}

/** Its deletion was sent, and nobody has seen yet that it is done; or nobody can see. */
function isOnItsWayOut(row: AssignedResourceType, at: MergeMoment): boolean {
  if (!isLeaving(row)) return false;
  const { transmitted, executed } = provisioningStates;
  if (row.provisioningState === transmitted) return true;
  return row.provisioningState === executed && !isSynchronizedSince(row, at.synchronizedAt);
}

const { suggested, suggestedExistingUser, automaticWithValidation } = workflowStates;
const proposals: readonly number[] = [suggested, suggestedExistingUser, automaticWithValidation];

/** Only proposed; or on its way out, with no account left to delete. */
function endsByItself(row: AssignedResourceType, at: MergeMoment): boolean {
  if (proposals.includes(row.workflowState)) return true;
  const isSent = row.provisioningState === provisioningStates.transmitted;
  return isLeaving(row) && !isSent && !at.hasTarget(row);
}

/** Agreed to, and nothing has been made of it. */
export function isFresh(row: AssignedResourceType): boolean {
  const { approved, approvedRisk } = workflowStates;
  return (
    row.request === 'assign' &&
    (row.workflowState === approved || row.workflowState === approvedRisk) &&
    row.targetId === null &&
    row.provisioningState === provisioningStates.none &&
    !row.isDenied
  );
}

/** It may have an account; a match that a person declined is none. */
function mayHold(row: AssignedResourceType): boolean {
  return !row.isDenied || row.confidence === null || isLeaving(row);
}

function takeOver(
  holder: AssignedResourceType,
  agreed: AssignedResourceType,
  timestamp: string,
): AssignedResourceType {
  const { workflowState: from } = holder;
  const isRisky = agreed.workflowState === workflowStates.approvedRisk;
  const workflowState = moveWorkflow(from, isRisky ? 'agreed-risk' : 'agreed');
  const { startDate, endDate, parameters, request, requestedBy, approvals } = agreed;
  return {
    ...holder,
    ...{ workflowState, startDate, endDate, parameters, request, requestedBy, approvals },
    // What people said was said about the request.
    amends: agreed.id,
    stateSince: from === workflowState ? holder.stateSince : timestamp,
  };
}

/**
 * When a row that a person decided about is held: what was asked for ends with the owner's records, what was kept is kept.
 * `null`: no more.
 */
export function decidedPeriod(
  row: AssignedResourceType,
  contexts: readonly Context[],
  now: string,
): Period | null {
  if (isOver(row, now)) return null;
  const { startDate, endDate } = row;
  const span = row.request === 'assign' ? contextSpan(contexts) : null;
  if (span === null) return { startDate, endDate };
  const [held] = intersectPeriods([{ startDate, endDate }], [span]);
  return held === undefined || isOver(held, now) ? null : held;
}
