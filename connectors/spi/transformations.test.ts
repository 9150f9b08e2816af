import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatInternalDate } from './date-formats.ts';
import {
  compileTransformations,
  requestSourceColumns,
  type TransformationRule,
  undoTransformations,
} from './transformations.ts';

const base: TransformationRule = {
  type: 'ConcatColumns',
  inputColumns: [],
  concatSeparator: '',
  removeEmpty: false,
  removeDuplicates: false,
  sortValues: false,
  addedDays: 0,
};

function run(
  rules: readonly TransformationRule[],
  columns: readonly string[],
  rows: readonly (readonly (string | null)[])[],
  formats: Readonly<Record<string, string>> = {},
) {
  const transformation = compileTransformations(rules, 'Staff_0', columns, formats);
  const kept = rows.flatMap((row, index) => {
    const cells = [...row];
    return transformation.apply(cells, index + 1) ? [cells] : [];
  });
  return { columns: transformation.columns, rows: kept };
}

describe('ConcatColumns', () => {
  const inputs = ['a', 'b', 'c'];
  const concat = (rule: Partial<TransformationRule>, row: readonly (string | null)[]) =>
    run([{ ...base, column: 'out', inputColumns: inputs, concatSeparator: '>', ...rule }], inputs, [
      row,
    ]).rows[0]?.[3];

  it.each([
    [{}, ['x', null, 'y'], 'x>>y'],
    [{ removeEmpty: true }, ['x', null, 'y'], 'x>y'],
    [{ removeDuplicates: true }, ['x', 'x', 'y'], 'x>y'],
    [{ removeDuplicates: true }, ['x', 'y', 'x'], 'x>y>x'],
    [{ removeDuplicates: true, removeEmpty: true }, ['x', null, 'x'], 'x'],
    [{ sortValues: true }, ['b', 'a', 'B'], 'B>a>b'],
    [{ sortValues: true, removeDuplicates: true }, ['b', 'a', 'b'], 'a>b>b'],
    [{ removeEmpty: true }, [null, null, null], null],
  ])('with %j makes of %j the value %j', (rule, row, expected) => {
    expect(concat(rule, row)).toBe(expected);
  });

  it('may write over a column that is there', () => {
    const rule = { ...base, column: 'a', inputColumns: ['a', 'b'], concatSeparator: '-' };

    expect(run([rule], ['a', 'b'], [['1', '2']])).toEqual({
      columns: ['a', 'b'],
      rows: [['1-2', '2']],
    });
  });
});

describe('WhereValue', () => {
  it.each([
    ['Equals', 'PT', ['PT']],
    ['NotEquals', 'PT', ['pt', 'SPTX', null]],
    ['Contains', 'PT', ['PT', 'SPTX']],
    ['NotContains', 'PT', ['pt', null]],
    ['StartsWith', 'S', ['SPTX']],
    ['EndsWith', 'X', ['SPTX']],
    ['Regex', '^.T', ['PT']],
    ['Equals', '', [null]],
  ] as const)('%s %j keeps %j', (whereOperator, whereValue, kept) => {
    const rule = { ...base, type: 'WhereValue', column: 'c', whereOperator, whereValue } as const;

    const { rows } = run([rule], ['c'], [['PT'], ['pt'], ['SPTX'], [null]]);

    expect(rows.map(([cell]) => cell)).toEqual(kept);
  });

  it('refuses a broken expression and a column in another case', () => {
    const rule = { ...base, type: 'WhereValue', column: 'c', whereOperator: 'Regex' } as const;

    expect(() => run([{ ...rule, whereValue: '(' }], ['c'], [])).toThrow(
      'not a regular expression',
    );
    expect(() => run([{ ...rule, column: 'C', whereValue: 'x' }], ['c'], [])).toThrow('"C"');
  });

  it('applies to its own table only, to the letter: another case is another table', () => {
    const rule = { ...base, type: 'WhereValue', column: 'none', table: 'staff_0' } as const;

    expect(run([rule], ['c'], [['x']]).rows).toEqual([['x']]);
  });
});

describe('TransformDate', () => {
  const shift = (rule: Partial<TransformationRule>, cell: string | null, format?: string) =>
    run(
      [{ ...base, type: 'TransformDate', column: 'd', ...rule }],
      ['d'],
      [[cell]],
      format === undefined ? {} : { d: format },
    ).rows[0]?.[0];

  it.each([
    [{ addedDays: 1 }, '2024-02-28', '2024-02-29'],
    [{ addedDays: -0.5 }, '2024-03-01', '2024-02-29T12:00:00'],
    [{ addedDays: 1 }, '20240228173000', '20240229173000'],
    [{ addedDays: 1 }, '20240228173000Z', '20240229173000Z'],
    [{ addedDays: 1, datePattern: 'dd/MM/yyyy' }, '28/02/2024', '29/02/2024'],
    [{ addedDays: 1, datePattern: "d.M.yyyy 'at' HH:mm" }, '2024-02-28', '29.2.2024 at 00:00'],
    [{ addedDays: 1, maxYear: 2100 }, '9998-12-31', '9998-12-31'],
    [{ addedDays: 1, minYear: 1990 }, '1900-01-01', '1900-01-01'],
    [{ addedDays: 1 }, null, null],
  ])('with %j makes of %j the value %j', (rule, cell, expected) => {
    expect(shift(rule, cell)).toBe(expected);
  });

  it('reads a column with a format by its format and leaves the internal form', () => {
    expect(shift({ addedDays: 1 }, '133541334000000000', '1601date')).toBe('20240306173000');
    expect(shift({ addedDays: 1 }, '0', '1601date')).toBeNull();
    expect(shift({ addedDays: 1, maxYear: 2000 }, '2024-03-05', 'datetime')).toBe('20240305000000');
  });

  it('reads one column and writes another', () => {
    const rule = {
      ...base,
      type: 'TransformDate',
      inputColumns: ['d'],
      column: 'e',
      addedDays: 1,
    } as const;

    expect(run([rule], ['d'], [['2024-01-01']])).toEqual({
      columns: ['d', 'e'],
      rows: [['2024-01-01', '2024-01-02']],
    });
  });

  it('names table, row and column of a value that is no date, not the value', () => {
    const rule = { ...base, type: 'TransformDate', column: 'd', addedDays: 1 } as const;
    const read = () => run([rule], ['d'], [['2024-01-01'], ['soon']]);

    expect(read).toThrow('Row 2 of the table "Staff_0"');
    expect(read).not.toThrow('soon');
  });

  it('refuses a pattern it does not understand whole', () => {
    for (const datePattern of [
      'dd MMMM yyyy',
      'dd/MM/yy',
      "yyyy 'open",
      '',
      'yyyy-MM-dd hh:mm tt',
    ]) {
      expect(() => shift({ addedDays: 1, datePattern }, '2024-01-01')).toThrow('DatePattern');
    }
  });

  it('takes off on the way out what it added on the way in', () => {
    const time = fc.integer({ min: Date.UTC(1950, 0, 1), max: Date.UTC(2200, 0, 1) });
    const days = fc.integer({ min: -80, max: 80 }).map((quarters) => quarters / 4);
    fc.assert(
      fc.property(time, days, (moment, addedDays) => {
        const rule = {
          ...base,
          type: 'TransformDate',
          column: 'd',
          addedDays,
          maxYear: 2900,
        } as const;
        const internal = formatInternalDate(moment) ?? '';
        const shifted = shift(rule, internal) ?? null;

        expect(undoTransformations([rule], 'Staff_0', 'd', shifted)).toEqual({
          column: 'd',
          value: internal,
        });
      }),
    );
  });

  it('writes back to the column it read', () => {
    const rule = {
      ...base,
      type: 'TransformDate',
      inputColumns: ['end'],
      column: 'leave',
      addedDays: 1,
    } as const;

    expect(undoTransformations([rule], 'Staff_0', 'leave', '20240102000000')).toEqual({
      column: 'end',
      value: '20240101000000',
    });
    expect(undoTransformations([rule], 'Staff_0', 'other', 'x')).toEqual({
      column: 'other',
      value: 'x',
    });
    expect(undoTransformations([rule], 'Staff_0', 'leave', null)).toEqual({
      column: 'end',
      value: null,
    });
  });
});

describe('columns a source must deliver', () => {
  it('leaves out what transformations make and adds what they read', () => {
    const rules: readonly TransformationRule[] = [
      { ...base, type: 'WhereValue', column: 'Country' },
      { ...base, column: 'Path', inputColumns: ['Division', 'Team'] },
      { ...base, type: 'TransformDate', column: 'Hired', addedDays: 1 },
      { ...base, column: 'Path2', inputColumns: ['Path', 'Team'] },
      { ...base, table: 'Staff_1', column: 'x', inputColumns: ['elsewhere'] },
    ];
    const table = {
      name: 'Staff_0',
      suffix: '0',
      columns: ['Id', 'Path', 'Path2', 'Hired'],
      formats: {},
    };

    expect(requestSourceColumns(table, rules).columns).toEqual([
      'Id',
      'Hired',
      'Country',
      'Division',
      'Team',
    ]);
  });
});
