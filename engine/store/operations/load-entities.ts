/**
 * Rows of one entity type, from a staging table into the store: counted first, then applied as set statements. The
 * staging table lives in the transaction; nothing of a run that is not applied remains.
 */
import type { SqlValue } from '../dialect.ts';
import type { EntityTable } from '../entity-tables.ts';
import type { StoreTransaction } from '../open-store.ts';
import { allocateIds } from './allocate-ids.ts';

/** `mappingKey` first, then the values of `properties` in order. */
export type StagedRow = readonly [mappingKey: string, ...values: (string | null)[]];

export interface EntityStage {
  readonly table: string;
  readonly entity: EntityTable;
  readonly properties: readonly string[];
  readonly columns: readonly string[];
}

export interface EntityCounts {
  readonly stored: number;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/**
 * How the staged rows relate to the store. `complete`: they are all there is, the rest goes. `partial`: they are some of
 * what there is, nothing goes. `changes`: rows to put and keys to delete (`deletions` of `stageEntities`).
 */
export type LoadKind = 'complete' | 'partial' | 'changes';

export async function stageEntities(
  { tx, dialect }: StoreTransaction,
  entity: EntityTable,
  properties: readonly string[],
  rows: AsyncIterable<readonly StagedRow[]>,
  deletions: AsyncIterable<readonly string[]>,
): Promise<EntityStage> {
  const table = `s_${entity.table.slice(2)}`;
  const columns = properties.map((property) => entity.columns.get(property) ?? '');
  const definitions = [
    'mapping_key text primary key',
    'is_deleted integer not null',
    ...columns.map((c) => `"${c}" text`),
  ];
  await tx.raw(dialect.temporaryTable(table, definitions.join(', ')));
  const names = ['mapping_key', 'is_deleted', ...columns];
  for await (const batch of rows) {
    await dialect.insertRows(
      tx,
      table,
      names,
      batch.map(([key, ...values]) => [key, 0, ...values]),
    );
  }
  const empty: SqlValue[] = columns.map(() => null);
  for await (const batch of deletions) {
    await dialect.insertRows(
      tx,
      table,
      names,
      batch.map((key) => [key, 1, ...empty]),
    );
  }
  await dialect.analyze(tx, table);
  return { table, entity, properties, columns };
}

/** What applying the stage would do; nothing is written. */
export async function countEntityChanges(
  { tx, dialect }: StoreTransaction,
  stage: EntityStage,
  kind: LoadKind,
): Promise<EntityCounts> {
  const r = stage.entity.table;
  const s = stage.table;
  const stored = await count(tx, `select count(*) as n from "${r}"`);
  const inserted = await count(
    tx,
    `select count(*) as n from "${s}" s left join "${r}" r on r.mapping_key = s.mapping_key where r.id is null and s.is_deleted = 0`,
  );
  const differs = differences(stage, dialect.isDistinct);
  const updated =
    differs === ''
      ? 0
      : await count(
          tx,
          `select count(*) as n from "${s}" s join "${r}" r on r.mapping_key = s.mapping_key where s.is_deleted = 0 and (${differs})`,
        );
  return {
    stored,
    inserted,
    updated,
    deleted: await count(tx, `select count(*) as n from "${r}" r where ${isGone(stage, kind)}`),
  };
}

/** Applies the stage; every change leaves its row of history and an entry in `resource_changes`. */
export async function applyEntityChanges(
  transaction: StoreTransaction,
  stage: EntityStage,
  kind: LoadKind,
  counts: EntityCounts,
  run: { readonly id: number; readonly at: string },
): Promise<void> {
  if (counts.updated > 0) await updateChanged(transaction, stage, run, counts.updated);
  if (counts.deleted > 0) await deleteGone(transaction, stage, kind, run, counts.deleted);
  if (counts.inserted > 0) await insertNew(transaction, stage, run, counts.inserted);
}

export async function dropStage({ tx }: StoreTransaction, table: string): Promise<void> {
  await tx.raw(`drop table if exists "${table}"`);
}

function differences(
  stage: EntityStage,
  isDistinct: (left: string, right: string) => string,
): string {
  return stage.columns.map((column) => isDistinct(`r."${column}"`, `s."${column}"`)).join(' or ');
}

function isGone(stage: EntityStage, kind: LoadKind): string {
  switch (kind) {
    case 'complete':
      return `not exists (select 1 from "${stage.table}" s where s.mapping_key = r.mapping_key)`;
    case 'changes':
      return `exists (select 1 from "${stage.table}" s where s.mapping_key = r.mapping_key and s.is_deleted = 1)`;
    case 'partial':
      return '1 = 0';
  }
}

async function count(tx: StoreTransaction['tx'], sql: string): Promise<number> {
  return Number(firstRow(await tx.raw(sql))['n']);
}

/** knex gives raw results in the driver's shape: an array (SQLite) or an object with `rows` (PostgreSQL). */
export function rawRows(result: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (Array.isArray(result)) return result;
  return (result as { readonly rows: readonly Readonly<Record<string, unknown>>[] }).rows;
}

function firstRow(result: unknown): Readonly<Record<string, unknown>> {
  return rawRows(result)[0] ?? {};
}

async function updateChanged(
  { tx, dialect }: StoreTransaction,
  stage: EntityStage,
  run: { id: number; at: string },
  changed: number,
): Promise<void> {
  const r = stage.entity.table;
  const s = stage.table;
  const differs = differences(stage, dialect.isDistinct);
  const joined = `from "${s}" s join "${r}" r on r.mapping_key = s.mapping_key where s.is_deleted = 0 and (${differs})`;
  const list = stage.columns
    .map(
      (column, index) =>
        `case when ${dialect.isDistinct(`r."${column}"`, `s."${column}"`)} then ',"${stage.properties[index]}"' else '' end`,
    )
    .join(' || ');
  const firstChange = await allocateIds({ tx, dialect }, changed);
  await tx.raw(
    `insert into resource_changes (id, run_id, entity_type, resource_id, kind, properties)
     select ${firstChange} - 1 + row_number() over (order by r.id), ?, ?, r.id, 'update', '[' || substr(${list}, 2) || ']' ${joined}`,
    [run.id, stage.entity.entityType],
  );
  await keepHistory({ tx, dialect }, stage, run, `r.id in (select r.id ${joined})`);
  const assignments = stage.columns.map((column) => `"${column}" = s."${column}"`).join(', ');
  await tx.raw(
    `update "${r}" as r set ${assignments}, run_id = ?, valid_from = ? from "${s}" as s
     where s.mapping_key = r.mapping_key and s.is_deleted = 0 and (${differs})`,
    [run.id, run.at],
  );
}

async function deleteGone(
  { tx, dialect }: StoreTransaction,
  stage: EntityStage,
  kind: LoadKind,
  run: { id: number; at: string },
  gone: number,
): Promise<void> {
  const r = stage.entity.table;
  const condition = isGone(stage, kind);
  const firstChange = await allocateIds({ tx, dialect }, gone);
  await tx.raw(
    `insert into resource_changes (id, run_id, entity_type, resource_id, kind, properties)
     select ${firstChange} - 1 + row_number() over (order by r.id), ?, ?, r.id, 'delete', '[]' from "${r}" r where ${condition}`,
    [run.id, stage.entity.entityType],
  );
  await keepHistory({ tx, dialect }, stage, run, condition);
  await tx.raw(`delete from "${r}" as r where ${condition}`);
}

async function keepHistory(
  { tx }: StoreTransaction,
  stage: EntityStage,
  run: { id: number; at: string },
  condition: string,
): Promise<void> {
  const kept = ['id', 'mapping_key', 'run_id', 'valid_from', ...stage.entity.columns.values()].map(
    (column) => `"${column}"`,
  );
  await tx.raw(
    `insert into "${stage.entity.historyTable}" (${kept.join(', ')}, valid_to)
     select ${kept.map((column) => `r.${column}`).join(', ')}, ? from "${stage.entity.table}" r where ${condition}`,
    [run.at],
  );
}

async function insertNew(
  { tx, dialect }: StoreTransaction,
  stage: EntityStage,
  run: { id: number; at: string },
  inserted: number,
): Promise<void> {
  const r = stage.entity.table;
  const firstId = await allocateIds({ tx, dialect }, inserted * 2);
  const columns = stage.columns.map((column) => `"${column}"`);
  const names = ['id', 'mapping_key', 'run_id', 'valid_from', ...columns].join(', ');
  const values = stage.columns.map((column) => `, s."${column}"`).join('');
  await tx.raw(
    `insert into "${r}" (${names})
     select ${firstId} - 1 + row_number() over (order by s.mapping_key), s.mapping_key, ?, ?${values}
     from "${stage.table}" s left join "${r}" r on r.mapping_key = s.mapping_key where r.id is null and s.is_deleted = 0`,
    [run.id, run.at],
  );
  await tx.raw(
    `insert into resource_changes (id, run_id, entity_type, resource_id, kind, properties)
     select ${inserted} + r.id, ?, ?, r.id, 'insert', '[]' from "${r}" r where r.id >= ? and r.id < ?`,
    [run.id, stage.entity.entityType, firstId, firstId + inserted],
  );
}
