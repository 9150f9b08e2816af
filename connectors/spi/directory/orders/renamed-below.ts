/** Names below an entry that is renamed or deleted: lists of others may still hold them afterwards. */
import { OrFilter, PresenceFilter } from 'ldapts';
import type { ConnectorContext } from '../../package.ts';
import { entriesTable, scopes } from '../entries/check-connection.ts';
import { dnKey, formatPart, joinDn, parseDn } from '../session/dn.ts';
import { allOf, equals, parseFilter } from '../session/filter.ts';
import { planSearches, searchCompletely } from '../session/paging.ts';
import { decodeEntry } from '../session/protocol.ts';
import { completeRanges } from '../session/ranges.ts';
import { type DirectorySchema, isWritableList } from '../session/schema.ts';
import type { LdapSession } from '../session/session.ts';
import type { DirectorySettings } from '../settings.ts';
import type { MemberWrite } from './membership.ts';
import { readValues } from './scalar-values.ts';

export interface RenamedPlace {
  readonly session: LdapSession;
  readonly settings: DirectorySettings;
  readonly schema: DirectorySchema;
  readonly context: ConnectorContext;
}

const namesPerSearch = 100;

/**
 * Writes that bring lists of the connection's link tables from the old names below an entry to the new ones. The lists that hold
 * such names are read, a hundred names per search; memory: the names below the entry, and the lists of one search.
 */
export async function* findRenamedListings(
  before: string,
  after: string,
  place: RenamedPlace,
): AsyncGenerator<MemberWrite, void, undefined> {
  if (listTables(place).length === 0) return;
  const renames = await listRenames(before, after, place);
  yield* findListingsOf(renames, place);
}

/** The same for names that are known; one without a new name leaves the lists. */
export async function* findListingsOf(
  renames: readonly Rename[],
  place: RenamedPlace,
): AsyncGenerator<MemberWrite, void, undefined> {
  const tables = listTables(place);
  for (let start = 0; start < renames.length; start += namesPerSearch) {
    const part = renames.slice(start, start + namesPerSearch);
    const byKey = new Map(part.map((rename) => [dnKey(rename.before), rename]));
    for (const table of tables) yield* findWrites(table, byKey, place);
  }
}

export interface Rename {
  readonly before: string;
  readonly after: string | undefined;
}

function listTables({ settings, schema }: RenamedPlace): DirectorySettings['Tables'] {
  return settings.Tables.filter(
    ({ Table }) => Table.toLowerCase() !== entriesTable && isWritableList(schema, Table),
  );
}

/** All entries below the one that was renamed, by both names. */
async function listRenames(
  before: string,
  after: string,
  { session, settings, context }: RenamedPlace,
): Promise<readonly Rename[]> {
  const depth = parseDn(after).length;
  const renames: Rename[] = [];
  const spec = {
    baseDn: after,
    scope: 'sub',
    filter: new PresenceFilter({ attribute: 'objectClass' }),
    attributes: [],
  } as const;
  for await (const item of searchCompletely(
    session,
    spec,
    planSearches(settings, session),
    context,
  )) {
    if (item.kind !== 'entries') continue;
    for (const { dn } of item.entries.map(decodeEntry)) {
      const names = parseDn(dn);
      const own = names.slice(0, names.length - depth);
      if (own.length === 0) continue;
      const relative = own.map((parts) => parts.map(formatPart).join('+')).join(',');
      renames.push({ before: joinDn(relative, before), after: dn });
    }
  }
  return renames;
}

async function* findWrites(
  table: DirectorySettings['Tables'][number],
  renames: ReadonlyMap<string, Rename>,
  { session, settings, context }: RenamedPlace,
): AsyncGenerator<MemberWrite, void, undefined> {
  const attribute = table.Table;
  const names = [...renames.values()].map((rename) => equals(attribute, rename.before));
  const spec = {
    baseDn: table.BaseDN,
    scope: scopes[table.Scope],
    filter: allOf([parseFilter(table.Filter), new OrFilter({ filters: names })]),
    attributes: [attribute],
  };
  const writes: MemberWrite[] = [];
  for await (const item of searchCompletely(
    session,
    spec,
    planSearches(settings, session),
    context,
  )) {
    if (item.kind !== 'entries') continue;
    for (const wire of item.entries) {
      const entry = await completeRanges(decodeEntry(wire), () => Promise.resolve(session));
      const found = readValues(entry, attribute).flatMap(
        (value) => renames.get(keyOf(value.toString('utf8'))) ?? [],
      );
      if (found.length === 0) continue;
      writes.push({
        dn: entry.dn,
        attribute,
        added: found.flatMap(({ after }) => after ?? []),
        removed: found.map((rename) => rename.before),
      });
    }
  }
  yield* writes;
}

/** A value that is no name is in no list of names. */
function keyOf(dn: string): string {
  try {
    return dnKey(dn);
  } catch {
    return '';
  }
}
