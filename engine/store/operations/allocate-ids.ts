import type { StoreTransaction } from '../open-store.ts';

/**
 * Takes `count` ids that nobody else will get; returns the first. One counter serves every table, so that an id names
 * one row of the whole store.
 */
export async function allocateIds({ tx }: StoreTransaction, count: number): Promise<number> {
  // Written before it is read: the second transaction waits here instead of taking the same ids.
  await tx('meta')
    .where({ name: 'next_id' })
    .update({ value: tx.raw('cast(cast(value as bigint) + ? as text)', [count]) });
  const row = await tx('meta').where({ name: 'next_id' }).first('value');
  return Number(row.value) - count;
}
