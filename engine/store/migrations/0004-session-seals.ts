/** The seal of each prepared session, kept apart from its files. */
import type { Knex } from 'knex';

export async function up(tx: Knex.Transaction): Promise<void> {
  await tx.schema.alterTable('synchronization_sessions', (t) => {
    t.text('seal');
  });
}
