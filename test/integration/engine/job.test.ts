import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runJob } from '../../../engine/index.ts';
import {
  canonicalStore,
  describeOnEveryStore,
  outcomeOf,
  outcomes,
  type ProjectFolder,
} from './project.ts';

const root = join(import.meta.dirname, '..', '..', '..');

describeOnEveryStore((makeProject) => {
  let project: ProjectFolder;
  beforeEach(async () => {
    project = await makeProject();
  });
  afterEach(() => project[Symbol.asyncDispose]());

  /** A process of its own that runs a job and, when a task has ended, kills itself or waits until a file is there. */
  async function writeRunner(): Promise<string> {
    const path = join(project.folder, 'runner.ts');
    await writeFile(
      path,
      `import { existsSync } from 'node:fs';
import { deployProject, openProject, openWorkspace, runJob } from '${join(root, 'engine/index.ts')}';
const [folder, job, resume, killAfter, pauseUntil] = process.argv.slice(2);
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const effects = { environment: {}, logger: quiet, progress: { report() {} }, now: Date.now, signal: new AbortController().signal };
await using project = await openProject(folder, effects);
await deployProject(project, { isDryRun: false });
let ended = 0;
try {
  const result = await runJob(await openWorkspace(project), { job, resume: resume === 'yes', force: false, onTask(event) {
    if (event.kind === 'started') { process.stdout.write('started\\n'); return; }
    ended += 1;
    if (ended === Number(killAfter)) process.kill(process.pid, 'SIGKILL');
    const shared = new Int32Array(new SharedArrayBuffer(4));
    while (ended === 1 && pauseUntil !== '' && !existsSync(pauseUntil)) Atomics.wait(shared, 0, 0, 20);
  } });
  process.stdout.write(result.status + '\\n');
} catch (error) { process.stdout.write((error.code ?? String(error)) + '\\n'); }
`,
    );
    return path;
  }

  async function start(
    runner: string,
    job: string,
    resume: boolean,
    killAfter = 0,
    pauseUntil = '',
  ) {
    const child = spawn(
      process.execPath,
      [runner, project.folder, job, resume ? 'yes' : 'no', String(killAfter), pauseUntil],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    const end = once(child, 'close').then(() => text.trim().split('\n').at(-1) ?? '');
    return { child, end, output: () => text };
  }

  const accounts = (): readonly string[] => {
    const wiki = project.wiki();
    const rows = wiki.prepare('select login, mail from users order by login').all();
    const links = wiki.prepare('select login, space from user_spaces order by login, space').all();
    wiki.close();
    return [...rows, ...links].map((row) => JSON.stringify(row));
  };

  describe('a job killed in the middle', () => {
    it.each([1, 5, 8, 10, 13])(
      'after task %i is resumed to where an undisturbed one ends',
      async (killAfter) => {
        const runner = await writeRunner();
        await (await start(runner, 'Complete', false, killAfter)).end;

        const resumed = await (await start(runner, 'Complete', true)).end;

        // Killed behind its last task, a job may have nothing left to resume.
        expect(['completed', 'JOB_NOTHING_TO_RESUME']).toContain(resumed);
        const interrupted = accounts();
        project.clock = Date.now() + 60_000;
        await project.run('Complete');
        await using workspace = await project.open();
        const store = await canonicalStore(workspace.store);
        await using twin = await makeProject();
        await twin.run('Complete');
        await twin.run('Complete');
        await using undisturbed = await twin.open();
        expect(store).toEqual(await canonicalStore(undisturbed.store));
        expect(interrupted).toHaveLength(6);
      },
    );
  });

  describe('two runs at once', () => {
    it('are one run and one refusal that names the other', async () => {
      const runner = await writeRunner();
      const goOn = join(project.folder, 'go-on');
      const first = await start(runner, 'Complete', false, 0, goOn);
      while (!first.output().includes('started')) await setTimeout(20);

      const second = await (await start(runner, 'Complete', false)).end;
      await writeFile(goOn, '');

      expect(second).toBe('LEASE_TAKEN');
      expect(await first.end).toBe('completed');
    });

    it('of one process follow each other', async () => {
      await using workspace = await project.open();
      const run = () =>
        runJob(workspace, { job: 'Complete', resume: false, force: false, onTask() {} });

      const results = await Promise.all([run(), run()]);

      expect(results.map((result) => result.status)).toEqual(['completed', 'completed']);
    });
  });

  describe('an interrupted job', () => {
    it('is cancelled after the tasks that run, and resumed from there', async () => {
      const stop = new AbortController();
      {
        await using workspace = await project.open(stop.signal);
        const result = await runJob(workspace, {
          job: 'Complete',
          resume: false,
          force: false,
          onTask: (event) =>
            event.kind === 'ended' &&
            event.task.kind === 'PrepareSynchronizationTask' &&
            stop.abort(),
        });
        expect(result.status).toBe('cancelled');
      }

      const resumed = await project.run('Complete', { resume: true });

      expect(resumed.status).toBe('completed');
      expect(resumed.tasks.filter((task) => task.isKept).length).toBeGreaterThan(2);
    });

    it('that ended by itself cannot be resumed', async () => {
      await project.run('Complete');

      await expect(project.run('Complete', { resume: true })).rejects.toMatchObject({
        code: 'JOB_NOTHING_TO_RESUME',
      });
    });
  });

  describe('tasks that depend on others', () => {
    it('go on without the connector that failed, and the job ends with a warning', async () => {
      await rm(join(project.folder, 'data', 'wiki.db'));
      await writeFile(join(project.folder, 'data', 'wiki.db'), 'x'.repeat(5_000));

      const result = await project.run('Complete');

      expect(result.status).toBe('warning');
      expect(outcomeOf(result, 'Export_Wiki').status).toBe('failed');
      expect(outcomeOf(result, 'PrepareSynchronization_Wiki')).toMatchObject({
        status: 'skipped',
        message: 'A task it depends on did not succeed.',
      });
      expect(outcomeOf(result, 'Synchronize_HR').status, outcomes(result).join('\n')).toBe(
        'completed',
      );
    });
  });
});
