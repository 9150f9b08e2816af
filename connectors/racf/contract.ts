/** What the contract of connectors is tested on: unloads with general resources. */
import { join } from 'node:path';
import { requestRows } from '../spi/contract/row-file.ts';
import { type ContractRow, defineContract, type PreparedSource } from '../spi/contract/subject.ts';
import {
  formatRecord,
  pickTables,
  prepareRecordFile,
  skipsOfRecords,
} from '../spi/mainframe/contract-file.ts';
import { racfExporter } from './export.ts';
import { layouts } from './layouts.ts';
import { type RacfSettings, racfSettings } from './settings.ts';

const resources = layouts.find(({ type }) => type === '0500')?.fields ?? [];
const columns = { key: 'GRBD_NAME', name: 'GRBD_APPL_DATA', note: 'GRBD_INSTALL_DATA' } as const;
/** No unload is without records; the table of the contract may be. */
const header = '0100 SYS1\n';

export const contract = defineContract<RacfSettings>({
  name: 'RACF',
  definition: { settings: racfSettings, displayName: 'Mainframe/RACF', incremental: false },
  folder: import.meta.dirname,
  badSettings: {
    'no path at all': {},
    'an empty path': { Path: '' },
    'a word where true or false belongs': { Path: '/unload.txt', ChecksMembers: 'maybe' },
  },
  unreachable: async () => ({ Path: join(import.meta.dirname, 'no-such-unload.txt') }),
  exporter: {
    load: async () => pickTables(racfExporter),
    prepare: prepareUnload,
    missingTable: () => requestRows('Racf', '9999', []),
  },
  skips: skipsOfRecords,
});

async function prepareUnload(rows: readonly ContractRow[]): Promise<PreparedSource> {
  const { path, ...file } = await prepareRecordFile(rows, header, ({ key, name, note }) =>
    formatRecord('0500 ', resources, {
      GRBD_NAME: key,
      GRBD_CLASS_NAME: 'FACILITY',
      GRBD_APPL_DATA: name,
      GRBD_INSTALL_DATA: note,
    }),
  );
  return {
    ...file,
    settings: { Path: path },
    table: requestRows('Racf', '0500', Object.values(columns)),
    columns,
  };
}
