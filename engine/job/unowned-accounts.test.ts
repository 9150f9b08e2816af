/*
 * Accounts of the wiki that nobody owns, between two resource types of theirs:
 *
 *   aroy     mail 1@example.test    Ana's, by her number
 *   svc-1    no mail                a service, for sure (login)
 *   guest    mail g@example.test    a person's, perhaps (any mail, at 60)
 *   lost     no mail                recognized by no rule
 */
import { describe, expect, it } from 'vitest';
import { decideOrphans, listGaps, type OrphanDecision } from '../provision/index.ts';
import { readReviewedResources } from '../store/index.ts';
import {
  type Company,
  type CompanyOptions,
  configuration,
  dumpTables,
  loadData,
  openCompany,
  readKeys,
} from './company.fixture.ts';
import { computeCorrelationKeys } from './tasks/compute-correlation-keys.ts';
import { evaluatePolicy } from './tasks/evaluate-policy.ts';
import { generateOrders } from './tasks/generate-orders.ts';
import { savePreExistingAccessRights } from './tasks/save-pre-existing.ts';
import { updateClassification } from './tasks/update-classification.ts';
import { updatePropertyExpressions } from './tasks/update-property-expressions.ts';

const service = (predicate: string): string =>
  `<ResourceClassificationRule ResourceType="Wiki_User_Service" Policy="Default" TargetExpression="C#:user:return ${predicate};" ResourceTypeIdentificationConfidenceLevel="100" />`;
const elements = (predicate = 'user.Login.StartsWith(&quot;svc&quot;)'): string => `
  <ResourceType Identifier="Wiki_User_Service" DisplayName_L1="Service" Policy="Default" SourceEntityType="HR_Department" TargetEntityType="Wiki_User" BlockProvisioning="false" CorrelateMultipleResources="true" MaximumDeletePercent="0">
    <ScalarRule Property="Unit" Binding="Name" />
  </ResourceType>
  <ls:SqlResourceTypeMapping Identifier="Wiki_User_Service" Connection="WikiDb" Table="users" />
  ${service(predicate)}
  <ResourceClassificationRule ResourceType="Wiki_User_Person" Policy="Default" TargetExpression="C#:user:return user.Mail != null;" ResourceTypeIdentificationConfidenceLevel="60" />`;

const users = [
  { Login: 'aroy', Mail: '1@example.test', FullName: 'Ana Roy' },
  { Login: 'guest', Mail: 'g@example.test' },
  { Login: 'lost' },
  { Login: 'svc-1', Unit: 'Old' },
] as const;

function openWiki(parts: { readonly elements?: string } & CompanyOptions = {}): Promise<Company> {
  const { elements: own = elements(), ...options } = parts;
  return openCompany({ configuration: configuration({ elements: own }), ...options });
}

const load = (
  company: Company,
  rows: readonly Readonly<Record<string, string>>[] = users,
  people: readonly string[] = ['1'],
): Promise<void> =>
  loadData(company, {
    entities: {
      HR_Person: [
        { Number: '1', FirstName: 'Ana', LastName: 'Roy' },
        { Number: '2', FirstName: 'Ben', LastName: 'Ode', EndDate: '20200101000000' },
        { Number: '3', FirstName: 'Cy', LastName: 'Lee' },
      ].filter((person) => people.includes(person.Number)),
      HR_Department: [{ Code: 'IT', Name: 'Technology' }],
      Wiki_User: rows,
    },
    links: {},
  });

async function evaluate(company: Company, dirty = false): Promise<void> {
  company.clock += 60_000;
  await updatePropertyExpressions(company.workspace, { entityTypes: [], dirty });
  await computeCorrelationKeys(company.workspace, { dirty });
  await evaluatePolicy(company.workspace, {
    ...{ entityTypes: [], dirty, blockProvisioning: false },
    blockAllResourceTypeProvisioning: false,
  });
}

const classify = (company: Company, dirty = false) =>
  updateClassification(company.workspace, { entityTypes: [], dirty });

/** `login type confidence`, reviewed ones with a star; by login. */
function classified(company: Company): Promise<readonly string[]> {
  return company.store.transaction(async (t) => {
    const keyOf = await readKeys(t);
    const rows = await t.tx('classified_resources');
    return rows
      .map(
        (row) =>
          `${keyOf(row.resource_id).slice('Wiki_User:'.length)} ${row.resource_type} ${row.confidence}${row.is_reviewed === 1 ? '*' : ''}`,
      )
      .sort();
  });
}

/** `login resource type workflow/provisioning owner`, by login. */
function assignments(company: Company): Promise<readonly string[]> {
  return company.store.transaction(async (t) => {
    const keyOf = await readKeys(t);
    const rows = await t.tx('assigned_resource_types');
    return rows
      .map((row) => {
        const owner = row.owner_id === 0 ? 'nobody' : keyOf(row.owner_id);
        const login = row.target_id === null ? '–' : keyOf(row.target_id).split(':')[1];
        const states = `${row.workflow_state}/${row.provisioning_state}`;
        return `${login} ${row.resource_type} ${states} ${owner}`;
      })
      .sort();
  });
}

async function idOf(company: Company, key: string): Promise<number> {
  return company.store.transaction(async (t) => {
    const [entityType = '', name] = key.split(':');
    const { table_name: table } = await t
      .tx('entity_tables')
      .where({ entity_type: entityType })
      .first();
    return Number((await t.tx(table).where({ mapping_key: name }).first('id')).id);
  });
}

async function decide(
  company: Company,
  logins: readonly string[],
  decision: OrphanDecision['decision'],
  parts: Partial<OrphanDecision> & { readonly owner?: string } = {},
): Promise<{ readonly changed: number }> {
  company.clock += 60_000;
  const { owner, ...rest } = parts;
  const ids: number[] = [];
  for (const login of logins) ids.push(await idOf(company, `Wiki_User:${login}`));
  return decideOrphans(company.store, company.model, {
    entityType: 'Wiki_User',
    resourceIds: ids,
    decision,
    ownerId: owner === undefined ? null : await idOf(company, owner),
    person: 'ada',
    comment: 'looked',
    at: new Date(company.clock).toISOString(),
    isDryRun: false,
    ...rest,
  });
}

describe('classification', () => {
  it('gives a type to what nobody owns, with the rate of the rule', async () => {
    await using company = await openWiki();
    await load(company);
    await evaluate(company);

    const outcome = await classify(company);
    expect(outcome.message).toBe(
      '3 resources without owner looked at, 2 changed: 1 have a type, 1 have one to confirm, 1 are recognized by no rule.',
    );
    expect(await classified(company)).toEqual([
      'guest Wiki_User_Person 60',
      'svc-1 Wiki_User_Service 100',
    ]);
  });

  it('writes nothing when nothing changed', async () => {
    await using company = await openWiki();
    await load(company);
    await evaluate(company);
    await classify(company);
    const before = await dumpTables(company.store);

    expect((await classify(company)).message).toContain(', 0 changed:');
    expect((await classify(company, true)).message).toContain(
      '1 resources without owner looked at',
    );
    const after = await dumpTables(company.store);
    const changed = [...after].filter(([name, rows]) => `${rows}` !== `${before.get(name)}`);
    // Its own bookmark names the run.
    expect(changed.map(([name]) => name)).toEqual(['evaluations']);
  });

  it('looks at what changed as it would look at everything', async () => {
    const steps: readonly (readonly Readonly<Record<string, string>>[])[] = [
      users,
      // guest becomes a service, lost gets a mail, a new one comes.
      [
        users[0],
        { Login: 'guest', Mail: 'g@example.test' },
        { Login: 'lost', Mail: 'l@example.test' },
        { Login: 'svc-1' },
        { Login: 'svc-2' },
      ],
      // svc-1 goes, lost loses its mail, guest turns out to be Cy's.
      [users[0], { Login: 'guest', Mail: '3@example.test' }, { Login: 'lost' }, { Login: 'svc-2' }],
    ];
    await using incremental = await openWiki();
    await using complete = await openWiki();
    for (const [index, rows] of steps.entries()) {
      const people = index < 2 ? ['1'] : ['1', '3'];
      for (const company of [incremental, complete]) {
        await load(company, rows, people);
        await evaluate(company, company === incremental);
        await classify(company, company === incremental);
      }
      expect(await classified(incremental)).toEqual(await classified(complete));
    }
    expect(await classified(incremental)).toEqual(['svc-2 Wiki_User_Service 100']);
  });

  it('keeps what was known of a resource that cannot be computed, and says so', async () => {
    const failing =
      'user.Login == &quot;svc-1&quot; &amp;&amp; user.Unit.Substring(0, 1) == &quot;O&quot;';
    await using company = await openWiki({ elements: elements(failing) });
    await load(company);
    await evaluate(company);
    await classify(company);
    await load(company, [...users.slice(0, 3), { Login: 'svc-1', Unit: '' }]);
    await evaluate(company);

    const outcome = await classify(company);
    expect(outcome).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('1 could not be classified and stay as they were'),
    });
    expect(await classified(company)).toContain('svc-1 Wiki_User_Service 100');
  });

  it('looks again at what nobody reviewed when rules change, and at nothing that was', async () => {
    await using company = await openWiki();
    await load(company);
    await evaluate(company);
    await classify(company);
    await decide(company, ['svc-1'], 'authorize');
    await using changed = await openWiki({ elements: elements('user.Login != null') });
    const moved: Company = { ...company, model: changed.model };
    const workspace = { ...company.workspace, model: changed.model };
    await updateClassification(workspace, { entityTypes: [], dirty: true });

    expect(await classified(moved)).toEqual([
      'guest Wiki_User_Service 100',
      'lost Wiki_User_Service 100',
      'svc-1 Wiki_User_Service 100*',
    ]);
  });

  it('has nothing to do without rules, and forgets what rules of before had said', async () => {
    await using company = await openWiki();
    await load(company);
    await evaluate(company);
    await classify(company);
    await using without = await openWiki({ elements: '' });
    const workspace = { ...company.workspace, model: without.model };

    const first = await updateClassification(workspace, { entityTypes: [], dirty: false });
    expect(first.message).toBe('No classification rule is left: 2 resources are forgotten.');
    const second = await updateClassification(workspace, { entityTypes: [], dirty: false });
    expect(second.status).toBe('nothing');
    expect(await classified(company)).toEqual([]);
  });
});

describe('a resource that nobody owns', () => {
  it('bound to an owner who is entitled is calculated, and differs where it differs', async () => {
    await using company = await openWiki();
    await load(company, [...users], ['1', '3']);
    await evaluate(company);
    expect(await assignments(company)).toContain('– Wiki_User_Person 18/1 HR_Person:3');

    await classify(company);
    await decide(company, ['guest'], 'bind', { owner: 'HR_Person:3' });
    await evaluate(company, true);
    expect(await assignments(company)).toEqual([
      'aroy Wiki_User_Person 18/4 HR_Person:1',
      'guest Wiki_User_Person 18/4 HR_Person:3',
    ]);
    const gaps = await listGaps(company.store, company.model);
    expect(gaps.filter(({ kind }) => kind === 'property')).toMatchObject([
      { property: 'Login', current: 'guest', proposed: 'clee' },
      { property: 'Mail', current: 'g@example.test', proposed: '3@example.test' },
    ]);
  });

  it('bound to an owner without a right is an account without a right, until it is authorized', async () => {
    await using company = await openWiki();
    await load(company);
    await evaluate(company);
    await decide(company, ['svc-1'], 'bind', {
      owner: 'HR_Department:IT',
      resourceType: 'Wiki_User_Service',
    });
    await evaluate(company, true);
    expect(await assignments(company)).toContain('svc-1 Wiki_User_Service 1/0 HR_Department:IT');

    await decide(company, ['lost'], 'authorize', {
      owner: 'HR_Department:IT',
      resourceType: 'Wiki_User_Service',
    });
    await evaluate(company, true);
    expect(await assignments(company)).toContain('lost Wiki_User_Service 16/4 HR_Department:IT');
  });

  it('stays with the owner that was chosen, whatever rules and keys say by then', async () => {
    await using company = await openWiki();
    await load(company, users, ['1', '3']);
    await evaluate(company);
    await decide(company, ['guest'], 'bind', {
      owner: 'HR_Person:3',
      resourceType: 'Wiki_User_Person',
    });
    const moved = users.map((user) =>
      user.Login === 'guest' ? { ...user, Mail: '9@example.test' } : user,
    );
    await load(company, moved, ['1', '3']);
    await evaluate(company);

    expect(await assignments(company)).toContain('guest Wiki_User_Person 18/4 HR_Person:3');
  });

  /*   guest is authorized without an owner; then Cy comes, whose number its mail names   */
  it('authorized without an owner is listed no more, nor classified, nor anybody’s', async () => {
    await using company = await openWiki();
    await load(company);
    await evaluate(company);
    await classify(company);
    await decide(company, ['guest'], 'authorize');

    const gaps = await listGaps(company.store, company.model);
    expect(gaps.map((gap) => gap.target.key).sort()).toEqual(['lost', 'svc-1']);
    const own = users.map((user) =>
      user.Login === 'guest' ? { ...user, Mail: '3@example.test' } : user,
    );
    await load(company, own, ['1', '3']);
    await evaluate(company, true);
    await classify(company, true);
    expect(await assignments(company)).toEqual([
      'aroy Wiki_User_Person 18/4 HR_Person:1',
      '– Wiki_User_Person 18/1 HR_Person:3',
    ]);
    expect(await classified(company)).toContain('guest Wiki_User_Person 100*');
    const reviewed = await company.store.read((t) => readReviewedResources(t, ['Wiki_User']));
    expect(reviewed.size).toBe(1);
  });

  it('is deleted on a decision, with an order that has no owner, and is gone when it is gone', async () => {
    await using company = await openWiki();
    await load(company);
    await evaluate(company);
    await classify(company);
    await decide(company, ['svc-1'], 'delete');
    await evaluate(company, true);
    expect(await assignments(company)).toContain('svc-1 Wiki_User_Service 20/1 nobody');

    const outcome = await generateOrders(company.workspace, {
      connector: 'Wiki',
      resourceTypes: [],
      force: false,
      isDryRun: false,
    });
    expect(outcome.message).toContain('1 to remove');
    expect(await assignments(company)).toContain('svc-1 Wiki_User_Service 20/2 nobody');
    await company.store.transaction((t) =>
      t.tx('assigned_resource_types').where({ owner_id: 0 }).update({ provisioning_state: 8 }),
    );
    await load(company, users.slice(0, 3));
    await evaluate(company, true);
    expect(await assignments(company)).toEqual(['aroy Wiki_User_Person 18/4 HR_Person:1']);
  });

  it('is decided about with all others that were named, or with none of them', async () => {
    await using company = await openWiki();
    await load(company, users, ['1', '3']);
    await evaluate(company);
    await classify(company);
    const before = await dumpTables(company.store);
    const refused = (
      logins: readonly string[],
      decision: OrphanDecision['decision'],
      parts: Parameters<typeof decide>[3] = {},
    ) => expect(decide(company, logins, decision, parts)).rejects;

    await refused(['guest', 'aroy'], 'delete').toMatchObject({ code: 'DECISION_NOT_OPEN' });
    await refused(['lost'], 'authorize').toMatchObject({ code: 'DECISION_RESOURCE_TYPE_NEEDED' });
    await refused(['lost'], 'delete', { resourceType: 'Wiki_Space' }).toMatchObject({
      code: 'DECISION_RESOURCE_TYPE_NEEDED',
    });
    await refused(['guest'], 'bind').toMatchObject({ code: 'DECISION_OWNER_UNKNOWN' });
    await refused(['guest'], 'bind', { ownerId: 999_999 }).toMatchObject({
      code: 'DECISION_OWNER_UNKNOWN',
    });
    await refused(['guest'], 'authorize', { owner: 'HR_Person:1' }).toMatchObject({
      code: 'DECISION_OWNER_TAKEN',
    });
    expect(await decide(company, ['guest', 'svc-1'], 'delete', { isDryRun: true })).toEqual({
      changed: 2,
    });
    expect(await dumpTables(company.store)).toEqual(before);
  });

  it('is kept with the person, the time and the comment of its decision', async () => {
    await using company = await openWiki();
    await load(company);
    await evaluate(company);
    await classify(company);
    await decide(company, ['guest'], 'authorize');
    await decide(company, ['svc-1'], 'bind', { owner: 'HR_Department:IT' });

    const kept = await company.store.transaction(({ tx }) => tx('decisions').orderBy('id'));
    expect(kept).toMatchObject([
      {
        kind: 'orphan authorize',
        subject: 'Wiki_User:guest',
        decided_by: 'ada',
        comment: 'looked',
        item: 'Wiki_User_Person',
        owner_id: null,
      },
      { kind: 'orphan bind', subject: 'Wiki_User:svc-1', item: 'Wiki_User_Service' },
    ]);
  });
});

describe('rights that were there before the policy', () => {
  const found = (company: Company): Promise<readonly string[]> =>
    company.store.transaction(async ({ tx }) => {
      const types = await tx('assigned_resource_types').orderBy('id');
      const values = await tx('assigned_values').orderBy(['assigned_resource_type_id', 'property']);
      return [
        ...types.map((row) => `${row.workflow_state}/${row.provisioning_state}`),
        ...values.map((row) => `${row.property} ${row.workflow_state}/${row.provisioning_state}`),
      ];
    });
  const rows = [
    // Ana's account, whose name differs and whose boss is empty; the account of Ben, who has left.
    { Login: 'aroy', Mail: '1@example.test', FullName: 'Ana R.' },
    { Login: 'bode', Mail: '2@example.test' },
  ];

  it('are what was found, and what waits for accounts that exist', async () => {
    await using company = await openWiki({ elements: '' });
    await load(company, [], ['1', '2']);
    await evaluate(company);
    // Loaded after the first evaluation, as the passes of an initialization do.
    await load(company, [{ ...rows[0], FullName: '' }, ...rows.slice(1)] as typeof rows, [
      '1',
      '2',
      '3',
    ]);
    await evaluate(company);
    const before = await found(company);
    expect(before).toEqual(['18/4', '1/0', '18/1', 'FullName 18/1']);

    company.clock += 60_000;
    const outcome = await savePreExistingAccessRights(company.workspace, { force: false });
    expect(outcome.message).toBe(
      'Tagged as pre-existing: 1 accounts, 1 values, 0 roles. They wait in reconciliation.',
    );
    const after = ['18/4', '3/0', '18/1', 'FullName 3/0'];
    expect(await found(company)).toEqual(after);
    await evaluate(company);
    expect(await found(company)).toEqual(after);
  });

  it('are not tagged again, unless that is asked for', async () => {
    await using company = await openWiki({ elements: '' });
    await load(company, rows, ['1', '2']);
    expect(await savePreExistingAccessRights(company.workspace, { force: false })).toMatchObject({
      status: 'nothing',
    });
    await evaluate(company);
    await savePreExistingAccessRights(company.workspace, { force: false });
    await load(
      company,
      [{ ...rows[0], Mail: '1@example.test', Unit: 'changed' }, rows[1]] as typeof rows,
      ['1', '2'],
    );
    await evaluate(company);
    const drifted = await found(company);
    expect(drifted.filter((line) => line.endsWith(' 1/0'))).toHaveLength(1);

    expect(await savePreExistingAccessRights(company.workspace, { force: false })).toMatchObject({
      status: 'nothing',
    });
    expect(await found(company)).toEqual(drifted);
    await savePreExistingAccessRights(company.workspace, { force: true });
    expect((await found(company)).filter((line) => line.endsWith(' 1/0'))).toEqual([]);
  });

  it('leave a weak match to be confirmed as it was', async () => {
    await using company = await openWiki({ elements: '' });
    await load(company, [], ['2']);
    await evaluate(company);
    await load(company, [{ Login: 'x', Mail: 'x@example.test', FullName: 'Ode' }], ['2']);
    await evaluate(company);
    const match = () =>
      company.store.transaction(({ tx }) =>
        tx('assigned_resource_types').select('workflow_state', 'confidence', 'blocked_by'),
      );
    expect(await match()).toEqual([
      { workflow_state: 1, confidence: 80, blocked_by: '["confidence"]' },
    ]);

    await savePreExistingAccessRights(company.workspace, { force: false });
    expect(await match()).toEqual([
      { workflow_state: 3, confidence: 80, blocked_by: '["confidence"]' },
    ]);
  });
});
