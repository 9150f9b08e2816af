/**
 * Entries with others below them. Renaming one changes the names of all that lie below it, and the server does not say so of
 * them: containers are remembered with a digest of their names, so that a new name is noticed.
 */

import { digestName, nameDigestBytes, packKey } from '../spi/directory/entries/export-state.ts';
import { KeyRecordList, type KeyRecords } from '../spi/directory/entries/key-records.ts';
import { allOf, equals, parseFilter } from '../spi/directory/session/filter.ts';
import { type SearchPlan, searchCompletely } from '../spi/directory/session/paging.ts';
import { decodeEntry, type RawEntry } from '../spi/directory/session/protocol.ts';
import type { LdapSession } from '../spi/directory/session/session.ts';
import { ConnectorError } from '../spi/errors.ts';
import type { ConnectorContext } from '../spi/package.ts';
import { changeNumberAttribute } from './change-numbers.ts';

/** Attributes that tell a container. */
export const containerAttributes = ['entryUUID', 'hasSubordinates'] as const;

export const isContainer = equals('hasSubordinates', 'TRUE');

/** All containers at and below a name. Memory: 24 bytes each. */
export async function listContainers(
  session: LdapSession,
  baseDn: string,
  plan: SearchPlan,
  context: ConnectorContext,
): Promise<KeyRecordList> {
  const list = new KeyRecordList(nameDigestBytes);
  const spec = {
    baseDn,
    scope: 'sub',
    filter: isContainer,
    attributes: ['entryUUID'],
  } as const;
  for await (const item of searchCompletely(session, spec, plan, context)) {
    if (item.kind !== 'entries') continue;
    for (const entry of item.entries.map(decodeEntry)) {
      const key = readKey(entry);
      if (key !== undefined) list.add(key, digestName(entry.dn));
    }
  }
  return list;
}

/** Containers known before, and what was seen of them since. */
export class KnownContainers {
  readonly #before: KeyRecords;
  readonly #seen = new Map<string, Buffer>();

  constructor(before: KeyRecords) {
    this.#before = before;
  }

  /**
   * Takes note of a container; false when it was known by this name. One that is not known may be new, or may have had nothing below
   * it when it was looked at: the server does not tell of an entry that something comes below it.
   */
  note(key: Buffer, dn: string): boolean {
    const name = digestName(dn);
    const known = this.#find(key);
    this.noteDigest(key, name);
    return known === undefined || !known.equals(name);
  }

  /** An entry without any below it may be renamed unseen: by whatever name it comes back, it counts as another. */
  forget(key: Buffer): void {
    if (this.#find(key) !== undefined) this.noteDigest(key, Buffer.alloc(nameDigestBytes));
  }

  #find(key: Buffer): Buffer | undefined {
    return this.#seen.get(key.toString('latin1')) ?? this.#before.find(key);
  }

  noteDigest(key: Buffer, name: Buffer | undefined): void {
    if (name !== undefined) this.#seen.set(key.toString('latin1'), Buffer.from(name));
  }

  /** Everything known now. Those that are gone stay, and do no harm, until everything is read again. */
  merge(): KeyRecords {
    const list = new KeyRecordList(nameDigestBytes);
    for (const key of this.#before.keys()) list.add(key, this.#before.find(key));
    for (const [key, name] of this.#seen) list.add(Buffer.from(key, 'latin1'), name);
    return list.sort();
  }
}

/** The key of an entry that was asked for it; `undefined` where the server does not show it. */
export function readKey(entry: RawEntry): Buffer | undefined {
  const value = readValue(entry, 'entryUUID');
  return value === undefined ? undefined : packKey(value);
}

export function readValue(entry: RawEntry, attribute: string): string | undefined {
  return entry.attributes
    .find(({ type }) => type.toLowerCase() === attribute.toLowerCase())
    ?.values[0]?.toString('latin1');
}

/** Matches containers that the filter of the export leaves out. */
export function otherContainers(filter: string): ReturnType<typeof allOf> {
  return allOf([isContainer, parseFilter(`(!${parenthesise(filter)})`)]);
}

function parenthesise(filter: string): string {
  const text = filter.trim();
  return text.startsWith('(') ? text : `(${text})`;
}

/** Of the entry that everything lies below. */
export interface BaseEntry {
  /** A directory that was set up anew has another one. */
  readonly key: string;
  /** Without it nobody can tell what a refresh leaves out. */
  readonly hasChangeNumber: boolean;
}

export async function readBase(session: LdapSession, baseDn: string): Promise<BaseEntry> {
  const base = await session.readEntry(baseDn, ['entryUUID', changeNumberAttribute]);
  if (base !== null) {
    return {
      key: readKey(base)?.toString('hex') ?? '',
      hasChangeNumber: readValue(base, changeNumberAttribute) !== undefined,
    };
  }
  throw new ConnectorError('not-found', `The directory ${session.name} has no entry "${baseDn}".`, {
    hint: 'Check DistinguishedName, and that the login may read it.',
    details: { baseDn },
  });
}
