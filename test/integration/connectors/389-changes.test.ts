import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { ldapExporter } from '../../../connectors/ldap/export.ts';
import type { LdapSettings } from '../../../connectors/ldap/settings.ts';
import { openSession } from '../../../connectors/spi/directory/session/open-session.ts';
import type { DirectoryLogin } from '../../servers/directory-address.ts';
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
import { expectNobodyMissing } from './directory-writers.ts';
import { createContext, readSettings } from './ldap-directory.ts';
import { movePosition } from './state-position.ts';

const changesPerRound = Number(process.env['LOCKSTEP_DIRECTORY_CHANGES'] ?? 1_000) / 5;

const cases = [
  { server: '389ds', title: '389 Directory Server', key: 'nsUniqueId' },
  { server: 'ldap', title: 'OpenLDAP read as any directory', key: 'entryUUID' },
  { server: 'apacheds', title: 'Apache Directory', key: 'entryUUID' },
] as const;

for (const { server, title, key } of cases) {
  describeWithServer(server, `changes found by time: ${title}`, (address) => {
    const tables = [
      tableRequest('entries', [key, 'dn', 'parentdn', 'cn', 'sn', 'description'], [key]),
      tableRequest('member', ['dn', 'member']),
    ];

    function settingsOf(at: DirectoryLogin, base: string): LdapSettings {
      return readSettings({
        Servers: [
          {
            Server: `127.0.0.1:${at.port}`,
            AuthType: 'Basic',
            Login: at.rootDn,
            Password: at.rootPassword,
          },
        ],
        Tables: [
          { Table: 'entries', BaseDN: base },
          { Table: 'member', BaseDN: base, Filter: '(member=*)' },
        ],
        ChangesBy: 'Time',
      });
    }

    const read = (settings: LdapSettings, cookie?: Uint8Array): Promise<Reading> =>
      readDirectory(ldapExporter, {
        settings,
        tables,
        mode: cookie === undefined ? 'complete' : 'incremental',
        ...(cookie === undefined ? {} : { cookie }),
      });

    async function addBase(at: DirectoryLogin): Promise<string> {
      const base = `ou=${randomUUID()},${at.suffix}`;
      const unit = [
        ['changetype', 'add'],
        ['objectClass', 'organizationalUnit'],
      ] as const;
      await modifyByTool(at, ldifRecord(base, unit));
      return base;
    }

    it('come to what a complete reading finds, however the tree changes', {
      timeout: 120_000,
    }, async () => {
      const at = address();
      const base = await addBase(at);
      const settings = settingsOf(at, base);
      const tree = new RandomTree(815, base, {
        keepsSpaces: server !== '389ds',
        renamesUnits: server !== 'apacheds',
      });
      await modifyByTool(at, tree.begin(150));
      const first = await read(settings);
      let entries = byKey(first.tables.get('Dir_entries'), key);
      let { cookie } = first;
      expect(entries.size).toBeGreaterThanOrEqual(150);

      for (let round = 0; round < 5; round += 1) {
        await modifyByTool(at, tree.change(changesPerRound));

        const changes = await read(settings, cookie);
        const complete = await read(settings);

        const table = changes.tables.get('Dir_entries');
        expect(changes.warnings).toEqual([]);
        expect(table).toMatchObject({ isComplete: true, hasCommands: true });
        entries = applyChanges(entries, table, key);
        expect(textsOf(entries.values())).toEqual(
          textsOf(complete.tables.get('Dir_entries')?.rows ?? []),
        );
        expect(textsOf(changes.tables.get('Dir_member')?.rows ?? [])).toEqual(
          textsOf(complete.tables.get('Dir_member')?.rows ?? []),
        );
        cookie = changes.cookie;
      }
    });

    it('leave nobody out whom others change meanwhile', { timeout: 120_000 }, async () => {
      const at = address();
      const base = await addBase(at);
      const settings = settingsOf(at, base);
      await using writer = await openSession(settings, createContext());
      await expectNobodyMissing({
        read: (cookie) => read(settings, cookie),
        table: 'Dir_entries',
        key,
        base,
        login: at,
        writer,
      });
    });

    it('are told in full after a while: those of the last ten minutes once more, and nothing else', async () => {
      const at = address();
      const base = await addBase(at);
      const settings = settingsOf(at, base);
      const tree = new RandomTree(816, base, { renamesUnits: server !== 'apacheds' });
      // Apache Directory dates entries when they are first changed.
      const fewest = server === 'apacheds' ? 5 : 20;
      await modifyByTool(at, tree.begin(20) + tree.change(60));
      const { cookie } = await read(settings);
      if (cookie === undefined) throw new Error('no bookmark');

      const soon = await read(settings, cookie);
      const later = await read(settings, postpone(cookie, 2 * 3_600_000));

      expect(soon.tables.get('Dir_entries')?.hasCommands).toBe(true);
      expect(soon.tables.get('Dir_entries')?.rows.length).toBeGreaterThan(fewest);
      expect(later.tables.get('Dir_entries')).toMatchObject({ rows: [], isComplete: true });
    });

    it('are told by reading everything when the bookmark does not lead on', async () => {
      const at = address();
      const base = await addBase(at);
      const settings = settingsOf(at, base);
      await modifyByTool(at, new RandomTree(817, base).begin(5));
      const { cookie } = await read(settings);
      const other = settingsOf(at, await addBase(at));

      const reading = await read(other, cookie);
      const damaged = await read(settings, Buffer.from('nonsense'));

      expect(reading.warnings).toMatchObject([{ message: expect.stringContaining('everything') }]);
      expect(reading.tables.get('Dir_entries')).toMatchObject({ hasCommands: false });
      expect(damaged.tables.get('Dir_entries')).toMatchObject({ hasCommands: false });
      expect(damaged.cookie).toBeDefined();
    });
  });
}

/** The bookmark of an export that was made later: what it knows is the same. */
function postpone(bookmark: Uint8Array, byMs: number): Uint8Array {
  const at = new Date(Date.now() + byMs).toISOString().replaceAll(/\D/g, '').slice(0, 14);
  return movePosition(bookmark, () => `${at}Z`);
}
