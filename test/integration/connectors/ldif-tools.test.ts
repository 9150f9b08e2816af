/** LDIF as OpenLDAP's own tools write it: `slapcat` of a database, `ldapsearch` of a running server. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ldifExporter } from '../../../connectors/ldif/export.ts';
import { type LdifSettings, ldifSettings } from '../../../connectors/ldif/settings.ts';
import type { Row } from '../../../connectors/spi/row.ts';
import { collect, createTestContext, readSettings } from '../../contract/contract-context.ts';
import { describeWithServer } from '../../servers/use-server.ts';

const execute = promisify(execFile);
const definition = { settings: ldifSettings, displayName: 'Directory/LDIF' };
const suffix = 'dc=example,dc=test';

/** What a directory holds, and what must come back. */
const people = Array.from({ length: 300 }, (_, index) => ({
  uid: `l${index}`,
  cn: ['Zoë Čapek', '李明', ' space before', 'plain', 'colon: inside', '<less'][index % 6] ?? '',
  description:
    index % 3 === 0 ? `${'long text, folded by the tool; '.repeat(8)}é` : `line one\nline ${index}`,
  jpegPhoto: Buffer.from([0xff, 0xd8, index % 256, 0x00, ...new Array(90).fill(index % 7)]),
}));

function encode(attribute: string, value: string | Buffer): string {
  return `${attribute}:: ${Buffer.from(value).toString('base64')}`;
}

function formatPeople(base: string): string {
  const records = people.map((person) =>
    [
      `dn: uid=${person.uid},${base}`,
      'objectClass: inetOrgPerson',
      `uid: ${person.uid}`,
      'sn: x',
      encode('cn', person.cn),
      encode('description', person.description),
      encode('jpegPhoto', person.jpegPhoto),
      '',
    ].join('\n'),
  );
  return records.join('\n');
}

describeWithServer('ldap', 'LDIF of OpenLDAP', (address) => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ldif-tools-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function read(LDIFFile: string): Promise<readonly Row[]> {
    await using context = await createTestContext();
    const settings = readSettings<LdifSettings>(definition, {
      LDIFFile,
      FilterAttribute: 'objectClass',
      FilterValues: 'inetOrgPerson',
      Attributes: ['dn', 'uid', 'cn', 'description', 'jpegPhoto'],
    });
    const request = { connection: 'Dir', settings, mode: 'complete', tables: [] } as const;
    const batches = await collect(ldifExporter.exportTables(request, context));
    expect(batches.at(-1)).toMatchObject({ kind: 'end', isTerminated: true });
    return batches.flatMap((batch) => (batch.kind === 'rows' ? batch.rows : []));
  }

  function expectPeople(rows: readonly Row[], base: string): void {
    const expected = people.map(({ uid, cn, description, jpegPhoto }) => ({
      Command: 'insert',
      dn: `uid=${uid},${base}`,
      uid,
      cn,
      description,
      jpegPhoto: jpegPhoto.toString('base64'),
    }));
    const byUid = (a: Row, b: Row): number => ((a['uid'] ?? '') < (b['uid'] ?? '') ? -1 : 1);
    expect(rows.toSorted(byUid)).toEqual(expected.toSorted(byUid));
  }

  it('is read as slapcat writes it', async () => {
    await mkdir(join(folder, 'data'));
    const configuration = join(folder, 'slapd.conf');
    const schemas = ['core', 'cosine', 'inetorgperson'];
    await writeFile(
      configuration,
      [
        ...schemas.map((name) => `include /etc/ldap/schema/${name}.schema`),
        'modulepath /usr/lib/ldap',
        'moduleload back_mdb',
        'database mdb',
        `suffix "${suffix}"`,
        `rootdn "cn=admin,${suffix}"`,
        `directory "${join(folder, 'data')}"`,
        '',
      ].join('\n'),
    );
    const base = `ou=People,${suffix}`;
    const tree = `dn: ${suffix}\nobjectClass: domain\ndc: example\n\ndn: ${base}\nobjectClass: organizationalUnit\nou: People\n\n`;
    const source = join(folder, 'source.ldif');
    await writeFile(source, tree + formatPeople(base));
    await execute('/usr/sbin/slapadd', ['-q', '-f', configuration, '-l', source]);
    const file = join(folder, 'slapcat.ldif');
    await execute('/usr/sbin/slapcat', ['-f', configuration, '-l', file]);

    expectPeople(await read(file), base);
  });

  describe('of a running server', () => {
    const unit = `ldif-${process.pid}`;

    async function search(name: string, options: readonly string[]): Promise<string> {
      const { host, port, rootDn, rootPassword } = address();
      const base = `ou=${unit},${suffix}`;
      const login = ['-x', '-H', `ldap://${host}:${port}`, '-D', rootDn, '-w', rootPassword];
      const { stdout } = await execute(
        'ldapsearch',
        [...login, '-b', base, ...options, '(objectClass=*)'],
        { maxBuffer: 64 * 2 ** 20 },
      ).catch((error: { readonly stdout: string }) => error);
      const file = join(folder, `${name}.ldif`);
      await writeFile(file, stdout);
      return file;
    }

    beforeAll(async () => {
      const { host, port, rootDn, rootPassword } = address();
      const base = `ou=${unit},${suffix}`;
      const source = join(folder, 'added.ldif');
      const top = `dn: ${base}\nobjectClass: organizationalUnit\nou: ${unit}\n\n`;
      await writeFile(source, top + formatPeople(base));
      const login = ['-x', '-H', `ldap://${host}:${port}`, '-D', rootDn, '-w', rootPassword];
      await execute('ldapadd', [...login, '-f', source], { maxBuffer: 64 * 2 ** 20 });
    });

    it.each([
      ['folded and without remarks', ['-LLL']],
      ['folded after twenty characters', ['-LLL', '-o', 'ldif-wrap=20']],
      ['not folded', ['-LLL', '-o', 'ldif-wrap=no']],
      ['with remarks, version and result', []],
    ])('is read %s, as ldapsearch writes it', async (name, options) => {
      expectPeople(await read(await search(name, options)), `ou=${unit},${suffix}`);
    });

    it('is incomplete where the search reached a limit', async () => {
      await expect(read(await search('limit', ['-z', '10']))).rejects.toMatchObject({
        kind: 'incomplete',
      });
    });
  });
});
