/** An entry as the store knows it: properties in their internal form, links by the value that names them. */
import type { ProvisioningOrder, Values } from '../../order.ts';
import type { FoundTarget } from '../../package.ts';
import { entriesTable, findTables, scopes } from '../entries/check-connection.ts';
import { readTexts } from '../entries/entry-values.ts';
import { areSameDn, dnKey, parentOf, parseDn, respellDn } from '../session/dn.ts';
import { allOf, equals, parseFilter } from '../session/filter.ts';
import type { RawEntry } from '../session/protocol.ts';
import { completeRanges } from '../session/ranges.ts';
import type { LdapSession } from '../session/session.ts';
import type { DirectorySettings } from '../settings.ts';
import { findOwnValue } from './link-writes.ts';
import { readWish } from './naming.ts';
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

/**
 * Reads all properties and links of the plan; lists of others are searched for, below the base of their table. A name that the
 * order spells otherwise (Active Directory answers `CN=` to `cn=`) comes as the order has it: whoever compares the two takes
 * texts for texts.
 */
export async function readFoundTarget(
  entry: RawEntry,
  order: ProvisioningOrder,
  place: ReadingPlace,
): Promise<FoundTarget> {
  const { plan } = place;
  const values: Record<string, string | null> = spellNames(entry, order, plan);
  for (const scalar of plan.scalars.values()) {
    values[scalar.property] = decodeValue(scalar, readValues(entry, scalar.column.attribute));
  }
  const links: Record<string, readonly string[]> = {};
  for (const link of plan.links.values()) {
    links[link.property] =
      link.writes === 'own'
        ? await readOwnLinks(entry, link, place)
        : await readLinkedLists(entry, link, place);
    if (nameOrText(link).isName)
      links[link.property] = spellLinks(links[link.property] ?? [], link, order);
  }
  return { values, links: { ...links, ...readParentLink(entry, order, plan) } };
}

/** The entry above, where it is a link: told where it is the one that the order wants. */
function readParentLink(
  entry: RawEntry,
  order: ProvisioningOrder,
  { parentProperty, parentLinkedProperty }: TargetPlan,
): FoundTarget['links'] {
  if (parentProperty === undefined || parentLinkedProperty === undefined) return {};
  const wish = readWish(order, parentProperty, parentLinkedProperty);
  return wish && areSameDn(wish, parentOf(entry.dn)) ? { [parentProperty]: [wish] } : {};
}

function spellNames(
  entry: RawEntry,
  order: ProvisioningOrder,
  plan: TargetPlan,
): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(readNames(entry, plan)).map(([property, name]) => {
      const wish = readWish(order, property);
      const isSame = wish && name !== null && areSameDn(wish, name);
      // An entry may be renamed in case only; those above it are not renamed with it.
      const isWished = isSame && (property !== plan.dnProperty || ownName(wish) === ownName(name));
      return [property, isWished ? wish : name];
    }),
  );
}

function ownName(dn: string): string {
  const parts = parseDn(dn)[0] ?? [];
  return parts
    .map(({ type, value }) => `${type.toLowerCase()}=${value}`)
    .sort()
    .join('+');
}

function spellLinks(
  names: readonly string[],
  link: LinkPlan,
  order: ProvisioningOrder,
): readonly string[] {
  const wished = new Map<string, string>();
  for (const change of order.changes) {
    if (change.kind === 'set' || change.property !== link.property) continue;
    const name = change.value?.values[link.linkedProperty];
    if (name) wished.set(keyOf(name), name);
  }
  if (wished.size === 0) return names;
  return names.map((name) => wished.get(keyOf(name)) ?? name);
}

/** A text that is no name is only itself. */
function keyOf(name: string): string {
  try {
    return dnKey(name);
  } catch {
    return name;
  }
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
