/** What must not make a difference: a second run, the order of rows, how many tasks run at once, where and in which language. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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

/** Runs the job in a process of its own, twice: delivered, and verified. */
async function runApart(
  project: ProjectFolder,
  how: { readonly flags?: readonly string[]; readonly environment?: Record<string, string> },
): Promise<void> {
  const script = `import { deployProject, openProject, openWorkspace, runJob } from '${join(root, 'engine/index.ts')}';
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
let clock = Date.now() + 86_400_000;
const effects = { environment: {}, logger: quiet, progress: { report() {} }, now: () => (clock += 1000), signal: new AbortController().signal };
await using project = await openProject(${JSON.stringify(project.folder)}, effects);
await deployProject(project, { isDryRun: false });
for (let day = 0; day < 2; day += 1) {
  const { status } = await runJob(await openWorkspace(project), { job: 'Complete', resume: false, force: true, onTask() {} });
  if (status !== 'completed') throw new Error(status);
}`;
  const path = join(project.folder, 'run-apart.ts');
  await writeFile(path, script);
  const child = spawn(process.execPath, [...(how.flags ?? []), path], {
    env: { ...process.env, ...how.environment },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  expect(await once(child, 'close')).toEqual([0, null]);
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
  it('the same rows in any order, zone, language and number of tasks at once give the same store', async () => {
    await using plain = await makeProject();
    await plain.people(people);
    await plain.departments(departments);
    await runApart(plain, { environment: { TZ: 'UTC', LANG: 'C' } });
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

      await runApart(other, how);

      expect(await readWorld(other)).toEqual(expected);
    }
  });

  it('a run right after a run makes no order and does not touch the managed system', async () => {
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
      return [Number(orders[0]?.['n']), createHash('sha256').update(target).digest('hex')];
    };
    const before = await look();
    expect(before[0]).toBeGreaterThan(0);

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
