/**
 * Rows of one entity type, compared with the store as they are read: what differs goes to a staging table that lives in the
 * transaction, what is the same goes nowhere. Rows for an empty table are not staged at all.
 */
import type { SqlValue } from '../dialect.ts';
import type { EntityTable } from '../entity-tables.ts';
import type { StoreTransaction } from '../open-store.ts';
import { rawRows } from './raw-rows.ts';
import { listVirtual } from './virtual-resources.ts';

/** Row of the connection table, counted from 1 and `null` where unknown; then the values of the properties in order. */
export type StagedRow = readonly [
  mappingKey: string,
  sourceRow: number | null,
  ...values: (string | null)[],
];

export interface EntityCounts {
  readonly stored: number;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/**
 * How the rows relate to the store. `complete`: they are all there is, the rest goes. `partial`: they are some of what there
 * is, nothing goes. `changes`: rows to put, and keys to delete.
 */
export type LoadKind = 'complete' | 'partial' | 'changes';

export interface EntityRows {
  readonly kind: LoadKind;
  /** Identifiers of the properties that the rows have values of. */
  readonly properties: readonly string[];
  readonly rows: AsyncIterable<readonly StagedRow[]>;
  readonly deletions: AsyncIterable<readonly string[]>;
  /** Where properties have a precision of history: milliseconds by property, and the time that is now. */
  readonly precision?: { readonly ms: ReadonlyMap<string, number>; readonly now: number };
  /** How many rows there are, where that is known: they can then go straight into a table that is empty. */
  readonly rowCount?: number;
}

export interface EntityStage {
  readonly entity: EntityTable;
  readonly properties: readonly string[];
  /** Columns of the properties in the entity's table. */
  readonly columns: readonly string[];
  /** What applying the stage does. */
  readonly counts: EntityCounts;
  /** Deletions of keys that no resource has: they do nothing. */
  readonly unknownDeletions: number;
  /** Resources that so far only a ticket had said are there. */
  readonly noLongerVirtual?: readonly number[];
  /** Which of the columns differ anywhere, by position: others need not be written. */
  readonly changedColumns: readonly number[];
  /** The staging table (`id`, `mapping_key`, `source_row`, `kind`, `changed`, `is_amended`, `c0` …), or rows not looked at yet. */
  readonly content:
    | { readonly status: 'staged'; readonly table: string }
    | { readonly status: 'unread'; readonly rows: AsyncIterable<readonly StagedRow[]> };
}

/** Values of `kind` in a staging table. */
export const stagedKinds = { insert: 0, update: 1, delete: 2 } as const;

/** Rows of a batch are looked up together; this many at least, so that a distant database is not asked row by row. */
const lookupBatch = 5_000;

/** Memory: one batch, and for complete rows 8 bytes per resource found. Nothing but the staging table is written. */
export async function stageEntities(
  transaction: StoreTransaction,
  entity: EntityTable,
  given: EntityRows,
): Promise<EntityStage> {
  const { properties, rowCount } = given;
  const columns = properties.map((property) => entity.columns.get(property) ?? '');
  const stored = entity.rowCount;
  if (given.kind !== 'changes' && rowCount !== undefined && (await isEmpty(transaction, entity))) {
    return {
      entity,
      properties,
      columns,
      counts: { stored, inserted: rowCount, updated: 0, deleted: 0 },
      unknownDeletions: 0,
      changedColumns: [],
      content: { status: 'unread', rows: given.rows },
    };
  }
  const stager = new Stager(transaction, entity, given, columns);
  await stager.create();
  const isComplete = given.kind === 'complete';
  const seen = new IdList();
  for await (const batch of inBatches(given.rows)) {
    for (const id of await stager.put(batch)) if (isComplete) seen.add(id);
  }
  for await (const keys of inBatches(given.deletions)) await stager.delete(keys);
  if (isComplete) await stager.deleteOthers(seen);
  await transaction.dialect.analyze(transaction.tx, stager.table);
  const content = { status: 'staged', table: stager.table } as const;
  const { unknownDeletions } = stager;
  const counts = { stored, ...stager.counts };
  const changedColumns = [...stager.changedColumns].sort((a, b) => a - b);
  const noLongerVirtual = [...stager.noLongerVirtual];
  return {
    ...{ entity, properties, columns, counts, unknownDeletions, changedColumns, content },
    ...(noLongerVirtual.length === 0 ? {} : { noLongerVirtual }),
  };
}

/** Takes a staging table away, or what else was put aside in a temporary table. */
export async function dropStage({ tx }: StoreTransaction, table: string): Promise<void> {
  await tx.raw(`drop table if exists "${table}"`);
}

async function isEmpty({ tx }: StoreTransaction, entity: EntityTable): Promise<boolean> {
  return (await tx(entity.table).first('id')) === undefined;
}

async function* inBatches<T>(batches: AsyncIterable<readonly T[]>): AsyncGenerator<readonly T[]> {
  let waiting: T[] = [];
  for await (const batch of batches) {
    for (const one of batch) waiting.push(one);
    if (waiting.length < lookupBatch) continue;
    yield waiting;
    waiting = [];
  }
  if (waiting.length > 0) yield waiting;
}

class Stager {
  readonly table: string;
  readonly counts = { inserted: 0, updated: 0, deleted: 0 };
  unknownDeletions = 0;
  readonly changedColumns = new Set<number>();
  readonly noLongerVirtual = new Set<number>();
  #virtual: ReadonlySet<number> = new Set();
  readonly #transaction: StoreTransaction;
  readonly #entity: EntityTable;
  readonly #columns: readonly string[];
  /** Names as they stand in a list of changed properties. */
  readonly #names: readonly string[];
  readonly #stageColumns: readonly string[];
  readonly #noValues: readonly null[];
  /** Milliseconds by column, and now; `null` when no property has a precision. */
  readonly #precision: { readonly ms: readonly number[]; readonly now: number } | null;

  constructor(
    transaction: StoreTransaction,
    entity: EntityTable,
    { properties, precision }: EntityRows,
    columns: readonly string[],
  ) {
    this.table = `s_${entity.table.slice(2)}`;
    this.#transaction = transaction;
    this.#entity = entity;
    this.#columns = columns;
    this.#names = properties.map((property) => JSON.stringify(property));
    const values = columns.map((_, index) => `c${index}`);
    this.#stageColumns = [
      ...['id', 'mapping_key', 'source_row', 'kind', 'changed', 'is_amended'],
      ...values,
    ];
    this.#noValues = columns.map(() => null);
    const ms = properties.map((property) => precision?.ms.get(property) ?? 0);
    this.#precision =
      precision !== undefined && ms.some((one) => one > 0) ? { ms, now: precision.now } : null;
  }

  async create(): Promise<void> {
    const { tx, dialect } = this.#transaction;
    const values = this.#columns.map((_, index) => `, c${index} text`).join('');
    await dropStage(this.#transaction, this.table);
    this.#virtual = await listVirtual(this.#transaction, this.#entity.entityType);
    await tx.raw(
      dialect.temporaryTable(
        this.table,
        `id bigint, mapping_key text not null, source_row bigint, kind integer not null, changed text, is_amended integer not null default 0${values}`,
      ),
    );
  }

  /** Stages the rows that are new or different; returns the ids of those that are stored. */
  async put(rows: readonly StagedRow[]): Promise<readonly number[]> {
    const { tx, dialect } = this.#transaction;
    const stored = await this.#find(rows.map(([key]) => key));
    const staged: (readonly SqlValue[])[] = [];
    const ids: number[] = [];
    for (const row of rows) {
      const [key, sourceRow, ...values] = row;
      const known = stored.get(key);
      if (known === undefined) {
        staged.push([null, key, sourceRow, stagedKinds.insert, null, 0, ...values]);
        this.counts.inserted += 1;
        continue;
      }
      const id = Number(known[1]);
      ids.push(id);
      if (this.#virtual.has(id)) this.noLongerVirtual.add(id);
      let changed = '';
      let reach = Number.POSITIVE_INFINITY;
      for (let index = 0; index < this.#names.length; index += 1) {
        if ((values[index] ?? null) === known[index + 2]) continue;
        changed += `${changed === '' ? '' : ','}${this.#names[index]}`;
        this.changedColumns.add(index);
        reach = Math.min(reach, this.#precision?.ms[index] ?? 0);
      }
      if (changed === '') continue;
      const isAmended = this.#isWithin(reach, known) ? 1 : 0;
      staged.push([id, key, sourceRow, stagedKinds.update, `[${changed}]`, isAmended, ...values]);
      this.counts.updated += 1;
    }
    await dialect.insertRows(tx, this.table, this.#stageColumns, staged);
    return ids;
  }

  async delete(keys: readonly string[]): Promise<void> {
    const stored = await this.#find(keys);
    this.unknownDeletions += keys.length - stored.size;
    const ids = [...stored.values()].map((row) => Number(row[1]));
    for (const id of ids) if (this.#virtual.has(id)) this.noLongerVirtual.add(id);
    await this.#stageDeletions(ids);
  }

  /** Stages the deletion of every resource that is not among these. */
  async deleteOthers(seen: IdList): Promise<void> {
    const { tx } = this.#transaction;
    const pageSize = 20_000;
    const kept = seen.sorted();
    let next = 0;
    for (let after = 0; ; ) {
      const page = rawRows(
        await tx.raw(`select id from "${this.#entity.table}" where id > ? order by id limit ?`, [
          after,
          pageSize,
        ]),
      );
      const gone: number[] = [];
      for (const row of page) {
        const id = Number(row['id']);
        while (next < kept.length && (kept[next] ?? 0) < id) next += 1;
        // A system that tickets stand for says nothing of what they made.
        if (kept[next] !== id && !this.#virtual.has(id)) gone.push(id);
        after = id;
      }
      await this.#stageDeletions(gone);
      if (page.length < pageSize) return;
    }
  }

  async #find(keys: readonly string[]): Promise<ReadonlyMap<SqlValue, readonly SqlValue[]>> {
    const { tx, dialect } = this.#transaction;
    const columns = ['mapping_key', 'id', ...this.#columns];
    if (this.#precision !== null) columns.push('valid_from');
    const rows = await dialect.readByKey(tx, this.#entity.table, columns, keys);
    return new Map(rows.map((row) => [row[0] ?? null, row]));
  }

  /** The stored version began so recently that a change of this reach makes none of its own. */
  #isWithin(reachMs: number, known: readonly SqlValue[]): boolean {
    if (this.#precision === null || reachMs === 0) return false;
    return this.#precision.now - Date.parse(String(known.at(-1))) < reachMs;
  }

  async #stageDeletions(ids: readonly number[]): Promise<void> {
    const { tx, dialect } = this.#transaction;
    this.counts.deleted += ids.length;
    await dialect.insertRows(
      tx,
      this.table,
      this.#stageColumns,
      ids.map((id) => [id, '', null, stagedKinds.delete, null, 0, ...this.#noValues]),
    );
  }
}

/** A growing list of ids, 8 bytes each. */
class IdList {
  #ids = new Float64Array(1_024);
  #length = 0;

  add(id: number): void {
    if (this.#length === this.#ids.length) {
      const larger = new Float64Array(this.#length * 2);
      larger.set(this.#ids);
      this.#ids = larger;
    }
    this.#ids[this.#length] = id;
    this.#length += 1;
  }

  sorted(): Float64Array {
    return this.#ids.subarray(0, this.#length).sort();
  }
}
