import { describe, expect, it } from 'vitest';
import { type Company, configuration, loadData, openCompany } from './company.fixture.ts';
import { requestRoles } from './role-requests.ts';
import { computeCorrelationKeys } from './tasks/compute-correlation-keys.ts';
import { evaluatePolicy } from './tasks/evaluate-policy.ts';
import { generateOrders } from './tasks/generate-orders.ts';
import { updatePropertyExpressions } from './tasks/update-property-expressions.ts';
import { type Explanation, explainResource } from './views/explain.ts';
import type { ExplainQuestion } from './views/explain-absences.ts';
import { findResource } from './views/resources.ts';

/*
 * Departments   ALL ── FIN ── BOOK      IT
 * People        Ana (1) IT · Ben (2) BOOK, below FIN · Cy (3) IT, begins in July · Di (4) left in May
 */
const june = Date.parse('2025-06-15T12:00:00.000Z');

const rules = `
    <TypeRule D0="IT" />
    <TypeRule D0="FIN" L0="true" />
    <TypeRule IsDenied="true" D0="BOOK" />
    <ScalarRule Property="Login" Binding="Login" />
    <ScalarRule Property="Mail" Binding="Number" />
    <ScalarRule Property="Boss" SingleRole="Finance" Binding="Manager.LastName" />
    <NavigationRule Property="Spaces" Resource="finance" SingleRole="Finance" />
    <NavigationRule Property="Spaces" Resource="tech" D0="IT" />
    <QueryRule Property="Spaces" SourceBinding="Department.Code" TargetBinding="Name" TargetMatchedConfidenceLevel="100" />`;

async function open(parts: Parameters<typeof configuration>[0] = {}): Promise<Company> {
  const text = configuration({ rules, ...parts });
  const company = await openCompany({ configuration: text, clock: june });
  const person = { StartDate: null, EndDate: null };
  await loadData(company, {
    entities: {
      HR_Person: [
        { Number: '1', FirstName: 'Ana', LastName: 'Roy', ...person },
        { Number: '2', FirstName: 'Ben', LastName: 'Ode', ...person },
        { Number: '3', FirstName: 'Cy', LastName: 'Day', ...person, StartDate: '20250701000000' },
        { Number: '4', FirstName: 'Di', LastName: 'Way', ...person, EndDate: '20250501000000' },
      ],
      HR_Department: [
        { Code: 'ALL', Name: 'All' },
        { Code: 'FIN', Name: 'Money' },
        { Code: 'BOOK', Name: 'Books' },
        { Code: 'IT', Name: 'Technology' },
      ],
      Wiki_User: [],
      Wiki_Space: [{ Name: 'finance' }, { Name: 'tech' }, { Name: 'IT' }],
    },
    links: {
      HR_Person_Department: [
        ['1', 'IT'],
        ['2', 'BOOK'],
        ['3', 'IT'],
        ['4', 'IT'],
      ],
      HR_Person_Manager: [],
      HR_Department_Parent: [
        ['FIN', 'ALL'],
        ['BOOK', 'FIN'],
      ],
      Wiki_User_Space: [],
    },
  });
  const { workspace } = company;
  await updatePropertyExpressions(workspace, { entityTypes: [], dirty: true });
  await computeCorrelationKeys(workspace, { dirty: true });
  await evaluatePolicy(workspace, {
    entityTypes: [],
    dirty: true,
    blockProvisioning: false,
    blockAllResourceTypeProvisioning: false,
  });
  // What is told of rules is read from the deployed files.
  const files = [{ path: 'company.xml', text }];
  return Object.assign(company, {
    workspace: { ...workspace, deployed: { ...workspace.deployed, files } },
  });
}

async function ask(
  { workspace }: Company,
  person: string,
  question: ExplainQuestion,
): Promise<Explanation> {
  const found = await findResource(workspace.store, workspace.model, `HR_Person:${person}`);
  return explainResource(workspace, found, question);
}

async function readId({ workspace }: Company, entityType: string, key: string): Promise<number> {
  return (await findResource(workspace.store, workspace.model, `${entityType}:${key}`)).id;
}

async function requestFor(
  company: Company,
  person: string,
  about: { readonly role: string; readonly action: 'assign' | 'deny' },
): Promise<void> {
  await requestRoles(company.workspace, {
    ...about,
    kind: 'single',
    ownerIds: [await readId(company, 'HR_Person', person)],
    asked: { start: null, end: null },
    parameters: {},
    person: 'eva',
    comment: null,
    isDryRun: false,
  });
}

const lineOf = (text: string, part: string): number =>
  text.split('\n').findIndex((line) => line.includes(part)) + 1;

describe('what an owner is not given', () => {
  it('names the rule, the criterion that failed, the value seen and since when', async () => {
    await using company = await open();

    const { absences } = await ask(company, '1', { role: 'Finance' });

    const line = lineOf(configuration({ rules }), '<SingleRoleRule');
    expect(absences).toHaveLength(1);
    expect(absences[0]).toMatchObject({ kind: 'role', subject: 'Finance', isGiven: false });
    expect(absences[0]?.answer).toBe(
      `No rule gives Ana Finance. The nearest is SingleRoleRule at company.xml:${line}: it needs Department FIN or below; Ana has IT since 2025-06-15.`,
    );
    expect(absences[0]?.rules[0]?.rule.text).toBe('Role="Finance" D0="FIN" L0="true"');
  });

  it('says who is given it, and by which rule, in the same way', async () => {
    await using company = await open();

    const { absences, roles } = await ask(company, '2', { role: 'Finance' });

    expect(absences[0]?.isGiven).toBe(true);
    expect(absences[0]?.rules[0]?.outcome).toBe('gives');
    expect(roles[0]).toMatchObject({ role: 'Finance', state: 'Calculated' });
    expect(roles[0]?.rules[0]?.element).toBe('SingleRoleRule');
  });

  it('names the rule that denies a resource type', async () => {
    await using company = await open();

    const { absences } = await ask(company, '2', { resourceType: 'Wiki_User_Person' });

    const text = configuration({ rules });
    expect(absences[0]?.answer).toContain(
      `The nearest is TypeRule at company.xml:${lineOf(text, '<TypeRule D0="FIN"')}: TypeRule at company.xml:${lineOf(text, '<TypeRule IsDenied')} denies it.`,
    );
    const outcomes = absences[0]?.rules.map(({ outcome }) => outcome);
    expect(outcomes).toContain('denies');
  });

  it('tells what comes later and what is over', async () => {
    await using company = await open();

    const later = await ask(company, '3', { resourceType: 'Wiki_User_Person' });
    const over = await ask(company, '4', { resourceType: 'Wiki_User_Person' });

    expect(later.absences[0]?.answer).toContain('it applies from 2025-07-01 on.');
    expect(over.absences[0]?.answer).toContain('it applied until 2025-05-01.');
  });

  it('follows a value back to the role it needs, and the role to its criterion', async () => {
    await using company = await open();

    const { absences } = await ask(company, '1', { property: 'Spaces', value: 'finance' });

    expect(absences.map(({ subject, isGiven }) => [subject, isGiven])).toEqual([
      ['Wiki_User_Person.Spaces = finance', false],
      ['Finance', false],
    ]);
    expect(absences[0]?.answer).toContain('it needs the single role "Finance"');
    expect(absences[1]?.answer).toContain('Ana has IT');
  });

  it('tells a value no rule knows from one that is given', async () => {
    await using company = await open();

    const unknown = await ask(company, '1', { property: 'Spaces', value: 'garden' });
    const given = await ask(company, '1', { property: 'Spaces', value: 'tech' });

    const [nearest] = unknown.absences[0]?.rules ?? [];
    expect(unknown.absences[0]?.isGiven).toBe(false);
    expect(nearest?.rule.element).toBe('QueryRule');
    expect(given.absences[0]?.isGiven).toBe(true);
  });

  it('tells of several linked resources the one that is asked about, and what was read by its key', async () => {
    await using company = await open();

    const all = await ask(company, '1', { property: 'Spaces' });
    const [entry, ...others] = (await ask(company, '1', { property: 'Spaces', value: 'tech' }))
      .entries;
    const none = await ask(company, '1', { property: 'Spaces', value: 'finance' });

    expect(all.entries.map(({ value }) => value)).toEqual(['tech', 'IT']);
    expect(others).toEqual([]);
    expect(entry).toMatchObject({ value: 'tech', rule: { element: 'NavigationRule' } });
    expect(entry?.inputs).toContainEqual(
      expect.objectContaining({ entityType: 'HR_Person', property: 'Department', value: 'IT' }),
    );
    expect(none.entries).toEqual([]);
    // A query that finds another one does not give it.
    expect(none.absences[0]?.rules.at(-1)?.obstacles[0]?.kind).toBe('other-value');
  });

  it('tells a value that is asked about from the one that a rule gives', async () => {
    await using company = await open();

    const held = await ask(company, '1', { property: 'Mail', value: '1' });
    const part = await ask(company, '1', { property: 'Mail', value: '' });
    const other = await ask(company, '1', { property: 'Mail', value: '2' });

    expect(held.absences[0]?.isGiven).toBe(true);
    expect(held.entries.map(({ value }) => value)).toEqual(['1']);
    for (const { absences, entries } of [part, other]) {
      expect(entries).toEqual([]);
      expect(absences[0]?.isGiven).toBe(false);
      expect(absences[0]?.rules[0]?.obstacles).toEqual([
        { kind: 'other-value', text: 'it gives 1' },
      ]);
    }
  });

  it('names the property that was nearly asked about', async () => {
    await using company = await open();

    await expect(ask(company, '1', { property: 'mail' })).rejects.toMatchObject({
      code: 'PROPERTY_UNKNOWN',
      hint: 'Did you mean "Mail"?',
    });
  });

  it('explains a property whose rule needs a role, where nothing gives it a value', async () => {
    await using company = await open();

    const { entries, absences } = await ask(company, '1', { property: 'Boss' });

    expect(entries).toEqual([]);
    expect(absences[0]).toMatchObject({ subject: 'Wiki_User_Person.Boss', isGiven: false });
    expect(absences[0]?.rules[0]?.obstacles[0]?.kind).toBe('role');
  });

  it('says that somebody asked for a role and nobody has agreed yet', async () => {
    await using company = await open({
      elements:
        '<SingleRole Identifier="Garden" DisplayName_L1="Garden" Policy="Default" EntityType="HR_Person" ApprovalWorkflowType="Two" />',
    });
    await requestFor(company, '1', { role: 'Garden', action: 'assign' });

    const { absences } = await ask(company, '1', { role: 'Garden' });

    expect(absences[0]).toMatchObject({
      isGiven: false,
      answer: 'No rule gives Garden to anybody.',
      stored: ['It is requested and waits for the first of two approvals, asked for by eva.'],
    });
  });

  it('says that a person denied what a rule gives', async () => {
    await using company = await open();
    await requestFor(company, '2', { role: 'Finance', action: 'deny' });

    const { absences } = await ask(company, '2', { role: 'Finance' });

    expect(absences[0]?.stored).toEqual(['It is denied by a decision, asked for by eva.']);
  });

  it('names the link that a person declined', async () => {
    await using company = await open();
    const own = (await readId(company, 'HR_Person', '1')) ?? 0;
    const space = (await readId(company, 'Wiki_Space', 'tech')) ?? 0;
    await company.store.transaction(async ({ tx }) => {
      const row = await tx('assigned_resource_types').where({ owner_id: own }).first();
      await tx('assigned_values').insert({
        ...{ id: 900_001, assigned_resource_type_id: row.id, kind: 'navigation' },
        ...{ property: 'Spaces', linked_id: space, policy_value: '1', current_value: null },
        ...{ workflow_state: 18, provisioning_state: 0, is_denied: 1, blocked_by: '[]' },
        ...{ state_since: row.state_since, run_id: row.run_id, valid_from: row.valid_from },
      });
    });

    const about = await ask(company, '1', { property: 'Spaces', value: 'tech' });
    const other = await ask(company, '1', { property: 'Spaces', value: 'finance' });

    expect(about.absences[0]?.stored).toEqual(['A person declined tech.']);
    expect(other.absences[0]?.stored).toEqual([]);
  });

  it('says that no record of the owner holds now', async () => {
    await using company = await open();

    const { absences } = await ask(company, '4', { role: 'Finance' });

    expect(absences[0]?.rules[0]?.obstacles).toEqual([
      { kind: 'no-context', text: 'no context of Di holds now (1 at other times)' },
    ]);
  });

  it('says of an account that nobody owns it', async () => {
    await using company = await open();
    await loadData(company, {
      entities: {
        Wiki_User: [{ Login: 'ghost', Mail: null, FullName: null, Unit: null, Boss: null }],
      },
      links: {},
    });
    const { workspace } = company;
    const found = await findResource(workspace.store, workspace.model, 'Wiki_User:ghost');

    const { entries, notes } = await explainResource(workspace, found, {});

    expect(entries).toEqual([]);
    expect(notes[0]).toContain(
      'Wiki_User:ghost has no owner: no correlation rule of Wiki_User_Person finds one',
    );
  });

  it('answers for every resource type where an owner is given nothing at all', async () => {
    await using company = await open();

    const { entries, absences } = await ask(company, '4', {});

    expect(entries).toEqual([]);
    expect(absences.map(({ subject }) => subject)).toEqual(['Wiki_User_Person']);
  });

  it.each([
    [{ role: 'Finanse' }, 'ROLE_UNKNOWN'],
    [{ resourceType: 'Wiki_User' }, 'USAGE_RESOURCE_TYPE_UNKNOWN'],
    [{ property: 'Nickname' }, 'PROPERTY_UNKNOWN'],
  ] as const)('refuses a question about %j', async (question, code) => {
    await using company = await open();

    await expect(ask(company, '1', question)).rejects.toMatchObject({ code });
  });
});

describe('what is told of dates, accounts and links', () => {
  it('is as people write it: days, keys, and no number of the store', async () => {
    await using company = await open({
      rules: `<TypeRule /><ScalarRule Property="Login" Binding="Login" />
        <ScalarRule Property="Unit" Binding="StartDate" />
        <NavigationRule Property="Spaces" Resource="tech" />`,
    });

    const { entries, history } = await ask(company, '3', {});
    const fields = new Map(
      history.flatMap((change) => change.fields.map(({ field, to }) => [field, to] as const)),
    );

    const unit = entries.find(({ property }) => property === 'Unit');
    expect(unit?.inputs).toContainEqual(
      expect.objectContaining({ property: 'StartDate', value: '2025-07-01' }),
    );
    expect(fields.get('values.Spaces')).toBe('tech');
    expect(fields.get('startDate')).toBe('2025-07-01');
    expect([...fields.values()].filter((text) => /^\d{14}$|^\[|^#/u.test(text ?? ''))).toEqual([
      // What a rule wrote as text is what it is.
      '20250701000000',
    ]);
  });
});

describe('what is not delivered yet', () => {
  it('waits for a review, in words and with the way out', async () => {
    await using company = await open({ resourceTypeAttributes: 'BlockProvisioning="true"' });

    const { delays, assignments } = await ask(company, '1', {});

    expect(delays[0]).toMatchObject({
      kind: 'blocked-resource-type',
      resourceType: 'Wiki_User_Person',
      text: 'It is held for review: its resource type lets nothing leave without a review (BlockProvisioning).',
    });
    expect(delays[0]?.cure).toContain(`review approve ${assignments[0]?.assignmentId}`);
  });

  it.each([
    ['BlockProvisioning="false"', 'next-generation'],
    ['BlockProvisioning="false" AllowAdd="false"', 'not-allowed'],
    ['BlockProvisioning="false" DependsOnOwnerProperty="EndDate"', 'dependency'],
  ] as const)('with %s says %s', async (resourceTypeAttributes, kind) => {
    await using company = await open({ resourceTypeAttributes });

    const { delays } = await ask(company, '1', {});

    expect(delays.map((delay) => delay.kind)).toEqual([kind]);
  });

  it('waits behind a threshold, whatever was generated for others since, until somebody passes it', async () => {
    await using company = await open({
      resourceTypeAttributes:
        'BlockProvisioning="false" MaximumInsert="1" MaximumInsertPercent="0"',
      rules: '<TypeRule /><ScalarRule Property="Login" Binding="Login" />',
    });
    const { workspace } = company;
    const generate = (connector: string, force: boolean) =>
      generateOrders(workspace, { connector, resourceTypes: [], force, isDryRun: false });
    expect((await generate('Wiki', false)).status).toBe('blocked');
    await company.store.transaction(async ({ tx }) => {
      const { id: _, ...run } = await tx('runs').where({ kind: 'generate' }).first();
      await tx('runs').insert({
        ...run,
        id: 900_002,
        subject: 'HR',
        status: 'done',
        details: '{}',
      });
    });

    const held = await ask(company, '1', {});
    await generate('Wiki', true);
    const passed = await ask(company, '1', {});

    expect(held.delays.map(({ kind }) => kind)).toEqual(['threshold']);
    expect(held.delays[0]?.text).toContain('stopped by a threshold');
    expect(passed.delays.map(({ kind }) => kind)).toEqual(['next-fulfilment']);
  });

  it('failed, with what the system said', async () => {
    await using company = await open({ resourceTypeAttributes: 'BlockProvisioning="false"' });
    await company.store.transaction(({ tx }) =>
      tx('assigned_resource_types').update({
        provisioning_state: 3,
        last_error: 'No licence left.',
      }),
    );

    const { delays } = await ask(company, '1', {});

    expect(delays[0]).toMatchObject({
      kind: 'errored',
      text: 'Its last order failed: No licence left.',
    });
    expect(delays[0]?.cure).toContain('review unblock');
  });

  it('waits for its beginning', async () => {
    await using company = await open({ resourceTypeAttributes: 'BlockProvisioning="false"' });

    const { delays } = await ask(company, '3', {});

    expect(delays.map(({ kind, text }) => [kind, text])).toEqual([
      ['not-begun', 'It begins at 2025-07-01.'],
    ]);
  });
});
