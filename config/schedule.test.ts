import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSchedule, type Schedule } from './schedule.ts';

function read(text: string, timeZone = 'UTC'): Schedule {
  const parsed = parseSchedule(text, timeZone);
  if (parsed.status === 'invalid') throw new Error(`${parsed.text} is ${parsed.what}`);
  return parsed.schedule;
}

function next(text: string, timeZone: string, after: string, count: number): readonly string[] {
  return read(text, timeZone)
    .next(Date.parse(after), count)
    .map((at) => new Date(at).toISOString());
}

describe('a schedule', () => {
  it.each([
    ['*/20 2 * * *', '2026-03-01T02:20:00.000Z'],
    ['15 */20 2 * * *', '2026-03-01T02:00:15.000Z'],
    ['0 0 L * *', '2026-03-31T00:00:00.000Z'],
    ['0 0 0 L * ?', '2026-03-31T00:00:00.000Z'],
    ['0 0 15W * *', '2026-03-16T00:00:00.000Z'],
    ['0 0 * * 5#2', '2026-03-13T00:00:00.000Z'],
    ['0 0 * * FRIL', '2026-03-27T00:00:00.000Z'],
    ['0 0 * * 7', '2026-03-08T00:00:00.000Z'],
    ['0 0 0 ? * MON-FRI', '2026-03-02T00:00:00.000Z'],
    ['5/25 3 * * *', '2026-03-01T03:05:00.000Z'],
    ['0 0 13 * 5', '2026-03-06T00:00:00.000Z'],
  ])('"%s" comes at %s', (text, at) => {
    expect(next(text, 'UTC', '2026-03-01T02:00:00.000Z', 1)).toEqual([at]);
  });

  it('comes once on the day its hour does not exist, as soon as there is an hour again', () => {
    expect(next('30 2 * * *', 'Europe/Paris', '2026-03-28T12:00:00Z', 2)).toEqual([
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ]);
  });

  it('comes once on the day its hour exists twice, for lists of hours too', () => {
    expect(next('30 2,14 * * *', 'Europe/Paris', '2026-10-24T20:00:00Z', 3)).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-25T13:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ]);
  });

  it('of every hour comes every hour, also when an hour comes twice', () => {
    expect(next('30 * * * *', 'Europe/Paris', '2026-10-24T23:45:00Z', 3)).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-25T01:30:00.000Z',
      '2026-10-25T02:30:00.000Z',
    ]);
  });

  it('was last due at the moment itself, and not again a second later', () => {
    const daily = read('0 2 * * *');
    const at = Date.parse('2026-03-05T02:00:00.000Z');

    expect(daily.last(at)).toBe(at);
    expect(daily.last(at + 999)).toBe(at);
    expect(daily.last(at - 1)).toBe(at - 24 * 3_600_000);
  });

  it('has between two of its occurrences no other, forward and backward', () => {
    const patterns = ['*/7 * * * *', '30 2,14 * * *', '15 10 3 * * 1-5', '0 4 L * *'];
    fc.assert(
      fc.property(
        fc.constantFrom(...patterns),
        fc.constantFrom('UTC', 'Europe/Paris', 'America/New_York', 'Australia/Lord_Howe'),
        fc.integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2028, 0, 1) }),
        (pattern, timeZone, at) => {
          const schedule = read(pattern, timeZone);
          const [first = 0, second = 0] = schedule.next(at, 2);
          expect(first).toBeGreaterThan(at);
          expect(schedule.last(first)).toBe(first);
          expect(schedule.last(second - 1)).toBe(first);
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([
    ['0 0 12 ? * 2', '"2" is not clear beside "?", where some count Sunday as 1'],
    ['? 2 * * *', '"?" is of use for a day or a weekday only, and alone'],
    ['0 2 L-3 * *', '"0 2 L-3 * *" is not a schedule'],
    ['0 2 * * MONDAY', '"0 2 * * MONDAY" is not a schedule'],
    ['@daily', '"@daily" is not a schedule'],
    ['* * * * * * 2027', '"* * * * * * 2027" is not a schedule'],
  ])('"%s" is refused: %s', (text, told) => {
    const parsed = parseSchedule(text, 'UTC');

    expect(parsed.status === 'invalid' && `"${parsed.text}" is ${parsed.what}`).toBe(told);
  });
});
