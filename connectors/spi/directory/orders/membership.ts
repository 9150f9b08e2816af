/** Writes to attributes that list other entries: members added and removed, lists that may not be empty, stale names. */
import type { Change } from 'ldapts';
import { ConnectorError } from '../../errors.ts';
import type { ConnectorContext } from '../../package.ts';
import { entriesTable, scopes } from '../entries/check-connection.ts';
import { ValueControl } from '../session/controls.ts';
import { areSameDn } from '../session/dn.ts';
import { resultCodeOf, resultCodes } from '../session/failure.ts';
import { allOf, equals, parseFilter } from '../session/filter.ts';
import { planSearches, searchCompletely } from '../session/paging.ts';
import { decodeEntry } from '../session/protocol.ts';
import { type DirectorySchema, isWritableList } from '../session/schema.ts';
import type { LdapSession } from '../session/session.ts';
import type { DirectorySettings } from '../settings.ts';
import { change } from './attribute-changes.ts';

/** Values to add to and remove from one attribute of one entry. */
export interface MemberWrite {
  readonly dn: string;
  readonly attribute: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Stands in a list that may not be empty while nobody else does. */
  readonly placeholder?: string;
}

const maxValuesPerRequest = 500;

/**
 * Brings the list to where the write wants it. A value that is there already, or gone already, is no failure; neither is an
 * entry that is gone when only removals were asked for. Must not run twice at once for one entry.
 */
export async function writeMembers(session: LdapSession, write: MemberWrite): Promise<void> {
  for (const part of splitWrite(write)) await writePart(session, part);
}

async function writePart(session: LdapSession, write: MemberWrite): Promise<void> {
  try {
    await session.modify(write.dn, await planChanges(session, write), tolerance(session));
  } catch (error) {
    switch (resultCodeOf(error)) {
      case resultCodes.noSuchObject:
        if (write.added.length === 0) return;
        throw missingGroup(write, error);
      case resultCodes.noSuchAttribute:
      case resultCodes.attributeOrValueExists:
      // What Active Directory answers to the same.
      case resultCodes.entryAlreadyExists:
      case resultCodes.unwillingToPerform:
        await writeRest(session, write, error);
        return;
      case resultCodes.objectClassViolation:
        await writeWithPlaceholder(session, write, error);
        return;
      default:
        throw error;
    }
  }
}

const permissiveModify = '1.2.840.113556.1.4.1413';

/** Lets the server pass over values that are there, or gone, already; where it can. */
function tolerance(session: LdapSession): readonly ValueControl[] {
  return session.rootDse.controls.has(permissiveModify)
    ? [new ValueControl(permissiveModify, { isCritical: false })]
    : [];
}

/** Adding the first real member takes the placeholder out in the same request. */
async function planChanges(session: LdapSession, write: MemberWrite): Promise<readonly Change[]> {
  const { placeholder } = write;
  const hasPlaceholder =
    placeholder !== undefined &&
    write.added.length > 0 &&
    (await holdsValue(session, write, placeholder));
  const removed =
    hasPlaceholder && !write.removed.includes(placeholder)
      ? [...write.removed, placeholder]
      : write.removed;
  return toChanges({ ...write, removed });
}

/** The last member leaves: the placeholder comes in the same request, because the list may not be empty in between. */
async function writeWithPlaceholder(
  session: LdapSession,
  write: MemberWrite,
  cause: unknown,
): Promise<void> {
  const { placeholder } = write;
  if (placeholder === undefined || write.removed.length === 0 || write.added.length > 0) {
    throw cause;
  }
  await session.modify(write.dn, toChanges({ ...write, added: [placeholder] }));
}

/** Some values were there, or gone, already: what is left is written; nothing left is success. */
async function writeRest(session: LdapSession, write: MemberWrite, cause: unknown): Promise<void> {
  const added: string[] = [];
  for (const value of write.added) {
    if (!(await holdsValue(session, write, value))) added.push(value);
  }
  const removed: string[] = [];
  for (const value of write.removed) {
    if (await holdsValue(session, write, value)) removed.push(value);
  }
  if (added.length === 0 && removed.length === 0) return;
  const isSmaller = added.length < write.added.length || removed.length < write.removed.length;
  if (!isSmaller) throw cause;
  await writePart(session, { ...write, added, removed });
}

async function holdsValue(
  session: LdapSession,
  write: MemberWrite,
  value: string,
): Promise<boolean> {
  return (await session.readEntry(write.dn, [], equals(write.attribute, value))) !== null;
}

function toChanges(write: MemberWrite): readonly Change[] {
  const encode = (values: readonly string[]) => values.map((value) => Buffer.from(value, 'utf8'));
  return [
    ...(write.removed.length === 0
      ? []
      : [change('delete', write.attribute, encode(write.removed))]),
    ...(write.added.length === 0 ? [] : [change('add', write.attribute, encode(write.added))]),
  ];
}

function splitWrite(write: MemberWrite): readonly MemberWrite[] {
  const parts: MemberWrite[] = [];
  const size = maxValuesPerRequest;
  // Members come before they go, so that a list is not empty in between.
  for (let index = 0; index < write.added.length; index += size) {
    parts.push({ ...write, added: write.added.slice(index, index + size), removed: [] });
  }
  const last = parts.at(-1);
  if (last !== undefined && write.removed.length <= size) {
    parts[parts.length - 1] = { ...last, removed: write.removed };
    return parts;
  }
  for (let index = 0; index < write.removed.length; index += size) {
    parts.push({ ...write, added: [], removed: write.removed.slice(index, index + size) });
  }
  return parts;
}

function missingGroup(write: MemberWrite, cause: unknown): ConnectorError {
  return new ConnectorError(
    'not-found',
    `"${write.dn}" is not in the directory, so nothing could be added to its ${write.attribute}.`,
    {
      hint: 'Export the directory again; the entry was deleted or renamed.',
      cause,
      details: { dn: write.dn, attribute: write.attribute },
    },
  );
}

/**
 * Entries of the connection's link tables that list `dn`, with the attribute that does. Directories without referential
 * integrity keep such values after the entry has gone or moved.
 */
export async function findListings(
  session: LdapSession,
  dn: string,
  settings: DirectorySettings,
  schema: DirectorySchema,
  context: ConnectorContext,
): Promise<readonly { readonly dn: string; readonly attribute: string }[]> {
  const listings = new Map<string, { readonly dn: string; readonly attribute: string }>();
  const plan = planSearches(settings, session);
  for (const table of settings.Tables) {
    const attribute = table.Table;
    if (attribute.toLowerCase() === entriesTable) continue;
    if (!isWritableList(schema, attribute)) continue;
    const spec = {
      baseDn: table.BaseDN,
      scope: scopes[table.Scope],
      filter: allOf([parseFilter(table.Filter), equals(attribute, dn)]),
      attributes: [],
    };
    for await (const item of searchCompletely(session, spec, plan, context)) {
      if (item.kind !== 'entries') continue;
      for (const entry of item.entries.map(decodeEntry)) {
        if (areSameDn(entry.dn, dn)) continue;
        listings.set(`${attribute}:${entry.dn}`, { dn: entry.dn, attribute });
      }
    }
  }
  return [...listings.values()];
}
