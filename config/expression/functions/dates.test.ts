import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDate, parseDate, readDateFormat } from './date-format.ts';
import { maxMoment, minMoment, readDate, writeDate } from './date-text.ts';
import { findTimeZone, listWindowsZones } from './time-zones.ts';

const moment = Date.UTC(2024, 0, 31, 9, 5, 7, 80);

function format(pattern: string): string | undefined {
  const known = readDateFormat(pattern);
  return known === undefined ? undefined : formatDate(known, moment);
}

describe('readDate', () => {
  it.each([
    ['20240131090507', '20240131090507'],
    ['20240131', '20240131000000'],
    ['2024-01-31', '20240131000000'],
    ['2024-01-31 09:05', '20240131090500'],
    ['2024-01-31T09:05:07.123Z', '20240131090507'],
    ['2024-01-31T09:05:07+02:00', '20240131070507'],
    ['20240131090507.0Z', '20240131090507'],
    ['20240131090507-0130', '20240131103507'],
    ['202401310905Z', '20240131090500'],
    ['00010101000000', '00010101000000'],
    ['20240229000000', '20240229000000'],
  ])('reads %s', (text, internal) => {
    const value = readDate(text);
    expect(value === undefined ? undefined : writeDate(value)).toBe(internal);
  });

  it.each([
    '',
    'x',
    '20230229',
    '20241301',
    '2024-01-31T25:00',
    '31/01/2024',
    '00000101',
    '2024-1-1',
    `${'1'.repeat(500)}`,
  ])('refuses %s', (text) => {
    expect(readDate(text)).toBeUndefined();
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: minMoment / 1000, max: Math.floor(maxMoment / 1000) }),
        (second) => {
          expect(readDate(writeDate(second * 1000))).toBe(second * 1000);
        },
      ),
    );
  });
});

describe('date formats', () => {
  it.each([
    ['dd/MM/yyyy HH:mm:ss', '31/01/2024 09:05:07'],
    ['d/M/yy h:m:s tt', '31/1/24 9:5:7 AM'],
    ['ddd dddd MMM MMMM', 'Wed Wednesday Jan January'],
    ['yyyy\'y\' "q" \\d', '2024y q d'],
    ['%d', '31'],
    ['ss.fff', '07.080'],
    ['ss.FFF', '07.08'],
    ['ss.F', '07'],
    ['U', 'Wednesday, 31 January 2024 09:05:07'],
    ['d', '01/31/2024'],
    ['s', '2024-01-31T09:05:07'],
    ['o', '2024-01-31T09:05:07.0800000Z'],
  ])('writes %s', (pattern, text) => {
    expect(format(pattern)).toBe(text);
  });

  it.each(['', 'Q', "'open", 'yyyyyyyy', '%', '\\', 'x'.repeat(300)])('refuses %s', (pattern) => {
    expect(readDateFormat(pattern)).toBeUndefined();
  });

  it.each([
    ['dd/MM/yyyy', '31/02/2024'],
    ['dd/MM/yyyy', '1/2/2024'],
    ['dd/MM/yyyy', '01/02/2024 '],
    ['hh:mm tt', '13:00 PM'],
    ['yyyy', ''],
  ])('reads by %s no %s', (pattern, text) => {
    const known = readDateFormat(pattern) ?? { parts: [] };
    expect(parseDate(known, text)).toBeUndefined();
  });

  it('reads afternoons, names, offsets, short years', () => {
    const read = (pattern: string, text: string): string | undefined => {
      const parsed = parseDate(readDateFormat(pattern) ?? { parts: [] }, text);
      return parsed === undefined ? undefined : writeDate(parsed.wallTime - (parsed.offsetMs ?? 0));
    };
    expect(read('d MMM yyyy h:mm tt', '3 feb 2024 1:30 PM')).toBe('20240203133000');
    expect(read('MM/dd/yyyy hh tt', '02/03/2024 12 AM')).toBe('20240203000000');
    expect(read('yyyy-MM-dd HH:mm zzz', '2024-02-03 10:00 +01:00')).toBe('20240203090000');
    expect(read('dd.MM.yy', '03.02.50')).toBe('19500203000000');
    expect(read('yyyyMMdd HHmmss.FFF', '20240203 101112')).toBe('20240203101112');
    expect(read('yyyyMMdd HHmmss.FFF', '20240203 101112.5')).toBe('20240203101112');
  });

  it('reads back what it writes', () => {
    const pattern = readDateFormat('yyyy-MM-dd HH:mm:ss.fff') ?? { parts: [] };
    fc.assert(
      fc.property(fc.integer({ min: minMoment, max: maxMoment }), (at) => {
        expect(parseDate(pattern, formatDate(pattern, at))?.wallTime).toBe(at);
      }),
    );
  });
});

describe('findTimeZone', () => {
  it('knows every Windows id it lists, in any case', () => {
    for (const id of listWindowsZones()) expect(findTimeZone(id), id).toBeDefined();
    expect(findTimeZone('ROMANCE standard time')?.offsetAt(moment)).toBe(3_600_000);
    expect(findTimeZone('Europe/Paris')?.offsetAt(moment)).toBe(3_600_000);
    expect(findTimeZone('Nowhere')).toBeUndefined();
    expect(findTimeZone('__proto__')).toBeUndefined();
  });

  it('takes the second of two readings in autumn, and counts on in spring', () => {
    const paris = findTimeZone('Romance Standard Time');
    expect(paris?.momentAt(Date.UTC(2024, 9, 27, 2, 30))).toBe(Date.UTC(2024, 9, 27, 1, 30));
    expect(paris?.momentAt(Date.UTC(2024, 2, 31, 2, 30))).toBe(Date.UTC(2024, 2, 31, 1, 30));
  });

  it('goes to UTC and back at every other time', () => {
    const zones = [
      'Romance Standard Time',
      'India Standard Time',
      'Newfoundland Standard Time',
      'UTC',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: Date.UTC(1980, 0), max: Date.UTC(2060, 0) }),
        (id, at) => {
          const zone = findTimeZone(id);
          const wall = at + (zone?.offsetAt(at) ?? 0);
          const back = zone?.momentAt(wall) ?? 0;
          // Where clocks show a time twice, the wall time comes back, not the moment.
          expect(back + (zone?.offsetAt(back) ?? 0)).toBe(wall);
        },
      ),
    );
  });
});
