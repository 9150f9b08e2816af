import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeConnectorContract } from '../../test/contract/connector-contract.ts';
import { createTestContext, readSettings } from '../../test/contract/contract-context.ts';
import type { ExportRequest, TableBatch, TableRequest } from '../spi/package.ts';
import {
  formatRows,
  makeWorkbook,
  type SheetParts,
  type WorkbookParts,
} from '../spi/workbook/make-workbook.ts';
import { contract } from './contract.ts';
import { excelExporter } from './export.ts';
import { type ExcelSettings, excelSettings } from './settings.ts';

const definition = { settings: excelSettings, displayName: 'File/Excel' };

describeConnectorContract(contract);

describe('Excel export', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'excel-export-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function put(name: string, workbook: WorkbookParts): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, makeWorkbook(workbook));
    return path;
  }
  const putSheet = (name: string, data: string, more: Partial<WorkbookParts> = {}) =>
    put(name, { sheets: [{ name: 'People', data }], ...more });

  async function run(
    settings: Readonly<Record<string, unknown>>,
    options: {
      readonly mode?: ExportRequest<unknown>['mode'];
      readonly tables?: readonly (readonly [suffix: string, columns?: readonly string[]])[];
      readonly onBatch?: () => Promise<void>;
    } = {},
  ): Promise<{ readonly batches: readonly TableBatch[]; readonly log: readonly string[] }> {
    await using context = await createTestContext();
    const tables = (options.tables ?? [['0']]).map(
      ([suffix, columns = []]): TableRequest => ({
        name: `Hr_${suffix}`,
        suffix,
        columns,
        formats: {},
      }),
    );
    const batches: TableBatch[] = [];
    const source = excelExporter.exportTables(
      {
        connection: 'Hr',
        settings: readSettings<ExcelSettings>(definition, settings),
        mode: options.mode ?? 'complete',
        tables,
      },
      context,
    );
    for await (const batch of source) {
      batches.push(batch);
      await options.onBatch?.();
    }
    return { batches, log: context.log };
  }

  const rowsOf = (batches: readonly TableBatch[]) =>
    batches.flatMap((batch) => (batch.kind === 'rows' ? batch.rows : []));
  const endsOf = (batches: readonly TableBatch[]) =>
    batches.filter((batch) => batch.kind === 'end');

  describe('sheets and tables', () => {
    const sheet = (name: string, id: string): SheetParts => ({
      name,
      data: formatRows([['id'], [id]]),
    });

    it('are matched by position, counted over ignored sheets and charts too', async () => {
      const Path = await put('sheets.xlsx', {
        sheets: [
          sheet('A', 'a'),
          sheet('B', 'b'),
          { name: 'Chart', kind: 'chartsheet', xml: '<chartsheet/>' },
          { ...sheet('C', 'c'), state: 'hidden' },
        ],
      });
      const SheetOptions = [{ SheetIgnored: 'false' }, { SheetIgnored: 'true' }];

      const { batches } = await run({ Path, SheetOptions }, { tables: [] });

      expect(endsOf(batches).map(({ table }) => table)).toEqual(['Hr_0', 'Hr_3']);
      expect(rowsOf(batches)).toEqual([{ id: 'a' }, { id: 'c' }]);
    });

    it('are read only where a mapping asks for them', async () => {
      const Path = await put('some.xlsx', { sheets: [sheet('A', 'a'), sheet('B', 'b')] });

      const { batches } = await run({ Path }, { tables: [['1']] });

      expect(rowsOf(batches)).toEqual([{ id: 'b' }]);
    });

    it.each([
      ['7', 'Hr_0 for the sheet "A"'],
      ['People', 'Hr_0 for the sheet "A"'],
      ['', 'Hr_0 for the sheet "A"'],
      ['01', 'Hr_0 for the sheet "A"'],
      ['1', 'SheetIgnored'],
      ['2', 'Charts'],
    ])('are refused by name where a mapping asks for sheet %j', async (suffix, hint) => {
      const Path = await put('none.xlsx', {
        sheets: [
          sheet('A', 'a'),
          sheet('B', 'b'),
          { name: 'Chart', kind: 'chartsheet', xml: '<chartsheet/>' },
        ],
      });
      const SheetOptions = [{ SheetIgnored: false }, { SheetIgnored: true }];

      await expect(run({ Path, SheetOptions }, { tables: [[suffix]] })).rejects.toMatchObject({
        kind: 'not-found',
        hint: expect.stringContaining(hint),
      });
    });

    it('are told by checking the connection, and described with their columns', async () => {
      const Path = await put('told.xlsx', {
        sheets: [sheet('A', 'a'), { ...sheet('B', 'b'), state: 'hidden' }, sheet('C', 'c')],
      });
      await using context = await createTestContext();
      const settings = readSettings<ExcelSettings>(definition, {
        Path,
        SheetOptions: [{ SheetIgnored: false }, { SheetIgnored: false }, { SheetIgnored: true }],
      });

      expect(await excelExporter.checkConnection(settings, context)).toContain(
        'sheet 0 "A", sheet 1 "B" (hidden), sheet 2 "C" (ignored)',
      );
      expect(await excelExporter.describeTables?.(settings, context)).toEqual([
        { name: '0', columns: [{ name: 'id' }] },
        { name: '1', columns: [{ name: 'id' }] },
      ]);
    });
  });

  describe('rows and columns', () => {
    it('begin after the rows to skip, empty ones included; empty rows between are no rows', async () => {
      const data =
        '<row r="1"><c r="A1" t="str"><v>Title</v></c></row>' +
        '<row r="4"><c r="B4" t="str"><v>id</v></c><c r="D4" t="str"><v>name</v></c></row>' +
        '<row r="6"><c r="B6"><v>1</v></c></row><row r="7"><c r="B7"/></row>' +
        '<row r="9"><c r="B9"><v>2</v></c><c r="C9"><v>9</v></c><c r="D9" t="str"><v>Bo</v></c></row>';
      const Path = await putSheet('skip.xlsx', data);
      const skip = (lines: number) => ({
        Path,
        SheetOptions: [{ SheetIgnored: false, NumberOfLinesToSkip: lines }],
      });

      for (const lines of [1, 2, 3]) {
        expect(rowsOf((await run(skip(lines))).batches)).toEqual([
          { id: '1', name: null },
          { id: '2', name: 'Bo' },
        ]);
      }
      expect(rowsOf((await run(skip(4))).batches)).toEqual([{ '1': '2' }]);
    });

    it('drop columns without a header, keep empty ones, and tell of cells beside the header', async () => {
      const Path = await putSheet(
        'beside.xlsx',
        formatRows([
          ['a', null, 'c'],
          ['1', 'x', null, 'note'],
        ]),
      );

      const { batches, log } = await run({ Path });

      expect(rowsOf(batches)).toEqual([{ a: '1', c: null }]);
      expect(log.join('\n')).toMatch(/under no header[\s\S]*D2/);
    });

    it('warn of a column named twice, and refuse it where a mapping uses it', async () => {
      const Path = await putSheet(
        'twice.xlsx',
        formatRows([
          ['a', 'b', 'a'],
          ['1', '2', '3'],
        ]),
      );

      const { batches, log } = await run({ Path });

      expect(rowsOf(batches)).toEqual([{ a: '1', b: '2' }]);
      expect(log.join('\n')).toContain('twice');
      await expect(run({ Path }, { tables: [['0', ['a']]] })).rejects.toThrow(
        'The sheet "People" of',
      );
    });

    it('name the nearest column when a mapped one is missing', async () => {
      const Path = await putSheet('renamed.xlsx', formatRows([['EmployeID'], ['1']]));

      await expect(run({ Path }, { tables: [['0', ['EmployeeId']]] })).rejects.toMatchObject({
        kind: 'invalid-value',
        hint: expect.stringMatching(/EmployeID[\s\S]*NumberOfLinesToSkip of SheetOptions/),
      });
    });

    it('are trimmed, header and values, each text after the one before', async () => {
      const Path = await putSheet('trim.xlsx', formatRows([['$%Total$%'], ['$%5%$']]));

      const one = await run({ Path, ValuesToTrim: ['$', '%'] });
      const other = await run({ Path, ValuesToTrim: ['%', '$'] });

      expect(rowsOf(one.batches)).toEqual([{ Total$: '5' }]);
      expect(rowsOf(other.batches)).toEqual([{ '%Total': '%5%' }]);
    });

    it('may bear names that JavaScript uses itself', async () => {
      const names = ['__proto__', 'constructor', 'toString'];
      const Path = await putSheet('names.xlsx', formatRows([names, ['x', 'y', 'z']]));

      const [row] = rowsOf((await run({ Path })).batches);

      expect(Object.entries(row ?? {})).toEqual([
        ['__proto__', 'x'],
        ['constructor', 'y'],
        ['toString', 'z'],
      ]);
    });

    it('keep the zeros of employee numbers whose format is made of zeros', async () => {
      const data =
        '<row r="1"><c r="A1" t="str"><v>number</v></c><c r="B1" t="str"><v>since</v></c></row>' +
        '<row r="2"><c r="A2" s="1"><v>42</v></c><c r="B2" s="2"><v>45356</v></c></row>';
      const Path = await putSheet('zeros.xlsx', data, { formats: ['000000', 14] });

      expect(rowsOf((await run({ Path })).batches)).toEqual([
        { number: '000042', since: '2024-03-05' },
      ]);
    });

    it('pass the command column through and name it', async () => {
      const PathIncremental = await putSheet(
        'delta.xlsx',
        formatRows([
          ['Command', 'id'],
          ['delete', '7'],
        ]),
      );

      const { batches } = await run({ PathIncremental }, { mode: 'incremental' });

      expect(endsOf(batches)).toMatchObject([{ rows: 1, commandColumn: 'Command' }]);
    });
  });

  describe('values that are not there', () => {
    const data =
      '<row r="1"><c r="A1" t="str"><v>id</v></c><c r="B1" t="str"><v>name</v></c></row>' +
      '<row r="2"><c r="A2"><v>1</v></c><c r="B2"><f>A2</f></c></row>' +
      '<row r="3"><c r="A3"><v>2</v></c><c r="B3" t="e"><f>NA()</f><v>#N/A</v></c></row>';

    it('are empty, with a warning and a count in the proof', async () => {
      const Path = await putSheet('formulas.xlsx', data);

      const { batches, log } = await run({ Path }, { tables: [['0', ['id']]] });

      expect(rowsOf(batches)).toEqual([
        { id: '1', name: null },
        { id: '2', name: null },
      ]);
      expect(log.join('\n')).toMatch(/errors or formulas[\s\S]*B2/);
      expect(endsOf(batches)[0]?.evidence).toContain('1 formulas without a result');
    });

    it('prove nothing about a table where a mapping uses them: nobody is deleted on its account', async () => {
      const Path = await putSheet('mapped.xlsx', data);

      const { batches, log } = await run({ Path }, { tables: [['0', ['id', 'name']]] });

      expect(rowsOf(batches).length).toBe(2);
      expect(endsOf(batches)).toEqual([]);
      expect(log.join('\n')).toMatch(/partial[\s\S]*1, first B2/);
    });

    it('do not leave a row out', async () => {
      const Path = await putSheet(
        'only.xlsx',
        '<row r="1"><c r="A1" t="str"><v>id</v></c></row><row r="2"><c r="A2"><f>B2</f></c></row>',
      );

      expect(rowsOf((await run({ Path })).batches)).toEqual([{ id: null }]);
    });
  });

  describe('modes', () => {
    it.each([
      ['complete', { PathIncremental: '/x.xlsx' }],
      ['incremental', { Path: '/x.xlsx' }],
    ] as const)('exports nothing, and says why, in %s mode without its path', async (mode, raw) => {
      const { batches } = await run(raw, { mode });

      expect(batches).toEqual([{ kind: 'nothing', reason: expect.stringContaining('no Path') }]);
    });

    it('reads the only path there is in initial mode', async () => {
      const PathIncremental = await putSheet('initial.xlsx', formatRows([['a'], ['1']]));

      expect(rowsOf((await run({ PathIncremental }, { mode: 'initial' })).batches)).toEqual([
        { a: '1' },
      ]);
    });

    it('waits for changes without an error', async () => {
      const PathIncremental = join(folder, 'not-there.xlsx');

      const { batches } = await run({ PathIncremental }, { mode: 'incremental' });

      expect(batches).toMatchObject([{ kind: 'nothing' }]);
    });

    it('reads the last created of the files whose name fits', async () => {
      await putSheet('staff-1.xlsx', formatRows([['a'], ['first']]));
      await new Promise((resolve) => setTimeout(resolve, 20));
      await putSheet('staff-0.xlsx', formatRows([['a'], ['second']]));
      const Path = `${folder}/staff-\\d\\.xlsx`;

      const { batches } = await run({ Path, IsFileNameRegex: 'true' });

      expect(rowsOf(batches)).toEqual([{ a: 'second' }]);
    });
  });

  describe('files that are not whole', () => {
    it.each([
      ['no rows at all', '', 'no rows and no header'],
      ['a header row only', formatRows([['a']]), 'a header row only'],
    ])('says in its proof that it read %s', async (name, data, evidence) => {
      const Path = await putSheet(`${name}.xlsx`, data);

      const { batches } = await run({ Path });

      expect(endsOf(batches)).toMatchObject([
        { rows: 0, evidence: expect.stringContaining(evidence) },
      ]);
    });

    it('does not prove a file that changes while it is read', async () => {
      const rows = Array.from({ length: 2_500 }, (_, index) => [String(index)]);
      const Path = await putSheet('changing.xlsx', formatRows([['id'], ...rows]));
      let times = 0;
      const onBatch = async (): Promise<void> => {
        times += 1;
        if (times === 1) await appendFile(Path, 'x');
      };

      await expect(run({ Path }, { onBatch })).rejects.toMatchObject({ kind: 'incomplete' });
    });

    it('waits for the marker of a finished file, and refuses a folder', async () => {
      const Path = await putSheet('marked.xlsx', formatRows([['id'], ['1']]));

      await expect(run({ Path, DoneFileSuffix: '.done' })).rejects.toMatchObject({
        kind: 'incomplete',
      });
      await writeFile(`${Path}.done`, '');
      expect(rowsOf((await run({ Path, DoneFileSuffix: '.done' })).batches)).toEqual([{ id: '1' }]);
      await expect(run({ Path: folder })).rejects.toThrow('it is a folder');
    });
  });
});
