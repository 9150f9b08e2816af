/** Plays many random histories, one after the other, and shortens one that goes wrong. */
import { HistoryDifference, openPlayer, type Player, playHistory } from './play.fixture.ts';
import { randomHistory } from './random-history.fixture.ts';
import type { History } from './world.fixture.ts';

export interface HistoryRange {
  readonly first: number;
  /** How many companies, with seeds from `first` on; each plays the histories of all its populations at once. */
  readonly companies: number;
  readonly populations: number;
  readonly report?: (companies: number) => void;
  /** Who plays; one that evaluates what changed and one that evaluates everything, in memory, unless stated. */
  readonly openPlayers?: () => Promise<readonly Player[]>;
}

export interface HistoryFailure {
  readonly seed: number;
  readonly message: string;
  /** As short as it could be made and still goes wrong. */
  readonly history: History;
}

export interface RangePlayed {
  readonly companies: number;
  readonly histories: number;
  readonly steps: number;
  readonly assignments: number;
  readonly failures: readonly HistoryFailure[];
}

/** A new store after so many companies: one that lives for ever would hide what only a new one shows. */
const companiesPerStore = 100;
const maxFailures = 3;

export async function playRange(range: HistoryRange): Promise<RangePlayed> {
  const { first, companies, populations, report, openPlayers = openInMemory } = range;
  const failures: HistoryFailure[] = [];
  let [done, steps, assignments] = [0, 0, 0];
  for (let start = first; start < first + companies; start += companiesPerStore) {
    await using stack = new AsyncDisposableStack();
    const players = await openPlayers();
    for (const player of players) stack.use(player);
    const end = Math.min(first + companies, start + companiesPerStore);
    for (let seed = start; seed < end && failures.length < maxFailures; seed += 1) {
      const history = randomHistory(seed, populations);
      const message = await playSafely(players, history, (played) => {
        steps += played.steps;
        assignments += played.assignments;
      });
      done += 1;
      if (message !== null) failures.push(await shorten(players, seed, history, message));
      report?.(done);
    }
  }
  return { companies: done, histories: done * populations, steps, assignments, failures };
}

async function openInMemory(): Promise<readonly Player[]> {
  return [await openPlayer({ isDirty: true }), await openPlayer({ isDirty: false })];
}

/** What went wrong; `null`: nothing. */
async function playSafely(
  players: readonly Player[],
  history: History,
  onPlayed: (played: { readonly steps: number; readonly assignments: number }) => void = () => {},
): Promise<string | null> {
  try {
    onPlayed(await playHistory(players, history));
    return null;
  } catch (error) {
    if (error instanceof HistoryDifference) return error.message;
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

/** Leaves out steps and edits one by one as long as it still goes wrong. */
async function shorten(
  players: readonly Player[],
  seed: number,
  failing: History,
  firstMessage: string,
): Promise<HistoryFailure> {
  let history = failing;
  let message = firstMessage;
  for (let isShorter = true; isShorter; ) {
    isShorter = false;
    for (const candidate of shorterOnes(history)) {
      const found = await playSafely(players, candidate);
      if (found === null) continue;
      history = candidate;
      message = found;
      isShorter = true;
      break;
    }
  }
  return { seed, message, history };
}

/** The largest cuts first. */
function* shorterOnes(history: History): Generator<History> {
  const { choices, steps } = history;
  for (const index of steps.keys()) yield { ...history, steps: steps.toSpliced(index, 1) };
  for (const [index, step] of steps.entries()) {
    for (
      let size = Math.ceil(step.length / 2);
      size >= 1;
      size = size > 1 ? Math.ceil(size / 2) : 0
    ) {
      for (let place = 0; place < step.length; place += size) {
        yield { ...history, steps: steps.with(index, step.toSpliced(place, size)) };
      }
    }
  }
  for (const [index, choice] of choices.entries()) {
    if (choice !== 0) yield { ...history, choices: choices.with(index, 0) };
  }
  if (history.populations > 1) yield { ...history, populations: 1 };
}
