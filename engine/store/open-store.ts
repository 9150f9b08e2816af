/** Opening and closing a store. */
import knex, { type Knex } from 'knex';
import { type Dialect, postgresDialect, sqliteDialect } from './dialect.ts';
import { translateStoreError } from './errors.ts';
import { migrate } from './migrate.ts';
import { NodeSqliteClient } from './sqlite-client.ts';

export type StoreSettings =
  | {
      readonly client: 'sqlite';
      readonly file: string;
      /** How long a transaction waits for another process before it fails as `STORE_BUSY`; a minute when not given. */
      readonly waitMs?: number;
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
   * Runs `work` on the store as it is at one moment. Waits for nobody who writes, and keeps nobody from writing; `work` can
   * write nothing.
   */
  read<T>(work: (transaction: StoreTransaction) => Promise<T>): Promise<T>;
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
    async [Symbol.asyncDispose]() {
      await reader?.destroy();
      await db.destroy();
    },
  };
}

/**
 * Tasks of one process wait for each other's transactions, and loading a large system may take many minutes. A database
 * that cannot be reached fails at once, whatever this says.
 */
const acquireConnectionTimeout = 24 * 60 * 60 * 1000;

/** knex would write to standard output, among the results. What it has to say comes back as an error as well. */
const silent: Knex.Logger = { warn() {}, error() {}, debug() {}, deprecate() {} };

function openSqlite(
  { file, waitMs }: Extract<StoreSettings, { client: 'sqlite' }>,
  isReader: boolean,
): Knex {
  return knex({
    // knex accepts a client class here; its types only admit names.
    client: NodeSqliteClient as unknown as string,
    connection: { filename: file, waitMs, isReader } as Knex.Sqlite3ConnectionConfig,
    useNullAsDefault: true,
    pool: { min: 1, max: 1 },
    log: silent,
    acquireConnectionTimeout,
  });
}

async function openPostgres(connection: string): Promise<Knex> {
  // Most stores are files: a start without PostgreSQL does not wait for its driver.
  const { default: pg } = await import('pg');
  const int8 = 20;
  return knex({
    client: 'pg',
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
