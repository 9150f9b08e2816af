import { describe, expect, it } from 'vitest';
import {
  expectedTransitions,
  transitionsDrivenBy,
} from '../../test/contract/expected-transitions.ts';
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
import { explainResource } from './views/explain.ts';

/*
 * Keys are for one department each; with those of Finance the account gets the space "finance", which is a risk. Everybody
 * gets a wiki account, of a department.
 */
const at = 'Policy="Default" EntityType="HR_Person"';
const keys = `<SingleRole Identifier="Keys" DisplayName_L1="Keys" ${at} R0="true" ApprovalWorkflowType="One" />
  <SingleRole Identifier="Post" DisplayName_L1="Post" ${at} R0="true" />`;
const rules = `<TypeRule />
    <ScalarRule Property="Login" Binding="Login" />
    <ScalarRule Property="Mail" Expression="C#:person:return person.Number + &quot;@example.test&quot;;" />
    <NavigationRule Property="Spaces" Resource="finance" SingleRole="Keys" D0="FIN" />
    <NavigationRule Property="Spaces" Resource="audit" SingleRole="Post" D0="FIN" />`;
const risk = (exemption: string): string =>
  `<Risk Identifier="Rich" DisplayName_L1="Rich" ${at} RiskType="HighPrivilege" ExemptionPolicy="${exemption}" Level="50"><Rule><Item ResourceType="Wiki_User_Person" Property="Spaces" Resource="finance" /></Rule></Risk>`;

const data: CompanyData = {
  entities: {
    HR_Department: [
      { Code: 'FIN', Name: 'Finance' },
      { Code: 'IT', Name: 'Technology' },
    ],
    HR_Person: [
      { Number: '1', FirstName: 'Ana', LastName: 'Royce' },
      { Number: '2', FirstName: 'Ben', LastName: 'Sand' },
    ],
    Wiki_User: [{ Login: 'bsand', Mail: '2@example.test' }],
    Wiki_Space: [{ Name: 'finance' }, { Name: 'audit' }],
  },
  links: { HR_Person_Department: [], Wiki_User_Space: [] },
};

async function opened(text: string): Promise<Company> {
  const company = await openCompany({ configuration: text });
  await loadData(company, data);
  await evaluate(company);
  return company;
}

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

const by = { person: 'eva', comment: 'needed', isDryRun: false };

async function ask(
  company: Company,
  role: string,
  numbers: readonly string[],
  options: { readonly overridesRisks?: true } = {},
): Promise<readonly number[]> {
  const ownerIds = await Promise.all(numbers.map((number) => idOf(company, number)));
  const made = await requestRoles(company.workspace, {
    ...{ action: 'assign', kind: 'single', role, ownerIds, parameters: {} },
    asked: { start: null, end: null },
    ...by,
    ...options,
  });
  expect(made.map((one) => [one.workflowState, one.missing])).toEqual(
    numbers.map(() => [2, ['Department']]),
  );
  return made.map((one) => one.id ?? 0);
}

async function completeWith(company: Company, ids: readonly number[], department: string) {
  company.clock += 60_000;
  const done = await amendAssignedRoles(company.workspace, {
    ...{ action: 'complete', ids, end: null, parameters: { Department: department } },
    ...by,
  });
  return done.map((one) => [
    one.workflowState,
    one.risks.map(({ risk: name, effect }) => `${name} ${effect}`).join(),
  ]);
}

describe('a request that lacked parameters, and gets them', () => {
  it('goes on its way, and a risk that comes with them takes one more approval', async () => {
    await using company = await opened(
      configuration({ rules, elements: keys + risk('ApprovalRequired') }),
    );
    const ids = await ask(company, 'Keys', ['1', '2']);

    expect(await completeWith(company, ids.slice(0, 1), 'IT')).toEqual([[8, '']]);
    expect(await completeWith(company, ids.slice(1), 'FIN')).toEqual([[8, 'Rich approval']]);
    for (const state of [25, 116]) {
      const decision = { decision: 'approve', ids: ids.slice(1), filter: {}, ...by } as const;
      const decided = { ...decision, person: `approver ${state}` };
      const [one] = await reviewAssignedRoles(company.workspace, decided);
      expect(one?.workflowState).toBe(state);
    }
    await expect(completeWith(company, ids, 'IT')).rejects.toMatchObject({
      code: 'REQUEST_NOT_OPEN',
    });
  });

  it('is refused as a whole when a risk blocks it', async () => {
    await using company = await opened(configuration({ rules, elements: keys + risk('Blocking') }));
    const ids = await ask(company, 'Keys', ['1', '2']);

    expect(await completeWith(company, ids, 'FIN')).toEqual([
      [26, 'Rich blocking'],
      [26, 'Rich blocking'],
    ]);
  });

  it('only warns whoever stood in for the risk when he asked', async () => {
    const elements = keys + risk('BlockingUponProfile');
    await using company = await opened(configuration({ rules, elements }));
    const ids = await ask(company, 'Keys', ['1'], { overridesRisks: true });

    expect(await completeWith(company, ids, 'FIN')).toEqual([[8, 'Rich warning']]);
  });

  it('has no part in a risk that another request of its owner brings', async () => {
    const elements = keys + risk('ApprovalRequired');
    await using company = await opened(configuration({ rules, elements }));
    const ids = [...(await ask(company, 'Keys', ['1'])), ...(await ask(company, 'Post', ['1']))];

    expect(await completeWith(company, ids, 'FIN')).toEqual([
      [8, 'Rich approval'],
      [16, ''],
    ]);
  });

  it('is refused for a dimension that there is not', async () => {
    await using company = await opened(configuration({ rules, elements: keys }));
    const ids = await ask(company, 'Keys', ['1']);
    const parameters = { Site: 'LYON' };

    await expect(
      amendAssignedRoles(company.workspace, {
        ...{ action: 'complete', ids, end: null, parameters },
        ...by,
      }),
    ).rejects.toMatchObject({ code: 'REQUEST_PARAMETER_UNKNOWN' });
  });
});

describe('what a rule gives and lacks a parameter', () => {
  it.each([false, true])('takes effect once a person gives it (incremental: %s)', async (dirty) => {
    const given = '<SingleRoleRule Role="Keys" Policy="Default" />';
    await using company = await opened(
      configuration({
        rules,
        elements: keys + given,
        resourceTypeAttributes: 'BlockProvisioning="false" R0="true"',
      }),
    );
    const owner_id = await idOf(company, '1');
    const look = async () =>
      company.store.read(async ({ tx }) => {
        const [role] = await tx('assigned_roles').where({ owner_id, role: 'Keys' });
        const [type] = await tx('assigned_resource_types').where({ owner_id });
        return { role, type };
      });
    const { role, type } = await look();
    expect([role.workflow_state, type.workflow_state, type.provisioning_state]).toEqual([5, 5, 0]);

    expect(await completeWith(company, [Number(role.id)], 'FIN')).toEqual([[18, '']]);
    expect(await completeWith(company, [Number(type.id)], 'IT')).toEqual([[18, '']]);
    await evaluate(company, dirty);

    const after = await look();
    expect(after.role).toMatchObject({ workflow_state: 18, parameters: '{"Department":"FIN"}' });
    expect(after.type).toMatchObject({
      ...{ workflow_state: 18, provisioning_state: 1, parameters: '{"Department":"IT"}' },
      requested_by: 'eva',
    });
    expect(after.type.policy_values).toContain('"Spaces":[');
  });
});

describe('an explanation after a change of rules', () => {
  it('knows the grace period of what the evaluation prolonged', async () => {
    const elements = `<SingleRole Identifier="Shop" DisplayName_L1="Shop" ${at} GracePeriod="600" />`;
    const own = `<TypeRule SingleRole="Shop" /><ScalarRule Property="Login" Binding="Login" />`;
    const given = '<SingleRoleRule Role="Shop" Policy="Default" />';
    const former = configuration({ rules: own, elements: elements + given });
    await using company = await opened(former);
    await using changed = await openCompany({
      configuration: configuration({ rules: own, elements }),
    });
    const workspace = { ...company.workspace, model: changed.model };

    const explained = await explainResource(workspace, {
      entityType: 'HR_Person',
      id: await idOf(company, '1'),
    });

    // Not evaluated since: what the next evaluation prolongs is told as given, not as lost.
    expect(
      explained.entries.map(({ resourceType, singleRole }) => [resourceType, singleRole]),
    ).toContainEqual(['Wiki_User_Person', 'Shop']);
  });
});

describe('requests for resource types that end in a store', () => {
  const taken = new Set<string>();

  it('end by what people do with them', async () => {
    const text = configuration({
      rules: '<TypeRule D0="FIN" />',
      resourceTypeAttributes: 'ApprovalWorkflowType="One"',
    });
    await using company = await opened(text);
    const owner = await idOf(company, '1');
    const insert = async (state: number, request: string | null, amends: number | null) =>
      company.store.transaction(async ({ tx }) => {
        await tx('assigned_resource_types').delete();
        const common = {
          ...{ resource_type: 'Wiki_User_Person', owner_id: owner, is_denied: 0, run_id: 1 },
          ...{ provisioning_state: 0, blocked_by: '[]', policy_values: '{}', parameters: '{}' },
          ...{ approvals: '[]', requested_by: 'eva', state_since: '2025-06-01T00:00:00.000Z' },
          valid_from: '2025-06-01T00:00:00.000Z',
        };
        if (amends !== null)
          await tx('assigned_resource_types').insert({
            ...common,
            ...{ id: amends, workflow_state: 16, request: 'assign' },
          });
        await tx('assigned_resource_types').insert({
          ...common,
          ...{ id: 9_000, workflow_state: state, request, amends },
        });
      });
    const drive = async (
      cause: string,
      state: number,
      about: { readonly request: string | null; readonly amends: number | null },
      act: () => Promise<unknown>,
    ): Promise<void> => {
      await insert(state, about.request, about.amends);
      await act();
      const row = await company.store.read(({ tx }) =>
        tx('assigned_resource_types').where({ id: 9_000 }).first(),
      );
      if (row === undefined) taken.add(`workflow:resource:${state}:${cause}`);
    };
    const { workspace } = company;
    const cancel = () =>
      amendAssignedRoles(workspace, {
        ...{ action: 'cancel', ids: [9_000], end: null, parameters: {} },
        ...by,
      });
    const decline = () =>
      reviewAssignedRoles(workspace, {
        ...{ decision: 'decline', ids: [9_000], filter: {} },
        ...by,
        person: 'kim',
      });
    const request = () =>
      requestRoles(workspace, {
        ...{ action: 'assign', kind: 'resource-type', role: 'Wiki_User_Person', parameters: {} },
        ...{ ownerIds: [owner], asked: { start: null, end: null } },
        ...by,
      });
    const assign = { request: 'assign', amends: null };
    const amend = { request: 'prolong', amends: 8_000 };
    for (const { cause, from } of expectedTransitions.filter(
      ({ drivenBy }) => drivenBy === 'stored-requests',
    )) {
      if (cause === 'taken-up') await drive(cause, from, { request: null, amends: null }, request);
      else if (cause === 'amendment-settled') await drive(cause, from, amend, decline);
      else await drive(cause, from, assign, cancel);
    }
  });

  it.each(transitionsDrivenBy('stored-requests'))('takes %s to %s', (id) => {
    expect(taken).toContain(id);
  });
});
