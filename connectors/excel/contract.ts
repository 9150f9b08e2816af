/** Workbooks as a subject of the contract of connectors. */
import { mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { casesOfBookmarks, casesOfServers, leaveOut } from '../spi/contract/skips.ts';
import { type ContractRow, defineContract, type PreparedSource } from '../spi/contract/subject.ts';
import { countOpenBelow } from '../spi/folders/contract-names.ts';
import { formatRows, makeWorkbook } from '../spi/workbook/make-workbook.ts';
import { excelExporter } from './export.ts';
import { type ExcelSettings, excelSettings } from './settings.ts';

const columns = ['id', 'full name', 'note'];

export const contract = defineContract<ExcelSettings>({
  name: 'Excel',
  folder: import.meta.dirname,
  definition: { settings: excelSettings, displayName: 'File/Excel', incremental: true },
  badSettings: {
    'no path at all': {},
    'a sheet without a word on whether it is ignored': { Path: '/x.xlsx', SheetOptions: [{}] },
    'a negative number of rows': {
      Path: '/x.xlsx',
      SheetOptions: [{ SheetIgnored: false, NumberOfLinesToSkip: -1 }],
    },
    'a word where true or false belongs': {
      Path: '/x.xlsx',
      SheetOptions: [{ SheetIgnored: 'maybe' }],
    },
    'an empty text to trim': { Path: '/x.xlsx', ValuesToTrim: [''] },
  },
  unreachable: async () => ({ Path: join(tmpdir(), 'no-such-folder', 'x.xlsx') }),
  exporter: {
    load: async () => excelExporter,
    prepare: prepareWorkbook,
    missingTable: () => ({ name: 'Staff_1', suffix: '1', columns: [], formats: {} }),
  },
  skips: {
    ...leaveOut(casesOfServers, 'a file asks for no password, is never busy and always answers'),
    ...leaveOut(
      casesOfBookmarks,
      'changes come in a file that somebody else writes, without a bookmark',
    ),
    'waits-for-reader': 'how far a file was read cannot be seen from outside',
    'several-values-steady': 'a cell holds one value',
  },
});

async function prepareWorkbook(rows: readonly ContractRow[]): Promise<PreparedSource> {
  const folder = await mkdtemp(join(tmpdir(), 'excel-contract-'));
  const path = join(folder, 'people.xlsx');
  const held = new Map(rows.map((row) => [row.key, row]));
  const write = (): Promise<void> => {
    const cells = [...held.values()].map((row) => [row.key, row.name, row.note]);
    const data = formatRows([columns, ...cells]);
    return writeFile(path, makeWorkbook({ sheets: [{ name: 'People', data }] }));
  };
  await write();
  return {
    settings: { Path: path },
    table: { name: 'Staff_0', suffix: '0', columns, formats: {} },
    columns: { key: 'id', name: 'full name', note: 'note' },
    opened: () => countOpenBelow(folder),
    async change(changes) {
      for (const change of changes) {
        if (change.kind === 'put') held.set(change.row.key, change.row);
        else held.delete(change.key);
      }
      await write();
    },
    async breakAfter(count) {
      const { size } = await stat(path);
      await truncate(path, Math.floor((size * count) / Math.max(1, rows.length)));
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
