/** Former states of assignments, beside the tables that hold the present one. */
import type { Knex } from 'knex';

const assigned = ['assigned_single_roles', 'assigned_resource_types', 'assigned_values'] as const;

export async function up(tx: Knex.Transaction): Promise<void> {
  for (const table of assigned) {
    await tx.schema.alterTable(table, (t) => {
      t.text('valid_from').notNullable().defaultTo('');
    });
    // What was assigned before this version is known since the run that wrote it.
    await tx.raw(
      `update "${table}" set valid_from = coalesce((select r.started_at from runs r where r.id = "${table}".run_id), '')`,
    );
  }
  await tx.schema.createTable('assigned_single_role_versions', (t) => {
    t.bigInteger('id').notNullable();
    t.text('role').notNullable();
    t.text('owner_type').notNullable();
    t.bigInteger('owner_id').notNullable();
    addStates(t);
    t.index(['id']);
    t.index(['owner_id']);
  });
  await tx.schema.createTable('assigned_resource_type_versions', (t) => {
    t.bigInteger('id').notNullable();
    t.text('resource_type').notNullable();
    t.bigInteger('owner_id').notNullable();
    t.bigInteger('target_id');
    t.integer('provisioning_state').notNullable();
    t.text('policy_values').notNullable();
    t.text('last_error');
    addStates(t);
    t.index(['id']);
    t.index(['owner_id']);
    t.index(['target_id']);
  });
  await tx.schema.createTable('assigned_value_versions', (t) => {
    t.bigInteger('id').notNullable();
    t.bigInteger('assigned_resource_type_id').notNullable();
    t.text('kind').notNullable();
    t.text('property').notNullable();
    t.bigInteger('linked_id').notNullable();
    t.text('policy_value');
    t.text('current_value');
    t.integer('provisioning_state').notNullable();
    t.text('last_error');
    addStates(t, false);
    t.index(['id']);
    t.index(['assigned_resource_type_id']);
  });
  await tx.schema.alterTable('runs', (t) => {
    t.index(['started_at']);
  });
}

function addStates(t: Knex.CreateTableBuilder, hasDates = true): void {
  t.integer('workflow_state').notNullable();
  t.integer('is_denied').notNullable();
  if (hasDates) {
    t.text('start_date');
    t.text('end_date');
  }
  t.bigInteger('run_id').notNullable();
  t.text('valid_from').notNullable();
  t.text('valid_to').notNullable();
  // The run that changed or ended it.
  t.bigInteger('ended_by').notNullable();
}
