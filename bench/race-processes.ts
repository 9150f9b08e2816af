/** Times whole processes against each other by the clock on the wall, in turns, and watches how much memory they take. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { median } from './harness.ts';

export interface ProcessCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Two processes that do the same work. */
export interface ProcessContest {
  readonly name: string;
  /** Greatest ratio of ours to the reference that is as good as promised. */
  readonly goal: number;
  /** Most memory ours may hold, in MiB; absent: it is only written down. */
  readonly memoryGoalMiB?: number;
  /** Asked before each run, so that a run may have a folder of its own. */
  readonly ours: () => ProcessCommand;
  readonly reference: () => ProcessCommand;
  /** Done before each run of either and not timed: what the last run left is put back. */
  readonly prepare?: (who: 'ours' | 'reference') => Promise<void>;
  /** After the first run of both: throws when they did not come to the same. */
  readonly check?: () => Promise<void>;
}

export interface ProcessResult {
  readonly name: string;
  /** Milliseconds on the wall, start of the process included: medians of the rounds. */
  readonly oursMs: number;
  readonly referenceMs: number;
  readonly ratio: number;
  readonly spread: readonly [least: number, most: number];
  readonly goal: number;
  /** Greatest resident memory of all rounds, of the largest process where one starts others. */
  readonly oursPeakMiB: number;
  readonly referencePeakMiB: number;
  readonly memoryGoalMiB?: number;
  readonly isReached: boolean;
  readonly samples: { readonly ours: readonly number[]; readonly reference: readonly number[] };
}

const rounds = 5;
const watchMs = 10;

/** Runs both once for warm caches, checks them, then times them in turns, five rounds. */
export async function raceProcesses(contest: ProcessContest): Promise<ProcessResult> {
  const { name, goal, memoryGoalMiB } = contest;
  const runs = { ours: [] as Timed[], reference: [] as Timed[] };
  for (let round = 0; round <= rounds; round += 1) {
    for (const who of ['ours', 'reference'] as const) {
      await contest.prepare?.(who);
      const timed = await time(contest[who](), `${name}, ${who}`);
      if (round > 0) runs[who].push(timed);
    }
    if (round === 0) await contest.check?.();
  }
  const samples = {
    ours: runs.ours.map(({ ms }) => ms),
    reference: runs.reference.map(({ ms }) => ms),
  };
  const ratios = samples.ours.map((ms, round) => ms / (samples.reference[round] ?? ms));
  const ratio = median(ratios);
  const oursPeakMiB = Math.max(...runs.ours.map(({ peakMiB }) => peakMiB));
  return {
    name,
    oursMs: median(samples.ours),
    referenceMs: median(samples.reference),
    ratio,
    spread: [Math.min(...ratios), Math.max(...ratios)],
    goal,
    oursPeakMiB,
    referencePeakMiB: Math.max(...runs.reference.map(({ peakMiB }) => peakMiB)),
    ...(memoryGoalMiB === undefined ? {} : { memoryGoalMiB }),
    isReached: ratio <= goal && oursPeakMiB <= (memoryGoalMiB ?? Number.POSITIVE_INFINITY),
    samples,
  };
}

interface Timed {
  readonly ms: number;
  readonly peakMiB: number;
}

async function time(what: ProcessCommand, name: string): Promise<Timed> {
  const started = performance.now();
  const child = spawn(what.command, [...what.args], {
    cwd: what.cwd,
    env: { ...process.env, ...what.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4_000);
  });
  let ms: number | undefined;
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => {
      ms = performance.now() - started;
    });
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${name}: ended with ${signal ?? code}.\n${said}`));
    });
  });
  let peakKiB = 0;
  const watching = (async () => {
    while (ms === undefined && child.exitCode === null && child.pid !== undefined) {
      peakKiB = Math.max(peakKiB, await readPeak(child.pid));
      await wait(watchMs);
    }
  })();
  await Promise.all([ended, watching]);
  return { ms: ms ?? performance.now() - started, peakMiB: Math.round(peakKiB / 1_024) };
}

/** `VmHWM`, the most a process ever held, in KiB; of the largest where it started others. Other systems than Linux: 0. */
async function readPeak(pid: number): Promise<number> {
  const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
  const own = Number(/^VmHWM:\s+(\d+) kB$/m.exec(await read('status'))?.[1] ?? 0);
  const children = (await read(`task/${pid}/children`)).trim().split(' ').map(Number);
  const others = await Promise.all(children.filter((one) => one > 0).map(readPeak));
  return Math.max(own, ...others);
}
