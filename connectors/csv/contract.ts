/** CSV files as a subject of the contract of connectors. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { casesOfBookmarks, casesOfServers, leaveOut } from '../spi/contract/skips.ts';
import { type ContractRow, defineContract, type PreparedSource } from '../spi/contract/subject.ts';
import { formatCsv, formatCsvHeader } from '../spi/csv-format.ts';
import { countOpenBelow } from '../spi/folders/contract-names.ts';
import { csvExporter } from './export.ts';
import { type CsvSettings, csvSettings } from './settings.ts';

const columns = ['id', 'full name', 'note'];
const noServer = 'a file asks for no password, is never busy and always answers';
const noBookmark = 'changes come in a file that somebody else writes, without a bookmark';

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
    missingTable: () => ({ name: 'Badge_other', suffix: 'other', columns: [], formats: {} }),
  },
  skips: {
    ...leaveOut(casesOfServers, noServer),
    'waits-for-reader': 'how far a file was read cannot be seen from outside',
    'several-values-steady': 'a cell holds one value',
    ...leaveOut(casesOfBookmarks, noBookmark),
  },
});

async function prepareFile(rows: readonly ContractRow[]): Promise<PreparedSource> {
  const folder = await mkdtemp(join(tmpdir(), 'csv-contract-'));
  const path = join(folder, 'people.csv');
  const held = new Map(rows.map((row) => [row.key, row]));
  const write = (): Promise<void> => {
    const cells = [...held.values()].map((row) => [row.key, row.name, row.note]);
    return writeFile(path, formatCsvHeader(columns) + formatCsv(cells));
  };
  await write();
  return {
    settings: { Path: path },
    table: { name: 'Badge', suffix: '', columns, formats: {} },
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
      const lines = (await readFile(path, 'utf8')).split('\n');
      const whole = lines.slice(0, count + 1).map((line) => `${line}\n`);
      // The next line ends in its first value.
      await writeFile(path, `${whole.join('')}${lines[count + 1]?.split(',')[0]}`);
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
