/** Tables every store has, whatever the configuration; those of entity types and associations come with `deploy`. */
import type { Knex } from 'knex';

export async function up(tx: Knex.Transaction): Promise<void> {
  await tx.schema.createTable('runs', (t) => {
    t.bigInteger('id').primary();
    t.text('kind').notNullable();
    t.text('subject').notNullable();
    t.text('configuration_hash').notNullable();
    t.text('started_at').notNullable();
    t.text('finished_at');
    t.text('status').notNullable();
    t.text('details').notNullable();
  });
  await tx.schema.createTable('configurations', (t) => {
    t.text('hash').primary();
    t.text('deployed_at').notNullable();
  });
  await tx.schema.createTable('configuration_files', (t) => {
    t.text('hash').notNullable();
    t.text('path').notNullable();
    t.text('text').notNullable();
    t.primary(['hash', 'path']);
  });
  await tx.schema.createTable('entity_tables', (t) => {
    t.text('entity_type').primary();
    t.text('table_name').notNullable();
  });
  await tx.schema.createTable('entity_columns', (t) => {
    t.text('entity_type').notNullable();
    t.text('property').notNullable();
    t.text('column_name').notNullable();
    t.integer('is_indexed').notNullable();
    t.primary(['entity_type', 'property']);
  });
  await tx.schema.createTable('association_tables', (t) => {
    t.text('association').primary();
    t.text('table_name').notNullable();
  });

  await tx.schema.createTable('leases', (t) => {
    t.text('name').primary();
    t.text('holder').notNullable();
    t.bigInteger('fence').notNullable();
    t.text('expires_at').notNullable();
  });
  await tx.schema.createTable('job_instances', (t) => {
    t.bigInteger('id').primary();
    t.text('job').notNullable();
    t.text('status').notNullable();
    t.text('started_at').notNullable();
    t.text('finished_at');
    t.text('configuration_hash').notNullable();
    t.index(['job', 'id']);
  });
  await tx.schema.createTable('task_instances', (t) => {
    t.bigInteger('id').primary();
    t.bigInteger('job_instance_id').notNullable();
    t.text('task').notNullable();
    t.integer('ordinal').notNullable();
    t.text('status').notNullable();
    t.integer('produced_output').notNullable();
    t.text('started_at').notNullable();
    t.text('finished_at');
    t.text('summary').notNullable();
    t.index(['job_instance_id', 'ordinal']);
  });
  await tx.schema.createTable('synchronization_sessions', (t) => {
    t.text('id').primary();
    t.bigInteger('sequence').notNullable();
    t.text('connector').notNullable();
    t.text('mode').notNullable();
    t.text('status').notNullable();
    t.text('exported_at').notNullable();
    t.text('arrived_at').notNullable();
    t.text('settled_at');
    t.bigInteger('run_id');
    t.text('details').notNullable();
    t.index(['connector', 'sequence']);
  });
  await tx.schema.createTable('synchronizations', (t) => {
    t.text('entity_type').primary();
    t.text('exported_at').notNullable();
    t.bigInteger('run_id').notNullable();
  });

  await tx.schema.createTable('resource_changes', (t) => {
    t.bigInteger('id').primary();
    t.bigInteger('run_id').notNullable();
    t.text('entity_type').notNullable();
    t.bigInteger('resource_id').notNullable();
    t.text('kind').notNullable();
    t.text('properties').notNullable();
    t.index(['run_id']);
  });
  await tx.schema.createTable('evaluation_dues', (t) => {
    t.text('entity_type').notNullable();
    t.bigInteger('owner_id').notNullable();
    t.text('due_at').notNullable();
    t.primary(['entity_type', 'owner_id']);
    t.index(['entity_type', 'due_at']);
  });
  await tx.schema.createTable('evaluations', (t) => {
    t.text('entity_type').primary();
    t.text('configuration_hash').notNullable();
    t.bigInteger('last_change_id').notNullable();
    t.bigInteger('run_id').notNullable();
  });
  await tx.schema.createTable('correlation_keys', (t) => {
    t.text('rule').notNullable();
    t.integer('side').notNullable();
    t.bigInteger('resource_id').notNullable();
    t.text('value').notNullable();
    t.primary(['rule', 'side', 'resource_id']);
    t.index(['rule', 'side', 'value']);
  });

  await tx.schema.createTable('assigned_single_roles', (t) => {
    t.bigInteger('id').primary();
    t.text('role').notNullable();
    t.text('owner_type').notNullable();
    t.bigInteger('owner_id').notNullable();
    t.integer('workflow_state').notNullable();
    t.integer('is_denied').notNullable();
    t.text('start_date');
    t.text('end_date');
    t.bigInteger('run_id').notNullable();
    t.index(['owner_id']);
    t.index(['role']);
  });
  await tx.schema.createTable('assigned_resource_types', (t) => {
    t.bigInteger('id').primary();
    t.text('resource_type').notNullable();
    t.bigInteger('owner_id').notNullable();
    t.bigInteger('target_id');
    t.integer('workflow_state').notNullable();
    t.integer('provisioning_state').notNullable();
    t.integer('is_denied').notNullable();
    t.text('start_date');
    t.text('end_date');
    t.integer('confidence');
    t.text('blocked_by').notNullable();
    t.text('policy_values').notNullable();
    t.text('last_error');
    t.bigInteger('order_id');
    t.text('state_since').notNullable();
    t.bigInteger('run_id').notNullable();
    t.index(['owner_id']);
    t.index(['target_id']);
    t.index(['resource_type', 'provisioning_state']);
  });
  await tx.schema.createTable('assigned_values', (t) => {
    t.bigInteger('id').primary();
    t.bigInteger('assigned_resource_type_id').notNullable();
    t.text('kind').notNullable();
    t.text('property').notNullable();
    t.bigInteger('linked_id').notNullable();
    t.text('policy_value');
    t.text('current_value');
    t.integer('workflow_state').notNullable();
    t.integer('provisioning_state').notNullable();
    t.integer('is_denied').notNullable();
    t.text('blocked_by').notNullable();
    t.integer('confidence');
    t.text('last_error');
    t.bigInteger('order_id');
    t.text('state_since').notNullable();
    t.bigInteger('run_id').notNullable();
    t.unique(['assigned_resource_type_id', 'property', 'linked_id']);
    t.index(['provisioning_state']);
  });

  await tx.schema.createTable('provisioning_orders', (t) => {
    t.bigInteger('id').primary();
    t.bigInteger('assigned_resource_type_id').notNullable();
    t.text('resource_type').notNullable();
    t.text('connector').notNullable();
    t.text('connection').notNullable();
    t.text('change_type').notNullable();
    t.text('status').notNullable();
    t.bigInteger('position').notNullable();
    t.text('payload').notNullable();
    t.integer('attempts').notNullable();
    t.bigInteger('fence');
    t.text('generated_at').notNullable();
    t.text('intent_at');
    t.text('outcome_at');
    t.text('message');
    t.text('error_code');
    t.text('written_values');
    t.text('decided_by');
    t.bigInteger('run_id').notNullable();
    t.index(['status', 'connection', 'position']);
    t.index(['assigned_resource_type_id']);
  });
  await tx.schema.createTable('decisions', (t) => {
    t.bigInteger('id').primary();
    t.text('kind').notNullable();
    t.bigInteger('assigned_resource_type_id').notNullable();
    t.text('subject').notNullable();
    t.text('decided_by').notNullable();
    t.text('decided_at').notNullable();
    t.text('comment');
    t.index(['assigned_resource_type_id']);
  });
}
