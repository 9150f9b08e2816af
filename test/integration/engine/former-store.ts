/** Stores as earlier versions of the program left them: their schema, and data in every column it had. */
import knex, { type Knex } from 'knex';
import type { Model } from '../../../config/index.ts';
import { type Dialect, postgresDialect, sqliteDialect } from '../../../engine/store/dialect.ts';
import {
  deployModel,
  nameAssociationTable,
  nameColumn,
  nameEntityTable,
  type StoreSettings,
} from '../../../engine/store/index.ts';
import { migrate } from '../../../engine/store/migrate.ts';
import { NodeSqliteClient } from '../../../engine/store/sqlite-client.ts';

export type Row = Readonly<Record<string, unknown>>;
export type Tables = ReadonlyMap<string, readonly Row[]>;

/** Tables that have another name today. */
const renamed: Readonly<Record<string, string>> = {
  assigned_single_roles: 'assigned_roles',
  assigned_single_role_versions: 'assigned_role_versions',
};

export function presentName(table: string): string {
  return renamed[table] ?? table;
}

/** Every table of an open database with its rows; large whole numbers may be text. */
export async function readTables(db: Knex | Knex.Transaction, dialect: Dialect): Promise<Tables> {
  const tables = new Map<string, readonly Row[]>();
  for (const name of await listTables(db, dialect)) {
    tables.set(name, await db(name));
  }
  return tables;
}

async function listTables(
  db: Knex | Knex.Transaction,
  dialect: Dialect,
): Promise<readonly string[]> {
  const rows: readonly { readonly name: string }[] =
    dialect.name === 'sqlite'
      ? await db('sqlite_master').where({ type: 'table' }).select('name')
      : await db('information_schema.tables')
          .where({ table_schema: 'public' })
          .select({ name: 'table_name' });
  return rows
    .map(({ name }) => name)
    .filter((name) => !name.startsWith('sqlite_'))
    .sort();
}

/**
 * Makes a store as version `version` of the schema had it, with these rows as far as it had tables and columns for them, and
 * in each table of ours one more row with a value in every column. Returns what is in it.
 */
export async function makeFormerStore(
  settings: StoreSettings,
  version: number,
  { model, rows }: { readonly model: Model; readonly rows: Tables },
): Promise<Tables> {
  const dialect = settings.client === 'sqlite' ? sqliteDialect : postgresDialect;
  const db = openRaw(settings);
  try {
    await migrate(db, dialect, version);
    return await db.transaction(async (tx) => {
      const own = new Set(await listTables(tx, dialect));
      const nextId = nextIdOf(rows);
      if (version === 1) await deployFirstModel(tx, model);
      else await deployModel({ tx, dialect }, model, false);
      for (const table of await listTables(tx, dialect)) {
        const columns: Readonly<Record<string, { readonly type: string }>> =
          await tx(table).columnInfo();
        if (table === 'meta') continue;
        await tx(table).delete();
        const former = (rows.get(presentName(table)) ?? []).map((row) => restrict(row, columns));
        const isOurs = own.has(table) && !/^(entity|association)_/.test(table);
        const all = isOurs ? [...former, fullRow(columns, nextId)] : former;
        if (all.length > 0) await tx.batchInsert(table, [...all], 50);
      }
      await tx('meta')
        .where({ name: 'next_id' })
        .update({ value: String(nextId + 1) });
      return readTables(tx, dialect);
    });
  } finally {
    await db.destroy();
  }
}

function openRaw(settings: StoreSettings): Knex {
  return settings.client === 'sqlite'
    ? knex({
        client: NodeSqliteClient as unknown as string, // Accepted by knex; its types admit names only.
        connection: { filename: settings.file } as Knex.Sqlite3ConnectionConfig,
        useNullAsDefault: true,
      })
    : knex({ client: 'pg', connection: settings.connection });
}

function nextIdOf(rows: Tables): number {
  const row = rows.get('meta')?.find(({ name }) => name === 'next_id');
  return Number(row?.['value'] ?? 1);
}

function restrict(row: Row, columns: Readonly<Record<string, unknown>>): Row {
  return Object.fromEntries(Object.entries(row).filter(([column]) => column in columns));
}

const objects = /^(policy_values|payload|details|selection|summary|parameters|written_values)$/;
const lists = /^(blocked_by|approvals|properties|rules|evidence)$/;

function fullRow(columns: Readonly<Record<string, { readonly type: string }>>, id: number): Row {
  return Object.fromEntries(
    Object.entries(columns).map(([column, { type }]) => {
      if (/int/i.test(type)) return [column, /(^|_)id\d?$/.test(column) ? id : 7];
      if (objects.test(column)) return [column, '{}'];
      if (lists.test(column)) return [column, '[]'];
      return [
        column,
        /_(at|from|to|since|until)$/.test(column) ? '2031-01-01T00:00:00.000Z' : `a "${column}"`,
      ];
    }),
  );
}

/** Tables of resources and links as the first version made them; which they are is written with all other rows. */
async function deployFirstModel(tx: Knex.Transaction, model: Model): Promise<void> {
  const taken = new Set<string>();
  for (const { identifier, properties } of model.entityModel.entityTypes.values()) {
    const table = nameEntityTable(identifier, taken);
    const scalars = [...properties.values()].filter(({ kind }) => kind === 'scalar');
    const takenColumns = new Set<string>();
    const columns = scalars.map((property) => nameColumn(property.identifier, takenColumns));
    await tx.schema.createTable(table, (t) => {
      t.bigInteger('id').primary();
      t.text('mapping_key').notNullable().unique();
      t.bigInteger('run_id').notNullable();
      t.text('valid_from').notNullable();
      for (const column of columns) t.text(column);
    });
    await tx.schema.createTable(`h_${table.slice(2)}`, (t) => {
      t.bigInteger('id').notNullable();
      t.text('mapping_key').notNullable();
      t.bigInteger('run_id').notNullable();
      t.text('valid_from').notNullable();
      t.text('valid_to').notNullable();
      t.index(['id']);
      for (const column of columns) t.text(column);
    });
  }
  for (const identifier of model.entityModel.associations.keys()) {
    await tx.schema.createTable(nameAssociationTable(identifier, taken), (t) => {
      t.text('value1').notNullable();
      t.text('value2').notNullable();
      t.bigInteger('id1');
      t.bigInteger('id2');
      t.bigInteger('run_id').notNullable();
      t.primary(['value1', 'value2']);
      t.index(['id1']);
      t.index(['id2']);
      t.index(['value2']);
    });
  }
}
