/**
 * A process of its own around one ODBC connection. Drivers are native code of many makers: one that crashes must not take the
 * program along, and one that waits for a silent server can only be ended with its process. Started by `odbc-process.ts`, with
 * which it talks over the channel between parent and child.
 */
import type { Connection, Cursor, NodeOdbcError } from 'odbc';

export type OdbcRequest =
  | {
      readonly kind: 'open';
      readonly connectionString: string;
      readonly loginTimeoutSeconds: number;
    }
  | { readonly kind: 'query'; readonly text: string; readonly values: readonly OdbcValue[] }
  | { readonly kind: 'start'; readonly text: string; readonly fetchSize: number }
  | { readonly kind: 'fetch'; readonly count: number }
  | { readonly kind: 'stop' }
  | { readonly kind: 'isolate'; readonly level: number }
  | { readonly kind: 'tables' }
  | { readonly kind: 'columns' }
  | { readonly kind: 'begin' | 'commit' | 'rollback' | 'close' };

/** What a parameter may be. */
export type OdbcValue = string | number | null | Uint8Array;

export interface OdbcColumn {
  readonly name: string;
  /** The number of its SQL type, of the standard or the driver's own. */
  readonly dataType: number;
  readonly columnSize: number;
}

export interface OdbcResult {
  readonly columns: readonly OdbcColumn[];
  readonly rows: readonly (readonly unknown[])[];
  readonly count: number;
  readonly isLast: boolean;
}

export interface OdbcFailure {
  readonly message: string;
  /** SQLSTATE. */
  readonly state: string;
  /** The driver's own number. */
  readonly number: number;
  /** The library itself is missing: nothing was tried. */
  readonly isMissing: boolean;
}

export type OdbcReply =
  | { readonly id: number; readonly result: OdbcResult }
  | { readonly id: number; readonly failure: OdbcFailure };

const nothing: OdbcResult = { columns: [], rows: [], count: 0, isLast: true };

function serve(): void {
  const session = new OdbcSession();
  process.on('message', (message: { readonly id: number; readonly request: OdbcRequest }) => {
    void answer(session, message.id, message.request);
  });
  // Whoever asked is gone. A thread that waits inside a driver would keep an ordinary exit from happening.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
}

async function answer(session: OdbcSession, id: number, request: OdbcRequest): Promise<void> {
  let reply: OdbcReply;
  try {
    reply = { id, result: await session.carryOut(request) };
  } catch (error) {
    reply = { id, failure: describe(error) };
  }
  process.send?.(reply);
}

/** One connection, and one query that is being read. */
class OdbcSession {
  #connection: Connection | undefined;
  #cursor: Cursor | undefined;

  async carryOut(request: OdbcRequest): Promise<OdbcResult> {
    switch (request.kind) {
      case 'open':
        return this.#open(request.connectionString, request.loginTimeoutSeconds);
      case 'query':
        return this.#query(request.text, request.values);
      case 'start': {
        const options = { cursor: true, fetchSize: request.fetchSize };
        this.#cursor = await this.#opened().query(request.text, options);
        return nothing;
      }
      case 'fetch':
        return this.#fetch(request.count);
      case 'stop':
        await this.#cursor?.close();
        this.#cursor = undefined;
        return nothing;
      case 'isolate':
        await this.#opened().setIsolationLevel(request.level);
        return nothing;
      case 'tables':
        return listAll(await this.#opened().tables<unknown[]>(null, null, null, null));
      case 'columns':
        return listAll(await this.#opened().columns<unknown[]>(null, null, null, null));
      case 'begin':
        await this.#opened().beginTransaction();
        return nothing;
      case 'commit':
        await this.#opened().commit();
        return nothing;
      case 'rollback':
        await this.#opened().rollback();
        return nothing;
      case 'close':
        await this.#connection?.close();
        this.#connection = undefined;
        return nothing;
    }
  }

  async #open(connectionString: string, loginTimeout: number): Promise<OdbcResult> {
    const { default: odbc } = await import('odbc');
    // Rows as arrays, for columns of one name; its types do not know of it.
    const options = { connectionString, loginTimeout, connectionTimeout: 0, fetchArray: true };
    this.#connection = await odbc.connect(options);
    return nothing;
  }

  async #query(text: string, given: readonly OdbcValue[]): Promise<OdbcResult> {
    // Its types know of fewer values than it binds.
    const values = given.map((value) =>
      value instanceof Uint8Array ? Buffer.from(value) : value,
    ) as (string | number)[];
    const result = await this.#opened().query<unknown[]>(text, values);
    return { columns: result.columns, rows: [...result], count: result.count, isLast: true };
  }

  /** Up to `count` rows, in as many steps as the cursor takes for them. */
  async #fetch(count: number): Promise<OdbcResult> {
    const cursor = this.#cursor;
    if (cursor === undefined) throw new Error('No query is being read.');
    const rows: unknown[][] = [];
    let columns: readonly OdbcColumn[] = [];
    while (rows.length < count && !cursor.noData) {
      const part = await cursor.fetch<unknown[]>();
      columns = part.columns;
      for (const row of part) rows.push(row);
    }
    return { columns, rows, count: rows.length, isLast: cursor.noData };
  }

  #opened(): Connection {
    if (this.#connection === undefined) throw new Error('The connection is not open.');
    return this.#connection;
  }
}

function listAll(
  found: readonly (readonly unknown[])[] & {
    readonly columns: readonly OdbcColumn[];
    readonly count: number;
  },
): OdbcResult {
  return { columns: found.columns, rows: [...found], count: found.count, isLast: true };
}

function describe(error: unknown): OdbcFailure {
  if (!(error instanceof Error)) {
    return { message: String(error), state: '', number: 0, isMissing: false };
  }
  const told = 'odbcErrors' in error ? (error as NodeOdbcError).odbcErrors : [];
  const [first] = told;
  const isMissing =
    'code' in error &&
    (error.code === 'ERR_MODULE_NOT_FOUND' ||
      error.code === 'MODULE_NOT_FOUND' ||
      error.code === 'ERR_DLOPEN_FAILED');
  return {
    message: told.length === 0 ? error.message : told.map(({ message }) => message).join(' '),
    state: first?.state ?? '',
    number: first?.code ?? 0,
    isMissing,
  };
}

if (process.send !== undefined) serve();
