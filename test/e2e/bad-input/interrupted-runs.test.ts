/** Runs that meet each other, are stopped, killed, or find the disk full: what comes after ends as if nothing had happened. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { formatPeople, type Person, people } from './company.ts';
import { type Bench, createRunBench, type Ended, readProblems, type World } from './workbench.ts';

const mountCommand = '/usr/bin/mount';
const unmountCommand = '/usr/bin/umount';
const job = ['job', 'run', 'Everything'] as const;

const joiners: readonly Person[] = Array.from({ length: 200 }, (_, index) => ({
  number: String(3001 + index),
  first: 'New',
  last: `Comer${index + 1}`,
  department: 'RES',
  nickname: `Fresh${index + 1}`,
}));
/** A day on which much happens: 200 people come, three change, one leaves. */
const busyDay = formatPeople([
  ...people.slice(0, 3).map((person) => ({ ...person, nickname: 'Changed' })),
  ...people.slice(3, 29),
  ...joiners,
]);

let company: Bench;
let bench: Bench;
/** How the busy day ends when nothing goes wrong. */
let undisturbed: World;

beforeAll(async () => {
  company = await createRunBench();
  const calm = await company.copy();
  await calm.write('data/people.csv', busyDay);
  for (let day = 0; day < 2; day += 1) await expectDone(calm, ...job);
  undisturbed = await calm.look();
  expect(undisturbed.desk).toHaveLength(231);
});
afterAll(async () => {
  await company[Symbol.asyncDispose]();
});
beforeEach(async () => {
  bench = await company.copy();
});

async function expectDone(target: Bench, ...parameters: readonly string[]): Promise<Ended> {
  const ended = await target.run(...parameters);
  expect(readProblems(ended)).toEqual([]);
  expect(ended.exitCode, ended.said).toBe(0);
  return ended;
}

/** Reading the list of people takes so many seconds. */
async function slowDown(target: Bench, seconds: number): Promise<void> {
  const settings = JSON.parse(await target.read('appsettings.agent.json')) as {
    Connections: { HRPeople: Record<string, unknown> };
  };
  settings.Connections.HRPeople['SecondsToSettle'] = seconds;
  await target.write('appsettings.agent.json', JSON.stringify(settings));
}

describe('two runs at once', () => {
  it('do not disturb each other: the second is refused', async () => {
    const before = await bench.look();
    await slowDown(bench, 2);
    const first = bench.start(...job, '--log-level', 'info');
    await first.waitFor('HR_Complete_HRPeople');
    // By now it waits for the file, outside of any transaction; there it is held, however slow the second one is.
    await sleep(700);
    first.child.kill('SIGSTOP');

    const second = await bench.run(...job);

    first.child.kill('SIGCONT');
    expect(readProblems(second)).toEqual([
      expect.stringMatching(
        /^error LEASE_TAKEN Another run is working on job:Everything \(process \d+ on .+\)\.$/,
      ),
    ]);
    expect(second.stderr).toContain(`process ${first.child.pid} on`);
    expect(second.stderr).toContain('hint: Wait until it has ended');
    expect(second.exitCode).toBe(1);
    const { exitCode, said } = await first.ended;
    expect(exitCode, said).toBe(0);
    expect(await bench.look()).toEqual(before);
  });
});

describe('Ctrl-C', () => {
  it('stops the job at a safe point, and --resume goes on', async () => {
    const before = await bench.look();
    await slowDown(bench, 60);
    const run = bench.start(...job, '--log-level', 'info');
    await run.waitFor('HR_Complete_HRPeople');
    await sleep(300);

    run.child.kill('SIGINT');
    const stopped = await run.ended;

    expect(stopped.exitCode).toBe(130);
    expect(stopped.stderr).toContain('Stopping at the next safe point.');
    expect(stopped.stdout).toContain('job run Everything --resume');
    expect(await bench.look()).toEqual(before);

    await slowDown(bench, 0);
    const resumed = await expectDone(bench, ...job, '--resume');
    expect(resumed.stdout).toContain('Job Everything: completed.');
    expect(await bench.look()).toEqual(before);
    const again = await bench.run(...job, '--resume');
    expect(again.stderr).toContain('error JOB_NOTHING_TO_RESUME');
    expect(again.exitCode).toBe(1);
  });
});

describe('a run that is killed', () => {
  it.each([
    ['reading', 'Export_HR_Complete_HRPeople', 5],
    ['loading', 'Synchronize_HR', 5],
    ['evaluating', 'ComputeRoleModel1', 10],
    ['delivering', 'Fulfill1', 25],
    ['delivering, later', 'Fulfill1', 90],
  ])('while %s is taken up where it died, and nothing happens twice', async (_, task, delay) => {
    await bench.write('data/people.csv', busyDay);
    const run = bench.start(...job, '--log-level', 'info');
    await run.waitFor(`_${task}","msg":"A task starts."`);
    await sleep(delay);

    run.child.kill('SIGKILL');
    expect((await run.ended).exitCode).toBeNull();

    await expectDone(bench, ...job, '--resume');
    await expectDone(bench, ...job);
    expect(await bench.look()).toEqual(undisturbed);
  });
});

describe('a full disk', () => {
  /** Folders of their own on a small disk that only root can make. */
  const obstacle = process.getuid?.() === 0 ? findMountObstacle() : 'only root can mount a disk';

  it.skipIf(obstacle !== undefined)(
    `of Work and Temp is told by its path, and once there is space again the run ends well${obstacle === undefined ? '' : ` (skipped: ${obstacle})`}`,
    async () => {
      await using disk = await mountDisk(bench);
      const before = await bench.look();
      await bench.write('data/people.csv', busyDay);
      await rm(bench.path('Temp', 'ExportOutput'), { recursive: true });
      await disk.fill('Temp', 0);
      const exported = await bench.run('export', '--connector', 'HR');
      await disk.free();
      expect(exported.exitCode).toBe(1);
      expect(readProblems(exported), exported.said).toHaveLength(2);
      for (const problem of readProblems(exported)) expect(problem).toContain(bench.path('Temp'));
      expect(await bench.look()).toEqual(before);

      // At once; in the middle of the change set; in the middle of the policy.
      for (const leave of [8_000, 400_000, 800_000]) {
        await disk.fill('Work', leave);
        const ended = await bench.run(...job);
        await disk.free();

        const place = bench.path('Work', 'lockstep.db');
        expect(ended.exitCode, ended.said).toBe(1);
        expect(readProblems(ended)).toEqual([expect.stringContaining('STORE_FULL')]);
        expect(ended.said).toContain(`no space left to write the store ${place}`);
        expect(ended.said).toContain('Free disk space');
        expect(bench.readDesk()).toEqual(before.desk);
      }

      for (let day = 0; day < 2; day += 1) await expectDone(bench, ...job);
      expect(await bench.look()).toEqual(undisturbed);
    },
  );
});

/** Being root is not enough where the system keeps even root from mounting. */
function findMountObstacle(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-mount-'));
  try {
    execFileSync(mountCommand, ['-t', 'tmpfs', '-o', 'size=64k', 'lockstep-test', folder], {
      stdio: 'ignore',
    });
    execFileSync(unmountCommand, [folder]);
    return undefined;
  } catch {
    return 'no disk can be mounted here';
  } finally {
    rmdirSync(folder);
  }
}

interface SmallDisk extends AsyncDisposable {
  /** Writes a file that leaves so many bytes of the disk below the folder. */
  fill(folder: 'Work' | 'Temp', leave: number): Promise<void>;
  free(): Promise<void>;
}

/** Puts Work/ and Temp/ of the project on a disk of a few megabytes. */
async function mountDisk(target: Bench): Promise<SmallDisk> {
  const mounts: string[] = [];
  const aside = await mkdtemp(join(tmpdir(), 'lockstep-disk-'));
  for (const name of ['Work', 'Temp']) {
    const folder = target.path(name);
    await rename(folder, join(aside, name));
    await mkdir(folder);
    execFileSync(mountCommand, ['-t', 'tmpfs', '-o', 'size=16m', 'lockstep-test', folder]);
    mounts.push(folder);
    await cp(join(aside, name), folder, { recursive: true, preserveTimestamps: true });
  }
  await rm(aside, { recursive: true });
  return {
    async fill(folder, leave) {
      const { bavail, bsize } = await statfs(target.path(folder));
      await writeFile(
        target.path(folder, 'ballast'),
        Buffer.alloc(Math.max(0, bavail * bsize - leave)),
      );
    },
    async free() {
      for (const folder of mounts) await rm(join(folder, 'ballast'), { force: true });
    },
    async [Symbol.asyncDispose]() {
      for (const folder of mounts) execFileSync(unmountCommand, ['-l', folder]);
    },
  };
}
