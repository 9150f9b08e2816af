/** Resources of managed systems that nobody owns. */
import type { Knex } from 'knex';
import type { StoreTransaction } from '../open-store.ts';

interface OrphansOf {
  readonly table: string;
  /** Resource types whose targets stand in the table. */
  readonly resourceTypes: readonly string[];
  /** Only what no rule takes for anything. */
  readonly isUncategorized?: boolean;
  /** Without what rules take for another resource type than this one. */
  readonly resourceType?: string;
}

/** Up to `limit` ids after `after`, ascending. */
export async function listOrphans(
  transaction: StoreTransaction,
  of: OrphansOf,
  page: { readonly after: number; readonly limit: number },
): Promise<readonly number[]> {
  const rows = await unowned(transaction, of, page.after).orderBy('id').limit(page.limit);
  return rows.map((row: { readonly id: number }) => Number(row.id));
}

export async function countOrphans(transaction: StoreTransaction, of: OrphansOf): Promise<number> {
  const orphans = unowned(transaction, of, 0).as('orphans');
  return Number((await transaction.tx.from(orphans).count({ n: '*' }).first())?.n ?? 0);
}

/** Those of these ids that nobody owns, in their order. */
export async function filterOrphans(
  { tx, dialect }: StoreTransaction,
  { table, resourceTypes }: OrphansOf,
  ids: readonly number[],
): Promise<readonly number[]> {
  const size = dialect.maxParameters - resourceTypes.length;
  const found = new Set<number>();
  for (let start = 0; start < ids.length; start += size) {
    const chunk = ids.slice(start, start + size);
    for (const row of await tx(table).whereIn('id', chunk).select('id')) found.add(Number(row.id));
    // The types as a condition that no index serves: targets are few, assignments of a type many.
    const owned = await tx('assigned_resource_types')
      .whereIn('target_id', chunk)
      .whereIn(tx.raw("resource_type || ''") as unknown as string, [...resourceTypes])
      .whereRaw('(is_denied = 0 or confidence is null)')
      .select({ id: 'target_id' });
    for (const row of owned) found.delete(Number(row.id));
  }
  return ids.filter((id) => found.has(id));
}

/**
 * As a difference of sets: for `not exists` SQLite goes by the index of resource types, row by row (measured with 8,000
 * accounts: 15 s instead of 10 ms).
 */
function unowned(
  { tx }: StoreTransaction,
  { table, resourceTypes, isUncategorized, resourceType }: OrphansOf,
  after: number,
): Knex.QueryBuilder {
  const owned = tx('assigned_resource_types')
    .whereIn('resource_type', [...resourceTypes])
    .where('target_id', '>', after)
    // An owner that somebody declined is none.
    .whereRaw('(is_denied = 0 or confidence is null)')
    .select({ id: 'target_id' });
  // Authorized without an owner: a person has decided that nothing is missing.
  const authorized = tx('classified_resources')
    .whereRaw(isUncategorized === true ? '1 = 1' : 'is_reviewed = 1')
    .where('resource_id', '>', after)
    .select({ id: 'resource_id' });
  const others =
    resourceType === undefined
      ? []
      : [
          tx('classified_resources')
            .whereNot('resource_type', resourceType)
            .where('resource_id', '>', after)
            .select({ id: 'resource_id' }),
        ];
  return tx(table)
    .where('id', '>', after)
    .select('id')
    .except([owned, authorized, ...others]);
}
