/** What a plan says of changes that a review holds: it names everybody they are about, and applying makes nothing of them. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import {
  applyPlan,
  computeCorrelationKeys,
  decideReview,
  evaluatePolicy,
  listReviewItems,
  makePlan,
  type Plan,
  type PlannedOrder,
  readPlan,
  updatePropertyExpressions,
  type WaitingItem,
  type Workspace,
} from '../../../engine/index.ts';
import { dumpTables } from '../../../engine/job/company.fixture.ts';
import { describeOnEveryStore, makeSqliteProject, type ProjectFolder } from './project.ts';
import { readSystems } from './read-systems.ts';

/*
 * Departments   ALL ── FIN ── BOOK      IT
 * People        1 FIN · 2 BOOK · 3 IT · 4 IT, left · 5 FIN, not begun · 6 of no department
 */
const people = [
  '1,Ana,Roy,2020-01-01,,FIN,',
  '2,Ben,Ode,2020-01-01,,BOOK,',
  '3,Cy,Day,2020-01-01,,IT,',
  '4,Di,Way,2020-01-01,2024-01-01,IT,',
  '5,Eve,Lim,2099-01-01,,FIN,',
  '6,Flo,Zed,2020-01-01,,,',
];

const rules = `
    <TypeRule />
    <ScalarRule Property="Login" Binding="Login" />
    <ScalarRule Property="Mail" Expression="C#:person:return person.Number + &quot;@example.test&quot;;" />
    <NavigationRule Property="Spaces" Resource="finance" SingleRole="Finance" />`;
const roleRule = '<SingleRoleRule Role="Finance" Policy="Default" D0="FIN" L0="true" />';
const changedRule = '<SingleRoleRule Role="Finance" Policy="Default" D0="IT" />';
const blocked =
  'BlockProvisioning="true" MaximumInsertPercent="0" MaximumUpdatePercent="0" MaximumDeletePercent="0"';

interface Seen {
  readonly plan: Plan;
  readonly orders: readonly PlannedOrder[];
  readonly waiting: readonly WaitingItem[];
}

async function planWith(
  workspace: Workspace,
  request: { readonly configurationFolder?: string; readonly path?: string } = {},
): Promise<Seen> {
  const { configurationFolder, path } = request;
  const orders: PlannedOrder[] = [];
  const waiting: WaitingItem[] = [];
  const plan = await makePlan(workspace, {
    hypothesis: configurationFolder === undefined ? {} : { configurationFolder },
    scope: { entityTypes: [] },
    person: 'ana',
    ...(path === undefined ? {} : { path }),
    see: (order) => orders.push(order),
    seeWaiting: (item) => waiting.push(item),
  });
  return { plan, orders, waiting };
}

async function configurationWith(
  { folder }: ProjectFolder,
  ...[from, to]: readonly [string, string]
): Promise<string> {
  const other = join(folder, 'other-conf');
  await cp(join(folder, 'conf'), other, { recursive: true });
  const file = join(other, 'company.xml');
  const text = await readFile(file, 'utf8');
  if (text.split(from).length !== 2) throw new Error(`not once: ${from}`);
  await writeFile(file, text.replace(from, to));
  return other;
}

/** Knows nothing of the engine: the rows of the file, and what the rules of the two configurations say about them. */
function askSql(): { readonly gain: readonly string[]; readonly lose: readonly string[] } {
  using database = new DatabaseSync(':memory:');
  database.exec('create table people (number, start, end, department)');
  const insert = database.prepare('insert into people values (?, ?, ?, ?)');
  for (const line of people) {
    const [number = '', , , start = '', end = '', department = ''] = line.split(',');
    insert.run(number, start, end, department);
  }
  const here = `start <= '2025-06-15' and (end = '' or end > '2025-06-15')`;
  const ask = (department: string): readonly string[] =>
    database
      .prepare(`select number from people where ${here} and ${department} order by number`)
      .all()
      .map((row) => String(row['number']));
  return { gain: ask("department = 'IT'"), lose: ask("department in ('FIN', 'BOOK')") };
}

async function evaluate(workspace: Workspace): Promise<void> {
  await updatePropertyExpressions(workspace, { entityTypes: [], dirty: true });
  await computeCorrelationKeys(workspace, { dirty: true });
  await evaluatePolicy(workspace, {
    entityTypes: [],
    dirty: false,
    blockProvisioning: false,
    blockAllResourceTypeProvisioning: false,
  });
}

const dump = async ({ store }: Workspace): Promise<string> =>
  JSON.stringify([...(await dumpTables(store))]);

describeOnEveryStore((makeProject) => {
  it('names exactly the people whom a changed rule concerns, as SQL finds them', async () => {
    await using project = await makeProject({ rules, resourceTypeAttributes: blocked });
    await project.people(people);
    await project.departments(['FIN,Finance,', 'BOOK,Books,FIN', 'IT,Technology,']);
    // Everybody whom the rules want has an account in the wiki, as they have it.
    const wiki = project.wiki();
    for (const [number, login, space] of [
      ['1', 'aroy', 'finance'],
      ['2', 'bode', 'finance'],
      ['3', 'cday', null],
      ['6', 'fzed', null],
    ] as const) {
      const mail = `${number}@example.test`;
      wiki.prepare('insert into users (login, mail) values (?, ?)').run(login, mail);
      if (space !== null) wiki.prepare('insert into user_spaces values (?, ?)').run(login, space);
    }
    wiki.close();
    await readSystems(project);
    await using workspace = await project.open();
    await evaluate(workspace);
    expect(
      (await listReviewItems(workspace.store, workspace.model)).map(({ owner }) => owner.key),
    ).toEqual(['5']);
    const configurationFolder = await configurationWith(project, roleRule, changedRule);
    const before = await dump(workspace);
    const path = join(project.folder, 'change.plan');

    const { plan, orders, waiting } = await planWith(workspace, { configurationFolder, path });

    const { gain, lose } = askSql();
    const told = waiting.map(({ change, kind, owner, resource, values }) => [
      ...[change, kind, owner, resource],
      ...values.map(({ property, proposed, current }) => `${property} ${current} ${proposed}`),
    ]);
    const logins: Readonly<Record<string, string>> = { 1: 'aroy', 2: 'bode', 3: 'cday' };
    // Who has not begun will get an account with another content than what waits for him now.
    const expected = [
      ...lose.map((one) => ['new', 'update', one, logins[one], 'Spaces finance null']),
      ...gain.map((one) => ['new', 'update', one, logins[one], 'Spaces null finance']),
    ];
    expect(told.filter(([, , owner]) => owner !== '5').sort()).toEqual(expected.sort());
    expect(waiting.filter(({ owner }) => owner === '5')).toMatchObject([{ change: 'changed' }]);
    expect(orders).toEqual([]);
    expect(plan.tail.waiting).toEqual({ new: expected.length, changed: 1, gone: 0 });
    expect(await dump(workspace)).toBe(before);
    const saved: WaitingItem[] = [];
    const read = await readPlan(path, undefined, (item) => saved.push(item));
    expect(saved).toEqual(waiting);
    expect(read.tail).toEqual(plan.tail);
  });

  it('names what would not wait any more, and nobody twice whose order would leave', async () => {
    await using project = await makeProject({
      rules: '<TypeRule /><ScalarRule Property="Login" Binding="Login" />',
      resourceTypeAttributes: blocked,
    });
    await readSystems(project);
    await using workspace = await project.open();
    await evaluate(workspace);
    const items = await listReviewItems(workspace.store, workspace.model);
    const first = items.find(({ owner }) => owner.key === '1');

    const unchanged = await planWith(workspace);
    const none = await planWith(workspace, {
      configurationFolder: await configurationWith(
        project,
        '<TypeRule />',
        '<TypeRule D0="FIN" />',
      ),
    });
    await decideReview(workspace.store, workspace.model, {
      assignmentIds: [first?.assignmentId ?? 0],
      decision: 'approve',
      person: 'ana',
      comment: null,
      at: new Date(project.clock).toISOString(),
      isDryRun: false,
    });
    const approved = await planWith(workspace);

    expect(items.map(({ owner }) => owner.key)).toEqual(['1', '2']);
    expect(unchanged.waiting).toEqual([]);
    expect(none.waiting).toMatchObject([
      { change: 'gone', kind: 'addition', owner: '2', values: [] },
    ]);
    expect(approved.orders.map(({ owner }) => owner)).toEqual(['1']);
    expect(approved.waiting).toEqual([]);
  });
});

it('is not about other systems or other people than it was asked for', async () => {
  await using project = await makeSqliteProject({ rules, resourceTypeAttributes: blocked });
  await readSystems(project);
  await using workspace = await project.open();
  const plan = async (scope: Parameters<typeof makePlan>[1]['scope']) => {
    const owners: string[] = [];
    const made = await makePlan(workspace, {
      hypothesis: {},
      scope,
      person: 'ana',
      see: ({ owner }) => void owners.push(owner),
      seeWaiting: ({ owner }) => void owners.push(owner),
    });
    return { owners, notes: made.tail.notes };
  };

  const all = await plan({ entityTypes: ['HR_Person'], connector: 'Wiki' });
  const otherSystem = await plan({ entityTypes: [], connector: 'HR' });
  const otherPeople = await plan({ entityTypes: ['HR_Department'] });

  expect(all.owners).toEqual(['1', '2']);
  expect(otherSystem).toEqual({ owners: [], notes: [] });
  expect(otherPeople).toEqual({ owners: [], notes: [] });
});

it('makes nothing of what waits when it is applied, and tells what a threshold would hold before anything is changed', async () => {
  await using project = await makeSqliteProject({
    resourceTypeAttributes: 'BlockProvisioning="false" MaximumInsert="1" MaximumInsertPercent="0"',
  });
  await readSystems(project);
  const path = join(project.folder, 'many.plan');
  await using workspace = await project.open();
  const { orders } = await planWith(workspace, { path });
  const before = await dump(workspace);
  const request = { path, person: 'ben', comment: null, force: false, isDryRun: false };

  const looked = await applyPlan(workspace, { ...request, isDryRun: true });
  const held = await applyPlan(workspace, request);

  expect(orders).toHaveLength(2);
  for (const answer of [looked, held]) {
    expect(answer).toMatchObject({ status: 'held', runId: null, orders: {} });
    expect(answer.messages.join('\n')).toContain('held by a threshold');
    expect(answer.messages.join('\n')).toContain('Nothing was changed.');
  }
  expect(await dump(workspace)).toBe(before);
  const applied = await applyPlan(workspace, { ...request, force: true });
  expect(applied).toMatchObject({ status: 'applied', orders: { executed: 2 } });
});
