/**
 * Every limit, at its value and one beyond: absolute and percent, of the connector and of the mapping, for each kind of
 * change, over stores that hold 0, 1, 9 and 10. The change set is prepared once and counted against every limit; then it is
 * really held, and really applied.
 */
import { describe, expect, it } from 'vitest';
import type { Workspace } from '../../../engine/index.ts';
import { synchronizeConnector } from '../../../engine/index.ts';
import { type BadgeSystem, openBadgeSystem } from './badge-system.ts';
import { describeOnEveryStore } from './project.ts';

const populations = [0, 1, 9, 10] as const;
const actions = ['insert', 'update', 'delete', 'link insert', 'link delete'] as const;
type Action = (typeof actions)[number];

/** Names of the limits in the model, as the vocabulary has them. */
const limitNames = {
  insert: ['maximumInsertedLines', 'maxPercentageInsertedLines'],
  update: ['maximumUpdatedLines', 'maxPercentageUpdatedLines'],
  delete: ['maximumDeletedLines', 'maxPercentageDeletedLines'],
  'link insert': ['maximumLinkInsertedLines', 'maxLinkPercentageInsertedLines'],
  'link delete': ['maximumLinkDeletedLines', 'maxLinkPercentageDeletedLines'],
} as const satisfies Record<Action, readonly [string, string]>;

const isLink = (action: Action) => action.startsWith('link');

/** As many holders, each with a link to the one door, and one more door that nobody may open. */
function populate(population: number) {
  const numbers = Array.from({ length: population }, (_, index) => index + 1);
  return {
    doors: ['D1,North', 'D2,South'],
    holders: numbers.map((number) => `B${number},old`),
    access: numbers.map((number) => `D1,B${number}`),
  };
}

/** What is changed, and how often: two where there are enough. */
function change(action: Action, population: number) {
  const count = Math.min(population, 2);
  const before = populate(population);
  switch (action) {
    case 'insert':
      return { count: 2, content: { ...before, holders: [...before.holders, 'N1,n', 'N2,n'] } };
    case 'update': {
      const holders = before.holders.map((line, at) =>
        at < count ? line.replace('old', 'new') : line,
      );
      return { count, content: { ...before, holders } };
    }
    case 'delete':
      return { count, content: { ...before, holders: before.holders.slice(count) } };
    case 'link insert': {
      const access = [...before.access, 'D2,B1', 'D2,B2'];
      return { count: 2, content: { ...before, access } };
    }
    case 'link delete':
      return { count, content: { ...before, access: before.access.slice(count) } };
  }
}

type Level = 'connector' | 'mapping';

/** The same project with one limit; all others are off. */
function limit(workspace: Workspace, level: Level, name: string, value: number): Workspace {
  const { model } = workspace;
  const isOfLink = name.includes('Link');
  const put = <T extends { readonly thresholds: object }>(
    all: ReadonlyMap<string, T>,
    identifier: string,
  ): ReadonlyMap<string, T> => {
    const found = all.get(identifier);
    if (found === undefined) throw new Error(`there is no ${identifier}`);
    const changed = { ...found, thresholds: { ...found.thresholds, [name]: value } };
    return new Map([...all, [identifier, changed]]);
  };
  if (level === 'connector')
    return { ...workspace, model: { ...model, connectors: put(model.connectors, 'Badge') } };
  return isOfLink
    ? {
        ...workspace,
        model: { ...model, associationMappings: put(model.associationMappings, 'Badge_Access') },
      }
    : {
        ...workspace,
        model: { ...model, entityTypeMappings: put(model.entityTypeMappings, 'Badge_Holder') },
      };
}

/** Stored resources or links at the level of the limit: the connector has two doors beside its holders. */
function countStored(action: Action, level: Level, population: number): number {
  return isLink(action) || level === 'mapping' ? population : population + 2;
}

/** The least percentage that lets so many changes pass, in whole numbers; `null`: none does. */
function leastPercent(count: number, stored: number): number | null {
  return stored === 0 ? null : Math.ceil((count * 100) / stored);
}

const synchronize = (workspace: Workspace, isDryRun: boolean) =>
  synchronizeConnector(workspace, { connector: 'Badge', force: false, resume: false, isDryRun });

describeOnEveryStore((makeProject) => {
  describe.each(populations)('with %i stored', (population) => {
    it('each kind of change passes at a limit and is held one beyond it', async () => {
      await using system = await openBadgeSystem(await makeProject());
      if (population > 0) await system.load('initial', populate(population));
      else await system.load('initial', { ...populate(0), holders: [], access: [] });
      const seen: string[] = [];
      for (const action of actions) {
        const { count, content } = change(action, population);
        if (count === 0) continue;
        await prepare(system, content);
        for (const level of ['connector', 'mapping'] as const) {
          seen.push(...(await tryLimits(system, action, level, count, population)));
        }
        if (population < 10) continue;
        await holdAndApply(system, action, count);
        await system.load('complete', populate(population));
      }
      // Both kinds of limit at both levels, passed and held; what cannot be is not: nothing to change, no share of nothing.
      const kinds = population === 0 ? 2 : 5;
      expect(seen).toHaveLength(kinds * 2 * 4 - (population === 0 ? 1 + 2 : 0));
    });
  });

  it('holds both limits of a kind at once, and each stands for itself', async () => {
    await using system = await openBadgeSystem(await makeProject());
    await system.load('initial', populate(10));
    await prepare(system, change('delete', 10).content);
    const absolute = limit(system.workspace, 'connector', 'maximumDeletedLines', 1);
    const both = limit(absolute, 'connector', 'maxPercentageDeletedLines', 5);

    const held = await synchronize(both, true);

    expect(held.message).toContain('MaximumDeletedLines of connector Badge: 2 deleted, limit 1');
    expect(held.message).toContain(
      'MaxPercentageDeletedLines of connector Badge: 2 deleted, limit 5 % of 12',
    );
    const generous = limit(both, 'connector', 'maximumDeletedLines', 100);
    expect(await synchronize(generous, true)).toMatchObject({ status: 'blocked' });
  });
});

async function prepare(system: BadgeSystem, content: ReturnType<typeof populate>): Promise<void> {
  await system.drop('BadgeDoors', content.doors);
  await system.drop('BadgeHolders', content.holders);
  await system.drop('BadgeAccess', content.access);
  const prepared = await system.prepare('complete', { force: true });
  expect(prepared.producedOutput).toBe(true);
}

/** Counts the change set that waits against limits just wide enough and just too narrow. */
async function tryLimits(
  { workspace }: BadgeSystem,
  action: Action,
  level: Level,
  count: number,
  population: number,
): Promise<readonly string[]> {
  const [lines, percent] = limitNames[action];
  const share = leastPercent(count, countStored(action, level, population));
  const cases: (readonly [string, number, 'completed' | 'blocked'])[] = [
    [lines, count, 'completed'],
    [lines, count - 1, count === 1 ? 'completed' : 'blocked'],
  ];
  if (share === null) cases.push([percent, 100, 'blocked']);
  else cases.push([percent, share, 'completed'], [percent, share - 1, 'blocked']);
  for (const [name, value, expected] of cases) {
    const outcome = await synchronize(limit(workspace, level, name, value), true);
    expect([action, level, name, value, outcome.status]).toEqual([
      action,
      level,
      name,
      value,
      expected,
    ]);
  }
  return cases.map(([name, value]) => `${action} ${level} ${name} ${value}`);
}

/** Not counted only: held it leaves the store as it was, and at its limit it goes in. */
async function holdAndApply(system: BadgeSystem, action: Action, count: number): Promise<void> {
  const { workspace } = system;
  const [lines] = limitNames[action];
  const before = await system.look();
  if (count > 1) {
    const held = await synchronize(limit(workspace, 'mapping', lines, count - 1), false);
    expect(held.status).toBe('blocked');
    expect(await system.look()).toEqual(before);
  }
  const passed = await synchronizeConnector(limit(workspace, 'mapping', lines, count), {
    connector: 'Badge',
    force: false,
    resume: true,
    isDryRun: false,
  });
  expect(passed.status).toBe('completed');
  expect(await system.look()).not.toEqual(before);
}
