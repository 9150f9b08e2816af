import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cells, formatCsv, formatCsvHeader, readCsvFile, readCsvText } from './csv-format.ts';

const cell = fc.oneof(
  fc.constant(null),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom('"', ',', '\n', '\r', '\0', ' ', 'é', '😀', "'", '=', ';', '\ufeff', 'a'),
    minLength: 1,
    maxLength: 6,
  }),
);
const table = fc
  .integer({ min: 1, max: 6 })
  .chain((width) =>
    fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 20 }),
  );

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

async function readAll(text: string, pieces: readonly number[] = []): Promise<Cells[]> {
  const rows: Cells[] = [];
  for await (const batch of readCsvText(cut(text, pieces), 'table.csv')) rows.push(...batch.rows);
  return rows;
}

function* cut(text: string, lengths: readonly number[]): Generator<string> {
  let start = 0;
  for (const length of lengths) {
    yield text.slice(start, start + length);
    start += length;
  }
  yield text.slice(start);
}

describe('CSV between steps', () => {
  it('gives back what was written, however the text is cut into chunks', async () => {
    await fc.assert(
      fc.asyncProperty(table, fc.array(fc.integer({ min: 0, max: 9 })), async (rows, pieces) => {
        const width = rows[0]?.length ?? 2;
        const columns = Array.from({ length: width }, (_, index) => `c${index}`);

        const text = formatCsvHeader(columns) + formatCsv(rows);

        expect(await readAll(text, pieces)).toEqual(rows);
      }),
      { numRuns: 500 },
    );
  });

  it('writes plain rows and quoted rows in one dialect', () => {
    const rows = [
      ['a', 'b'],
      ['x,y', null],
      ['"q"', 'l1\nl2'],
      ['cr\r', 'z'],
    ];

    const text = formatCsv(rows);

    expect(text).toBe('a,b\n"x,y",\n"""q""","l1\nl2"\n"cr\r",z\n');
    expect(rows.map((row) => formatCsv([row])).join('')).toBe(text);
  });

  it('keeps a row whose only field is empty', async () => {
    const text = formatCsvHeader(['only']) + formatCsv([[null], ['x'], [null]]);

    expect(await readAll(text)).toEqual([[null], ['x'], [null]]);
  });

  it('leaves values that look like formulas as they are', async () => {
    const rows = ['=1+1', '+1', '-1', '@x', '\tx', "=cmd|' /C calc'!A0"].map((value) => [
      value,
      'x',
    ]);

    expect(await readAll(formatCsvHeader(['a', 'b']) + formatCsv(rows))).toEqual(rows);
  });

  it('treats names of the language as plain column names', async () => {
    const columns = ['__proto__', 'constructor', 'toString'];
    const text = formatCsvHeader(columns) + formatCsv([['a', 'b', 'c']]);

    const batches = await collect(readCsvText([text], 'table.csv'));

    expect(batches[0]?.columns).toEqual(columns);
    expect(batches[1]?.rows).toEqual([['a', 'b', 'c']]);
  });

  it('refuses two columns of one name and a column without a name', () => {
    expect(() => formatCsvHeader(['a', 'a'])).toThrow('two columns named "a"');
    expect(() => formatCsvHeader(['a', ''])).toThrow('without a name');
  });

  it('gives batches of at most 1,000 rows', async () => {
    const rows = Array.from({ length: 2_500 }, (_, index) => [String(index), 'x']);
    const text = formatCsvHeader(['id', 'v']) + formatCsv(rows);

    const batches = await collect(readCsvText([text], 'table.csv'));

    expect(Math.max(...batches.map((batch) => batch.rows.length))).toBeLessThanOrEqual(1_000);
    expect(batches.flatMap((batch) => batch.rows)).toEqual(rows);
  });

  it('tells the columns of a table without rows', async () => {
    const batches = await collect(readCsvText(['a,b\n'], 'table.csv'));

    expect(batches).toEqual([{ columns: ['a', 'b'], rows: [] }]);
  });

  it.each([
    ['nothing at all', ''],
    ['no line break at the end', 'a,b\n1,2'],
    ['a quote that never closes', 'a,b\n1,"2\n'],
    ['a line that is cut', 'a,b\n1'],
  ])('finds a file cut off: %s', async (_, text) => {
    await expect(readAll(text)).rejects.toMatchObject({ kind: 'incomplete' });
  });

  it('never takes a truncated file for a whole one, unless it is cut at the end of a line', async () => {
    const whole =
      formatCsvHeader(['a', 'b']) +
      formatCsv([
        ['1', 'x\ny'],
        ['2', 'p"q'],
        ['3', null],
      ]);

    for (let length = 0; length < whole.length; length += 1) {
      const text = whole.slice(0, length);
      const isAtLineEnd = ['a,b\n', 'a,b\n1,"x\ny"\n', 'a,b\n1,"x\ny"\n2,"p""q"\n'].includes(text);
      const outcome = await readAll(text).then(
        () => 'read',
        () => 'refused',
      );
      expect(outcome, JSON.stringify(text)).toBe(isAtLineEnd ? 'read' : 'refused');
    }
  });

  it.each([
    ['a field too many', 'a,b\n1,2\n1,2,3\n', 3],
    ['a field too few', 'a,b\n1,2\n\n', 3],
    ['a stray quote', 'a,b\n1,2\n3,x"y\n', 3],
    ['a field too many after quoted line breaks', 'a,b\n"1\n1",2\n1,2,3\n', 4],
  ])('names the line of %s', async (_, text, line) => {
    await expect(readAll(text)).rejects.toMatchObject({
      kind: 'invalid-value',
      details: { file: 'table.csv', line },
    });
  });
});

describe('CSV files between steps', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'csv-format-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('reads characters that chunks of bytes cut', async () => {
    const path = join(folder, 'wide.csv');
    const rows = Array.from({ length: 60_000 }, (_, index) => [`é😀${index}`, 'ü']);
    await writeFile(path, formatCsvHeader(['a', 'b']) + formatCsv(rows));

    const read: Cells[] = [];
    for await (const batch of readCsvFile(path)) read.push(...batch.rows);

    expect(read).toEqual(rows);
  });

  it('names the line of a byte that is not UTF-8', async () => {
    const path = join(folder, 'latin.csv');
    await writeFile(path, Buffer.from('a,b\n1,x\n2,caf\xe9\n', 'latin1'));

    await expect(collect(readCsvFile(path))).rejects.toMatchObject({
      kind: 'invalid-value',
      details: { line: 3 },
    });
  });

  it('stops when it is told to', async () => {
    const path = join(folder, 'stop.csv');
    await writeFile(path, 'a,b\n1,2\n');

    const reading = collect(readCsvFile(path, AbortSignal.abort()));

    await expect(reading).rejects.toThrow();
  });
});
