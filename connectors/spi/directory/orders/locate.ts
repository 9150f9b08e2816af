/** Finds the entry of an order, also when it has been renamed or moved since it was read. */
import { ConnectorError } from '../../errors.ts';
import type { ProvisioningOrder } from '../../order.ts';
import { entriesTable, findTables, scopes } from '../entries/check-connection.ts';
import { equals } from '../session/filter.ts';
import type { RawEntry } from '../session/protocol.ts';
import type { LdapSession } from '../session/session.ts';
import type { DirectorySettings } from '../settings.ts';
import { nameNewEntry, readWish } from './naming.ts';
import { decodeValue, encodeValue, isSameValue, readValues } from './scalar-values.ts';
import type { TargetPlan } from './target-plan.ts';

type Key = TargetPlan['keys'][number];

/** Attributes that finding, comparing and reading an entry of this plan needs. */
export function listPlanAttributes(plan: TargetPlan): readonly string[] {
  const attributes = new Set<string>(['objectClass']);
  for (const scalar of plan.scalars.values()) attributes.add(scalar.column.attribute);
  for (const link of plan.links.values()) {
    // Lists may be long and are asked for value by value; a link to one entry is a value like any other.
    if (link.writes === 'own' && !link.isCollection) attributes.add(link.attribute);
  }
  return [...attributes];
}

/**
 * The entry: at the name the order knows, if its primary key fits; else by its keys anywhere below the base of the entries;
 * else at the name the order gives it, for an order that is carried out a second time. `null`: it is not there.
 */
export async function locateEntry(
  session: LdapSession,
  order: ProvisioningOrder,
  plan: TargetPlan,
  settings: DirectorySettings,
): Promise<RawEntry | null> {
  const attributes = listPlanAttributes(plan);
  const known = plan.dnProperty === undefined ? null : order.resource?.values[plan.dnProperty];
  if (known) {
    const entry = await session.readEntry(known, attributes);
    if (entry !== null && hasSameKey(entry, order, plan)) return entry;
  }
  for (const key of plan.keys) {
    const value = order.resource?.values[key.property];
    if (!value) continue;
    const found = await searchByKey(session, key, value, plan, settings);
    if (found !== null) return found;
    if (key.isPrimary) return null;
  }
  const wanted = readWish(order, plan.dnProperty);
  if (!wanted) return null;
  const renamed = await session.readEntry(wanted, attributes);
  return renamed !== null && hasSameKey(renamed, order, plan) ? renamed : null;
}

/** The entry that an order of kind `added` has made, or would find in its way. */
export async function locateAdded(
  session: LdapSession,
  order: ProvisioningOrder,
  plan: TargetPlan,
): Promise<RawEntry | null> {
  return session.readEntry(nameNewEntry(order, plan).dn, listPlanAttributes(plan));
}

/** The DN of the one entry of the entries tables with this value; `undefined` when there is none. */
export async function findDn(
  session: LdapSession,
  attribute: string,
  value: string,
  settings: DirectorySettings,
): Promise<string | undefined> {
  refuseNul(attribute, value);
  for (const table of findTables(settings, entriesTable)) {
    const found = await session.findEntries(
      {
        baseDn: table.BaseDN,
        scope: scopes[table.Scope],
        filter: equals(attribute, value),
        attributes: [],
      },
      2,
    );
    if (found.length > 1) throw ambiguous(attribute);
    if (found[0] !== undefined) return found[0].dn;
  }
  return undefined;
}

/** A DN is given to another entry once the first is gone: the primary key tells them apart. */
function hasSameKey(entry: RawEntry, order: ProvisioningOrder, plan: TargetPlan): boolean {
  for (const key of plan.keys) {
    if (!key.isPrimary) continue;
    const known = order.resource?.values[key.property];
    if (!known) continue;
    const now = decodeValue(key, readValues(entry, key.column.attribute));
    const wanted = readWish(order, key.property);
    const isSame =
      isSameValue(key, now, known) || (wanted !== undefined && isSameValue(key, now, wanted));
    if (!isSame) return false;
  }
  return true;
}

async function searchByKey(
  session: LdapSession,
  key: Key,
  value: string,
  plan: TargetPlan,
  settings: DirectorySettings,
): Promise<RawEntry | null> {
  const [encoded] = encodeValue(key, value);
  if (encoded === undefined) return null;
  if (!key.column.isBinary) refuseNul(key.column.attribute, value);
  for (const table of findTables(settings, entriesTable)) {
    const found = await session.findEntries(
      {
        baseDn: table.BaseDN,
        scope: scopes[table.Scope],
        filter: equals(key.column.attribute, encoded),
        attributes: listPlanAttributes(plan),
      },
      2,
    );
    if (found.length > 1) throw ambiguous(key.column.attribute);
    if (found[0] !== undefined) return found[0];
  }
  return null;
}

/** Some servers (389) read a value up to its first NUL, and would find what nobody looked for. */
function refuseNul(attribute: string, value: string): void {
  if (!value.includes('\0')) return;
  throw new ConnectorError(
    'invalid-value',
    `The ${attribute} that names the entry holds a NUL character, which directories do not look for reliably; nothing was written.`,
    { hint: 'Correct the source that the value comes from.', details: { attribute } },
  );
}

function ambiguous(attribute: string): ConnectorError {
  return new ConnectorError(
    'conflict',
    `Several entries of the directory have the same ${attribute}; nothing was written.`,
    { hint: 'Make the key unique in the directory, or map another one.', details: { attribute } },
  );
}
