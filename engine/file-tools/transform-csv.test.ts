import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatCsv, formatCsvHeader } from '../../connectors/index.ts';
import { type TransformOptions, transformCsv } from './transform-csv.ts';
import type { ColumnOperations } from './transform-plan.ts';

const nothing: ColumnOperations = {
  editByIndex: [],
  editByName: [],
  removeByIndex: [],
  removeByName: [],
  concatenations: [],
  conversions: [],
  key: [],
};

describe('transforming a CSV file', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-transform-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const read = async (name = 'out.csv') => readFile(join(folder, name), 'utf8');

  async function transform(
    content: string | Uint8Array,
    operations: Partial<ColumnOperations>,
    options: Partial<TransformOptions> & {
      readonly separator?: string;
      readonly encoding?: string;
    } = {},
  ) {
    const path = join(folder, 'in.csv');
    await writeFile(path, content);
    const { separator = ';', encoding = 'UTF-8', ...others } = options;
    return transformCsv({
      input: { path, encoding, separator },
      outputPath: join(folder, 'out.csv'),
      operations: { ...nothing, ...operations },
      onError: 'fail',
      mayReplaceInput: false,
      isDryRun: false,
      ...others,
    });
  }

  it('takes away what a killed run of the same output has left', async () => {
    await mkdir(join(folder, 'out.csv.keys', '1.csv.d'), { recursive: true });
    for (const name of ['out.csv.keys/1.csv', 'out.csv.part', 'out.csv.rows.part', 'other.part'])
      await writeFile(join(folder, name), 'half a li');

    await transform('Nr;Name\n1;Ana\n', { key: ['Nr'] });

    expect((await readdir(folder)).sort()).toEqual(['in.csv', 'other.part', 'out.csv']);
    expect(await read()).toBe('Nr,Name\n1,Ana\n');
  });

  it('names, joins, converts, compares and removes, in this order', async () => {
    const outcome = await transform(
      [
        'Nr;Day;Hour;Active;Skills;;Nr',
        '1;05/03/2024;17:30;yes;b|a;x;9',
        '1;05/03/2024;17:30;no;;;',
        '2;05/03/2024;;N;;;',
        '',
      ].join('\r\n'),
      {
        editByName: [{ from: 'Nr', to: 'Number' }],
        removeByIndex: [6],
        removeByName: ['Day', 'Hour'],
        concatenations: [{ first: 'Day', second: 'Hour', separator: ' ', header: 'Start' }],
        conversions: [
          { column: 'Start', conversion: { kind: 'date', pattern: 'dd/MM/yyyy HH:mm' } },
          { column: 'Active', conversion: { kind: 'format', format: 'bool' } },
          { column: 'Skills', conversion: { kind: 'multivalued', separator: '|' } },
        ],
        key: ['Start', 'Number'],
      },
      { onError: 'empty' },
    );

    expect(await read()).toBe(
      'Number,Active,Skills,Start\n1,true,"a\nb",20240305173000\n2,false,,\n',
    );
    expect(outcome).toEqual({
      columns: ['Number', 'Active', 'Skills', 'Start'],
      rowsRead: 3,
      rowsWritten: 2,
      repeatedKeys: 1,
      withoutKey: 0,
      namelessColumns: 1,
      unconverted: [{ column: 'Start', values: 1, firstLine: 4 }],
    });
  });

  it('reads other encodings, files without a header, and names empty headers', async () => {
    await transform(
      iconv.encode('1\tJosé\n', 'windows-1252'),
      { newHeaders: ['Id', 'Name'] },
      { separator: '\t', encoding: 'windows-1252' },
    );

    expect(await read()).toBe('Id,Name\n1,José\n');

    await transform('A;\n1;2\n', { editByIndex: [{ index: 1, name: 'B' }] });

    expect(await read()).toBe('A,B\n1,2\n');
  });

  it.each([
    ['int32', '007', '7'],
    ['int64', '-9223372036854775808', '-9223372036854775808'],
    ['guid', '{0F8FAD5B-D9CB-469F-A165-70867728950E}', '0f8fad5bd9cb469fa16570867728950e'],
    ['bytes', 'AQI', 'AQI='],
    ['bool', 'T', 'true'],
  ] as const)('gives %s the internal form: %s', async (format, text, expected) => {
    await transform(`A;B\n${text};x\n`, {
      conversions: [{ column: 'A', conversion: { kind: 'format', format } }],
    });

    expect(await read()).toBe(`A,B\n${expected},x\n`);
  });

  it('names line and column of a value it cannot convert, never the value, and writes nothing', async () => {
    const conversions = [{ column: 'B', conversion: { kind: 'format', format: 'int32' } as const }];

    const failed = transform('A;B\n1;2\n"x\ny";private\n', { conversions });

    await expect(failed).rejects.toMatchObject({
      code: 'CSV_CELL_INVALID',
      message: expect.stringMatching(/^Line 4 of .*in\.csv .*column "B"/u),
      details: { line: 4, column: 'B' },
    });
    await expect(failed).rejects.not.toThrow(/private/u);
    expect(await readdir(folder)).toEqual(['in.csv']);

    await transform('A;B\n1;private\n', { conversions }, { onError: 'keep' });

    expect(await read()).toBe('A,B\n1,private\n');
  });

  it.each([
    ['a column that is not there', 'A;B\n', { key: ['Bb'] }, 'CSV_COLUMN_UNKNOWN'],
    ['an index past the end', 'A;B\n', { removeByIndex: [2] }, 'CSV_COLUMN_UNKNOWN'],
    ['one name for two columns', 'A;A\n1;2\n', {}, 'CSV_HEADER_INVALID'],
    ['too few names', '1;2\n', { newHeaders: ['A'] }, 'CSV_HEADER_INVALID'],
    ['no column at all', 'A\n1\n', { removeByIndex: [0] }, 'CSV_HEADER_INVALID'],
    ['an empty file', '', {}, 'CSV_INPUT_INVALID'],
    ['a line longer than the header', 'A;B\n1;2;3\n', {}, 'CSV_INPUT_INVALID'],
    ['a file cut inside its last line', 'A;B\n1;2\n3', {}, 'CSV_INPUT_INVALID'],
    ['a file cut inside quotes', 'A;B\n1;"2', {}, 'CONNECTOR_INCOMPLETE'],
    [
      'bytes that are no UTF-8',
      Buffer.from([0x41, 0x0a, 0xff, 0x0a]),
      {},
      'CONNECTOR_INVALID_VALUE',
    ],
  ])('refuses %s', async (_, content, operations, code) => {
    await writeFile(join(folder, 'out.csv'), 'before\n');

    await expect(transform(content, operations)).rejects.toMatchObject({ code });

    expect(await read()).toBe('before\n');
    expect((await readdir(folder)).sort()).toEqual(['in.csv', 'out.csv']);
  });

  it('refuses two conversions of one column', async () => {
    const int32 = { kind: 'format', format: 'int32' } as const;
    const conversions = [
      { column: 'A', conversion: int32 },
      { column: 'A', conversion: { kind: 'date', pattern: 'yyyy' } as const },
    ];

    await expect(transform('A;B\n1;2\n', { conversions })).rejects.toMatchObject({
      code: 'USAGE_OPTIONS_CONFLICT',
    });
  });

  it('does not write over its input unless told to', async () => {
    const outputPath = join(folder, '.', 'in.csv');

    await expect(transform('A;B\n1;2\n', {}, { outputPath })).rejects.toMatchObject({
      code: 'USAGE_OPTIONS_CONFLICT',
    });
    expect(await read('in.csv')).toBe('A;B\n1;2\n');

    await transform('A;B\n1;2\n', {}, { outputPath, mayReplaceInput: true });

    expect(await read('in.csv')).toBe('A,B\n1,2\n');
  });

  it('counts and checks in a dry run, and writes nothing', async () => {
    const outcome = await transform(
      'A;B\n1;2\n1;3\n',
      { key: ['A'] },
      { isDryRun: true, maxKeyCharacters: 0 },
    );

    expect(outcome).toMatchObject({ rowsRead: 2, rowsWritten: 1, repeatedKeys: 1 });
    expect(await readdir(folder)).toEqual(['in.csv']);
  });

  it('leaves a whole file when two runs write it at once', async () => {
    const rows = Array.from({ length: 30_000 }, (_, row) => `${row};x\n`).join('');
    const path = join(folder, 'in.csv');
    await writeFile(path, `A;B\n${rows}`);
    const run = () =>
      transformCsv({
        input: { path, encoding: 'UTF-8', separator: ';' },
        outputPath: join(folder, 'out.csv'),
        operations: nothing,
        onError: 'fail',
        mayReplaceInput: false,
        isDryRun: false,
      });

    const both = await Promise.allSettled([run(), run()]);

    const failures = both.filter((each) => each.status === 'rejected');
    expect(failures.length).toBeLessThan(2);
    for (const { reason } of failures) expect(reason).toMatchObject({ code: 'CSV_OUTPUT_BUSY' });
    expect((await read()).split('\n')).toHaveLength(30_002);
    expect((await readdir(folder)).sort()).toEqual(['in.csv', 'out.csv']);
  });

  it('gives a file of ours back as it is, whatever its cells are', async () => {
    const cell = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 6 }),
      fc.constantFrom('"', ',', ';', '\n', '\r', '=1+1', ' '),
    );
    const rows = fc.array(fc.tuple(cell, cell), { maxLength: 20 });

    await fc.assert(
      fc.asyncProperty(rows, async (cells) => {
        const text = `${formatCsvHeader(['A', 'B'])}${formatCsv(cells)}`;
        // A record that starts a file with a lone carriage return would decide how lines end.
        await transform(text, {}, { separator: ',' });

        expect(await read()).toBe(text);
      }),
      { numRuns: 40 },
    );
  });

  it('keeps the first row of each key in their order, however little memory keys may take', async () => {
    const keys = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 120 });

    await fc.assert(
      fc.asyncProperty(keys, fc.constantFrom(150, 1_000_000), async (numbers, maxKeyCharacters) => {
        const lines = numbers.map((number, row) => `${number === 0 ? '' : number};${row}`);
        const outcome = await transform(
          `K;Row\n${lines.map((line) => `${line}\n`).join('')}`,
          { key: ['K'] },
          { maxKeyCharacters },
        );
        const kept = numbers.flatMap((number, row) =>
          number === 0 || numbers.indexOf(number) === row ? [`${number || ''},${row}\n`] : [],
        );

        expect(await read()).toBe(`K,Row\n${kept.join('')}`);
        expect(outcome).toMatchObject({
          rowsRead: numbers.length,
          rowsWritten: kept.length,
          repeatedKeys: numbers.length - kept.length,
          withoutKey: numbers.filter((number) => number === 0).length,
        });
        expect((await readdir(folder)).sort()).toEqual(['in.csv', 'out.csv']);
      }),
      { numRuns: 25 },
    );
  });
});
