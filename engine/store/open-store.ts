/** Opening and closing a store. */
import knex, { type Knex } from 'knex';
import { type Dialect, postgresDialect, sqliteDialect } from './dialect.ts';
import { translateStoreError } from './errors.ts';
import { migrate } from './migrate.ts';
import { type CopyOptions, copySqlite, openTransactionCopy, removeCopy } from './open-copy.ts';
import { NodeSqliteClient, type SqliteConnection } from './sqlite-client.ts';

export type StoreSettings =
  | {
      readonly client: 'sqlite';
      readonly file: string;
      /** How long a transaction waits for another process before it fails as `STORE_BUSY`; a minute when not given. */
      readonly waitMs?: number;
      /** Nobody will open the file again: nothing is forced to the disk. */
      readonly isThrownAway?: boolean;
    }
  | { readonly client: 'postgres'; readonly connection: string };

/** A transaction, and what operations need to know about the database behind it. */
export interface StoreTransaction {
  readonly tx: Knex.Transaction;
  readonly dialect: Dialect;
}

/** An open store. Everything that writes goes through `transaction`, everything that only looks through `read`. */
export interface Store extends AsyncDisposable {
  readonly dialect: Dialect;
  /** Where the store is, for messages; never with a password. */
  readonly place: string;
  /** Runs `work` in one transaction: all of it is kept, or nothing. */
  transaction<T>(work: (transaction: StoreTransaction) => Promise<T>): Promise<T>;
  /**
   * Like `transaction`, for records of what runs: a killed process loses none of them, a power failure perhaps the last
   * ones. What is kept after one is never kept without it.
   */
  note<T>(work: (transaction: StoreTransaction) => Promise<T>): Promise<T>;
  /**
   * Runs `work` on the store as it is at one moment. Waits for nobody who writes, and keeps nobody from writing; `work` can
   * write nothing.
   */
  read<T>(work: (transaction: StoreTransaction) => Promise<T>): Promise<T>;
  /**
   * The store as it is at this moment, to try things on; what is done to the copy is gone when the copy is closed. Nobody
   * who reads or writes the store waits for it, except for resources that the copy changes on a database it shares.
   */
  openCopy(options: CopyOptions): Promise<Store>;
}

/** Opens the store and brings its own tables up to date; throws `StoreError`. */
export async function openStore(settings: StoreSettings): Promise<Store> {
  const dialect = settings.client === 'sqlite' ? sqliteDialect : postgresDialect;
  const place =
    settings.client === 'sqlite' ? settings.file : `on ${describeServer(settings.connection)}`;
  const db =
    settings.client === 'sqlite'
      ? openSqlite(settings, false)
      : await openPostgres(settings.connection);
  // Made when the first reader comes. A store in memory belongs to its one connection.
  const isShared = settings.client === 'sqlite' && settings.file !== ':memory:';
  let reader: Knex | undefined;
  try {
    await migrate(db, dialect);
  } catch (error) {
    await db.destroy();
    throw translateStoreError(error, place);
  }
  const translated = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw translateStoreError(error, place);
    }
  };
  return {
    dialect,
    place,
    transaction: (work) => translated(() => db.transaction((tx) => work({ tx, dialect }))),
    note: (work) =>
      translated(() =>
        settings.client === 'sqlite'
          ? noteInFile(db, (tx) => work({ tx, dialect }))
          : // A server that fails leaves processes alive that hold leases: those must not be given twice.
            db.transaction((tx) => work({ tx, dialect })),
      ),
    read: (work) =>
      translated(() => {
        if (isShared) {
          reader ??= openSqlite(settings, true);
          return reader.transaction((tx) => work({ tx, dialect }));
        }
        const isolation: Knex.TransactionConfig =
          settings.client === 'sqlite' ? {} : { isolationLevel: 'repeatable read', readOnly: true };
        return db.transaction((tx) => work({ tx, dialect }), isolation);
      }),
    openCopy: (options) =>
      translated(() =>
        settings.client === 'sqlite'
          ? openFileCopy(db, settings.file, options)
          : openSharedCopy(db, dialect, place, options),
      ),
    async [Symbol.asyncDispose]() {
      await reader?.destroy();
      await db.destroy();
    },
  };
}

async function noteInFile<T>(db: Knex, work: (tx: Knex.Transaction) => Promise<T>): Promise<T> {
  const connection: SqliteConnection = await db.client.acquireConnection();
  connection.setLasting(false);
  try {
    return await db.transaction(work, { connection });
  } finally {
    connection.setLasting(true);
    await db.client.releaseConnection(connection);
  }
}

async function openSharedCopy(
  db: Knex,
  dialect: Dialect,
  place: string,
  options: CopyOptions,
): Promise<Store> {
  const { tx, end } = await openTransactionCopy(db, options);
  const run = async <T>(work: (transaction: StoreTransaction) => Promise<T>): Promise<T> => {
    try {
      return await work({ tx, dialect });
    } catch (error) {
      throw translateStoreError(error, place);
    }
  };
  return {
    dialect,
    place,
    transaction: run,
    note: run,
    read: run,
    openCopy: () => Promise.reject(new TypeError('A copy is not copied again.')),
    [Symbol.asyncDispose]: end,
  };
}

async function openFileCopy(db: Knex, source: string, options: CopyOptions): Promise<Store> {
  const file = await copySqlite(db, source, options);
  try {
    const copy = await openStore({ client: 'sqlite', file, isThrownAway: true });
    // Nobody works on a copy but who made it.
    await copy.transaction(({ tx }) => tx('leases').delete());
    return {
      ...copy,
      async [Symbol.asyncDispose]() {
        await copy[Symbol.asyncDispose]();
        await removeCopy(file);
      },
    };
  } catch (error) {
    await removeCopy(file);
    throw error;
  }
}

/**
 * Tasks of one process wait for each other's transactions, and loading a large system may take many minutes. A database
 * that cannot be reached fails at once, whatever this says.
 */
const acquireConnectionTimeout = 24 * 60 * 60 * 1000;

/** knex would write to standard output, among the results. What it has to say comes back as an error as well. */
const silent: Knex.Logger = { warn() {}, error() {}, debug() {}, deprecate() {} };

function openSqlite(
  { file, waitMs, isThrownAway }: Extract<StoreSettings, { client: 'sqlite' }>,
  isReader: boolean,
): Knex {
  return knex({
    // knex accepts a client class here; its types only admit names.
    client: NodeSqliteClient as unknown as string,
    connection: { filename: file, waitMs, isReader, isThrownAway } as Knex.Sqlite3ConnectionConfig,
    useNullAsDefault: true,
    pool: { min: 1, max: 1 },
    log: silent,
    acquireConnectionTimeout,
  });
}

async function openPostgres(connection: string): Promise<Knex> {
  // Most stores are files: a start without PostgreSQL does not wait for its driver.
  const { default: pg } = await import('pg');
  const { default: PostgresClient } = await import('knex/lib/dialects/postgres/index.js');
  const int8 = 20;
  return knex({
    // A client class, as for SQLite: by its name knex would look for files that the built package does not have.
    client: PostgresClient as unknown as string,
    connection: {
      connectionString: connection,
      // Ids stay far below 2^53, so that a number holds them exactly.
      types: {
        getTypeParser: (oid: number, format?: 'text' | 'binary') =>
          oid === int8 ? Number : pg.types.getTypeParser(oid, format as 'text'),
      },
    } as Knex.PgConnectionConfig,
    pool: { min: 0, max: 4 },
    log: silent,
    acquireConnectionTimeout,
  });
}

function describeServer(connection: string): string {
  try {
    const url = new URL(connection);
    return `${url.host}${url.pathname}`;
  } catch {
    return 'the PostgreSQL server of Store.Connection';
  }
}
