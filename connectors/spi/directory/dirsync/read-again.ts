/** Entries looked up by their GUIDs, some hundred at once. */
import { OrFilter } from 'ldapts';
import { allOf, equals, parseFilter } from '../session/filter.ts';
import { planSearches, searchCompletely } from '../session/paging.ts';
import type { LdapSession } from '../session/session.ts';
import type { WireEntry } from '../session/wire-entry.ts';
import { extendedNames } from './extended-names.ts';
import type { BasePlace } from './read-everything.ts';

/** Long filters are slow to parse and easily refused. */
const guidsPerSearch = 100;

/** Those of the entries that are below the base of the tables and match their filter. */
export async function* readAgain(
  place: BasePlace,
  session: LdapSession,
  guids: readonly string[],
  attributes: readonly string[],
): AsyncGenerator<readonly WireEntry[], void, undefined> {
  yield* searchByGuid(place, session, guids, {
    baseDn: place.baseDn,
    filter: place.filter,
    attributes,
  });
}

/** Those of them that are anywhere in the naming context, alive, with no attribute. */
export async function* findAnywhere(
  place: BasePlace,
  session: LdapSession,
  guids: readonly string[],
  namingContext: string,
): AsyncGenerator<readonly WireEntry[], void, undefined> {
  yield* searchByGuid(place, session, guids, {
    baseDn: namingContext,
    filter: '(objectClass=*)',
    attributes: [],
  });
}

async function* searchByGuid(
  { directory, context }: BasePlace,
  session: LdapSession,
  guids: readonly string[],
  wanted: {
    readonly baseDn: string;
    readonly filter: string;
    readonly attributes: readonly string[];
  },
): AsyncGenerator<readonly WireEntry[], void, undefined> {
  const plan = planSearches(directory, session);
  const named = { ...plan, controls: [...plan.controls, extendedNames] };
  for (let start = 0; start < guids.length; start += guidsPerSearch) {
    const some = guids.slice(start, start + guidsPerSearch);
    const filters = some.map((guid) => equals('objectGUID', Buffer.from(guid, 'hex')));
    const spec = {
      baseDn: wanted.baseDn,
      scope: 'sub',
      filter: allOf([parseFilter(wanted.filter), new OrFilter({ filters })]),
      attributes: wanted.attributes,
    } as const;
    for await (const item of searchCompletely(session, spec, named, context)) {
      if (item.kind === 'entries') yield item.entries;
    }
  }
}
