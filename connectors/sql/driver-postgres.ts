/** PostgreSQL, through `pg`. Values arrive as the text the server writes: no parser of the driver touches them. */
import pg from 'pg';
import { type OpenRequest, readAddress, readRootCertificate } from './connect.ts';
import { readFlag } from './connection-string.ts';
import type { Chunk, Database, Statement } from './database.ts';
import { dialects } from './dialects.ts';
import { type ConnectionFacts, toConnectorError } from './failure.ts';
import { classifyPostgres } from './failure-postgres.ts';
import { base64, isoTimestamp, plainDecimal } from './text.ts';
import { createPatience } from './waiting.ts';

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
  try {
    try {
      return await connect(request, host, port, tls.options, facts);
    } catch (error) {
      const isRefusal = error instanceof Error && /does not support SSL/.test(error.message);
      if (!tls.isOptional || !isRefusal) throw error;
      return await connect(request, host, port, false, facts);
    }
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
  facts: ConnectionFacts,
): Promise<Database> {
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
  return createDatabase(client, request, facts);
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

function createDatabase(client: pg.Client, request: OpenRequest, facts: ConnectionFacts): Database {
  const classify = classifyPostgres(facts);
  const query = async (
    wait: ReturnType<typeof createPatience>,
    text: string,
    values: readonly unknown[] = [],
  ): Promise<pg.QueryArrayResult> => {
    try {
      // Without values the simple protocol is used, which pools in transaction mode understand, too.
      const config = { text, rowMode: 'array' as const };
      return await wait(
        values.length === 0
          ? client.query(config)
          : client.query({ ...config, values: [...values] }),
      );
    } catch (error) {
      if (request.context.signal.aborted) throw request.context.signal.reason;
      throw toConnectorError(error, facts, classify);
    }
  };
  const once = (text: string, values: readonly unknown[] = []) =>
    query(createPatience(limitsOf(request, client)), text, values);
  const select = async (statement: Statement): Promise<Chunk> =>
    toChunk(await once(statement.text, statement.values.map(toParameter)));

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
    async *stream(text, batchSize) {
      const wait = createPatience(limitsOf(request, client));
      await query(wait, `DECLARE lockstep_export NO SCROLL CURSOR FOR ${text}`);
      let isFirst = true;
      for (;;) {
        const result = await query(wait, `FETCH FORWARD ${batchSize} FROM lockstep_export`);
        if (result.rows.length > 0 || isFirst) yield toChunk(result);
        isFirst = false;
        if (result.rows.length < batchSize) break;
      }
      await query(wait, 'CLOSE lockstep_export');
    },
    select,
    async run(statement) {
      return (await once(statement.text, statement.values.map(toParameter))).rowCount ?? 0;
    },
    async insertReturning(statement, column) {
      const text = `${statement.text} RETURNING ${dialects.postgres.quote(column)}`;
      return (await select({ text, values: statement.values })).rows[0]?.[0] ?? null;
    },
    async begin(mode, isolation) {
      const level = isolation === 'Snapshot' ? 'RepeatableRead' : isolation;
      const isolationText =
        level === null
          ? ''
          : ` ISOLATION LEVEL ${level.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toUpperCase()}`;
      await once(`BEGIN${isolationText}${mode === 'read' ? ' READ ONLY' : ''}`);
    },
    async commit() {
      await once('COMMIT');
    },
    async rollback() {
      await once('ROLLBACK');
    },
    async [Symbol.asyncDispose]() {
      // A polite goodbye that a dead server cannot delay.
      const goodbye = client.end().catch(() => undefined);
      const timer = setTimeout(() => destroy(client), 500);
      await goodbye;
      clearTimeout(timer);
    },
  };
}

function toParameter(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}

/** Type numbers of pg_type.dat: https://github.com/postgres/postgres/blob/REL_15_STABLE/src/include/catalog/pg_type.dat */
const renderers: Readonly<Record<number, (text: string) => string>> = {
  16: (text) => (text === 't' ? 'true' : 'false'),
  17: (text) => base64(Buffer.from(text.slice(2), 'hex')),
  700: plainDecimal,
  701: plainDecimal,
  1114: (text) => isoTimestamp(text, false),
  1184: (text) => isoTimestamp(text, true),
};

function toChunk(result: pg.QueryArrayResult): Chunk {
  const render = result.fields.map((field) => renderers[field.dataTypeID]);
  return {
    columns: result.fields.map((field) => field.name),
    rows: result.rows.map((row) =>
      row.map((value: unknown, index) => {
        if (value === null || value === undefined) return null;
        const text = String(value);
        return render[index]?.(text) ?? text;
      }),
    ),
  };
}
