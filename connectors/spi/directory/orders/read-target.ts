/** An entry as the store knows it: properties in their internal form, links by the value that names them. */
import type { Values } from '../../order.ts';
import type { FoundTarget } from '../../package.ts';
import { entriesTable, findTables, scopes } from '../entries/check-connection.ts';
import { readTexts } from '../entries/entry-values.ts';
import { parentOf, respellDn } from '../session/dn.ts';
import { allOf, equals, parseFilter } from '../session/filter.ts';
import type { RawEntry } from '../session/protocol.ts';
import { completeRanges } from '../session/ranges.ts';
import type { LdapSession } from '../session/session.ts';
import type { DirectorySettings } from '../settings.ts';
import { findOwnValue } from './link-writes.ts';
import { decodeValue, readValues } from './scalar-values.ts';
import type { LinkPlan, TargetPlan } from './target-plan.ts';

/** Values that identify an entry after it was added or renamed, by property. */
export function describeIdentity(entry: RawEntry, plan: TargetPlan): Values {
  const values: Record<string, string | null> = { ...readNames(entry, plan) };
  for (const key of plan.keys) {
    values[key.property] = decodeValue(key, readValues(entry, key.column.attribute));
  }
  return values;
}

export interface ReadingPlace {
  readonly session: LdapSession;
  readonly plan: TargetPlan;
  readonly settings: DirectorySettings;
}

/** Reads all properties and links of the plan; lists of others are searched for, below the base of their table. */
export async function readFoundTarget(entry: RawEntry, place: ReadingPlace): Promise<FoundTarget> {
  const { plan } = place;
  const values: Record<string, string | null> = { ...readNames(entry, plan) };
  for (const scalar of plan.scalars.values()) {
    values[scalar.property] = decodeValue(scalar, readValues(entry, scalar.column.attribute));
  }
  const links: Record<string, readonly string[]> = {};
  for (const link of plan.links.values()) {
    links[link.property] =
      link.writes === 'own'
        ? await readOwnLinks(entry, link, place)
        : await readLinkedLists(entry, link, place);
  }
  return { values, links };
}

function readNames(entry: RawEntry, plan: TargetPlan): Values {
  return {
    ...(plan.dnProperty === undefined ? {} : { [plan.dnProperty]: respellDn(entry.dn) }),
    ...(plan.parentProperty === undefined || plan.parentLinkedProperty !== undefined
      ? {}
      : { [plan.parentProperty]: respellDn(parentOf(entry.dn)) }),
  };
}

async function readOwnLinks(
  entry: RawEntry,
  link: LinkPlan,
  { session }: ReadingPlace,
): Promise<readonly string[]> {
  const read = await session.readEntry(entry.dn, [link.attribute]);
  const whole = read === null ? null : await completeRanges(read, () => Promise.resolve(session));
  return whole === null ? [] : readTexts(readValues(whole, link.attribute), nameOrText(link)).texts;
}

const plainText = { isBinary: false, isName: false } as const;

/** A list that is matched with DNs holds names. */
function nameOrText(link: LinkPlan): { readonly isBinary: false; readonly isName: boolean } {
  return { isBinary: false, isName: link.linkedDnProperty === link.linkedProperty };
}

const maxListings = 10_000;

async function readLinkedLists(
  entry: RawEntry,
  link: LinkPlan,
  { session, plan, settings }: ReadingPlace,
): Promise<readonly string[]> {
  const found: string[] = [];
  const named = findTables(settings, link.tableSuffix);
  const tables = named.length > 0 ? named : findTables(settings, entriesTable);
  const value = findOwnValue(entry, plan, link.ownValueProperty);
  const isDn = link.linkedDnProperty === link.linkedProperty;
  for (const table of tables) {
    const entries = await session.findEntries(
      {
        baseDn: table.BaseDN,
        scope: scopes[table.Scope],
        filter: allOf([parseFilter(table.Filter), equals(link.attribute, value)]),
        attributes: isDn ? [] : [link.linkedColumn],
      },
      maxListings,
    );
    for (const linked of entries) {
      if (isDn) found.push(respellDn(linked.dn));
      else
        found.push(
          ...readTexts(readValues(linked, link.linkedColumn), plainText).texts.slice(0, 1),
        );
    }
  }
  return [...new Set(found)];
}
