/** What one order does to a row and its links. */
import type { Database } from '../spi/database/database.ts';
import { ConnectorError } from '../spi/errors.ts';
import type { ProvisioningOrder } from '../spi/order.ts';
import type { Executed } from '../spi/package.ts';
import { type CellChange, splitChanges } from './fulfil-changes.ts';
import { explainDuplicate, refuseExisting } from './fulfil-duplicates.ts';
import { findRow, keyOf, type RowCells, selectRow } from './fulfil-find.ts';
import { addLink, changeLink, deleteLinks, renameLinks } from './fulfil-links.ts';
import { type TableLink, type TargetPlan, tableLinks } from './fulfil-plan.ts';
import { assign, deleteWhere, insertInto, updateWhere } from './fulfil-statements.ts';
import { isSameValue, toBound, toInternal } from './stored-values.ts';

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

/** Whole or not at all. */
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
