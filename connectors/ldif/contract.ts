/** LDIF files as a subject of the contract of connectors. */
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareRowFile, requestRows } from '../spi/contract/row-file.ts';
import { skipsOfFiles } from '../spi/contract/skips.ts';
import { type ContractRow, defineContract, type PreparedSource } from '../spi/contract/subject.ts';
import { ldifExporter } from './export.ts';
import { type LdifSettings, ldifSettings } from './settings.ts';

const usual = { FilterAttribute: 'objectClass', FilterValues: 'person', Attributes: ['cn'] };
const columns = ['uid', 'cn', 'description', 'mail'];

export const contract = defineContract<LdifSettings>({
  name: 'LDIF',
  folder: import.meta.dirname,
  definition: { settings: ldifSettings, displayName: 'Directory/LDIF', incremental: false },
  badSettings: {
    'no file': usual,
    'no filter attribute': { LDIFFile: '/x', FilterValues: 'person', Attributes: ['cn'] },
    'filter values of white space': { ...usual, LDIFFile: '/x', FilterValues: ' \t' },
    'no attributes': { ...usual, LDIFFile: '/x', Attributes: [] },
    'an attribute that is none': { ...usual, LDIFFile: '/x', Attributes: ['c n'] },
    'no room for a record': { ...usual, LDIFFile: '/x', MaxRecordMegabytes: 0 },
  },
  unreachable: async () => ({ ...usual, LDIFFile: join(tmpdir(), 'no-such-folder', 'x.ldif') }),
  exporter: {
    load: async () => ldifExporter,
    prepare: prepareFile,
    missingTable: () => requestRows('Dir', 'other', []),
  },
  skips: skipsOfFiles,
});

async function prepareFile(rows: readonly ContractRow[]): Promise<PreparedSource> {
  const { path, ...file } = await prepareRowFile(rows, {
    name: 'people.ldif',
    format: (held) => `version: 1\n\n${held.map(formatRecord).join('')}`,
    cut: cutRecords,
  });
  return {
    ...file,
    settings: {
      LDIFFile: path,
      FilterAttribute: 'objectClass',
      FilterValues: 'person',
      Attributes: columns,
    },
    table: requestRows('Dir', '', columns),
    columns: { key: 'uid', name: 'cn', note: 'description', values: 'mail' },
  };
}

/** The next record ends inside a line. */
async function cutRecords(path: string, count: number): Promise<void> {
  const records = (await readFile(path, 'utf8')).split('\n\n').slice(0, count + 1);
  await writeFile(path, `${records.join('\n\n')}\n\ndn: uid=cut,dc=test\nobjectCl`);
}

function formatRecord({ key, name, note, values = [] }: ContractRow): string {
  const lines = [
    `dn: uid=${key},ou=People,dc=example,dc=test`,
    'objectClass: person',
    `uid: ${key}`,
    formatLine('cn', name),
    ...(note === null ? [] : [formatLine('description', note)]),
    ...values.map((value) => formatLine('mail', value)),
  ];
  return `${lines.flatMap(fold).join('\n')}\n\n`;
}

/** One line, encoded where the format asks for it. */
export function formatLine(attribute: string, value: string): string {
  const isPlain = [...value].every((character) => character >= ' ' && character <= '~');
  return isPlain && !/^[ :<]| $/.test(value)
    ? `${attribute}: ${value}`
    : `${attribute}:: ${Buffer.from(value).toString('base64')}`;
}

/** Lines of at most 76 characters; what is not plain is encoded, so that no character is cut in two. */
function fold(line: string): readonly string[] {
  const pieces = line.match(/.{1,75}/gs) ?? [];
  return pieces.map((piece, index) => (index === 0 ? piece : ` ${piece}`));
}
