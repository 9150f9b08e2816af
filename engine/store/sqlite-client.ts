/** A knex client for Node's built-in SQLite: knex's better-sqlite3 client with its driver replaced. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { setImmediate, setTimeout } from 'node:timers/promises';

// knex publishes its clients as CommonJS files without types; this is the part of the class that is overridden.
import BetterSqlite3Client from 'knex/lib/dialects/better-sqlite3/index.js';

/** How many prepared statements a connection keeps; past it the oldest is forgotten. */
const maxStatements = 500;
/** How long opening waits for another process that is creating the same store. */
const openTimeoutMs = 10_000;
/** How long a transaction waits for that of another process. */
const defaultWaitMs = 60_000;
const retryEveryMs = 20;
/** How long statements follow each other before other work of the process has its turn. */
const pauseEveryMs = 2;

interface Query {
  readonly sql: string;
  readonly bindings?: readonly unknown[];
  response?: unknown;
  context?: unknown;
}

/** How many rows of one batch are written or read between two looks at the clock. */
const rowsPerLook = 500;
/** The same for a list of ids that is asked about at once. */
const idsPerLook = 2_000;

/** A connection with its prepared statements, so that a statement run once per batch is compiled once. */
export class SqliteConnection {
  readonly #database: DatabaseSync;
  readonly #isReader: boolean;
  readonly #isThrownAway: boolean;
  #pausedAt = performance.now();
  readonly #statements = new Map<string, StatementSync>();

  constructor(filename: string, isReader: boolean, isThrownAway: boolean) {
    this.#database = new DatabaseSync(filename, { timeout: openTimeoutMs });
    this.#isReader = isReader;
    this.#isThrownAway = isThrownAway;
    // Temporary tables may be as large as a system's data: they go to a file when the cache is full.
    this.#database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = FILE; PRAGMA cache_size = -16384',
    );
    if (isReader) this.#database.exec('PRAGMA query_only = ON');
    if (isThrownAway) this.#database.exec('PRAGMA synchronous = OFF');
  }

  /** Whether a transaction is open: a full disk ends one without being asked to. */
  get isInTransaction(): boolean {
    return this.#database.isTransaction;
  }

  /** Whether the transactions that follow are forced to the disk; not within one. */
  setLasting(isLasting: boolean): void {
    if (this.#isThrownAway) return;
    this.#database.exec(`PRAGMA synchronous = ${isLasting ? 'FULL' : 'NORMAL'}`);
  }

  /** Runs a statement once for each row. */
  async runMany(sql: string, rows: readonly (readonly SQLInputValue[])[]): Promise<void> {
    const statement = this.prepare(sql);
    for (let start = 0; start < rows.length; start += rowsPerLook) {
      await this.letOthersRun();
      for (const row of rows.slice(start, start + rowsPerLook)) statement.run(...row);
    }
  }

  /** The row that a query with one parameter has for each value, if any; rows are arrays. */
  async getMany(sql: string, values: readonly string[]): Promise<readonly unknown[]> {
    const statement = this.prepare(sql, 'arrays');
    const found: unknown[] = [];
    for (let start = 0; start < values.length; start += rowsPerLook) {
      await this.letOthersRun();
      for (const value of values.slice(start, start + rowsPerLook)) {
        const row = statement.get(value);
        if (row !== undefined) found.push(row);
      }
    }
    return found;
  }

  /** The rows of a query whose one parameter is a list of ids, as JSON, in parts of bounded size; rows are arrays. */
  async allMany(sql: string, ids: readonly number[]): Promise<readonly unknown[]> {
    const statement = this.prepare(sql, 'arrays');
    const found: unknown[][] = [];
    for (let start = 0; start < ids.length; start += idsPerLook) {
      await this.letOthersRun();
      found.push(statement.all(JSON.stringify(ids.slice(start, start + idsPerLook))));
    }
    return found.length === 1 ? (found[0] ?? []) : found.flat();
  }

  /** The rows of a query without parameters; rows are arrays. */
  async all(sql: string): Promise<readonly unknown[]> {
    await this.letOthersRun();
    return this.prepare(sql, 'arrays').all();
  }

  /** Waits for the write lock without keeping this process from anything else. A reader needs none: it sees what was there. */
  async begin(waitMs: number): Promise<void> {
    if (this.#isReader) {
      this.#database.exec('BEGIN DEFERRED');
      return;
    }
    const end = performance.now() + waitMs;
    this.#database.exec('PRAGMA busy_timeout = 0');
    for (;;) {
      try {
        this.#database.exec('BEGIN IMMEDIATE');
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() >= end) throw error;
      }
      await setTimeout(retryEveryMs);
    }
  }

  /** A statement that gives its rows as objects, or as arrays. */
  prepare(sql: string, rows: 'objects' | 'arrays' = 'objects'): StatementSync {
    const name = rows === 'objects' ? sql : `[] ${sql}`;
    const known = this.#statements.get(name);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    if (rows === 'arrays') statement.setReturnArrays(true);
    if (this.#statements.size >= maxStatements) {
      const oldest = this.#statements.keys().next().value;
      if (oldest !== undefined) this.#statements.delete(oldest);
    }
    this.#statements.set(name, statement);
    return statement;
  }

  /**
   * The driver answers before it returns, so that a long row of statements would never let a signal, a timer or a
   * progress bar have their turn.
   */
  async letOthersRun(): Promise<void> {
    const now = performance.now();
    if (now - this.#pausedAt < pauseEveryMs) return;
    await setImmediate();
    this.#pausedAt = performance.now();
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
    const { filename, isReader = false, isThrownAway = false } = this.connectionSettings;
    return new SqliteConnection(filename, isReader, isThrownAway);
  }

  override async destroyRawConnection(connection: SqliteConnection): Promise<void> {
    connection.close();
  }

  async _query(connection: SqliteConnection, query: Query): Promise<Query> {
    await connection.letOthersRun();
    if (/^\s*(create|drop|alter)\b/i.test(query.sql)) connection.forgetStatements();
    // A transaction that will write takes the write lock at once: waiting for it later, after a read, cannot succeed.
    if (query.sql === 'BEGIN;') {
      await connection.begin(this.connectionSettings.waitMs ?? defaultWaitMs);
      query.response = [];
      return query;
    }
    if (/^rollback/i.test(query.sql) && !connection.isInTransaction) {
      query.response = [];
      return query;
    }
    const statement = connection.prepare(query.sql);
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

function isBusy(error: unknown): boolean {
  const busy = 5;
  return (error as { readonly errcode?: number }).errcode === busy;
}

function toSqliteValue(value: unknown): SQLInputValue {
  if (value === undefined) return null;
  if (typeof value === 'boolean') return value ? 1 : 0;
  // What the operations bind is text, numbers and null; anything else is refused by the driver with its own message.
  return value as SQLInputValue;
}
