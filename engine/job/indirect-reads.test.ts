/**
 * Changes that no link leads from to an owner, and that an incremental evaluation sees all the same:
 *
 *   finance, everybody    spaces that rules name, which exclude each other once they are of one group
 *   Site                  a role with a department as parameter, that gives the space "FIN" below the department FIN
 *   an open order         held back by one evaluation, not by the one before
 */
import { describe, expect, it } from 'vitest';
import {
  type Company,
  type CompanyData,
  configuration,
  dumpAssignments,
  loadData,
  openCompany,
} from './company.fixture.ts';
import { requestRoles } from './role-requests.ts';
import { computeCorrelationKeys } from './tasks/compute-correlation-keys.ts';
import { evaluatePolicy } from './tasks/evaluate-policy.ts';
import { savePreExistingAccessRights } from './tasks/save-pre-existing.ts';
import { updatePropertyExpressions } from './tasks/update-property-expressions.ts';

const text = configuration({
  resourceTypeAttributes: 'BlockProvisioning="true" AllowAdd="true"',
  rules: `<TypeRule /><ScalarRule Property="Login" Binding="Login" />
    <NavigationRule Property="Spaces" Resource="finance" /><NavigationRule Property="Spaces" Resource="everybody" />
    <NavigationRule Property="Spaces" Resource="FIN" SingleRole="Site" D0="FIN" L0="true" />`,
  elements:
    '<SingleRole Identifier="Site" DisplayName_L1="Site" Policy="Default" EntityType="HR_Person" R0="true" />',
})
  .replace('Identifier="Spaces" Type="ForeignKey"', '$& GroupByProperty="Group"')
  .replace('<Property Identifier="Name" IsKey="true" />', '$&<Property Identifier="Group" />')
  .replace(
    '<Property Identifier="Name" ConnectionColumn="name" IsPrimaryKey="true" />',
    '$&<Property Identifier="Group" ConnectionColumn="group" />',
  );

interface Parts {
  readonly group?: string | null;
  /** Departments and what they are below. */
  readonly departments?: Readonly<Record<string, string | null>>;
}

function dataOf({
  group = null,
  departments = { FIN: null, IT: null, LAB: 'IT' },
}: Parts): CompanyData {
  const parents = Object.entries(departments);
  return {
    entities: {
      HR_Person: [{ Number: '1', FirstName: 'Ana', LastName: 'Roy' }],
      HR_Department: parents.map(([Code]) => ({ Code, Name: Code })),
      Wiki_User: [],
      Wiki_Space: [
        { Name: 'finance', Group: 'x' },
        { Name: 'everybody', Group: group },
        { Name: 'FIN', Group: null },
      ],
    },
    links: {
      HR_Department_Parent: parents.flatMap(([code, parent]) =>
        parent === null ? [] : [[code, parent] as const],
      ),
    },
  };
}

interface Step extends Parts {
  readonly isHeld?: boolean;
  /** Asks for the role in this department. */
  readonly asks?: string;
}

async function settle(company: Company, dirty: boolean, step: Step): Promise<readonly string[]> {
  const { workspace, store } = company;
  company.clock += 60_000;
  await loadData(company, dataOf(step));
  if (step.asks !== undefined) {
    const { id } = await store.read(({ tx }) => tx('r_hr_person').first('id'));
    await requestRoles(workspace, {
      ...{ action: 'assign', kind: 'single', role: 'Site', ownerIds: [Number(id)] },
      asked: { start: null, end: null },
      parameters: { Department: step.asks },
      ...{ person: 'p', comment: null, isDryRun: false },
    });
  }
  await updatePropertyExpressions(workspace, { entityTypes: [], dirty });
  await computeCorrelationKeys(workspace, { dirty });
  await evaluatePolicy(workspace, {
    ...{ entityTypes: [], dirty, blockAllResourceTypeProvisioning: false },
    blockProvisioning: step.isHeld === true,
  });
  return dumpAssignments(company);
}

const lab = { FIN: null, IT: null, LAB: 'IT' } as const;

describe('an incremental evaluation', () => {
  it.each<[string, Step, Step, Step?]>([
    ['links that come to exclude each other', {}, { group: 'x' }],
    ['links that exclude each other no more', { group: 'x' }, { group: 'y' }],
    [
      'where the value of a parameter has moved to',
      { asks: 'LAB' },
      { departments: { ...lab, IT: 'FIN' } },
    ],
    [
      'a value of a parameter that appears again',
      { departments: { FIN: null } },
      { departments: { FIN: null, LAB: 'FIN' } },
      { asks: 'LAB', departments: { FIN: null, LAB: null } },
    ],
    [
      'a value of a parameter that vanishes',
      { asks: 'LAB', departments: { FIN: null, LAB: 'FIN' } },
      { departments: { FIN: null } },
    ],
    ['open orders that it holds back', {}, { isHeld: true }],
  ])('sees %s', async (_, first, second, earlier) => {
    await using incremental = await openCompany({ configuration: text });
    await using complete = await openCompany({ configuration: text });
    if (earlier !== undefined) {
      await settle(incremental, true, earlier);
      await settle(complete, false, earlier);
    }
    const before = await settle(incremental, true, first);
    expect(await settle(complete, false, first)).toEqual(before);

    const after = await settle(complete, false, second);

    expect(after).not.toEqual(before);
    expect(await settle(incremental, true, second)).toEqual(after);
  });

  it('sees that a link to be taken away was tagged as pre-existing: a role explains it now', async () => {
    const complete = await leaveFinance(false);

    expect(complete.roles).toEqual([{ role: 'Finance', workflow_state: 1 }]);
    expect(await leaveFinance(true)).toEqual(complete);
  });
});

/** Ana moves from FIN to IT; the link that the role Finance gave her is tagged before it is taken away. */
async function leaveFinance(
  dirty: boolean,
): Promise<{ readonly roles: readonly unknown[]; readonly assignments: readonly string[] }> {
  const rules =
    '<TypeRule /><NavigationRule Property="Spaces" Resource="finance" SingleRole="Finance" />';
  await using company = await openCompany({ configuration: configuration({ rules }) });
  const { workspace, store } = company;
  const evaluate = async (): Promise<void> => {
    company.clock += 60_000;
    await computeCorrelationKeys(workspace, { dirty });
    await evaluatePolicy(workspace, {
      ...{ entityTypes: [], dirty, blockProvisioning: false },
      blockAllResourceTypeProvisioning: false,
    });
  };
  for (const department of ['FIN', 'IT']) {
    await loadData(company, {
      entities: {
        HR_Person: [{ Number: '1', FirstName: 'Ana', LastName: 'Roy' }],
        HR_Department: [{ Code: 'FIN' }, { Code: 'IT' }],
        Wiki_User: [{ Login: 'ana', Mail: '1@example.test' }],
        Wiki_Space: [{ Name: 'finance' }],
      },
      links: { HR_Person_Department: [['1', department]], Wiki_User_Space: [['ana', 'finance']] },
    });
    await evaluate();
  }
  const tagged = await savePreExistingAccessRights(workspace, { force: false });
  expect(tagged.message).toContain('0 accounts, 1 values, 0 roles');
  await evaluate();
  const roles = await store.read(({ tx }) => tx('assigned_roles').select('role', 'workflow_state'));
  return { roles, assignments: await dumpAssignments(company) };
}
