/** A knex client for Node's built-in SQLite: knex's better-sqlite3 client with its driver replaced. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';

// knex publishes its clients as CommonJS files without types; this is the part of the class that is overridden.
import BetterSqlite3Client from 'knex/lib/dialects/better-sqlite3/index.js';

/** How many prepared statements a connection keeps; past it the oldest is forgotten. */
const maxStatements = 500;

interface Query {
  readonly sql: string;
  readonly bindings?: readonly unknown[];
  response?: unknown;
  context?: unknown;
}

/** A connection with its prepared statements, so that a statement run once per batch is compiled once. */
export class SqliteConnection {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();

  constructor(filename: string) {
    this.#database = new DatabaseSync(filename, { timeout: 10_000 });
    this.#database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536',
    );
  }

  prepare(sql: string): ReturnType<DatabaseSync['prepare']> {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    if (this.#statements.size >= maxStatements) {
      const oldest = this.#statements.keys().next().value;
      if (oldest !== undefined) this.#statements.delete(oldest);
    }
    this.#statements.set(sql, statement);
    return statement;
  }

  /** Forgets prepared statements: needed after the schema changed. */
  forgetStatements(): void {
    this.#statements.clear();
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }
}

export class NodeSqliteClient extends BetterSqlite3Client {
  _driver(): unknown {
    return SqliteConnection;
  }

  override async acquireRawConnection(): Promise<SqliteConnection> {
    return new SqliteConnection(this.connectionSettings.filename);
  }

  override async destroyRawConnection(connection: SqliteConnection): Promise<void> {
    connection.close();
  }

  async _query(connection: SqliteConnection, query: Query): Promise<Query> {
    if (/^\s*(create|drop|alter)\b/i.test(query.sql)) connection.forgetStatements();
    // A transaction that will write takes the write lock at once: waiting for it later, after a read, cannot succeed.
    const sql = query.sql === 'BEGIN;' ? 'BEGIN IMMEDIATE;' : query.sql;
    const statement = connection.prepare(sql);
    const bindings = (query.bindings ?? []).map(toSqliteValue);
    if (statement.columns().length > 0) {
      query.response = statement.all(...bindings);
    } else {
      const result = statement.run(...bindings);
      query.response = result;
      query.context = { lastID: result.lastInsertRowid, changes: Number(result.changes) };
    }
    return query;
  }
}

function toSqliteValue(value: unknown): SQLInputValue {
  if (value === undefined) return null;
  if (typeof value === 'boolean') return value ? 1 : 0;
  // What the operations bind is text, numbers and null; anything else is refused by the driver with its own message.
  return value as SQLInputValue;
}
