/** Decisions that a person put off. */
import type { StoreTransaction } from '../open-store.ts';
import type { PostponementRow } from '../tables.ts';

/** Puts rows of assigned tables off; what was put off before is put off anew. */
export async function writePostponements(
  transaction: StoreTransaction,
  rows: readonly PostponementRow[],
): Promise<void> {
  const { tx, dialect } = transaction;
  await removePostponements(
    transaction,
    rows.map((row) => row.row_id),
  );
  const columns = ['row_id', 'as_of', 'until', 'postponed_by', 'postponed_at', 'comment'] as const;
  await dialect.insertRows(
    tx,
    'postponements',
    columns,
    rows.map((row) => columns.map((column) => row[column])),
  );
}

/** Forgets them: something was decided, or the time has come. */
export async function removePostponements(
  { tx, dialect }: StoreTransaction,
  rowIds: readonly number[],
): Promise<void> {
  for (let start = 0; start < rowIds.length; start += dialect.maxParameters)
    await tx('postponements')
      .whereIn('row_id', rowIds.slice(start, start + dialect.maxParameters))
      .delete();
}

/** Those of these rows, by row. */
export async function readPostponements(
  { tx, dialect }: StoreTransaction,
  rowIds: readonly number[],
): Promise<ReadonlyMap<number, PostponementRow>> {
  const found = new Map<number, PostponementRow>();
  for (let start = 0; start < rowIds.length; start += dialect.maxParameters) {
    const chunk = rowIds.slice(start, start + dialect.maxParameters);
    for (const row of await tx<PostponementRow>('postponements').whereIn('row_id', chunk))
      found.set(Number(row.row_id), row);
  }
  return found;
}

/** Forgets what was put off until a time before `now`. */
export async function removeStalePostponements(
  { tx }: StoreTransaction,
  now: string,
): Promise<void> {
  await tx('postponements').where('until', '<=', now).delete();
}
