/** Upkeep of the tables of resources that jobs ask for. */
import { readTableMap } from '../entity-tables.ts';
import type { StoreTransaction } from '../open-store.ts';

/** Lets the planner look at every table of resources and links; gives their number. */
export async function maintainTables(transaction: StoreTransaction): Promise<number> {
  const { tx, dialect } = transaction;
  const { entities, associations } = await readTableMap(transaction);
  const tables = [
    ...[...entities.values()].flatMap(({ table, historyTable }) => [table, historyTable]),
    ...[...associations.values()].map(({ table }) => table),
    'resource_changes',
    'assigned_resource_types',
    'assigned_values',
    'provisioning_orders',
  ];
  await dialect.maintain(tx, tables);
  return tables.length;
}

/** Where time begins for what was there before the store. */
const beginningOfTime = '0001-01-01T00:00:00.000Z';

/** Lets the first version of every resource start at the beginning of time; gives the number of versions changed. */
export async function resetValidFrom(transaction: StoreTransaction): Promise<number> {
  const { tx } = transaction;
  let changed = 0;
  for (const { table, historyTable } of (await readTableMap(transaction)).entities.values()) {
    changed += await tx(table)
      .whereNot({ valid_from: beginningOfTime })
      .whereNotExists(
        tx({ h: historyTable })
          .select(tx.raw('1'))
          .whereRaw('h.id = ??', [`${table}.id`]),
      )
      .update({ valid_from: beginningOfTime });
    changed += await tx(historyTable)
      .whereNot({ valid_from: beginningOfTime })
      .whereRaw('?? = (select min(o.valid_from) from ?? o where o.id = ??)', [
        `${historyTable}.valid_from`,
        historyTable,
        `${historyTable}.id`,
      ])
      .update({ valid_from: beginningOfTime });
  }
  return changed;
}
