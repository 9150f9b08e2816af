/** Plans that were applied, once each; orders that take back what another one did. */
import type { Knex } from 'knex';

export async function up(tx: Knex.Transaction): Promise<void> {
  await tx.schema.createTable('applied_plans', (t) => {
    // Given to the plan when it was made.
    t.text('id').primary();
    t.text('hash').notNullable();
    t.text('kind').notNullable();
    t.text('applied_by').notNullable();
    t.text('applied_at').notNullable();
    t.text('comment');
    // The run that made its orders.
    t.bigInteger('run_id').notNullable();
    t.integer('orders').notNullable();
    t.text('finished_at');
  });
  await tx.schema.alterTable('provisioning_orders', (t) => {
    t.bigInteger('undoes');
  });
}
