/** Any database with an ODBC driver, through unixODBC and a process of its own: see `odbc-child.ts`. */
import type {
  Chunk,
  Database,
  IsolationLevel,
  KnownColumn,
  StreamOptions,
} from '../spi/database/database.ts';
import { type ConnectionFacts, toConnectorError } from '../spi/database/failure.ts';
import { classifySqlServer } from '../spi/database/failure-sql-server.ts';
import type { OpenRequest } from '../spi/database/open-request.ts';
import { createPatience } from '../spi/database/waiting.ts';
import { ConnectorError } from '../spi/errors.ts';
import { classifyMysql } from './failure-mysql.ts';
import { classifyOdbc } from './failure-odbc.ts';
import { classifyPostgres } from './failure-postgres.ts';
import { listOdbcColumns } from './odbc-catalog.ts';
import type { OdbcColumn, OdbcRequest, OdbcResult, OdbcValue } from './odbc-child.ts';
import { composeOdbcString } from './odbc-connection-string.ts';
import {
  type OdbcProduct,
  type OdbcTraits,
  odbcTraits,
  productQueries,
  recognizeProduct,
} from './odbc-dialects.ts';
import { type OdbcProcess, startOdbcProcess } from './odbc-process.ts';
import { isInexact, renderOdbcValue } from './odbc-values.ts';

type Call = (request: OdbcRequest) => Promise<OdbcResult>;

/** Connects and finds out which database answers; `product` is asked for, or `other` to take it for one nobody knows. */
export async function openOdbc(
  request: OpenRequest,
  product?: 'SAP ASE' | 'other',
): Promise<Database> {
  const target = await composeOdbcString(request, product === 'SAP ASE' ? product : undefined);
  const facts: ConnectionFacts = {
    product: 'The database',
    address: target.address,
    ...(request.string.database === undefined ? {} : { database: request.string.database }),
    ...(request.string.user === undefined ? {} : { user: request.string.user }),
    secrets: [...request.secrets, target.connectionString],
  };
  const process = startOdbcProcess(request.context.environment ?? {});
  const guard = createGuard(process, request, facts);
  const { connectTimeoutMs: timeoutMs } = request;
  try {
    const setUp = guard(undefined, timeoutMs);
    const loginTimeoutSeconds = Math.ceil(timeoutMs / 1000);
    await setUp({ kind: 'open', connectionString: target.connectionString, loginTimeoutSeconds });
    const found = product === 'other' ? unknownProduct : await recognize(setUp);
    const traits = odbcTraits[found.product];
    for (const text of traits.setup) await setUp({ kind: 'query', text, values: [] });
    const about = `Connected to ${found.version}, through the ODBC driver "${target.driver}".`;
    const newCall = (): Call => guard(found.product, request.queryTimeoutMs);
    return new OdbcDatabase(process, newCall, traits, about, request.context.logger);
  } catch (error) {
    process.kill();
    throw error;
  }
}

/** Calls that share one time limit; a driver that does not come back loses its process. */
function createGuard(
  process: OdbcProcess,
  request: OpenRequest,
  facts: ConnectionFacts,
): (product: OdbcProduct | undefined, timeoutMs: number) => Call {
  const { signal } = request.context;
  return (product, timeoutMs) => {
    const classify = classifyOdbc(facts, classifyProduct(product, facts));
    const wait = createPatience({ timeoutMs, signal, giveUp: () => process.kill() });
    return async (asked) => {
      try {
        return await wait(process.call(asked));
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw toConnectorError(error, facts, classify);
      }
    };
  };
}

function classifyProduct(
  product: OdbcProduct | undefined,
  facts: ConnectionFacts,
): Parameters<typeof classifyOdbc>[1] {
  switch (product) {
    case 'PostgreSQL':
      return classifyPostgres(facts);
    case 'MySQL':
      return classifyMysql(facts);
    case 'SQL Server':
      return classifySqlServer(facts);
    default:
      return undefined;
  }
}

interface FoundProduct {
  readonly product: OdbcProduct;
  readonly version: string;
}
const unknownProduct: FoundProduct = { product: 'other', version: 'a database' };

async function recognize(call: Call): Promise<FoundProduct> {
  for (const query of productQueries) {
    try {
      const { rows } = await call({ kind: 'query', text: query, values: [] });
      const answer = String(rows[0]?.[0] ?? '');
      const product = recognizeProduct(query, answer);
      const version = answer.split(/[\n(]/)[0]?.trim() ?? '';
      const isNamed = /[a-z]{4}/i.test(version);
      if (product !== undefined) {
        return { product, version: isNamed ? version : `${product} ${version}` };
      }
    } catch (error) {
      // A question it does not understand says who it is not; a lost connection says nothing.
      if (!(error instanceof ConnectorError)) throw error;
      if (error.kind === 'unreachable' || error.kind === 'timeout') throw error;
    }
  }
  return unknownProduct;
}

/** Numbers the standard gives them. */
const levels = {
  ReadUncommitted: 1,
  ReadCommitted: 2,
  RepeatableRead: 4,
  Serializable: 8,
} as const;

class OdbcDatabase implements Database {
  readonly dialect;
  /** Only where the database's own catalogue is unknown. */
  readonly listColumns?: () => Promise<Chunk>;
  readonly #process: OdbcProcess;
  readonly #newCall: () => Call;
  readonly #traits: OdbcTraits;
  readonly #about: string;
  readonly #logger: OpenRequest['context']['logger'];
  #level: IsolationLevel | null = null;
  #mode: 'read' | 'write' | undefined;

  constructor(
    process: OdbcProcess,
    newCall: () => Call,
    traits: OdbcTraits,
    about: string,
    logger: OpenRequest['context']['logger'],
  ) {
    this.#process = process;
    this.#newCall = newCall;
    this.#traits = traits;
    this.#about = about;
    this.#logger = logger;
    this.dialect = traits.dialect;
    if (traits.dialect.catalogQuery === '') {
      this.listColumns = () => listOdbcColumns((request) => this.#newCall()(request));
    }
  }

  async describe(): Promise<string> {
    return this.#about;
  }

  async *stream(
    text: string,
    batchSize: number,
    { known }: StreamOptions = {},
  ): AsyncGenerator<Chunk> {
    const call = this.#newCall();
    await call({ kind: 'start', text, fetchSize: Math.min(batchSize, this.#traits.fetchSize) });
    for (let isFirst = true, isLast = false; !isLast; isFirst = false) {
      const result = await call({ kind: 'fetch', count: batchSize });
      isLast = result.isLast;
      if (isFirst && known === undefined) this.#warnOfInexact(result.columns);
      if (result.rows.length > 0 || isFirst) yield this.#toChunk(result, known);
    }
    await call({ kind: 'stop' });
  }

  async select({ text, values, known }: Parameters<Database['select']>[0]): Promise<Chunk> {
    return this.#toChunk(await this.#execute(text, values), known);
  }

  async run({ text, values }: Parameters<Database['run']>[0]): Promise<number> {
    return (await this.#execute(text, values)).count;
  }

  async insertReturning(
    statement: Parameters<Database['insertReturning']>[0],
    column: string,
  ): Promise<string | null> {
    if (this.dialect.name === 'MySQL') {
      await this.run(statement);
      const { rows } = await this.select({ text: 'SELECT LAST_INSERT_ID()', values: [] });
      const id = rows[0]?.[0] ?? '0';
      if (id !== '0') return id;
      throw new ConnectorError(
        'unsupported',
        `The database did not say which value the column "${column}" got.`,
        {
          hint: 'Let a rule compute the key, or make the column AUTO_INCREMENT.',
          details: { column },
        },
      );
    }
    const text = `${statement.text} RETURNING ${this.dialect.quote(column)}`;
    return (await this.select({ ...statement, text })).rows[0]?.[0] ?? null;
  }

  async begin(mode: 'read' | 'write', isolation: IsolationLevel | null): Promise<void> {
    const call = this.#newCall();
    const { before, after } = this.#traits.readOnly;
    if (isolation === 'Snapshot') {
      throw new ConnectorError('unsupported', 'ODBC knows no isolation level Snapshot.', {
        hint: 'Set IsolationLevel to RepeatableRead, Serializable or null.',
        details: { setting: 'IsolationLevel' },
      });
    }
    // SQLite has one level only, and its driver refuses the others.
    if (isolation !== null && isolation !== this.#level && this.dialect.name !== 'SQLite') {
      await call({ kind: 'isolate', level: levels[isolation] });
      this.#level = isolation;
    }
    if (mode === 'read') {
      for (const text of before) await call({ kind: 'query', text, values: [] });
    }
    await call({ kind: 'begin' });
    this.#mode = mode;
    if (mode === 'read') {
      for (const text of after) await call({ kind: 'query', text, values: [] });
    }
  }

  async commit(): Promise<void> {
    // Not every database can be told that a transaction only reads: what it wrote all the same is taken back.
    const kind = this.#mode === 'read' ? 'rollback' : 'commit';
    this.#mode = undefined;
    await this.#newCall()({ kind });
  }

  async rollback(): Promise<void> {
    this.#mode = undefined;
    await this.#newCall()({ kind: 'rollback' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const timer = setTimeout(() => this.#process.kill(), 500);
    await this.#process.call({ kind: 'close' }).catch(() => undefined);
    clearTimeout(timer);
    this.#process.kill();
  }

  #execute(text: string, values: readonly OdbcValue[]): Promise<OdbcResult> {
    if (values.some((value) => typeof value === 'string' && value.includes('\0'))) {
      // The library hands texts over up to their first NUL.
      throw new ConnectorError('invalid-value', 'A value holds a NUL, which ODBC cannot carry.', {
        hint: 'Correct the rule that computes it.',
      });
    }
    return this.#newCall()({ kind: 'query', text, values });
  }

  #toChunk({ columns, rows }: OdbcResult, known: readonly KnownColumn[] | undefined): Chunk {
    return {
      columns: columns.map((column) => column.name),
      rows: rows.map((row) =>
        columns.map((column, index) =>
          renderOdbcValue(row[index], column, known?.[index], this.#traits),
        ),
      ),
    };
  }

  #warnOfInexact(columns: readonly OdbcColumn[]): void {
    const inexact = columns.filter(isInexact).map((column) => column.name);
    if (inexact.length === 0) return;
    this.#logger.warn(
      { columns: inexact },
      'Decimals of a query are read as floating point; cast them to varchar to keep every digit',
    );
  }
}
