import { describe, expect, it } from 'vitest';
import type { SystemEffect } from './summarize.ts';
import { findUnusual } from './unusual.ts';

const wiki: SystemEffect = {
  connector: 'Wiki',
  added: 0,
  modified: 0,
  deleted: 0,
  resourceTypes: [],
  properties: [],
  sharedValues: [],
};

const runs = (changeType: 'added' | 'modified' | 'deleted', ...counts: readonly number[]) =>
  counts.map((count, index) => ({ runId: index + 1, connector: 'Wiki', changeType, count }));

describe('findUnusual', () => {
  it('marks deletions where the last runs ordered none', () => {
    const found = findUnusual([{ ...wiki, deleted: 1 }], runs('modified', 4, 5, 6));

    expect(found).toMatchObject([{ kind: 'first-time', connector: 'Wiki' }]);
  });

  it('marks ten times the median, and nothing below', () => {
    const past = runs('modified', 2, 3, 90);

    expect(findUnusual([{ ...wiki, modified: 30 }], past)).toMatchObject([{ kind: 'many' }]);
    expect(findUnusual([{ ...wiki, modified: 29 }], past)).toEqual([]);
  });

  it('knows nothing unusual before there were enough runs, and of other systems', () => {
    expect(findUnusual([{ ...wiki, deleted: 50 }], runs('modified', 1, 1))).toEqual([]);
    const others = runs('modified', 1, 1, 1).map((run) => ({ ...run, connector: 'Desk' }));
    expect(findUnusual([{ ...wiki, deleted: 50 }], others)).toEqual([]);
  });

  it.each([
    ['set', 'Paris', 'Site becomes "Paris" in 12 of the 20 changes'],
    ['set', null, 'Site is emptied in 12 of the 20 changes'],
    ['remove', 'admins', '"admins" is removed from Site in 12 of the 20 changes'],
  ] as const)('marks one value for most changes: %s %s', (kind, value, told) => {
    const shared = { resourceType: 'User', property: 'Site', kind, value, count: 12 };
    const resourceTypes = [{ resourceType: 'User', added: 0, modified: 20, deleted: 0 }];
    const system = { ...wiki, modified: 20, resourceTypes, sharedValues: [shared] };

    expect(findUnusual([system], [])[0]?.message).toContain(told);
    expect(findUnusual([{ ...system, sharedValues: [{ ...shared, count: 9 }] }], [])).toEqual([]);
  });
});
