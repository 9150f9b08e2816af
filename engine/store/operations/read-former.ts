/** Resources that have gone, as they last were. */
import { readTableMap } from '../entity-tables.ts';
import type { StoreTransaction } from '../open-store.ts';

/** By id the scalars of the last version of each of these resources; those that history does not know are left out. */
export async function readFormerScalars(
  transaction: StoreTransaction,
  entityType: string,
  ids: readonly number[],
): Promise<ReadonlyMap<number, Readonly<Record<string, string | null>>>> {
  const { tx, dialect } = transaction;
  const found = new Map<number, Readonly<Record<string, string | null>>>();
  const entity = (await readTableMap(transaction)).entities.get(entityType);
  if (entity === undefined) return found;
  const columns = [...entity.columns];
  for (let start = 0; start < ids.length; start += dialect.maxParameters) {
    const rows = await tx(entity.historyTable)
      .whereIn('id', ids.slice(start, start + dialect.maxParameters))
      .orderBy('valid_to')
      .select('id', ...columns.map(([, column]) => column));
    // The last version of each overwrites the earlier ones.
    for (const row of rows)
      found.set(
        Number(row.id),
        Object.fromEntries(columns.map(([property, column]) => [property, row[column] ?? null])),
      );
  }
  return found;
}
