/** Former resources by key and by the time they ended; former links by the value that pages of them follow. */
import type { Knex } from 'knex';
import { historyTableOf, indexName, linkHistoryTableOf } from '../table-names.ts';

export async function up(tx: Knex.Transaction): Promise<void> {
  for (const { table_name: table } of await tx('entity_tables'))
    await indexHistory(tx, historyTableOf(table));
  for (const { table_name: table } of await tx('association_tables'))
    await indexLinkHistory(tx, linkHistoryTableOf(table));
}

/** Histories outlive the tables they belong to: for old ones that are taken up again as well as for new ones. */
export async function indexHistory(tx: Knex.Transaction, history: string): Promise<void> {
  await createIndex(tx, history, 'mapping_key');
  // What ends comes in the order of time: this index only grows at its end.
  await createIndex(tx, history, 'valid_to');
}

export async function indexLinkHistory(tx: Knex.Transaction, history: string): Promise<void> {
  await createIndex(tx, history, 'value1');
}

async function createIndex(tx: Knex.Transaction, table: string, column: string): Promise<void> {
  await tx.raw(
    `create index if not exists "${indexName(table, column)}" on "${table}" ("${column}")`,
  );
}
