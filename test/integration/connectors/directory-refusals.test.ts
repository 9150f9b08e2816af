import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLdapExporter } from '../../../connectors/openldap/export.ts';
import { openLdapSettings } from '../../../connectors/openldap/settings.ts';
import { checkSettings } from '../../../connectors/spi/settings.ts';
import { makeCertificates } from '../../servers/certificates.ts';
import type { DirectoryLogin } from '../../servers/directory-address.ts';
import { startDirectoryProxy } from '../../servers/directory-proxy.ts';
import type { SambaAddress } from '../../servers/samba.ts';
import { type Slapd, startSlapd } from '../../servers/slapd.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import * as domain from './active-directory-forest.ts';
import { ldifRecord, modifyByTool, readDirectory, tableRequest } from './directory-changes.ts';
import { runExport, settingsFor, table } from './ldap-directory.ts';

/*
 * Parts of a tree that a directory does not give: it refers to another server for them, or does not show them to the login. What
 * was read proves nothing about them.
 */
const added = (dn: string, ...lines: (readonly [string, string])[]) =>
  ldifRecord(dn, [['changetype', 'add'], ...lines]);
const unit = (dn: string) => added(dn, ['objectClass', 'organizationalUnit']);
const person = (dn: string, ...lines: (readonly [string, string])[]) =>
  added(dn, ['objectClass', 'inetOrgPerson'], ['sn', 'x'], ...lines);
const whoLogsIn = (dn: string, password: string, ...lines: (readonly [string, string])[]) =>
  person(dn, ['userPassword', password], ...lines);

describeWithServer('ldap', 'a directory that gives a part of its tree', () => {
  let slapd: Slapd;
  let sales: string;
  let secret: string;
  beforeAll(async () => {
    const hidden = 'dn.subtree="ou=Secret,dc=example,dc=test" by * none';
    slapd = await startSlapd({ changes: 'log', access: [hidden] });
    sales = `ou=Sales,${slapd.suffix}`;
    secret = `ou=Secret,${slapd.suffix}`;
    const referral = [
      ...[['objectClass', 'referral'] as const, ['objectClass', 'extensibleObject'] as const],
      ['ref', `ldap://127.0.0.1:1/${sales}`] as const,
    ];
    await modifyByTool(
      slapd,
      [
        person(`cn=here,ou=People,${slapd.suffix}`),
        added(sales, ...referral),
        unit(secret),
        person(`cn=inside,${secret}`),
      ].join(''),
    );
  });
  afterAll(async () => {
    await slapd?.[Symbol.asyncDispose]();
  });

  const entries = [table('entries', ['dn'])];
  const reader = () => ({ Login: slapd.readerDn, Password: slapd.readerPassword });
  const read = (rest = {}, server = {}) => runExport(settingsFor(slapd, server, rest), entries);
  const place = (BaseDN: string) => ({ Tables: [{ Table: 'entries', BaseDN }] });

  it('and refers to another server for the rest is read in part, which it names', async () => {
    const { rows, ends, error } = await read();

    expect(rows.map(({ dn }) => dn)).toContain(`cn=here,ou=People,${slapd.suffix}`);
    expect(error).toMatchObject({
      kind: 'incomplete',
      message: expect.stringContaining(`ldap://127.0.0.1:1/${sales}`),
      details: { tables: ['Dir_entries'] },
    });
    expect(ends).toEqual([]);
  });

  it('is complete where referrals are accepted', async () => {
    const { ends, error } = await read({ AcceptReferrals: true });

    expect(error).toBeUndefined();
    expect(ends).toHaveLength(1);
  });

  it.each([[''], ['cn=somebody,']])(
    'fails when the base itself is elsewhere: %s',
    async (below) => {
      const { ends, error } = await read(place(`${below}${sales}`));

      expect(error).toMatchObject({
        kind: 'unsupported',
        details: { resultCode: 10, referrals: [expect.stringContaining('ldap://127.0.0.1:1/')] },
      });
      expect(ends).toEqual([]);
    },
  );

  it('proves nothing when it tells changes either, and goes on from no bookmark', async () => {
    const check = checkSettings<Parameters<typeof openLdapExporter.checkConnection>[0]>(
      { settings: openLdapSettings, displayName: 'OpenLDAP' },
      {
        Server: `127.0.0.1:${slapd.port}`,
        DistinguishedName: slapd.suffix,
        Login: slapd.rootDn,
        Password: slapd.rootPassword,
      },
    );
    if (check.status === 'invalid') throw new Error(JSON.stringify(check.findings));
    const { settings } = check;
    const tables = [tableRequest('entry', ['entryUUID', 'dn'], ['entryUUID'])];

    const reading = readDirectory(openLdapExporter, { settings, tables, mode: 'complete' });

    await expect(reading).rejects.toMatchObject({
      kind: 'incomplete',
      message: expect.stringContaining(sales),
    });
  });

  it('fails when the login may not see the base, alone or beside others', async () => {
    const staff = `ou=People,${slapd.suffix}`;
    const both = [staff, secret].map((BaseDN) => ({ Table: 'entries', BaseDN }));
    for (const rest of [place(secret), { Tables: both }]) {
      const { ends, error } = await read(rest, reader());

      expect(error).toMatchObject({
        kind: 'not-found',
        message: expect.stringContaining(secret),
        hint: expect.stringMatching(/\S/u),
      });
      expect(ends).toEqual([]);
    }
  });

  it('shows a branch that the login may not see to nobody: only guards and thresholds can tell', async () => {
    const { rows, error } = await read({ AcceptReferrals: true }, reader());
    const all = await read({ AcceptReferrals: true });

    expect(error).toBeUndefined();
    expect(rows.map(({ dn }) => dn)).not.toContain(`cn=inside,${secret}`);
    expect(all.rows.map(({ dn }) => dn)).toContain(`cn=inside,${secret}`);
  });
});

describeWithServer('389ds', 'a 389 Directory Server that hides a branch', (address) => {
  it('does not pass for an empty one', async () => {
    const at: DirectoryLogin = address();
    const base = `ou=Hidden ${process.pid},${at.suffix}`;
    const login = `cn=blind ${process.pid},${at.suffix}`;
    const aci = `(targetattr="*")(version 3.0; acl "blind"; deny (all) userdn="ldap:///${login}";)`;
    const open = `(targetattr="*")(version 3.0; acl "open"; allow (read, search) userdn="ldap:///${login}";)`;
    await modifyByTool(
      at,
      [
        whoLogsIn(login, 'Blind-4711'),
        added(base, ['objectClass', 'organizationalUnit'], ['aci', aci]),
        person(`cn=inside,${base}`),
        ldifRecord(at.suffix, [
          ['changetype', 'modify'],
          ['add', 'aci'],
          ['aci', open],
        ]),
      ].join(''),
    );
    const settings = settingsAt(at, base, { Login: login, Password: 'Blind-4711' });

    const { rows, ends, error } = await runExport(settings, [table('entries', ['dn'])]);

    expect(error).toMatchObject({ kind: 'not-found', message: expect.stringContaining(base) });
    expect([rows, ends]).toEqual([[], []]);
  });

  it('stops at its size limit without a proof', async () => {
    const at: DirectoryLogin = address();
    const base = `ou=Limited ${process.pid},${at.suffix}`;
    const login = `cn=limited ${process.pid},${at.suffix}`;
    const open = `(targetattr="*")(version 3.0; acl "limited"; allow (read, search) userdn="ldap:///${login}";)`;
    await modifyByTool(
      at,
      [
        whoLogsIn(login, 'Limited-4711', ['nsSizeLimit', '10']),
        added(base, ['objectClass', 'organizationalUnit'], ['aci', open]),
        ...Array.from({ length: 30 }, (_, index) => person(`cn=p${index},${base}`)),
      ].join(''),
    );
    const settings = settingsAt(at, base, { Login: login, Password: 'Limited-4711', Controls: [] });

    const { ends, error } = await runExport(settings, [table('entries', ['dn'])]);

    expect(error).toMatchObject({ kind: 'incomplete', details: { resultCode: 4 } });
    expect(ends).toEqual([]);
  });
});

function settingsAt(at: DirectoryLogin, BaseDN: string, server: Readonly<Record<string, unknown>>) {
  return settingsFor(at, server, { Tables: [{ Table: 'entries', BaseDN }] });
}

describeWithServer('samba', 'a domain', (address) => {
  let samba: SambaAddress;
  beforeAll(() => {
    samba = address();
  });

  describe('with a certificate', () => {
    const day = 86_400_000;
    it.each([
      ['that expired yesterday', -3, -1, 'dc1.example.test', 'ca', /has expired/],
      ['valid only from tomorrow', 1, 3, 'dc1.example.test', 'ca', /is not valid yet/],
      ['of another name', -1, 1, 'dc2.example.test', 'ca', /another name/],
      ['of an authority that nobody named', -1, 1, 'dc1.example.test', undefined, /not trusted/],
      ['of a foreign authority', -1, 1, 'dc1.example.test', 'foreignCa', /not trusted/],
    ] as const)('%s is neither read nor written to', async (_, from, to, name, ca, message) => {
      const folder = await mkdtemp(join(tmpdir(), 'lockstep-certificate-'));
      try {
        const now = Date.now();
        const period = { from: new Date(now + from * day), to: new Date(now + to * day) };
        const made = await makeCertificates(folder, { names: [`DNS:${name}`], period });
        const identity = {
          cert: await readFile(made.certificate, 'utf8'),
          key: await readFile(made.key, 'utf8'),
        };
        await using proxy = await startDirectoryProxy({ port: 636, host: samba.host, identity });
        const settings = domain.settingsFor(samba, {
          Servers: [{ Server: `127.0.0.1:${proxy.port}`, BaseDN: samba.suffix }],
          CaFile: ca === undefined ? undefined : made[ca],
        });

        const { error, ends } = await domain.runExport(settings, [domain.entriesTable]);

        expect(error).toMatchObject({
          kind: 'unauthenticated',
          message: expect.stringMatching(message),
          hint: expect.stringMatching(/\S/u),
        });
        expect(ends).toEqual([]);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
  });
});
