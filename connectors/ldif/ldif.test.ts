import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeConnectorContract } from '../../test/contract/connector-contract.ts';
import { createTestContext, readSettings } from '../../test/contract/contract-context.ts';
import type { ExportRequest, TableBatch } from '../spi/package.ts';
import { compareOrdinalIgnoreCase } from '../spi/value-formats.ts';
import { contract, formatLine } from './contract.ts';
import { ldifExporter } from './export.ts';
import { type LdifSettings, ldifSettings } from './settings.ts';

const definition = { settings: ldifSettings, displayName: 'Directory/LDIF' };

/** Folded after `width` bytes, wherever that falls. */
function fold(line: string, width: number): Buffer {
  const bytes = Buffer.from(line);
  const pieces: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += width) {
    if (start > 0) pieces.push(Buffer.from('\n '));
    pieces.push(bytes.subarray(start, start + width));
  }
  return Buffer.concat([...pieces, Buffer.from('\n')]);
}

const usual = { FilterAttribute: 'objectClass', FilterValues: 'person', Attributes: ['cn'] };

describeConnectorContract(contract);

describe('LDIF export', () => {
  let folder = '';
  let files = 0;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ldif-export-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function put(content: string | Uint8Array): Promise<string> {
    files += 1;
    const path = join(folder, `file-${files}.ldif`);
    await writeFile(path, content);
    return path;
  }

  async function run(
    settings: Readonly<Record<string, unknown>>,
    options: {
      readonly mode?: ExportRequest<unknown>['mode'];
      readonly columns?: readonly string[];
      readonly onBatch?: () => Promise<void>;
      readonly roots?: readonly string[];
    } = {},
  ): Promise<readonly TableBatch[]> {
    await using context = await createTestContext({ sourcesRootPaths: options.roots ?? [] });
    const batches: TableBatch[] = [];
    const source = ldifExporter.exportTables(
      {
        connection: 'Dir',
        settings: readSettings<LdifSettings>(definition, { ...usual, ...settings }),
        mode: options.mode ?? 'complete',
        tables: [{ name: 'Dir', suffix: '', columns: options.columns ?? [], formats: {} }],
      },
      context,
    );
    for await (const batch of source) {
      batches.push(batch);
      await options.onBatch?.();
    }
    return batches;
  }

  const rowsOf = (batches: readonly TableBatch[]) =>
    batches.flatMap((batch) => (batch.kind === 'rows' ? batch.rows : []));

  /** The rows of a file without their command. */
  async function readRows(
    content: string | Uint8Array,
    settings: Readonly<Record<string, unknown>> = {},
  ) {
    const rows = rowsOf(await run({ LDIFFile: await put(content), ...settings }));
    return rows.map(({ Command, ...row }) => {
      expect(Command).toBe('insert');
      return row;
    });
  }

  const entry = (lines: string): string => `dn: cn=a,dc=test\nobjectClass: person\n${lines}\n\n`;

  describe('lines', () => {
    it.each([1, 2, 3, 7, 76])(
      'are unfolded after %i bytes, characters cut in two too',
      async (width) => {
        const lines = [
          'dn: cn=Zoë,dc=test',
          'objectClass: person',
          'cn: Zoë 李明 😀 Čapek',
          '# remark',
        ];
        const bytes = Buffer.concat([...lines.map((line) => fold(line, width)), Buffer.from('\n')]);

        expect(await readRows(bytes)).toEqual([{ cn: 'Zoë 李明 😀 Čapek' }]);
      },
    );

    it('end in either way, mixed, with any number of empty lines, and without the last break', async () => {
      const content =
        '\r\n\nversion: 1\r\n\r\n# first\r\n  goes on\r\ndn: cn=a,dc=test\r\ncn: a\r\nobjectClass: person\n\n\n\ndn: cn=b,dc=test\nobjectClass: PERSON\ncn: b';

      expect(await readRows(content)).toEqual([{ cn: 'a' }, { cn: 'b' }]);
    });

    it('lose exactly one space where they are folded', async () => {
      expect(await readRows(entry('cn: two\n  words'))).toEqual([{ cn: 'two words' }]);
    });

    it('may hold Base64 that is folded', async () => {
      expect(await readRows(entry('cn:: Wm/D\n qyDEjGFw\n ZWs='))).toEqual([{ cn: 'Zoë Čapek' }]);
    });

    it('give the same values however a value is encoded and folded', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 4 }),
          fc.integer({ min: 1, max: 80 }),
          async (values, width) => {
            const lines = ['dn: cn=a,dc=test', 'objectClass: person'];
            for (const value of values) lines.push(formatLine('cn', value));
            const bytes = Buffer.concat(lines.map((line) => fold(line, width)));
            const joined = values.toSorted(compareOrdinalIgnoreCase).join('\n');

            expect(await readRows(bytes)).toEqual([{ cn: joined === '' ? null : joined }]);
          },
        ),
        { numRuns: 60 },
      );
    });

    it.each([
      ['UTF-8', Buffer.from(entry('cn: Zoë'))],
      ['UTF-8', Buffer.from(`\ufeff${entry('cn: Zoë')}`)],
      ['iso-8859-1', iconv.encode(entry('cn: Zoë'), 'iso-8859-1')],
      ['utf-16', iconv.encode(entry('cn: Zo\n ë'), 'utf-16le')],
      ['iso-8859-1', iconv.encode(`\ufeff${entry('cn: Zoë')}`, 'utf-16be')],
    ])('may be encoded in %s', async (LdifEncoding, bytes) => {
      expect(await readRows(bytes, { LdifEncoding })).toEqual([{ cn: 'Zoë' }]);
    });
  });

  describe('entries', () => {
    it('are read where any value of the filter attribute is one of those named', async () => {
      const content =
        'dn: cn=a,dc=test\nobjectclass: top\nobjectclass: inetOrgPerson\ncn: a\n\n' +
        'dn: cn=b,dc=test\nobjectclass: device\ncn: b\n\n' +
        'dn: cn=c,dc=test\nobjectclass:: UEVSU09O\ncn: c\n\n';

      expect(await readRows(content, { FilterValues: ' inetorgperson\t person\n' })).toEqual([
        { cn: 'a' },
        { cn: 'c' },
      ]);
    });

    it('have their attributes in the order of the settings, several values joined in order, case of names ignored', async () => {
      const content = entry(
        'MAIL: a@x.test\nmail: b@x.test\ncn;lang-de: ä\ncn: a\nCN;LANG-FR;x-y: f',
      );
      const Attributes = ['cn;x-y;lang-fr', 'mail', 'dn', 'parentdn', 'cn', 'absent'];

      const batches = await run({ LDIFFile: await put(content), Attributes });

      expect(batches[0]).toMatchObject({ columns: ['Command', ...Attributes] });
      expect(rowsOf(batches)).toEqual([
        {
          Command: 'insert',
          'cn;x-y;lang-fr': 'f',
          mail: 'a@x.test\nb@x.test',
          dn: 'cn=a,dc=test',
          parentdn: 'dc=test',
          cn: 'a',
          absent: null,
        },
      ]);
    });

    it('have one spelling of names, in dn and in attributes that hold names', async () => {
      const content =
        'dn: cn=Roy\\2C Ana, ou=P,  dc=test\nobjectClass: person\nmember: CN=x , dc=test\n\n';

      expect(
        await readRows(content, {
          Attributes: ['dn', 'parentdn', 'member'],
          NameAttributes: ['Member'],
        }),
      ).toEqual([
        { dn: 'cn=Roy\\, Ana,ou=P,dc=test', parentdn: 'ou=P,dc=test', member: 'CN=x,dc=test' },
      ]);
    });

    it('keep bytes in Base64, told by name, by option, by setting, or by not being text', async () => {
      const bytes = Buffer.from([0xff, 0x00, 0x41]).toString('base64');
      const text = Buffer.from('text').toString('base64');
      const content = entry(
        `jpegPhoto:: ${text}\nuserCertificate;binary:: ${bytes}\nblob:: ${text}\nodd:: ${bytes}`,
      );
      const Attributes = ['jpegPhoto', 'userCertificate', 'blob', 'odd'];

      expect(await readRows(content, { Attributes, BinaryAttributes: ['Blob'] })).toEqual([
        { jpegPhoto: text, userCertificate: bytes, blob: text, odd: bytes },
      ]);
    });

    it('never make the program open what a value names, and fail only where it is asked for', async () => {
      const secret = await put('secret');
      const content = entry(`cn: a\njpegPhoto:< file://${secret}`);

      expect(await readRows(content)).toEqual([{ cn: 'a' }]);
      await expect(readRows(content, { Attributes: ['jpegPhoto'] })).rejects.toMatchObject({
        kind: 'unsupported',
        details: { line: 4 },
      });
    });

    it('have a mapped column only if the settings read it', async () => {
      const LDIFFile = await put(entry('cn: a'));

      await expect(run({ LDIFFile }, { columns: ['CN'] })).rejects.toThrow('the attribute "CN"');
    });

    it('have no command in incremental mode, where the next step compares them', async () => {
      const LDIFFile = await put(entry('cn: a'));

      const batches = await run({ LDIFFile }, { mode: 'incremental' });

      expect(rowsOf(batches)).toEqual([{ cn: 'a' }]);
      expect(batches.at(-1)).not.toHaveProperty('commandColumn');
    });
  });

  describe('changes', () => {
    const settings = { Attributes: ['dn', 'uid', 'cn'], FilterAttribute: 'objectClass' };
    async function readChanges(content: string) {
      const LDIFFileIncremental = await put(content);
      const raw = { ...settings, LDIFFile: '/not/read.ldif', LDIFFileIncremental };
      return run(raw, { mode: 'incremental' });
    }

    it('of whole entries are rows with a command', async () => {
      const content =
        'version: 1\ndn: uid=a,dc=test\ncontrol: 1.2.840.113556.1.4.805 true\nchangetype: add\nobjectClass: person\nuid: a\ncn: A\n\n' +
        'dn: uid=b+cn=B,dc=test\nchangetype: delete\n\n' +
        'dn: uid=c,dc=test\nchangetype: modify\nreplace: cn\ncn: C\n-\nreplace: uid\nuid: c\n-\nreplace: objectClass\nobjectClass: person\n-\n\n';

      const batches = await readChanges(content);

      expect(rowsOf(batches)).toEqual([
        { Command: 'insert', dn: 'uid=a,dc=test', uid: 'a', cn: 'A' },
        { Command: 'delete', dn: 'uid=b+cn=B,dc=test', uid: 'b', cn: 'B' },
        { Command: 'update', dn: 'uid=c,dc=test', uid: 'c', cn: 'C' },
      ]);
      expect(batches.at(-1)).toMatchObject({ kind: 'end', rows: 3, commandColumn: 'Command' });
    });

    it.each([
      ['part of an entry', 'changetype: modify\nreplace: cn\ncn: C\n-'],
      ['values added', 'changetype: modify\nadd: cn\ncn: C\n-\nreplace: uid\nuid: c\n-'],
      ['a number counted up', 'changetype: modify\nincrement: uidNumber\nuidNumber: 1\n-'],
      ['a new name', 'changetype: modrdn\nnewrdn: uid=d\ndeleteoldrdn: 1'],
      ['a new place', 'changetype: moddn\nnewrdn: uid=d\ndeleteoldrdn: 1\nnewsuperior: dc=x'],
    ])('are refused, with their line, when they tell %s', async (_, change) => {
      await expect(readChanges(`# one\ndn: uid=c,dc=test\n${change}\n\n`)).rejects.toMatchObject({
        kind: 'unsupported',
        details: { line: 2 },
      });
    });

    it('are refused where a deleted entry has no name in any column', async () => {
      const LDIFFileIncremental = await put('dn: uid=b,dc=test\nchangetype: delete\n\n');
      const raw = { LDIFFile: '/x.ldif', LDIFFileIncremental, Attributes: ['cn'] };

      await expect(run(raw, { mode: 'incremental' })).rejects.toThrow('that no column names');
    });

    it('never pass for entries in a file that is read as all there is', async () => {
      for (const change of ['changetype: add\nobjectClass: person\ncn: a', 'changetype: delete']) {
        await expect(readRows(`dn: cn=a,dc=test\n${change}\n\n`)).rejects.toThrow('is a change');
      }
    });

    it('and entries do not mix', async () => {
      const change = 'dn: cn=b,dc=test\nchangetype: delete\n\n';

      await expect(readChanges(entry('cn: a') + change)).rejects.toMatchObject({
        details: { line: 5 },
        message: expect.stringContaining('holds entries up to line 5 and changes from there on'),
      });
      await expect(readChanges(change + entry('cn: a'))).rejects.toThrow('changes up to line 4');
    });

    it('may be still to come', async () => {
      const raw = { LDIFFile: '/x.ldif', LDIFFileIncremental: join(folder, 'later.ldif') };

      expect(await run(raw, { mode: 'incremental' })).toMatchObject([{ kind: 'nothing' }]);
    });
  });

  describe('files that are no LDIF, or not whole', () => {
    it.each([
      ['a record without a name', 'cn: a\nobjectClass: person\n\n', 1],
      ['a line without a colon', entry('no colon here'), 3],
      ['a name with a space', entry('c n: a'), 3],
      ['Base64 that is none', entry('cn:: a*b='), 3],
      ['Base64 cut off', entry('cn:: Wm/'), 3],
      ['a continuation of nothing', ' goes on\n', 1],
      ['a continuation of an empty line', `${entry('cn: a')} goes on\n`, 5],
      ['another version', 'version: 2\n\n', 1],
      ['a change of no kind', 'dn: cn=a\nchangetype: upsert\n\n', 2],
      ['a lone dash', entry('-'), 3],
      ['bytes that are no text', Buffer.from(entry('cn: Zo\xeb'), 'latin1'), 3],
      ['a name that is no text', Buffer.from('dn: cn=Zo\xeb\ncn: a\n\n', 'latin1'), 1],
    ])('are refused for %s, with the line', async (_, content, line) => {
      await expect(readRows(content)).rejects.toMatchObject({
        kind: 'invalid-value',
        details: { line },
      });
    });

    it('are refused past the size of a record, folded, in one line or in many', async () => {
      const long = 'x'.repeat(60_000);
      const MaxRecordMegabytes = 0.1;
      const parts = [
        entry(`cn: ${long}${long}`),
        entry(`cn: ${long}\n ${long}`),
        entry(`cn: ${long}\nsn: ${long}`),
      ];
      for (const content of parts) {
        await expect(readRows(content, { MaxRecordMegabytes })).rejects.toThrow('more than 0.1 MB');
      }
      expect(await readRows(entry(`cn: ${long}`), { MaxRecordMegabytes })).toEqual([{ cn: long }]);
    });

    it('are incomplete when the search that wrote them says so', async () => {
      const content = entry('cn: a');

      expect(await readRows(`${content}search: 2\nresult: 0 Success\n\n`)).toEqual([{ cn: 'a' }]);
      for (const end of [
        'search: 2\nresult: 4 Size limit exceeded\n\n',
        'ref: ldap://other.test/dc=test\n\n',
      ]) {
        await expect(readRows(content + end)).rejects.toMatchObject({ kind: 'incomplete' });
      }
    });

    it('say in their proof what was read, and whether the last record is closed', async () => {
      const whole = await run({ LDIFFile: await put(entry('cn: a')) });
      const open = await run({ LDIFFile: await put(entry('cn: a').trimEnd()) });
      const empty = await run({ LDIFFile: await put('') });

      expect(whole.at(-1)).toMatchObject({ rows: 1, isTerminated: true });
      expect(open.at(-1)).toMatchObject({
        rows: 1,
        isTerminated: false,
        evidence: expect.stringContaining('not closed'),
      });
      expect(empty.at(-1)).toMatchObject({ rows: 0, evidence: expect.stringContaining('0 bytes') });
    });

    it('prove nothing when they change while they are read', async () => {
      const LDIFFile = await put(entry('cn: a').repeat(3_000));
      let times = 0;
      const onBatch = async (): Promise<void> => {
        times += 1;
        if (times === 1) await appendFile(LDIFFile, '\n');
      };

      await expect(run({ LDIFFile }, { onBatch })).rejects.toMatchObject({ kind: 'incomplete' });
    });

    it('never crash or hang the reader, whatever the bytes', async () => {
      const piece = fc.constantFrom(
        ...[
          'dn: cn=a,dc=t',
          'dn:: ',
          'cn: ',
          'objectClass: person',
          'changetype: modify',
          '-',
          '#',
        ],
        ...[
          'version: 1',
          ':',
          '::',
          ':<',
          '\n',
          '\n',
          '\n ',
          '\r',
          '\r\n',
          ' ',
          'replace: cn',
          '=',
          '\0',
        ],
      );
      const content = fc.oneof(
        fc.array(piece, { maxLength: 20 }).map((pieces) => Buffer.from(pieces.join(''))),
        fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
      );
      await fc.assert(
        fc.asyncProperty(content, async (bytes) => {
          const error = await readRows(bytes).then(
            () => undefined,
            (thrown: unknown) => thrown,
          );
          if (error !== undefined) {
            expect(error).toMatchObject({ code: expect.stringMatching(/^CONNECTOR_/) });
          }
        }),
        { numRuns: Number(process.env['LOCKSTEP_LDIF_FILES'] ?? 300) },
      );
    });
  });

  const examples = '/usr/share/dirsrv/data';
  describe.skipIf(!existsSync(examples))(`files of a directory product, in ${examples}`, () => {
    const Attributes = ['dn', 'uid', 'cn', 'mail', 'manager', 'ou'];

    it('are read whole: the people of the example company', async () => {
      const LDIFFile = join(examples, 'Example.ldif');
      const text = await readFile(LDIFFile, 'latin1');

      const rows = rowsOf(await run({ LDIFFile, Attributes }));

      // The file says it has 150 people.
      expect(rows.length).toBe(150);
      expect(new Set(rows.map(({ uid }) => uid)).size).toBe(150);
      expect(rows.map(({ uid }) => uid)).toEqual(
        [...text.matchAll(/^uid: (.*)$/gm)].map(([, uid]) => uid),
      );
      expect(rows.find(({ uid }) => uid === 'scarter')).toMatchObject({
        dn: 'uid=scarter,ou=People,dc=example,dc=com',
        cn: 'Sam Carter',
        ou: 'Accounting\nPeople',
      });
    });

    it('are read with letters of all of Europe', async () => {
      const LDIFFile = join(examples, 'European.ldif');
      const text = await readFile(LDIFFile, 'utf8');
      const uids = [...text.matchAll(/^uid: (.*)$/gm)].map(([, uid]) => uid);

      const rows = rowsOf(await run({ LDIFFile, Attributes }));

      expect(rows.map(({ uid }) => uid)).toEqual(uids);
      expect(rows[0]).toMatchObject({ uid: 'user0', cn: 'Babette Ryndérs', ou: 'Ännheimè' });
    });

    it('hold roles, too', async () => {
      const LDIFFile = join(examples, 'Example-roles.ldif');

      const rows = rowsOf(await run({ LDIFFile, Attributes: ['dn', 'nsRoleDN', 'uid'] }));

      expect(rows.length).toBe(150);
    });
  });
});
