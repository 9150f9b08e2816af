/** Links with an end that no resource answers to. */
import type { StoreTransaction } from '../open-store.ts';

/** A link and which of its ends is missing: 1, 2, or both. */
export interface OpenLink {
  readonly value1: string;
  readonly value2: string;
  readonly missing: readonly (1 | 2)[];
}

export async function countOpenLinks({ tx }: StoreTransaction, table: string): Promise<number> {
  const row = await tx(table)
    .where((q) => q.whereNull('id1').orWhereNull('id2'))
    .count({ n: '*' })
    .first();
  return Number(row?.['n'] ?? 0);
}

/** Up to `limit` of them behind `after`, in the order of their values. */
export async function listOpenLinksAfter(
  { tx }: StoreTransaction,
  table: string,
  after: readonly [value1: string, value2: string] | null,
  limit: number,
): Promise<readonly OpenLink[]> {
  const query = tx(table).where((q) => q.whereNull('id1').orWhereNull('id2'));
  if (after !== null) {
    const [value1, value2] = after;
    query.andWhere((q) =>
      q
        .where('value1', '>', value1)
        .orWhere((p) => p.where({ value1 }).where('value2', '>', value2)),
    );
  }
  const rows = await query
    .orderBy(['value1', 'value2'])
    .limit(limit)
    .select('value1', 'value2', 'id1', 'id2');
  return rows.map((row) => ({
    value1: row.value1,
    value2: row.value2,
    missing: [
      ...(row.id1 === null ? ([1] as const) : []),
      ...(row.id2 === null ? ([2] as const) : []),
    ],
  }));
}
