/** Brings the tables of resources and links to an entity model. */
import type { EntityTypeMapping, Model } from '../../../config/index.ts';
import {
  nameAssociationTable,
  nameColumn,
  nameEntityTable,
  readTableMap,
} from '../entity-tables.ts';
import { addSourceRow, createLinkHistory } from '../migrations/0002-source-rows-and-counts.ts';
import { indexHistory, indexLinkHistory } from '../migrations/0006-history-by-key.ts';
import type { StoreTransaction } from '../open-store.ts';
import { historyTableOf, indexName, keyIndexOf, linkHistoryTableOf } from '../table-names.ts';

/** One step of a migration of the resources' tables, as `deploy` shows it. */
export interface ModelMigrationStep {
  readonly change: 'create' | 'add-column' | 'drop-column' | 'drop' | 'index';
  readonly entityType?: string;
  readonly association?: string;
  readonly property?: string;
  /** Rows that lose data by this step. */
  readonly affectedRows: number;
}

/**
 * Compares the store's tables with the model and, unless `isDryRun`, changes them. A property that becomes unknown loses
 * its column; its former values stay in history.
 */
export async function deployModel(
  transaction: StoreTransaction,
  model: Model,
  isDryRun: boolean,
): Promise<readonly ModelMigrationStep[]> {
  const steps: ModelMigrationStep[] = [];
  const known = await readTableMap(transaction);
  await dropUnknown(transaction, model, steps, isDryRun);

  const taken = new Set([...known.entities.values()].map((entity) => entity.table));
  for (const entityType of model.entityModel.entityTypes.values()) {
    const existing = known.entities.get(entityType.identifier);
    const scalars = [...entityType.properties.values()].filter((p) => p.kind === 'scalar');
    const indexed = indexedProperties(model, entityType.identifier, entityType.keys);
    if (existing === undefined) {
      steps.push({ change: 'create', entityType: entityType.identifier, affectedRows: 0 });
      if (isDryRun) continue;
      const table = nameEntityTable(entityType.identifier, taken);
      await createEntityTable(transaction, entityType.identifier, table);
    }
    const columns = existing?.columns ?? new Map<string, string>();
    const takenColumns = new Set(columns.values());
    for (const property of scalars) {
      if (!columns.has(property.identifier)) {
        if (existing !== undefined) {
          steps.push({
            change: 'add-column',
            entityType: entityType.identifier,
            property: property.identifier,
            affectedRows: 0,
          });
        }
        if (!isDryRun)
          await addColumn(
            transaction,
            entityType.identifier,
            property.identifier,
            takenColumns,
            indexed,
          );
      } else if (!isDryRun && indexed.has(property.identifier)) {
        await ensureIndexed(transaction, entityType.identifier, property.identifier);
      }
    }
  }

  const takenLinks = new Set(
    [...known.associations.values()].map((association) => association.table),
  );
  for (const association of model.entityModel.associations.values()) {
    if (known.associations.has(association.identifier)) continue;
    steps.push({ change: 'create', association: association.identifier, affectedRows: 0 });
    if (!isDryRun) await createAssociationTable(transaction, association.identifier, takenLinks);
  }
  if (steps.length > 0 && !isDryRun) await forgetReflections(transaction, steps);
  return steps;
}

/** What a table was filled from says no more what is in it, and links may find other ends than before. */
async function forgetReflections(
  { tx }: StoreTransaction,
  steps: readonly ModelMigrationStep[],
): Promise<void> {
  const changed = steps.map(({ entityType }) => entityType).filter((type) => type !== undefined);
  await tx('reflections')
    .whereIn('table_name', tx('entity_tables').whereIn('entity_type', changed).select('table_name'))
    .delete();
  await tx('association_tables').update({ lookups: '' });
}

/** Properties by which rows are looked up: configuration keys and the keys of mappings. */
function indexedProperties(
  model: Model,
  entityType: string,
  keys: readonly string[],
): ReadonlySet<string> {
  const indexed = new Set(keys);
  const mapping: EntityTypeMapping | undefined = model.entityTypeMappings.get(entityType);
  for (const property of mapping?.properties ?? []) {
    if (property.isUniqueKey || property.isPrimaryKey) indexed.add(property.identifier);
  }
  return indexed;
}

async function dropUnknown(
  transaction: StoreTransaction,
  model: Model,
  steps: ModelMigrationStep[],
  isDryRun: boolean,
): Promise<void> {
  const { tx } = transaction;
  const known = await readTableMap(transaction);
  for (const association of known.associations.values()) {
    if (model.entityModel.associations.has(association.association)) continue;
    const affectedRows = await countRows(transaction, association.table);
    steps.push({ change: 'drop', association: association.association, affectedRows });
    if (isDryRun) continue;
    await tx.schema.dropTable(association.table);
    await tx('reflections').where({ table_name: association.table }).delete();
    await tx('association_tables').where({ association: association.association }).delete();
  }
  for (const entity of known.entities.values()) {
    const entityType = model.entityModel.entityTypes.get(entity.entityType);
    if (entityType === undefined) {
      steps.push({
        change: 'drop',
        entityType: entity.entityType,
        affectedRows: await countRows(transaction, entity.table),
      });
      if (isDryRun) continue;
      await tx.schema.dropTable(entity.table);
      await tx('reflections').where({ table_name: entity.table }).delete();
      await tx('entity_tables').where({ entity_type: entity.entityType }).delete();
      await tx('entity_columns').where({ entity_type: entity.entityType }).delete();
      continue;
    }
    for (const [property, column] of entity.columns) {
      if (entityType.properties.get(property)?.kind === 'scalar') continue;
      const affectedRows = Number(
        (await tx(entity.table).whereNotNull(column).count({ n: '*' }).first())?.n ?? 0,
      );
      steps.push({ change: 'drop-column', entityType: entity.entityType, property, affectedRows });
      if (isDryRun) continue;
      await tx.raw(`drop index if exists "${indexName(entity.table, column)}"`);
      await tx.raw(`alter table "${entity.table}" drop column "${column}"`);
      await tx('entity_columns').where({ entity_type: entity.entityType, property }).delete();
    }
  }
}

async function countRows({ tx }: StoreTransaction, table: string): Promise<number> {
  return Number((await tx(table).count({ n: '*' }).first())?.n ?? 0);
}

async function createEntityTable(
  { tx, dialect }: StoreTransaction,
  entityType: string,
  table: string,
): Promise<void> {
  await tx.raw(
    `create table "${table}" (id ${dialect.idColumn}, mapping_key text not null, run_id bigint not null,
     source_row bigint, valid_from text not null)`,
  );
  await tx.raw(`create unique index "${keyIndexOf(table)}" on "${table}" (mapping_key)`);
  const history = historyTableOf(table);
  if (await tx.schema.hasTable(history)) await addSourceRow(tx, history);
  else {
    await tx.schema.createTable(history, (t) => {
      t.bigInteger('id').notNullable();
      t.text('mapping_key').notNullable();
      t.bigInteger('run_id').notNullable();
      t.bigInteger('source_row');
      t.text('valid_from').notNullable();
      t.text('valid_to').notNullable();
      t.index(['id']);
    });
  }
  await indexHistory(tx, history);
  await tx('entity_tables').insert({ entity_type: entityType, table_name: table });
}

async function addColumn(
  transaction: StoreTransaction,
  entityType: string,
  property: string,
  taken: Set<string>,
  indexed: ReadonlySet<string>,
): Promise<void> {
  const { tx } = transaction;
  const { table_name: table } = await tx('entity_tables')
    .where({ entity_type: entityType })
    .first('table_name');
  const column = nameColumn(property, taken);
  await tx.raw(`alter table "${table}" add column "${column}" text`);
  const history = historyTableOf(table);
  if (!(await tx.schema.hasColumn(history, column))) {
    await tx.raw(`alter table "${history}" add column "${column}" text`);
  }
  await tx('entity_columns').insert({
    entity_type: entityType,
    property,
    column_name: column,
    is_indexed: 0,
  });
  if (indexed.has(property)) await ensureIndexed(transaction, entityType, property);
}

async function ensureIndexed(
  { tx }: StoreTransaction,
  entityType: string,
  property: string,
): Promise<void> {
  const row = await tx('entity_columns').where({ entity_type: entityType, property }).first();
  if (row.is_indexed === 1) return;
  const { table_name: table } = await tx('entity_tables')
    .where({ entity_type: entityType })
    .first('table_name');
  await tx.raw(
    `create index "${indexName(table, row.column_name)}" on "${table}" ("${row.column_name}")`,
  );
  await tx('entity_columns').where({ entity_type: entityType, property }).update({ is_indexed: 1 });
}

async function createAssociationTable(
  { tx }: StoreTransaction,
  association: string,
  taken: Set<string>,
): Promise<void> {
  const table = nameAssociationTable(association, taken);
  // A link is kept by the values that name its two ends; an end that nobody answers to yet has no id.
  await tx.schema.createTable(table, (t) => {
    t.text('value1').notNullable();
    t.text('value2').notNullable();
    t.bigInteger('id1');
    t.bigInteger('id2');
    t.bigInteger('run_id').notNullable();
    t.bigInteger('source_row');
    t.text('valid_from').notNullable();
    t.primary(['value1', 'value2']);
    t.index(['id1']);
    t.index(['id2']);
    t.index(['value2']);
  });
  const history = linkHistoryTableOf(table);
  await createLinkHistory(tx, history);
  await indexLinkHistory(tx, history);
  await tx('association_tables').insert({ association, table_name: table });
}
