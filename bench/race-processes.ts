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

/** What else is to be told of a run, by what it is called, such as `latency ms`. */
export type Figures = Readonly<Record<string, number>>;

/** Two processes that do the same work. */
export interface ProcessContest {
  readonly name: string;
  /** Greatest ratio of ours to the reference that is as good as promised; absent: it is only written down. */
  readonly goal?: number;
  /** Longest time of ours on the machine of the figures, in milliseconds; absent: it is only written down. */
  readonly goalMs?: number;
  /** How often both are timed; five times unless told. A step that cannot be put back is timed once, without a run before it. */
  readonly rounds?: number;
  /** No run before the first that is timed: for work so long that caches hardly show. */
  readonly isCold?: boolean;
  /** Most memory ours may hold, in MiB; absent: it is only written down. */
  readonly memoryGoalMiB?: number;
  /** Asked before each run, so that a run may have a folder of its own. */
  readonly ours: () => ProcessCommand;
  readonly reference: () => ProcessCommand;
  /** Done before each run of either and not timed: what the last run left is put back. */
  readonly prepare?: (who: 'ours' | 'reference') => Promise<void>;
  /** After the first run of both: throws when they did not come to the same; may tell figures. */
  readonly check?: () => Promise<Figures | undefined>;
  /** Ours ends with a line of figures on its standard output, as JSON: quoted are their medians. */
  readonly tellsFigures?: boolean;
  /** Greatest figures that are as good as promised; without one a figure is only written down. */
  readonly figureGoals?: Figures;
}

export interface ProcessResult {
  readonly name: string;
  /** Milliseconds on the wall, start of the process included: medians of the rounds. */
  readonly oursMs: number;
  readonly referenceMs: number;
  readonly ratio: number;
  readonly spread: readonly [least: number, most: number];
  readonly goal?: number;
  readonly goalMs?: number;
  /** Greatest resident memory of all rounds, of the largest process where one starts others. */
  readonly oursPeakMiB: number;
  readonly referencePeakMiB: number;
  /** Milliseconds of processor time, of all threads and of processes it started: what other work on the machine moves least. */
  readonly oursCpuMs: number;
  readonly referenceCpuMs: number;
  readonly cpuRatio: number;
  readonly memoryGoalMiB?: number;
  readonly figures?: Figures;
  readonly figureGoals?: Figures;
  readonly isReached: boolean;
  readonly samples: { readonly ours: readonly number[]; readonly reference: readonly number[] };
}

const usualRounds = 5;
const watchMs = 10;

/** Runs both once for warm caches, checks them, then times them in turns, round by round. */
export async function raceProcesses(contest: ProcessContest): Promise<ProcessResult> {
  const { name, goal, goalMs, memoryGoalMiB, rounds = usualRounds, figureGoals = {} } = contest;
  const first = rounds === 1 || contest.isCold === true ? 1 : 0;
  const runs = { ours: [] as Timed[], reference: [] as Timed[] };
  let checked: Figures = {};
  for (let round = first; round <= rounds; round += 1) {
    for (const who of ['ours', 'reference'] as const) {
      await contest.prepare?.(who);
      const isListened = who === 'ours' && contest.tellsFigures === true;
      const timed = await time(contest[who](), `${name}, ${who}`, isListened);
      if (round > 0) runs[who].push(timed);
    }
    if (round === first) checked = (await contest.check?.()) ?? {};
  }
  const samples = {
    ours: runs.ours.map(({ ms }) => ms),
    reference: runs.reference.map(({ ms }) => ms),
  };
  const ratios = samples.ours.map((ms, round) => ms / (samples.reference[round] ?? ms));
  const ratio = median(ratios);
  const cpuOf = (who: readonly Timed[]): readonly number[] => who.map(({ cpuMs }) => cpuMs);
  const cpu = { ours: cpuOf(runs.ours), reference: cpuOf(runs.reference) };
  const cpuRatios = cpu.ours.map((ms, round) => ms / (cpu.reference[round] || ms));
  const oursMs = median(samples.ours);
  const oursPeakMiB = Math.max(...runs.ours.map(({ peakMiB }) => peakMiB));
  const told = contest.tellsFigures === true ? runs.ours.map(({ said }) => readFigures(said)) : [];
  const figures = { ...mediansOf(told), ...checked };
  return {
    name,
    oursMs,
    referenceMs: median(samples.reference),
    ratio,
    spread: [Math.min(...ratios), Math.max(...ratios)],
    ...(goal === undefined ? {} : { goal }),
    ...(goalMs === undefined ? {} : { goalMs }),
    oursPeakMiB,
    referencePeakMiB: Math.max(...runs.reference.map(({ peakMiB }) => peakMiB)),
    oursCpuMs: median(cpu.ours),
    referenceCpuMs: median(cpu.reference),
    cpuRatio: median(cpuRatios),
    ...(memoryGoalMiB === undefined ? {} : { memoryGoalMiB }),
    ...(Object.keys(figures).length === 0 ? {} : { figures }),
    ...(Object.keys(figureGoals).length === 0 ? {} : { figureGoals }),
    isReached:
      isWithin(ratio, goal) &&
      isWithin(oursMs, goalMs) &&
      isWithin(oursPeakMiB, memoryGoalMiB) &&
      Object.entries(figureGoals).every(([figure, most]) =>
        isWithin(figures[figure] ?? Number.NaN, most),
      ),
    samples,
  };
}

function isWithin(value: number, goal: number | undefined): boolean {
  return goal === undefined || value <= goal;
}

/** The last line of what a process said. */
function readFigures(said: string): Figures {
  const last = said.trimEnd().split('\n').at(-1) ?? '';
  // Printed by our own programs.
  return JSON.parse(last) as Figures;
}

function mediansOf(runs: readonly Figures[]): Figures {
  const names = Object.keys(runs[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [name, median(runs.map((run) => run[name] ?? Number.NaN))]),
  );
}

interface Timed {
  readonly said: string;
  readonly ms: number;
  readonly peakMiB: number;
  readonly cpuMs: number;
}

async function time(what: ProcessCommand, name: string, isListened: boolean): Promise<Timed> {
  const started = performance.now();
  const child = spawn(what.command, [...what.args], {
    cwd: what.cwd,
    env: { ...process.env, ...what.env },
    stdio: ['ignore', isListened ? 'pipe' : 'ignore', 'pipe'],
  });
  let said = '';
  let complained = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4_000);
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complained = (complained + text).slice(-4_000);
  });
  let ms: number | undefined;
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => {
      ms = performance.now() - started;
    });
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${name}: ended with ${signal ?? code}.\n${complained}`));
    });
  });
  let peakKiB = 0;
  let cpuMs = 0;
  const watching = (async () => {
    while (ms === undefined && child.exitCode === null && child.pid !== undefined) {
      peakKiB = Math.max(peakKiB, await readPeak(child.pid));
      cpuMs = Math.max(cpuMs, await readCpu(child.pid));
      await wait(watchMs);
    }
  })();
  await Promise.all([ended, watching]);
  const peakMiB = Math.round(peakKiB / 1_024);
  return { said, ms: ms ?? performance.now() - started, peakMiB, cpuMs };
}

const read = (pid: number, file: string): Promise<string> =>
  readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');

async function listChildren(pid: number): Promise<readonly number[]> {
  const children = (await read(pid, `task/${pid}/children`)).trim().split(' ').map(Number);
  return children.filter((one) => one > 0);
}

const tickMs = 10;

/** What a process and those it started have used so far, to a tick; in its last ten milliseconds nobody looks. */
async function readCpu(pid: number): Promise<number> {
  // After the name, which may hold anything: fields 14 to 17 are its own time and that of those it has waited for.
  const fields = (await read(pid, 'stat'))
    .replace(/^.*\) /s, '')
    .split(' ')
    .slice(11, 15);
  const own = fields.reduce((sum, field) => sum + Number(field), 0) * tickMs;
  const others = await Promise.all((await listChildren(pid)).map(readCpu));
  return others.reduce((sum, one) => sum + one, own);
}

/** `VmHWM`, the most a process ever held, in KiB; of the largest where it started others. Other systems than Linux: 0. */
async function readPeak(pid: number): Promise<number> {
  const own = Number(/^VmHWM:\s+(\d+) kB$/m.exec(await read(pid, 'status'))?.[1] ?? 0);
  const others = await Promise.all((await listChildren(pid)).map(readPeak));
  return Math.max(own, ...others);
}
