/** Which row an order is for, and what is in it. */
import type { Database } from '../spi/database/database.ts';
import { ConnectorError } from '../spi/errors.ts';
import type { ProvisioningOrder } from '../spi/order.ts';
import type { FoundTarget } from '../spi/package.ts';
import type { CellChange } from './fulfil-changes.ts';
import { readLinks } from './fulfil-links.ts';
import { type ColumnLink, type TargetPlan, tableLinks } from './fulfil-plan.ts';
import { assign, selectWhere } from './fulfil-statements.ts';
import { isSameValue, type MappedColumn, toBound, toInternal } from './stored-values.ts';

/** Cells as the database writes them. */
export type RowCells = ReadonlyMap<MappedColumn, string | null>;

/** The key of the row to change or to delete. Throws `invalid-value` when the order has none. */
export function keyOf(plan: TargetPlan, order: ProvisioningOrder): string {
  const key = order.resource?.values[plan.key.property];
  if (key !== undefined && key !== null && key !== '') return key;
  throw new ConnectorError(
    'invalid-value',
    `The order does not say which row it is for: "${plan.key.property}" has no value.`,
    {
      hint: 'Synchronize the system, then compute the order again.',
      details: { orderId: order.id },
    },
  );
}

/** Reads one row by key, exactly; several rows of one key are a `conflict`, as any of them could be meant. */
export async function selectRow(
  database: Database,
  plan: TargetPlan,
  columns: readonly MappedColumn[],
  key: string,
  isLocked: boolean,
): Promise<RowCells | null> {
  const { dialect } = database;
  const where = [assign(plan.key, toBound(plan.key, key, dialect))];
  const { rows } = await database.select(
    selectWhere(dialect, plan.table, columns, where, isLocked),
  );
  if (rows.length > 1) {
    throw new ConnectorError(
      'conflict',
      `The table ${plan.table.name} has ${rows.length} rows of one key; nothing was changed.`,
      { hint: `Make the column "${plan.key.column.name}" unique.`, details: { key } },
    );
  }
  const cells = rows[0];
  if (cells === undefined) return null;
  return new Map(columns.map((mapped, index) => [mapped, cells[index] ?? null]));
}

/** The row to modify; after an earlier rename by this same order it is found under its new key. */
export async function findRow(
  database: Database,
  plan: TargetPlan,
  cells: readonly CellChange[],
  key: string,
): Promise<{ readonly row: RowCells; readonly isRenamed: boolean }> {
  const own = tableLinks(plan).map((link) => plan.columnByProperty.get(link.ownProperty));
  const columns = [
    ...new Set([
      plan.key,
      ...cells.map((cell) => cell.mapped),
      ...own.filter((mapped) => mapped !== undefined),
    ]),
  ];
  const row = await selectRow(database, plan, columns, key, true);
  if (row !== null) return { row, isRenamed: false };
  const newKey = cells.find((cell) => cell.mapped === plan.key)?.value ?? null;
  const renamed = newKey === null ? null : await selectRow(database, plan, columns, newKey, true);
  const isDone =
    renamed !== null &&
    cells.every(({ mapped, value }) =>
      isSameValue(mapped, renamed.get(mapped) ?? null, value, database.dialect),
    );
  if (isDone) return { row: renamed, isRenamed: true };
  throw new ConnectorError('not-found', `The table ${plan.table.name} has no row of this key.`, {
    hint: 'Synchronize the system: the row was deleted or its key changed.',
    details: { key, table: plan.table.name },
  });
}

/** The row as it is now, by the key the order found or, after a rename, by the one it sets; `null`: not there. */
export async function readTarget(
  database: Database,
  plan: TargetPlan,
  order: ProvisioningOrder,
): Promise<FoundTarget | null> {
  const before = order.resource?.values[plan.key.property] ?? null;
  const change = order.changes.find((candidate) => candidate.property === plan.key.property);
  const after = change?.kind === 'set' ? change.value : null;
  const keys = [before, after].filter((key) => key !== null);
  if (keys.length === 0) {
    throw new ConnectorError(
      'unsupported',
      'The order does not say which key the row has, so it cannot be found.',
      {
        hint: 'Look for the row by hand; a key that a rule computes makes it findable.',
        details: { orderId: order.id },
      },
    );
  }
  const mappings = [...plan.columnByProperty.values()];
  const columnLinks = [...plan.linkByProperty.values()].filter((link) => link.kind === 'column');
  const columns = [...mappings, ...columnLinks.map((link) => link.linked)];
  for (const key of keys) {
    const row = await selectRow(database, plan, columns, key, false);
    if (row === null) continue;
    const values = Object.fromEntries(
      mappings.map((mapped) => [mapped.property, toInternal(mapped, row.get(mapped) ?? null)]),
    );
    return { values, links: await readAllLinks(database, plan, columnLinks, row, values) };
  }
  return null;
}

async function readAllLinks(
  database: Database,
  plan: TargetPlan,
  columnLinks: readonly ColumnLink[],
  row: RowCells,
  values: Readonly<Record<string, string | null>>,
): Promise<FoundTarget['links']> {
  const links: Record<string, readonly string[]> = {};
  for (const link of columnLinks) {
    const value = toInternal(link.linked, row.get(link.linked) ?? null);
    links[link.property] = value === null ? [] : [value];
  }
  for (const link of tableLinks(plan)) {
    const own = values[link.ownProperty] ?? null;
    links[link.property] = own === null ? [] : await readLinks(database, link, own);
  }
  return links;
}
