/** Who started a job, what it was asked, and what the scheduler has dealt with. */
import type { Knex } from 'knex';

export async function up(tx: Knex.Transaction): Promise<void> {
  await tx.schema.alterTable('job_instances', (t) => {
    t.text('started_by').notNullable().defaultTo('');
    // The occurrence of the schedule: one run of a job for each, whoever asks.
    t.text('scheduled_for');
    // JSON: which of the job's tasks were asked for.
    t.text('selection').notNullable().defaultTo('{}');
    t.text('holder').notNullable().defaultTo('');
    t.text('cancel_requested_by');
    t.text('message');
    t.unique(['job', 'scheduled_for']);
  });
  await tx.schema.createTable('schedules', (t) => {
    t.text('job').primary();
    t.text('expression').notNullable();
    // Occurrences up to here have been dealt with.
    t.text('handled_until').notNullable();
  });
}
