/** A directory that others change while it is read. */
import { Attribute, Change } from 'ldapts';
import { expect } from 'vitest';
import type { LdapSession } from '../../../connectors/spi/directory/session/session.ts';
import {
  applyChanges,
  byKey,
  ldifRecord,
  modifyByTool,
  type Reading,
  type ToolLogin,
  textsOf,
} from './directory-changes.ts';

export interface WatchedDirectory {
  /** Everything, or what has changed since `cookie`. */
  readonly read: (cookie?: Uint8Array) => Promise<Reading>;
  /** The table of entries, and the column of their key. */
  readonly table: string;
  readonly key: string;
  /** Every entry below is read. */
  readonly base: string;
  readonly login: ToolLogin;
  readonly writer: LdapSession;
}

const unitCount = 2_000;

/** Whoever is there all the time is in every export, complete or of changes; once nobody writes any more both say the same. */
export async function expectNobodyMissing(directory: WatchedDirectory): Promise<void> {
  const { read, table, key, base, login, writer } = directory;
  const entriesOf = (reading: Reading) => byKey(reading.tables.get(table), key);
  const units = Array.from({ length: unitCount }, (_, index) => `ou=w${index},${base}`);
  await modifyByTool(
    login,
    units
      .map((dn) =>
        ldifRecord(dn, [
          ['changetype', 'add'],
          ['objectClass', 'organizationalUnit'],
        ]),
      )
      .join(''),
  );
  const first = await read();
  let entries = entriesOf(first);
  let { cookie } = first;
  const there = [...entries.keys()].sort();
  let isOver = false;
  let writes = 0;
  const write = async (from: number): Promise<void> => {
    for (let at = from; !isOver; at = (at + 7) % units.length) {
      writes += 1;
      await describeEntry(writer, units[at] ?? '', `write ${writes}`);
    }
  };
  const writing = Promise.all([write(0), write(500), write(1_500)]);
  try {
    for (let round = 0; round < 6; round += 1) {
      expect([...entriesOf(await read()).keys()].sort()).toEqual(there);

      const told = await read(cookie);
      entries = applyChanges(entries, told.tables.get(table), key);
      expect(told.warnings).toEqual([]);
      expect([...entries.keys()].sort()).toEqual(there);
      cookie = told.cookie;
    }
  } finally {
    isOver = true;
    await writing;
  }
  expect(writes).toBeGreaterThan(50);

  const last = await read(cookie);
  entries = applyChanges(entries, last.tables.get(table), key);
  expect(textsOf(entries.values())).toEqual(textsOf(entriesOf(await read()).values()));
}

export function describeEntry(session: LdapSession, dn: string, text: string): Promise<unknown> {
  const modification = new Attribute({ type: 'description', values: [text] });
  return session.modify(dn, [new Change({ operation: 'replace', modification })]);
}
