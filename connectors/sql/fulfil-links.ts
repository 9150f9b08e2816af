/** Rows of link tables: a resource's own key and that of a linked one. Every change may be repeated. */

import type { Database } from '../spi/database/database.ts';
import { ConnectorError } from '../spi/errors.ts';
import type { LinkedResource, PropertyChange } from '../spi/order.ts';
import type { LinkPlan, TableLink } from './fulfil-plan.ts';
import { assign, deleteWhere, insertInto, selectWhere, updateWhere } from './fulfil-statements.ts';
import { isSameValue, toBound, toInternal } from './stored-values.ts';

/** Carries out one change of a link property. */
export async function changeLink(
  database: Database,
  link: TableLink,
  own: string,
  change: Exclude<PropertyChange, { kind: 'set' }>,
): Promise<void> {
  switch (change.kind) {
    case 'add':
      return addLink(database, link, own, change.value);
    case 'remove':
      return removeLink(database, link, own, change.value);
    case 'link':
      return replaceLink(database, link, own, change.value, change.expected);
  }
}

/** Inserts the link row unless it is there. */
export async function addLink(
  database: Database,
  link: TableLink,
  own: string,
  linked: LinkedResource,
): Promise<void> {
  const { dialect } = database;
  const cells = [
    assign(link.own, toBound(link.own, own, dialect)),
    assign(link.linked, toBound(link.linked, linkedValueOf(link, linked), dialect)),
  ];
  const found = await database.select(selectWhere(dialect, link.table, [link.own], cells, false));
  if (found.rows.length === 0) await database.run(insertInto(dialect, link.table, cells));
}

async function removeLink(
  database: Database,
  link: TableLink,
  own: string,
  linked: LinkedResource,
): Promise<void> {
  const { dialect } = database;
  const where = [
    assign(link.own, toBound(link.own, own, dialect)),
    assign(link.linked, toBound(link.linked, linkedValueOf(link, linked), dialect)),
  ];
  await database.run(deleteWhere(dialect, link.table, where));
}

/** A single-valued link kept in a table of its own: whatever is there gives way to the new one. */
async function replaceLink(
  database: Database,
  link: TableLink,
  own: string,
  value: LinkedResource | null,
  expected: LinkedResource | null | undefined,
): Promise<void> {
  const { dialect } = database;
  const current = await readLinks(database, link, own);
  const wanted = value === null ? null : linkedValueOf(link, value);
  const isHeld = (linked: string | null): boolean =>
    linked === null
      ? current.length === 0
      : current.length === 1 && isSameValue(link.linked, current[0] ?? null, linked, dialect);
  if (isHeld(wanted)) return;
  if (expected !== undefined) {
    const before = expected === null ? null : linkedValueOf(link, expected);
    if (!isHeld(before)) {
      throw new ConnectorError(
        'conflict',
        `The link "${link.property}" was changed by someone else in the meantime; nothing was written.`,
        {
          hint: 'Synchronize the system, then look at the order again.',
          details: { property: link.property },
        },
      );
    }
  }
  await deleteLinks(database, link, own);
  if (value !== null) await addLink(database, link, own, value);
}

/** Values of the linked column, in the order of their text. */
export async function readLinks(
  database: Database,
  link: TableLink,
  own: string,
): Promise<readonly string[]> {
  const { dialect } = database;
  const where = [assign(link.own, toBound(link.own, own, dialect))];
  const { rows } = await database.select(
    selectWhere(dialect, link.table, [link.linked], where, false),
  );
  return rows
    .map((cells) => toInternal(link.linked, cells[0] ?? null))
    .filter((value) => value !== null)
    .sort();
}

export async function deleteLinks(database: Database, link: TableLink, own: string): Promise<void> {
  const { dialect } = database;
  const where = [assign(link.own, toBound(link.own, own, dialect))];
  await database.run(deleteWhere(dialect, link.table, where));
}

/** Follows a renamed key; where a foreign key cascades, no row is left to change. */
export async function renameLinks(
  database: Database,
  link: TableLink,
  before: string,
  after: string,
): Promise<void> {
  const { dialect } = database;
  await database.run(
    updateWhere(
      dialect,
      link.table,
      [assign(link.own, toBound(link.own, after, dialect))],
      [assign(link.own, toBound(link.own, before, dialect))],
    ),
  );
}

/** How a row names the linked resource. Throws `invalid-value` when it has no such value. */
export function linkedValueOf(link: LinkPlan, linked: LinkedResource): string {
  const value = linked.values[link.linkedProperty];
  if (value !== undefined && value !== null && value !== '') return value;
  throw new ConnectorError(
    'invalid-value',
    `The resource to link by "${link.property}" has no value for "${link.linkedProperty}".`,
    { hint: 'Synchronize it first.', details: { property: link.property } },
  );
}
