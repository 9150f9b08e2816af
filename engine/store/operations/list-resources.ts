/** Resources by page, by key, by neighbour: always sets. */
import type { EntityTable, TableMap } from '../entity-tables.ts';
import type { StoreTransaction } from '../open-store.ts';

export interface ResourceRow {
  readonly id: number;
  readonly mapping_key: string;
  readonly run_id: number;
  readonly valid_from: string;
  readonly [column: string]: string | number | null;
}

/** Ids after `afterId`, ascending. */
export async function listResourceIds(
  { tx }: StoreTransaction,
  entity: EntityTable,
  afterId: number,
  limit: number,
): Promise<readonly number[]> {
  const rows = await tx(entity.table)
    .where('id', '>', afterId)
    .orderBy('id')
    .limit(limit)
    .select('id');
  return rows.map((row) => row.id);
}

/** Counts the rows of a table one by one: `EntityTable.rowCount` says the same without reading them. */
export async function countRows({ tx }: StoreTransaction, table: string): Promise<number> {
  return Number((await tx(table).count({ n: '*' }).first())?.n ?? 0);
}

export async function listResources(
  { tx }: StoreTransaction,
  entity: EntityTable,
  page: {
    readonly afterId: number;
    readonly limit: number;
    readonly where?: { readonly property: string; readonly value: string };
  },
): Promise<readonly ResourceRow[]> {
  const query = tx<ResourceRow>(entity.table)
    .where('id', '>', page.afterId)
    .orderBy('id')
    .limit(page.limit);
  if (page.where !== undefined)
    query.where(entity.columns.get(page.where.property) ?? 'mapping_key', page.where.value);
  return (await query) as readonly ResourceRow[];
}

export async function readResources(
  { tx, dialect }: StoreTransaction,
  entity: EntityTable,
  ids: readonly number[],
): Promise<readonly ResourceRow[]> {
  const found: ResourceRow[] = [];
  for (let start = 0; start < ids.length; start += dialect.maxParameters) {
    const chunk = ids.slice(start, start + dialect.maxParameters);
    found.push(
      ...((await tx<ResourceRow>(entity.table)
        .whereIn('id', chunk)
        .orderBy('id')) as ResourceRow[]),
    );
  }
  return found;
}

/** Ids of resources one of whose key properties, or whose mapping key, holds one of these texts. */
export async function findByKeys(
  { tx, dialect }: StoreTransaction,
  entity: EntityTable,
  keyProperties: readonly string[],
  keys: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  const columns = [
    ...keyProperties.map((property) => entity.columns.get(property) ?? ''),
    'mapping_key',
  ].filter((c) => c !== '');
  for (const column of columns) {
    // What a key property has found is looked for no more: nearly always that is all.
    const missing = keys.filter((key) => !found.has(key));
    for (let start = 0; start < missing.length; start += dialect.maxParameters) {
      const chunk = missing.slice(start, start + dialect.maxParameters);
      const rows = await tx(entity.table)
        .whereIn(column, chunk)
        .orderBy('id')
        .select('id', { key: column });
      for (const row of rows) if (!found.has(row.key)) found.set(row.key, row.id);
    }
  }
  return found;
}

/** Keys of up to `limit` resources, in the order they came. `property` is a key; without one, the keys of the mapping. */
export async function listKeys(
  { tx }: StoreTransaction,
  entity: EntityTable,
  property: string | undefined,
  limit: number,
): Promise<readonly string[]> {
  const column = entity.columns.get(property ?? '') ?? 'mapping_key';
  const rows = await tx(entity.table).orderBy('id').limit(limit).select({ key: column });
  return rows.flatMap(({ key }) => (key === null ? [] : [String(key)]));
}

/** Ids at the other side of an association, for these ids: one set query per chunk. */
export async function listNeighbours(
  { tx, dialect }: StoreTransaction,
  tables: TableMap,
  link: { readonly association: string; readonly fromSide: 1 | 2 },
  ids: readonly number[],
): Promise<readonly number[]> {
  const table = tables.associations.get(link.association)?.table;
  if (table === undefined) return [];
  const [own, other] = link.fromSide === 1 ? ['id1', 'id2'] : ['id2', 'id1'];
  const found = new Set<number>();
  for (let start = 0; start < ids.length; start += dialect.maxParameters) {
    const chunk = ids.slice(start, start + dialect.maxParameters);
    const rows = await tx(table).whereIn(own, chunk).whereNotNull(other).distinct({ id: other });
    for (const row of rows) found.add(Number(row.id));
  }
  return [...found].sort((a, b) => a - b);
}

/** Former versions of a resource, newest first. */
export async function listHistory(
  { tx }: StoreTransaction,
  entity: EntityTable,
  id: number,
): Promise<readonly (ResourceRow & { readonly valid_to: string })[]> {
  return (await tx(entity.historyTable)
    .where({ id })
    .orderBy('valid_to', 'desc')) as readonly (ResourceRow & { readonly valid_to: string })[];
}
