import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSchedule, type Schedule } from '../../../config/index.ts';
import { findDue } from './occurrences.ts';

function read(text: string): Schedule {
  const parsed = parseSchedule(text, 'Europe/Paris');
  if (parsed.status === 'invalid') throw new Error(parsed.what);
  return parsed.schedule;
}

const hour = 3_600_000;

/** A scheduler in three lines: what it runs while its clock shows these times, one look at a time. */
function watch(schedule: Schedule, clock: readonly number[]): readonly number[] {
  const runs: number[] = [];
  let handled: number | null = null;
  for (const now of clock) {
    const due = findDue(schedule, handled, now);
    if (due.status === 'moved') handled = due.from;
    if (due.status !== 'due') continue;
    // Occurrences are known by their time: the store records each once.
    if (!runs.includes(due.at)) runs.push(due.at);
    handled = due.at;
  }
  return runs;
}

/** Looks every quarter of an hour from `from` on. */
function looks(from: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => from + index * (hour / 4));
}

describe('what is due', () => {
  const start = Date.UTC(2026, 5, 1, 9, 5);
  const hourly = read('0 * * * *');

  it('is every occurrence, once, while the clock goes on', () => {
    const runs = watch(hourly, looks(start, 24 * 4));

    expect(runs).toEqual(hourly.next(start, 23));
  });

  it.each([
    ['an hour', hour],
    ['a day', 24 * hour],
  ])('is one occurrence, the last, after the clock jumped ahead %s', (_, jump) => {
    const before = looks(start, 5);
    const after = looks(start + hour + jump, 4);

    const runs = watch(hourly, [...before, ...after]);

    expect(runs.filter((at) => at <= (after[0] ?? 0))).toHaveLength(2);
    expect(runs.at(1)).toBe(hourly.last(after[0] ?? 0));
  });

  it.each([
    ['an hour', hour],
    ['a day', 24 * hour],
  ])('comes at most once when the clock is set back %s', (_, jump) => {
    const ahead = looks(start, 24 * 4);
    const again = looks((ahead.at(-1) ?? 0) - jump, 30 * 4);

    const runs = watch(hourly, [...ahead, ...again]);

    expect(new Set(runs).size).toBe(runs.length);
    // None is missing either, over the whole time.
    expect([...runs].sort((a, b) => a - b)).toEqual(
      hourly.next(Math.min(...runs) - 1, runs.length),
    );
  });

  it('loses none of today when the clock was a day ahead for a moment', () => {
    const runs = watch(hourly, [
      ...looks(start, 5),
      ...looks(start + 24 * hour, 2),
      ...looks(start + hour, 12),
    ]);

    const today = runs.filter((at) => at < start + 12 * hour);
    expect(today).toEqual(hourly.next(start, today.length));
    expect(today.length).toBe(3);
  });

  it('is once a day on the days the clocks change', () => {
    const nightly = read('30 2 * * *');

    for (const change of [Date.UTC(2026, 2, 27, 12), Date.UTC(2026, 9, 23, 12)]) {
      const runs = watch(nightly, looks(change, 4 * 24 * 4));
      const days = runs.map((at) =>
        new Date(at).toLocaleDateString('en', { timeZone: 'Europe/Paris' }),
      );
      expect(days).toHaveLength(4);
      expect(new Set(days).size).toBe(4);
    }
  });

  it('starts with the next occurrence for a schedule that is new', () => {
    expect(findDue(hourly, null, start)).toEqual({ status: 'moved', from: start });
  });

  it('is never the same occurrence twice, and no more than one at a time, whatever the clock does', () => {
    const patterns = ['0 * * * *', '30 2 * * *', '*/20 * * * *', '0 3,15 * * 1-5'];
    fc.assert(
      fc.property(
        fc.constantFrom(...patterns),
        fc.array(fc.integer({ min: -26 * 60, max: 26 * 60 }), { minLength: 1, maxLength: 40 }),
        (pattern, steps) => {
          const schedule = read(pattern);
          let now = Date.UTC(2026, 9, 24);
          const clock = steps.map((minutes) => (now += minutes * 60_000));

          const runs = watch(schedule, clock);

          expect(new Set(runs).size).toBe(runs.length);
          for (const at of runs) expect(schedule.last(at)).toBe(at);
          expect(runs.length).toBeLessThan(clock.length);
        },
      ),
      { numRuns: 200 },
    );
  });
});
