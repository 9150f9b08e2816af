import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLdapExporter } from '../../../connectors/openldap/export.ts';
import type { OpenLdapSettings } from '../../../connectors/openldap/settings.ts';
import { type Slapd, startSlapd } from '../../servers/slapd.ts';
import { startTcpProxy } from '../../servers/tcp-proxy.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import {
  applyChanges,
  byKey,
  ldifRecord,
  modifyByTool,
  RandomTree,
  type Reading,
  readDirectory,
  tableRequest,
  textsOf,
} from './directory-changes.ts';
import { readOpenLdap as read, settingsOf, openLdapTables as tables } from './openldap-reading.ts';
import { movePosition } from './state-position.ts';

/** Ten times as many changes are a matter of a minute. */
const changesPerRound = Number(process.env['LOCKSTEP_DIRECTORY_CHANGES'] ?? 1_000) / 5;
describe.each([
  ['a server that remembers deletions', { changes: 'log' }, {}],
  ['a server that names what is still there', { changes: 'presence' }, {}],
  ['a server that keeps references in order', { changes: 'log', keepsReferences: true }, {}],
  [
    'people only, below containers that are not exported',
    { changes: 'presence' },
    { Filter: '(objectClass=inetOrgPerson)' },
  ],
  ['a server that cannot tell changes', {}, {}],
] as const)('changes of OpenLDAP: %s', (_, options, filter) => {
  describeWithServer('ldap', 'read after each other', () => {
    let slapd: Slapd;
    beforeAll(async () => {
      slapd = await startSlapd(options);
    });
    afterAll(async () => {
      await slapd?.[Symbol.asyncDispose]();
    });

    it('come to what a complete reading finds, however the tree changes', {
      timeout: 120_000,
    }, async () => {
      const settings = settingsOf(slapd, filter);
      const tree = new RandomTree(4711, `ou=People,${slapd.suffix}`);
      await modifyByTool(slapd, tree.begin(150));
      const first = await read(settings);
      let entries = byKey(first.tables.get('Dir_entry'), 'entryUUID');
      let cookie = first.cookie;
      let told = 0;
      expect(entries.size).toBeGreaterThanOrEqual(150);

      for (let round = 0; round < 5; round += 1) {
        await modifyByTool(slapd, tree.change(changesPerRound));

        const changes = await read(settings, cookie);
        const complete = await read(settings);

        const table = changes.tables.get('Dir_entry');
        expect(changes.warnings).toEqual([]);
        expect(table).toMatchObject({ isComplete: true, hasCommands: true });
        told += table?.rows.length ?? 0;
        entries = applyChanges(entries, table, 'entryUUID');
        const found = complete.tables.get('Dir_entry')?.rows ?? [];
        expect(textsOf(entries.values())).toEqual(textsOf(found));
        const links = changes.tables.get('Dir_member.csv');
        expect(links).toMatchObject({ isComplete: true, hasCommands: false });
        expect(textsOf(links?.rows ?? [])).toEqual(
          textsOf(complete.tables.get('Dir_member.csv')?.rows ?? []),
        );
        cookie = changes.cookie;
      }
      expect(told).toBeGreaterThan(changesPerRound);
    });

    /*
     * 0: unit, nobody below · 1: Ana comes · 2: renamed · 3: Ana goes, renamed while it is empty, Ben comes · 4: renamed back
     */
    it('follow a unit that had nobody below it when it was read last', async () => {
      const settings = settingsOf(slapd, filter);
      const base = `ou=Empty,${slapd.suffix}`;
      const unit = (name: string) => `ou=${name},${base}`;
      const add = (dn: string, objectClass: string) =>
        ldifRecord(dn, [
          ['changetype', 'add'],
          ['objectClass', objectClass],
          ...(objectClass === 'inetOrgPerson' ? ([['sn', 'x']] as const) : []),
        ]);
      const rename = (before: string, after: string) =>
        ldifRecord(unit(before), [
          ['changetype', 'modrdn'],
          ['newrdn', `ou=${after}`],
          ['deleteoldrdn', '1'],
        ]);
      const remove = (dn: string) => ldifRecord(dn, [['changetype', 'delete']]);
      const rounds = [
        [add(base, 'organizationalUnit'), add(unit('A'), 'organizationalUnit')],
        [add(`cn=Ana,${unit('A')}`, 'inetOrgPerson')],
        [rename('A', 'B')],
        [
          remove(`cn=Ana,${unit('B')}`),
          rename('B', 'C'),
          add(`cn=Ben,${unit('C')}`, 'inetOrgPerson'),
        ],
        [rename('C', 'B')],
      ];
      const first = await read(settings);
      let entries = byKey(first.tables.get('Dir_entry'), 'entryUUID');
      let { cookie } = first;

      for (const round of rounds) {
        await modifyByTool(slapd, round.join(''));

        const changes = await read(settings, cookie);

        entries = applyChanges(entries, changes.tables.get('Dir_entry'), 'entryUUID');
        const found = (await read(settings)).tables.get('Dir_entry')?.rows ?? [];
        expect(textsOf(entries.values())).toEqual(textsOf(found));
        cookie = changes.cookie;
      }
    });
  });
});

describe('a bookmark of OpenLDAP', () => {
  describeWithServer('ldap', 'that does not lead on', () => {
    let slapd: Slapd;
    let settings: OpenLdapSettings;
    let bookmark: Uint8Array;
    beforeAll(async () => {
      slapd = await startSlapd({ changes: 'log' });
      settings = settingsOf(slapd);
      await modifyByTool(slapd, new RandomTree(1, `ou=People,${slapd.suffix}`).begin(20));
      bookmark = (await read(settings)).cookie ?? new Uint8Array();
      expect(bookmark.length).toBeGreaterThan(16 * 20);
    });
    afterAll(async () => {
      await slapd?.[Symbol.asyncDispose]();
    });

    const expectEverything = async (reading: Reading, reason: RegExp): Promise<void> => {
      const { tables: found } = await read(settings);
      expect(reading.warnings).toMatchObject([
        {
          message: 'changes cannot be told, everything is read',
          fields: { reason: expect.stringMatching(reason) },
        },
      ]);
      expect(reading.tables.get('Dir_entry')).toMatchObject({
        isComplete: true,
        hasCommands: false,
      });
      expect(reading.tables).toEqual(found);
      expect(reading.cookie?.length ?? 0).toBeGreaterThan(0);
    };

    it.each([
      ['is none', () => new Uint8Array(), /damaged/],
      ['is cut', (whole: Uint8Array) => whole.subarray(0, whole.length - 7), /damaged/],
      [
        'has other bytes',
        (whole: Uint8Array) => Buffer.from(whole).fill(0, whole.length - 40),
        /damaged/,
      ],
      [
        'is of something else',
        () => Buffer.from('rid=000,csn=20361121204559.000000Z#000000#000#000000'),
        /damaged/,
      ],
      [
        'is of a later time',
        (whole: Uint8Array) => movePosition(whole, (text) => text.replace(/csn=\d{4}/, 'csn=2099')),
        /newer/,
      ],
      [
        'is one that the server cannot read',
        (whole: Uint8Array) => movePosition(whole, () => 'hello'),
        /does not know/,
      ],
    ] as const)('is answered with everything when it %s', async (_, spoil, reason) => {
      const reading = await readDirectory(openLdapExporter, {
        settings,
        tables,
        mode: 'incremental',
        cookie: spoil(bookmark),
      });

      await expectEverything(reading, reason);
    });

    it('is answered with everything when there is none', async () => {
      const reading = await readDirectory(openLdapExporter, {
        settings,
        tables,
        mode: 'incremental',
      });

      await expectEverything(reading, /no bookmark/);
    });

    it('is answered with everything after other columns or another filter', async () => {
      const [entries] = tables;
      if (entries === undefined) throw new Error('no table');
      const fewer = { ...entries, columns: entries.columns.slice(0, 3) };
      const narrower = settingsOf(slapd, { Filter: '(objectClass=inetOrgPerson)' });

      for (const request of [
        { settings, tables: [fewer] },
        { settings: narrower, tables },
      ]) {
        const reading = await readDirectory(openLdapExporter, {
          ...request,
          mode: 'incremental',
          cookie: bookmark,
        });

        expect(reading.warnings).toMatchObject([
          { fields: { reason: expect.stringMatching(/other settings/) } },
        ]);
        expect(reading.tables.get('Dir_entry')).toMatchObject({
          isComplete: true,
          hasCommands: false,
        });
      }
    });

    it('is not used where a row could not say what is gone', async () => {
      const keyed = tableRequest('entry', ['entryUUID', 'dn'], ['dn']);

      const reading = await readDirectory(openLdapExporter, {
        settings,
        tables: [keyed],
        mode: 'incremental',
        cookie: bookmark,
      });

      expect(reading.tables.get('Dir_entry')).toMatchObject({
        isComplete: true,
        hasCommands: false,
      });
      expect(reading.cookie).toBeUndefined();
    });

    it('of a directory that was set up anew finds everything, and everything old gone', async () => {
      await using other = await startSlapd({ changes: 'log' });
      await modifyByTool(other, new RandomTree(2, `ou=People,${other.suffix}`).begin(5));

      const reading = await read(settingsOf(other), bookmark);

      const found = await read(settingsOf(other));
      expect(reading.warnings).toHaveLength(1);
      expect(reading.tables).toEqual(found.tables);
    });

    it('stays where it was when nothing has changed', async () => {
      const changes = await read(settings, bookmark);

      expect(changes.tables.get('Dir_entry')).toMatchObject({
        rows: [],
        isComplete: true,
        hasCommands: true,
      });
      expect(Buffer.from(changes.cookie ?? '')).toEqual(Buffer.from(bookmark));
    });

    it('is not given by a reading that is cut, refused or incomplete', async () => {
      await using proxy = await startTcpProxy(slapd.port);
      const through = settingsOf(slapd, { Server: `127.0.0.1:${proxy.port}` });
      let cuts = 0;
      for (;;) {
        proxy.decide((request) => ({ kind: request === cuts + 1 ? 'cut' : 'forward' }));
        const failure = await read(through, bookmark).then(
          () => undefined,
          (error) => error,
        );
        if (failure === undefined) break;
        expect(failure).toMatchObject({ kind: 'unreachable' });
        cuts += 1;
      }
      // Every request of an export has been cut once, but for the goodbyes.
      expect(cuts).toBeGreaterThanOrEqual(10);

      const limited = settingsOf(slapd, { Login: slapd.readerDn, Password: slapd.readerPassword });
      await expect(
        read(settingsOf(slapd, { DistinguishedName: `ou=None,${slapd.suffix}` })),
      ).rejects.toMatchObject({ kind: 'not-found' });
      await expect(read(settingsOf(slapd, { Password: 'wrong' }))).rejects.toMatchObject({
        kind: 'unauthenticated',
      });
      expect((await read(limited)).cookie).toBeDefined();
    });
  });

  describeWithServer('ldap', 'and the limits of a server', () => {
    it('is not followed by a login that could not see what an answer leaves out', async () => {
      await using slapd = await startSlapd({
        changes: 'log',
        access: ['attrs=entryCSN by * none'],
      });
      const settings = settingsOf(slapd, { Login: slapd.readerDn, Password: slapd.readerPassword });
      const { cookie } = await read(settings);

      const reading = await read(settings, cookie);

      expect(reading.warnings).toMatchObject([
        { fields: { reason: 'the login may not read entryCSN' } },
      ]);
      expect(reading.tables.get('Dir_entry')).toMatchObject({ hasCommands: false });
    });

    it('is not given where the server stops at its size limit', async () => {
      await using slapd = await startSlapd({ changes: 'presence', sizeLimit: 10 });
      await modifyByTool(slapd, new RandomTree(3, `ou=People,${slapd.suffix}`).begin(20));
      const settings = settingsOf(slapd, { Login: slapd.readerDn, Password: slapd.readerPassword });

      await expect(read(settings)).rejects.toMatchObject({
        kind: 'incomplete',
        details: { resultCode: 4 },
      });
    });

    it('leads on after the server was started again and has lost its log', async () => {
      await using slapd = await startSlapd({ changes: 'log', isDurable: true });
      const tree = new RandomTree(5, `ou=People,${slapd.suffix}`);
      await modifyByTool(slapd, tree.begin(30));
      const first = await read(settingsOf(slapd));
      await modifyByTool(slapd, tree.change(100));
      await slapd.restart();
      await modifyByTool(slapd, tree.change(100));

      const changes = await read(settingsOf(slapd), first.cookie);

      const complete = await read(settingsOf(slapd));
      const entries = applyChanges(
        byKey(first.tables.get('Dir_entry'), 'entryUUID'),
        changes.tables.get('Dir_entry'),
        'entryUUID',
      );
      expect(changes.warnings).toEqual([]);
      expect(textsOf(entries.values())).toEqual(
        textsOf(complete.tables.get('Dir_entry')?.rows ?? []),
      );
    });
  });
});
