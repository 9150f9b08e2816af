import { describe, expect, it } from 'vitest';
import { formatDay, formatPeriod, monthsBefore, parseDay, parseMoment } from './moments.ts';

describe('parseMoment', () => {
  it.each([
    ['20260131', '2026-01-31T23:59:59.999Z'],
    ['2026-01-31', '2026-01-31T23:59:59.999Z'],
    ['20260131120000', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31 12:00:05', '2026-01-31T12:00:05.000Z'],
    ['2026-01-31T12:00:00.250Z', '2026-01-31T12:00:00.250Z'],
    ['2026-01-31T12:00:00+02:00', '2026-01-31T10:00:00.000Z'],
  ])('takes %s for %s', (text, moment) => {
    expect(parseMoment(text)).toBe(moment);
  });

  it.each([
    '',
    'yesterday',
    '20260230',
    '2026-13-01',
    '2026-01-31T25:00',
    '2026-02-30T10:00',
    '1e9',
    '202601',
  ])('refuses "%s"', (text) => {
    expect(() => parseMoment(text)).toThrow('It must be a day');
  });
});

describe('parseDay', () => {
  it('gives the beginning of the day', () => {
    expect(parseDay('20240229')).toBe('2024-02-29T00:00:00.000Z');
    expect(() => parseDay('20230229')).toThrow('It must be a day');
  });
});

describe('formatDay', () => {
  it.each([
    ['20260131000000', '2026-01-31'],
    ['20260131123005', '2026-01-31 12:30'],
    [null, null],
  ])('writes %s as %s', (date, text) => {
    expect(formatDay(date)).toBe(text);
  });

  it('says what a period without an end is', () => {
    const startDate = '20260131000000';

    expect(formatPeriod({ startDate, endDate: null })).toBe('2026-01-31 to open');
    expect(formatPeriod({ startDate: null, endDate: startDate })).toBe('always to 2026-01-31');
  });
});

describe('monthsBefore', () => {
  it.each([
    ['2026-03-31T10:00:00.000Z', 1, '2026-02-28T10:00:00.000Z'],
    ['2024-03-31T10:00:00.000Z', 1, '2024-02-29T10:00:00.000Z'],
    ['2026-01-15T00:00:00.000Z', 13, '2024-12-15T00:00:00.000Z'],
  ])('of %s, %i months back, is %s', (now, months, then) => {
    expect(monthsBefore(Date.parse(now), months)).toBe(then);
  });
});
