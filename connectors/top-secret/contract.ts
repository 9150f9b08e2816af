/** What the contract of connectors is tested on: records with a layout of their own. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineContract } from '../spi/contract/subject.ts';
import { formatRecord, writeContractFile } from '../spi/mainframe/contract-file.ts';
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
    load: async () => ({
      ...topSecretExporter,
      async *exportTables(request, context) {
        const wanted = request.tables.map(({ name }) => name);
        for await (const batch of topSecretExporter.exportTables(request, context)) {
          if (!('table' in batch) || wanted.includes(batch.table)) yield batch;
        }
      },
    }),
    async prepare(rows) {
      const records = rows.map(({ key, name, note }) =>
        formatRecord(start, fields, { KEY: key, OWNER: name, TEXT: note }),
      );
      const file = await writeContractFile(records, header);
      const LayoutFile = join(file.folder, 'layout.json');
      await writeFile(LayoutFile, JSON.stringify({ '0777': { fields } }));
      return {
        settings: { Path: file.path, LayoutFile },
        table: { name: 'Tss_0777', suffix: '0777', columns: Object.values(columns), formats: {} },
        columns,
        opened: file.opened,
        change: file.change,
        breakAfter: file.breakAfter,
        [Symbol.asyncDispose]: file[Symbol.asyncDispose],
      };
    },
    missingTable: () => ({ name: 'Tss_many', suffix: 'many', columns: [], formats: {} }),
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
