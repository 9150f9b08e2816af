/** MySQL and MariaDB, through knex over `mysql2`. Values are read as text; numbers and dates never become JavaScript's. */
import { isIP } from 'node:net';
import mysql from 'mysql2';
import { readFlag } from '../spi/database/connection-string.ts';
import type { Chunk, Database, Statement } from '../spi/database/database.ts';
import { type ConnectionFacts, toConnectorError } from '../spi/database/failure.ts';
import {
  type OpenRequest,
  readAddress,
  readRootCertificate,
} from '../spi/database/open-request.ts';
import { createPatience } from '../spi/database/waiting.ts';
import { ConnectorError } from '../spi/errors.ts';
import { dialects } from './dialects.ts';
import { classifyMysql } from './failure-mysql.ts';
import { type KnexConnection, openKnexConnection } from './knex-connection.ts';
import { PreparingMysqlClient } from './mysql-client.ts';
import { type RowTaker, readPieces } from './mysql-packets.ts';
import { takeCells, takeLines } from './mysql-rows.ts';
import { type MysqlColumn, renderMysqlValue } from './mysql-values.ts';

/** Connects; without an `SslMode`, encryption is used when the server offers it, as MySQL's own drivers do. */
export async function openMysql(request: OpenRequest): Promise<Database> {
  const { host, port } = readAddress(request.string, 3306);
  const facts: ConnectionFacts = {
    product: 'MySQL',
    address: `${host}:${port}`,
    ...(request.string.database === undefined ? {} : { database: request.string.database }),
    ...(request.string.user === undefined ? {} : { user: request.string.user }),
    secrets: request.secrets,
  };
  const tls = await readTls(request, host);
  const open = async (): Promise<mysql.Connection> => {
    try {
      return await connect(request, host, port, tls.options);
    } catch (error) {
      const isRefusal =
        error instanceof Error && 'code' in error && error.code === 'HANDSHAKE_NO_SSL_SUPPORT';
      if (!tls.isOptional || !isRefusal) throw error;
      return await connect(request, host, port, undefined);
    }
  };
  try {
    // `connect` may be called twice, and keeps to this time each.
    const timeoutMs = request.connectTimeoutMs * 5;
    const connection = await openKnexConnection(PreparingMysqlClient, { open, close }, timeoutMs);
    return createDatabase(connection, request, facts);
  } catch (error) {
    if (request.context.signal.aborted) throw request.context.signal.reason;
    throw toConnectorError(error, facts, classifyMysql(facts));
  }
}

interface TlsChoice {
  readonly options: mysql.SslOptions | undefined;
  readonly isOptional: boolean;
}

async function readTls(request: OpenRequest, host: string): Promise<TlsChoice> {
  const mode = (request.string.encrypt ?? 'preferred').toLowerCase();
  const certificate = await readRootCertificate(request);
  const ca = certificate === undefined ? {} : { ca: certificate };
  if (/^(none|disabled?|false)$/.test(mode)) return { options: undefined, isOptional: true };
  if (mode === 'verifyfull') {
    if (isIP(host) !== 0) throw addressNotVerified(host);
    return { options: { ...ca, verifyIdentity: true }, isOptional: false };
  }
  if (mode === 'verifyca') return { options: ca, isOptional: false };
  return {
    options: { ...ca, rejectUnauthorized: false },
    isOptional: mode.startsWith('prefer'),
  };
}

/** The driver would look for `localhost` in the certificate of an address, and take any server that has it. */
function addressNotVerified(host: string): ConnectorError {
  return new ConnectorError(
    'unsupported',
    `SSL Mode VerifyFull needs the name of the server: ${host} is an address, which is not looked for in certificates.`,
    {
      hint: 'Write the name that its certificate has in Server, or set SSL Mode to VerifyCA.',
      details: { setting: 'ConnectionString' },
    },
  );
}

async function connect(
  request: OpenRequest,
  host: string,
  port: number,
  ssl: mysql.SslOptions | undefined,
): Promise<mysql.Connection> {
  const connection = mysql.createConnection({
    host,
    port,
    ...(request.string.database === undefined ? {} : { database: request.string.database }),
    user: request.string.user ?? 'root',
    password: request.string.password ?? '',
    ...(ssl === undefined ? {} : { ssl }),
    connectTimeout: request.connectTimeoutMs,
    charset: 'utf8mb4',
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    jsonStrings: true,
    // Rows are taken apart without code made at run time.
    disableEval: true,
    // The server must never ask this program for its files.
    flags: ['-LOCAL_FILES'],
    enableKeepAlive: true,
    multipleStatements: false,
  });
  connection.on('error', () => undefined);
  const wait = createPatience({
    timeoutMs: request.connectTimeoutMs,
    signal: request.context.signal,
    giveUp: () => connection.destroy(),
  });
  try {
    await wait(
      new Promise<void>((done, fail) => {
        connection.connect((error) => (error === null ? done() : fail(error)));
      }),
    );
    await wait(runText(connection, "SET SESSION time_zone = '+00:00'"));
    if (request.access === 'write') {
      // Without it the server shortens texts and rounds dates silently.
      await wait(
        runText(connection, "SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')"),
      );
    }
    if (request.queryTimeoutMs > 0) {
      const seconds = Math.ceil(request.queryTimeoutMs / 1000);
      await wait(
        runText(
          connection,
          `SET SESSION innodb_lock_wait_timeout = ${seconds}, SESSION net_write_timeout = ${Math.max(seconds, 600)}`,
        ),
      );
    }
  } catch (error) {
    connection.destroy();
    throw error;
  }
  return connection;
}

/** A polite goodbye that a dead server cannot delay. */
async function close(connection: mysql.Connection): Promise<void> {
  await new Promise<void>((done) => {
    const timer = setTimeout(() => {
      connection.destroy();
      done();
    }, 500);
    connection.end(() => {
      clearTimeout(timer);
      done();
    });
  });
}

function runText(connection: mysql.Connection, text: string): Promise<mysql.QueryResult> {
  return new Promise((done, fail) => {
    connection.query(text, (error, result) => (error === null ? done(result) : fail(error)));
  });
}

function createDatabase(
  connection: KnexConnection<mysql.Connection>,
  request: OpenRequest,
  facts: ConnectionFacts,
): Database {
  const { raw } = connection;
  const newPatience = () =>
    createPatience({
      timeoutMs: request.queryTimeoutMs,
      signal: request.context.signal,
      giveUp: () => raw.destroy(),
    });
  const options = { isTinyBoolean: readFlag(request.string.treatTinyAsBoolean) ?? true };
  const renderRow = (row: unknown, columns: readonly MysqlColumn[]): (string | null)[] =>
    columns.map((column, index) =>
      // `rowsAsArray` makes rows arrays.
      renderMysqlValue((row as readonly unknown[])[index], column, options),
    );
  const translate = (error: unknown): unknown => {
    if (request.context.signal.aborted) return request.context.signal.reason;
    return toConnectorError(error, facts, classifyMysql(facts));
  };
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await newPatience()(work());
    } catch (error) {
      throw translate(error);
    }
  };
  const execute = async ({ text, values }: Statement): Promise<MysqlResult> =>
    readResult(await guard(() => connection.query(text, values, asArrays)));
  const select = async (statement: Statement): Promise<Chunk> => {
    const { result, columns } = await execute(statement);
    return {
      columns: columns.map((column) => column.name),
      rows: Array.isArray(result) ? result.map((row) => renderRow(row, columns)) : [],
    };
  };
  return {
    dialect: dialects.mysql,
    async describe() {
      const { rows } = await select({
        text: "SELECT VERSION(), COALESCE(DATABASE(), ''), CURRENT_USER()",
        values: [],
      });
      const [version, database, user] = rows[0] ?? [];
      const product = /mariadb/i.test(version ?? '') ? 'MariaDB' : 'MySQL';
      return `Connected to ${product} ${version ?? ''}, database ${database || '(none)'}, as ${user ?? ''}.`;
    },
    async *stream(sql, batchSize, { takesLines: areLinesTaken } = {}) {
      const open = (columns: readonly MysqlColumn[]): RowTaker<Chunk> =>
        areLinesTaken?.(columns.map(({ name }) => name)) === true
          ? takeLines(columns, options)
          : takeCells(columns, options, batchSize);
      let isFirst = true;
      try {
        for await (const chunk of readPieces(raw, sql, open, newPatience())) {
          if (isFirst || countRows(chunk) > 0) yield chunk;
          isFirst = false;
        }
      } catch (error) {
        throw translate(error);
      }
      if (isFirst) yield { columns: [], rows: [] };
    },
    select,
    async run(statement) {
      return affectedRows((await execute(statement)).result);
    },
    async insertReturning(statement, column) {
      const { result } = await execute(statement);
      const id = (result as Partial<mysql.ResultSetHeader>).insertId;
      if (id !== undefined && BigInt(id) !== 0n) return String(id);
      throw new ConnectorError(
        'unsupported',
        `The database did not say which value the column "${column}" got.`,
        {
          hint: 'Let a rule compute the key, or make the column AUTO_INCREMENT.',
          details: { column },
        },
      );
    },
    async begin(mode, isolation) {
      const level = isolation === 'Snapshot' ? 'RepeatableRead' : isolation;
      const words = level?.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toUpperCase();
      // Written here: knex leaves out the comma between the two, which MySQL asks for.
      const isolationText = words === undefined ? '' : `ISOLATION LEVEL ${words}, `;
      const accessText = mode === 'read' ? 'READ ONLY' : 'READ WRITE';
      await guard(() => connection.queryText(`SET TRANSACTION ${isolationText}${accessText}`));
      await guard(() => connection.begin());
    },
    commit: () => guard(() => connection.commit()),
    rollback: () => guard(() => connection.rollback()),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

const asArrays = { rowsAsArray: true };

function countRows({ rows, lines }: Chunk): number {
  return lines?.rows ?? rows.length;
}

interface MysqlResult {
  readonly result: unknown;
  readonly columns: readonly MysqlColumn[];
}

function readResult(response: unknown): MysqlResult {
  // knex hands on the two things `mysql2` gives.
  const [result, fields] = response as readonly unknown[];
  return { result, columns: readColumns(fields) };
}

function readColumns(fields: unknown): readonly MysqlColumn[] {
  // Column definitions of mysql2 carry more than its types say.
  return Array.isArray(fields) ? (fields as MysqlColumn[]) : [];
}

function affectedRows(result: unknown): number {
  return (result as Partial<mysql.ResultSetHeader>).affectedRows ?? 0;
}
