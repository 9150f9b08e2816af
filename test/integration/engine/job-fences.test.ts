import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonicalStore, describeOnEveryStore, type ProjectFolder } from './project.ts';

/** How many pairs of runs; a soak asks for 200. */
const rounds = Number(process.env['LOCKSTEP_FENCE_ROUNDS'] ?? 1);

const root = join(import.meta.dirname, '..', '..', '..');

/**
 * A process of its own that runs a job. `stopAt` n makes it stand still (SIGSTOP) at the n-th event, in the middle of the job;
 * `aheadMs` sets its clock ahead, so that leases of others look expired to it.
 */
const runner = (folder: string) => `
import { openProject, openWorkspace, runJob } from '${join(root, 'engine/index.ts')}';
const [job, stopAt, aheadMs] = process.argv.slice(2);
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const now = () => Date.now() + Number(aheadMs);
const effects = { environment: {}, logger: quiet, progress: { report() {} }, now, signal: new AbortController().signal };
await using project = await openProject('${folder}', effects);
let events = 0;
try {
  const result = await runJob(await openWorkspace(project), { job, resume: false, force: false, onTask(event) {
    events += 1;
    if (events !== Number(stopAt)) return;
    process.stdout.write('stops\\n');
    process.kill(process.pid, 'SIGSTOP');
  } });
  process.stdout.write(result.status + ' ' + events + '\\n');
} catch (error) { process.stdout.write((error.code ?? error.stack) + '\\n'); }
`;

describeOnEveryStore((makeProject) => {
  let project: ProjectFolder;
  let path: string;
  beforeEach(async () => {
    project = await makeProject();
    await using _deployed = await project.open();
    path = join(project.folder, 'runner.ts');
    await writeFile(path, runner(project.folder));
  });
  afterEach(() => project[Symbol.asyncDispose]());

  function start(job: string, stopAt = 0, aheadMs = 0) {
    const child = spawn(process.execPath, [path, job, String(stopAt), String(aheadMs)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    const end = once(child, 'close').then(() => text.trim().split('\n').at(-1) ?? '');
    return { child, end, said: () => text };
  }

  /** Every row of every table but the leases, which the two fight over. */
  async function dump(): Promise<readonly string[]> {
    await using workspace = await project.open();
    return await workspace.store.transaction(async ({ tx, dialect }) => {
      const names =
        dialect.name === 'sqlite'
          ? await tx('sqlite_master').where({ type: 'table' }).select('name')
          : await tx('information_schema.tables')
              .where({ table_schema: 'public' })
              .select({ name: 'table_name' });
      const lines: string[] = [];
      for (const { name } of names) {
        if (name === 'leases' || String(name).startsWith('sqlite_')) continue;
        for (const row of await tx(name)) lines.push(`${name} ${JSON.stringify(row)}`);
      }
      return lines.sort();
    });
  }

  async function expected(runs: number): Promise<readonly string[]> {
    await using twin = await makeProject();
    for (let run = 0; run < runs; run += 1) await twin.run('Complete');
    await using workspace = await twin.open();
    return await canonicalStore(workspace.store);
  }

  async function state(): Promise<readonly string[]> {
    await using workspace = await project.open();
    return await canonicalStore(workspace.store);
  }

  describe('two processes that run one job at the same time', () => {
    it('are one that works and one that is told so', async () => {
      let runs = 0;
      for (let round = 0; round < rounds; round += 1) {
        const pair = [start('Complete'), start('Complete')];

        const ends = await Promise.all(pair.map(({ end }) => end));

        const done = ends.filter((end) => end.startsWith('completed'));
        const refused = ends.filter((end) => end === 'LEASE_TAKEN');
        // One may have come when the other had ended.
        expect(done.length + refused.length, ends.join()).toBe(2);
        expect(done.length).toBeGreaterThan(0);
        runs += done.length;
      }
      // The second run verifies what the first ordered; nothing changes after it.
      expect(await state()).toEqual(await expected(Math.min(runs, 2)));
    }, 600_000);
  });

  describe('a process that stood still while another took its work over', () => {
    it('writes nothing any more when it goes on', async () => {
      for (let round = 0; round < rounds; round += 1) {
        // Somewhere between the first event and the last but one.
        const stopAt = 2 + ((round * 7 + 5) % 24);
        // Time goes on from round to round; to the taker, the lease has run out.
        const aheadMs = 240_000 * round;
        const sleeper = start('Complete', stopAt, aheadMs);
        while (!sleeper.said().includes('stops') && sleeper.child.exitCode === null)
          await setTimeout(10);
        const taker = await start('Complete', 0, aheadMs + 120_000).end;
        const before = await dump();

        sleeper.child.kill('SIGCONT');
        const woken = await sleeper.end;

        const after = await dump();
        expect(taker).toMatch(/^completed/);
        expect(woken).toBe('STORE_LEASE_LOST');
        expect(after.filter((line) => !before.includes(line))).toEqual([]);
        expect(after).toEqual(before);
      }
      expect((await state()).length).toBeGreaterThan(0);
    }, 1_200_000);
  });
});
