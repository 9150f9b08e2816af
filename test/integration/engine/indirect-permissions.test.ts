import { expect, it, vi } from 'vitest';
import {
  decideFound,
  explainResource,
  findReport,
  listGapPage,
  listRolePage,
  type ReportRequest,
  requestRoles,
  runReport,
} from '../../../engine/index.ts';
import type { Company } from '../../../engine/job/company.fixture.ts';
import {
  evaluate,
  heldIndirectly,
  load,
  type NestedWorld,
  nestedConfiguration,
  ordersOf,
} from '../../../engine/job/indirect.fixture.ts';
import { savePreExistingAccessRights } from '../../../engine/job/tasks/save-pre-existing.ts';
import { describeOnEveryStore } from './deciding/company.ts';

vi.setConfig({ testTimeout: 60_000 });

/* aroy -> staff -> readers -> staff, a circle; readers is "desk" in the shop, a member of tills */
const world: NestedWorld = {
  users: { aroy: ['staff'] },
  spaces: { staff: ['readers'], readers: ['staff', 'everybody'], everybody: [] },
  members: { readers: 'desk' },
  teams: { desk: ['tills'] },
  above: { tills: [] },
  people: ['1'],
};
const held = [
  '1 Shop_Member_Person.Teams tills through aroy',
  '1 Wiki_User_Person.Spaces everybody through aroy',
  '1 Wiki_User_Person.Spaces readers through aroy',
  '1 composite role Trader',
  '1 single role Cashier',
  '1 single role Reader',
];

const page = { after: 0, limit: 100 };
const indirectRoles = ({ store, model }: Company) =>
  listRolePage(store, model, new Map(), { isIndirect: true }, page);

async function ownerOf({ store }: Company) {
  const id = await store.read(async ({ tx }) => {
    const named = await tx('entity_tables').where({ entity_type: 'HR_Person' }).first();
    return Number((await tx(named.table_name).where({ mapping_key: '1' }).first()).id);
  });
  return { entityType: 'HR_Person', id };
}

async function report(company: Company, name: string, request: ReportRequest = {}) {
  const lines: string[] = [];
  await runReport(company.workspace, findReport(company.model, name), request, async (rows) => {
    lines.push(...rows.map((row) => row.join('|')));
  });
  return lines;
}

describeOnEveryStore((open) => {
  const started = async (): Promise<Company> => {
    const company = await open({}, () => nestedConfiguration());
    await load(company, world);
    await evaluate(company);
    return company;
  };

  it('what is held indirectly follows the data, without an order', async () => {
    await using company = await started();

    expect(await heldIndirectly(company)).toEqual(held);
    expect((await ordersOf(company)).join('\n')).not.toMatch(/tills|everybody|Shop_Member/u);
    await load(company, { ...world, spaces: { staff: [], readers: [], everybody: [] } });
    await evaluate(company, true);
    expect(await heldIndirectly(company)).toEqual([]);
    await load(company, world);
    await evaluate(company, true);
    expect(await heldIndirectly(company)).toEqual(held);
  });

  it('roles held indirectly are told apart, and decided about by nobody', async () => {
    await using company = await started();
    const { store, model, workspace } = company;
    const { roles } = await indirectRoles(company);
    const about = { person: 'eva', comment: 'no', at: '2025-06-15T12:30:00.000Z', isDryRun: false };
    const decide = (ids: readonly number[], decision: 'keep' | 'delete') =>
      decideFound(store, model, { ...about, ids, decision, filter: { kinds: ['role'] } });

    expect(roles.map((one) => [one.kind, one.role, one.workflowState])).toEqual([
      ['composite', 'Trader', 1],
      ['single', 'Cashier', 1],
      ['single', 'Reader', 1],
    ]);
    for (const decision of ['keep', 'delete'] as const)
      await expect(decide([roles[0]?.id ?? 0], decision)).rejects.toMatchObject({
        code: 'DECISION_NOT_OPEN',
      });
    const request = { filter: {}, page: { after: null, limit: 100 }, now: '20250615123000' };
    const gaps = (await listGapPage(store, model, request)).gaps;
    expect(gaps.filter((gap) => gap.isIndirect)).toEqual([]);
    await savePreExistingAccessRights(workspace, { force: true });
    expect((await indirectRoles(company)).roles.map((one) => one.workflowState)).toEqual([1, 1, 1]);
  });

  it('a role held indirectly can be asked for, and is direct then', async () => {
    await using company = await started();
    const { id } = await ownerOf(company);

    await requestRoles(company.workspace, {
      ...{ action: 'assign', kind: 'single', role: 'Reader', ownerIds: [id], parameters: {} },
      ...{ asked: { start: null, end: null }, person: 'eva', comment: 'why', isDryRun: false },
    });
    await evaluate(company, true);

    expect(await heldIndirectly(company)).toEqual(held.filter((one) => !one.endsWith('Reader')));
    expect((await ordersOf(company)).join('\n')).toContain('readers');
  });

  it('an explanation tells the way, and reports tell what is held and by whom', async () => {
    await using company = await started();
    const owner = await ownerOf(company);

    const { indirect, roles } = await explainResource(company.workspace, owner, {
      role: 'Cashier',
    });

    expect(roles).toMatchObject([{ role: 'Cashier', isIndirect: true, rules: [] }]);
    expect(indirect).toMatchObject([
      {
        ...{ value: 'tills', account: 'aroy', roles: ['Cashier', 'Trader'] },
        path: [
          { property: 'Spaces', entityType: 'Wiki_Space', key: 'staff' },
          { property: 'In', entityType: 'Wiki_Space', key: 'readers' },
          { property: 'Member', entityType: 'Shop_Member', key: 'desk' },
          { property: 'Teams', entityType: 'Shop_Team', key: 'tills' },
        ],
      },
    ]);
    const composite = await explainResource(company.workspace, owner, { role: 'Trader' });
    expect(composite.indirect.map((one) => one.value)).toEqual(['tills', 'readers']);
    const since = indirect[0]?.since;
    expect(
      await report(company, 'indirect-permissions', { resourceType: 'Shop_Member_Person' }),
    ).toEqual([`HR_Person|1|Ana|Shop_Member_Person|Teams|tills|tills|aroy|${since}`]);
    const permissions = await report(company, 'permissions', { owner });
    expect(permissions).toContain('single role|Reader|||Non-conforming, indirect||');
    expect(permissions).toContain(
      'indirect link|Wiki_User_Person|Spaces|readers|Non-conforming, indirect||',
    );
    expect((await report(company, 'gaps')).join('\n')).not.toMatch(/Reader|Cashier|Trader/u);
    expect(
      (await report(company, 'coverage')).filter((line) => line.includes('indirect')),
    ).toHaveLength(3);
  });
});
