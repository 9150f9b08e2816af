/** Plans over whole projects: computed without a trace, applied exactly or not at all, taken back. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  applyPlan,
  makePlan,
  makeUndo,
  type Plan,
  type PlannedOrder,
  type Workspace,
} from '../../../engine/index.ts';
import { dumpTables } from '../../../engine/job/company.fixture.ts';
import { describeOnEveryStore, makeSqliteProject, type ProjectFolder } from './project.ts';
import { readSystems } from './read-systems.ts';

async function dump(workspace: Workspace): Promise<string> {
  return JSON.stringify([...(await dumpTables(workspace.store))]);
}

async function planTo(
  workspace: Workspace,
  path: string,
): Promise<{ readonly plan: Plan; readonly orders: readonly PlannedOrder[] }> {
  const orders: PlannedOrder[] = [];
  const plan = await makePlan(workspace, {
    hypothesis: {},
    scope: { entityTypes: [] },
    person: 'ana',
    path,
    see: (order) => orders.push(order),
  });
  return { plan, orders };
}

const request = { person: 'ben', comment: null, force: false, isDryRun: false };

function wikiContent(project: ProjectFolder): string {
  const database = project.wiki();
  const rows = (sql: string) => database.prepare(sql).all();
  const content = JSON.stringify([
    rows('select * from users order by login'),
    rows('select * from user_spaces order by login, space'),
  ]);
  database.close();
  return content;
}

describeOnEveryStore((makeProject) => {
  it('shows what a run would do, writes nothing, and applies exactly that, once', async () => {
    await using project = await makeProject();
    await readSystems(project);
    const path = join(project.folder, 'first.plan');
    await using workspace = await project.open();
    const before = await dump(workspace);

    const { plan, orders } = await planTo(workspace, path);

    expect(await dump(workspace)).toBe(before);
    expect(orders.map(({ changeType, owner, resource }) => [changeType, owner, resource])).toEqual([
      ['added', '1', 'aroy'],
      ['added', '2', 'bode'],
    ]);
    expect(plan.tail.systems).toMatchObject([
      { connector: 'Wiki', added: 2, modified: 0, deleted: 0 },
    ]);
    const checked = await applyPlan(workspace, { ...request, path, isDryRun: true });
    expect(checked.status).toBe('checked');
    expect(await dump(workspace)).toBe(before);
    const applied = await applyPlan(workspace, { ...request, path });
    expect(applied).toMatchObject({ status: 'applied', orders: { executed: 2 } });
    expect(wikiContent(project)).toContain('"login":"bode"');
    await expect(applyPlan(workspace, { ...request, path })).rejects.toMatchObject({
      code: 'PLAN_ALREADY_APPLIED',
    });
  });

  it('takes back what a run did', async () => {
    await using project = await makeProject();
    await readSystems(project);
    await using workspace = await project.open();
    const empty = wikiContent(project);
    const path = join(project.folder, 'do.plan');
    const back = join(project.folder, 'undo.plan');
    await planTo(workspace, path);
    const done = await applyPlan(workspace, { ...request, path });

    const undo = await makeUndo(workspace, { runId: done.runId ?? 0, person: 'ana', path: back });
    const undone = await applyPlan(workspace, { ...request, path: back });

    expect(undo.tail.systems).toMatchObject([{ added: 0, modified: 0, deleted: 2 }]);
    expect(undo.tail.notes.join(' ')).toContain('anew as creations');
    expect(undone).toMatchObject({ status: 'applied', orders: { executed: 2 } });
    expect(wikiContent(project)).toBe(empty);
  });

  it('tells beforehand that an invariant forbids to take it back, and leaves no trace of having been asked', async () => {
    await using project = await makeProject({
      elements: '<ls:ProtectedResources Identifier="Kept" EntityType="Wiki_User" Keys="aroy" />',
    });
    await readSystems(project);
    await using workspace = await project.open();
    const path = join(project.folder, 'do.plan');
    const back = join(project.folder, 'undo.plan');
    await planTo(workspace, path);
    const done = await applyPlan(workspace, { ...request, path });
    await makeUndo(workspace, { runId: done.runId ?? 0, person: 'ana', path: back });
    const all = async (): Promise<string> =>
      JSON.stringify([
        await dump(workspace),
        await workspace.store.read(({ tx }) => tx('runs').orderBy('id')),
        wikiContent(project),
      ]);
    const before = await all();
    const forced = { ...request, path: back, force: true };

    const asked = await applyPlan(workspace, { ...forced, isDryRun: true });
    const told = await applyPlan(workspace, forced);

    expect(asked).toMatchObject({ status: 'held', runId: null });
    expect(asked.messages.join()).toMatch(/Kept: .*aroy.*--override-invariant Kept/su);
    expect(told).toEqual(asked);
    const override = (invariant: string) => ({
      ...forced,
      override: { invariants: [invariant], person: 'ben', comment: 'agreed' },
    });
    for (const isDryRun of [true, false])
      await expect(applyPlan(workspace, { ...override('Keep'), isDryRun })).rejects.toMatchObject({
        code: 'INVARIANT_UNKNOWN',
      });
    const checked = await applyPlan(workspace, { ...override('Kept'), isDryRun: true });
    expect(checked.status).toBe('checked');
    expect(await all()).toBe(before);
    expect(await applyPlan(workspace, override('Kept'))).toMatchObject({ status: 'applied' });
  });
});

it('refuses a plan when anything it was made of has moved, and says what', async () => {
  await using project = await makeSqliteProject();
  await readSystems(project);
  const path = join(project.folder, 'stale.plan');
  {
    await using workspace = await project.open();
    await planTo(workspace, path);
  }

  await project.people(['1,Ana,Roy,2020-01-01,,FIN,2', '2,Bem,Ode,2020-01-01,,IT,']);
  await readSystems(project);
  await using workspace = await project.open();
  const before = await dump(workspace);
  await expect(applyPlan(workspace, { ...request, path })).rejects.toMatchObject({
    code: 'PLAN_STALE',
    message: expect.stringContaining('HR_Person 2'),
    details: { cause: 'data' },
  });
  expect(await dump(workspace)).toBe(before);
});

it('refuses a plan under another configuration and names the first element that differs', async () => {
  await using project = await makeSqliteProject();
  await readSystems(project);
  const path = join(project.folder, 'stale.plan');
  {
    await using workspace = await project.open();
    await planTo(workspace, path);
  }
  const file = join(project.folder, 'conf', 'company.xml');
  const text = await readFile(file, 'utf8');
  await writeFile(
    file,
    text.replace('DisplayName_L1="Finance wiki"', 'DisplayName_L1="Finance viki"'),
  );
  await using workspace = await project.open();

  await expect(applyPlan(workspace, { ...request, path })).rejects.toMatchObject({
    code: 'PLAN_STALE',
    message: expect.stringContaining('SingleRole'),
    details: { cause: 'configuration' },
  });
});

it('refuses a plan when a date has come in between', async () => {
  await using project = await makeSqliteProject();
  await project.people(['1,Ana,Roy,2020-01-01,,FIN,2', '2,Ben,Ode,2025-06-17,,IT,']);
  await readSystems(project);
  const path = join(project.folder, 'stale.plan');
  await using workspace = await project.open();
  const { orders } = await planTo(workspace, path);
  expect(orders.map(({ owner }) => owner)).toEqual(['1']);

  project.clock += 3 * 24 * 60 * 60 * 1000;

  await expect(applyPlan(workspace, { ...request, path })).rejects.toMatchObject({
    code: 'PLAN_STALE',
    message: expect.stringContaining('create Wiki_User_Person "bode" of 2'),
  });
});

it('refuses a plan file in which a single byte was changed', async () => {
  await using project = await makeSqliteProject();
  await readSystems(project);
  const path = join(project.folder, 'edited.plan');
  await using workspace = await project.open();
  await planTo(workspace, path);
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace('"resource":"bode"', '"resource":"bodf"'));

  await expect(applyPlan(workspace, { ...request, path })).rejects.toMatchObject({
    code: 'PLAN_FILE_ALTERED',
  });
});

it('goes on with a plan that was stopped in the middle, and does nothing twice', async () => {
  await using project = await makeSqliteProject();
  await readSystems(project);
  const path = join(project.folder, 'stopped.plan');
  const stop = new AbortController();
  {
    await using workspace = await project.open(stop.signal);
    await planTo(workspace, path);
    // Stopped right after the orders were made: the first time they are only looked at.
    let reports = 0;
    let last = Number.POSITIVE_INFINITY;
    const report = (task: string): void => {
      if (task === 'generate' && ++reports === last) stop.abort();
    };
    const watched = { ...workspace, effects: { ...workspace.effects, progress: { report } } };
    await applyPlan(watched, { ...request, path, isDryRun: true });
    last = 3 * reports;
    await expect(applyPlan(watched, { ...request, path })).rejects.toMatchObject({
      name: 'AbortError',
    });
  }
  expect(wikiContent(project)).not.toContain('bode');
  project.clock += 24 * 60 * 60 * 1000;
  await using workspace = await project.open();

  const looked = await applyPlan(workspace, { ...request, path, isDryRun: true });
  const resumed = await applyPlan(workspace, { ...request, path });

  expect(looked).toMatchObject({ status: 'checked', isResumed: true });
  expect(resumed).toMatchObject({ status: 'applied', isResumed: true, orders: { executed: 2 } });
  expect(wikiContent(project)).toContain('bode');
  await expect(applyPlan(workspace, { ...request, path })).rejects.toMatchObject({
    code: 'PLAN_ALREADY_APPLIED',
  });
});

it('leaves orders alone that are not in the plan', async () => {
  await using project = await makeSqliteProject();
  await readSystems(project);
  await using workspace = await project.open();
  const early = join(project.folder, 'early.plan');
  await planTo(workspace, early);
  const engine = await import('../../../engine/index.ts');
  await engine.evaluatePolicy(workspace, {
    entityTypes: [],
    dirty: false,
    blockProvisioning: false,
    blockAllResourceTypeProvisioning: false,
  });
  await engine.generateOrders(workspace, {
    connector: 'Wiki',
    resourceTypes: [],
    force: true,
    isDryRun: false,
  });

  await expect(applyPlan(workspace, { ...request, path: early })).rejects.toMatchObject({
    code: 'PLAN_STALE',
    details: { cause: 'orders' },
  });
  expect(wikiContent(project)).not.toContain('bode');
  const late = join(project.folder, 'late.plan');
  await planTo(workspace, late);
  const applied = await applyPlan(workspace, { ...request, path: late });
  expect(applied.orders).toEqual({});
  expect(wikiContent(project)).not.toContain('bode');
});

it('names what was changed again since and leaves it out of taking back', async () => {
  await using project = await makeSqliteProject();
  await readSystems(project);
  const path = join(project.folder, 'do.plan');
  const back = join(project.folder, 'undo.plan');
  let runId = 0;
  {
    await using workspace = await project.open();
    await planTo(workspace, path);
    runId = (await applyPlan(workspace, { ...request, path })).runId ?? 0;
  }
  const database = project.wiki();
  database.exec(`update users set unit = 'Elsewhere' where login = 'aroy'`);
  database.close();
  await readSystems(project);
  await using workspace = await project.open();

  const undo = await makeUndo(workspace, { runId, person: 'ana', path: back });
  await applyPlan(workspace, { ...request, path: back });

  expect(undo.tail.orders.count).toBe(1);
  expect(undo.tail.notes.join('\n')).toContain('Unit was changed since: it is "Elsewhere".');
  expect(wikiContent(project)).toContain('aroy');
  expect(wikiContent(project)).not.toContain('bode');
});
