/** Resource types that people ask for: quickly found among all that are given by rules, and who asked kept with former states. */
import type { Knex } from 'knex';

export async function up(tx: Knex.Transaction): Promise<void> {
  await tx.schema.alterTable('assigned_resource_type_versions', (t) => {
    t.text('parameters').notNullable().defaultTo('{}');
    t.text('request');
    t.text('requested_by');
  });
  // Few are asked for, however many there are.
  await tx.raw(
    'create index "i_types_requested" on assigned_resource_types (id) where request is not null',
  );
}
