import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { activeDirectoryExporter } from '../../../connectors/active-directory/export.ts';
import { activeDirectoryFulfiller } from '../../../connectors/active-directory/fulfil.ts';
import { escapeNameValue } from '../../../connectors/spi/directory/session/dn.ts';
import { runSambaTool, type SambaAddress } from '../../servers/samba.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import {
  AppliedTables,
  addLdif,
  changeLdif,
  entriesTable,
  makeUnit,
  memberTable,
  runExport,
  settingsFor,
} from './active-directory-forest.ts';
import { order, targets } from './active-directory-orders.ts';
import { createContext } from './ldap-directory.ts';
import { set } from './ldap-orders.ts';

const tables = [entriesTable, memberTable];

describeWithServer('samba', 'a domain in trouble', (address) => {
  let samba: SambaAddress;
  let base: string;

  beforeAll(async () => {
    samba = address();
    base = await makeUnit(samba, 'Trouble');
    const people = Array.from(
      { length: 150 },
      (_, index) => `dn: CN=t${index},${base}\nobjectClass: user\nsAMAccountName: t${index}\n`,
    );
    const members = Array.from({ length: 50 }, (_, index) => `member: CN=t${index},${base}`);
    const group = `dn: CN=Troubled,${base}\nobjectClass: group\nsAMAccountName: troubled\n${members.join('\n')}\n`;
    await addLdif(samba, [...people, group].join('\n'));
  }, 120_000);

  const settings = (rest: Readonly<Record<string, unknown>> = {}) =>
    settingsFor(samba, { Servers: [{ Server: samba.host, BaseDN: base }], PageSize: 20, ...rest });

  describe('logins and certificates', () => {
    it.each([
      [
        'a wrong password',
        { Password: 'wrong' },
        'unauthenticated',
        /wrong name or wrong password/,
      ],
      [
        'an account that is not there',
        { Login: 'nobody@EXAMPLE.TEST' },
        'unauthenticated',
        /refused|no such/,
      ],
      ['an empty password', { Password: '' }, 'invalid-value', /empty Password/],
      ['a clear connection', { EnableSSL: false }, 'unauthenticated', /encrypted/],
      [
        'a certificate of another name',
        { TlsServerName: 'dc2.example.test' },
        'unauthenticated',
        /another name/,
      ],
      ['no trusted authority', { CaFile: undefined }, 'unauthenticated', /not trusted/],
      [
        'nobody there',
        { Servers: [{ Server: '127.0.0.1:1', BaseDN: 'DC=x' }] },
        'unreachable',
        /refused/,
      ],
      ['a base that is not there', { Servers: undefined }, 'not-found', /no entry/],
    ])('%s is refused and told', async (what, rest, kind, message) => {
      const Servers = [{ Server: samba.host, BaseDN: `OU=None,${base}` }];
      const wrong = what.startsWith('a base') ? { ...rest, Servers } : rest;

      const { error, ends } = await runExport(settings(wrong), tables);

      expect(error).toMatchObject({
        kind,
        message: expect.stringMatching(message),
        hint: expect.stringMatching(/\S/u),
      });
      expect(ends).toEqual([]);
      expect(JSON.stringify(error)).not.toContain(samba.adminPassword);
    });

    it('an authority that did not sign the certificate is refused', async () => {
      const { error } = await runExport(settings({ CaFile: samba.foreignCaFile }), tables);

      expect(error).toMatchObject({ kind: 'unauthenticated' });
    });

    it('StartTLS secures the plain port', async () => {
      const context = createContext();
      const secured = settings({ EnableSSL: false, StartTls: true });

      expect(await activeDirectoryExporter.checkConnection(secured, context)).toContain(
        ':389 as Administrator@EXAMPLE.TEST (encrypted)',
      );
    });

    it('Kerberos logs in with a keytab over TLS, and not without', async () => {
      const keytab = join(samba.folder, 'admin.keytab');
      const principal = `--principal=${samba.adminLogin}`;
      execFileSync('/usr/bin/samba-tool', [
        ...['domain', 'exportkeytab', keytab, principal, '-s', samba.configuration],
      ]);
      const before = process.env['KRB5_CONFIG'];
      process.env['KRB5_CONFIG'] = samba.kerberosConfiguration;
      try {
        const kerberos = { AuthType: 'Negotiate', Keytab: keytab, KerberosHost: samba.name };
        const secured = await runExport(settings(kerberos), tables);
        expect(secured.error).toBeUndefined();
        expect(secured.rows('AD_entries')).toHaveLength(152);
        const clear = await runExport(settings({ ...kerberos, EnableSSL: false }), tables);
        expect(clear.error).toMatchObject({ kind: 'unsupported' });
        const foreign = { ...kerberos, KerberosHost: 'dc9.example.test' };
        const unknown = await runExport(settings(foreign), tables);
        expect(unknown.error).toMatchObject({ kind: 'unauthenticated' });
      } finally {
        if (before === undefined) delete process.env['KRB5_CONFIG'];
        else process.env['KRB5_CONFIG'] = before;
      }
    });
  });

  describe('rights and bookmarks', () => {
    it('a login without replication rights learns of deletions and renames from a list', async () => {
      await runSambaTool(samba, 'samba-tool', ['user', 'create', 'reader', 'Reader-4711-x']);
      const reader = settings({ Login: `reader@${samba.realm}`, Password: 'Reader-4711-x' });
      const first = await runExport(reader, tables);
      expect(first.error).toBeUndefined();
      const applied = new AppliedTables();
      applied.take(first);
      await changeLdif(
        samba,
        [
          `dn: CN=t100,${base}\nchangetype: delete\n`,
          `dn: CN=t101,${base}\nchangetype: modrdn\nnewrdn: CN=t101 new\ndeleteoldrdn: 1\n`,
          `dn: CN=t1,${base}\nchangetype: delete\n`,
          `dn: CN=t102,${base}\nchangetype: modify\nreplace: title\ntitle: Read\n`,
        ].join('\n'),
      );

      for (const ChangeTracking of ['Auto', 'Usn']) {
        const tracked = settings({
          Login: `reader@${samba.realm}`,
          Password: 'Reader-4711-x',
          ChangeTracking,
        });
        const start = ChangeTracking === 'Auto' ? first : await runExport(tracked, tables);
        if (ChangeTracking === 'Usn') {
          applied.take(start);
          await changeLdif(
            samba,
            `dn: CN=t103,${base}\nchangetype: delete\n\ndn: CN=t104,${base}\nchangetype: modify\nreplace: title\ntitle: Usn\n`,
          );
        }
        const next = await runExport(tracked, tables, {
          mode: 'incremental',
          cookie: start.cookie,
        });
        expect(next.error).toBeUndefined();
        expect([next.isChanges('AD_entries'), next.isChanges('AD_member')]).toEqual([true, false]);
        applied.take(next);
        const complete = new AppliedTables();
        complete.take(await runExport(tracked, tables));
        expect(applied.entries).toEqual(complete.entries);
        expect(applied.links).toEqual(complete.links);
      }
    }, 120_000);

    it('another filter, other columns, or a foreign bookmark reads everything', async () => {
      const first = await runExport(settings(), tables);
      const cookie = first.cookie ?? new Uint8Array();
      const damaged = Buffer.from(cookie);
      damaged.writeUInt8(damaged.readUInt8(damaged.length - 9) ^ 0xff, damaged.length - 9);
      const cases = [
        { rest: { Filter: '(objectClass=user)' }, cookie },
        { rest: {}, cookie: Buffer.from('something else') },
        { rest: {}, cookie: damaged.subarray(0, damaged.length - 20) },
      ];
      for (const one of cases) {
        const next = await runExport(settings(one.rest), tables, {
          mode: 'incremental',
          cookie: one.cookie,
        });
        expect(next.error).toBeUndefined();
        expect(next.isChanges('AD_entries')).toBe(false);
        expect(next.rows('AD_entries').length).toBeGreaterThan(140);
        expect(next.cookie).toBeDefined();
      }
      const keyed = { ...entriesTable, keyColumns: ['sAMAccountName'] };
      const other = await runExport(settings(), [keyed, memberTable], {
        mode: 'incremental',
        cookie,
      });
      expect(other.isChanges('AD_entries')).toBe(false);
    });

    it('a branch that is denied looks empty, which only guards and thresholds can tell', async () => {
      const unit = `OU=Hidden,${base}`;
      await addLdif(
        samba,
        `dn: ${unit}\nobjectClass: organizationalUnit\n\ndn: CN=inside,${unit}\nobjectClass: user\nsAMAccountName: inside\n`,
      );
      await runSambaTool(samba, 'samba-tool', ['user', 'create', 'blind', 'Blind-4711-x']);
      const sid = /objectSid: (\S+)/.exec(
        await runSambaTool(samba, 'ldbsearch', ['(sAMAccountName=blind)', 'objectSid']),
      )?.[1];
      await runSambaTool(samba, 'samba-tool', [
        'dsacl',
        'set',
        `--objectdn=${unit}`,
        `--sddl=(D;CI;RPLCLO;;;${sid})`,
      ]);

      const blind = settings({ Login: `blind@${samba.realm}`, Password: 'Blind-4711-x' });
      const seen = await runExport(blind, tables);

      expect(seen.error).toBeUndefined();
      expect(seen.rows('AD_entries').map((row) => row['sAMAccountName'])).not.toContain('inside');
      expect(
        (await runExport(settings(), tables))
          .rows('AD_entries')
          .map((row) => row['sAMAccountName']),
      ).toContain('inside');
    });

    it('a move between two bases is a change of one entry', async () => {
      const units = ['One', 'Two'].map((name) => `OU=${name},${base}`);
      await addLdif(
        samba,
        units.map((dn) => `dn: ${dn}\nobjectClass: organizationalUnit\n`).join('\n'),
      );
      await addLdif(
        samba,
        `dn: CN=wanderer,${units[1]}\nobjectClass: user\nsAMAccountName: wanderer\n`,
      );
      const pair = settings({ Servers: units.map((BaseDN) => ({ Server: samba.host, BaseDN })) });
      const first = await runExport(pair, tables);
      const applied = new AppliedTables();
      applied.take(first);
      let { cookie } = first;
      for (const [from, to] of [
        [units[1], units[0]],
        [units[0], units[1]],
      ]) {
        await runSambaTool(samba, 'ldbrename', [`CN=wanderer,${from}`, `CN=wanderer,${to}`]);
        const next = await runExport(pair, tables, { mode: 'incremental', cookie });
        applied.take(next);
        cookie = next.cookie;
        const complete = new AppliedTables();
        complete.take(await runExport(pair, tables));
        expect(applied.entries).toEqual(complete.entries);
      }
    });
  });

  describe('hostile names', () => {
    it('come back as they were given, and match nobody else', async () => {
      const context = createContext();
      const unit = `OU=Hostile,${base}`;
      await addLdif(samba, `dn: ${unit}\nobjectClass: organizationalUnit\n`);
      const place = settings({
        Servers: [{ Server: samba.host, BaseDN: unit }],
        Filter: '(objectClass=contact)',
      });
      await using fulfiller = await activeDirectoryFulfiller.openFulfiller(place, targets, context);
      const specials = [
        '*',
        '(',
        ')',
        '\\',
        ',',
        '+',
        '"',
        '<',
        '>',
        ';',
        '=',
        '#',
        ' ',
        'é',
        '李',
        '/',
        "'",
        '|',
        '&',
        '!',
        ':',
      ];
      const names = fc.sample(
        fc
          .array(fc.constantFrom(...specials, 'cn', '2a', '5c'), { minLength: 1, maxLength: 8 })
          .map((parts) => parts.join('')),
        { numRuns: 200, seed: 4711 },
      );
      const given = new Map(names.map((text, index) => [`n${index} ${text}.`, text]));

      for (const [name, note] of given) {
        const dn = `CN=${escapeNameValue(name)},${unit}`;
        const description = note.trim() === '' ? 'blank' : note;
        const added = await fulfiller.fulfil(
          order('added', {
            resourceType: 'Contact',
            changes: [set('Dn', dn), set('Note', description)],
          }),
        );
        expect(added.values?.['Dn']).toBe(dn);
        await fulfiller.fulfil(
          order('modified', {
            resourceType: 'Contact',
            resource: { Dn: dn },
            changes: [set('Title', name)],
          }),
        );
      }

      const exported = await runExport(place, tables);
      const rows = exported.rows('AD_entries');
      expect(exported.error).toBeUndefined();
      expect(rows).toHaveLength(given.size);
      for (const row of rows) {
        const note = given.get(row['cn'] ?? '');
        expect(row['title']).toBe(row['cn']);
        expect(row['description']).toBe(note?.trim() === '' ? 'blank' : note);
      }
    }, 120_000);
  });
});
