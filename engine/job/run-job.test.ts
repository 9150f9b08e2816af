import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../config/index.ts';
import { cancelJob, listInstances, readInstance } from './job-instances.ts';
import { readJobLog } from './job-log.ts';
import { createRedaction } from './job-log-secrets.ts';
import type { JobResult } from './job-result.ts';
import { thisProcess } from './lease-holder.ts';
import { planJob, runJob } from './run-job.ts';
import { job, openScripts, type ScriptCompany, scriptTask } from './scripts.fixture.ts';
import { Turns } from './turns.ts';

const told = (result: JobResult): readonly string[] =>
  result.tasks.map(({ task, outcome }) => `${task} ${outcome.status}`);

/** Scripts that say their name and end well. */
async function addScripts(scripts: ScriptCompany, names: readonly string[]): Promise<void> {
  for (const name of names) await scripts.script(`${name}.sh`, `say ${name}`);
}

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await setTimeout(5);
}

describe('a task that fails', () => {
  it('stops the whole job when its step has ended', async () => {
    const tasks = [
      scriptTask('Bad', 'Level="0"'),
      scriptTask('Beside', 'Level="0"'),
      scriptTask('Later', 'Level="1"'),
    ];
    await using scripts = await openScripts(job('J', tasks));
    await addScripts(scripts, ['Beside', 'Later']);
    await scripts.script('Bad.sh', 'echo "no such thing" >&2; exit 3');

    const result = await scripts.run('J');

    expect(result.status).toBe('failed');
    expect([...told(result)].sort()).toEqual(['Bad failed', 'Beside completed']);
    expect(await scripts.said()).toEqual(['Beside']);
    const bad = result.tasks.find(({ task }) => task === 'Bad')?.outcome;
    expect(bad?.error?.code).toBe('TASK_SCRIPT_FAILED');
    expect(bad?.message).toContain('ended with exit code 3. It said last:\n  no such thing');
  });

  it('with ContinueOnError cuts off its dependents, and nothing that merely comes later', async () => {
    const tasks = [
      scriptTask('Bad', 'ContinueOnError="true"'),
      scriptTask('Child', '', ['Bad']),
      scriptTask('Grandchild', '', ['Child']),
      scriptTask('Later'),
      scriptTask('Both', '', ['Later', 'Bad']),
    ];
    await using scripts = await openScripts(job('J', tasks));
    await addScripts(scripts, ['Child', 'Grandchild', 'Later', 'Both']);
    await scripts.script('Bad.sh', 'exit 1');

    const result = await scripts.run('J');

    expect(result.status).toBe('warning');
    expect(told(result)).toEqual([
      'Bad failed',
      'Child skipped',
      'Grandchild skipped',
      'Later completed',
      'Both skipped',
    ]);
    expect(await scripts.said()).toEqual(['Later']);
  });
});

describe('a task with nothing to do', () => {
  it('skips its child, which is neither an error nor a warning', async () => {
    const tasks = [
      '<ComputeRiskScoresTask Identifier="Risks" DisplayName_L1="Risks" />',
      scriptTask('Child', '', ['Risks']),
    ];
    await using scripts = await openScripts(job('J', tasks));
    await addScripts(scripts, ['Child']);

    const result = await scripts.run('J');

    expect(result.status).toBe('completed');
    expect(told(result)).toEqual(['Risks nothing', 'Child skipped']);
    expect(result.tasks[0]?.outcome.message).toBe('Nothing to do: no risk is declared.');
    const { tasks: rows } = await readInstance(scripts.workspace, result.instanceId);
    expect(rows.map(({ task, status }) => `${task} ${status}`)).toEqual(told(result));
  });
});

describe('a job that is cancelled', () => {
  it('lets the running task finish, starts no other, and goes on from there', async () => {
    const tasks = [scriptTask('Slow'), scriptTask('Next')];
    await using scripts = await openScripts(job('J', tasks));
    await addScripts(scripts, ['Next']);
    await scripts.script(
      'Slow.sh',
      'say begun; while [ ! -e scripts/go ]; do sleep 0.02; done; say done',
    );

    const running = scripts.run('J');
    await waitFor(async () => (await scripts.said()).includes('begun'));
    const seen = await cancelJob(scripts.workspace, { job: 'J', person: 'ann', isDryRun: true });
    await cancelJob(scripts.workspace, { job: 'J', person: 'ann', isDryRun: false });
    await scripts.script('go', '');
    const result = await running;

    expect(seen.cancelRequestedBy).toBeNull();
    expect(result).toMatchObject({ status: 'cancelled', message: 'Cancelled by ann.' });
    expect(told(result)).toEqual(['Slow completed']);
    expect(await scripts.said()).toEqual(['begun', 'done']);
    const resumed = await scripts.run('J', { resume: true });
    expect(resumed.status).toBe('completed');
    expect(resumed.tasks.map(({ task, isKept }) => [task, isKept])).toEqual([
      ['Slow', true],
      ['Next', false],
    ]);
    await expect(
      cancelJob(scripts.workspace, { job: 'J', person: 'ann', isDryRun: false }),
    ).rejects.toMatchObject({ code: 'JOB_NOT_RUNNING' });
  });

  it('ends a script it is in when it is stopped at once, with all the script has started', async () => {
    const stop = new AbortController();
    await using scripts = await openScripts(job('J', [scriptTask('Slow'), scriptTask('Next')]), {
      signal: stop.signal,
    });
    await addScripts(scripts, ['Next']);
    await scripts.script('Slow.sh', 'say begun; (sleep 30; say child) & wait; say end');

    const running = scripts.run('J');
    await waitFor(async () => (await scripts.said()).includes('begun'));
    const startedAt = performance.now();
    stop.abort();
    const result = await running;

    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(result).toMatchObject({ status: 'cancelled', message: 'Interrupted.' });
    expect(told(result)).toEqual(['Slow cancelled']);
    expect(await scripts.said()).toEqual(['begun']);
  });
});

describe('one task of two jobs', () => {
  const elements = [
    scriptTask('Shared'),
    job('J', ['<Step Identifier="Shared" />']),
    job('K', ['<Step Identifier="Shared" />']),
  ].join('');
  const body = 'say in; sleep 0.2; say out';

  it('runs one after the other in one process', async () => {
    await using scripts = await openScripts(elements);
    await scripts.script('Shared.sh', body);

    const results = await Promise.all([scripts.run('J'), scripts.run('K')]);

    expect(results.map(({ status }) => status)).toEqual(['completed', 'completed']);
    expect(await scripts.said()).toEqual(['in', 'out', 'in', 'out']);
  });

  it('waits for that of another process', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lockstep-shared-'));
    const store = { client: 'sqlite', file: join(folder, 'store.db') } as const;
    {
      await using scripts = await openScripts(elements, { store });
      await scripts.script('Shared.sh', body);
      // Another holder: the lease is what keeps the two apart, as between processes.
      const other = { ...scripts.workspace, holder: await thisProcess(), turns: new Turns() };
      const options = { resume: false, force: false, onTask() {} };

      const results = await Promise.all([
        scripts.run('J'),
        setTimeout(50).then(() => runJob(other, { ...options, job: 'K' })),
      ]);

      expect(results.map(({ status }) => status)).toEqual(['completed', 'completed']);
      expect(await scripts.said()).toEqual(['in', 'out', 'in', 'out']);
    }
    await rm(folder, { recursive: true });
  });
});

describe('a run of some tasks', () => {
  const elements = job(
    'J',
    ['A', 'B', 'C', 'D'].map((name) => scriptTask(name)),
  );

  it('keeps to them when it is resumed', async () => {
    await using scripts = await openScripts(elements);
    await addScripts(scripts, ['A', 'B', 'D']);
    await scripts.script('C.sh', 'exit 1');

    await scripts.run('J', { selection: { beginStep: 1, endStep: 2 } });
    await addScripts(scripts, ['C']);
    const plan = await planJob(scripts.workspace, { job: 'J', resume: true });
    const resumed = await scripts.run('J', { resume: true });

    expect(
      plan.flatMap(({ order, tasks }) => tasks.map(({ status }) => `${order} ${status}`)),
    ).toEqual(['1 kept', '2 starts']);
    expect(told(resumed)).toEqual(['B completed', 'C completed']);
    expect(await scripts.said()).toEqual(['B', 'C']);
    const [instance] = await listInstances(scripts.workspace, { limit: 1 });
    expect(instance).toMatchObject({
      status: 'completed',
      selection: { beginStep: 1, endStep: 2 },
    });
  });

  it('does not wait for tasks that were not asked for', async () => {
    await using scripts = await openScripts(
      job('J', [scriptTask('A'), scriptTask('B', '', ['A'])]),
    );
    await addScripts(scripts, ['A', 'B']);

    const result = await scripts.run('J', { selection: { task: 'B' } });

    expect(told(result)).toEqual(['B completed']);
  });
});

describe('a job that people may not start', () => {
  it('is started by hand only when somebody insists', async () => {
    await using scripts = await openScripts(job('J', [scriptTask('A')], 'UserStartDenied="true"'));
    await addScripts(scripts, ['A']);

    await expect(scripts.run('J', { isManual: true })).rejects.toMatchObject({
      code: 'JOB_START_DENIED',
    });

    expect((await scripts.run('J', { isManual: true, isDenialOverruled: true })).status).toBe(
      'completed',
    );
    expect((await scripts.run('J', { startedBy: 'scheduler' })).status).toBe('completed');
  });
});

describe('the log of a task', () => {
  async function openWithSecrets(attributes = ''): Promise<ScriptCompany> {
    const scripts = await openScripts(job('J', [scriptTask('A')], attributes));
    const connections = new Map([
      ['WikiDb', { ConnectionString: 'Data Source=x;Password="p4ss wörd";' }],
      ['HRPeople', { ApiToken: 'tok"en-1' }],
    ]);
    const databases = new Map([['Db', new Secret('postgres://u:s%40cret@h/d')]]);
    Object.assign(scripts.workspace, {
      settings: { ...scripts.workspace.settings, connections, databases },
    });
    return scripts;
  }

  it('has what its script said, without the secrets of the settings', async () => {
    await using scripts = await openWithSecrets();
    await scripts.script(
      'A.sh',
      `echo 'got p4ss wörd and tok"en-1'; echo 'and s@cret or s%40cret' >&2; env`,
    );

    const { instanceId } = await scripts.run('J');

    const lines = await readJobLog(scripts.workspace, instanceId, 'A');
    const said = lines?.flatMap((line) => (typeof line['line'] === 'string' ? [line['line']] : []));
    expect(said).toContain('got [secret] and [secret]');
    expect(said).toContain('and [secret] or [secret]');
    expect(said?.filter((line) => line.startsWith('LOCKSTEP_')).sort()).toEqual([
      'LOCKSTEP_IS_INCREMENTAL=false',
      expect.stringMatching(/^LOCKSTEP_OUTPUT_PATH=.*\/Temp\/ExportOutput\/$/),
      expect.stringMatching(/^LOCKSTEP_SCRIPT=.*\/scripts\/A\.sh$/),
      expect.stringContaining('LOCKSTEP_SCRIPT_RECORD='),
      'LOCKSTEP_TASK=A',
    ]);
    expect(lines?.at(0)).toMatchObject({ msg: 'The task starts.', job: 'J', task: 'A', order: 0 });
    expect(lines?.at(-1)).toMatchObject({ msg: 'The task has ended.', status: 'completed' });
    const folder = join(scripts.workspace.settings.tempFolder, 'JobLogs', String(instanceId));
    expect(await readdir(folder)).toEqual(['000-A.log']);
    expect(await readFile(join(folder, '000-A.log'), 'utf8')).not.toMatch(/p4ss|cret@|tok/);
  });

  it('keeps what a failure says free of them too', async () => {
    await using scripts = await openWithSecrets();
    await scripts.script('A.sh', `echo 'password is p4ss wörd'; exit 1`);

    const result = await scripts.run('J');

    expect(result.tasks[0]?.outcome.message).toContain('password is [secret]');
  });

  it('asks for the secrets of the connections that its tasks use, and for no others', async () => {
    const task = '<ExportTask Identifier="E" DisplayName_L1="E" Connection="WikiDb" />';
    await using scripts = await openScripts(job('J', [task]));
    const asked: string[] = [];
    const ask = (name: string) => ({
      get Password() {
        asked.push(name);
        return `secret of ${name}`;
      },
    });
    const connections = new Map([
      ['wikidb', ask('WikiDb')],
      ['HRPeople', ask('HRPeople')],
    ]);
    const { workspace } = scripts;
    Object.assign(workspace, { settings: { ...workspace.settings, connections } });

    const redact = await createRedaction(workspace, workspace.model.jobs.get('J')?.tasks ?? []);

    expect(redact('the secret of WikiDb')).toBe('the [secret]');
    expect(new Set(asked)).toEqual(new Set(['WikiDb']));
  });

  it('starts at the level of the job', async () => {
    const task = '<ExportTask Identifier="E" DisplayName_L1="E" Connection="WikiDb" />';
    await using scripts = await openScripts(job('J', [task], 'LogLevel="Critical"'));

    const { instanceId } = await scripts.run('J');

    const lines = await readJobLog(scripts.workspace, instanceId);
    expect(lines?.map(({ msg }) => msg)).toEqual(['The task starts.', 'The task has ended.']);
  });
});

describe('the script of a task', () => {
  it.each([
    ['../outside.sh', 'TASK_PATH_INVALID'],
    ['/etc/passwd', 'TASK_PATH_INVALID'],
    ['scripts/missing.sh', 'TASK_PATH_INVALID'],
    ['scripts', 'TASK_SCRIPT_UNSUPPORTED'],
    ['scripts/a.exe', 'TASK_SCRIPT_UNSUPPORTED'],
  ])('"%s" is refused', async (path, code) => {
    const task = `<InvokeExpressionTask Identifier="T" DisplayName_L1="T" InputPath="${path}" />`;
    await using scripts = await openScripts(job('J', [task]));
    await scripts.script('a.exe', '');

    const result = await scripts.run('J');

    expect(result.tasks[0]?.outcome.error?.code).toBe(code);
  });

  it('of its own language gets the prefix of its files and the mode', async () => {
    const task =
      '<InvokeExpressionTask Identifier="T" DisplayName_L1="T" Connector="Wiki" InputPath="scripts\\t.mjs" />';
    await using scripts = await openScripts(job('J', [task], 'IsIncremental="true"'));
    await scripts.script('t.mjs', '');
    const path = join(scripts.workspace.settings.folder, 'scripts', 't.mjs');
    await writeFile(path, 'console.log(JSON.stringify(process.argv.slice(2)));');

    const { instanceId } = await scripts.run('J');

    const lines = await readJobLog(scripts.workspace, instanceId);
    const output = join(scripts.workspace.settings.tempFolder, 'ExportOutput', 'WikiDb_');
    expect(lines?.map((line) => line['line'])).toContain(JSON.stringify([output, 'true']));
  });
});
