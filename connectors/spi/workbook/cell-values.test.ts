import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIsoCell, formatNumberCell, unescapeCellText } from './cell-values.ts';
import { findBuiltInFormat, type NumberFormat, parseFormatCode } from './number-formats.ts';
import { formatReference, readColumn } from './sheet-rows.ts';

const general: NumberFormat = { kind: 'number' };
const day = findBuiltInFormat(14);

describe('numbers of cells', () => {
  it.each([
    ['42', '42'],
    ['12345678901234', '12345678901234'],
    ['1.2345678901234E13', '12345678901234'],
    ['12345678901234567890', '12345678901234567890'],
    ['1E+20', '100000000000000000000'],
    ['1.5E21', '1500000000000000000000'],
    ['1e-7', '0.0000001'],
    ['-2.5e-3', '-0.0025'],
    ['0.30000000000000004', '0.30000000000000004'],
    ['0.1', '0.1'],
    ['-0', '0'],
    ['007', '7'],
    [' 5 ', '5'],
  ])('%j is written %j, without an exponent', (written, text) => {
    expect(formatNumberCell(written, general, false)).toBe(text);
  });

  it('mean the same number as text, whatever it is', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const text = formatNumberCell(String(number), general, false);
        expect(Number(text)).toBe(number === 0 ? 0 : number);
        expect(text).not.toMatch(/e/i);
      }),
    );
  });

  it.each(['', 'x', '1,5', '0x10', 'Infinity', 'NaN', '1e999', '1 2'])('%j is none', (written) => {
    expect(formatNumberCell(written, general, false)).toBeUndefined();
  });

  it('keep the zeros of a format that is made of zeros', () => {
    const padded = parseFormatCode('00000');

    expect(formatNumberCell('42', padded, false)).toBe('00042');
    expect(formatNumberCell('1234567', padded, false)).toBe('1234567');
    expect(formatNumberCell('-42', padded, false)).toBe('-42');
    expect(formatNumberCell('4.5', padded, false)).toBe('4.5');
  });
});

describe('dates of cells', () => {
  it.each([
    ['1', '1900-01-01'],
    ['59', '1900-02-28'],
    ['60', '1900-02-29'],
    ['61', '1900-03-01'],
    ['45356', '2024-03-05'],
    ['45356.72934', '2024-03-05T17:30:15'],
    ['45356.99999999', '2024-03-06'],
    ['2958465', '9999-12-31'],
    ['2958466', '2958466'],
    ['-1', '-1'],
  ])('day %s is %s', (serial, text) => {
    expect(formatNumberCell(serial, day, false)).toBe(text);
  });

  it('count from 1904 where the workbook says so', () => {
    expect(formatNumberCell('0', day, true)).toBe('1904-01-01');
    expect(formatNumberCell('43894', day, true)).toBe('2024-03-05');
    expect(formatNumberCell('-1401', day, true)).toBe('1900-03-01');
  });

  it('are a time alone, a length of time, or have fractions, as their format says', () => {
    expect(formatNumberCell('0.354166666666667', findBuiltInFormat(20), false)).toBe('08:30:00');
    expect(formatNumberCell('1.5', findBuiltInFormat(46), false)).toBe('36:00:00');
    expect(formatNumberCell('1.5', findBuiltInFormat(20), false)).toBe('1900-01-01T12:00:00');
    expect(formatNumberCell('0.00001', findBuiltInFormat(47), false)).toBe('00:00:00.864');
  });

  it('agree with the calendar on every day from March 1900', () => {
    fc.assert(
      fc.property(fc.integer({ min: 61, max: 2_958_465 }), (serial) => {
        const expected = new Date((serial - 25_569) * 86_400_000).toISOString().slice(0, 10);
        expect(formatNumberCell(String(serial), day, false)).toBe(expected);
      }),
    );
  });

  it.each([
    ['2024-03-05T00:00:00', '2024-03-05'],
    ['2024-03-05T00:00:00.000Z', '2024-03-05'],
    ['2024-03-05T17:30:15.250', '2024-03-05T17:30:15.25'],
    ['2024-03-05', '2024-03-05'],
    ['soon', 'soon'],
  ])('are told by ISO text: %s', (written, text) => {
    expect(formatIsoCell(written)).toBe(text);
  });
});

describe('number formats', () => {
  it.each([
    ['yyyy-mm-dd', 'date'],
    ['dd/mm/yyyy;@', 'date'],
    ['[$-409]d-mmm-yy', 'date'],
    ['[hh]:mm', 'date'],
    ['mm:ss.0', 'date'],
    ['General', 'number'],
    ['0.00', 'number'],
    ['#,##0 "days"', 'number'],
    ['[Red]0', 'number'],
    ['0\\d', 'number'],
    ['_d0', 'number'],
    ['"TRUE";"TRUE";"FALSE"', 'number'],
    ['0.00E+00', 'number'],
    ['@', 'number'],
    ['00000', 'padded'],
    ['000;-000', 'padded'],
    ['000-00', 'number'],
    ['0', 'number'],
    ['', 'number'],
  ])('%j is a %s', (code, kind) => {
    expect(parseFormatCode(code).kind).toBe(kind);
  });

  it('of no code are known by their numbers', () => {
    const dates = Array.from({ length: 164 }, (_, id) => id).filter(
      (id) => findBuiltInFormat(id).kind === 'date',
    );

    expect(dates).toEqual([
      ...[14, 15, 16, 17, 18, 19, 20, 21, 22],
      ...[27, 28, 29, 30, 31, 32, 33, 34, 35, 36],
      ...[45, 46, 47],
      ...[50, 51, 52, 53, 54, 55, 56, 57, 58],
    ]);
  });
});

describe('texts and references of cells', () => {
  it('reads escapes of characters that XML cannot hold', () => {
    expect(unescapeCellText('a_x000D_b_x005F_x0041_ _x_ _xZZZZ_')).toBe('a\rb_x0041_ _x_ _xZZZZ_');
  });

  it('goes from column to letters and back', () => {
    for (const column of [0, 25, 26, 701, 702, 16_383]) {
      expect(readColumn(formatReference(column, 7))).toBe(column);
    }
    expect(formatReference(16_383, 1)).toBe('XFD1');
    expect(readColumn('12')).toBe(-1);
    expect(readColumn('ZZZZZZZZZZ1')).toBeGreaterThanOrEqual(16_384);
  });
});
