/**
 * A company that lives on: `npm run soak:days` gives it a hundred thousand people and thirty days. No day ends with a person, a
 * link or an account too many or too few; memory and time of a day do not grow with the days behind it.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTemporaryFolder, type TemporaryFolder } from './employees/suite.ts';
import { type Day, liveDays } from './soak/live-days.ts';
import { days, seed } from './soak/settings.ts';
import { sqlitePlace } from './soak/store-places.ts';

/** Of days on which something goes wrong. */
const share = 0.05;
/** From so many days on the first and the last can be told apart from chance. */
const enoughDays = 12;

describe('a company that lives on', () => {
  let folder: TemporaryFolder;
  beforeAll(async () => {
    folder = await makeTemporaryFolder();
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  it(`is counted right on each of ${days.count} days, whatever went wrong on it, and does not slow down`, {
    timeout: 4 * 3_600_000,
  }, async () => {
    const lived: Day[] = [];
    // Few days would otherwise pass without any of them.
    const certain =
      days.count < enoughDays ? (['truncated file', 'kill', 'wrong header'] as const) : [];
    const options = { days: days.count, people: days.people, seed, share, certain };
    for await (const day of liveDays(folder.path, sqlitePlace, options)) {
      lived.push(day);
      const { seconds, processorSeconds, residentMegabytes } = day.run;
      const figures = [
        `${seconds.toFixed(2)} s`,
        `${processorSeconds.toFixed(2)} s of processor`,
        `${residentMegabytes.toFixed(0)} MB resident`,
        `store ${day.storeMegabytes.toFixed(1)} MB`,
      ];
      const events = day.disturbance === null ? '' : `, after ${day.disturbance}`;
      process.stdout.write(`day ${day.day} (${day.mode}${events}): ${figures.join(', ')}\n`);
      expect(day.problems, `day ${day.day}`).toEqual([]);
    }

    expect(lived).toHaveLength(days.count);
    const disturbed = lived.filter((day) => day.disturbance !== null);
    expect(disturbed.length).toBeGreaterThanOrEqual(Math.floor(days.count * share));
    if (lived.length >= enoughDays) judgeGrowth(lived);
  });
});

/** Compares the first days with the last, each mode with itself; single days are at the mercy of the machine. */
function judgeGrowth(lived: readonly Day[]): void {
  for (const mode of ['Everything', 'Changes'] as const) {
    // The first day still carries what came with the founding.
    const calm = lived.filter(
      (day) => day.mode === mode && day.disturbance === null && day.day > 1,
    );
    const third = Math.max(1, Math.floor(calm.length / 3));
    const ratio = (pick: (day: Day) => number): number =>
      median(calm.slice(-third).map(pick)) / median(calm.slice(0, third).map(pick));
    const time = ratio(({ run }) => run.processorSeconds);
    const memory = ratio(({ run }) => run.residentMegabytes);
    process.stdout.write(
      `${mode}, last third against first: processor time × ${time.toFixed(3)}, memory × ${memory.toFixed(3)}\n`,
    );
    expect(time).toBeLessThanOrEqual(1.1);
    expect(memory).toBeLessThanOrEqual(1.1);
  }
  const [first, last] = [lived[0], lived.at(-1)];
  const growth = ((last?.storeMegabytes ?? 0) - (first?.storeMegabytes ?? 0)) / (lived.length - 1);
  process.stdout.write(`the store grows by ${growth.toFixed(2)} MB a day\n`);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
