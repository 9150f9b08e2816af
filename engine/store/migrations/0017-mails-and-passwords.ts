/** Mails that are to be sent, or were; passwords of orders that are on their way; tickets nobody has been told of. */
import type { Knex } from 'knex';

export async function up(tx: Knex.Transaction): Promise<void> {
  await tx.schema.createTable('mails', (t) => {
    t.bigInteger('id').primary();
    // The same however often it is sent.
    t.text('message_id').notNullable().unique();
    t.text('kind').notNullable();
    t.text('status').notNullable();
    t.text('created_at').notNullable();
    t.integer('attempts').notNullable();
    t.text('next_attempt_at');
    // Whoever sends it holds it until then.
    t.text('claimed_until');
    t.text('ended_at');
    // JSON: addresses.
    t.text('recipients').notNullable();
    t.text('subject').notNullable();
    // JSON, encrypted where `is_sealed` is 1; gone once nobody needs it any more.
    t.text('content');
    t.integer('is_sealed').notNullable();
    t.text('error_code');
    t.text('message');
    t.bigInteger('order_id');
    t.bigInteger('run_id');
    t.index(['order_id']);
  });
  await tx.raw(
    `create index "i_mails_waiting" on mails (next_attempt_at) where status = 'waiting'`,
  );
  await tx.schema.createTable('order_passwords', (t) => {
    t.bigInteger('order_id').primary();
    // Encrypted for the certificate of the project.
    t.text('sealed').notNullable();
    t.text('made_at').notNullable();
  });
  await tx.schema.createTable('ticket_notices', (t) => {
    t.bigInteger('order_id').primary();
    t.text('opened_at').notNullable();
  });
}
