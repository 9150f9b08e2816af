/** Links that owners have through memberships nobody gave, with former ones beside them. */
import type { Knex } from 'knex';

export async function up(tx: Knex.Transaction): Promise<void> {
  await tx.schema.createTable('indirect_permissions', (t) => {
    t.bigInteger('id').primary();
    addPermission(t);
    // By owner first: the evaluation asks for owners by the thousand, and for nothing else.
    t.unique(['owner_id', 'owner_type', 'resource_type', 'property', 'linked_id'], {
      indexName: 'indirect_permissions_of_owner',
    });
  });
  await tx.schema.createTable('indirect_permission_versions', (t) => {
    t.bigInteger('id').notNullable();
    addPermission(t);
    t.text('valid_to').notNullable();
    // The run that changed or ended it.
    t.bigInteger('ended_by').notNullable();
    t.index(['id']);
    t.index(['owner_id']);
  });
}

function addPermission(t: Knex.CreateTableBuilder): void {
  t.text('owner_type').notNullable();
  t.bigInteger('owner_id').notNullable();
  t.text('resource_type').notNullable();
  t.text('property').notNullable();
  t.bigInteger('linked_id').notNullable();
  // The resource type and the id of the account it comes through.
  t.text('through').notNullable();
  t.bigInteger('target_id').notNullable();
  t.bigInteger('run_id').notNullable();
  t.text('valid_from').notNullable();
}
