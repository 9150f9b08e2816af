/** Orders know their owner and when they are tried again; systems that are left in peace; what happened to single orders. */
import type { Knex } from 'knex';

export async function up(tx: Knex.Transaction): Promise<void> {
  await tx.schema.alterTable('provisioning_orders', (t) => {
    // `null`: the assignment had been closed when the store was brought to this version.
    t.bigInteger('owner_id');
    t.text('next_attempt_at');
    t.index(['owner_id', 'status']);
  });
  await tx.raw(
    `update provisioning_orders set owner_id = (
       select a.owner_id from assigned_resource_types a where a.id = provisioning_orders.assigned_resource_type_id)`,
  );
  await tx.schema.createTable('connection_circuits', (t) => {
    t.text('connection').primary();
    t.text('state').notNullable();
    t.integer('failures').notNullable();
    t.integer('openings').notNullable();
    t.text('retry_at');
    t.text('error_code');
    t.text('message');
    t.text('since').notNullable();
  });
  await tx.schema.createTable('order_events', (t) => {
    t.bigInteger('id').primary();
    t.bigInteger('order_id').notNullable();
    t.text('kind').notNullable();
    t.text('at').notNullable();
    t.text('error_code');
    t.text('message');
    t.text('person');
    t.index(['order_id']);
  });
}
