import { Attribute } from 'ldapts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ldapExporter } from '../../../connectors/ldap/export.ts';
import { type Slapd, startSlapd } from '../../servers/slapd.ts';
import { startTcpProxy } from '../../servers/tcp-proxy.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import {
  addPerson,
  createContext,
  openClient,
  runExport,
  settingsFor,
  table,
} from './ldap-directory.ts';

const people = 2500;
/** Beside the people: the suffix, the reader, two units, one group. */
const others = 5;

// A server of its own: entries are counted, and its certificate has another name than its address.
describeWithServer('ldap', 'export of a directory', () => {
  let slapd: Slapd;

  beforeAll(async () => {
    slapd = await startSlapd({ certificateNames: ['DNS:directory.example.test'] });
    const client = await openClient(slapd);
    for (let start = 0; start < people; start += 100) {
      await Promise.all(
        Array.from({ length: 100 }, (_, index) => {
          const uid = `p${String(start + index).padStart(5, '0')}`;
          return addPerson(client, `uid=${uid},ou=People,${slapd.suffix}`, { uid, cn: uid });
        }),
      );
    }
    await client.add(`cn=all,ou=Groups,${slapd.suffix}`, {
      objectClass: 'groupOfNames',
      cn: 'all',
      member: Array.from(
        { length: 1700 },
        (_, index) => `uid=p${String(index).padStart(5, '0')},ou=People,${slapd.suffix}`,
      ),
    });
    await client.unbind();
  });
  afterAll(async () => {
    await slapd?.[Symbol.asyncDispose]();
  });

  it('reads every entry, page after page, with a proof', async () => {
    const { rows, ends, error } = await runExport(settingsFor(slapd), [
      table('entries', ['dn', 'parentdn', 'uid', 'entryUUID']),
    ]);

    expect(error).toBeUndefined();
    expect(rows).toHaveLength(people + others);
    expect(new Set(rows.map((row) => row['dn'])).size).toBe(people + others);
    expect(rows.every((row) => row['entryUUID'] !== null)).toBe(true);
    expect(rows.find((row) => row['uid'] === 'p00007')).toMatchObject({
      dn: `uid=p00007,ou=People,${slapd.suffix}`,
      parentdn: `ou=People,${slapd.suffix}`,
    });
    expect(ends).toEqual([
      {
        kind: 'end',
        table: 'Dir_entries',
        rows: people + others,
        evidence: '2505 entries in 3 pages, result success',
      },
    ]);
  });

  it('gives one row per value in a link table', async () => {
    const { rows, ends, error } = await runExport(settingsFor(slapd), [
      table('member', ['dn', 'member']),
    ]);

    expect(error).toBeUndefined();
    expect(rows).toHaveLength(1700);
    expect(rows[0]).toEqual({
      dn: `cn=all,ou=Groups,${slapd.suffix}`,
      member: `uid=p00000,ou=People,${slapd.suffix}`,
    });
    expect(ends).toMatchObject([{ rows: 1700 }]);
  });

  it('reads tables with one base and filter by one search', async () => {
    await using proxy = await startTcpProxy(slapd.port);
    const tables = ['entries', 'member', 'owner'].map((Table) => ({
      Table,
      BaseDN: slapd.suffix,
      Filter: '(objectClass=groupOfNames)',
    }));
    const settings = settingsFor(slapd, { Server: `127.0.0.1:${proxy.port}` }, { Tables: tables });

    const { ends, error } = await runExport(settings, [
      table('entries', ['dn', 'cn']),
      table('member', ['dn', 'member']),
      table('owner', ['dn', 'owner']),
    ]);

    expect(error).toBeUndefined();
    expect(ends.map((end) => [end.table, end.rows])).toEqual([
      ['Dir_entries', 1],
      ['Dir_member', 1700],
      ['Dir_owner', 0],
    ]);
    // Log in, root entry, schema, one page, goodbye.
    expect(proxy.requests).toBe(5);
  });

  it('fails at a size limit instead of giving the entries before it', async () => {
    const limited = { Login: slapd.readerDn, Password: slapd.readerPassword };

    for (const rest of [{}, { SizeLimit: 100 }, { PageSize: 50 }]) {
      const { ends, error } = await runExport(settingsFor(slapd, limited, rest), [
        table('entries', ['dn']),
      ]);

      expect(error, JSON.stringify(rest)).toMatchObject({ kind: 'incomplete' });
      expect(ends).toEqual([]);
    }
  });

  it.each([1, 2, 3])(
    'fails without a proof when the connection is cut at page %i',
    async (page) => {
      await using proxy = await startTcpProxy(slapd.port);
      proxy.decide((request) => ({ kind: request === 3 + page ? 'cut' : 'forward' }));
      const settings = settingsFor(slapd, { Server: `127.0.0.1:${proxy.port}` });

      const { rows, ends, error } = await runExport(settings, [table('entries', ['dn'])]);

      expect(error).toMatchObject({ kind: 'unreachable' });
      expect(ends).toEqual([]);
      expect(rows.length).toBeLessThan(people);
    },
  );

  it('fails without a proof wherever the answer is cut', async () => {
    await using proxy = await startTcpProxy(slapd.port);
    const settings = settingsFor(slapd, { Server: `127.0.0.1:${proxy.port}` });

    for (let position = 0; position < 60; position += 1) {
      const page = 4 + (position % 3);
      const afterBytes = 1 + position * 337;
      proxy.decide((request) =>
        request === page ? { kind: 'cut-answer', afterBytes } : { kind: 'forward' },
      );

      const { ends, error } = await runExport(settings, [table('entries', ['dn'])]);

      expect(error, `page ${page}, byte ${afterBytes}`).toMatchObject({ kind: 'unreachable' });
      expect(ends).toEqual([]);
    }
  });

  it('gives up a silent server within its time-out', async () => {
    await using proxy = await startTcpProxy(slapd.port);
    let stalledAt = Number.NaN;
    proxy.decide((request) => {
      if (request !== 5) return { kind: 'forward' };
      stalledAt = performance.now();
      return { kind: 'stall' };
    });
    const settings = settingsFor(slapd, { Server: `127.0.0.1:${proxy.port}` }, { TimeOut: 3 });

    const { ends, error } = await runExport(settings, [table('entries', ['dn'])]);

    expect(error).toMatchObject({ kind: 'timeout' });
    expect(ends).toEqual([]);
    expect(performance.now() - stalledAt).toBeLessThan(4_000);
  });

  it('gives up a server that never answers at all', async () => {
    await using proxy = await startTcpProxy(slapd.port);
    proxy.decide(() => ({ kind: 'stall' }));
    const settings = settingsFor(slapd, { Server: `127.0.0.1:${proxy.port}` }, { TimeOut: 1 });

    const { error } = await runExport(settings, [table('entries', ['dn'])]);

    expect(error).toMatchObject({ kind: 'timeout' });
  });

  it('does not take a slow reader for a silent server', async () => {
    const context = createContext();
    const settings = settingsFor(slapd, { Controls: [] }, { TimeOut: 1 });
    let rows = 0;
    const request = {
      connection: 'Dir',
      settings,
      mode: 'complete',
      tables: [table('entries', ['dn', 'cn', 'sn', 'entryUUID'])],
    } as const;

    for await (const batch of ldapExporter.exportTables(request, context)) {
      if (batch.kind === 'rows') rows += batch.rows.length;
      await new Promise((resolve) => setTimeout(resolve, 700));
    }

    expect(rows).toBe(people + others);
  });

  it('sends no password in clear to what is not plainly this machine', async () => {
    await using proxy = await startTcpProxy(slapd.port);
    // Reaches this machine as 127.0.0.1 does, and is no loopback address by its spelling.
    const server = { Server: `0.0.0.0:${proxy.port}` };

    const refused = ldapExporter.checkConnection(settingsFor(slapd, server), createContext());
    await expect(refused).rejects.toMatchObject({
      kind: 'unauthenticated',
      message: expect.stringContaining('not encrypted'),
    });
    expect(proxy.requests).toBe(0);

    const allowed = settingsFor(slapd, { ...server, AllowClearPassword: true });
    expect(await ldapExporter.checkConnection(allowed, createContext())).toContain('not encrypted');
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    const context = createContext(stop.signal);
    const reading = (async () => {
      const request = {
        connection: 'Dir',
        settings: settingsFor(slapd, {}, { PageSize: 10 }),
        mode: 'complete',
        tables: [table('entries', ['dn'])],
      } as const;
      for await (const _ of ldapExporter.exportTables(request, context)) {
        stop.abort(new Error('stopped'));
      }
    })();

    await expect(reading).rejects.toThrow('stopped');
  });

  it.each([
    ['wrong password', { Password: 'wrong' }, {}, 'unauthenticated', /wrong password/u],
    ['unknown login', { Login: 'cn=nobody,dc=x' }, {}, 'unauthenticated', /wrong password/u],
    ['empty password', { Password: '' }, {}, 'invalid-value', /empty Password/u],
    ['no login', { Login: undefined }, {}, 'invalid-value', /no Login/u],
    ['Negotiate', { AuthType: 'Negotiate' }, {}, 'unsupported', /Kerberos/u],
    ['refused port', { Server: '127.0.0.1:1' }, {}, 'unreachable', /refused/u],
    ['unknown host', { Server: 'nowhere.invalid:389' }, {}, 'unreachable', /name/u],
    ['a URL for a host', { Server: 'ldap://x' }, {}, 'invalid-value', /host:port/u],
    [
      'unknown base',
      {},
      { Tables: [{ Table: 'entries', BaseDN: 'ou=None,dc=example,dc=test' }] },
      'not-found',
      /ou=None/u,
    ],
    [
      'malformed filter',
      {},
      { Tables: [{ Table: 'entries', BaseDN: 'dc=example,dc=test', Filter: '(cn=x' }] },
      'invalid-value',
      /filter/u,
    ],
    [
      'no entries table',
      {},
      { Tables: [{ Table: 'member', BaseDN: '' }] },
      'invalid-value',
      /entries/u,
    ],
  ])('says what is wrong: %s', async (_, server, rest, kind, message) => {
    const settings = settingsFor(slapd, server, rest);

    const check = await ldapExporter
      .checkConnection(settings, createContext())
      .catch((error) => error);
    const { error, ends } = await runExport(settings, [table('entries', ['dn'])]);

    for (const failure of [check, error]) {
      expect(failure).toMatchObject({ kind, message: expect.stringMatching(message) });
      expect(failure.hint).toMatch(/\S/u);
    }
    expect(ends).toEqual([]);
  });

  it('goes to the next server when one cannot be reached', async () => {
    const context = createContext();
    const base = settingsFor(slapd);
    const [server] = base.Servers;
    if (server === undefined) throw new Error('no server');
    const settings = { ...base, Servers: [{ ...server, Server: '127.0.0.1:1' }, server] };

    const answer = await ldapExporter.checkConnection(settings, context);

    expect(answer).toContain(`127.0.0.1:${slapd.port}`);
    expect(context.warnings).toMatchObject([{ message: 'directory server not reachable' }]);
  });

  describe('over TLS', () => {
    const named = { TlsServerName: 'directory.example.test' };

    it.each([
      ['from the first byte', { EnableSSL: true }],
      ['after StartTLS', { StartTls: true }],
    ])('reads %s when the authority and the name are right', async (_, security) => {
      const port = 'EnableSSL' in security ? slapd.tlsPort : slapd.port;
      const server = { Server: `127.0.0.1:${port}`, CaFile: slapd.caFile, ...security, ...named };

      const answer = await ldapExporter.checkConnection(
        settingsFor(slapd, server),
        createContext(),
      );
      const { rows, error } = await runExport(settingsFor(slapd, server), [
        table('entries', ['dn']),
      ]);

      expect(answer).toContain('(encrypted)');
      expect(error).toBeUndefined();
      expect(rows).toHaveLength(people + others);
    });

    it.each([
      ['EnableSSL', 'an authority it does not know', named, /not trusted/u],
      ['EnableSSL', 'another name', {}, /another name/u],
      ['EnableSSL', 'a foreign authority', { ...named, CaFile: 'foreign' }, /not trusted/u],
      ['StartTls', 'an authority it does not know', named, /not trusted/u],
      ['StartTls', 'another name', {}, /another name/u],
      ['StartTls', 'a foreign authority', { ...named, CaFile: 'foreign' }, /not trusted/u],
    ])('refuses with %s a certificate of %s', async (security, what, extra, message) => {
      const authorities: Readonly<Record<string, string>> = {
        'another name': slapd.caFile,
        'a foreign authority': slapd.foreignCaFile,
      };
      const CaFile = authorities[what];
      const port = security === 'EnableSSL' ? slapd.tlsPort : slapd.port;
      const server = { Server: `127.0.0.1:${port}`, [security]: true, ...extra, CaFile };

      const failure = await ldapExporter
        .checkConnection(settingsFor(slapd, server), createContext())
        .catch((error) => error);

      expect(failure).toMatchObject({
        kind: 'unauthenticated',
        message: expect.stringMatching(message),
      });
    });

    it('says so when the port does not speak TLS', async () => {
      const server = { EnableSSL: true, CaFile: slapd.caFile };

      const failure = await ldapExporter
        .checkConnection(settingsFor(slapd, server, { TimeOut: 2 }), createContext())
        .catch((error) => error);

      expect(failure.kind).toMatch(/unreachable|timeout/u);
    });

    it('says so when the file of authorities is missing or holds none', async () => {
      for (const CaFile of ['/nowhere/ca.pem', import.meta.filename]) {
        const failure = await ldapExporter
          .checkConnection(settingsFor(slapd, { EnableSSL: true, CaFile }), createContext())
          .catch((error) => error);

        expect(failure).toMatchObject({
          kind: 'invalid-value',
          message: expect.stringContaining(CaFile),
        });
      }
    });
  });

  it('gives values as text, bytes in Base64, lists sorted, and says what it leaves out', async () => {
    const client = await openClient(slapd);
    const dn = `cn=Roy\\, Ana,ou=People,${slapd.suffix}`;
    const photo = Buffer.from([0xff, 0xd8, 0x00, 0x41]);
    await client.add(dn, [
      new Attribute({ type: 'objectClass', values: ['inetOrgPerson'] }),
      new Attribute({ type: 'cn', values: ['Roy, Ana'] }),
      new Attribute({ type: 'cn;lang-fr', values: ['Roy, Anne'] }),
      new Attribute({ type: 'sn', values: ['Roy'] }),
      new Attribute({ type: 'mail', values: ['b@x.test', 'A@x.test', 'c@x.test'] }),
      new Attribute({ type: 'telephoneNumber', values: ['2', '1'] }),
      new Attribute({ type: 'jpegPhoto', values: [photo, Buffer.from('ascii')] }),
    ]);
    const context = createContext();
    const tables = [{ Table: 'entries', BaseDN: dn, Scope: 'Base' }];

    const { rows } = await runExport(
      settingsFor(slapd, {}, { Tables: tables }),
      [
        table(
          'entries',
          [
            'dn',
            'parentdn',
            'cn',
            'mail',
            'telephoneNumber',
            'jpegPhoto',
            'title',
            'bit_uidNumber_2',
          ],
          {
            mail: 'MultivaluedText',
            jpegPhoto: 'multivaluedtext',
            bit_uidNumber_2: 'bit:uidNumber:2',
          },
        ),
      ],
      context,
    );
    await client.del(dn);
    await client.unbind();

    expect(rows).toEqual([
      {
        dn,
        parentdn: `ou=People,${slapd.suffix}`,
        cn: 'Roy, Ana',
        mail: 'A@x.test\nb@x.test\nc@x.test',
        telephoneNumber: '1',
        jpegPhoto: ['/9gAQQ==', 'YXNjaWk='].join('\n'),
        title: null,
        bit_uidNumber_2: null,
      },
    ]);
    expect(context.warnings.map(({ fields }) => fields)).toMatchObject([
      { column: 'cn' },
      { column: 'telephoneNumber' },
    ]);
  });

  it('spells one name alike wherever it stands', async () => {
    const client = await openClient(slapd);
    const dn = `cn=Roy\\, Ana,ou=People,${slapd.suffix}`;
    const group = `cn=a\\+b,ou=Groups,${slapd.suffix}`;
    await addPerson(client, dn, { cn: 'Roy, Ana' });
    const member = `CN = Roy\\2C Ana , ou=People, ${slapd.suffix}`;
    await client.add(group, { objectClass: 'groupOfNames', cn: 'a+b', member });
    const tables = ['entries', 'member'].map((Table) => ({
      Table,
      BaseDN: slapd.suffix,
      Filter: '(|(cn=Roy, Ana)(cn=a+b))',
    }));

    const { rows } = await runExport(settingsFor(slapd, {}, { Tables: tables }), [
      table('entries', ['dn']),
      table('member', ['dn', 'member']),
    ]);
    await client.del(group);
    await client.del(dn);
    await client.unbind();

    expect(rows).toEqual([{ dn }, { dn: group }, { dn: group, member: dn }]);
  });

  it('refuses a column that is no attribute, with the nearest name', async () => {
    const { error, ends } = await runExport(settingsFor(slapd), [table('entries', ['dn', 'titl'])]);

    expect(error).toMatchObject({
      kind: 'invalid-value',
      message: expect.stringContaining('titl'),
      hint: expect.stringContaining('title'),
    });
    expect(ends).toEqual([]);
  });

  it('understands filters with escaped letters beyond ASCII', async () => {
    const client = await openClient(slapd);
    const dn = `cn=Zoë (Ext*),ou=People,${slapd.suffix}`;
    await addPerson(client, dn, { cn: 'Zoë (Ext*)' });
    const tables = [
      { Table: 'entries', BaseDN: slapd.suffix, Filter: '(cn=Zo\\c3\\ab \\28Ext\\2a\\29)' },
    ];

    const { rows } = await runExport(settingsFor(slapd, {}, { Tables: tables }), [
      table('entries', ['cn']),
    ]);
    await client.del(dn);
    await client.unbind();

    expect(rows).toEqual([{ cn: 'Zoë (Ext*)' }]);
  });

  it('describes its tables from the entries and the schema', async () => {
    const tables = await ldapExporter.describeTables?.(settingsFor(slapd), createContext());

    expect(tables?.map(({ name }) => name)).toEqual(['entries', 'member']);
    expect(tables?.[0]?.columns).toEqual(
      expect.arrayContaining([
        { name: 'dn', type: 'dn' },
        { name: 'entryUUID', type: 'uuid', isKey: true },
        { name: 'uid', type: 'text' },
        { name: 'createTimestamp', type: 'datetime' },
      ]),
    );
  });
});
