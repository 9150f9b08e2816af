/** What the contract of connectors is tested on: unloads with general resources. */
import { join } from 'node:path';
import { defineContract } from '../spi/contract/subject.ts';
import { formatRecord, writeContractFile } from '../spi/mainframe/contract-file.ts';
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
    load: async () => ({
      ...racfExporter,
      // Groups come along with every unload; the contract knows one table.
      async *exportTables(request, context) {
        const wanted = request.tables.map(({ name }) => name);
        for await (const batch of racfExporter.exportTables(request, context)) {
          if (!('table' in batch) || wanted.includes(batch.table)) yield batch;
        }
      },
    }),
    async prepare(rows) {
      const records = rows.map(({ key, name, note }) =>
        formatRecord('0500 ', resources, {
          GRBD_NAME: key,
          GRBD_CLASS_NAME: 'FACILITY',
          GRBD_APPL_DATA: name,
          GRBD_INSTALL_DATA: note,
        }),
      );
      const file = await writeContractFile(records, header);
      return {
        settings: { Path: file.path },
        table: { name: 'Racf_0500', suffix: '0500', columns: Object.values(columns), formats: {} },
        columns,
        opened: file.opened,
        change: file.change,
        breakAfter: file.breakAfter,
        [Symbol.asyncDispose]: file[Symbol.asyncDispose],
      };
    },
    missingTable: () => ({ name: 'Racf_9999', suffix: '9999', columns: [], formats: {} }),
  },
  skips: {
    'connection-wrong-password': 'there are no secret settings',
    'secrets-hidden': 'there are no secret settings',
    'secrets-hidden-at-work': 'there are no secret settings',
    'waits-for-reader': 'nobody counts what is read of a file',
    'spaces-kept': 'blanks at the end of a field mean nothing',
    'line-breaks-kept': 'a line break ends a record',
    'large-kept': 'fields are as long as their columns',
    'several-values-steady': 'there are no properties with several values',
    'reading-throttled': 'a file answers at once',
    'reading-times-out': 'a file answers at once',
    'reading-stopped-while-waiting': 'a file answers at once',
  },
});
