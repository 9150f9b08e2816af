/** What is held indirectly, in a store: incremental equals complete, nothing is ordered, nothing is lost. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../config/index.ts';
import { deployModel } from '../store/index.ts';
import { type Company, dumpAssignments, dumpTables } from './company.fixture.ts';
import {
  evaluate,
  heldIndirectly,
  load,
  type NestedWorld,
  nestedConfiguration,
  openNested,
  ordersOf,
} from './indirect.fixture.ts';

/*
 *  aroy -> staff -> readers -> everybody,  readers is "desk" in the shop: -> tills -> market
 *  bode -> readers
 */
const world: NestedWorld = {
  users: { aroy: ['staff'], bode: ['readers'] },
  spaces: { staff: ['readers'], readers: ['everybody'], everybody: [], finance: [] },
  members: { readers: 'desk' },
  teams: { desk: ['tills'] },
  above: { tills: ['market'], market: [] },
};
const shopOf = (number: string, login: string) => [
  `${number} Shop_Member_Person.Teams market through ${login}`,
  `${number} Shop_Member_Person.Teams tills through ${login}`,
];
const atFirst = [
  ...shopOf('1', 'aroy'),
  '1 Wiki_User_Person.Spaces everybody through aroy',
  '1 Wiki_User_Person.Spaces readers through aroy',
  '1 composite role Trader',
  '1 single role Cashier',
  '1 single role Reader',
  ...shopOf('2', 'bode'),
  '2 Wiki_User_Person.Spaces everybody through bode',
  '2 composite role Trader',
  '2 single role Cashier',
];

async function opened(): Promise<Company> {
  const company = await openNested();
  await load(company, world);
  await evaluate(company);
  return company;
}

const without = (lines: readonly string[], ...words: readonly string[]): readonly string[] =>
  lines.filter((line) => !words.some((word) => line.includes(word)));

describe('what is held indirectly', () => {
  it('is kept beside assignments, through spaces of spaces and through the shop', async () => {
    await using company = await opened();

    expect(await heldIndirectly(company)).toEqual(atFirst);
  });

  it('is written once: an evaluation of the same data changes nothing', async () => {
    await using company = await opened();
    const before = await dumpTables(company.store);
    company.clock += 60_000;

    await evaluate(company);
    await evaluate(company, true);

    const after = await dumpTables(company.store);
    for (const table of ['indirect_permissions', 'indirect_permission_versions', 'assigned_roles'])
      expect(after.get(table)).toEqual(before.get(table));
  });

  it.each([
    ['a membership between groups', { spaces: { ...world.spaces, readers: [] } }, ['everybody']],
    ['a correspondence', { members: {} }, ['Shop_', 'Cashier', 'Trader']],
    ['a membership in the other system', { teams: { desk: [] } }, ['Shop_', 'Cashier', 'Trader']],
    ['a membership between its groups', { above: { tills: [], market: [] } }, ['market']],
    ['a group', { spaces: { staff: ['readers'], readers: [], finance: [] } }, ['everybody']],
    ['an account', { users: { aroy: ['staff'] } }, ['through bode', '2 ']],
    ['a person', { people: ['1'] }, ['through bode', '2 ']],
  ])('ends with %s, far from the person, in an incremental run', async (_, change, words) => {
    await using company = await opened();

    await load(company, { ...world, ...change });
    await evaluate(company, true);

    expect(await heldIndirectly(company)).toEqual(without(atFirst, ...words));
  });

  it('leaves its history', async () => {
    await using company = await opened();
    await load(company, { ...world, spaces: { ...world.spaces, readers: [] } });
    await evaluate(company, true);

    const former = await company.store.read(({ tx }) => tx('indirect_permission_versions'));

    expect(former).toHaveLength(2);
    for (const row of former) expect(row.valid_to > row.valid_from).toBe(true);
  });

  it('becomes direct when an account is given it, and the other way round', async () => {
    await using company = await opened();
    const direct = { ...world, users: { ...world.users, aroy: ['staff', 'readers'] } };

    await load(company, direct);
    await evaluate(company, true);
    expect(await heldIndirectly(company)).toEqual(
      without(atFirst, '1 Wiki_User_Person.Spaces readers', '1 single role Reader'),
    );
    await load(company, world);
    await evaluate(company, true);
    expect(await heldIndirectly(company)).toEqual(atFirst);
  });

  it('stays as it is while it is switched off, and is made up for afterwards', async () => {
    await using company = await opened();
    const frozen = {
      ...company,
      workspace: {
        ...company.workspace,
        settings: { ...company.workspace.settings, disablesIndirectPermissions: true },
      },
    };

    await load(company, { ...world, spaces: { ...world.spaces, readers: [] } });
    await evaluate(frozen, true);
    await evaluate(frozen);
    expect(await heldIndirectly(company)).toEqual(atFirst);
    await evaluate(company, true);
    expect(await heldIndirectly(company)).toEqual(without(atFirst, 'everybody'));
  });

  it('ends with its owner, though it was frozen when the account went', async () => {
    await using company = await openNested();
    const { workspace } = company;
    const settings = { ...workspace.settings, disablesIndirectPermissions: true };
    const spaces = { staff: ['everybody'], everybody: [] };
    await load(company, { users: { aroy: ['staff'] }, spaces });
    await evaluate(company);
    await load(company, { users: {}, spaces });
    await evaluate({ ...company, workspace: { ...workspace, settings } });
    const frozen = await heldIndirectly(company);

    await load(company, { users: {}, spaces, people: ['2'] });
    await evaluate(company);

    expect(frozen).toEqual(['1 Wiki_User_Person.Spaces everybody through aroy']);
    expect(await heldIndirectly(company)).toEqual([]);
  });

  it('ends when no rule looks for it any more', async () => {
    await using company = await opened();
    const loaded = loadConfiguration([{ path: 'c.xml', text: nestedConfiguration(false) }]);
    if (loaded.status === 'invalid') throw new Error('The configuration is not valid.');
    await company.store.transaction((t) => deployModel(t, loaded.model, false));
    const { workspace } = company;

    await evaluate({ ...company, workspace: { ...workspace, model: loaded.model } }, true);

    expect(await heldIndirectly(company)).toEqual([]);
  });

  it('is never ordered, and nothing of it is taken back', async () => {
    await using company = await opened();

    const orders = await ordersOf(company);

    // Only what the policy says of the accounts themselves.
    expect(orders.join('\n')).not.toMatch(/everybody|market|tills|Shop_Member/u);
  });

  it('leaves assignments as they are without the rule', async () => {
    await using company = await opened();
    await using plain = await openNested({ configuration: nestedConfiguration(false) });
    await load(plain, world);
    await evaluate(plain);

    const indirect = /"(Reader|Cashier|Trader)"\],\[1,/u;
    const own = (await dumpAssignments(company)).filter((line) => !indirect.test(line));
    const others = (await dumpAssignments(plain)).filter((line) => !indirect.test(line));
    expect(own).toEqual(others);
  });
});

const spaceNames = ['staff', 'readers', 'everybody', 'finance'];
const teamNames = ['tills', 'market', 'stock'];
const memberNames = ['1', 'desk', 'hall'];
const some = (all: readonly string[]) => fc.uniqueArray(fc.constantFrom(...all), { maxLength: 2 });
const places = (all: readonly string[], lead: readonly string[]) =>
  fc.dictionary(fc.constantFrom(...all), some(lead), { maxKeys: all.length });
const worlds = fc.record({
  users: places(['aroy', 'bode'], spaceNames),
  spaces: places(spaceNames, spaceNames),
  members: fc.dictionary(
    fc.constantFrom('aroy', 'bode', ...spaceNames),
    fc.constantFrom(...memberNames),
    { maxKeys: 3 },
  ),
  teams: places(memberNames, teamNames),
  above: places(teamNames, teamNames),
  people: fc.subarray(['1', '2'], { minLength: 1 }),
});
/** Each step changes one part of the world, as synchronizations of one connector do. */
const steps = fc.array(
  fc.tuple(fc.constantFrom('users', 'spaces', 'members', 'teams', 'above', 'people'), worlds),
  { minLength: 1, maxLength: 6 },
);

/** Many more in the soak. */
const histories = Number(process.env['LOCKSTEP_SOAK_INDIRECT'] ?? 8);

describe('incremental evaluation of what is held indirectly', () => {
  it('ends where a complete one does, whatever memberships come and go', {
    timeout: 60_000 + histories * 3_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(worlds, steps, async (first, changes) => {
        await using incremental = await openNested();
        await using complete = await openNested();
        let now: NestedWorld = first;
        for (const [part, next] of [['users', first] as const, ...changes]) {
          now = { ...now, [part]: next[part as keyof NestedWorld] };
          for (const company of [incremental, complete]) await load(company, now);
          await evaluate(incremental, true);
          await evaluate(complete);
          expect(await heldIndirectly(incremental)).toEqual(await heldIndirectly(complete));
          expect(await dumpAssignments(incremental)).toEqual(await dumpAssignments(complete));
        }
      }),
      { numRuns: histories },
    );
  });
});
