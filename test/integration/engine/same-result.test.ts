/** What must not make a difference: a second run, the order of rows, how many tasks run at once, where and in which language. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dumpTables } from '../../../engine/job/company.fixture.ts';
import { openBadgeSystem } from './badge-system.ts';
import { canonicalStore, describeOnEveryStore, type ProjectFolder } from './project.ts';

const root = join(import.meta.dirname, '..', '..', '..');
/** How many pairs of states the property below is tried on, per store. */
const pairs = Number(process.env['LOCKSTEP_DELTAS'] ?? 3);

const people = [
  '1,Ana,Roy,2020-01-01,,FIN,2',
  '2,Ben,Ode,2020-01-01,,IT,',
  '3,Çem,Işık,2020-01-01,,IT,1',
  '4,Dora,Ärmel,2020-01-01,2031-01-01,FIN,2',
  '10,Íris,Zoë,2020-01-01,,FIN,1',
];
const departments = ['FIN,Finance,', 'IT,Technology,FIN'];

/** Plans and runs the job in a process of its own, twice: delivered, and verified. Gives the hash of the plan. */
async function runApart(
  project: ProjectFolder,
  how: { readonly flags?: readonly string[]; readonly environment?: Record<string, string> },
): Promise<string> {
  const script = `import { deployProject, exportConnection, makePlan, openProject, openWorkspace, prepareConnector, runJob, synchronizeConnector } from '${join(root, 'engine/index.ts')}';
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
let clock = Date.now() + 86_400_000;
const effects = { environment: {}, logger: quiet, progress: { report() {} }, now: () => (clock += 1000), signal: new AbortController().signal };
await using project = await openProject(${JSON.stringify(project.folder)}, effects);
await deployProject(project, { isDryRun: false });
const workspace = await openWorkspace(project);
for (const connection of ['HRPeople', 'HRDepartments', 'WikiDb'])
  await exportConnection(workspace, { connection, mode: 'complete', ignoreCookie: true });
for (const connector of ['HR', 'Wiki']) {
  await prepareConnector(workspace, { connector, mode: 'complete', commandColumn: null, force: true });
  await synchronizeConnector(workspace, { connector, force: true, resume: false, isDryRun: false });
}
const { tail } = await makePlan(workspace, { hypothesis: {}, scope: { entityTypes: [] }, person: 'x' });
process.stdout.write(tail.hash);
for (let day = 0; day < 2; day += 1) {
  const { status } = await runJob(await openWorkspace(project), { job: 'Complete', resume: false, force: true, onTask() {} });
  if (status !== 'completed') throw new Error(status);
}`;
  const path = join(project.folder, 'run-apart.ts');
  await writeFile(path, script);
  const child = spawn(process.execPath, [...(how.flags ?? []), path], {
    env: { ...process.env, ...how.environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [hash] = await Promise.all([text(child.stdout), once(child, 'close')]);
  expect(child.exitCode).toBe(0);
  return hash;
}

/** Store and accounts, whatever their ids. */
async function readWorld(project: ProjectFolder): Promise<readonly string[]> {
  await using workspace = await project.open();
  const wiki = project.wiki();
  const accounts = wiki.prepare('select * from users order by login').all();
  const spaces = wiki.prepare('select * from user_spaces order by login, space').all();
  wiki.close();
  return [
    ...(await canonicalStore(workspace.store)),
    ...[...accounts, ...spaces].map((row) => JSON.stringify(row)),
  ];
}

describeOnEveryStore((makeProject) => {
  it('the same rows in any order, zone, language and number of tasks at once give the same plan and store', {
    timeout: 180_000,
  }, async () => {
    await using plain = await makeProject();
    await plain.people(people);
    await plain.departments(departments);
    const hash = await runApart(plain, { environment: { TZ: 'UTC', LANG: 'C' } });
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    const expected = await readWorld(plain);
    expect(expected.filter((line) => line.startsWith('{'))).not.toHaveLength(0);

    const variants = [
      {
        settings: { Jobs: { MaxTaskBatchSize: 1 } },
        flags: ['--hash-seed=1'],
        environment: { TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' },
      },
      {
        settings: { Jobs: { MaxTaskBatchSize: 8 } },
        flags: ['--hash-seed=4242'],
        environment: { TZ: 'America/Los_Angeles', LANG: 'sv_SE.UTF-8', LC_ALL: 'sv_SE.UTF-8' },
      },
    ];
    for (const [index, { settings, ...how }] of variants.entries()) {
      await using other = await makeProject();
      const path = join(other.folder, 'appsettings.json');
      const before = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
      await writeFile(path, JSON.stringify({ ...before, ...settings }));
      await other.people(
        index === 0 ? people.toReversed() : [...people.slice(2), ...people.slice(0, 2)],
      );
      await other.departments(departments.toReversed());

      expect(await runApart(other, how)).toBe(hash);
      expect(await readWorld(other)).toEqual(expected);
    }
  });

  it('a run right after a run changes nothing, makes no order and does not touch the managed system', async () => {
    // What a run notes of itself, and changes that it was the last to read.
    const about = [
      ...['synchronization_sessions', 'synchronizations', 'reflections', 'evaluations'],
      'resource_changes',
    ];
    await using project = await makeProject();
    // Later than the files are of, which are written now.
    project.clock = Date.now() + 86_400_000;
    for (let day = 0; day < 2; day += 1) await project.run('Complete', { force: true });
    const look = async () => {
      await using workspace = await project.open();
      const orders = await workspace.store.transaction(({ tx }) =>
        tx('provisioning_orders').count({ n: '*' }),
      );
      const target = await readFile(join(project.folder, 'data', 'wiki.db'));
      const tables = new Map(await dumpTables(workspace.store));
      for (const name of about) tables.delete(name);
      return {
        orders: Number(orders[0]?.['n']),
        target: createHash('sha256').update(target).digest('hex'),
        tables,
      };
    };
    const before = await look();
    expect(before.orders).toBeGreaterThan(0);
    expect(before.tables.get('assigned_resource_types')).not.toHaveLength(0);

    expect((await project.run('Complete')).status).toBe('completed');
    expect((await project.run('Incremental')).status).toBe('completed');

    expect(await look()).toEqual(before);
  });

  describe('the difference of two readings', () => {
    const key = fc.constantFrom('a', 'B', 'b2', 'é', 'z z', '10', '9', '‹');
    const state = fc.record({
      holders: fc.uniqueArray(fc.tuple(key, fc.constantFrom('', 'x', 'Y,"y"', ' y')), {
        selector: ([each]) => each,
      }),
      access: fc.uniqueArray(key, { maxLength: 5 }),
    });
    const cell = (text: string) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

    it('applied to the first gives the second, and its reverse gives the first again', {
      timeout: 60_000 + pairs * 5_000,
    }, async () => {
      await using system = await openBadgeSystem(await makeProject());
      const lines = (one: typeof state extends fc.Arbitrary<infer T> ? T : never) => ({
        doors: ['D1,North'],
        holders: one.holders.map((row) => row.map(cell).join(',')),
        access: one.access.map((each) => `D1,${cell(each)}`),
      });
      const read = async () =>
        (await system.look()).filter((line) => !line.startsWith('r_badge_door'));

      await fc.assert(
        fc.asyncProperty(state, state, async (first, second) => {
          await system.load('complete', lines(second));
          const expected = await read();
          await system.load('complete', lines(first));
          const start = await read();

          const there = await system.load('incremental', lines(second));
          expect(await read()).toEqual(expected);
          const back = await system.load('incremental', lines(first));
          expect(await read()).toEqual(start);

          const { inserted, deleted } = there.summary;
          expect([back.summary['deleted'], back.summary['inserted']]).toEqual([inserted, deleted]);
        }),
        { numRuns: pairs },
      );
    });
  });
});
