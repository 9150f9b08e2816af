/** Limits on how many resources one generation of orders may touch, per resource type and kind of change. */
import type { ResourceType } from '../../config/index.ts';
import type { ChangeType } from '../../connectors/index.ts';

/** What one generation would do to one resource type. */
export interface PlannedChanges {
  readonly resourceType: Pick<ResourceType, 'identifier' | 'thresholds'>;
  /** Resources, not properties: ten changed values of one account count once. */
  readonly added: number;
  readonly modified: number;
  readonly deleted: number;
  /** Assigned resource types of this type that have a target now: what percentages are taken of. */
  readonly population: number;
}

export interface ThresholdBreach {
  readonly resourceType: string;
  readonly changeType: ChangeType;
  readonly measure: 'count' | 'percent';
  readonly count: number;
  /** The limit as configured, in resources or percent. */
  readonly limit: number;
  readonly population: number;
}

export type ThresholdOutcome =
  | { readonly status: 'within' }
  | { readonly status: 'exceeded'; readonly breaches: readonly ThresholdBreach[] };

/**
 * Compares every planned change with its limits and reports all that are broken, in the order given. A limit of 0 is
 * off; exactly at the limit is within. With nothing to take a percentage of, only the absolute limit applies: otherwise
 * the first load of every system would be stopped.
 */
export function checkThresholds(planned: readonly PlannedChanges[]): ThresholdOutcome {
  const breaches = planned.flatMap((changes) => {
    const { thresholds } = changes.resourceType;
    return [
      ...breachesOf(changes, 'added', thresholds.maximumInsert, thresholds.maximumInsertPercent),
      ...breachesOf(changes, 'modified', thresholds.maximumUpdate, thresholds.maximumUpdatePercent),
      ...breachesOf(changes, 'deleted', thresholds.maximumDelete, thresholds.maximumDeletePercent),
    ];
  });
  return breaches.length === 0 ? { status: 'within' } : { status: 'exceeded', breaches };
}

/**
 * How far a population has to be counted to know whether these changes pass a percentage: one that is larger decides the
 * same, and counting all of it would cost more the more there is.
 */
export function populationToCount(changes: Omit<PlannedChanges, 'population'>): number {
  const { maximumInsertPercent, maximumUpdatePercent, maximumDeletePercent } =
    changes.resourceType.thresholds;
  const needed = (count: number, percent: number): number =>
    percent > 0 ? Math.floor((count * 100) / percent) + 1 : 1;
  return Math.max(
    needed(changes.added, maximumInsertPercent),
    needed(changes.modified, maximumUpdatePercent),
    needed(changes.deleted, maximumDeletePercent),
  );
}

function breachesOf(
  changes: PlannedChanges,
  changeType: ChangeType,
  maximum: number,
  maximumPercent: number,
): readonly ThresholdBreach[] {
  const { population, resourceType } = changes;
  const count = changes[changeType];
  const about = { resourceType: resourceType.identifier, changeType, count, population };
  const breaches: ThresholdBreach[] = [];
  if (maximum > 0 && count > maximum) breaches.push({ ...about, measure: 'count', limit: maximum });
  // Whole numbers on both sides: no rounding decides.
  if (maximumPercent > 0 && population > 0 && count * 100 > maximumPercent * population) {
    breaches.push({ ...about, measure: 'percent', limit: maximumPercent });
  }
  return breaches;
}

/** `Wiki_Account: 12 to add, limit 10`. */
export function describeThreshold(breach: ThresholdBreach): string {
  const words = { added: 'to add', modified: 'to change', deleted: 'to remove' } as const;
  const limit =
    breach.measure === 'percent' ? `${breach.limit} % of ${breach.population}` : `${breach.limit}`;
  return `${breach.resourceType}: ${breach.count} ${words[breach.changeType]}, limit ${limit}`;
}
