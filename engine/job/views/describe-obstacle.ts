/** Why a rule does not apply, in words. */
import type { Obstacle, RuleVerdict } from '../../evaluate/index.ts';
import { showInstant } from '../../provision/index.ts';

export interface ObstacleWords {
  /** What the owner is called. */
  readonly owner: string;
  readonly now: string;
  /** Since when the owner has the values of a dimension, as ` since 2026-03-01`; empty where that is not known. */
  readonly since: (dimension: string) => string;
}

/** Without a full stop: part of a sentence about a rule. */
export function describeObstacle(obstacle: Obstacle, { owner, now, since }: ObstacleWords): string {
  switch (obstacle.kind) {
    case 'no-context':
      return obstacle.others === 0
        ? `${owner} has no context`
        : `no context of ${owner} holds now (${obstacle.others} at other times)`;
    case 'criterion': {
      const below = obstacle.includesDescendants ? ' or below' : '';
      const has = obstacle.has.length === 0 ? 'none' : obstacle.has.join(', ');
      return `it needs ${obstacle.dimension} ${obstacle.wants}${below}; ${owner} has ${has}${since(obstacle.dimension)}`;
    }
    case 'period':
      return describePeriod(obstacle, now);
    case 'role':
      return `it needs the ${obstacle.roleKind} role "${obstacle.role}", which ${owner} does not hold now`;
    case 'offset': {
      const { startDate, endDate, reference } = obstacle;
      const when =
        startDate === undefined && endDate === undefined
          ? ''
          : `: ${describePeriod({ startDate: startDate ?? null, endDate: endDate ?? null }, now)}`;
      return `its time offset (${reference}) leaves now out${when}`;
    }
    case 'denied':
      return `${obstacle.element} at ${placeOf(obstacle)} denies it`;
    case 'proposal':
      return `its type is ${obstacle.type}: it proposes, and gives nothing by itself`;
    case 'no-resource-type':
      return `${owner} is not given ${obstacle.resourceType} itself`;
    case 'new-accounts-only':
      return 'IsMapped="false" writes new resources only, and this one is there';
    case 'outranked':
      return `${obstacle.element} at ${placeOf(obstacle)} goes before it`;
    case 'no-match':
      return obstacle.key === null
        ? 'it has nothing to look for: its source gives no value'
        : `it looks for ${obstacle.entityType} "${obstacle.key}", which no resource answers to`;
    case 'other-value':
      return obstacle.given === null ? 'it finds another resource' : `it gives ${obstacle.given}`;
    case 'failed':
      return `its expression fails: ${obstacle.message}`;
  }
}

function describePeriod(
  { startDate, endDate }: { readonly startDate: string | null; readonly endDate: string | null },
  now: string,
): string {
  if (startDate !== null && startDate > now) return `it applies from ${showInstant(startDate)} on`;
  if (endDate !== null && endDate <= now) return `it applied until ${showInstant(endDate)}`;
  return 'it applies at another time';
}

function placeOf({ rule }: { readonly rule: RuleVerdict['rule'] }): string {
  return `${rule.file}:${rule.line}`;
}
