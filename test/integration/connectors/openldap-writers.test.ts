/** Exports of OpenLDAP while others write, and after writes that ended side by side. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type OpenLdapSettings,
  toDirectorySettings,
} from '../../../connectors/openldap/settings.ts';
import { openSession } from '../../../connectors/spi/directory/session/open-session.ts';
import type { LdapSession } from '../../../connectors/spi/directory/session/session.ts';
import type { Row } from '../../../connectors/spi/row.ts';
import { type Slapd, startSlapd } from '../../servers/slapd.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import { applyChanges, byKey, type Reading, textsOf } from './directory-changes.ts';
import { describeEntry, expectNobodyMissing } from './directory-writers.ts';
import { createContext } from './ldap-directory.ts';
import { readOpenLdap, settingsOf } from './openldap-reading.ts';

const entriesOf = (reading: Reading) => byKey(reading.tables.get('Dir_entry'), 'entryUUID');

const bytes = (text: string) => [Buffer.from(text)];

describe.each([
  ['remembers deletions', 'log'],
  ['names what is still there', 'presence'],
] as const)('an OpenLDAP that %s', (_, changes) => {
  describeWithServer('ldap', 'and others who write', () => {
    let slapd: Slapd;
    let settings: OpenLdapSettings;
    let writer: LdapSession;
    const nameOf = (unit: string) => `ou=${unit},ou=People,${slapd.suffix}`;
    const add = (unit: string) =>
      writer.add(nameOf(unit), [{ type: 'objectClass', values: bytes('organizationalUnit') }]);
    const describeUnit = (unit: string, text: string) => describeEntry(writer, nameOf(unit), text);
    const listUnits = (count: number, prefix: string) =>
      Array.from({ length: count }, (__, index) => `${prefix}${index}`);
    beforeAll(async () => {
      slapd = await startSlapd({ changes });
      settings = settingsOf(slapd);
      writer = await openSession(toDirectorySettings(settings, []), createContext());
    });
    afterAll(async () => {
      await writer?.[Symbol.asyncDispose]();
      await slapd?.[Symbol.asyncDispose]();
    });

    it('has every entry in its exports, whenever that is changed', async () => {
      await expectNobodyMissing({
        read: (cookie) => readOpenLdap(settings, cookie),
        table: 'Dir_entry',
        key: 'entryUUID',
        base: `ou=Groups,${slapd.suffix}`,
        login: slapd,
        writer,
      });
    });

    it('tells a deletion that ends beside other changes', async () => {
      const kept = listUnits(3, 'k');
      await Promise.all(kept.map(add));
      let { cookie } = await readOpenLdap(settings);
      for (let round = 0; round < 50; round += 1) {
        await add('gone');
        const added = await readOpenLdap(settings, cookie);
        const key = [...entriesOf(added).values()].find(({ dn }) => dn === nameOf('gone'));

        await Promise.all([
          writer.remove(nameOf('gone')),
          ...kept.map((unit) => describeUnit(unit, `round ${round}`)),
        ]);
        const told = await readOpenLdap(settings, added.cookie);

        expect(entriesOf(told).get(key?.['entryUUID'] ?? '')).toMatchObject({ Command: 'Delete' });
        cookie = told.cookie;
      }
    });

    it('tells additions, changes, renames and deletions that end side by side', async () => {
      let before = await readOpenLdap(settings);
      let entries: ReadonlyMap<string, Row> = entriesOf(before);
      for (let round = 0; round < 40; round += 1) {
        const old = listUnits(6, `b${round}-`);
        await Promise.all(old.map(add));
        const [renamed = '', gone = '', ...changed] = old;
        before = await readOpenLdap(settings, before.cookie);
        entries = applyChanges(entries, before.tables.get('Dir_entry'), 'entryUUID');
        const names = [...entries.values()].map(({ dn }) => dn);
        expect(names).toEqual(expect.arrayContaining(old.map(nameOf)));

        await Promise.all([
          ...changed.map((unit) => describeUnit(unit, `round ${round}`)),
          writer.rename(nameOf(renamed), `ou=${renamed} renamed`),
          writer.remove(nameOf(gone)),
          add(`c${round}`),
        ]);
        before = await readOpenLdap(settings, before.cookie);

        entries = applyChanges(entries, before.tables.get('Dir_entry'), 'entryUUID');
        expect(before.warnings).toEqual([]);
        expect(textsOf(entries.values())).toEqual(
          textsOf(entriesOf(await readOpenLdap(settings)).values()),
        );
      }
    });
  });
});
