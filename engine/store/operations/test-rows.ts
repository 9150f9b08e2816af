/** Looks for resources of one entity type that do not hold what a data test asks: set statements, read only. */
import type { EntityTable } from '../entity-tables.ts';
import type { StoreTransaction } from '../open-store.ts';
import { rawRows } from './raw-rows.ts';

/** What every row must hold. Columns are those of the entity table. */
export type RowCheck =
  /** No other row has the value; with `within` only rows of one value of that column are compared. */
  | { readonly kind: 'unique'; readonly column: string; readonly within: string | null }
  | { readonly kind: 'not-null'; readonly column: string }
  /** At least one link whose other end is there. */
  | { readonly kind: 'linked'; readonly links: string; readonly side: 1 | 2 }
  | { readonly kind: 'accepted'; readonly column: string; readonly values: readonly string[] }
  /** No link whose other end is missing. */
  | { readonly kind: 'links-closed'; readonly links: string; readonly side: 1 | 2 }
  /** The value is one of another table's column. */
  | {
      readonly kind: 'found';
      readonly column: string;
      readonly target: { readonly table: string; readonly column: string };
    };

/** Some of the rows of an entity type, in a temporary table; `null` where all are meant. */
export type RowScope = string | null;

/** Mapping keys in the order of their text, and how many rows fail at all. */
export interface FailingRows {
  readonly failures: number;
  readonly keys: readonly string[];
}

interface Condition {
  /** Joined to the rows `r`. */
  readonly join: string;
  readonly where: string;
  readonly parameters: readonly string[];
}

export async function findFailingRows(
  transaction: StoreTransaction,
  entity: EntityTable,
  scope: RowScope,
  check: RowCheck,
  limit: number,
): Promise<FailingRows> {
  const { tx } = transaction;
  const { join, where, parameters } = writeCondition(transaction, entity, scope, check);
  const from = `from "${entity.table}" r ${join} where ${where}${within(scope)}`;
  const counted = rawRows(await tx.raw(`select count(*) as n ${from}`, [...parameters]));
  const failures = Number(counted[0]?.['n']);
  if (failures === 0) return { failures, keys: [] };
  const rows = rawRows(
    await tx.raw(`select r.mapping_key as k ${from} order by r.mapping_key limit ?`, [
      ...parameters,
      limit,
    ]),
  );
  return { failures, keys: rows.map((row) => String(row['k'])) };
}

export async function countRowsInScope(
  { tx }: StoreTransaction,
  entity: EntityTable,
  scope: RowScope,
): Promise<number> {
  const sql = `select count(*) as n from "${scope ?? entity.table}"`;
  return Number(rawRows(await tx.raw(sql))[0]?.['n']);
}

/** The greatest text of a column that is not greater than `limit`; `null` when there is none. */
export async function findGreatestValue(
  { tx }: StoreTransaction,
  entity: EntityTable,
  scope: RowScope,
  column: string,
  limit: string,
): Promise<string | null> {
  const sql = `select max(r."${column}") as v from "${entity.table}" r where r."${column}" <= ?${within(scope)}`;
  const value = rawRows(await tx.raw(sql, [limit]))[0]?.['v'];
  return typeof value === 'string' ? value : null;
}

/** Values of a column with their mapping keys, page by page in the order of ids; rows without a value are left out. */
export async function* pageValues(
  { tx }: StoreTransaction,
  entity: EntityTable,
  scope: RowScope,
  column: string,
  pageSize: number,
): AsyncGenerator<readonly { readonly key: string; readonly value: string }[]> {
  let after = 0;
  for (;;) {
    const rows = rawRows(
      await tx.raw(
        `select r.id as id, r.mapping_key as k, r."${column}" as v from "${entity.table}" r
         where r.id > ? and r."${column}" is not null${within(scope)} order by r.id limit ?`,
        [after, pageSize],
      ),
    );
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map((row) => ({ key: String(row['k']), value: String(row['v']) }));
    after = Number(last['id']);
  }
}

/** Keeps ids in a temporary table, for use as a scope; `dropStage` removes it. */
export async function stageScope(
  { tx, dialect }: StoreTransaction,
  entity: EntityTable,
  ids: AsyncIterable<readonly number[]>,
): Promise<string> {
  const table = `w_${entity.table.slice(2)}`;
  await tx.raw(dialect.temporaryTable(table, 'id bigint primary key'));
  for await (const page of ids) {
    if (page.length === 0) continue;
    await dialect.insertRows(
      tx,
      table,
      ['id'],
      page.map((id) => [id]),
    );
  }
  await dialect.analyze(tx, table);
  return table;
}

function within(scope: RowScope): string {
  return scope === null ? '' : ` and exists (select 1 from "${scope}" w where w.id = r.id)`;
}

function writeCondition(
  { dialect }: StoreTransaction,
  entity: EntityTable,
  scope: RowScope,
  check: RowCheck,
): Condition {
  switch (check.kind) {
    case 'unique': {
      const { column, within: group } = check;
      const columns = [`r."${column}"`, ...(group === null ? [] : [`r."${group}"`])];
      const several = `select r."${column}" as v${group === null ? '' : `, r."${group}" as g`} from "${entity.table}" r
        where r."${column}" is not null${within(scope)} group by ${columns.join(', ')} having count(*) > 1`;
      const isSameGroup =
        group === null ? '' : ` and not (${dialect.isDistinct('d.g', `r."${group}"`)})`;
      return {
        join: `join (${several}) d on d.v = r."${column}"${isSameGroup}`,
        where: '1 = 1',
        parameters: [],
      };
    }
    case 'not-null':
      return {
        join: '',
        where: `(r."${check.column}" is null or trim(r."${check.column}") = '')`,
        parameters: [],
      };
    case 'linked':
      return { join: '', where: `not ${linkExists(check, 'is not null')}`, parameters: [] };
    case 'links-closed':
      return { join: '', where: linkExists(check, 'is null'), parameters: [] };
    case 'accepted': {
      const places = check.values.map(() => '?').join(', ');
      return {
        join: '',
        where: `r."${check.column}" is not null and r."${check.column}" not in (${places})`,
        parameters: check.values,
      };
    }
    case 'found': {
      // A join, not a subquery per row: both databases then look each value up in one set.
      const { table, column } = check.target;
      return {
        join: `left join (select distinct t."${column}" as v from "${table}" t where t."${column}" is not null) d on d.v = r."${check.column}"`,
        where: `r."${check.column}" is not null and d.v is null`,
        parameters: [],
      };
    }
  }
}

function linkExists(
  { links, side }: { readonly links: string; readonly side: 1 | 2 },
  otherEnd: string,
): string {
  const [own, other] = side === 1 ? ['id1', 'id2'] : ['id2', 'id1'];
  return `exists (select 1 from "${links}" l where l.${own} = r.id and l.${other} ${otherEnd})`;
}
