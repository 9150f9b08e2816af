import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Company,
  type CompanyData,
  configuration,
  loadData,
  openCompany,
} from './company.fixture.ts';
import { requestRoles, reviewAssignedRoles } from './role-requests.ts';
import { computeCorrelationKeys } from './tasks/compute-correlation-keys.ts';
import { computeRiskScores } from './tasks/compute-risk-scores.ts';
import { evaluatePolicy } from './tasks/evaluate-policy.ts';
import { explainResource } from './views/explain.ts';
import { explainRisk, listRiskPage } from './views/risks.ts';

/*
 * Finance may not be with Audit in the wiki. Roles give both; Finance comes from a rule for the department, Audit is asked
 * for. A second risk of its own: the space "root".
 */
const rules = `<TypeRule />
    <ScalarRule Property="Login" Binding="Login" />
    <ScalarRule Property="Mail" Expression="C#:person:return person.Number + &quot;@example.test&quot;;" />
    <NavigationRule Property="Spaces" Resource="finance" SingleRole="Finance" />
    <NavigationRule Property="Spaces" Resource="audit" SingleRole="Auditor" />
    <NavigationRule Property="Spaces" Resource="root" SingleRole="Root" />`;
const item = (space: string): string =>
  `<Item ResourceType="Wiki_User_Person" Property="Spaces" Resource="${space}" />`;
const risk = (identifier: string, attributes: string, ...spaces: readonly string[]): string =>
  `<Risk Identifier="${identifier}" DisplayName_L1="${identifier}" Policy="Default" EntityType="HR_Person" ${attributes}><Rule>${spaces.map(item).join('')}</Rule></Risk>`;
const roles = `
  <SingleRole Identifier="Auditor" DisplayName_L1="Auditor" Policy="Default" EntityType="HR_Person" ApprovalWorkflowType="One" />
  <SingleRole Identifier="Root" DisplayName_L1="Root" Policy="Default" EntityType="HR_Person" />`;
const root = risk('RootAccess', 'RiskType="HighPrivilege" Level="90"', 'root');

type RiskFactor = 'Average' | 'Max' | null;

function configured(exemption: string, more = root, factor: RiskFactor = 'Average'): string {
  const counted = factor === null ? '' : `RiskFactorType="${factor}"`;
  const apart = risk('Apart', `ExemptionPolicy="${exemption}" Level="40"`, 'finance', 'audit');
  return configuration({ rules, elements: `${roles}${apart}${more}` }).replace(
    'Policy="Default" SourceEntityType="HR_Person" Res',
    `Policy="Default" ${counted} SourceEntityType="HR_Person" Res`,
  );
}

const data: CompanyData = {
  entities: {
    HR_Department: [{ Code: 'FIN', Name: 'Finance' }],
    HR_Person: [
      { Number: '1', FirstName: 'Ana', LastName: 'Royce' },
      { Number: '2', FirstName: 'Ben', LastName: 'Sand' },
    ],
    Wiki_User: [{ Login: 'bsand', Mail: '2@example.test' }],
    Wiki_Space: [{ Name: 'finance' }, { Name: 'audit' }, { Name: 'root' }],
  },
  links: { HR_Person_Department: [['1', 'FIN']], Wiki_User_Space: [] },
};

async function evaluate(company: Company, dirty = false): Promise<void> {
  await computeCorrelationKeys(company.workspace, { dirty });
  await evaluatePolicy(company.workspace, {
    entityTypes: [],
    dirty,
    blockProvisioning: false,
    blockAllResourceTypeProvisioning: false,
  });
}

async function idOf({ store }: Company, number: string): Promise<number> {
  return store.read(async ({ tx }) => {
    const named = await tx('entity_tables').where({ entity_type: 'HR_Person' }).first();
    return Number((await tx(named.table_name).where({ mapping_key: number }).first()).id);
  });
}

const page = { after: 0, limit: 100 };
const listed = async ({ store, model }: Company, filter = {}) =>
  (await listRiskPage(store, model, filter, page)).risks.map(
    (one) => `${one.owner.key} ${one.risk} ${one.score}`,
  );
const versions = ({ store }: Company) =>
  store.read(async ({ tx }) => tx('identified_risk_versions').orderBy('id'));

async function request(
  company: Company,
  role: string,
  numbers: readonly string[],
  options: { readonly overridesRisks?: true; readonly isDryRun?: true } = {},
) {
  const ownerIds = await Promise.all(numbers.map((number) => idOf(company, number)));
  return requestRoles(company.workspace, {
    ...{ action: 'assign', kind: 'single', role, ownerIds, parameters: {} },
    asked: { start: null, end: null },
    ...{ person: 'eva', comment: 'needed', isDryRun: false },
    ...options,
  });
}

const approve = (company: Company, id: number, person: string) =>
  reviewAssignedRoles(company.workspace, {
    ...{ decision: 'approve', ids: [id], filter: {}, person, comment: null, isDryRun: false },
  });

async function opened(exemption: string, factor: RiskFactor = 'Average'): Promise<Company> {
  const company = await openCompany({ configuration: configured(exemption, root, factor) });
  await loadData(company, data);
  await evaluate(company);
  return company;
}

/** In the managed system, whatever the policy says. */
async function link(company: Company, ...spaces: readonly string[]): Promise<void> {
  company.clock += 60_000;
  const pairs = spaces.map((space) => ['bsand', space] as const);
  await loadData(company, { ...data, links: { ...data.links, Wiki_User_Space: pairs } });
}

describe('risks in the store', () => {
  it.each([false, true])(
    'come and go with what accounts hold, with history (incremental: %s)',
    async (dirty) => {
      await using company = await opened('Warning');
      expect(await listed(company)).toEqual([]);

      await link(company, 'finance', 'audit');
      await evaluate(company, dirty);
      expect(await listed(company)).toEqual(['2 Apart null']);

      await evaluate(company, dirty);
      expect(await versions(company)).toEqual([]);

      await link(company, 'finance', 'audit', 'root');
      await evaluate(company, dirty);
      expect(await listed(company)).toEqual(['2 Apart null', '2 RootAccess null']);
      expect(await listed(company, { risk: 'RootAccess' })).toEqual(['2 RootAccess null']);

      await link(company, 'finance');
      await evaluate(company, dirty);
      expect(await listed(company)).toEqual([]);
      expect((await versions(company)).map((row) => row.risk)).toEqual(['Apart', 'RootAccess']);
    },
  );

  it.each([false, true])('end with their owner (incremental: %s)', async (dirty) => {
    await using company = await opened('Warning');
    await link(company, 'finance', 'audit');
    await evaluate(company);
    company.clock += 60_000;
    const people = data.entities['HR_Person'] ?? [];
    await loadData(company, { entities: { HR_Person: people.slice(0, 1) }, links: {} });
    await evaluate(company, dirty);

    expect(await listed(company)).toEqual([]);
  });

  it('say what holds each item, and in which account', async () => {
    await using company = await opened('Warning');
    await link(company, 'root');
    await evaluate(company);
    const { store, model } = company;
    const [found] = (await listRiskPage(store, model, {}, page)).risks;
    const shown = await explainRisk(store, model, found?.id ?? 0);

    expect(shown?.rules).toEqual([
      {
        rule: 1,
        items: [
          {
            ...{ resourceType: 'Wiki_User_Person', property: 'Spaces', resource: 'root' },
            target: expect.objectContaining({ key: 'bsand' }),
            ...{ isPresent: true, through: null },
          },
        ],
      },
    ]);
    expect(await explainRisk(store, model, 999_999)).toBeNull();
  });

  it('give their owner a score, which goes with them', async () => {
    await using company = await opened('Warning');
    await link(company, 'finance', 'audit', 'root');
    await evaluate(company);
    const compute = () => computeRiskScores(company.workspace, { entityTypes: [] });
    expect((await compute()).summary).toEqual({ owners: 1, changed: 1 });
    expect(await listed(company)).toEqual(['2 Apart 65', '2 RootAccess 65']);
    expect((await compute()).summary).toEqual({ owners: 1, changed: 0 });

    await link(company);
    await evaluate(company);
    expect((await compute()).summary).toEqual({ owners: 0, changed: 1 });
  });

  it('count by the highest level where the context rule says so', async () => {
    await using company = await opened('Warning', 'Max');
    await link(company, 'finance', 'audit', 'root');
    await evaluate(company);
    await computeRiskScores(company.workspace, { entityTypes: [] });

    expect(await listed(company)).toEqual(['2 Apart 90', '2 RootAccess 90']);
  });

  it.each([
    ['Average', ['root'], '1 identity has a risk score: 1 score changed.'],
    ['Average', [], 'Nobody has an identified risk, so nobody has a score.'],
    [
      null,
      ['root'],
      'No context rule says how risks are counted (RiskFactorType), so nobody has a score.',
    ],
  ] as const)(
    'are told as scores in a sentence that says why there are none (%s, %j)',
    async (factor, spaces, message) => {
      await using company = await opened('Warning', factor);
      await link(company, ...spaces);
      await evaluate(company);

      expect((await computeRiskScores(company.workspace, { entityTypes: [] })).message).toBe(
        message,
      );
    },
  );
});

describe('a request for a role', () => {
  it('that brings no risk goes its way', async () => {
    await using company = await opened('Blocking');
    const [made] = await request(company, 'Auditor', ['2']);
    expect(made).toMatchObject({ workflowState: 8, risks: [] });
  });

  it('is told of a risk that only warns, without another approval', async () => {
    await using company = await opened('Warning');
    const [made] = await request(company, 'Auditor', ['1']);
    expect(made).toMatchObject({
      workflowState: 8,
      risks: [{ risk: 'Apart', effect: 'warning', level: 40 }],
    });
    await approve(company, made?.id ?? 0, 'kim');
    await evaluate(company, true);
    expect(await listed(company)).toEqual(['1 Apart null']);
  });

  it('waits for one more approval, and is then approved with the risk known', async () => {
    await using company = await opened('ApprovalRequired');
    const [made] = await request(company, 'Auditor', ['1']);
    const id = made?.id ?? 0;
    expect(made?.workflowState).toBe(8);
    expect((await approve(company, id, 'kim'))[0]?.workflowState).toBe(25);
    expect((await approve(company, id, 'lou'))[0]?.workflowState).toBe(116);

    await evaluate(company, true);
    expect(await listed(company)).toEqual(['1 Apart null']);
  });

  it('is refused for all owners where one of them must not have it', async () => {
    await using company = await opened('Blocking');
    const made = await request(company, 'Auditor', ['1', '2']);
    expect(made.map((one) => one.workflowState)).toEqual([26, 26]);
    expect(made.map((one) => one.risks.map(({ effect }) => effect))).toEqual([['blocking'], []]);

    await evaluate(company, true);
    expect(await listed(company)).toEqual([]);
    const again = await request(company, 'Auditor', ['2']);
    expect(again[0]?.workflowState).toBe(8);
  });

  it('shows its risks in a dry run, and asks for nothing', async () => {
    await using company = await opened('Blocking');
    const [made] = await request(company, 'Auditor', ['1'], { isDryRun: true });
    expect(made).toMatchObject({ id: null, workflowState: 26 });
    expect(await company.store.read(({ tx }) => tx('decisions'))).toEqual([]);
  });

  it('is not blamed for a risk that is there without it', async () => {
    await using company = await opened('Blocking');
    await link(company, 'finance', 'audit');
    await evaluate(company);
    const [made] = await request(company, 'Root', ['2']);
    expect(made?.risks.map((one) => one.risk)).toEqual(['RootAccess']);
  });

  it('is not approved once what its owner holds by then makes it a risk that blocks', async () => {
    await using company = await opened('Blocking');
    const [made] = await request(company, 'Auditor', ['2']);
    company.clock += 60_000;
    await loadData(company, { entities: {}, links: { HR_Person_Department: [['2', 'FIN']] } });

    await expect(approve(company, made?.id ?? 0, 'kim')).rejects.toMatchObject({
      code: 'DECISION_RISK_BLOCKS',
    });
    const rows = await company.store.read(({ tx }) => tx('assigned_roles').where('id', made?.id));
    expect(rows[0]?.workflow_state).toBe(8);
  });

  it('passes a risk that leaves it to a profile when somebody stands in, who is kept', async () => {
    await using company = await opened('BlockingUponProfile');
    const [refused] = await request(company, 'Auditor', ['1']);
    expect(refused?.workflowState).toBe(26);
    const [made] = await request(company, 'Auditor', ['1'], { overridesRisks: true });
    expect(made).toMatchObject({ workflowState: 8, risks: [{ effect: 'warning' }] });
    expect((await approve(company, made?.id ?? 0, 'kim'))[0]?.workflowState).toBe(16);
    const kept = await company.store.read(({ tx }) =>
      tx('decisions').where('assigned_resource_type_id', made?.id).orderBy('id').first(),
    );
    expect(kept).toMatchObject({
      kind: 'role assign override-risks',
      decided_by: 'eva',
      comment: 'needed',
    });

    await evaluate(company, true);
    const owner = { entityType: 'HR_Person', id: await idOf(company, '1') };
    const told = await explainResource(company.workspace, owner, { role: 'Auditor' });
    expect(told.risks).toMatchObject([
      {
        risk: 'Apart',
        items: [
          { resource: 'finance', roles: ['Finance'] },
          { resource: 'audit', roles: ['Auditor'] },
        ],
        accepted: [{ item: 'Auditor', how: 'overridden', by: 'eva', comment: 'needed' }],
      },
    ]);
    expect((await explainResource(company.workspace, owner, { role: 'Root' })).risks).toEqual([]);
  });

  it('needs no more approval for a risk that leaves it to a profile when somebody stands in', async () => {
    await using company = await opened('ApprovalRequiredUponProfile');
    const [careful] = await request(company, 'Auditor', ['1']);
    expect(careful).toMatchObject({ workflowState: 8, risks: [{ effect: 'approval' }] });
    expect((await approve(company, careful?.id ?? 0, 'kim'))[0]?.workflowState).toBe(25);

    await using other = await opened('ApprovalRequiredUponProfile');
    const [made] = await request(other, 'Auditor', ['1'], { overridesRisks: true });
    expect(made).toMatchObject({ workflowState: 8, risks: [{ effect: 'warning' }] });
    expect((await approve(other, made?.id ?? 0, 'kim'))[0]?.workflowState).toBe(16);
  });

  it('is refused where it cannot be told whether it is a risk, and asks for nothing', async () => {
    const failing =
      '<ScalarRule Property="Unit" Expression="C#:person:return person.LastName.Substring(0, 5);" />';
    const text = configured('Blocking').replace('<TypeRule />', `<TypeRule />${failing}`);
    await using company = await openCompany({ configuration: text });
    await loadData(company, data);
    await evaluate(company);

    await expect(request(company, 'Auditor', ['2'])).rejects.toMatchObject({
      code: 'REQUEST_RISK_UNKNOWN',
      message: expect.stringContaining('HR_Person:2'),
    });
    const rows = await company.store.read(({ tx }) => tx('assigned_roles').whereNotNull('request'));
    expect(rows).toEqual([]);
    expect((await request(company, 'Auditor', ['1']))[0]?.workflowState).toBe(26);
  });

  it('does not pass a risk that always blocks, whoever stands in', async () => {
    await using company = await opened('Blocking');
    const [made] = await request(company, 'Auditor', ['1'], { overridesRisks: true });
    expect(made?.workflowState).toBe(26);
  });
});

describe('an approval by a rule', () => {
  const rule =
    '<SingleRoleAutomationRule SingleRole="Auditor" WorkflowState="PendingApproval" HoursToWait="24" Decision="Approve" />';

  it.each([
    ['ApprovalRequired', '1', 25],
    ['BlockingUponProfile', '1', 25],
    ['Warning', '1', 16],
    ['Blocking', '2', 16],
  ] as const)(
    'of %s for person %s ends in state %i, incrementally as well',
    async (exemption, number, state) => {
      for (const dirty of [false, true]) {
        const text = configured(exemption, `${root}${rule}`);
        await using company = await openCompany({ configuration: text });
        await loadData(company, data);
        await evaluate(company);
        const about =
          exemption === 'BlockingUponProfile' ? ({ overridesRisks: true } as const) : {};
        const [made] = await request(company, 'Auditor', [number], about);
        const stateOf = async (): Promise<number> =>
          company.store.read(async ({ tx }) =>
            Number((await tx('assigned_roles').where('id', made?.id).first()).workflow_state),
          );
        await evaluate(company, dirty);
        expect(await stateOf()).toBe(8);

        company.clock += 24 * 3_600_000;
        await evaluate(company, dirty);
        expect(await stateOf()).toBe(state);
        expect(await listed(company)).toEqual(exemption === 'Warning' ? ['1 Apart null'] : []);
        const decided = await company.store.read(({ tx }) =>
          tx('decisions')
            .where('assigned_resource_type_id', made?.id)
            .orderBy('id', 'desc')
            .first(),
        );
        expect(decided).toMatchObject({ kind: 'automation approve' });
        expect(decided.decided_by).toMatch(/^rule /u);
      }
    },
  );
});

describe('risks that the configuration declares no more', () => {
  let company: Company;
  beforeAll(async () => {
    company = await opened('Warning');
  });
  afterAll(() => company[Symbol.asyncDispose]());

  it('end with the next evaluation of everybody', async () => {
    await link(company, 'root');
    await evaluate(company);
    expect(await listed(company)).toEqual(['2 RootAccess null']);
    const risks = new Map([...company.model.risks].filter(([name]) => name !== 'RootAccess'));
    const model = { ...company.model, risks, hash: 'another' };
    await evaluate({ ...company, workspace: { ...company.workspace, model } }, true);
    expect(await listed(company)).toEqual([]);
  });
});
