import { expect, it, vi } from 'vitest';
import {
  explainResource,
  explainRisk,
  listRiskPage,
  readResource,
  readResourceAt,
  readResourceHistory,
  requestRoles,
  reviewAssignedRoles,
} from '../../../engine/index.ts';
import type { Company } from '../../../engine/job/company.fixture.ts';
import {
  evaluate,
  load,
  type NestedWorld,
  nestedConfiguration,
} from '../../../engine/job/indirect.fixture.ts';
import { describeOnEveryStore } from './deciding/company.ts';

vi.setConfig({ testTimeout: 60_000 });

/*
 *  aroy -> staff -> readers -> everybody,  readers is "desk" in the shop, a member of tills
 *  bode -> nothing;  the role Lead gives staff
 *
 * Whoever is in "everybody" should not be at the tills.
 */
const world: NestedWorld = {
  users: { aroy: ['staff'], bode: [] },
  spaces: { staff: ['readers'], readers: ['everybody'], everybody: [] },
  members: { readers: 'desk' },
  teams: { desk: ['tills'] },
  above: { tills: [] },
};
const apart = { ...world, spaces: { staff: ['readers'], readers: [], everybody: [] } };

const configured = (exemption: string) => (): string =>
  nestedConfiguration()
    .replace(
      '<NavigationRule Property="Spaces" Resource="finance"',
      '<NavigationRule Property="Spaces" Resource="staff" SingleRole="Lead" /> $&',
    )
    .replace(
      '</ConfigurationFile>',
      `<SingleRole Identifier="Lead" DisplayName_L1="Lead" Policy="Default" EntityType="HR_Person" ApprovalWorkflowType="One" />
      <Risk Identifier="Apart" DisplayName_L1="Apart" Policy="Default" EntityType="HR_Person" ExemptionPolicy="${exemption}" Level="40"><Rule>
        <Item ResourceType="Wiki_User_Person" Property="Spaces" Resource="everybody" />
        <Item ResourceType="Shop_Member_Person" Property="Teams" Resource="tills" />
      </Rule></Risk>$&`,
    );

const page = { after: 0, limit: 100 };
const risksOf = async ({ store, model }: Company): Promise<readonly string[]> =>
  (await listRiskPage(store, model, {}, page)).risks.map((one) => `${one.owner.key} ${one.risk}`);

async function idOf({ store }: Company, entityType: string, key: string): Promise<number> {
  return store.read(async ({ tx }) => {
    const named = await tx('entity_tables').where({ entity_type: entityType }).first();
    return Number((await tx(named.table_name).where({ mapping_key: key }).first()).id);
  });
}

describeOnEveryStore((open) => {
  const started = async (exemption = 'Warning'): Promise<Company> => {
    const company = await open({}, configured(exemption));
    await load(company, world);
    company.clock += 60_000;
    await evaluate(company);
    return company;
  };

  it('risks come and go with memberships far away, and tell what they come through', async () => {
    await using company = await started();
    const { store, model, workspace } = company;
    expect(await risksOf(company)).toEqual(['1 Apart']);
    const [found] = (await listRiskPage(store, model, {}, page)).risks;
    const shown = await explainRisk(store, model, found?.id ?? 0);
    const through = { through: 'Wiki_User_Person', isPresent: true };
    expect(shown?.rules[0]?.items).toMatchObject([
      { resource: 'everybody', target: { key: 'aroy' }, ...through },
      { resource: 'tills', target: { key: 'aroy' }, ...through },
    ]);
    const owner = { entityType: 'HR_Person', id: await idOf(company, 'HR_Person', '1') };
    const told = await explainResource(workspace, owner, { role: 'Cashier' });
    expect(told.risks).toMatchObject([
      {
        risk: 'Apart',
        items: [
          { resource: 'everybody', account: 'aroy', roles: [], ...through },
          { resource: 'tills', account: 'aroy', roles: ['Cashier', 'Trader'], ...through },
        ],
      },
    ]);

    await evaluate(company, true);
    expect(await store.read(({ tx }) => tx('identified_risk_versions'))).toEqual([]);
    await load(company, apart);
    await evaluate(company, true);
    expect(await risksOf(company)).toEqual([]);
    await load(company, world);
    await evaluate(company, true);
    expect(await risksOf(company)).toEqual(['1 Apart']);
  });

  it('risks stay with what is frozen, though something else of them is looked at', async () => {
    await using company = await started();
    const { workspace } = company;
    const settings = { ...workspace.settings, disablesIndirectPermissions: true };
    const frozen = { ...company, workspace: { ...workspace, settings } };

    await load(company, apart);
    for (const dirty of [true, false]) {
      await evaluate(frozen, dirty);
      expect(await risksOf(company)).toEqual(['1 Apart']);
    }
    await evaluate(company, true);
    expect(await risksOf(company)).toEqual([]);
  });

  const ask = async ({ workspace }: Company, ownerId: number, isFrozen = false) => {
    const settings = { ...workspace.settings, disablesIndirectPermissions: isFrozen };
    const [made] = await requestRoles(
      { ...workspace, settings },
      {
        ...{ action: 'assign', kind: 'single', role: 'Lead', ownerIds: [ownerId], parameters: {} },
        ...{ asked: { start: null, end: null }, person: 'eva', comment: 'why', isDryRun: false },
      },
    );
    return made;
  };

  it('a request is a risk when the group it gives leads to others', async () => {
    await using company = await started('ApprovalRequired');
    const made = await ask(company, await idOf(company, 'HR_Person', '2'));
    expect(made).toMatchObject({
      workflowState: 8,
      risks: [{ risk: 'Apart', effect: 'approval' }],
    });

    const [reviewed] = await reviewAssignedRoles(company.workspace, {
      ...{ decision: 'approve', ids: [made?.id ?? 0], filter: {} },
      ...{ person: 'kim', comment: null, isDryRun: false },
    });
    expect(reviewed?.workflowState).toBe(25);
  });

  it('a request is refused for a risk it brings indirectly, and not for one that is there', async () => {
    await using company = await started('Blocking');
    const bode = await idOf(company, 'HR_Person', '2');

    expect(await ask(company, bode)).toMatchObject({ workflowState: 26 });
    expect(await ask(company, bode, true)).toMatchObject({ workflowState: 8, risks: [] });
    const aroy = await idOf(company, 'HR_Person', '1');
    expect(await ask(company, aroy)).toMatchObject({ workflowState: 8, risks: [] });
  });

  it('the history of a person and of the account tells what was held indirectly', async () => {
    await using company = await started();
    const { store, model, workspace } = company;
    const before = new Date(company.clock).toISOString();
    const person = { entityType: 'HR_Person', id: await idOf(company, 'HR_Person', '1') };
    const account = { entityType: 'Wiki_User', id: await idOf(company, 'Wiki_User', 'aroy') };
    await load(company, apart);
    company.clock += 60_000;
    await evaluate(company, true);
    const after = new Date(company.clock).toISOString();

    const changesOf = async (reference: typeof person) => {
      const told = await readResourceHistory(store, model, reference, { limit: 50, before: null });
      return told.events.flatMap(({ at, run, assignments }) =>
        assignments
          .filter(({ kind }) => kind === 'indirect-link')
          .map((one) => [
            ...[at === after ? 'after' : 'before', run?.kind, one.as, one.change],
            ...[one.name, one.property, ...one.fields.map(({ to }) => to)],
          ]),
      );
    };
    const given = (as: string, name: string, property: string, value: string) => [
      ...['before', 'evaluate', as, 'given', name, property, value, 'Wiki_User:aroy'],
    ];
    const all = (as: string) => [
      ['after', 'evaluate', as, 'ended', 'Wiki_User_Person', 'Spaces'],
      given(as, 'Shop_Member_Person', 'Teams', 'tills'),
      given(as, 'Wiki_User_Person', 'Spaces', 'everybody'),
      given(as, 'Wiki_User_Person', 'Spaces', 'readers'),
    ];
    const sorted = (rows: readonly (readonly unknown[])[]) =>
      rows.map((row) => row.join(' ')).sort();
    expect(sorted(await changesOf(person))).toEqual(sorted(all('owner')));
    expect(sorted(await changesOf(account))).toEqual(sorted(all('target')));

    const heldAt = async (reference: string, at: string) =>
      (await readResourceAt(store, model, reference, at)).indirect.map(
        ({ resourceType, value, account: through }) =>
          `${resourceType} ${value.key} through ${through.key}`,
      );
    const rest = ['Shop_Member_Person tills through aroy', 'Wiki_User_Person readers through aroy'];
    for (const reference of ['HR_Person:1', 'Wiki_User:aroy']) {
      expect(await heldAt(reference, before)).toEqual([
        rest[0],
        'Wiki_User_Person everybody through aroy',
        rest[1],
      ]);
      expect(await heldAt(reference, after)).toEqual(rest);
    }
    expect((await readResource(store, model, person)).indirect).toHaveLength(2);
    expect((await readResourceAt(store, model, 'HR_Person:1', before)).roles).toContainEqual(
      expect.objectContaining({ role: 'Cashier', state: 'Non-conforming, indirect' }),
    );
    const explained = await explainResource(workspace, person, { property: 'Spaces' });
    expect(
      explained.history.filter(({ kind }) => kind === 'indirect-link').map((one) => one.change),
    ).toEqual(['ended', 'given', 'given']);
  });
});
