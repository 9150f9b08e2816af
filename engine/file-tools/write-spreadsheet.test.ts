import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readWorkbook, readZip } from '../../test/contract/read-workbook.ts';
import { guardFormula, nameSheet, toCellText } from './spreadsheet-text.ts';
import {
  type SpreadsheetTable,
  spreadsheetLimits,
  type TableColumn,
  type TableValue,
  writeSpreadsheet,
} from './write-spreadsheet.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-sheet-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function table(
  name: string,
  columns: readonly TableColumn[],
  rows: readonly (readonly TableValue[])[],
): SpreadsheetTable {
  return {
    name,
    columns,
    batches: (async function* () {
      yield rows;
    })(),
  };
}

const text = (name: string): TableColumn => ({ name, type: 'text' });

describe('writeSpreadsheet', () => {
  it('types cells: numbers, dates and yes or no are no text', async () => {
    const path = join(folder, 'a.xlsx');
    const columns: readonly TableColumn[] = [
      text('Key'),
      { name: 'Count', type: 'number' },
      { name: 'Since', type: 'dateTime' },
      { name: 'Until', type: 'date' },
      { name: 'Open', type: 'boolean' },
    ];

    await writeSpreadsheet(path, [
      table('Orders', columns, [
        ['0042', 7, '2026-03-01T12:00:00.000Z', '20260302000000', true],
        ['x', null, 'soon', '18500101000000', false],
      ]),
    ]);

    const [sheet] = await readWorkbook(path);
    const [header, first, second] = sheet?.cells ?? [];
    expect([...(header?.values() ?? [])].map(({ value }) => value)).toEqual([
      'Key',
      'Count',
      'Since',
      'Until',
      'Open',
    ]);
    expect(first?.get(0)).toMatchObject({ type: 's', value: '0042' });
    expect(first?.get(1)).toMatchObject({ type: 'n', value: '7' });
    // Days since 1899-12-30.
    expect(first?.get(2)).toMatchObject({ type: 'n', value: '46082.5' });
    expect(first?.get(3)).toMatchObject({ type: 'n', value: '46083' });
    expect(first?.get(3)?.style).not.toBe(first?.get(2)?.style);
    expect(first?.get(4)).toMatchObject({ type: 'b', value: '1' });
    expect(second?.get(1)).toBeUndefined();
    expect(second?.get(2)).toMatchObject({ type: 's', value: 'soon' });
    expect(second?.get(3)).toMatchObject({ type: 's', value: '18500101000000' });
  });

  it('writes hostile text as text, never as a formula', async () => {
    const path = join(folder, 'a.xlsx');
    const hostile = [
      '=HYPERLINK("http://evil.test","x")',
      '+1+1',
      '-2+3',
      '@SUM(A1)',
      '\t=1',
      '<c t="str"><f>1</f></c>',
      ']]>&amp;',
      '_x0041_',
      'a\u0000b\u001fc',
      'half \ud800 pair',
      '𝔘nicode ✓',
    ];

    await writeSpreadsheet(path, [
      table(
        'T',
        [text('V')],
        hostile.map((value) => [value]),
      ),
    ]);

    const [sheet] = await readWorkbook(path);
    expect(sheet?.xml).not.toContain('<f>');
    const written = sheet?.cells.slice(1).map((row) => row.get(0));
    expect(written?.every((cell) => cell?.type === 's')).toBe(true);
    expect(written?.map((cell) => cell?.value)).toEqual(hostile.map(toCellText));
    expect(toCellText('a\u0000b')).toBe('a?b');
    expect(toCellText('_x0041_')).toBe('_x005F_x0041_');
  });

  it('gives sheets names that a workbook accepts, each another', async () => {
    const path = join(folder, 'a.xlsx');
    const columns = [text('V')];
    const long = 'A resource type with a very long name indeed';

    await writeSpreadsheet(path, [
      table('a/b:c*[d]?\\', columns, []),
      table("''", columns, []),
      table('History', columns, []),
      table(long, columns, []),
      table(long.toUpperCase(), columns, []),
    ]);

    const names = (await readWorkbook(path)).map(({ name }) => name);
    expect(names).toEqual([
      'a b c d',
      'Sheet',
      'Sheet History',
      'A resource type with a very lon',
      'A RESOURCE TYPE WITH A VERY (2)',
    ]);
    expect(nameSheet('😀'.repeat(20), new Set())).toBe('😀'.repeat(15));
  });

  it('goes on in a further sheet where one is full, header included', async () => {
    const path = join(folder, 'a.xlsx');
    const rows = [1, 2, 3, 4, 5].map((value) => [value]);

    const written = await writeSpreadsheet(
      path,
      [table('N', [{ name: 'N', type: 'number' }], rows)],
      { ...spreadsheetLimits, sheetRows: 3 },
    );

    expect(written).toEqual([
      { sheet: 'N', rows: 2 },
      { sheet: 'N (2)', rows: 2 },
      { sheet: 'N (3)', rows: 1 },
    ]);
    const sheets = await readWorkbook(path);
    expect(sheets.map(({ cells }) => cells[0]?.get(0)?.value)).toEqual(['N', 'N', 'N']);
    expect(sheets[2]?.cells[1]?.get(0)?.value).toBe('5');
  });

  it('refuses more cells than it can build, and leaves what was there', async () => {
    const path = join(folder, 'a.xlsx');
    await writeFile(path, 'before');
    const rows = [['a'], ['b'], ['c']];

    const writing = writeSpreadsheet(path, [table('N', [text('N')], rows)], {
      ...spreadsheetLimits,
      cells: 2,
    });

    await expect(writing).rejects.toMatchObject({ code: 'SPREADSHEET_TOO_LARGE' });
    expect(await readFile(path, 'utf8')).toBe('before');
    expect(await readdir(folder)).toEqual(['a.xlsx']);
  });

  it('leaves nothing behind when the rows cannot be read to their end', async () => {
    const failing: SpreadsheetTable = {
      name: 'N',
      columns: [text('N')],
      batches: (async function* () {
        yield [['a']];
        throw new Error('gone');
      })(),
    };

    await expect(writeSpreadsheet(join(folder, 'a.xlsx'), [failing])).rejects.toThrow('gone');
    expect(await readdir(folder)).toEqual([]);
  });

  it('writes a workbook without rows', async () => {
    const path = join(folder, 'a.xlsx');

    await writeSpreadsheet(path, []);

    expect([...(await readZip(path)).keys()]).toContain('[Content_Types].xml');
  });
});

describe('texts that are names of what every object has', () => {
  it.each(['constructor', 'toString', '__proto__'])('stay texts: %s', async (name) => {
    const path = join(folder, 'a.xlsx');

    await writeSpreadsheet(path, [table('T', [text(name)], [[name], [`${name}!`]])]);

    const [sheet] = await readWorkbook(path);
    const code = name.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    const written = `_x${code}_${name.slice(1)}`;
    expect(sheet?.cells.map((row) => row.get(0)?.value)).toEqual([written, written, `${name}!`]);
  });
});

describe('guardFormula', () => {
  it.each(['=1', '+1', '-1', '@A', '\tx', '\rx', '＝1'])('marks %j as text', (value) => {
    expect(guardFormula(value)).toBe(`'${value}`);
  });

  it.each(['', 'a=1', '42', ' =1', "O'Neill"])('leaves %j as it is', (value) => {
    expect(guardFormula(value)).toBe(value);
  });
});
