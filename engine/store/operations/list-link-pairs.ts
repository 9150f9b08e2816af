import type { StoreTransaction } from '../open-store.ts';
import type { LinkPair } from './load-links.ts';

/** Links that name this value on this side. */
export async function listLinkPairs(
  { tx }: StoreTransaction,
  table: string,
  side: 1 | 2,
  value: string,
): Promise<readonly LinkPair[]> {
  const rows = await tx(table)
    .where(side === 1 ? 'value1' : 'value2', value)
    .select('value1', 'value2');
  return rows.map((row): LinkPair => [row.value1, row.value2]);
}
