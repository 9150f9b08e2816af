/**
 * Fewer versions of the same time: neighbours in time become one, with the content of the latest and the beginning of the
 * earliest. The time that is covered stays the same to the millisecond, and the present state is never looked at.
 */
import type { StoreTransaction } from '../open-store.ts';
import { inRange, type KeyRange, type VersionedTable } from './history-tables.ts';
import { rawRows } from './raw-rows.ts';

/** Which versions that follow each other without a gap become one. */
export type MergeRule =
  /** Those that begin in one interval; `starts` are the beginnings of intervals, ISO. What is older than all stays. */
  | { readonly kind: 'intervals'; readonly starts: readonly string[] }
  /** Those that say the same, but for the columns left out. */
  | { readonly kind: 'duplicates'; readonly excludedColumns: readonly string[] };

const bounds = 't_history_bounds';
const groups = 't_history_groups';

/** Thins the versions of one range of keys, all of it in the transaction given. Returns how many rows went, or would go. */
export async function thinVersions(
  transaction: StoreTransaction,
  table: VersionedTable,
  range: KeyRange,
  rule: MergeRule,
  isDryRun: boolean,
): Promise<number> {
  const { tx } = transaction;
  await createGroups(transaction, table);
  if (rule.kind === 'intervals') await createBounds(transaction, rule.starts);
  await fillGroups(transaction, table, range, rule);
  const [row] = rawRows(
    await tx.raw(
      `select count(*) as n from "${groups}" g join "${table.table}" h on ${sameKey(table)} where ${isReplaced}`,
    ),
  );
  const removed = Number(row?.['n'] ?? 0);
  if (!isDryRun && removed > 0) await mergeGroups(transaction, table, range);
  await tx.raw(`drop table "${groups}"`);
  if (rule.kind === 'intervals') await tx.raw(`drop table "${bounds}"`);
  return removed;
}

/** Rows of a group but its last; and rows that were true for no time at all, at its last one's beginning. */
const isReplaced = `h.valid_from >= g.first_from and h.valid_from <= g.last_from
  and (h.valid_from < g.last_from or h.valid_to <= h.valid_from)`;

function sameKey({ key }: VersionedTable): string {
  return key.map((column) => `h."${column}" = g."${column}"`).join(' and ');
}

async function createGroups({ tx, dialect }: StoreTransaction, table: VersionedTable) {
  const type = table.kind === 'links' ? 'text' : 'bigint';
  const keys = table.key.map((column) => `"${column}" ${type} not null`).join(', ');
  const primary = [...table.key, 'first_from'].map((column) => `"${column}"`).join(', ');
  await tx.raw(
    dialect.temporaryTable(
      groups,
      `${keys}, first_from text not null, last_from text not null, primary key (${primary})`,
    ),
  );
}

async function createBounds({ tx, dialect }: StoreTransaction, starts: readonly string[]) {
  await tx.raw(dialect.temporaryTable(bounds, 'start_at text primary key'));
  await dialect.insertRows(
    tx,
    bounds,
    ['start_at'],
    [...new Set(starts)].map((start) => [start]),
  );
  await dialect.analyze(tx, bounds);
}

/** Runs of versions that become one, each with the beginnings of its first and last. */
async function fillGroups(
  { tx, dialect }: StoreTransaction,
  table: VersionedTable,
  range: KeyRange,
  rule: MergeRule,
): Promise<void> {
  const keys = table.key.map((column) => `"${column}"`).join(', ');
  const { sql: condition, values } = inRange(table.key[0] ?? '', range);
  const isOfIntervals = rule.kind === 'intervals';
  const bound = `(select max(b.start_at) from "${bounds}" b where b.start_at <= h.valid_from)`;
  const compared = isOfIntervals ? ['bound'] : contentOf(table, rule.excludedColumns);
  const isSame = isOfIntervals
    ? 'lag(bound) over w = bound'
    : compared
        .map((column) => `not (${dialect.isDistinct(`"${column}"`, `lag("${column}") over w`)})`)
        .join(' and ') || '1 = 1';
  const taken = isOfIntervals
    ? `${bound} as bound`
    : compared.map((column) => `h."${column}"`).join(', ') || '1 as nothing';
  const order = `partition by ${keys} order by valid_from, valid_to`;
  await tx.raw(
    `insert into "${groups}" (${keys}, first_from, last_from)
     with placed as (
       select ${table.key.map((column) => `h."${column}"`).join(', ')}, h.valid_from, h.valid_to${
         compared.length === 0 ? '' : `, ${taken}`
       }
       from "${table.table}" h where h.valid_from < h.valid_to and ${condition}
     ), marked as (
       select ${keys}, valid_from, valid_to,
         case when lag(valid_to) over w = valid_from and ${isSame} then 0 else 1 end as begins
       from placed window w as (${order})
     ), numbered as (
       select ${keys}, valid_from, sum(begins) over (${order} rows unbounded preceding) as number from marked
     )
     select ${keys}, min(valid_from), max(valid_from) from numbered group by ${keys}, number having count(*) > 1`,
    [...values],
  );
  await dialect.analyze(tx, groups);
}

/** What tells versions apart; columns that are part of the key are the same anyway. */
function contentOf(table: VersionedTable, excluded: readonly string[]): readonly string[] {
  return [...table.content]
    .filter(([name, column]) => !excluded.includes(name) && !table.key.includes(column))
    .map(([, column]) => column);
}

async function mergeGroups(
  { tx }: StoreTransaction,
  table: VersionedTable,
  range: KeyRange,
): Promise<void> {
  const name = table.table;
  // Only the range is looked at, by its index.
  const { sql, values } = inRange(table.key[0] ?? '', range);
  await tx.raw(
    `delete from "${name}" as h where ${sql} and exists (select 1 from "${groups}" g where ${sameKey(table)} and ${isReplaced})`,
    [...values],
  );
  await tx.raw(
    `update "${name}" as h set valid_from = g.first_from from "${groups}" as g
     where ${sameKey(table)} and h.valid_from = g.last_from and h.valid_to > h.valid_from`,
  );
}
