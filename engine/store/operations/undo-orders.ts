/** What is needed to take back what orders did. */
import type { TableMap } from '../entity-tables.ts';
import type { StoreTransaction } from '../open-store.ts';
import type { ProvisioningOrderRow } from '../tables.ts';

/** Of these orders, those that another one takes back or has taken back. */
export async function findUndone(
  { tx, dialect }: StoreTransaction,
  orderIds: readonly number[],
): Promise<ReadonlySet<number>> {
  const undone = new Set<number>();
  for (let start = 0; start < orderIds.length; start += dialect.maxParameters - 10) {
    const rows = await tx('provisioning_orders')
      .whereIn('undoes', orderIds.slice(start, start + dialect.maxParameters - 10))
      .whereIn('status', ['generated', 'intent', 'ticket', 'executed'])
      .distinct('undoes');
    for (const row of rows) undone.add(Number(row.undoes));
  }
  return undone;
}

/** By id: resources at the other ends of the links these had at a time, in ascending order. */
export async function readLinksAt(
  { tx, dialect }: StoreTransaction,
  tables: TableMap,
  link: { readonly association: string; readonly fromSide: 1 | 2 },
  ids: readonly number[],
  at: string,
): Promise<ReadonlyMap<number, readonly number[]>> {
  const found = new Map<number, Set<number>>();
  const table = tables.associations.get(link.association);
  if (table === undefined) return new Map();
  const [own, other] = link.fromSide === 1 ? ['id1', 'id2'] : ['id2', 'id1'];
  for (let start = 0; start < ids.length; start += dialect.maxParameters - 10) {
    const chunk = ids.slice(start, start + dialect.maxParameters - 10);
    const columns = { id: own, linked: other };
    const present = tx(table.table).whereIn(own, chunk).where('valid_from', '<=', at);
    const former = tx(table.historyTable)
      .whereIn(own, chunk)
      .where('valid_from', '<=', at)
      .where('valid_to', '>', at);
    for (const query of [present, former])
      for (const row of await query.whereNotNull(other).select(columns)) {
        const linked = found.get(Number(row.id)) ?? new Set<number>();
        found.set(Number(row.id), linked.add(Number(row.linked)));
      }
  }
  return new Map([...found].map(([id, linked]) => [id, [...linked].sort((a, b) => a - b)]));
}

/** These orders, by id; no more than the dialect has parameters. */
export async function readOrdersById(
  { tx }: StoreTransaction,
  ids: readonly number[],
): Promise<ReadonlyMap<number, ProvisioningOrderRow>> {
  const rows = await tx<ProvisioningOrderRow>('provisioning_orders').whereIn('id', [...ids]);
  return new Map(rows.map((row) => [row.id, row]));
}

/** What was written instead of what was ordered, by executed order; orders that wrote what they were told to are left out. */
export async function readWrittenValues(
  { tx, dialect }: StoreTransaction,
  ids: readonly number[],
): Promise<ReadonlyMap<number, Readonly<Record<string, string | null>>>> {
  const found = new Map<number, Readonly<Record<string, string | null>>>();
  for (let start = 0; start < ids.length; start += dialect.maxParameters - 10) {
    const rows = await tx('provisioning_orders')
      .whereIn('id', ids.slice(start, start + dialect.maxParameters - 10))
      .where('status', 'executed')
      .whereNotNull('written_values')
      .select('id', 'written_values');
    // Written by whoever reported the outcome.
    for (const row of rows) found.set(Number(row.id), JSON.parse(row.written_values));
  }
  return found;
}
