/** Orders that replace the password of an account, because a person asked for it. */
import type { Knex } from 'knex';

export async function up(tx: Knex.Transaction): Promise<void> {
  await tx.schema.alterTable('provisioning_orders', (t) => {
    // 1: no assignment waits for the order, a person does.
    t.integer('resets_password');
  });
  await tx.raw(
    `create index "i_orders_resets" on provisioning_orders (assigned_resource_type_id) where resets_password = 1`,
  );
}
