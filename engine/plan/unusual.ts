/** What is unusual about a plan, compared with what the same systems were ordered before. */
import type { PastOrders } from '../store/index.ts';
import type { SystemEffect } from './summarize.ts';

export interface Unusual {
  readonly kind: 'first-time' | 'many' | 'one-value' | 'threshold' | 'invariant';
  /** Empty: of all systems. */
  readonly connector: string;
  /** One sentence. */
  readonly message: string;
}

/** Runs that are looked back at. */
export const lookBack = 30;
/** Fewer runs than these say nothing about what is usual. */
const enoughRuns = 3;
const manyTimes = 10;
/** So few orders are never a mass change. */
const fewOrders = 10;
const massShare = 0.5;

const words = { added: 'creations', modified: 'changes', deleted: 'deletions' } as const;

export function findUnusual(
  systems: readonly SystemEffect[],
  past: readonly PastOrders[],
): readonly Unusual[] {
  return systems.flatMap((system) => [
    ...compareCounts(
      system,
      past.filter(({ connector }) => connector === system.connector),
    ),
    ...findMassChanges(system),
  ]);
}

function compareCounts(system: SystemEffect, past: readonly PastOrders[]): readonly Unusual[] {
  const { connector } = system;
  const runs = new Set(past.map(({ runId }) => runId)).size;
  if (runs < enoughRuns) return [];
  const found: Unusual[] = [];
  for (const kind of ['deleted', 'modified', 'added'] as const) {
    const count = system[kind];
    if (count === 0) continue;
    const counts = past.filter(({ changeType }) => changeType === kind).map((run) => run.count);
    const usual = median(counts);
    if (usual === null)
      found.push({
        kind: 'first-time',
        connector,
        message: `${count} ${words[kind]}, and the last ${runs} runs ordered none.`,
      });
    else if (count >= fewOrders && count >= manyTimes * usual)
      found.push({
        kind: 'many',
        connector,
        message: `${count} ${words[kind]}, and ${usual} are usual (median of the runs that had any).`,
      });
  }
  return found;
}

function findMassChanges({
  connector,
  resourceTypes,
  sharedValues,
}: SystemEffect): readonly Unusual[] {
  return sharedValues.flatMap(({ resourceType, property, kind, value, count }): Unusual[] => {
    const of = resourceTypes.find((type) => type.resourceType === resourceType)?.modified ?? 0;
    if (count < fewOrders || count < of * massShare) return [];
    const what = {
      set: value === null ? `${property} is emptied` : `${property} becomes "${value}"`,
      link: value === null ? `${property} is emptied` : `${property} becomes "${value}"`,
      add: `"${value}" is added to ${property}`,
      remove: `"${value}" is removed from ${property}`,
    }[kind];
    return [
      {
        kind: 'one-value',
        connector,
        message: `${what} in ${count} of the ${of} changes of ${resourceType}.`,
      },
    ];
  });
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}
