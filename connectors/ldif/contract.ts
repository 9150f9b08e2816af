/** LDIF files as a subject of the contract of connectors. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { casesOfBookmarks, casesOfServers, leaveOut } from '../spi/contract/skips.ts';
import { type ContractRow, defineContract, type PreparedSource } from '../spi/contract/subject.ts';
import { countOpenBelow } from '../spi/folders/contract-names.ts';
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
    missingTable: () => ({ name: 'Dir_other', suffix: 'other', columns: [], formats: {} }),
  },
  skips: {
    ...leaveOut(casesOfServers, 'a file asks for no password, is never busy and always answers'),
    ...leaveOut(
      casesOfBookmarks,
      'changes come in a file that somebody else writes, without a bookmark',
    ),
    'waits-for-reader': 'how far a file was read cannot be seen from outside',
  },
});

async function prepareFile(rows: readonly ContractRow[]): Promise<PreparedSource> {
  const folder = await mkdtemp(join(tmpdir(), 'ldif-contract-'));
  const path = join(folder, 'people.ldif');
  const held = new Map(rows.map((row) => [row.key, row]));
  const write = (): Promise<void> =>
    writeFile(path, `version: 1\n\n${[...held.values()].map(formatRecord).join('')}`);
  await write();
  return {
    settings: {
      LDIFFile: path,
      FilterAttribute: 'objectClass',
      FilterValues: 'person',
      Attributes: columns,
    },
    table: { name: 'Dir', suffix: '', columns, formats: {} },
    columns: { key: 'uid', name: 'cn', note: 'description', values: 'mail' },
    opened: () => countOpenBelow(folder),
    async change(changes) {
      for (const change of changes) {
        if (change.kind === 'put') held.set(change.row.key, change.row);
        else held.delete(change.key);
      }
      await write();
    },
    async breakAfter(count) {
      const records = (await readFile(path, 'utf8')).split('\n\n').slice(0, count + 1);
      // The next record ends inside a line.
      await writeFile(path, `${records.join('\n\n')}\n\ndn: uid=cut,dc=test\nobjectCl`);
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
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
