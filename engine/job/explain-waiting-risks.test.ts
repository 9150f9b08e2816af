import { describe, expect, it } from 'vitest';
import { workflowStates } from '../../config/index.ts';
import {
  type Company,
  type CompanyData,
  configuration,
  loadData,
  openCompany,
} from './company.fixture.ts';
import { requestRoles } from './role-requests.ts';
import { computeCorrelationKeys } from './tasks/compute-correlation-keys.ts';
import { evaluatePolicy } from './tasks/evaluate-policy.ts';
import { explainResource } from './views/explain.ts';

/* Finance, which comes with the department, may not be with Audit, which is asked for, unless somebody accepts it. */
const at = 'Policy="Default" EntityType="HR_Person"';
const item = (space: string): string =>
  `<Item ResourceType="Wiki_User_Person" Property="Spaces" Resource="${space}" />`;
const elements = `
<SingleRole Identifier="Auditor" DisplayName_L1="Auditor" ${at} />
<Risk Identifier="Alone" DisplayName_L1="Alone" ${at} RiskType="HighPrivilege" Level="10"><Rule>${item('root')}</Rule></Risk>
<Risk Identifier="Apart" DisplayName_L1="Apart" ${at} ExemptionPolicy="ApprovalRequired" Level="40" Remediation_L1="Choose one.">
  <Rule>${item('root')}${item('audit')}</Rule>
  <Rule>${item('finance')}${item('audit')}</Rule>
</Risk>`;
const rules = `<TypeRule />
    <ScalarRule Property="Login" Binding="Login" />
    <ScalarRule Property="Mail" Expression="C#:person:return person.Number + &quot;@example.test&quot;;" />
    <NavigationRule Property="Spaces" Resource="finance" SingleRole="Finance" />
    <NavigationRule Property="Spaces" Resource="audit" SingleRole="Auditor" />`;
const text = configuration({ rules, elements });

const data = (departments: readonly string[]): CompanyData => ({
  entities: {
    HR_Department: [{ Code: 'FIN', Name: 'Finance' }],
    HR_Person: [{ Number: '2', FirstName: 'Ben', LastName: 'Sand' }],
    Wiki_User: [{ Login: 'bsand', Mail: '2@example.test' }],
    Wiki_Space: [{ Name: 'finance' }, { Name: 'audit' }, { Name: 'root' }],
  },
  links: {
    HR_Person_Department: departments.map((code) => ['2', code]),
    Wiki_User_Space: departments.map(() => ['bsand', 'finance']),
  },
});

async function open(): Promise<Company & { readonly person: number }> {
  const company = await openCompany({ configuration: text });
  await loadData(company, data(['FIN']));
  await computeCorrelationKeys(company.workspace, { dirty: false });
  await evaluatePolicy(company.workspace, {
    entityTypes: [],
    dirty: false,
    blockProvisioning: false,
    blockAllResourceTypeProvisioning: false,
  });
  const person = await company.store.read(async ({ tx }) => {
    const named = await tx('entity_tables').where({ entity_type: 'HR_Person' }).first();
    return Number((await tx(named.table_name).first()).id);
  });
  const [made] = await requestRoles(company.workspace, {
    ...{ action: 'assign', kind: 'single', role: 'Auditor', ownerIds: [person], parameters: {} },
    ...{ asked: { start: null, end: null }, person: 'eva', comment: null, isDryRun: false },
  });
  expect(made?.workflowState).toBe(workflowStates.pendingApprovalRisk);
  return Object.assign(company, { person });
}

const explain = (company: Company & { readonly person: number }) =>
  explainResource(company.workspace, { entityType: 'HR_Person', id: company.person });

describe('the explanation of a request that waits because of a risk', () => {
  it('names the risk, its rule, what the person holds and what the request brings', async () => {
    await using company = await open();
    const explained = await explain(company);
    const { line = 0 } =
      company.model.risks.get('Apart')?.rules[1]?.at ?? ({ line: 0 } as { readonly line: number });
    const value = { resourceType: 'Wiki_User_Person', property: 'Spaces', through: null };

    expect(text.split('\n')[line - 1]).toContain('<Rule>');
    expect(explained.roles.find(({ role }) => role === 'Finance')?.waitsFor).toBeNull();
    expect(explained.roles.find(({ role }) => role === 'Auditor')?.waitsFor).toEqual([
      {
        ...{ risk: 'Apart', name: 'Apart', level: 40, remediation: 'Choose one.' },
        rules: [
          {
            ...{ file: 'company.xml', line, column: expect.any(Number) },
            items: [
              {
                ...value,
                ...{ resource: 'finance', account: 'bsand', isPresent: true, isBrought: false },
                roles: ['Finance'],
              },
              {
                ...value,
                ...{ resource: 'audit', account: 'bsand', isPresent: false, isBrought: true },
                roles: ['Auditor'],
              },
            ],
          },
        ],
      },
    ]);
    // It is no risk of the person before somebody agrees.
    expect(explained.risks).toEqual([]);
  });

  it('says so when the risk is not there any more', async () => {
    await using company = await open();
    company.clock += 60_000;
    await loadData(company, data([]));

    const { roles } = await explain(company);

    expect(roles.find(({ role }) => role === 'Auditor')?.waitsFor).toEqual([]);
  });
});
