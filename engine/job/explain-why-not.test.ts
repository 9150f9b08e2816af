import { describe, expect, it } from 'vitest';
import { type Company, configuration, loadData, openCompany } from './company.fixture.ts';
import { computeCorrelationKeys } from './tasks/compute-correlation-keys.ts';
import { evaluatePolicy } from './tasks/evaluate-policy.ts';
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

  it('explains a property whose rule needs a role, where nothing gives it a value', async () => {
    await using company = await open();

    const { entries, absences } = await ask(company, '1', { property: 'Boss' });

    expect(entries).toEqual([]);
    expect(absences[0]).toMatchObject({ subject: 'Wiki_User_Person.Boss', isGiven: false });
    expect(absences[0]?.rules[0]?.obstacles[0]?.kind).toBe('role');
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

  it('waits for its beginning', async () => {
    await using company = await open({ resourceTypeAttributes: 'BlockProvisioning="false"' });

    const { delays } = await ask(company, '3', {});

    expect(delays.map(({ kind, text }) => [kind, text])).toEqual([
      ['not-begun', 'It begins at 2025-07-01.'],
    ]);
  });
});
