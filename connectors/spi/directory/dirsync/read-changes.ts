/**
 * What changed in a naming context since a bookmark: the DirSync control, or update sequence numbers where a login may not
 * use it. https://learn.microsoft.com/openspecs/windows_protocols/ms-adts/2213a7f2-0a36-483c-b2a4-8574d53aa1e3
 */
import { BerReader, BerWriter, GreaterThanEqualsFilter, NotFilter, PresenceFilter } from 'ldapts';
import { ConnectorError } from '../../errors.ts';
import type { ConnectorContext } from '../../package.ts';
import { findControl, ValueControl } from '../session/controls.ts';
import { resultCodeOf, resultCodes } from '../session/failure.ts';
import { allOf } from '../session/filter.ts';
import { planSearches, searchCompletely } from '../session/paging.ts';
import { decodeEntry, type LdapResult, type RawEntry } from '../session/protocol.ts';
import { readRange } from '../session/ranges.ts';
import type { LdapSession } from '../session/session.ts';
import type { DirectorySettings } from '../settings.ts';
import type { Position } from './bookmark.ts';
import {
  extendedNames,
  isNameOfDeleted,
  type NamedObject,
  readExtendedName,
} from './extended-names.ts';
import { readStanding, refuseOutdated } from './standing.ts';

/** Values of one link attribute that came and went. */
export interface LinkChange {
  readonly added: NamedObject[];
  readonly removed: NamedObject[];
}

export interface ObjectChange {
  readonly guid: string;
  dn: string;
  isDeleted: boolean;
  /** It was deleted before, and its links may be there again. */
  isRestored: boolean;
  isNew: boolean;
  /** It has another name or place, and so has everything below it. */
  isMoved: boolean;
  /** By lower-case attribute. */
  readonly links: Map<string, LinkChange>;
  /** Lower-case attributes of which all values came, not only those that changed. */
  readonly whole: Set<string>;
}

export interface Changes {
  readonly objects: ReadonlyMap<string, ObjectChange>;
  readonly position: Position;
}

type DirSyncPosition = Position & { readonly kind: 'dirsync' };

export interface ChangeRequest {
  readonly namingContext: string;
  /** Attributes whose changes matter. */
  readonly attributes: readonly string[];
}

const dirSyncOid = '1.2.840.113556.1.4.841';
const objectSecurity = 0x1;
const incrementalValues = 0x8000_0000;
/** Bytes of one answer that are asked for; servers have limits of their own. */
const maxAnswerBytes = 1_048_576;
/** An answer that only ever says that more will come is broken. */
const maxEmptyAnswers = 10_000;
/** Told with every object, or what tells renames and deletions. */
const standing = ['name', 'parentGUID', 'isDeleted', 'objectClass'];

/** How a directory can say what changed; the next one is tried when a login may not use the one before. */
export type Tracking = 'Auto' | 'DirSync' | 'Usn' | 'None';

/**
 * Where the directory stands now; `undefined` when it cannot say. Asked before everything is read: what changes meanwhile is
 * told again by the next export.
 */
export async function findPosition(
  session: LdapSession,
  namingContext: string,
  tracking: Tracking,
  context: ConnectorContext,
): Promise<Position | undefined> {
  if (tracking === 'None') return undefined;
  const now = await readStanding(session, context);
  if (tracking !== 'Usn') {
    for (const isFiltered of [false, true]) {
      try {
        const position = await skipToEnd(session, namingContext, isFiltered, context);
        return now === undefined ? position : { ...position, standing: now };
      } catch (error) {
        if (!isRefusal(error)) throw error;
        if (isFiltered && tracking === 'DirSync') throw error;
      }
    }
  }
  return now === undefined ? undefined : { kind: 'usn', ...now };
}

/** No right, no such control, or not here; anything else is a failure. */
function isRefusal(error: unknown): boolean {
  const refusals: readonly (number | undefined)[] = [1, 2, 12, 50, 53];
  return refusals.includes(resultCodeOf(error));
}

/** A filter that nothing matches: the bookmark moves to the end, and no entry is sent. */
async function skipToEnd(
  session: LdapSession,
  namingContext: string,
  isFiltered: boolean,
  context: ConnectorContext,
): Promise<DirSyncPosition> {
  const nothing = new NotFilter({ filter: new PresenceFilter({ attribute: 'objectClass' }) });
  const start = { kind: 'dirsync', isFiltered, cookie: '' } as const;
  const request = { namingContext, attributes: ['name'] };
  return readWithDirSync(session, request, start, nothing, () => undefined, context);
}

/** Everything that changed since the position. Throws as the directory does when it does not know the position any more. */
export async function readChanges(
  session: LdapSession,
  request: ChangeRequest,
  since: Position,
  settings: DirectorySettings,
  context: ConnectorContext,
): Promise<Changes> {
  const objects = new Map<string, ObjectChange>();
  if (since.kind === 'usn') {
    const position = await readSinceUsn(session, since, settings, objects, context);
    return { objects, position };
  }
  const anything = new PresenceFilter({ attribute: 'objectClass' });
  const collect = (entry: RawEntry): void => collectChange(entry, objects);
  const wanted = { ...request, attributes: [...new Set([...standing, ...request.attributes])] };
  const now = await readStanding(session, context);
  if (since.standing !== undefined) await refuseOutdated(session, since.standing, now);
  const position = await readWithDirSync(session, wanted, since, anything, collect, context);
  return { objects, position: now === undefined ? position : { ...position, standing: now } };
}

async function readWithDirSync(
  session: LdapSession,
  { namingContext, attributes }: ChangeRequest,
  since: DirSyncPosition,
  filter: PresenceFilter | NotFilter,
  collect: (entry: RawEntry) => void,
  context: ConnectorContext,
): Promise<DirSyncPosition> {
  const flags = incrementalValues + (since.isFiltered ? objectSecurity : 0);
  let cookie: Buffer = Buffer.from(since.cookie, 'base64');
  let emptyAnswers = 0;
  for (;;) {
    context.signal.throwIfAborted();
    let result: LdapResult | undefined;
    let found = 0;
    const controls = [askForChanges(flags, cookie), extendedNames];
    const spec = { baseDn: namingContext, scope: 'sub', filter, attributes, controls } as const;
    for await (const item of session.search(spec)) {
      if (item.kind === 'entries') {
        found += item.entries.length;
        for (const entry of item.entries) collect(decodeEntry(entry));
      } else if (item.kind === 'result') result = item.result;
    }
    const next = readAnswer(session, namingContext, result);
    emptyAnswers = found === 0 && next.cookie.equals(cookie) ? emptyAnswers + 1 : 0;
    cookie = next.cookie;
    if (!next.hasMore) return { ...since, cookie: cookie.toString('base64') };
    if (emptyAnswers > maxEmptyAnswers) throw noBookmark(session, namingContext);
  }
}

function askForChanges(flags: number, cookie: Buffer): ValueControl {
  const writer = new BerWriter();
  writer.startSequence();
  // A signed number: its highest bit is the flag of incremental values.
  writer.writeInt(flags | 0);
  writer.writeInt(maxAnswerBytes);
  writer.writeBuffer(cookie, 0x04);
  writer.endSequence();
  return new ValueControl(dirSyncOid, { isCritical: true, value: writer.buffer });
}

function readAnswer(
  session: LdapSession,
  namingContext: string,
  result: LdapResult | undefined,
): { readonly hasMore: boolean; readonly cookie: Buffer } {
  if (result === undefined) throw new Error('A search ended without a result.');
  if (result.code !== resultCodes.success) {
    throw session.failure(result, `reading changes below "${namingContext}"`);
  }
  const value = findControl(result.controls ?? [], dirSyncOid);
  if (value === undefined) throw noBookmark(session, namingContext);
  const reader = new BerReader(value);
  reader.readSequence();
  const hasMore = reader.readInt();
  reader.readInt();
  const cookie = reader.readString(0x04, true);
  if (hasMore === null || cookie === null) throw noBookmark(session, namingContext);
  return { hasMore: hasMore !== 0, cookie };
}

function noBookmark(session: LdapSession, namingContext: string): ConnectorError {
  return new ConnectorError(
    'incomplete',
    `The directory ${session.name} does not say where the changes below "${namingContext}" end.`,
    { hint: 'Check the domain controller; ChangeTracking None reads everything every time.' },
  );
}

function collectChange(entry: RawEntry, objects: Map<string, ObjectChange>): void {
  const { guid, dn } = readExtendedName(entry.dn);
  if (guid === undefined) return;
  const change = objects.get(guid) ?? {
    guid,
    dn,
    isDeleted: false,
    isRestored: false,
    isNew: false,
    isMoved: false,
    links: new Map<string, LinkChange>(),
    whole: new Set<string>(),
  };
  objects.set(guid, change);
  change.dn = dn;
  if (isNameOfDeleted(dn)) change.isDeleted = true;
  for (const { type, values } of entry.attributes) {
    const name = type.toLowerCase();
    if (name === 'name' || name === 'parentguid') change.isMoved = true;
    else if (name === 'objectclass') change.isNew = true;
    else if (name === 'isdeleted') {
      change.isDeleted = values[0]?.toString('latin1').toUpperCase() === 'TRUE';
      change.isRestored = !change.isDeleted;
    } else collectLinks(type, values, change);
  }
}

/** `member;range=1-1` holds what was added, `member;range=0-0` what was taken away. */
function collectLinks(type: string, values: readonly Buffer[], change: ObjectChange): void {
  const range = readRange(type);
  if (range === undefined) {
    change.whole.add(type.toLowerCase());
    return;
  }
  const attribute = range.attribute.toLowerCase();
  const links = change.links.get(attribute) ?? { added: [], removed: [] };
  change.links.set(attribute, links);
  const list = range.next === 1 ? links.removed : links.added;
  for (const value of values) list.push(readExtendedName(value.toString('utf8')));
}

/** Numbers count for one database of one domain controller; another one, or a restored one, starts anew. */
async function readSinceUsn(
  session: LdapSession,
  since: Position & { readonly kind: 'usn' },
  settings: DirectorySettings,
  objects: Map<string, ObjectChange>,
  context: ConnectorContext,
): Promise<Position> {
  const now = await readStanding(session, context);
  if (now === undefined || now.invocationId !== since.invocationId) {
    throw new ConnectorError(
      'conflict',
      `${session.name} is another domain controller than the one read last, or was restored.`,
      { hint: 'Its numbers of changes say nothing about those seen before.' },
    );
  }
  await refuseOutdated(session, since, now);
  const value = String(BigInt(since.usn) + 1n);
  const plan = planSearches(settings, session);
  const base = settings.Tables[0]?.BaseDN ?? '';
  const spec = {
    baseDn: base,
    scope: 'sub',
    filter: allOf([new GreaterThanEqualsFilter({ attribute: 'uSNChanged', value })]),
    attributes: [],
  } as const;
  const withNames = { ...plan, controls: [...plan.controls, extendedNames] };
  for await (const item of searchCompletely(session, spec, withNames, context)) {
    if (item.kind !== 'entries') continue;
    for (const entry of item.entries) collectChange(decodeEntry(entry), objects);
  }
  return { kind: 'usn', ...now };
}
