/** Single and composite roles in one table, with parameters and requests; rules by which roles were given. */
import type { Knex } from 'knex';

export async function up(tx: Knex.Transaction): Promise<void> {
  await tx.schema.renameTable('assigned_single_roles', 'assigned_roles');
  await tx.schema.renameTable('assigned_single_role_versions', 'assigned_role_versions');
  await tx.schema.alterTable('assigned_roles', (t) => {
    addRoleColumns(t);
    t.text('basis');
    t.text('state_since').notNullable().defaultTo('');
    addRequestColumns(t);
    t.index(['owner_type', 'workflow_state']);
  });
  await tx.schema.alterTable('assigned_role_versions', (t) => {
    addRoleColumns(t);
    t.text('requested_by');
  });
  // A role has been what it is since the version that says so began.
  await tx('assigned_roles').update({ state_since: tx.ref('valid_from') });
  await tx.schema.alterTable('assigned_resource_types', (t) => {
    t.text('parameters').notNullable().defaultTo('{}');
    addRequestColumns(t);
  });
  await tx.schema.createTable('role_rule_sets', (t) => {
    t.text('digest').primary();
    t.text('kind').notNullable();
    t.text('role').notNullable();
    t.text('rules').notNullable();
  });
}

function addRoleColumns(t: Knex.CreateTableBuilder): void {
  t.text('kind').notNullable().defaultTo('single');
  t.integer('is_inferred').notNullable().defaultTo(0);
  t.integer('is_indirect').notNullable().defaultTo(0);
  t.text('parameters').notNullable().defaultTo('{}');
  t.text('cause');
}

function addRequestColumns(t: Knex.CreateTableBuilder): void {
  t.text('request');
  t.bigInteger('amends');
  t.text('requested_by');
  t.text('approvals').notNullable().defaultTo('[]');
}
