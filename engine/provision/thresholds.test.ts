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
