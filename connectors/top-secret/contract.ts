/** What the contract of connectors is tested on: records with a layout of their own. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requestRows } from '../spi/contract/row-file.ts';
import { type ContractRow, defineContract, type PreparedSource } from '../spi/contract/subject.ts';
import {
  formatRecord,
  pickTables,
  prepareRecordFile,
  skipsOfRecords,
} from '../spi/mainframe/contract-file.ts';
import { topSecretExporter } from './export.ts';
import { type TopSecretSettings, topSecretSettings } from './settings.ts';

const fields = [
  { name: 'KEY', start: 33, end: 96 },
  { name: 'OWNER', start: 97, end: 160 },
  { name: 'TEXT', start: 161, end: 300 },
];
const columns = { key: 'KEY', name: 'OWNER', note: 'TEXT' } as const;
const start = '    0777      ACID0001';
/** No file is without records; the table of the contract may be. */
const header = '    0100      ACID0001          ANA ROY\n';

export const contract = defineContract<TopSecretSettings>({
  name: 'Top Secret',
  definition: {
    settings: topSecretSettings,
    displayName: 'Mainframe/Top Secret',
    incremental: false,
  },
  folder: import.meta.dirname,
  badSettings: {
    'no path at all': {},
    'an empty path': { Path: '' },
    'records of no length': { Path: '/records.txt', RecordLength: 0 },
  },
  unreachable: async () => ({ Path: join(import.meta.dirname, 'no-such-file.txt') }),
  exporter: {
    load: async () => pickTables(topSecretExporter),
    prepare: prepareRecords,
    missingTable: () => requestRows('Tss', 'many', []),
  },
  skips: skipsOfRecords,
});

async function prepareRecords(rows: readonly ContractRow[]): Promise<PreparedSource> {
  const { path, folder, ...file } = await prepareRecordFile(rows, header, ({ key, name, note }) =>
    formatRecord(start, fields, { KEY: key, OWNER: name, TEXT: note }),
  );
  const LayoutFile = join(folder, 'layout.json');
  await writeFile(LayoutFile, JSON.stringify({ '0777': { fields } }));
  return {
    ...file,
    settings: { Path: path, LayoutFile },
    table: requestRows('Tss', '0777', Object.values(columns)),
    columns,
  };
}
