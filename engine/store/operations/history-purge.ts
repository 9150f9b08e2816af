/** Former versions that ended before a date go. What is true now, and what ended later, stays. */
import type { StoreTransaction } from '../open-store.ts';
import { inRange, type KeyRange, type VersionedTable } from './history-tables.ts';

/** `before` is an ISO timestamp. Returns how many rows went, or would go. */
export async function purgeVersions(
  { tx }: StoreTransaction,
  table: VersionedTable,
  range: KeyRange,
  before: string,
  isDryRun: boolean,
): Promise<number> {
  const { sql, values } = inRange(table.key[0] ?? '', range);
  const old = tx(table.table)
    .where('valid_to', '<', before)
    .whereRaw(sql, [...values]);
  if (!isDryRun) return old.delete();
  return Number((await old.count({ n: '*' }).first())?.n ?? 0);
}
