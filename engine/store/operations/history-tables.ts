/** The tables of former versions, whatever they hold: each row was true from `valid_from` until just before `valid_to`. */
import { readTableMap } from '../entity-tables.ts';
import type { StoreTransaction } from '../open-store.ts';
import { type AssignmentTable, versionTables } from './history-assignments.ts';

export interface VersionedTable {
  readonly kind: 'resources' | 'links' | 'assignments';
  /** Entity type, association or assigned table. */
  readonly subject: string;
  readonly table: string;
  /** What tells the versions of one thing from those of another; the first column is indexed. */
  readonly key: readonly string[];
  /** What a version says: columns by the name people know. */
  readonly content: ReadonlyMap<string, string>;
}

/** How a version came to be is no content. */
const bookkeeping = new Set(['id', 'run_id', 'source_row', 'valid_from', 'valid_to', 'ended_by']);

/** All of them, in a fixed order. */
export async function listVersionedTables(
  transaction: StoreTransaction,
): Promise<readonly VersionedTable[]> {
  const tables = await readTableMap(transaction);
  const found: VersionedTable[] = [];
  for (const entity of tables.entities.values())
    found.push({
      kind: 'resources',
      subject: entity.entityType,
      table: entity.historyTable,
      key: ['id'],
      content: new Map([['mapping_key', 'mapping_key'], ...entity.columns]),
    });
  for (const links of tables.associations.values())
    found.push({
      kind: 'links',
      subject: links.association,
      table: links.historyTable,
      key: ['value1', 'value2'],
      content: new Map([
        ['id1', 'id1'],
        ['id2', 'id2'],
      ]),
    });
  for (const [name, { table, columns }] of Object.entries(versionTables)) {
    const content = columns.filter((column) => !bookkeeping.has(column));
    found.push({
      kind: 'assignments',
      // The keys of a record of tables.
      subject: name as AssignmentTable,
      table,
      key: ['id'],
      content: new Map(content.map((column) => [column, column])),
    });
  }
  return found;
}

/** Part of a table: keys after `after`, up to and with `upTo`. */
export interface KeyRange {
  readonly after: string | number | null;
  /** `null`: to the end. */
  readonly upTo: string | number | null;
}

/** The next range of about so many rows; `null` when there are none. Rows of one thing are never split. */
export async function nextKeyRange(
  { tx }: StoreTransaction,
  { table, key }: Pick<VersionedTable, 'table' | 'key'>,
  after: string | number | null,
  rows: number,
): Promise<KeyRange | null> {
  const column = key[0] ?? '';
  const behind = () => {
    const query = tx(table).orderBy(column);
    return after === null ? query : query.where(column, '>', after);
  };
  if ((await behind().first(column)) === undefined) return null;
  const last = await behind()
    .offset(rows - 1)
    .first(column);
  return { after, upTo: last === undefined ? null : last[column] };
}

/** SQL condition and its values. */
export function inRange(
  column: string,
  { after, upTo }: KeyRange,
): { readonly sql: string; readonly values: readonly (string | number)[] } {
  const parts = [
    ...(after === null ? [] : [`"${column}" > ?`]),
    ...(upTo === null ? [] : [`"${column}" <= ?`]),
  ];
  return {
    sql: parts.join(' and ') || '1 = 1',
    values: [after, upTo].filter((value) => value !== null),
  };
}

/** How many former versions a table holds. */
export async function countVersions({ tx }: StoreTransaction, table: string): Promise<number> {
  return Number((await tx(table).count({ n: '*' }).first())?.n ?? 0);
}
