/** Resources that only a confirmed ticket says are there: no reading lists them, and none takes them for gone. */
import type { StoreTransaction } from '../open-store.ts';
import type { VirtualResourceRow } from '../tables.ts';

/** Marks resources as written by tickets; those that are marked keep their first mark. */
export async function markVirtual(
  { tx, dialect }: StoreTransaction,
  rows: readonly VirtualResourceRow[],
): Promise<void> {
  const ids = rows.map((row) => row.resource_id);
  const known = new Set<number>();
  for (let start = 0; start < ids.length; start += dialect.maxParameters)
    for (const row of await tx('virtual_resources')
      .whereIn('resource_id', ids.slice(start, start + dialect.maxParameters))
      .select('resource_id'))
      known.add(Number(row.resource_id));
  const columns = ['resource_id', 'entity_type', 'order_id', 'written_at'] as const;
  await dialect.insertRows(
    tx,
    'virtual_resources',
    columns,
    rows
      .filter((row) => !known.has(row.resource_id))
      .map((row) => columns.map((column) => row[column])),
  );
}

/** Ids of the virtual resources of an entity type. As many as tickets have made and no reading has found. */
export async function listVirtual(
  { tx }: StoreTransaction,
  entityType: string,
): Promise<ReadonlySet<number>> {
  const rows = await tx('virtual_resources').where('entity_type', entityType).select('resource_id');
  return new Set(rows.map((row) => Number(row.resource_id)));
}

/** The system lists them by now, or they are gone: they are resources like any other. */
export async function unmarkVirtual(
  { tx, dialect }: StoreTransaction,
  ids: readonly number[],
): Promise<void> {
  for (let start = 0; start < ids.length; start += dialect.maxParameters)
    await tx('virtual_resources')
      .whereIn('resource_id', ids.slice(start, start + dialect.maxParameters))
      .delete();
}

export async function hasVirtual({ tx }: StoreTransaction): Promise<boolean> {
  return (await tx('virtual_resources').first('resource_id')) !== undefined;
}
