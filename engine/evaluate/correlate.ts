/** Which target resources an owner has under one resource type. */
import {
  type CorrelationRule,
  type ProvisioningState,
  provisioningStates,
  type ResourceType,
  type ResourceView,
  workflowStates,
} from '../../config/index.ts';
import { isFurtherAccount, rowOfTarget } from './further-accounts.ts';
import { automaticConfidence, byConfidence, ruleKeyOf } from './rule-key.ts';
import type { AssignedResourceType, Matches } from './types.ts';

/** One assigned resource type to be: the stored row it goes on from, and its target. */
export interface Slot {
  readonly stored: AssignedResourceType | null;
  /** `null`: no target is known. */
  readonly target: ResourceView | null;
  /** Below the automatic level: the confidence of the match a person must confirm, or has confirmed. */
  readonly confidence: number | null;
  readonly isConfirmed: boolean;
  /** Without a target beside others that have one: kept only as long as an order of it is on its way. */
  readonly isSpare: boolean;
}

/** An owner nothing is stored about and no target is known of. */
export const emptySlot: Slot = Object.freeze({
  stored: null,
  target: null,
  confidence: null,
  isConfirmed: true,
  isSpare: false,
});

export interface Correlation {
  readonly slots: readonly Slot[];
  /** Matches a person declined: kept as they are, so that nobody is asked twice. */
  readonly declined: readonly AssignedResourceType[];
}

interface Match {
  readonly confidence: CorrelationRule['confidence'];
  readonly target: ResourceView;
}

/** A low-confidence match nobody has confirmed yet. */
export function awaitsConfirmation(row: AssignedResourceType): boolean {
  const { none, awaitingApproval, error } = provisioningStates;
  const unconfirmed: readonly number[] = [none, awaitingApproval, error];
  return (
    row.targetId !== null &&
    row.confidence !== null &&
    row.blockedBy.includes('confidence') &&
    unconfirmed.includes(row.provisioningState)
  );
}

/**
 * A target, once correlated, stays while it exists, whatever the rules say by then. Otherwise rules are tried in
 * descending confidence, the smallest id first; the outcome follows the two switches of the resource type. A target
 * somebody else holds under the same resource type is never taken.
 *
 * @param keys properties of the target entity type that name one of several accounts of an owner
 */
export function correlate(
  resourceType: ResourceType,
  ownerId: number,
  stored: readonly AssignedResourceType[],
  matches: Matches,
  keys: readonly string[],
): Correlation {
  if (stored.length === 0) return correlateNew(resourceType, ownerId, matches);
  const rows = stored.toSorted(byId);
  const targetOf = (row: AssignedResourceType): ResourceView | null =>
    row.targetId === null ? null : matches.byId(resourceType.targetEntityType, row.targetId);

  const declined = rows.filter((row) => isDeclinedMatch(row) && targetOf(row) !== null);
  const open = rows.filter((row) => !isDeclinedMatch(row));
  const holders: Slot[] = [];
  const suggestions = new Map<number, AssignedResourceType>();
  const free: AssignedResourceType[] = [];
  for (const row of open) {
    const target = targetOf(row);
    if (target === null) free.push(row);
    else if (awaitsConfirmation(row)) suggestions.set(target.id, row);
    else
      holders.push({
        stored: row,
        target,
        confidence: row.confidence,
        isConfirmed: true,
        isSpare: false,
      });
  }
  const taken = new Set([
    ...holders.map((slot) => slot.target?.id),
    ...declined.map((row) => row.targetId),
  ]);
  const found = [
    ...findMatches(resourceType, ownerId, matches, taken),
    ...findReported(resourceType, ownerId, { rows: free, matches, taken }),
  ];
  const chosen = chooseMatches(resourceType, holders.length > 0, found);
  // Rows whose suggestion no longer stands are as free as rows without a target.
  const wantedIds = new Set(
    [...chosen.correlated, ...chosen.suggested].map((one) => one.target.id),
  );
  for (const [targetId, row] of suggestions) if (!wantedIds.has(targetId)) free.push(row);
  free.sort(byId);

  const takeRow = (target: ResourceView, canWait: boolean): AssignedResourceType | null => {
    const suggestion = suggestions.get(target.id);
    if (suggestion !== undefined) return suggestion;
    const able = free.filter((row) => !isLeaving(row) && (canWait || !isInFlight(row)));
    const row = rowOfTarget({ resourceType, keys, matches }, able, target);
    if (row === undefined) return null;
    free.splice(free.indexOf(row), 1);
    return row;
  };
  const correlated = chosen.correlated.map(
    ({ target }): Slot => ({
      stored: takeRow(target, true),
      target,
      confidence: null,
      isConfirmed: true,
      isSpare: false,
    }),
  );
  // While a creation is under way its result comes first; a weak match is proposed afterwards.
  const isWaiting = free.some((row) => isInFlight(row) && !isLeaving(row));
  const suggested = (isWaiting ? [] : chosen.suggested).map(
    ({ confidence, target }): Slot => ({
      stored: takeRow(target, false),
      target,
      confidence,
      isConfirmed: false,
      isSpare: false,
    }),
  );
  const slots = [...holders, ...correlated, ...suggested];
  return { slots: [...slots, ...leftOver(resourceType, free, slots)], declined };
}

/** The same where nothing is stored: at a first evaluation that is everybody. */
function correlateNew(resourceType: ResourceType, ownerId: number, matches: Matches): Correlation {
  const found = findMatches(resourceType, ownerId, matches, nothingTaken);
  const { correlated, suggested } = chooseMatches(resourceType, false, found);
  const slots = [
    ...correlated.map(({ target }): Slot => ({ ...emptySlot, target })),
    ...suggested.map(
      ({ confidence, target }): Slot => ({ ...emptySlot, target, confidence, isConfirmed: false }),
    ),
  ];
  return { slots, declined: [] };
}

const nothingTaken: ReadonlySet<number> = new Set();

/**
 * Rows without a target: the oldest goes on when the owner has nothing else; those on their way always do, and so do
 * accounts that were asked for beside others.
 */
function leftOver(
  resourceType: ResourceType,
  free: readonly AssignedResourceType[],
  taken: readonly Slot[],
): readonly Slot[] {
  const isOwn = (row: AssignedResourceType | null): boolean => isFurtherAccount(resourceType, row);
  const oldest = free.find((row) => !isOwn(row));
  const hasTarget = taken.some(({ stored }) => !isOwn(stored));
  const slots = free.map((stored): Slot => {
    const isSpare = !isOwn(stored) && (hasTarget || stored !== oldest);
    return { ...emptySlot, stored, isSpare };
  });
  return slots.filter((slot) => !slot.isSpare || isOnItsWay(slot.stored?.provisioningState));
}

/** Sent, or carried out and not yet proven. */
export function isOnItsWay(state: ProvisioningState | undefined): boolean {
  return state === provisioningStates.transmitted || state === provisioningStates.executed;
}

function findMatches(
  resourceType: ResourceType,
  ownerId: number,
  matches: Matches,
  taken: ReadonlySet<number | null | undefined>,
): readonly Match[] {
  const seen = new Set(taken);
  const found: Match[] = [];
  for (const rule of byConfidence(resourceType.correlationRules)) {
    for (const target of matches.matched(ruleKeyOf(resourceType, rule), ownerId)) {
      if (seen.has(target.id) || matches.isReviewed?.(target.id) === true) continue;
      seen.add(target.id);
      const holder = matches.ownerOf(resourceType.identifier, target.id);
      if (holder === null || holder === ownerId)
        found.push({ confidence: rule.confidence, target });
    }
  }
  return found;
}

/**
 * Targets whose key was reported when they were created, where it is another one than was ordered: rules that look for what
 * was ordered do not find them. Whoever holds such a target keeps it.
 */
function findReported(
  resourceType: ResourceType,
  ownerId: number,
  {
    rows,
    matches,
    taken,
  }: {
    readonly rows: readonly AssignedResourceType[];
    readonly matches: Matches;
    readonly taken: ReadonlySet<number | null | undefined>;
  },
): readonly Match[] {
  if (matches.reported === undefined) return [];
  return rows.flatMap((row): readonly Match[] => {
    if (row.provisioningState !== provisioningStates.executed || isLeaving(row)) return [];
    const target = row.id === null ? null : (matches.reported?.(row.id) ?? null);
    if (target === null || taken.has(target.id)) return [];
    const holder = matches.ownerOf(resourceType.identifier, target.id);
    return holder === null || holder === ownerId
      ? [{ confidence: automaticConfidence, target }]
      : [];
  });
}

/** The outcome matrix of correlation: what is correlated at once, what is suggested; the rest is ignored. */
function chooseMatches(
  resourceType: ResourceType,
  isCorrelated: boolean,
  found: readonly Match[],
): { readonly correlated: readonly Match[]; readonly suggested: readonly Match[] } {
  const high = found.filter((match) => match.confidence >= automaticConfidence);
  const low = found.filter((match) => match.confidence < automaticConfidence);
  if (resourceType.correlateMultipleResources) {
    if (resourceType.suggestAllCorrelations) return { correlated: high, suggested: low };
    const isSettled = isCorrelated || high.length > 0;
    return { correlated: high, suggested: isSettled ? [] : low };
  }
  if (resourceType.suggestAllCorrelations) {
    return { correlated: [], suggested: isCorrelated ? high : found };
  }
  if (isCorrelated) return { correlated: [], suggested: [] };
  if (high.length > 0) return { correlated: high.slice(0, 1), suggested: [] };
  return { correlated: [], suggested: low.slice(0, 1) };
}

function isDeclinedMatch(row: AssignedResourceType): boolean {
  return (
    row.isDenied &&
    row.targetId !== null &&
    row.confidence !== null &&
    !isInFlight(row) &&
    !isLeaving(row)
  );
}

/** The row stands for a deletion. */
export function isLeaving(row: AssignedResourceType): boolean {
  const { inactive, cancellation } = workflowStates;
  return row.workflowState === inactive || row.workflowState === cancellation;
}

function isInFlight(row: AssignedResourceType): boolean {
  return row.provisioningState === provisioningStates.transmitted;
}

function byId(left: AssignedResourceType, right: AssignedResourceType): number {
  return (
    (left.id ?? Number.MAX_SAFE_INTEGER) - (right.id ?? Number.MAX_SAFE_INTEGER) ||
    (left.targetId ?? -1) - (right.targetId ?? -1)
  );
}
