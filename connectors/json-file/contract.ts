/** JSON files as a subject of the contract of connectors; as JSON Lines where asked. */
import { mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { casesOfBookmarks, casesOfServers, leaveOut } from '../spi/contract/skips.ts';
import {
  type ConnectorSubject,
  type ContractRow,
  defineContract,
  type PreparedSource,
} from '../spi/contract/subject.ts';
import { countOpenBelow } from '../spi/folders/contract-names.ts';
import { jsonFileExporter } from './export.ts';
import { type JsonFileSettings, jsonFileSettings } from './settings.ts';

const columns = ['id', 'is.named', 'note'];

export const contract = createContract('Json');

export function createContract(format: 'Json' | 'JsonLines'): ConnectorSubject {
  return defineContract<JsonFileSettings>({
    name: format === 'Json' ? 'JSON' : 'JSON Lines',
    folder: import.meta.dirname,
    definition: { settings: jsonFileSettings, displayName: 'File/JSON', incremental: true },
    badSettings: {
      'no path at all': {},
      'no tables': { Path: '/x.json', Tables: [] },
      'another format': { Path: '/x.json', Format: 'Yaml' },
      'a column without a path': { Path: '/x.json', Tables: [{ Columns: [{ Column: 'a' }] }] },
      'a table in another folder': { Path: '/x.json', Tables: [{ Table: '../a' }] },
    },
    unreachable: async () => ({ Path: join(tmpdir(), 'no-such-folder', 'x.json') }),
    exporter: {
      load: async () => jsonFileExporter,
      prepare: (rows) => prepareFile(rows, format),
      missingTable: () => ({ name: 'Crm_other', suffix: 'other', columns: [], formats: {} }),
    },
    skips: {
      ...leaveOut(casesOfServers, 'a file asks for no password, is never busy and always answers'),
      ...leaveOut(
        casesOfBookmarks,
        'changes come in a file that somebody else writes, without a bookmark',
      ),
      'several-values-steady': 'the order of a list is part of the file',
      'waits-for-reader': 'how far a file was read cannot be seen from outside',
    },
  });
}

async function prepareFile(
  rows: readonly ContractRow[],
  format: 'Json' | 'JsonLines',
): Promise<PreparedSource> {
  const folder = await mkdtemp(join(tmpdir(), 'json-contract-'));
  const path = join(folder, 'people.json');
  const held = new Map(rows.map((row) => [row.key, row]));
  const write = async (): Promise<void> => {
    const objects = [...held.values()].map(({ key, name, note }) => {
      return { id: key, is: { named: name }, note };
    });
    const text =
      format === 'Json'
        ? JSON.stringify(objects, null, 1)
        : objects.map((object) => `${JSON.stringify(object)}\n`).join('');
    await writeFile(path, text);
  };
  await write();
  return {
    settings: { Path: path, Format: format },
    table: { name: 'Crm', suffix: '', columns, formats: {} },
    columns: { key: 'id', name: 'is.named', note: 'note' },
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
      // Never at the end of a line, where nothing would show.
      const kept = Math.floor((size * count) / Math.max(1, rows.length)) - 3;
      await truncate(path, Math.max(2, kept));
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
