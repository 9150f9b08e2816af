/** SQL Server, through `mssql` (TDS by `tedious`). */
import sql from 'mssql';
import { ConnectorError } from '../errors.ts';
import { readFlag } from './connection-string.ts';
import type { Chunk, Database, Statement } from './database.ts';
import { sqlServer } from './dialect-sql-server.ts';
import { type ConnectionFacts, toConnectorError } from './failure.ts';
import { classifySqlServer } from './failure-sql-server.ts';
import { type OpenRequest, readAddress, readRootCertificate } from './open-request.ts';
import { takeRows } from './row-stream.ts';
import { describeSqlServerColumn, renderSqlServerValue } from './sql-server-values.ts';
import { createPatience } from './waiting.ts';

/** Connects; without `Encrypt`, the connection is encrypted and the server's certificate checked. */
export async function openSqlServer(request: OpenRequest): Promise<Database> {
  const { host, port, instance } = readAddress(request.string, 1433);
  const facts: ConnectionFacts = {
    product: 'SQL Server',
    address: instance === undefined ? `${host}:${port}` : `${host}\\${instance}`,
    ...(request.string.database === undefined ? {} : { database: request.string.database }),
    ...(request.string.user === undefined ? {} : { user: request.string.user }),
    secrets: request.secrets,
  };
  const config = await readConfig(request, host, port, instance);
  const line = watchConnection(config.options?.encrypt === true);
  const pool = new sql.ConnectionPool({ ...config, beforeConnect: line.watch });
  pool.on('error', () => undefined);
  const wait = createPatience({
    timeoutMs: request.connectTimeoutMs,
    signal: request.context.signal,
    giveUp: line.drop,
  });
  try {
    await wait(pool.connect());
  } catch (error) {
    line.drop();
    await pool.close().catch(() => undefined);
    if (request.context.signal.aborted) throw request.context.signal.reason;
    const refusal = line.isRefused() ? new Error('the server does not support SSL') : error;
    throw toConnectorError(refusal, facts, classifySqlServer(facts));
  }
  return createDatabase(pool, line.drop, request, facts);
}

/** What the connector uses of a connection of tedious. */
interface RawConnection {
  close(): void;
  on(event: 'debug', listener: (text: string) => void): unknown;
  off(event: 'debug', listener: (text: string) => void): unknown;
}

/**
 * Holds the one connection below the pool, which by itself could neither drop a silent server nor refuse a server that does
 * not encrypt: the driver would send the login in the clear. Its debug events tell the server's answer before that.
 */
function watchConnection(isEncryptionRequired: boolean): {
  readonly watch: (connection: RawConnection) => void;
  readonly drop: () => void;
  readonly isRefused: () => boolean;
} {
  let raw: RawConnection | undefined;
  let isRefused = false;
  return {
    watch(connection) {
      raw = connection;
      let seen = 0;
      const listen = (text: string): void => {
        const answer = /encryption:0x\w+\((\w*)\)/.exec(text)?.[1];
        // The first is our own question, the second the server's answer.
        if (answer === undefined || ++seen < 2) return;
        connection.off('debug', listen);
        if (!isEncryptionRequired || answer === 'ON' || answer === 'REQ') return;
        isRefused = true;
        connection.close();
      };
      connection.on('debug', listen);
    },
    drop: () => raw?.close(),
    isRefused: () => isRefused,
  };
}

async function readConfig(
  request: OpenRequest,
  host: string,
  port: number,
  instance: string | undefined,
): Promise<sql.config> {
  const { user, password, database, encrypt } = request.string;
  const account = /^([^\\]+)\\(.+)$/.exec(user ?? '');
  const certificate = await readRootCertificate(request);
  return {
    server: host,
    ...(instance === undefined ? { port } : {}),
    ...(database === undefined ? {} : { database }),
    ...(account === null
      ? { user: user ?? '' }
      : { domain: account[1] ?? '', user: account[2] ?? '' }),
    password: password ?? '',
    connectionTimeout: request.connectTimeoutMs,
    // Time is kept by the connector itself, which does not count what the reader of the rows takes.
    requestTimeout: 0,
    validateConnection: false,
    pool: { max: 1, min: 0, idleTimeoutMillis: 3_600_000 },
    options: {
      // 'strict' is TDS 8; the types of mssql know booleans only.
      encrypt: readEncrypt(encrypt),
      trustServerCertificate: readFlag(request.string.trustServerCertificate) === true,
      appName: request.string.applicationName ?? 'Lockstep',
      useUTC: true,
      debug: { packet: false, data: false, payload: true, token: false },
      enableArithAbort: true,
      ...(instance === undefined ? {} : { instanceName: instance }),
      ...(certificate === undefined ? {} : { cryptoCredentialsDetails: { ca: certificate } }),
    },
  };
}

function readEncrypt(mode: string | undefined): boolean {
  return !/^(false|no|0|optional|disabled?)$/i.test(mode?.trim() ?? 'true');
}

function createDatabase(
  pool: sql.ConnectionPool,
  drop: () => void,
  request: OpenRequest,
  facts: ConnectionFacts,
): Database {
  let transaction: sql.Transaction | undefined;
  const newPatience = () =>
    createPatience({
      timeoutMs: request.queryTimeoutMs,
      signal: request.context.signal,
      giveUp: drop,
    });
  const translate = (error: unknown): unknown => {
    if (request.context.signal.aborted) return request.context.signal.reason;
    return toConnectorError(error, facts, classifySqlServer(facts));
  };
  const newRequest = (): sql.Request => {
    const created = transaction === undefined ? pool.request() : transaction.request();
    created.arrayRowMode = true;
    return created;
  };
  const execute = async (
    statement: Statement,
  ): Promise<{ readonly chunk: Chunk; readonly affected: number }> => {
    const current = newRequest();
    statement.values.forEach((value, index) => {
      if (value instanceof Uint8Array) {
        current.input(`p${index + 1}`, sql.VarBinary(sql.MAX), Buffer.from(value));
      } else if (typeof value === 'number') {
        current.input(`p${index + 1}`, sql.Int, value);
      } else {
        current.input(`p${index + 1}`, sql.NVarChar(sql.MAX), value);
      }
    });
    try {
      const result = await newPatience()(current.query(statement.text));
      return { chunk: toChunk(result), affected: result.rowsAffected[0] ?? 0 };
    } catch (error) {
      throw translate(error);
    }
  };
  const select = async (statement: Statement): Promise<Chunk> => (await execute(statement)).chunk;
  return {
    dialect: sqlServer,
    async describe() {
      const { rows } = await select({
        text: "SELECT CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128)), DB_NAME(), SUSER_SNAME()",
        values: [],
      });
      const [version, database, user] = rows[0] ?? [];
      return `Connected to SQL Server ${version ?? ''}, database ${database ?? ''}, as ${user ?? ''}.`;
    },
    async *stream(text, batchSize) {
      const wait = newPatience();
      const current = newRequest();
      let columns: ReturnType<typeof describeSqlServerColumn>[] = [];
      let resultSets = 0;
      current.on('recordset', (found: unknown) => {
        resultSets += 1;
        columns = readColumns(found);
        const inexact = columns.filter((column) => column.kind === 'inexact-decimal');
        if (inexact.length > 0) {
          request.context.logger.warn(
            { columns: inexact.map((column) => column.name) },
            'Decimals of a query are read as floating point; cast them to varchar to keep every digit',
          );
        }
      });
      const rows = current.toReadableStream({ highWaterMark: batchSize });
      // The stream reports the failure; the promise would report it a second time.
      const finished = current.query(text);
      finished?.catch?.(() => undefined);
      const cursor: AsyncIterator<unknown> = rows[Symbol.asyncIterator]();
      let isLast = false;
      try {
        for (let isFirst = true; !isLast; isFirst = false) {
          const batch = await wait(takeRows(cursor, batchSize));
          isLast = batch.isLast;
          if (resultSets > 1) throw severalResults();
          if (batch.rows.length === 0 && !isFirst) break;
          yield {
            columns: columns.map((column) => column.name),
            rows: batch.rows.map((row) => renderRow(row, columns)),
          };
        }
      } catch (error) {
        throw translate(error);
      } finally {
        if (!isLast) current.cancel();
      }
    },
    select,
    async run(statement) {
      return (await execute(statement)).affected;
    },
    async insertReturning(statement, column) {
      // OUTPUT is refused on tables with triggers unless it goes INTO a table; the identity needs neither.
      const text = `${statement.text}; SELECT CAST(SCOPE_IDENTITY() AS nvarchar(60))`;
      const value = (await select({ text, values: statement.values })).rows[0]?.[0] ?? null;
      if (value !== null) return value;
      throw new ConnectorError(
        'unsupported',
        `The database did not say which value the column "${column}" got.`,
        {
          hint: 'Let a rule compute the key, or make the column an identity.',
          details: { column },
        },
      );
    },
    async begin(_mode, isolation) {
      const started = pool.transaction();
      try {
        await newPatience()(started.begin(isolationLevels[isolation ?? 'ReadCommitted']));
        transaction = started;
        if (request.queryTimeoutMs > 0) {
          // As a batch: what sp_executesql sets is undone when it returns.
          await newPatience()(newRequest().batch(`SET LOCK_TIMEOUT ${request.queryTimeoutMs}`));
        }
      } catch (error) {
        throw translate(error);
      }
    },
    async commit() {
      const current = transaction;
      transaction = undefined;
      try {
        if (current !== undefined) await newPatience()(current.commit());
      } catch (error) {
        throw translate(error);
      }
    },
    async rollback() {
      const current = transaction;
      transaction = undefined;
      if (current !== undefined) await newPatience()(current.rollback());
    },
    async [Symbol.asyncDispose]() {
      // The pool waits for a connection that a transaction still holds; a dropped one comes back at once.
      const timer = setTimeout(drop, 500);
      await transaction?.rollback().catch(() => undefined);
      clearTimeout(timer);
      drop();
      await pool.close().catch(() => undefined);
    },
  };
}

const isolationLevels = {
  ReadUncommitted: sql.ISOLATION_LEVEL.READ_UNCOMMITTED,
  ReadCommitted: sql.ISOLATION_LEVEL.READ_COMMITTED,
  RepeatableRead: sql.ISOLATION_LEVEL.REPEATABLE_READ,
  Serializable: sql.ISOLATION_LEVEL.SERIALIZABLE,
  Snapshot: sql.ISOLATION_LEVEL.SNAPSHOT,
} as const;

function severalResults(): ConnectorError {
  return new ConnectorError('invalid-value', 'SqlCommand gives more than one result.', {
    hint: 'Let it hold one query; add SET NOCOUNT ON where a procedure counts rows.',
    details: { setting: 'SqlCommand' },
  });
}

function readColumns(found: unknown): ReturnType<typeof describeSqlServerColumn>[] {
  return Array.isArray(found) ? found.map(describeSqlServerColumn) : [];
}

function renderRow(
  row: unknown,
  columns: readonly ReturnType<typeof describeSqlServerColumn>[],
): (string | null)[] {
  // `arrayRowMode` makes rows arrays.
  const values = row as readonly unknown[];
  return columns.map((column, index) => renderSqlServerValue(values[index], column));
}

function toChunk(result: sql.IResult<unknown>): Chunk {
  const found = 'columns' in result && Array.isArray(result.columns) ? result.columns[0] : [];
  const columns = readColumns(found);
  const recordset: readonly unknown[] = Array.isArray(result.recordset) ? result.recordset : [];
  return {
    columns: columns.map((column) => column.name),
    rows: recordset.map((row) => renderRow(row, columns)),
  };
}
