/** One connection to a database, opened, used and closed through knex. */
import knex, { type Knex } from 'knex';
import type { Bound } from '../spi/database/database.ts';
import { protectQuoted, protectText, restoreText } from './knex-text.ts';

/** How the connection is opened and closed: what a driver of ours does in place of knex's own client. */
export interface RawDriver<Connection> {
  /** Gives a connection ready for work, within a time of its own. */
  readonly open: () => Promise<Connection>;
  /** Says goodbye to the server; never waits longer than a moment for an answer. */
  readonly close: (connection: Connection) => Promise<void>;
}

/** The transaction's characteristics, as far as knex writes them. */
export type TransactionConfig = Pick<Knex.TransactionConfig, 'isolationLevel' | 'readOnly'>;

/** A knex instance whose pool is this one connection. Not for parallel use; errors are the driver's. */
export interface KnexConnection<Connection> extends AsyncDisposable {
  /** The driver's own connection, held for as long as this lives. */
  readonly raw: Connection;
  /**
   * Runs one of our own statements; `?` outside quotes is a parameter. `options` go to the driver beside the statement. Gives
   * what the driver gives.
   */
  query(text: string, values: readonly Bound[], options?: QueryOptions): Promise<unknown>;
  /** Runs a text without parameters, to the letter. */
  queryText(text: string, options?: QueryOptions): Promise<unknown>;
  begin(config?: TransactionConfig): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

export type QueryOptions = Readonly<Record<string, unknown>>;

type ClientClass = typeof Knex.Client;

/** Opens the connection. `timeoutMs` only has to be longer than `driver.open` may take. */
export async function openKnexConnection<Connection extends object>(
  Client: ClientClass,
  driver: RawDriver<Connection>,
  timeoutMs: number,
): Promise<KnexConnection<Connection>> {
  const database = knex({
    client: withDriver(Client, driver),
    // The settings stay with the driver: knex prints what it is given here in more than one place.
    connection: {},
    pool: { min: 0, max: 1, createTimeoutMillis: timeoutMs, destroyTimeoutMillis: 2000 },
    acquireConnectionTimeout: timeoutMs,
    useNullAsDefault: true,
    compileSqlOnError: false,
    // It writes to the console otherwise; whatever it warns of comes as an error, too.
    log: { debug: ignore, warn: ignore, error: ignore, deprecate: ignore },
  });
  database.on('query-error', removeStatement);
  let raw: Connection;
  try {
    raw = await database.client.acquireConnection();
  } catch (error) {
    await database.destroy();
    throw error;
  }
  return createConnection(database, raw);
}

function createConnection<Connection extends object>(
  database: Knex,
  raw: Connection,
): KnexConnection<Connection> {
  let transaction: Knex.Transaction | undefined;
  let isClosed = false;
  const run = async (text: string, values: readonly Bound[], options: QueryOptions) =>
    await (transaction ?? database)
      .raw(text, values.map(toBinding))
      .connection(raw)
      .options(options);
  /** Takes the transaction out, so that it ends once. */
  const takeTransaction = (): Knex.Transaction | undefined => {
    const current = transaction;
    transaction = undefined;
    return current;
  };
  return {
    raw,
    query: (text, values, options = {}) => run(protectQuoted(text), values, options),
    queryText: (text, options = {}) => run(protectText(text), [], options),
    async begin(config = {}) {
      const started = await database.transaction({ ...config, connection: raw });
      // A BEGIN that failed gives a transaction all the same; only this promise knows of it.
      if (started.isCompleted()) await started.executionPromise;
      transaction = started;
    },
    async commit() {
      const current = takeTransaction();
      await current?.commit();
      // `commit` resolves even when the server refused.
      await current?.executionPromise;
    },
    async rollback() {
      const current = takeTransaction();
      await current?.rollback();
      await current?.executionPromise.catch((error: unknown) => {
        // knex stops waiting after five seconds, and has no error for it.
        throw error ?? new Error('The rollback timed out.');
      });
    },
    async [Symbol.asyncDispose]() {
      if (isClosed) return;
      isClosed = true;
      await database.client.releaseConnection(raw);
      await database.destroy();
    },
  };
}

function toBinding(value: Bound): string | number | Buffer | null {
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}

/** knex derives clients for transactions from the prototype: what is added must not stand on the instance. */
function withDriver<Connection>(Client: ClientClass, driver: RawDriver<Connection>): ClientClass {
  return class extends Client {
    override acquireRawConnection(): Promise<Connection> {
      return driver.open();
    }

    override destroyRawConnection(connection: Connection): Promise<void> {
      return driver.close(connection);
    }

    override positionBindings(sql: string): string {
      return restoreText(super.positionBindings(sql));
    }
  };
}

/** Takes the statement out of the driver's message again, where knex puts it first. */
function removeStatement(error: unknown, query: { readonly sql: string }): void {
  const prefix = `${query.sql} - `;
  if (error instanceof Error && error.message.startsWith(prefix)) {
    error.message = error.message.slice(prefix.length);
  }
}

function ignore(): void {}
