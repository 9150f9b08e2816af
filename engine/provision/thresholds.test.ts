import { describe, expect, it } from 'vitest';
import { checkThresholds, type PlannedChanges } from './thresholds.ts';

const off = {
  maximumInsert: 0,
  maximumUpdate: 0,
  maximumDelete: 0,
  maximumInsertPercent: 0,
  maximumUpdatePercent: 0,
  maximumDeletePercent: 0,
};

function planned(
  thresholds: Partial<typeof off>,
  counts: Partial<Omit<PlannedChanges, 'resourceType'>>,
): PlannedChanges {
  return {
    resourceType: { identifier: 'Account', thresholds: { ...off, ...thresholds } },
    added: 0,
    modified: 0,
    deleted: 0,
    population: 100,
    ...counts,
  };
}

const statusOf = (...all: Parameters<typeof planned>): string =>
  checkThresholds([planned(...all)]).status;

const kinds = [
  ['added', 'maximumInsert', 'maximumInsertPercent'],
  ['modified', 'maximumUpdate', 'maximumUpdatePercent'],
  ['deleted', 'maximumDelete', 'maximumDeletePercent'],
] as const;

/** Every kind of change, counted and in percent, at its limit and one beyond, for populations of each size. */
const matrix = kinds.flatMap(([changeType, maximum, percent]) =>
  [0, 1, 9, 10].flatMap((population) => [
    ...[3, 4].map((count) => ({
      changeType,
      population,
      count,
      limits: { [maximum]: 3 },
      isWithin: count <= 3,
    })),
    // 30 %: of 9 these are 2.7, of 10 exactly 3. With nobody there is nothing to take a percentage of.
    ...[Math.floor(population * 0.3), Math.floor(population * 0.3) + 1].map((count) => ({
      changeType,
      population,
      count,
      limits: { [percent]: 30 },
      isWithin: population === 0 || count * 10 <= population * 3,
    })),
    // Both hold at the same time: the first one reached stops.
    {
      changeType,
      population,
      count: 4,
      limits: { [maximum]: 3, [percent]: 0 },
      isWithin: false,
    },
  ]),
);

describe('the limits of one generation', () => {
  it.each(matrix)(
    '$limits: $count $changeType of $population, within: $isWithin',
    ({ changeType, population, count, limits, isWithin }) => {
      expect(statusOf(limits, { [changeType]: count, population })).toBe(
        isWithin ? 'within' : 'exceeded',
      );
      // The other kinds are counted by themselves.
      const others = { added: 2, modified: 2, deleted: 2, population: 100 };
      expect(statusOf(limits, others)).toBe('within');
    },
  );

  it('of a swap are broken by both of its kinds, each told', () => {
    const outcome = checkThresholds([
      planned({ maximumInsert: 1, maximumDelete: 1 }, { added: 2, deleted: 2 }),
      planned({ maximumUpdate: 1 }, { modified: 1 }),
    ]);

    expect(outcome).toMatchObject({
      status: 'exceeded',
      breaches: [
        { changeType: 'added', measure: 'count', count: 2, limit: 1 },
        { changeType: 'deleted', measure: 'count', count: 2, limit: 1 },
      ],
    });
  });
});

describe('provisioning thresholds', () => {
  it.each([
    ['maximumInsert', 'added'],
    ['maximumUpdate', 'modified'],
    ['maximumDelete', 'deleted'],
  ] as const)('%s stops only beyond the limit', (limit, count) => {
    expect(statusOf({ [limit]: 5 }, { [count]: 5 })).toBe('within');
    expect(statusOf({ [limit]: 5 }, { [count]: 6 })).toBe('exceeded');
  });

  it.each([
    ['maximumInsertPercent', 'added'],
    ['maximumUpdatePercent', 'modified'],
    ['maximumDeletePercent', 'deleted'],
  ] as const)('%s is a share of what exists', (limit, count) => {
    expect(statusOf({ [limit]: 30 }, { [count]: 30 })).toBe('within');
    expect(statusOf({ [limit]: 30 }, { [count]: 31 })).toBe('exceeded');
    expect(statusOf({ [limit]: 30 }, { [count]: 3, population: 10 })).toBe('within');
    expect(statusOf({ [limit]: 30 }, { [count]: 3, population: 9 })).toBe('exceeded');
    expect(statusOf({ [limit]: 30 }, { [count]: 1, population: 1 })).toBe('exceeded');
    expect(statusOf({ [limit]: 30 }, { [count]: 0, population: 1 })).toBe('within');
  });

  it('are off at 0', () => {
    expect(statusOf({}, { added: 1000, modified: 1000, deleted: 1000 })).toBe('within');
  });

  it('let the first load through the percentage, not through the count', () => {
    expect(statusOf({ maximumInsertPercent: 30 }, { added: 1000, population: 0 })).toBe('within');
    expect(
      statusOf({ maximumInsertPercent: 30, maximumInsert: 10 }, { added: 11, population: 0 }),
    ).toBe('exceeded');
  });

  it('report every limit that is broken, with the counts', () => {
    const outcome = checkThresholds([
      planned({ maximumInsert: 5 }, { added: 5 }),
      planned({ maximumDelete: 5, maximumDeletePercent: 10 }, { added: 9, deleted: 20 }),
    ]);
    const about = { resourceType: 'Account', changeType: 'deleted', count: 20, population: 100 };

    expect(outcome).toEqual({
      status: 'exceeded',
      breaches: [
        { ...about, measure: 'count', limit: 5 },
        { ...about, measure: 'percent', limit: 10 },
      ],
    });
  });

  it('are within when nothing is planned', () => {
    expect(checkThresholds([])).toEqual({ status: 'within' });
  });
});
