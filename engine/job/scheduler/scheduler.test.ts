import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfiguration, type SchedulerSettings } from '../../../config/index.ts';
import { takeLease, writeDeployedConfiguration } from '../../store/index.ts';
import { configuration } from '../company.fixture.ts';
import { listInstances } from '../job-instances.ts';
import { formatHolder, thisProcess } from '../lease-holder.ts';
import { job, openScripts, type ScriptCompany, scriptTask } from '../scripts.fixture.ts';
import { Turns } from '../turns.ts';
import type { Project } from '../workspace.ts';
import { runScheduler, type SchedulerEvent } from './scheduler.ts';
import type { Timer } from './timer.ts';

const minute = 60_000;
const hour = 60 * minute;
const start = Date.UTC(2026, 5, 1, 9, 30);
const iso = (at: number): string => new Date(at).toISOString();

let scripts: ScriptCompany;
beforeEach(async () => {
  scripts = await openScripts('', { clock: start });
  for (const name of ['A', 'B', 'C']) await scripts.script(`${name}.sh`, `say ${name}`);
  await scripts.script('Bad.sh', 'exit 1');
  await scripts.script(
    'Slow.sh',
    'say slow; while [ ! -e scripts/go ]; do sleep 0.01; done; say done',
  );
});
afterEach(() => scripts[Symbol.asyncDispose]());

async function deploy(elements: string): Promise<void> {
  const text = configuration({ elements });
  const files = [{ path: 'company.xml', text }];
  const loaded = loadConfiguration(files);
  if (loaded.status === 'invalid') throw new Error(JSON.stringify(loaded.diagnostics));
  const { hash } = loaded.model;
  await scripts.company.store.transaction((t) =>
    writeDeployedConfiguration(t, { hash, deployedAt: iso(start), files }),
  );
}

/** A scheduler in a world whose time passes when nothing runs: no test sleeps. */
async function watch(
  until: number,
  world: {
    readonly settings?: Partial<SchedulerSettings>;
    readonly once?: boolean;
    /** Called before time passes, with the jobs that run. */
    readonly before?: (now: number, running: ReadonlySet<string>) => Promise<void>;
    /** Jobs that time does not wait for. */
    readonly slow?: readonly string[];
  } = {},
): Promise<readonly SchedulerEvent[]> {
  const { company } = scripts;
  const stop = new AbortController();
  const events: SchedulerEvent[] = [];
  const running = new Set<string>();
  const isBusy = (): boolean => [...running].some((name) => world.slow?.includes(name) !== true);
  const timer: Timer = {
    async wait(ms, signal) {
      while (isBusy() && !signal.aborted) await setTimeout(1);
      if (signal.aborted) return;
      await world.before?.(company.clock, running);
      company.clock = Math.min(company.clock + ms, until);
      if (company.clock >= until) stop.abort();
    },
  };
  const base = scripts.workspace;
  const scheduler: SchedulerSettings = {
    isEnabled: true,
    maxLockWatchTimeSeconds: -1,
    maxParallelJobs: 2,
    timeZone: 'Europe/Paris',
    ...world.settings,
  };
  const project: Project = {
    settings: { ...base.settings, scheduler },
    store: company.store,
    effects: { ...base.effects, now: () => company.clock, signal: stop.signal },
    holder: await thisProcess(),
    turns: new Turns(),
    async [Symbol.asyncDispose]() {},
  };
  await runScheduler(project, {
    once: world.once === true,
    timer,
    lookEveryMs: 10 * minute,
    onEvent(event) {
      events.push(event);
      if (event.kind === 'started') running.add(event.job);
      if (event.kind === 'ended' || event.kind === 'failed') running.delete(event.job);
    },
  });
  return events;
}

/** `time status` of the runs of a job, oldest first. */
async function runsOf(name: string): Promise<readonly string[]> {
  const instances = await listInstances(scripts.company.workspace, { job: name, limit: 1_000 });
  return instances.map((run) => `${run.scheduledFor?.slice(8, 16)} ${run.status}`).reverse();
}

const hourlyJob = job('J', [scriptTask('A')], 'CronTabExpression="0 * * * *"');

describe('a scheduler', () => {
  it('starts jobs when their times come, in the zone they name', async () => {
    await deploy(
      `${hourlyJob}${job('K', [scriptTask('B')], 'CronTabExpression="0 15 14 * * *" CronTimeZone="ServerTime"')}`,
    );

    await watch(start + 4 * hour);

    expect(await runsOf('J')).toEqual([
      '01T10:00 completed',
      '01T11:00 completed',
      '01T12:00 completed',
      '01T13:00 completed',
    ]);
    // 14:15 in Paris, in summer.
    expect(await runsOf('K')).toEqual(['01T12:15 completed']);
    const [last] = await listInstances(scripts.company.workspace, { limit: 1 });
    expect(last).toMatchObject({ startedBy: 'scheduler', startedAt: iso(start + 3.5 * hour) });
  });

  it('makes up for one run after a pause, not for each', async () => {
    await deploy(hourlyJob);
    await watch(start + hour);

    scripts.company.clock = start + 30 * hour;
    await watch(start + 31 * hour);

    expect(await runsOf('J')).toEqual([
      '01T10:00 completed',
      '02T15:00 completed',
      '02T16:00 completed',
    ]);
  });

  it.each([1, 24])(
    'runs nothing twice when the clock is set back %i h, and misses at most one when it jumps ahead',
    async (hours) => {
      await deploy(hourlyJob);
      let hasJumped = false;
      await watch(start + 3 * hour);
      scripts.company.clock -= hours * hour;
      await watch(start + 3 * hour);
      const quiet = await runsOf('J');
      await watch(start + (6 + hours) * hour, {
        before: async (now) => {
          if (!hasJumped && now > start + 4 * hour) {
            hasJumped = true;
            scripts.company.clock += hours * hour;
          }
        },
      });

      const runs = await runsOf('J');
      expect(new Set(runs).size).toBe(runs.length);
      expect(new Set(quiet.map((run) => run.slice(0, 8))).size).toBe(quiet.length);
      expect(quiet).toEqual(expect.arrayContaining(['01T10:00 completed', '01T12:00 completed']));
      expect(runs.length).toBe(quiet.length + 4);
    },
  );

  it('runs a nightly job once on the nights the clocks change', async () => {
    await deploy(
      job('J', [scriptTask('A')], 'CronTabExpression="30 2 * * *" CronTimeZone="ServerTime"'),
    );
    for (const day of [Date.UTC(2026, 2, 28, 12), Date.UTC(2026, 9, 24, 12)]) {
      scripts.company.clock = day;
      // The schedule is new to this time; what lies between is not what this is about.
      await scripts.company.store.transaction(({ tx }) => tx('schedules').delete());
      await watch(day + 48 * hour);
    }

    expect(await runsOf('J')).toEqual([
      '29T01:00 completed',
      '30T00:30 completed',
      '25T00:30 completed',
      '26T01:30 completed',
    ]);
  });

  it('skips an occurrence that comes while the job runs, says so, and runs other jobs on', async () => {
    await deploy(
      `${job('J', [scriptTask('Slow')], 'CronTabExpression="0 * * * *"')}${job('K', [scriptTask('B')], 'CronTabExpression="30 * * * *"')}`,
    );

    const events = await watch(start + 4 * hour + minute, {
      slow: ['J'],
      before: async (now, running) => {
        if (now < start + 3 * hour) return;
        await scripts.script('go', '');
        while (running.has('J')) await setTimeout(1);
      },
    });

    expect((await runsOf('J')).slice(0, 3)).toEqual([
      '01T10:00 completed',
      '01T11:00 skipped',
      '01T12:00 skipped',
    ]);
    expect(await runsOf('K')).toEqual([
      '01T10:30 completed',
      '01T11:30 completed',
      '01T12:30 completed',
      '01T13:30 completed',
    ]);
    expect(events.filter(({ kind }) => kind === 'skipped')).toHaveLength(2);
  });

  it('goes on after a job that fails', async () => {
    await deploy(
      `${job('J', [scriptTask('Bad')], 'CronTabExpression="0 * * * *"')}${job('K', [scriptTask('B')], 'CronTabExpression="0 * * * *"')}`,
    );

    await watch(start + 2 * hour);

    expect(await runsOf('J')).toEqual(['01T10:00 failed', '01T11:00 failed']);
    expect(await runsOf('K')).toEqual(['01T10:00 completed', '01T11:00 completed']);
  });

  it('runs no more jobs at a time than it may, and loses none of those that wait', async () => {
    const names = ['J', 'K', 'L', 'M'];
    await deploy(
      `${scriptTask('A')}${names.map((name) => job(name, [scriptTask(`${name}1`)], 'CronTabExpression="0 * * * *"')).join('')}`,
    );
    for (const name of names) await scripts.script(`${name}1.sh`, 'say in; sleep 0.1; say out');

    await watch(start + hour, { settings: { maxParallelJobs: 1 } });

    expect(await scripts.said()).toEqual(names.flatMap(() => ['in', 'out']));
  });

  it('takes up a configuration that is deployed while it works', async () => {
    await deploy(hourlyJob);

    await watch(start + 3 * hour, {
      before: async (now) => {
        if (now < start + hour)
          await deploy(job('K', [scriptTask('B')], 'CronTabExpression="15 * * * *"'));
      },
    });

    expect(await runsOf('J')).toEqual([]);
    expect(await runsOf('K')).toEqual([
      '01T10:15 completed',
      '01T11:15 completed',
      '01T12:15 completed',
    ]);
  });

  it('that is stopped lets the running task end, and the next one goes on with the job', async () => {
    await deploy(job('J', [scriptTask('Slow'), scriptTask('B')], 'CronTabExpression="0 10 * * *"'));
    let hasBegun = false;
    await watch(start + 31 * minute, {
      slow: ['J'],
      before: async (now) => {
        if (now < start + 30 * minute) return;
        if (hasBegun) {
          // Stopped by now: the task is still at work.
          await scripts.script('go', '');
          while ((await runsOf('J'))[0]?.endsWith('running')) await setTimeout(1);
        }
        while (!(await scripts.said()).includes('slow')) await setTimeout(1);
        hasBegun = true;
      },
    });
    const [stopped] = await listInstances(scripts.company.workspace, { limit: 1 });

    const events = await watch(start + 2 * hour);

    expect(stopped).toMatchObject({
      status: 'cancelled',
      message: 'The scheduler was stopped.',
    });
    expect(await scripts.said()).toEqual(['slow', 'done', 'B']);
    expect(events).toContainEqual({ kind: 'started', job: 'J', scheduledFor: null });
    expect(await runsOf('J')).toEqual(['01T10:00 completed']);
  });

  it('that is stopped does not wait for ever for a task, which the next one runs again', async () => {
    await deploy(job('J', [scriptTask('Slow'), scriptTask('B')], 'CronTabExpression="0 10 * * *"'));
    await watch(start + 31 * minute, {
      slow: ['J'],
      before: async (now) => {
        while (now >= start + 30 * minute && !(await scripts.said()).includes('slow'))
          await setTimeout(1);
      },
    });
    const [stopped] = await listInstances(scripts.company.workspace, { limit: 1 });
    await scripts.script('go', '');

    await watch(start + 2 * hour);

    expect(stopped).toMatchObject({
      status: 'cancelled',
      message: 'The scheduler was stopped.',
    });
    expect(await scripts.said()).toEqual(['slow', 'slow', 'done', 'B']);
    expect(await runsOf('J')).toEqual(['01T10:00 completed']);
  });

  it('runs what is due once, and ends, when it is asked to', async () => {
    await deploy(hourlyJob);
    await watch(start + 10 * hour, { once: true });
    scripts.company.clock = start + 5 * hour;

    const events = await watch(start + 10 * hour, { once: true });

    expect(events.map(({ kind }) => kind)).toEqual(['ready', 'started', 'ended']);
    expect(await runsOf('J')).toEqual(['01T14:00 completed']);
    expect(scripts.company.clock).toBe(start + 5 * hour);
  });

  it('looks once, and not again, however long what it runs takes', async () => {
    await deploy(
      `${job('J', [scriptTask('A')], 'CronTabExpression="* * * * * *"')}${job('K', [scriptTask('B')], 'CronTabExpression="* * * * * *"')}`,
    );
    await watch(start + 10 * hour, { once: true });
    scripts.company.clock = start + hour;

    const events = await watch(start + 10 * hour, { once: true, settings: { maxParallelJobs: 1 } });

    expect(events.map(({ kind }) => kind)).toEqual([
      'ready',
      'started',
      'ended',
      'started',
      'ended',
    ]);
  });

  it('does nothing where it is switched off', async () => {
    await deploy(hourlyJob);

    await expect(watch(start, { settings: { isEnabled: false } })).rejects.toMatchObject({
      code: 'SCHEDULER_DISABLED',
    });
  });
});

describe('the lock of a scheduler', () => {
  const path = (): string => join(scripts.workspace.settings.tempFolder, 'scheduler.lock');

  async function holdLease(holder: string): Promise<void> {
    await scripts.company.store.transaction((t) =>
      takeLease(t, { name: 'scheduler', holder, now: scripts.company.clock, ttlMs: 24 * hour }),
    );
  }

  it('is a file while it works, and gone afterwards', async () => {
    await deploy(hourlyJob);
    let seen = '';
    await watch(start + hour, {
      before: async () => {
        seen = await readFile(path(), 'utf8');
      },
    });

    expect(JSON.parse(seen)).toMatchObject({
      holder: expect.stringContaining(`/${process.pid}/`),
    });
    await expect(stat(path())).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('held by a process that lives refuses at once, or after the time given', async () => {
    await deploy(hourlyJob);
    await holdLease(formatHolder(await thisProcess()));

    await expect(
      watch(start + hour, { settings: { maxLockWatchTimeSeconds: -1 } }),
    ).rejects.toMatchObject({ code: 'SCHEDULER_LOCKED' });
    expect(scripts.company.clock).toBe(start);
    await expect(
      watch(start + hour, { settings: { maxLockWatchTimeSeconds: 90 } }),
    ).rejects.toMatchObject({ code: 'SCHEDULER_LOCKED' });
    expect(scripts.company.clock).toBe(start + 90_000);
  });

  it('is waited for without an end when the time is 0', async () => {
    await deploy(hourlyJob);
    const other = formatHolder(await thisProcess());
    await holdLease(other);

    const events = await watch(start + 2 * hour, {
      settings: { maxLockWatchTimeSeconds: 0 },
      before: async (now) => {
        if (now >= start + 2 * minute && now < start + 3 * minute)
          await scripts.company.store.transaction(({ tx }) =>
            tx('leases').where({ holder: other }).update({ holder: '', expires_at: '' }),
          );
      },
    });

    expect(await runsOf('J')).toEqual(['01T10:00 completed', '01T11:00 completed']);
    expect(events.filter(({ kind }) => kind === 'waiting')).toEqual([
      expect.objectContaining({ pid: String(process.pid), seconds: 0 }),
    ]);
  });

  it('of a process that was killed stands in nobody’s way', async () => {
    await deploy(hourlyJob);
    const gone = { ...(await thisProcess()), pid: 2 ** 22 - 1, startedAt: '1' };
    await holdLease(formatHolder(gone));
    await mkdir(scripts.workspace.settings.tempFolder, { recursive: true });
    await writeFile(path(), JSON.stringify({ holder: formatHolder(gone) }));

    await watch(start + hour);

    expect(await runsOf('J')).toEqual(['01T10:00 completed']);
  });

  it('that another scheduler has taken over ends this one before it starts anything', async () => {
    await deploy(hourlyJob);

    await expect(
      watch(start + 3 * hour, {
        before: async () => {
          await scripts.company.store.transaction(({ tx }) =>
            tx('leases').where({ name: 'scheduler' }).increment('fence', 1),
          );
        },
      }),
    ).rejects.toMatchObject({ code: 'STORE_LEASE_LOST' });
    expect(await runsOf('J')).toEqual([]);
  });
});
