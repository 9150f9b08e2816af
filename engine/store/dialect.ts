/** The differences between databases, as named questions. Nothing else in the store asks which database it talks to. */
import { pipeline } from 'node:stream/promises';
import type { Knex } from 'knex';
import type { SqliteConnection } from './sqlite-client.ts';

export interface Dialect {
  readonly name: 'sqlite' | 'postgres';
  /** Most bound parameters of one statement. */
  readonly maxParameters: number;
  /** The condition "these two columns hold different values, null counted as a value". */
  isDistinct(left: string, right: string): string;
  /** Operator "is like this pattern, large and small letters being equal" (in SQLite only those of ASCII). */
  readonly likeIgnoringCase: string;
  /** A table (`key`, `value`) of the members of the JSON object in a column, without those that are lists. */
  jsonEntries(column: string): string;
  /** A table (`key`, `id`) of the lists of ids among the members of the JSON object in a column, a row for each id. */
  jsonIds(column: string): string;
  /** A temporary table's creation prefix; it lives as long as the transaction. */
  readonly temporaryTable: (name: string, columns: string) => string;
  /** The column of ids that are given by us and by which rows are found: the table is laid out by it where that is a choice. */
  readonly idColumn: string;
  /** Inserts rows given as arrays in the order of `columns`, as fast as the driver can. */
  insertRows(
    tx: Knex.Transaction,
    table: string,
    columns: readonly string[],
    rows: readonly (readonly SqlValue[])[],
  ): Promise<void>;
  /** The same for any number of rows, batch by batch; returns how many there were. */
  copyRows(
    tx: Knex.Transaction,
    table: string,
    columns: readonly string[],
    batches: AsyncIterable<readonly (readonly SqlValue[])[]>,
  ): Promise<number>;
  /** Rows whose `columns[0]`, which is unique, is one of these keys: arrays in the order of `columns`, in any order. */
  readByKey(
    tx: Knex.Transaction,
    table: string,
    columns: readonly string[],
    keys: readonly string[],
  ): Promise<readonly (readonly SqlValue[])[]>;
  /** Rows whose `columns[0]` is one of these ids: arrays in the order of `columns`, in any order. One statement for all. */
  readByIds(
    tx: Knex.Transaction,
    table: string,
    columns: readonly string[],
    ids: readonly number[],
  ): Promise<readonly (readonly SqlValue[])[]>;
  /** All rows: arrays in the order of `columns`, in any order. */
  readAll(
    tx: Knex.Transaction,
    table: string,
    columns: readonly string[],
  ): Promise<readonly (readonly SqlValue[])[]>;
  /** The condition "this column is one of these ids", with what it binds: one statement, however many ids there are. */
  isOneOf(
    column: string,
    ids: readonly number[],
  ): readonly [sql: string, values: Knex.RawBinding[]];
  /** Behind a column of text: compared and ordered by its bytes, whatever the database's language. */
  readonly binaryOrder: string;
  /** Takes the row lock, where the database has one, on rows that the transaction will decide about. */
  readonly forUpdate: string;
  /** Makes processes that open one store at the same time bring it up to date one after the other. */
  lockSchema(tx: Knex.Transaction): Promise<void>;
  /** Milliseconds since the epoch by the database's own clock, which all machines share; `null`: it has that of the process. */
  readClock(tx: Knex.Transaction): Promise<number | null>;
  /** Tells the planner about a table that was just filled. */
  analyze(tx: Knex.Transaction, table: string): Promise<void>;
  /** Lets the planner look at these tables, however long that takes. */
  maintain(tx: Knex.Transaction, tables: readonly string[]): Promise<void>;
}

export type SqlValue = string | number | null;

export const sqliteDialect: Dialect = {
  name: 'sqlite',
  maxParameters: 30_000,
  isDistinct: (left, right) => `${left} is not ${right}`,
  likeIgnoringCase: 'like',
  jsonEntries: (column) => `(select key, value from json_each(${column}) where type <> 'array')`,
  jsonIds: (column) =>
    `(select e.key as key, i.value as id from json_each(${column}) e, json_each(case e.type when 'array' then e.value else '[]' end) i)`,
  temporaryTable: (name, columns) => `create temporary table "${name}" (${columns})`,
  // An alias of SQLite's own row id: no second index, and rows stand in this order.
  idColumn: 'integer primary key',
  async insertRows(tx, table, columns, rows) {
    const places = columns.map(() => '?').join(', ');
    const connection = await sqliteConnection(tx);
    await connection.runMany(`insert into "${table}" (${quote(columns)}) values (${places})`, rows);
  },
  async copyRows(tx, table, columns, batches) {
    let count = 0;
    for await (const rows of batches) {
      await this.insertRows(tx, table, columns, rows);
      count += rows.length;
    }
    return count;
  },
  async readByKey(tx, table, columns, keys) {
    const connection = await sqliteConnection(tx);
    const found = await connection.getMany(
      `select ${quote(columns)} from "${table}" where "${columns[0]}" = ?`,
      keys,
    );
    // Columns hold text, whole numbers and null; nothing else is ever written to them.
    return found as readonly (readonly SqlValue[])[];
  },
  async readByIds(tx, table, columns, ids) {
    const connection = await sqliteConnection(tx);
    const [isAmong] = this.isOneOf(`"${columns[0]}"`, []);
    const found = await connection.allMany(
      `select ${quote(columns)} from "${table}" where ${isAmong}`,
      ids,
    );
    // As above.
    return found as readonly (readonly SqlValue[])[];
  },
  async readAll(tx, table, columns) {
    const connection = await sqliteConnection(tx);
    const found = await connection.all(`select ${quote(columns)} from "${table}"`);
    // As above.
    return found as readonly (readonly SqlValue[])[];
  },
  isOneOf: (column, ids) => [
    `${column} in (select value from json_each(?))`,
    [JSON.stringify(ids)],
  ],
  binaryOrder: '',
  forUpdate: '',
  // The transaction that migrates holds the only write lock there is.
  async lockSchema() {},
  readClock: async () => null,
  async analyze() {},
  async maintain(tx, tables) {
    for (const table of tables) await tx.raw(`analyze "${table}"`);
  },
};

async function sqliteConnection(tx: Knex.Transaction): Promise<SqliteConnection> {
  // Within a transaction there is one connection, and `acquireConnection` gives that one.
  return (await tx.client.acquireConnection()) as SqliteConnection;
}

/** Any number that nobody else locks: `lockstep` as a telephone would spell it. */
const schemaLock = 56_257_837;
/** From this many rows on a copy is faster than an insertion, in spite of its round trips. */
const copyFromRows = 200;

/** What is asked of the driver itself. */
interface PostgresConnection {
  query(what: {
    readonly text: string;
    readonly values: readonly unknown[];
    readonly rowMode: 'array';
  }): Promise<{ readonly rows: readonly (readonly SqlValue[])[] }>;
  query<T>(stream: T): T;
}

export const postgresDialect: Dialect = {
  name: 'postgres',
  maxParameters: 60_000,
  isDistinct: (left, right) => `${left} is distinct from ${right}`,
  likeIgnoringCase: 'ilike',
  jsonEntries: (column) =>
    `(select key, value #>> '{}' as value from json_each(${column}::json) where json_typeof(value) <> 'array')`,
  jsonIds: (column) =>
    `(select e.key as key, i.value::bigint as id from json_each(${column}::json) e, json_array_elements_text(case json_typeof(e.value) when 'array' then e.value else '[]'::json end) i)`,
  temporaryTable: (name, columns) => `create temporary table "${name}" (${columns}) on commit drop`,
  idColumn: 'bigint primary key',
  async insertRows(tx, table, columns, rows) {
    if (rows.length >= copyFromRows) {
      await this.copyRows(tx, table, columns, once(rows));
      return;
    }
    if (rows.length === 0) return;
    const group = `(${columns.map(() => '?').join(', ')})`;
    const chunkSize = Math.floor(60_000 / columns.length);
    for (let start = 0; start < rows.length; start += chunkSize) {
      const chunk = rows.slice(start, start + chunkSize);
      const values = Array.from({ length: chunk.length }, () => group).join(', ');
      await tx.raw(`insert into "${table}" (${quote(columns)}) values ${values}`, chunk.flat());
    }
  },
  async copyRows(tx, table, columns, batches) {
    const connection = (await tx.client.acquireConnection()) as PostgresConnection;
    const { from: copyFrom } = await import('pg-copy-streams');
    const target = connection.query(copyFrom(`copy "${table}" (${quote(columns)}) from stdin`));
    let count = 0;
    await pipeline(async function* () {
      for await (const rows of batches) {
        count += rows.length;
        yield formatCopy(rows);
      }
    }, target);
    return count;
  },
  async readByKey(tx, table, columns, keys) {
    if (keys.length === 0) return [];
    const connection = (await tx.client.acquireConnection()) as PostgresConnection;
    const result = await connection.query({
      text: `select ${quote(columns)} from "${table}" where "${columns[0]}" = any($1)`,
      values: [keys],
      rowMode: 'array',
    });
    return result.rows;
  },
  async readByIds(tx, table, columns, ids) {
    if (ids.length === 0) return [];
    const connection = (await tx.client.acquireConnection()) as PostgresConnection;
    const result = await connection.query({
      text: `select ${quote(columns)} from "${table}" where "${columns[0]}" = any($1)`,
      values: [ids],
      rowMode: 'array',
    });
    return result.rows;
  },
  async readAll(tx, table, columns) {
    const connection = (await tx.client.acquireConnection()) as PostgresConnection;
    const text = `select ${quote(columns)} from "${table}"`;
    const result = await connection.query({ text, values: [], rowMode: 'array' });
    return result.rows;
  },
  isOneOf: (column, ids) => [`${column} = any(?)`, [[...ids]]],
  binaryOrder: ' collate "C"',
  forUpdate: ' for update',
  async lockSchema(tx) {
    await tx.raw('select pg_advisory_xact_lock(?)', [schemaLock]);
  },
  async readClock(tx) {
    const { rows } = await tx.raw(
      'select floor(extract(epoch from clock_timestamp()) * 1000)::text as at',
    );
    return Number(rows[0].at);
  },
  async analyze(tx, table) {
    await tx.raw(`analyze "${table}"`);
  },
  async maintain(tx, tables) {
    for (const table of tables) await tx.raw(`analyze "${table}"`);
  },
};

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}

function quote(columns: readonly string[]): string {
  return columns.map((column) => `"${column}"`).join(', ');
}

/** Rows in the text format of COPY: https://www.postgresql.org/docs/current/sql-copy.html */
function formatCopy(rows: readonly (readonly SqlValue[])[]): string {
  let text = '';
  for (const row of rows) {
    let separator = '';
    for (const value of row) {
      text += separator;
      text += typeof value === 'string' ? escapeCopy(value) : (value ?? '\\N');
      separator = '\t';
    }
    text += '\n';
  }
  return text;
}

const copyEscapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

function escapeCopy(value: string): string {
  return /[\\\n\r\t]/.test(value)
    ? value.replaceAll(/[\\\n\r\t]/g, (character) => copyEscapes[character] ?? character)
    : value;
}
