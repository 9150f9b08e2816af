import type { StoreTransaction } from '../open-store.ts';
import { rawRows } from './raw-rows.ts';

/**
 * Takes `count` ids that nobody else will get; returns the first. One counter serves every table, so that an id names
 * one row of the whole store.
 */
export async function allocateIds({ tx }: StoreTransaction, count: number): Promise<number> {
  // Read as it is written: the second transaction waits here instead of taking the same ids.
  const [row] = rawRows(
    await tx.raw(
      "update meta set value = cast(cast(value as bigint) + ? as text) where name = 'next_id' returning value",
      [count],
    ),
  );
  return Number(row?.['value']) - count;
}
