/** What resources and links hold, as one digest for each type: the same for the same data, however they came. */
import { createHash } from 'node:crypto';
import { readTableMap } from '../entity-tables.ts';
import type { StoreTransaction } from '../open-store.ts';

export interface DataDigest {
  readonly rows: number;
  readonly sha256: string;
}

const pageSize = 5_000;

/** By entity type and association. Rows are read in the order of their keys; ids and times take no part. */
export async function digestData(
  transaction: StoreTransaction,
  signal: AbortSignal,
): Promise<Readonly<Record<string, DataDigest>>> {
  const tables = await readTableMap(transaction);
  const digests: Record<string, DataDigest> = {};
  for (const { entityType, table, columns } of tables.entities.values()) {
    const sorted = [...columns].sort(([a], [b]) => (a < b ? -1 : 1));
    const names = sorted.map(([property]) => property);
    digests[entityType] = await digestTable(transaction, {
      table,
      head: names,
      keys: ['mapping_key'],
      columns: sorted.map(([, column]) => column),
      signal,
    });
  }
  for (const { association, table } of tables.associations.values())
    digests[association] = await digestTable(transaction, {
      table,
      head: [],
      keys: ['value1', 'value2'],
      columns: [],
      signal,
    });
  return digests;
}

interface DigestedTable {
  readonly table: string;
  readonly head: readonly string[];
  /** One or two columns that tell rows apart. */
  readonly keys: readonly string[];
  readonly columns: readonly string[];
  readonly signal: AbortSignal;
}

async function digestTable(
  { tx, dialect }: StoreTransaction,
  { table, head, keys, columns, signal }: DigestedTable,
): Promise<DataDigest> {
  const hash = createHash('sha256').update(JSON.stringify(head));
  const read = [...keys, ...columns];
  let rows = 0;
  let after: readonly string[] | null = null;
  for (;;) {
    signal.throwIfAborted();
    const page: readonly Readonly<Record<string, string | null>>[] = await tx(table)
      .select(read)
      .modify((query) => {
        if (after !== null)
          query.whereRaw(`${tuple(keys, dialect.binaryOrder)} > ${places(keys)}`, [...after]);
      })
      .orderByRaw(keys.map((key) => `"${key}"${dialect.binaryOrder}`).join(', '))
      .limit(pageSize);
    let text = '';
    for (const row of page) text += `\n${JSON.stringify(read.map((column) => row[column]))}`;
    hash.update(text);
    rows += page.length;
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) break;
    after = keys.map((key) => last[key] ?? '');
  }
  return { rows, sha256: hash.digest('hex') };
}

function tuple(keys: readonly string[], order: string): string {
  return `(${keys.map((key) => `"${key}"${order}`).join(', ')})`;
}

function places(keys: readonly string[]): string {
  return `(${keys.map(() => '?').join(', ')})`;
}

/** Of a type whose data changed after a time: the first resource or link that did, as people know it. */
export async function findChangedSince(
  transaction: StoreTransaction,
  name: string,
  since: string,
): Promise<string | undefined> {
  const { tx } = transaction;
  const tables = await readTableMap(transaction);
  const entity = tables.entities.get(name);
  const association = tables.associations.get(name);
  const table = entity ?? association;
  if (table === undefined) return undefined;
  const keys = entity === undefined ? ['value1', 'value2'] : ['mapping_key'];
  const present = await tx(table.table).where('valid_from', '>', since).orderBy(keys).first(keys);
  const former = await tx(table.historyTable)
    .where('valid_to', '>', since)
    .orderBy(keys)
    .first(keys);
  const found = present ?? former;
  return found === undefined ? undefined : keys.map((key) => found[key]).join(' → ');
}
