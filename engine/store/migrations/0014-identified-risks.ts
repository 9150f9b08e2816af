/** Risks that evaluations found, with former ones beside them, and the scores of owners. */
import type { Knex } from 'knex';

export async function up(tx: Knex.Transaction): Promise<void> {
  await tx.schema.createTable('identified_risks', (t) => {
    t.bigInteger('id').primary();
    addRisk(t);
    t.unique(['owner_type', 'owner_id', 'risk']);
  });
  await tx.schema.createTable('identified_risk_versions', (t) => {
    t.bigInteger('id').notNullable();
    addRisk(t);
    t.text('valid_to').notNullable();
    // The run that changed or ended it.
    t.bigInteger('ended_by').notNullable();
    t.index(['id']);
    t.index(['owner_id']);
  });
  await tx.schema.createTable('risk_scores', (t) => {
    t.text('owner_type').notNullable();
    t.bigInteger('owner_id').notNullable();
    // 0 to 100.
    t.integer('score').notNullable();
    t.bigInteger('run_id').notNullable();
    t.primary(['owner_type', 'owner_id']);
  });
}

function addRisk(t: Knex.CreateTableBuilder): void {
  t.text('risk').notNullable();
  t.text('owner_type').notNullable();
  t.bigInteger('owner_id').notNullable();
  // Which rules hold, and by what.
  t.text('evidence').notNullable();
  t.bigInteger('run_id').notNullable();
  t.text('valid_from').notNullable();
}
