/** CSV files as a subject of the contract of connectors. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  columnsOfRows,
  cutCsv,
  formatRowsAsCsv,
  prepareRowFile,
  requestRows,
} from '../spi/contract/row-file.ts';
import { skipsOfFiles } from '../spi/contract/skips.ts';
import { type ContractRow, defineContract, type PreparedSource } from '../spi/contract/subject.ts';
import { csvExporter } from './export.ts';
import { type CsvSettings, csvSettings } from './settings.ts';

export const contract = defineContract<CsvSettings>({
  name: 'CSV',
  folder: import.meta.dirname,
  definition: { settings: csvSettings, displayName: 'File/CSV', incremental: true },
  badSettings: {
    'no path at all': {},
    'a separator that is a quote': { Path: '/x.csv', Separator: '"' },
    'a negative number of lines': { Path: '/x.csv', NumberOfLinesToSkip: -1 },
    'a word where true or false belongs': { Path: '/x.csv', IsFileNameRegex: 'maybe' },
    'an empty text to trim': { Path: '/x.csv', ValuesToTrim: [''] },
  },
  unreachable: async () => ({ Path: join(tmpdir(), 'no-such-folder', 'x.csv') }),
  exporter: {
    load: async () => csvExporter,
    prepare: prepareFile,
    missingTable: () => requestRows('Badge', 'other', []),
  },
  skips: {
    ...skipsOfFiles,
    'several-values-steady': 'a cell holds one value',
  },
});

async function prepareFile(rows: readonly ContractRow[]): Promise<PreparedSource> {
  const { path, ...file } = await prepareRowFile(rows, {
    name: 'people.csv',
    ...{ format: formatRowsAsCsv, cut: cutCsv },
  });
  return {
    ...file,
    settings: { Path: path },
    table: requestRows('Badge', ''),
    columns: columnsOfRows,
  };
}
