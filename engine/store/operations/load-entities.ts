/** What was staged of one entity type, into the store: set statements, and every change with its history. */
import type { EntityTable } from '../entity-tables.ts';
import { StoreError } from '../errors.ts';
import type { StoreTransaction } from '../open-store.ts';
import { indexName, keyIndexOf } from '../table-names.ts';
import { allocateIds } from './allocate-ids.ts';
import { dropStage, type EntityStage, type StagedRow, stagedKinds } from './stage-entities.ts';
import { unmarkVirtual } from './virtual-resources.ts';

export interface LoadRun {
  readonly id: number;
  /** UTC ISO: from then on what is written is valid. */
  readonly at: string;
}

/** From this many rows on it is faster to make the indexes of an empty table after it has been filled. */
const indexLaterFrom = 10_000;

/**
 * Applies the stage and takes it away; every change leaves its row of history and an entry in `resource_changes`. `reflects` is the session
 * that the table has the whole content of now, if any.
 */
export async function applyEntityChanges(
  transaction: StoreTransaction,
  stage: EntityStage,
  run: LoadRun,
  reflects: string | null = null,
): Promise<void> {
  const { entity, counts, content } = stage;
  if (content.status === 'unread') await fill(transaction, stage, content.rows, run);
  else {
    const { table } = content;
    if (counts.updated > 0) await updateChanged(transaction, stage, table, run);
    if (counts.deleted > 0) await deleteGone(transaction, stage, table, run);
    if (counts.inserted > 0) await insertNew(transaction, stage, table, run);
    await dropStage(transaction, table);
  }
  if (stage.noLongerVirtual !== undefined) await unmarkVirtual(transaction, stage.noLongerVirtual);
  const grown = counts.inserted - counts.deleted;
  if (grown !== 0)
    await transaction
      .tx('entity_tables')
      .where({ entity_type: entity.entityType })
      .increment('row_count', grown);
  await recordReflection(transaction, entity.table, reflects);
}

/** Notes which session a table has the whole content of; `null` when it has another than that of any session. */
export async function recordReflection(
  { tx }: StoreTransaction,
  table: string,
  session: string | null,
): Promise<void> {
  await tx('reflections').where({ table_name: table }).delete();
  if (session !== null) await tx('reflections').insert({ table_name: table, session });
}

async function updateChanged(
  transaction: StoreTransaction,
  { entity, columns, changedColumns, counts }: EntityStage,
  s: string,
  run: LoadRun,
): Promise<void> {
  const { tx } = transaction;
  const firstChange = await allocateIds(transaction, counts.updated);
  await tx.raw(
    `insert into resource_changes (id, run_id, entity_type, resource_id, kind, properties)
     select ${firstChange} - 1 + row_number() over (order by s.id), ?, ?, s.id, 'update', s.changed
     from "${s}" s where s.kind = ${stagedKinds.update}`,
    [run.id, entity.entityType],
  );
  await keepHistory(transaction, entity, s, stagedKinds.update, run);
  // Columns that are the same everywhere are left alone, and so are their indexes.
  const values = changedColumns.map((index) => `"${columns[index]}" = s.c${index}`).join(', ');
  await tx.raw(
    `update "${entity.table}" as r set ${values}, run_id = ?, source_row = s.source_row,
       valid_from = case when s.is_amended = 1 then r.valid_from else ? end
     from "${s}" as s where s.id = r.id and s.kind = ${stagedKinds.update}`,
    [run.id, run.at],
  );
}

async function deleteGone(
  transaction: StoreTransaction,
  { entity, counts }: EntityStage,
  s: string,
  run: LoadRun,
): Promise<void> {
  const { tx } = transaction;
  const firstChange = await allocateIds(transaction, counts.deleted);
  await tx.raw(
    `insert into resource_changes (id, run_id, entity_type, resource_id, kind, properties)
     select ${firstChange} - 1 + row_number() over (order by s.id), ?, ?, s.id, 'delete', '[]'
     from "${s}" s where s.kind = ${stagedKinds.delete}`,
    [run.id, entity.entityType],
  );
  await keepHistory(transaction, entity, s, stagedKinds.delete, run);
  await tx.raw(
    `delete from "${entity.table}" where id in (select s.id from "${s}" s where s.kind = ${stagedKinds.delete})`,
  );
}

async function keepHistory(
  { tx }: StoreTransaction,
  entity: EntityTable,
  s: string,
  kind: number,
  run: LoadRun,
): Promise<void> {
  const kept = historyColumns(entity);
  // From the stage to the resources, never the other way round: that is what `cross join` tells SQLite.
  await tx.raw(
    `insert into "${entity.historyTable}" (${kept.join(', ')}, valid_to)
     select ${kept.map((column) => `r.${column}`).join(', ')}, ?
     from "${s}" s cross join "${entity.table}" r where r.id = s.id and s.kind = ${kind} and s.is_amended = 0`,
    [run.at],
  );
}

/** Columns, quoted, that a former version has in common with the present one. */
export function historyColumns(entity: EntityTable): readonly string[] {
  const own = ['id', 'mapping_key', 'run_id', 'source_row', 'valid_from'];
  return [...own, ...entity.columns.values()].map((column) => `"${column}"`);
}

async function insertNew(
  transaction: StoreTransaction,
  { entity, columns, counts }: EntityStage,
  s: string,
  run: LoadRun,
): Promise<void> {
  const { inserted } = counts;
  const firstId = await allocateIds(transaction, inserted + 1);
  const names = columns.map((column) => `, "${column}"`).join('');
  const values = columns.map((_, index) => `, s.c${index}`).join('');
  await transaction.tx.raw(
    `insert into "${entity.table}" (id, mapping_key, run_id, valid_from, source_row${names})
     select ${firstId} - 1 + row_number() over (order by s.mapping_key), s.mapping_key, ?, ?, s.source_row${values}
     from "${s}" s where s.kind = ${stagedKinds.insert}`,
    [run.id, run.at],
  );
  await recordInserted(transaction, entity, firstId, inserted, run.id);
}

/** One row for all of them, and its id comes after theirs. */
async function recordInserted(
  { tx }: StoreTransaction,
  entity: EntityTable,
  firstId: number,
  inserted: number,
  runId: number,
): Promise<void> {
  await tx('resource_changes').insert({
    id: firstId + inserted,
    run_id: runId,
    entity_type: entity.entityType,
    resource_id: firstId,
    last_id: firstId + inserted - 1,
    kind: 'insert',
    properties: '[]',
  });
}

/** The rows straight into the empty table, in the order they come. */
async function fill(
  transaction: StoreTransaction,
  { entity, columns, counts }: EntityStage,
  rows: AsyncIterable<readonly StagedRow[]>,
  run: LoadRun,
): Promise<void> {
  const { tx, dialect } = transaction;
  const { inserted } = counts;
  if (inserted === 0) return;
  const firstId = await allocateIds(transaction, inserted + 1);
  const isLarge = inserted >= indexLaterFrom;
  const indexes = isLarge ? await listIndexes(transaction, entity) : [];
  for (const { name } of indexes) await tx.raw(`drop index if exists "${name}"`);
  let nextId = firstId;
  const names = ['id', 'run_id', 'valid_from', 'mapping_key', 'source_row', ...columns];
  const copied = await dialect.copyRows(
    tx,
    entity.table,
    names,
    (async function* () {
      for await (const batch of rows) yield batch.map((row) => [nextId++, run.id, run.at, ...row]);
    })(),
  );
  if (copied !== inserted) throw describeMiscount(entity, inserted, copied);
  for (const { name, column, isUnique } of indexes)
    await tx.raw(
      `create ${isUnique ? 'unique ' : ''}index "${name}" on "${entity.table}" ("${column}")`,
    );
  if (isLarge) await dialect.analyze(tx, entity.table);
  await recordInserted(transaction, entity, firstId, inserted, run.id);
}

interface Index {
  readonly name: string;
  readonly column: string;
  readonly isUnique: boolean;
}

async function listIndexes(
  { tx }: StoreTransaction,
  entity: EntityTable,
): Promise<readonly Index[]> {
  const indexed = await tx('entity_columns')
    .where({ entity_type: entity.entityType, is_indexed: 1 })
    .orderBy('property')
    .select('column_name');
  return [
    { name: keyIndexOf(entity.table), column: 'mapping_key', isUnique: true },
    ...indexed.map(({ column_name: column }) => ({
      name: indexName(entity.table, column),
      column,
      isUnique: false,
    })),
  ];
}

function describeMiscount(entity: EntityTable, expected: number, found: number): StoreError {
  return new StoreError(
    'STORE_ROWS_MISCOUNTED',
    `The prepared file of ${entity.entityType} should have ${expected} rows and has ${found}.`,
    {
      hint: 'The file was cut or changed after it was prepared: prepare the connector again. Nothing was changed.',
      details: { entityType: entity.entityType, expected, found },
    },
  );
}
