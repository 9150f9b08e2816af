/** As of when each entity type was evaluated last, so that a clock that went back is noticed. */
import type { Knex } from 'knex';

export async function up(tx: Knex.Transaction): Promise<void> {
  await tx.schema.alterTable('evaluations', (t) => {
    t.text('evaluated_at');
  });
}
