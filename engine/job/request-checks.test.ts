import { describe, expect, it } from 'vitest';
import {
  type Company,
  type CompanyData,
  configuration,
  loadData,
  openCompany,
} from './company.fixture.ts';
import { amendAssignedRoles, requestRoles, reviewAssignedRoles } from './role-requests.ts';
import { computeCorrelationKeys } from './tasks/compute-correlation-keys.ts';
import { evaluatePolicy } from './tasks/evaluate-policy.ts';

/* Keys are for one department, Safe for Finance alone, Badge for everybody. Wiki accounts may be of a department. */
const at = 'Policy="Default" EntityType="HR_Person"';
const role = (identifier: string, attributes = ''): string =>
  `<SingleRole Identifier="${identifier}" DisplayName_L1="${identifier}" ${at} ${attributes} />`;
const roles = [
  role('Keys', 'R0="true" ApprovalWorkflowType="One"'),
  role('Safe', 'D0="FIN"'),
  role('Badge'),
].join('\n');
const rules = `<TypeRule SingleRole="Badge" />
    <ScalarRule Property="Login" Expression="C#:person:return person.Number + &quot;-&quot; + assignment.ParametersValues[&quot;Department&quot;];" />`;
const type = 'Wiki_User_Person';

const data: CompanyData = {
  entities: {
    HR_Department: ['FIN', 'FINANCE2', 'IT'].map((Code) => ({ Code, Name: Code })),
    HR_Person: [
      { Number: '1', FirstName: 'Ana', LastName: 'Royce' },
      { Number: '2', FirstName: 'Ben', LastName: 'Sand' },
    ],
    Wiki_User: [],
    Wiki_Space: [],
  },
  links: { HR_Person_Department: [], Wiki_User_Space: [] },
};

async function opened(attributes = ''): Promise<Company> {
  const company = await openCompany({
    configuration: configuration({
      rules,
      elements: roles,
      resourceTypeAttributes: `P0="true" ${attributes}`,
    }),
  });
  await loadData(company, data);
  await evaluate(company);
  return company;
}

async function evaluate(company: Company): Promise<void> {
  company.clock += 60_000;
  await computeCorrelationKeys(company.workspace, { dirty: false });
  await evaluatePolicy(company.workspace, {
    entityTypes: [],
    dirty: false,
    blockProvisioning: false,
    blockAllResourceTypeProvisioning: false,
  });
}

const idsOf = ({ store }: Company, numbers: readonly string[]): Promise<readonly number[]> =>
  store.read(async ({ tx }) => {
    const named = await tx('entity_tables').where({ entity_type: 'HR_Person' }).first();
    const rows = await tx(named.table_name).whereIn('mapping_key', [...numbers]);
    return rows.map(({ id }) => Number(id));
  });

const by = { person: 'eva', comment: 'needed', isDryRun: false };

async function ask(
  company: Company,
  name: string,
  parameters: Readonly<Record<string, string | null>>,
  more: { readonly numbers?: readonly string[]; readonly action?: 'assign' | 'deny' } = {},
): Promise<readonly number[]> {
  const made = await requestRoles(company.workspace, {
    ...{ action: more.action ?? 'assign', role: name, parameters, ...by },
    kind: name === type ? 'resource-type' : 'single',
    ownerIds: await idsOf(company, more.numbers ?? ['1']),
    asked: { start: null, end: null },
  });
  return made.map(({ id }) => id ?? 0);
}

/** `CODE message hint`. */
async function refusal(asked: Promise<unknown>): Promise<string> {
  try {
    await asked;
    return 'made';
  } catch (error) {
    const { code, message, hint } = error as Readonly<Record<'code' | 'message' | 'hint', string>>;
    return `${code} ${message} ${hint}`;
  }
}

const counted = ({ store }: Company) =>
  store.read(async ({ tx }) => (await tx('assigned_roles').count({ n: '*' }).first())?.n);

describe('the parameters of a request', () => {
  it('are keys of resources that are there; a mistyped one is told with the nearest', async () => {
    await using company = await opened();

    expect(
      await refusal(ask(company, 'Keys', { Department: 'FINN' }, { numbers: ['1', '2'] })),
    ).toBe(
      'REQUEST_PARAMETER_VALUE_UNKNOWN There is no HR_Department "FINN" for the parameter Department. Nothing was changed. Did you mean "FIN"?',
    );
    // Letter case counts, as it does where the parameter is read.
    expect(await refusal(ask(company, 'Keys', { Department: 'it' }))).toContain(
      'Did you mean "IT"?',
    );
    expect(await refusal(ask(company, 'Keys', { Department: 'Headquarters' }))).toContain(
      'Its keys are: FIN, FINANCE2, IT.',
    );
    expect(await refusal(ask(company, type, { Department: 'LYON' }))).toContain('VALUE_UNKNOWN');
    expect(await counted(company)).toBe(0);
    expect(await ask(company, 'Keys', { Department: 'FINANCE2' })).toHaveLength(1);
    expect(await ask(company, 'Keys', { Department: null }, { numbers: ['2'] })).toHaveLength(1);
  });

  it('are those that the role has, and that it leaves open', async () => {
    await using company = await opened();

    expect(await refusal(ask(company, 'Safe', { Department: 'IT' }))).toBe(
      'REQUEST_PARAMETER_NOT_TAKEN The role Safe is for Department FIN alone. Nothing was changed. Leave --parameter Department out.',
    );
    expect(await ask(company, 'Safe', { Department: 'FIN' })).toHaveLength(1);
    // The account that the role gives has the parameter, and gets it from the role.
    expect(await ask(company, 'Badge', { Department: 'FIN' })).toHaveLength(1);

    await using plain = await openCompany({ configuration: configuration({ elements: roles }) });
    await loadData(plain, data);
    expect(await refusal(ask(plain, 'Badge', { Department: 'FIN' }))).toBe(
      'REQUEST_PARAMETER_NOT_TAKEN The role Badge has no parameter Department. Nothing was changed. Its parameters are: (none).',
    );
  });

  it('are looked at when they are given later, too', async () => {
    await using company = await opened();
    const ids = await ask(company, 'Keys', {}, { numbers: ['1', '2'] });
    const complete = (department: string) =>
      amendAssignedRoles(company.workspace, {
        ...{ action: 'complete', ids, end: null, parameters: { Department: department } },
        ...by,
      });

    expect(await refusal(complete('IR'))).toContain('Did you mean "IT"?');
    expect((await complete('IT')).map(({ workflowState }) => workflowState)).toEqual([8, 8]);
  });
});

describe('a second request', () => {
  it('for the same role is refused with the number of the first', async () => {
    await using company = await opened();
    const [id] = await ask(company, 'Keys', { Department: 'IT' });

    expect(await refusal(ask(company, 'Keys', { Department: 'IT' }))).toBe(
      `REQUEST_EXISTS The same has been asked for already, and waits: number ${id}, Pending Approval, with Department IT, asked for by eva (Keys, HR_Person:1). Nothing was changed. See "lockstep role show ${id}".`,
    );
    expect(await ask(company, 'Keys', { Department: 'FIN' })).toHaveLength(1);
    await reviewAssignedRoles(company.workspace, {
      ...{ decision: 'approve', ids: [id ?? 0], filter: {} },
      ...by,
      person: 'kim',
    });
    expect(await refusal(ask(company, 'Keys', { Department: 'IT' }))).toContain(
      `holds the role by hand already: number ${id}, Approved, with Department IT`,
    );
  });

  it('for a resource type that gives one account is refused, whatever its parameters are', async () => {
    await using company = await opened();
    const [id] = await ask(company, type, { Department: 'IT' });
    const refused = await refusal(ask(company, type, { Department: 'FIN' }));

    expect(refused).toContain(`by hand already: number ${id}, Approved, with Department IT`);
    expect(refused).toContain('with CorrelateMultipleResources it may give several.');
    expect(refused).toContain(`"lockstep role prolong ${id}"`);
  });

  it('for one that gives several makes another account, if it differs in a parameter', async () => {
    await using company = await opened(
      'CorrelateMultipleResources="true" BlockProvisioning="false"',
    );
    const [id] = await ask(company, type, { Department: 'IT' });
    await ask(company, type, { Department: 'FIN' });
    const refused = await refusal(ask(company, type, { Department: 'IT' }));
    await evaluate(company);
    const rows = await company.store.read(({ tx }) =>
      tx('assigned_resource_types').orderBy('id').select('policy_values', 'provisioning_state'),
    );

    expect(refused).toContain(`number ${id}, Approved, with Department IT`);
    expect(refused).toContain('A further account has to differ in a parameter: Department.');
    expect(
      rows.map((row) => [JSON.parse(row.policy_values).Login, row.provisioning_state]),
    ).toEqual([
      ['1-IT', 1],
      ['1-FIN', 1],
    ]);
    // Refused as a whole: nobody of several is asked for.
    const both = { numbers: ['1', '2'] };
    expect(await refusal(ask(company, type, { Department: 'FIN' }, both))).toContain('HR_Person:1');
  });
});
