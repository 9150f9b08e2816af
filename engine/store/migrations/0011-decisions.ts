/** What people decide, in full and quickly found; what they put off; tickets somebody took; resources that only tickets know. */
import type { Knex } from 'knex';

export async function up(tx: Knex.Transaction): Promise<void> {
  await tx.schema.alterTable('decisions', (t) => {
    t.bigInteger('run_id');
    t.text('owner_type');
    t.bigInteger('owner_id');
    // The resource type or role that was decided about.
    t.text('item');
    // JSON: the values that were decided about, as they were.
    t.text('details');
    t.index(['decided_by']);
  });
  for (const [column, table] of [
    ['item', 'assigned_resource_type_versions'],
    ['item', 'assigned_resource_types'],
    ['owner_id', 'assigned_resource_type_versions'],
    ['owner_id', 'assigned_resource_types'],
  ] as const) {
    const wanted = column === 'item' ? 'resource_type' : 'owner_id';
    const found = `select max(a.${wanted}) from "${table}" a where a.id = decisions.assigned_resource_type_id`;
    await tx.raw(`update decisions set ${column} = coalesce((${found}), ${column})`);
  }
  await tx.schema.createTable('postponements', (t) => {
    // An assigned resource type or an assigned value: ids are unique in the whole store.
    t.bigInteger('row_id').primary();
    // Its `valid_from` then: what has changed since is looked at again.
    t.text('as_of').notNullable();
    t.text('until').notNullable();
    t.text('postponed_by').notNullable();
    t.text('postponed_at').notNullable();
    t.text('comment');
  });
  await tx.schema.alterTable('provisioning_orders', (t) => {
    t.text('taken_by');
    t.text('taken_at');
  });
  await tx.schema.createTable('virtual_resources', (t) => {
    // Ids are unique in the whole store.
    t.bigInteger('resource_id').primary();
    t.text('entity_type').notNullable();
    t.bigInteger('order_id').notNullable();
    t.text('written_at').notNullable();
    t.index(['entity_type']);
  });
  // Few rows wait for a person, however many there are: only those are indexed, in the order of lists. The states stand in
  // expressions, which the indexes of the columns themselves do not serve: by those a page would be sorted out of all.
  for (const [name, on, where] of waiting)
    await tx.raw(`create index "${name}" on ${on} where ${where}`);
}

const waiting = [
  ['i_types_in_review', 'assigned_resource_types (id)', 'provisioning_state + 0 in (3, 5)'],
  ['i_types_found', 'assigned_resource_types (id)', 'workflow_state in (1, 3)'],
  ['i_types_denied', 'assigned_resource_types (id)', 'is_denied = 1'],
  [
    'i_values_in_review',
    'assigned_values (assigned_resource_type_id)',
    'provisioning_state + 0 in (3, 5)',
  ],
  ['i_values_found', 'assigned_values (assigned_resource_type_id)', 'workflow_state in (1, 3)'],
  ['i_values_denied', 'assigned_values (assigned_resource_type_id)', 'is_denied = 1'],
  ['i_roles_found', 'assigned_roles (id)', 'workflow_state in (1, 3)'],
  ['i_tickets', 'provisioning_orders (id)', "status || '' = 'ticket'"],
] as const;
