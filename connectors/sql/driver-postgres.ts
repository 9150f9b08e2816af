/** PostgreSQL, through knex over `pg`. Values arrive as the text the server writes: no parser of the driver touches them. */
import PostgresClient from 'knex/lib/dialects/postgres/index.js';
import pg from 'pg';
import { readFlag } from '../spi/database/connection-string.ts';
import type { Chunk, Database, Statement } from '../spi/database/database.ts';
import { type ConnectionFacts, toConnectorError } from '../spi/database/failure.ts';
import {
  type OpenRequest,
  readAddress,
  readRootCertificate,
} from '../spi/database/open-request.ts';
import { createPatience } from '../spi/database/waiting.ts';
import { dialects } from './dialects.ts';
import { copyLines } from './driver-postgres-copy.ts';
import { classifyPostgres } from './failure-postgres.ts';
import {
  type KnexConnection,
  openKnexConnection,
  type TransactionConfig,
} from './knex-connection.ts';
import { renderPostgresValue } from './postgres-values.ts';

/** Connects; `SSL Mode` is as Npgsql has it: without one, encryption is used when the server offers it. */
export async function openPostgres(request: OpenRequest): Promise<Database> {
  const { host, port } = readAddress(request.string, 5432);
  const facts: ConnectionFacts = {
    product: 'PostgreSQL',
    address: `${host}:${port}`,
    ...(request.string.database === undefined ? {} : { database: request.string.database }),
    ...(request.string.user === undefined ? {} : { user: request.string.user }),
    secrets: request.secrets,
  };
  const classify = classifyPostgres(facts);
  const tls = await readTls(request);
  const open = async (): Promise<pg.Client> => {
    try {
      return await connect(request, host, port, tls.options);
    } catch (error) {
      const isRefusal = error instanceof Error && /does not support SSL/.test(error.message);
      if (!tls.isOptional || !isRefusal) throw error;
      return await connect(request, host, port, false);
    }
  };
  try {
    // Twice connecting, twice setting up.
    const timeoutMs = request.connectTimeoutMs * 5;
    const connection = await openKnexConnection(PostgresClient, { open, close }, timeoutMs);
    return createDatabase(connection, request, facts);
  } catch (error) {
    if (request.context.signal.aborted) throw request.context.signal.reason;
    throw toConnectorError(error, facts, classify);
  }
}

interface TlsChoice {
  readonly options: false | Readonly<Record<string, unknown>>;
  readonly isOptional: boolean;
}

async function readTls(request: OpenRequest): Promise<TlsChoice> {
  const mode = (request.string.encrypt ?? 'prefer').toLowerCase().replaceAll(/[\s_-]/g, '');
  const certificate = await readRootCertificate(request);
  const ca = certificate === undefined ? {} : { ca: certificate };
  const isTrusted = readFlag(request.string.trustServerCertificate) === true;
  if (mode === 'disable' || mode === 'false') return { options: false, isOptional: true };
  if (mode === 'verifyfull' && !isTrusted) return { options: { ...ca }, isOptional: false };
  if (mode === 'verifyca' && !isTrusted) {
    return { options: { ...ca, checkServerIdentity: () => undefined }, isOptional: false };
  }
  // As in Npgsql: these modes encrypt without asking who answers.
  const isOptional = mode === 'prefer' || mode === 'allow';
  return { options: { ...ca, rejectUnauthorized: false }, isOptional };
}

async function connect(
  request: OpenRequest,
  host: string,
  port: number,
  ssl: TlsChoice['options'],
): Promise<pg.Client> {
  const client = new pg.Client({
    host,
    port,
    database: request.string.database ?? request.string.user ?? 'postgres',
    user: request.string.user ?? 'postgres',
    // A function keeps the driver from looking for a password elsewhere.
    password: request.string.password ?? '',
    ssl,
    connectionTimeoutMillis: request.connectTimeoutMs,
    keepAlive: true,
    application_name: request.string.applicationName ?? 'Lockstep',
    types: { getTypeParser: () => (value: string | Buffer) => value },
  });
  // A server that goes away between two queries is told by the next one; without a listener it would end the process.
  client.on('error', () => undefined);
  const stopOpening = (): void => destroy(client);
  request.context.signal.addEventListener('abort', stopOpening, { once: true });
  try {
    await client.connect();
    const setup = createPatience({
      ...limitsOf(request, client),
      timeoutMs: request.connectTimeoutMs,
    });
    await setup(
      client.query(
        `SET TIME ZONE 'UTC'; SET DateStyle TO 'ISO, YMD'; SET IntervalStyle TO 'iso_8601'; SET extra_float_digits TO 1; SET bytea_output TO 'hex'; SET standard_conforming_strings TO on; SET statement_timeout TO ${request.queryTimeoutMs}; SET lock_timeout TO ${request.queryTimeoutMs}`,
      ),
    );
  } catch (error) {
    destroy(client);
    throw error;
  } finally {
    request.context.signal.removeEventListener('abort', stopOpening);
  }
  return client;
}

/** A polite goodbye that a dead server cannot delay. */
async function close(client: pg.Client): Promise<void> {
  const goodbye = client.end().catch(() => undefined);
  const timer = setTimeout(() => destroy(client), 500);
  await goodbye;
  clearTimeout(timer);
}

function destroy(client: pg.Client): void {
  client.connection.stream.destroy();
}

function limitsOf(request: OpenRequest, client: pg.Client) {
  return {
    timeoutMs: request.queryTimeoutMs,
    signal: request.context.signal,
    giveUp: () => destroy(client),
  };
}

function createDatabase(
  connection: KnexConnection<pg.Client>,
  request: OpenRequest,
  facts: ConnectionFacts,
): Database {
  const classify = classifyPostgres(facts);
  const newPatience = () => createPatience(limitsOf(request, connection.raw));
  const guard = async <T>(
    work: () => Promise<T>,
    wait: ReturnType<typeof createPatience> = newPatience(),
  ): Promise<T> => {
    try {
      return await wait(work());
    } catch (error) {
      if (request.context.signal.aborted) throw request.context.signal.reason;
      throw toConnectorError(error, facts, classify);
    }
  };
  // Without values the driver uses the simple protocol, which pools in transaction mode understand, too.
  const execute = async ({ text, values }: Statement): Promise<pg.QueryArrayResult> =>
    readResult(await guard(() => connection.query(text, values, asArrays)));
  const select = async (statement: Statement): Promise<Chunk> => toChunk(await execute(statement));

  async function* copyResult(
    query: string,
    { fields }: pg.QueryArrayResult,
    wait: ReturnType<typeof createPatience>,
  ): AsyncGenerator<Chunk> {
    const limitStatement = async (limitMs: number): Promise<void> => {
      await execute({ text: `SET LOCAL statement_timeout TO ${limitMs}`, values: [] });
    };
    // The server would count the time that the reader of the lines takes, too.
    await limitStatement(0);
    const columns = fields.map(({ name }) => name);
    const copied = copyLines(connection.raw, {
      query,
      types: fields.map(({ dataTypeID }) => dataTypeID),
      wait: (work) => guard(() => work, wait),
      settle: () => limitStatement(request.queryTimeoutMs),
    });
    for await (const lines of copied) yield { columns, rows: [], lines };
  }

  return {
    dialect: dialects.postgres,
    async describe() {
      const result = await select({
        text: "SELECT current_setting('server_version'), current_database(), current_user",
        values: [],
      });
      const [version, database, user] = result.rows[0] ?? [];
      return `Connected to PostgreSQL ${version ?? ''}, database ${database ?? ''}, as ${user ?? ''}.`;
    },
    async *stream(text, batchSize, { takesLines } = {}) {
      const wait = newPatience();
      const ask = (command: string): Promise<unknown> => {
        const answer = connection.queryText(command, asArrays);
        // It may fail while the rows before it are still being written, when nobody waits for it yet.
        answer.catch(() => undefined);
        return answer;
      };
      const take = async (answer: Promise<unknown>): Promise<pg.QueryArrayResult> =>
        readResult(await guard(() => answer, wait));
      const fetchRows = `FETCH FORWARD ${batchSize} FROM lockstep_export`;
      await take(ask(`DECLARE lockstep_export NO SCROLL CURSOR FOR ${text}`));
      // Without a row this costs next to nothing, and it tells the columns.
      const empty = await take(ask('FETCH FORWARD 0 FROM lockstep_export'));
      if (takesLines?.(empty.fields.map(({ name }) => name)) === true) {
        await take(ask('CLOSE lockstep_export'));
        return yield* copyResult(text, empty, wait);
      }
      let answer = ask(fetchRows);
      for (let isFirst = true, isLast = false; !isLast; isFirst = false) {
        const result = await take(answer);
        isLast = result.rows.length < batchSize;
        // The server gathers the next rows while these are written.
        if (!isLast) answer = ask(fetchRows);
        if (result.rows.length > 0 || isFirst) yield toChunk(result);
      }
      await take(ask('CLOSE lockstep_export'));
    },
    select,
    async run(statement) {
      return (await execute(statement)).rowCount ?? 0;
    },
    async insertReturning(statement, column) {
      const text = `${statement.text} RETURNING ${dialects.postgres.quote(column)}`;
      return (await select({ text, values: statement.values })).rows[0]?.[0] ?? null;
    },
    begin: (mode, isolation) =>
      guard(() => connection.begin({ ...isolationOf(isolation), readOnly: mode === 'read' })),
    commit: () => guard(() => connection.commit()),
    rollback: () => guard(() => connection.rollback()),
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

const asArrays = { rowMode: 'array' };

const isolationLevels = {
  ReadUncommitted: 'read uncommitted',
  ReadCommitted: 'read committed',
  RepeatableRead: 'repeatable read',
  Serializable: 'serializable',
  // What PostgreSQL calls it.
  Snapshot: 'repeatable read',
} as const;

function isolationOf(level: keyof typeof isolationLevels | null): TransactionConfig {
  return level === null ? {} : { isolationLevel: isolationLevels[level] };
}

function readResult(result: unknown): pg.QueryArrayResult {
  // knex hands on what `pg` gives.
  return result as pg.QueryArrayResult;
}

function toChunk(result: pg.QueryArrayResult): Chunk {
  const types = result.fields.map((field) => field.dataTypeID);
  return {
    columns: result.fields.map((field) => field.name),
    rows: result.rows.map((row) =>
      row.map((value: unknown, index) => {
        if (value === null || value === undefined) return null;
        return renderPostgresValue(types[index] ?? 0, String(value));
      }),
    ),
  };
}
