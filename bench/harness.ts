/** Times a piece of work against a reference, in turns, so that a busy or throttled machine burdens both alike. */

/** How much data: see the README. */
export type Size = 'S' | 'M' | 'L';

/** One thing to time. Both give the same; a difference is an error before anything is timed. */
export interface Contest {
  readonly name: string;
  /** Greatest ratio of ours to the reference that is as good as promised. */
  readonly goal: number;
  /** How often the work is done in one call. */
  readonly operations: number;
  readonly ours: () => unknown;
  readonly reference: () => unknown;
}

export interface Result {
  readonly name: string;
  /** Operations a second: medians of the rounds. */
  readonly ours: number;
  readonly reference: number;
  /** Time of ours over time of the reference: the median of the rounds, and how far they lie apart. */
  readonly ratio: number;
  readonly spread: readonly [least: number, most: number];
  readonly goal: number;
  readonly isReached: boolean;
  /** Milliseconds of processor time of one call, of each round. */
  readonly samples: { readonly ours: readonly number[]; readonly reference: readonly number[] };
}

const rounds = 5;
const warmUpMs = 150;
const roundMs = 80;

/** Compares results, warms both up, and times them in turns, five rounds. */
export function race(contest: Contest): Result {
  const { name, goal, operations, ours, reference } = contest;
  const [found, wanted] = [JSON.stringify(ours()), JSON.stringify(reference())];
  if (found !== wanted) {
    const at = [...found].findIndex((character, index) => character !== wanted[index]);
    const shown = (text: string): string => text.slice(Math.max(0, at - 20), at + 40);
    throw new Error(`${name}: ours gives …${shown(found)}…, the reference …${shown(wanted)}…`);
  }
  const calls = [ours, reference].map((run) => Math.max(1, Math.round(roundMs / warmUp(run))));
  const samples: { ours: number[]; reference: number[] } = { ours: [], reference: [] };
  for (let round = 0; round < rounds; round++) {
    samples.ours.push(time(ours, calls[0] ?? 1));
    samples.reference.push(time(reference, calls[1] ?? 1));
  }
  const ratios = samples.ours.map((ms, round) => ms / (samples.reference[round] ?? ms));
  const ratio = median(ratios);
  return {
    name,
    ours: (operations / median(samples.ours)) * 1_000,
    reference: (operations / median(samples.reference)) * 1_000,
    ratio,
    spread: [Math.min(...ratios), Math.max(...ratios)],
    goal,
    isReached: ratio <= goal,
    samples,
  };
}

/** Runs until the compiler has settled; gives milliseconds of one call. */
function warmUp(run: () => unknown): number {
  const end = performance.now() + warmUpMs;
  let calls = 0;
  const started = performance.now();
  do {
    run();
    calls += 1;
  } while (performance.now() < end);
  return (performance.now() - started) / calls;
}

/** Processor time, not time on the wall: what else runs on the machine hardly shows. */
function time(run: () => unknown, calls: number): number {
  const before = process.cpuUsage();
  for (let call = 0; call < calls; call++) run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / calls;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
