import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ValueKind } from '../spi/database/database.ts';
import { isoTimestamp, nameColumns, plainDecimal } from '../spi/database/text.ts';
import { findTable, parseTableName } from './catalog.ts';
import { dialects } from './dialects.ts';
import { isSameValue, toBound } from './stored-values.ts';

describe('text of numbers', () => {
  it.each([
    ['1e3', '1000'],
    ['1.5e-7', '0.00000015'],
    ['-1.25E+1', '-12.5'],
    ['5e-324', `0.${'0'.repeat(323)}5`],
    ['12.50', '12.50'],
    ['NaN', 'NaN'],
    ['1e999999', '1e999999'],
  ])('%s is %s', (given, text) => {
    expect(plainDecimal(given)).toBe(text);
  });

  it('keeps the value of any number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const text = plainDecimal(String(number));
        expect(text).not.toMatch(/e/i);
        expect(Number(text)).toBe(Object.is(number, -0) ? 0 : number);
      }),
    );
  });
});

describe('text of times', () => {
  it.each([
    ['2024-03-05 17:30:00', false, '2024-03-05T17:30:00'],
    ['2024-03-05 17:30:00.120000+00', true, '2024-03-05T17:30:00.12Z'],
    ['2024-03-05T17:30:00.000Z', true, '2024-03-05T17:30:00Z'],
    ['infinity', true, 'infinity'],
    ['0044-03-15 12:00:00 BC', false, '0044-03-15 12:00:00 BC'],
  ])('%s', (given, isZoned, text) => {
    expect(isoTimestamp(given, isZoned)).toBe(text);
  });
});

describe('names of result columns', () => {
  it('are unique, and never empty', () => {
    expect(nameColumns(['id', '', 'id', 'Id', '?column?'])).toEqual([
      'id',
      'column2',
      null,
      'Id',
      'column5',
    ]);
  });
});

describe('names of tables', () => {
  const texts = (written: string) => parseTableName(written)?.map((part) => part.text);

  it.each([
    ['"dbo"."um_groups"', ['dbo', 'um_groups']],
    ['[dbo].[odd]]name]', ['dbo', 'odd]name']],
    ['`a``b`', ['a`b']],
    ['dbo.um_groups', ['dbo', 'um_groups']],
    ['"with.dot"', ['with.dot']],
    ['"a""b"."c"', ['a"b', 'c']],
  ])('%s', (written, parts) => {
    expect(texts(written)).toEqual(parts);
  });

  it.each(['', '"open', 'a..b', 'a.', '"a"b', '""'])('%s is none', (written) => {
    expect(texts(written)).toBeUndefined();
  });

  it('that fit several tables are refused, not guessed', () => {
    const table = (schema: string, name: string) => ({
      schema,
      name,
      isInDefaultSchema: false,
      columns: [],
    });
    const catalog = [table('a', 'people'), table('b', 'people'), table('b', 'x.y')];

    expect(() => findTable(catalog, 'people')).toThrow(/several tables/);
    expect(findTable(catalog, 'B.People')).toBe(catalog[1]);
    expect(findTable(catalog, 'x.y')).toBe(catalog[2]);
    expect(() => findTable(catalog, '"A"."people"')).toThrow(/no table/);
  });
});

describe('identifiers', () => {
  it.each([
    [dialects.postgres, 'a"b', '"a""b"'],
    [dialects.mysql, 'a`b', '`a``b`'],
    [dialects.sqlServer, 'a]b', '[a]]b]'],
    [dialects.sqlite, 'a"; DROP TABLE x--', '"a""; DROP TABLE x--"'],
  ])('of %s cannot leave their quotes', (dialect, name, quoted) => {
    expect(dialect.quote(name)).toBe(quoted);
  });
});

describe('values of columns', () => {
  const column = (kind: ValueKind, format?: string, type = kind as string) => ({
    property: 'p',
    column: { name: 'c', type, kind, isKey: false },
    format,
  });

  it.each([
    ['timestamp', '20240305173000', '2024-03-05T17:30:00'],
    ['date', '20240305000000', '2024-03-05'],
    ['zoned-timestamp', '2024-03-05T17:30:00.25', '2024-03-05T17:30:00.25'],
    ['integer', ' 12 ', '12'],
    ['decimal', '1.5e3', '1500'],
    ['guid', '0e37df36f69811e68dd4cb9ced3df976', '0e37df36-f698-11e6-8dd4-cb9ced3df976'],
    ['text', "'; --", "'; --"],
  ] as const)('%s takes %s', (kind, value, bound) => {
    expect(toBound(column(kind), value, dialects.sqlServer)).toBe(bound);
  });

  it.each([
    ['integer', '12 or 1=1'],
    ['integer', '1.5'],
    ['decimal', '0x10'],
    ['boolean', 'maybe'],
    ['date', 'tomorrow'],
    ['binary', '%%%'],
  ] as const)('%s refuses %s', (kind, value) => {
    expect(() => toBound(column(kind), value, dialects.mysql)).toThrow(/"p" cannot go/);
  });

  it.each([
    [column('decimal'), '12.50', '12.5', true],
    [column('integer'), '007', '7', true],
    [column('boolean'), '1', 'true', true],
    [column('timestamp', 'datetime'), '2024-03-05T17:30:00', '20240305173000', true],
    [column('text'), '', null, true],
    [column('text'), 'Ana', 'ana', false],
    [column('text'), 'ana ', 'ana', false],
    [column('text', undefined, 'character(5)'), 'ana  ', 'ana', true],
    [column('integer'), '12', 'twelve', false],
    [column('integer'), null, '0', false],
  ])('%j holding %s: is it %s? %s', (mapped, stored, internal, isSame) => {
    expect(isSameValue(mapped, stored, internal, dialects.mysql)).toBe(isSame);
  });
});
