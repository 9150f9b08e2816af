/** JSON files as a subject of the contract of connectors; as JSON Lines where asked. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareRowFile, requestRows } from '../spi/contract/row-file.ts';
import { skipsOfFiles } from '../spi/contract/skips.ts';
import {
  type ConnectorSubject,
  type ContractRow,
  defineContract,
  type PreparedSource,
} from '../spi/contract/subject.ts';
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
      missingTable: () => requestRows('Crm', 'other', []),
    },
    skips: {
      ...skipsOfFiles,
      'several-values-steady': 'the order of a list is part of the file',
    },
  });
}

async function prepareFile(
  rows: readonly ContractRow[],
  Format: 'Json' | 'JsonLines',
): Promise<PreparedSource> {
  const format = Format === 'Json' ? formatJson : formatJsonLines;
  const { path, ...file } = await prepareRowFile(rows, { name: 'people.json', format });
  return {
    ...file,
    settings: { Path: path, Format },
    table: requestRows('Crm', '', columns),
    columns: { key: 'id', name: 'is.named', note: 'note' },
  };
}

function formatJson(rows: readonly ContractRow[]): string {
  return JSON.stringify(rows.map(toObject), null, 1);
}

function formatJsonLines(rows: readonly ContractRow[]): string {
  return rows.map((row) => `${JSON.stringify(toObject(row))}\n`).join('');
}

function toObject({ key, name, note }: ContractRow): object {
  return { id: key, is: { named: name }, note };
}
