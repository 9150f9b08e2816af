/** SQLite files, through knex over Node's own `node:sqlite`. */
import { stat } from 'node:fs/promises';
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import type { Chunk, Database, Statement } from '../spi/database/database.ts';
import {
  type ConnectionFacts,
  type Failure,
  toConnectorError,
  type VendorError,
} from '../spi/database/failure.ts';
import type { OpenRequest } from '../spi/database/open-request.ts';
import { base64, plainDecimal } from '../spi/database/text.ts';
import { ConnectorError } from '../spi/errors.ts';
import { resolveBelowRoots, resolveSettingPath } from '../spi/file-access.ts';
import { dialects } from './dialects.ts';
import { type KnexConnection, openKnexConnection } from './knex-connection.ts';
import {
  NodeSqliteClient,
  prepareSqlite,
  type SqliteResult,
  WritingSqliteClient,
} from './sqlite-client.ts';

/** Opens an existing file; a missing one is an error, never a new empty database. */
export async function openSqlite(request: OpenRequest): Promise<Database> {
  const file = await locate(request);
  const facts: ConnectionFacts = { product: 'SQLite', address: file, secrets: request.secrets };
  const open = async (): Promise<DatabaseSync> => {
    const database = new DatabaseSync(file, {
      readOnly: request.access === 'read',
      // How long a statement waits for another program's lock.
      timeout: Math.min(request.queryTimeoutMs === 0 ? 60_000 : request.queryTimeoutMs, 60_000),
      allowExtension: false,
    });
    try {
      // Opening reads nothing yet: this does, and finds out whether the file is a database.
      database.prepare('SELECT count(*) FROM sqlite_schema').get();
    } catch (error) {
      database.close();
      throw error;
    }
    return database;
  };
  const close = async (database: DatabaseSync): Promise<void> => {
    if (database.isOpen) database.close();
  };
  try {
    const client = request.access === 'write' ? WritingSqliteClient : NodeSqliteClient;
    const connection = await openKnexConnection(client, { open, close }, 120_000);
    return createDatabase(connection, facts, request);
  } catch (error) {
    throw toConnectorError(error, facts, classify(facts));
  }
}

async function locate(request: OpenRequest): Promise<string> {
  const written = request.string.server ?? request.string.filename ?? '';
  if (written === '' || written === ':memory:') {
    throw new ConnectorError('invalid-value', 'The connection string names no SQLite file.', {
      hint: 'Write `Data Source=<file>`.',
      details: { setting: 'ConnectionString' },
    });
  }
  const path = resolveSettingPath('ConnectionString', written, request.context);
  const real = await resolveBelowRoots(path, request.context.sourcesRootPaths);
  if (!(await stat(real)).isFile()) {
    throw new ConnectorError('not-found', `${path} is not a file.`, {
      hint: 'Let Data Source name the database file itself.',
      details: { path },
    });
  }
  return real;
}

function createDatabase(
  connection: KnexConnection<DatabaseSync>,
  facts: ConnectionFacts,
  request: OpenRequest,
): Database {
  const database = connection.raw;
  const { signal } = request.context;
  const guard = <T>(work: () => T): T => {
    signal.throwIfAborted();
    try {
      return work();
    } catch (error) {
      throw toConnectorError(error, facts, classify(facts));
    }
  };
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      throw toConnectorError(error, facts, classify(facts));
    }
  };
  const execute = async (statement: Statement): Promise<SqliteResult> =>
    // What the client gives for every statement.
    (await guarded(() => connection.query(statement.text, statement.values))) as SqliteResult;
  const select = async (statement: Statement): Promise<Chunk> => {
    const result = await execute(statement);
    const render = createRenderer(result.statement);
    return { columns: render.columns, rows: result.rows.map(render.row) };
  };
  return {
    dialect: dialects.sqlite,
    async describe() {
      const { rows } = await select({ text: 'SELECT sqlite_version()', values: [] });
      return `SQLite ${rows[0]?.[0] ?? ''} reads ${facts.address}.`;
    },
    async *stream(text, batchSize) {
      const startedAt = performance.now();
      const prepared = guard(() => prepareSqlite(database, text));
      const render = createRenderer(prepared);
      const cursor = guard(() => prepared.iterate());
      let isFirst = true;
      try {
        for (;;) {
          const rows: (string | null)[][] = [];
          let isDone = false;
          while (rows.length < batchSize && !isDone) {
            const next = guard(() => cursor.next());
            if (next.done === true) isDone = true;
            else rows.push(render.row(readArray(next.value)));
          }
          if (rows.length > 0 || isFirst) yield { columns: render.columns, rows };
          isFirst = false;
          if (isDone) return;
          checkTime(startedAt, request.queryTimeoutMs);
        }
      } finally {
        cursor.return?.();
      }
    },
    select,
    async run(statement) {
      return (await execute(statement)).changes;
    },
    async insertReturning(statement, column) {
      const text = `${statement.text} RETURNING ${dialects.sqlite.quote(column)}`;
      return (await select({ text, values: statement.values })).rows[0]?.[0] ?? null;
    },
    begin: () => guarded(() => connection.begin()),
    commit: () => guarded(() => connection.commit()),
    async rollback() {
      // Some failures end the transaction by themselves.
      if (database.isOpen && database.isTransaction) await connection.rollback();
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

/** SQLite works inside this process, so its time includes ours; it can only be stopped between two batches. */
function checkTime(startedAt: number, timeoutMs: number): void {
  if (timeoutMs === 0 || performance.now() - startedAt < timeoutMs) return;
  throw new ConnectorError(
    'timeout',
    `Reading the SQLite file took longer than ${timeoutMs / 1000} seconds.`,
    { hint: 'Raise Timeout, or make the query cheaper.', details: { timeoutMs } },
  );
}

function readArray(row: unknown): readonly SQLOutputValue[] {
  // `setReturnArrays` makes rows arrays; the types of node:sqlite still say records.
  return row as readonly SQLOutputValue[];
}

function createRenderer(statement: StatementSync): {
  readonly columns: readonly string[];
  readonly row: (values: readonly SQLOutputValue[]) => (string | null)[];
} {
  const columns = statement.columns();
  const isBoolean = columns.map((column) => /^bool/i.test(column.type ?? ''));
  return {
    columns: columns.map((column) => column.name),
    row: (values) => values.map((value, index) => renderValue(value, isBoolean[index] === true)),
  };
}

function renderValue(value: SQLOutputValue, isBoolean: boolean): string | null {
  if (value === null) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return plainDecimal(String(value));
  if (typeof value === 'bigint') {
    if (isBoolean && (value === 0n || value === 1n)) return value === 1n ? 'true' : 'false';
    return value.toString();
  }
  return base64(value);
}

/** Result codes: https://www.sqlite.org/rescode.html */
function classify(facts: ConnectionFacts): (error: VendorError) => Failure | undefined {
  return ({ number, message }) => {
    if (/^no such (table|column)|has no column named/.test(message)) {
      return {
        kind: 'not-found',
        message: 'The SQLite file has no such table or column.',
        hint: 'The cause names it; correct the query or the mapping.',
      };
    }
    if (number === 2067 || number === 1555 || number === 2579) {
      return {
        kind: 'already-exists',
        message: 'A row with one of these unique values exists already.',
        isDuplicate: true,
      };
    }
    if (number === 787) {
      return {
        kind: 'invalid-value',
        message: 'A row refers to one that does not exist, or is still referred to.',
        hint: 'Carry out the order for the other row first.',
      };
    }
    if ((number & 0xff) === 19 || (number & 0xff) === 20) {
      return {
        kind: 'invalid-value',
        message: 'The table refuses a value.',
        hint: 'The cause names the constraint it breaks.',
      };
    }
    switch (number & 0xff) {
      case 1:
        return {
          kind: 'invalid-value',
          message: 'SQLite does not understand the query.',
          hint: 'The cause says where; correct SqlCommand.',
        };
      case 5:
      case 6:
        return {
          kind: 'timeout',
          message: `Another program holds ${facts.address} locked.`,
          hint: 'Run again when it is done.',
        };
      case 3:
      case 8:
      case 23:
        return {
          kind: 'forbidden',
          message: `${facts.address} may not be written.`,
          hint: 'Give this account the right to write the file and its folder; exports open it for reading only.',
        };
      case 14:
        return {
          kind: 'forbidden',
          message: `${facts.address} cannot be opened.`,
          hint: 'Give this account the right to read it.',
        };
      case 26:
        return {
          kind: 'invalid-value',
          message: `${facts.address} is not an SQLite database.`,
          hint: 'Correct Data Source.',
        };
      case 11:
        return {
          kind: 'incomplete',
          message: `${facts.address} is damaged.`,
          hint: 'Restore the file; `PRAGMA integrity_check` says how far it is readable.',
        };
      default:
        return undefined;
    }
  };
}
