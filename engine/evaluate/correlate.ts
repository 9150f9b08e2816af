/** Which target resources an owner has under one resource type. */
import {
  type CorrelationRule,
  type ProvisioningState,
  provisioningStates,
  type ResourceType,
  type ResourceView,
  workflowStates,
} from '../../config/index.ts';
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
 */
export function correlate(
  resourceType: ResourceType,
  ownerId: number,
  stored: readonly AssignedResourceType[],
  matches: Matches,
): Correlation {
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

  const takeRow = (targetId: number, canWait: boolean): AssignedResourceType | null => {
    const suggestion = suggestions.get(targetId);
    if (suggestion !== undefined) return suggestion;
    const index = free.findIndex((row) => !isLeaving(row) && (canWait || !isInFlight(row)));
    return index < 0 ? null : (free.splice(index, 1)[0] ?? null);
  };
  const correlated = chosen.correlated.map(
    ({ target }): Slot => ({
      stored: takeRow(target.id, true),
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
      stored: takeRow(target.id, false),
      target,
      confidence,
      isConfirmed: false,
      isSpare: false,
    }),
  );
  const slots = [...holders, ...correlated, ...suggested];
  return { slots: [...slots, ...leftOver(free, slots.length > 0)], declined };
}

/** Rows without a target: the oldest goes on when the owner has nothing else; those on their way always do. */
function leftOver(free: readonly AssignedResourceType[], hasTarget: boolean): readonly Slot[] {
  const slots = free.map((stored, index): Slot => {
    return { ...emptySlot, stored, isSpare: hasTarget || index > 0 };
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
