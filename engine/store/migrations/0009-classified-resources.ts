/** What resources of managed systems that nobody owns are taken for, and which of them a person has looked at. */
import type { Knex } from 'knex';

export async function up(tx: Knex.Transaction): Promise<void> {
  await tx.schema.createTable('classified_resources', (t) => {
    // Ids are unique in the whole store. What is owned, and what no rule recognizes, has no row.
    t.bigInteger('resource_id').primary();
    t.text('entity_type').notNullable();
    t.text('resource_type').notNullable();
    // Below 100: a person confirms the type.
    t.integer('confidence').notNullable();
    // A person has authorized the resource without an owner: neither classified nor correlated again.
    t.integer('is_reviewed').notNullable();
    t.bigInteger('run_id').notNullable();
    t.index(['entity_type', 'resource_id']);
  });
  await tx.raw(
    'create index i_classified_reviewed on classified_resources (entity_type) where is_reviewed = 1',
  );
}
