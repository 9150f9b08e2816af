/** Assignments and values that wait for a person: pages of ids, then the rows of a page, always in sets. */
import type { Knex } from 'knex';
import type { StoreTransaction } from '../open-store.ts';
import type { AssignedResourceTypeRow, AssignedValueRow } from '../tables.ts';
import { type DecidableFilter, whereResourceType, whereValue } from './decidable-filter.ts';

/**
 * review: awaiting approval (5) or errored (3), and no matter of reconciliation · declined: refused by a person and not
 * proposed since · found: non-conforming (1) or pre-existing (3).
 */
export type Decidable = 'review' | 'declined' | 'found';

export interface DecidableRows {
  readonly resourceTypes: readonly AssignedResourceTypeRow[];
  readonly values: readonly AssignedValueRow[];
}

/** Written out, word for word as the partial indexes have them: a parameter would hide them from the planner. */
const conditions: Readonly<Record<Decidable, (alias: 'a' | 'v') => string>> = {
  review: (alias) =>
    `${alias}.provisioning_state + 0 in (3, 5) and ${alias}.workflow_state not in (1, 3)`,
  declined: (alias) => `${alias}.is_denied = 1 and ${alias}.provisioning_state = 0`,
  found: (alias) => `${alias}.workflow_state in (1, 3)`,
};

/** Assigned resource types after `after` of which something is to be decided, itself or a value; ascending. */
export async function listDecidable(
  transaction: StoreTransaction,
  kind: Decidable,
  filter: DecidableFilter,
  page: { readonly after: number; readonly limit: number },
): Promise<readonly number[]> {
  const { after, limit } = page;
  const own = await fromResourceTypes(transaction, kind, filter)
    .where('a.id', '>', after)
    .orderBy('a.id')
    .limit(limit)
    .select('a.id');
  const byValue = await fromValues(transaction, kind, filter)
    .where('v.assigned_resource_type_id', '>', after)
    .orderBy('v.assigned_resource_type_id')
    .limit(limit)
    .distinct({ id: 'v.assigned_resource_type_id' });
  const ids = new Set<number>([...own, ...byValue].map((row) => Number(row.id)));
  return [...ids].sort((a, b) => a - b).slice(0, limit);
}

/** What is to be decided about these assigned resource types; those of which only values are come along. */
export async function readDecidable(
  transaction: StoreTransaction,
  kind: Decidable,
  filter: DecidableFilter,
  ids: readonly number[],
): Promise<DecidableRows & { readonly own: ReadonlySet<number> }> {
  const { tx } = transaction;
  const resourceTypes: AssignedResourceTypeRow[] = [];
  const values: AssignedValueRow[] = [];
  const own = new Set<number>();
  for (const chunk of chunksOf(transaction, ids)) {
    const narrowed = { ...filter, ids: chunk };
    resourceTypes.push(
      ...(await tx<AssignedResourceTypeRow>('assigned_resource_types')
        .whereIn('id', [...chunk])
        .orderBy('id')),
    );
    for (const row of await fromResourceTypes(transaction, kind, narrowed).select('a.id'))
      own.add(Number(row.id));
    values.push(
      ...(await fromValues(transaction, kind, narrowed)
        .orderBy(['v.assigned_resource_type_id', 'v.property', 'v.id'])
        .select<AssignedValueRow[]>('v.*')),
    );
  }
  return { resourceTypes, values, own };
}

/** How many assigned resource types, and how many values, are to be decided about. */
export async function countDecidable(
  transaction: StoreTransaction,
  kind: Decidable,
  filter: DecidableFilter,
): Promise<{ readonly items: number; readonly resourceTypes: number; readonly values: number }> {
  const { tx } = transaction;
  const count = async (query: Knex.QueryBuilder): Promise<number> =>
    Number((await query.count({ n: '*' }).first())?.n ?? 0);
  const types = fromResourceTypes(transaction, kind, filter);
  const values = fromValues(transaction, kind, filter);
  const ids = types
    .clone()
    .select({ id: 'a.id' })
    .union(values.clone().select({ id: 'v.assigned_resource_type_id' }));
  return {
    items: await count(tx.from(ids.as('ids'))),
    resourceTypes: await count(types.clone()),
    values: await count(values.clone()),
  };
}

/** Values that ask for the same. */
export interface DecidableGroup {
  readonly resourceType: string;
  readonly property: string;
  readonly kind: AssignedValueRow['kind'];
  readonly linkedId: number;
  readonly policyValue: string | null;
  readonly currentValue: string | null;
  readonly count: number;
}

/** The most frequent first. */
export async function groupDecidableValues(
  transaction: StoreTransaction,
  kind: Decidable,
  filter: DecidableFilter,
  limit: number,
): Promise<readonly DecidableGroup[]> {
  const columns = [
    'a.resource_type',
    'v.property',
    'v.kind',
    'v.linked_id',
    'v.policy_value',
    'v.current_value',
  ];
  const rows = await fromValues(transaction, kind, filter)
    .groupBy(columns)
    .orderBy([{ column: 'n', order: 'desc' }, ...columns])
    .limit(limit)
    .select(columns)
    .count({ n: '*' });
  return rows.map((row) => ({
    resourceType: row.resource_type,
    property: row.property,
    kind: row.kind,
    linkedId: Number(row.linked_id),
    policyValue: row.policy_value,
    currentValue: row.current_value,
    count: Number(row.n),
  }));
}

function fromResourceTypes(
  transaction: StoreTransaction,
  kind: Decidable,
  filter: DecidableFilter,
): Knex.QueryBuilder {
  const query = transaction.tx('assigned_resource_types as a').whereRaw(conditions[kind]('a'));
  // What somebody asked not to be given is no order that somebody declined.
  if (kind === 'declined') query.whereRaw("(a.request is null or a.request <> 'deny')");
  whereResourceType(transaction, query, filter);
  return query;
}

function fromValues(
  transaction: StoreTransaction,
  kind: Decidable,
  filter: DecidableFilter,
): Knex.QueryBuilder {
  const query = transaction
    .tx('assigned_values as v')
    .join('assigned_resource_types as a', 'a.id', 'v.assigned_resource_type_id')
    .whereRaw(conditions[kind]('v'));
  whereValue(transaction, query, filter);
  return query;
}

function* chunksOf(
  { dialect }: StoreTransaction,
  ids: readonly number[],
): Generator<readonly number[]> {
  const size = dialect.maxParameters - 1_000;
  for (let start = 0; start < ids.length; start += size) yield ids.slice(start, start + size);
}
