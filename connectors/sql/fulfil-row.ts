/** What one order does to a row and its links. */

import type { Database } from '../spi/database/database.ts';
import { ConnectorError } from '../spi/errors.ts';
import type { PropertyChange, ProvisioningOrder } from '../spi/order.ts';
import type { Executed, FoundTarget } from '../spi/package.ts';
import { addLink, changeLink, deleteLinks, readLinks, renameLinks } from './fulfil-links.ts';
import type { ColumnLink, TableLink, TargetPlan } from './fulfil-plan.ts';
import { assign, deleteWhere, insertInto, selectWhere, updateWhere } from './fulfil-statements.ts';
import { isSameValue, type MappedColumn, toBound, toInternal } from './stored-values.ts';

/** A cell an order writes; `expected` is absent where the order does not care. */
interface CellChange {
  readonly mapped: MappedColumn;
  readonly value: string | null;
  readonly expected?: string | null;
}
interface LinkChange {
  readonly link: TableLink;
  readonly change: Exclude<PropertyChange, { kind: 'set' }>;
}

/** Inserts the row and its link rows. A key that is there already: `already-exists`, with the key found in the details. */
export async function addRow(
  database: Database,
  plan: TargetPlan,
  order: ProvisioningOrder,
): Promise<Executed> {
  const { cells, links } = splitChanges(plan, order);
  const keyCell = cells.find((cell) => cell.mapped === plan.key);
  const key = keyCell?.value ?? null;
  if (key !== null) await refuseExisting(database, plan, key);
  // A key without a value is the database's to choose.
  const written = cells.filter((cell) => cell !== keyCell || key !== null);
  if (written.length === 0) {
    throw new ConnectorError('invalid-value', 'The order sets no column of the new row.', {
      hint: 'Add a scalar rule for at least one mapped property.',
      details: { orderId: order.id },
    });
  }
  try {
    return await inTransaction(database, async () => {
      const statement = insertInto(
        database.dialect,
        plan.table,
        written.map(({ mapped, value }) =>
          assign(mapped, toBound(mapped, value, database.dialect)),
        ),
      );
      let given: string | null = key;
      if (key === null) given = await database.insertReturning(statement, plan.key.column.name);
      else await database.run(statement);
      const row = new Map(cells.map((cell) => [cell.mapped.property, cell.value]));
      row.set(plan.key.property, given);
      for (const { link, change } of links) {
        if (change.kind === 'remove' || change.value === null) continue;
        await addLink(database, link, ownValueOf(link, row), change.value);
      }
      return key === null
        ? {
            status: 'executed' as const,
            values: { [plan.key.property]: toInternal(plan.key, given) },
          }
        : { status: 'executed' as const };
    });
  } catch (error) {
    throw await explainDuplicate(database, plan, cells, error);
  }
}

/**
 * Changes the cells and links the order names. Before, in the same transaction, each expected value is compared: a cell that
 * holds neither it nor the new value is a `conflict` that names the property. A row that is not there is `not-found`.
 */
export async function modifyRow(
  database: Database,
  plan: TargetPlan,
  order: ProvisioningOrder,
): Promise<Executed> {
  const { cells, links } = splitChanges(plan, order);
  const key = keyOf(plan, order);
  try {
    return await inTransaction(database, async () => {
      const { row, isRenamed } = await findRow(database, plan, cells, key);
      for (const cell of cells)
        checkExpected(database, cell, row.get(cell.mapped) ?? null, isRenamed);
      const changed = cells.filter(
        ({ mapped, value }) =>
          !isSameValue(mapped, row.get(mapped) ?? null, value, database.dialect),
      );
      if (changed.length > 0) {
        const { dialect } = database;
        const current = toInternal(plan.key, row.get(plan.key) ?? null);
        const statement = updateWhere(
          dialect,
          plan.table,
          changed.map(({ mapped, value }) => assign(mapped, toBound(mapped, value, dialect))),
          [assign(plan.key, toBound(plan.key, current, dialect))],
        );
        await database.run(statement);
      }
      const values = valuesAfter(row, cells);
      for (const link of tableLinks(plan)) {
        const before = order.resource?.values[link.ownProperty] ?? null;
        const after = values.get(link.ownProperty) ?? null;
        if (before !== null && after !== null && before !== after) {
          await renameLinks(database, link, before, after);
        }
      }
      for (const { link, change } of links) {
        await changeLink(database, link, ownValueOf(link, values), change);
      }
      return { status: 'executed' as const };
    });
  } catch (error) {
    throw await explainDuplicate(database, plan, cells, error);
  }
}

/** Deletes the link rows, then the row. A row that is gone already counts as deleted. */
export async function deleteRow(
  database: Database,
  plan: TargetPlan,
  order: ProvisioningOrder,
): Promise<Executed> {
  const key = keyOf(plan, order);
  return await inTransaction(database, async () => {
    const own = tableLinks(plan).map((link) => plan.columnByProperty.get(link.ownProperty));
    const columns = [...new Set([plan.key, ...own.filter((mapped) => mapped !== undefined)])];
    const row = await selectRow(database, plan, columns, key, true);
    const values = new Map<string, string | null>(Object.entries(order.resource?.values ?? {}));
    if (row !== null) {
      for (const [mapped, text] of row) values.set(mapped.property, toInternal(mapped, text));
    }
    for (const link of tableLinks(plan)) {
      const value = values.get(link.ownProperty) ?? null;
      if (value !== null) await deleteLinks(database, link, value);
    }
    if (row !== null) {
      const { dialect } = database;
      const where = [assign(plan.key, toBound(plan.key, key, dialect))];
      await database.run(deleteWhere(dialect, plan.table, where));
    }
    return { status: 'executed' as const };
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

type RowCells = ReadonlyMap<MappedColumn, string | null>;

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

function tableLinks(plan: TargetPlan): readonly TableLink[] {
  return [...plan.linkByProperty.values()].filter((link) => link.kind === 'table');
}

/** Sorts an order's changes into cells of the row and rows of link tables; refuses what has no place. */
function splitChanges(
  plan: TargetPlan,
  order: ProvisioningOrder,
): { readonly cells: readonly CellChange[]; readonly links: readonly LinkChange[] } {
  const cells: CellChange[] = [];
  const links: LinkChange[] = [];
  for (const change of order.changes) {
    if (change.kind === 'set') {
      const mapped = plan.columnByProperty.get(change.property);
      if (mapped === undefined) throw noPlace(change.property, 'column', 'entity type mapping');
      const { value, expected } = change;
      cells.push({ mapped, value, ...(expected === undefined ? {} : { expected }) });
      continue;
    }
    const link = plan.linkByProperty.get(change.property);
    if (link === undefined) throw noPlace(change.property, 'link table', 'resource type mapping');
    if (link.kind === 'table') links.push({ link, change });
    else cells.push(toCell(link, change));
  }
  return { cells, links };
}

function toCell(link: ColumnLink, change: Exclude<PropertyChange, { kind: 'set' }>): CellChange {
  const nameLinked = (
    linked: { readonly values: Readonly<Record<string, string | null>> } | null,
  ) => (linked === null ? null : (linked.values[link.linkedProperty] ?? missingLinked(link)));
  const mapped = link.linked;
  switch (change.kind) {
    case 'link':
      return {
        mapped,
        value: nameLinked(change.value),
        ...(change.expected === undefined ? {} : { expected: nameLinked(change.expected) }),
      };
    case 'add':
      return { mapped, value: nameLinked(change.value) };
    case 'remove':
      return { mapped, value: null, expected: nameLinked(change.value) };
  }
}

function missingLinked(link: ColumnLink): never {
  throw new ConnectorError(
    'invalid-value',
    `The resource to link by "${link.property}" has no value for "${link.linkedProperty}".`,
    { hint: 'Synchronize it first.', details: { property: link.property } },
  );
}

function noPlace(property: string, what: string, where: string): ConnectorError {
  return new ConnectorError('unsupported', `The property "${property}" has no ${what}.`, {
    hint:
      what === 'column'
        ? `Give it a ConnectionColumn in the ${where}.`
        : 'Add <ls:Link Property="…" Table="…" Column="…" LinkedColumn="…"/> to the ls:SqlResourceTypeMapping.',
    details: { property },
  });
}

function keyOf(plan: TargetPlan, order: ProvisioningOrder): string {
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
async function selectRow(
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
async function findRow(
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

function checkExpected(
  database: Database,
  cell: CellChange,
  stored: string | null,
  isRenamed: boolean,
): void {
  if (cell.expected === undefined || isRenamed) return;
  const { dialect } = database;
  if (isSameValue(cell.mapped, stored, cell.expected, dialect)) return;
  // Carried out before, or done by hand: the row already holds what the order wants.
  if (isSameValue(cell.mapped, stored, cell.value, dialect)) return;
  throw new ConnectorError(
    'conflict',
    `The property "${cell.mapped.property}" was changed by someone else in the meantime; nothing was written.`,
    {
      hint: 'Synchronize the system, then look at the order again.',
      details: { property: cell.mapped.property },
    },
  );
}

function valuesAfter(
  row: RowCells,
  cells: readonly CellChange[],
): ReadonlyMap<string, string | null> {
  const values = new Map<string, string | null>();
  for (const [mapped, text] of row) values.set(mapped.property, toInternal(mapped, text));
  for (const cell of cells) values.set(cell.mapped.property, cell.value);
  return values;
}

function ownValueOf(link: TableLink, values: ReadonlyMap<string, string | null>): string {
  const value = values.get(link.ownProperty) ?? null;
  if (value !== null) return value;
  throw new ConnectorError(
    'invalid-value',
    `The row has no value for "${link.ownProperty}", by which the links of "${link.property}" name it.`,
    { hint: 'Map the property and give it a value.', details: { property: link.property } },
  );
}

async function refuseExisting(database: Database, plan: TargetPlan, key: string): Promise<void> {
  const found = await findByValue(database, plan, plan.key, key);
  if (found !== null) throw alreadyExists(plan, found);
}

/** Key of a row that holds `value` by the database's own idea of equality: what a unique index would find. */
async function findByValue(
  database: Database,
  plan: TargetPlan,
  mapped: MappedColumn,
  value: string,
): Promise<string | null> {
  const { dialect } = database;
  const bound = toBound(mapped, value, dialect);
  const statement = selectWhere(
    dialect,
    plan.table,
    [plan.key],
    [{ ...assign(mapped, bound), kind: 'other' as const }],
    false,
  );
  return toInternal(plan.key, (await database.select(statement)).rows[0]?.[0] ?? null);
}

function alreadyExists(plan: TargetPlan, key: string): ConnectorError {
  return new ConnectorError(
    'already-exists',
    `The table ${plan.table.name} has a row of this key.`,
    {
      hint: 'Synchronize the system, so that the row is correlated instead of added.',
      details: { key, property: plan.key.property, table: plan.table.name },
    },
  );
}

/** Says which unique value was taken: the key, or a property. */
async function explainDuplicate(
  database: Database,
  plan: TargetPlan,
  cells: readonly CellChange[],
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof ConnectorError) || error.details['isDuplicate'] !== true) return error;
  for (const { mapped, value } of cells) {
    const isUnique = mapped === plan.key || plan.uniqueColumns.includes(mapped);
    if (!isUnique || value === null) continue;
    const found = await findByValue(database, plan, mapped, value);
    if (found === null) continue;
    if (mapped === plan.key) return alreadyExists(plan, found);
    return new ConnectorError(
      'invalid-value',
      `Another row of the table ${plan.table.name} has the same value of "${mapped.property}", which must be unique.`,
      {
        hint: 'Correct the rule that computes the property, or the other row.',
        cause: error.cause,
        details: { property: mapped.property },
      },
    );
  }
  return error;
}

async function inTransaction<T>(database: Database, work: () => Promise<T>): Promise<T> {
  await database.begin('write', 'ReadCommitted');
  try {
    const result = await work();
    await database.commit();
    return result;
  } catch (error) {
    // What went wrong is told; a rollback on a dead connection has nothing to add.
    await database.rollback().catch(() => undefined);
    throw error;
  }
}
