/** Workbooks as a subject of the contract of connectors. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  cellsOfRows,
  columnsOfRows,
  prepareRowFile,
  requestRows,
  rowColumns,
} from '../spi/contract/row-file.ts';
import { skipsOfFiles } from '../spi/contract/skips.ts';
import { type ContractRow, defineContract, type PreparedSource } from '../spi/contract/subject.ts';
import { formatRows, makeWorkbook } from '../spi/workbook/make-workbook.ts';
import { excelExporter } from './export.ts';
import { type ExcelSettings, excelSettings } from './settings.ts';

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
    missingTable: () => requestRows('Staff', '1', []),
  },
  skips: {
    ...skipsOfFiles,
    'several-values-steady': 'a cell holds one value',
  },
});

async function prepareWorkbook(rows: readonly ContractRow[]): Promise<PreparedSource> {
  const { path, ...file } = await prepareRowFile(rows, { name: 'people.xlsx', format });
  return {
    ...file,
    settings: { Path: path },
    table: requestRows('Staff', '0'),
    columns: columnsOfRows,
  };
}

function format(rows: readonly ContractRow[]): Uint8Array {
  const data = formatRows([rowColumns, ...cellsOfRows(rows)]);
  return makeWorkbook({ sheets: [{ name: 'People', data }] });
}
