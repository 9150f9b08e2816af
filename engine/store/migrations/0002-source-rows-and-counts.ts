/**
 * Source rows in resources, links and their histories; former links; changes of many new resources in one row; and what the
 * store knows of each table: how many rows it has, and which session it reflects.
 */
import type { Knex } from 'knex';
import { historyTableOf, keyIndexOf, linkHistoryTableOf } from '../table-names.ts';

export async function up(tx: Knex.Transaction): Promise<void> {
  await tx.schema.alterTable('entity_tables', (t) => {
    t.bigInteger('row_count').notNullable().defaultTo(0);
  });
  await tx.schema.alterTable('association_tables', (t) => {
    t.bigInteger('row_count').notNullable().defaultTo(0);
    t.text('lookups').notNullable().defaultTo('');
  });
  await tx.schema.createTable('reflections', (t) => {
    t.text('table_name').primary();
    t.text('session').notNullable();
  });
  await tx.schema.alterTable('resource_changes', (t) => {
    t.bigInteger('last_id');
  });
  await tx.schema.alterTable('synchronization_sessions', (t) => {
    t.index(['status']);
  });
  // Few assignments have one; what was noted there is looked for in every generation of orders.
  await tx.raw(
    'create index assigned_resource_types_noted on assigned_resource_types (resource_type) where last_error is not null',
  );
  for (const { entity_type: entityType, table_name: table } of await tx('entity_tables')) {
    await renameTakenColumn(tx, entityType, table);
    for (const name of [table, historyTableOf(table)]) await addSourceRow(tx, name);
    await replaceKeyIndex(tx, table);
    await tx('entity_tables')
      .where({ entity_type: entityType })
      .update({ row_count: await countRows(tx, table) });
  }
  for (const { association, table_name: table } of await tx('association_tables')) {
    await extendLinks(tx, table);
    await createLinkHistory(tx, linkHistoryTableOf(table));
    await tx('association_tables')
      .where({ association })
      .update({ row_count: await countRows(tx, table) });
  }
}

/** The table of former links; made here for stores that exist, and with each new association by `deployModel`. */
export async function createLinkHistory(tx: Knex.Transaction, table: string): Promise<void> {
  if (await tx.schema.hasTable(table)) return;
  await tx.schema.createTable(table, (t) => {
    t.text('value1').notNullable();
    t.text('value2').notNullable();
    t.bigInteger('id1');
    t.bigInteger('id2');
    t.bigInteger('run_id').notNullable();
    t.bigInteger('source_row');
    t.text('valid_from').notNullable();
    t.text('valid_to').notNullable();
    t.index(['id1']);
    t.index(['id2']);
  });
}

/** Adds the column where it is missing: histories outlive the tables they belong to. */
export async function addSourceRow(tx: Knex.Transaction, table: string): Promise<void> {
  if (await tx.schema.hasColumn(table, 'source_row')) return;
  await tx.raw(`alter table "${table}" add column source_row bigint`);
}

/** A property may have had the name that is ours now. */
async function renameTakenColumn(
  tx: Knex.Transaction,
  entityType: string,
  table: string,
): Promise<void> {
  const taken = { entity_type: entityType, column_name: 'source_row' };
  if ((await tx('entity_columns').where(taken).first('property')) === undefined) return;
  let free = 'source_row_';
  while (await tx.schema.hasColumn(table, free)) free += '_';
  for (const name of [table, historyTableOf(table)])
    await tx.raw(`alter table "${name}" rename column source_row to "${free}"`);
  await tx('entity_columns').where(taken).update({ column_name: free });
}

/** A plain index can be put off while a table is filled; the one that came with the column cannot be named. */
async function replaceKeyIndex(tx: Knex.Transaction, table: string): Promise<void> {
  await tx.schema.alterTable(table, (t) => {
    t.dropUnique(['mapping_key'], `${table}_mapping_key_unique`);
  });
  await tx.raw(`create unique index "${keyIndexOf(table)}" on "${table}" (mapping_key)`);
}

async function extendLinks(tx: Knex.Transaction, table: string): Promise<void> {
  await tx.raw(`alter table "${table}" add column source_row bigint`);
  await tx.raw(
    `alter table "${table}" add column valid_from text not null default '1970-01-01T00:00:00.000Z'`,
  );
  await tx.raw(
    `update "${table}" set valid_from = coalesce((select r.started_at from runs r where r.id = run_id), valid_from)`,
  );
}

async function countRows(tx: Knex.Transaction, table: string): Promise<number> {
  return Number((await tx(table).count({ n: '*' }).first())?.n ?? 0);
}
