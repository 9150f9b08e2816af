/** Oracle Database 12.1 and later, through `oracledb` in its thin mode: no client of Oracle's is needed. */
import type { OracleColumn, OracleConnection, OracleExecuteOptions, OracleResult } from 'oracledb';
import type {
  Chunk,
  Database,
  IsolationLevel,
  KnownColumn,
  StreamOptions,
} from '../spi/database/database.ts';
import { type ConnectionFacts, toConnectorError } from '../spi/database/failure.ts';
import type { OpenRequest } from '../spi/database/open-request.ts';
import { createPatience } from '../spi/database/waiting.ts';
import { ConnectorError } from '../spi/errors.ts';
import { resolveSettingPath } from '../spi/file-access.ts';
import { dialects } from './dialects.ts';
import { classifyOracle } from './failure-oracle.ts';
import { fetchAs, readOracleTarget, renderOracleValue } from './oracle-values.ts';

type Library = typeof import('oracledb').default;

/** Dates and numbers that a query writes as text by itself do not depend on where the program runs. */
const sessionText = `ALTER SESSION SET TIME_ZONE = 'UTC' NLS_NUMERIC_CHARACTERS = '.,' NLS_DATE_FORMAT = 'YYYY-MM-DD"T"HH24:MI:SS' NLS_TIMESTAMP_FORMAT = 'YYYY-MM-DD"T"HH24:MI:SS.FF' NLS_TIMESTAMP_TZ_FORMAT = 'YYYY-MM-DD"T"HH24:MI:SS.FFTZH:TZM' NLS_COMP = 'BINARY' NLS_SORT = 'BINARY'`;

/** Connects; `tcps://` in Data Source encrypts. */
export async function openOracle(request: OpenRequest): Promise<Database> {
  const target = readOracleTarget(request.string);
  const library = await loadLibrary();
  const facts: ConnectionFacts = {
    product: 'Oracle Database',
    address: target.connectString,
    ...(target.user === '' ? {} : { user: target.user }),
    secrets: request.secrets,
  };
  const { signal } = request.context;
  const seconds = Math.ceil(request.connectTimeoutMs / 1000);
  const patience = createPatience({
    timeoutMs: request.connectTimeoutMs,
    signal,
    giveUp: () => undefined,
  });
  const { tnsAdmin, walletLocation } = request.string;
  const folderOf = (written: string): string =>
    resolveSettingPath('ConnectionString', written, request.context);
  const connecting = library.getConnection({
    ...target,
    connectTimeout: seconds,
    transportConnectTimeout: seconds,
    ...(tnsAdmin === undefined ? {} : { configDir: folderOf(tnsAdmin) }),
    ...(walletLocation === undefined ? {} : { walletLocation: folderOf(walletLocation) }),
  });
  let connection: OracleConnection | undefined;
  try {
    connection = await patience(connecting);
    connection.callTimeout = request.queryTimeoutMs;
    const options = { outFormat: library.OUT_FORMAT_ARRAY };
    await patience(connection.execute(sessionText, [], options));
    return new OracleDatabase(library, connection, request, facts);
  } catch (error) {
    // A connection that comes after all is not wanted any more.
    void connecting.then((late) => late.close({ drop: true })).catch(() => undefined);
    if (signal.aborted) throw signal.reason;
    throw toConnectorError(error, facts, classifyOracle(facts));
  }
}

async function loadLibrary(): Promise<Library> {
  try {
    return (await import('oracledb')).default;
  } catch (error) {
    throw new ConnectorError(
      'unsupported',
      'The Oracle library of this program is not installed.',
      {
        hint: 'Run `npm install oracledb` where this program is installed.',
        cause: error,
      },
    );
  }
}

class OracleDatabase implements Database {
  readonly dialect = dialects.oracle;
  readonly #library: Library;
  readonly #connection: OracleConnection;
  readonly #request: OpenRequest;
  readonly #facts: ConnectionFacts;
  #mode: 'read' | 'write' | undefined;

  constructor(
    library: Library,
    connection: OracleConnection,
    request: OpenRequest,
    facts: ConnectionFacts,
  ) {
    this.#library = library;
    this.#connection = connection;
    this.#request = request;
    this.#facts = facts;
  }

  async describe(): Promise<string> {
    const { rows } = await this.select({
      text: "SELECT SYS_CONTEXT('USERENV', 'DB_NAME'), SYS_CONTEXT('USERENV', 'SESSION_USER') FROM DUAL",
      values: [],
    });
    const [database, user] = rows[0] ?? [];
    return `Connected to Oracle Database ${this.#connection.oracleServerVersionString}, database ${database ?? ''}, as ${user ?? ''}.`;
  }

  async *stream(
    text: string,
    batchSize: number,
    { known }: StreamOptions = {},
  ): AsyncGenerator<Chunk> {
    const wait = this.#newWait();
    const result = await wait(
      this.#connection.execute(text, [], {
        ...this.#options(),
        resultSet: true,
        fetchArraySize: batchSize,
        prefetchRows: batchSize,
      }),
    );
    const { metaData: columns = [], resultSet } = result;
    if (resultSet === undefined) {
      throw new ConnectorError('invalid-value', 'SqlCommand gives no rows.', {
        hint: 'Let it hold one query.',
        details: { setting: 'SqlCommand' },
      });
    }
    for (let isFirst = true; ; isFirst = false) {
      const rows = await wait(resultSet.getRows(batchSize));
      if (rows.length > 0 || isFirst) yield toChunk(columns, rows, known);
      if (rows.length === 0) break;
    }
    await wait(resultSet.close());
  }

  async select({ text, values, known }: Parameters<Database['select']>[0]): Promise<Chunk> {
    const { metaData = [], rows = [] } = await this.#execute(text, values);
    return toChunk(metaData, rows, known);
  }

  async run({ text, values }: Parameters<Database['run']>[0]): Promise<number> {
    return (await this.#execute(text, values)).rowsAffected ?? 0;
  }

  insertReturning(): Promise<string | null> {
    return Promise.reject(
      new ConnectorError('unsupported', 'Orders cannot be carried out in Oracle Database.'),
    );
  }

  async begin(mode: 'read' | 'write', isolation: IsolationLevel | null): Promise<void> {
    this.#mode = mode;
    const text = beginText(mode, isolation);
    if (text !== undefined) await this.#execute(text, []);
  }

  async commit(): Promise<void> {
    const isRead = this.#mode === 'read';
    this.#mode = undefined;
    // What a query of an export wrote all the same is taken back.
    await this.#newWait()(isRead ? this.#connection.rollback() : this.#connection.commit());
  }

  async rollback(): Promise<void> {
    this.#mode = undefined;
    await this.#newWait()(this.#connection.rollback());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((done) => {
      timer = setTimeout(done, 500);
    });
    const goodbye = this.#connection.close().catch(() => undefined);
    await Promise.race([goodbye, limit]);
    clearTimeout(timer);
  }

  #options(): OracleExecuteOptions {
    const { OUT_FORMAT_ARRAY, DB_TYPE_RAW, DB_TYPE_VARCHAR } = this.#library;
    return {
      outFormat: OUT_FORMAT_ARRAY,
      fetchTypeHandler: ({ dbTypeName }) => {
        const wanted = fetchAs(dbTypeName);
        if (wanted === undefined) return undefined;
        return { type: wanted === 'text' ? DB_TYPE_VARCHAR : DB_TYPE_RAW };
      },
    };
  }

  #execute(text: string, values: readonly unknown[]): Promise<OracleResult> {
    // 0 is no limit: lists of tables are longer than the usual hundred rows.
    const options = { ...this.#options(), maxRows: 0 };
    return this.#newWait()(this.#connection.execute(text, values, options));
  }

  /** Waits that share the time of one query, and failures told from the operator's side. */
  #newWait(): <T>(work: Promise<T>) => Promise<T> {
    const { context, queryTimeoutMs: timeoutMs } = this.#request;
    const giveUp = (): void => {
      void this.#connection.break().catch(() => undefined);
    };
    const wait = createPatience({ timeoutMs, signal: context.signal, giveUp });
    return async (work) => {
      try {
        return await wait(work);
      } catch (error) {
        if (context.signal.aborted) throw context.signal.reason;
        throw toConnectorError(error, this.#facts, classifyOracle(this.#facts));
      }
    };
  }
}

/** Oracle has two levels and one transaction that only reads, which sees everything as it was when it began. */
export function beginText(
  mode: 'read' | 'write',
  isolation: IsolationLevel | null,
): string | undefined {
  switch (isolation) {
    case null:
      return undefined;
    case 'ReadUncommitted':
    case 'ReadCommitted':
      return 'SET TRANSACTION ISOLATION LEVEL READ COMMITTED';
    case 'RepeatableRead':
    case 'Snapshot':
      return mode === 'read'
        ? 'SET TRANSACTION READ ONLY'
        : 'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE';
    case 'Serializable':
      return 'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE';
  }
}

function toChunk(
  columns: readonly OracleColumn[],
  rows: readonly (readonly unknown[])[],
  known: readonly KnownColumn[] | undefined,
): Chunk {
  return {
    columns: columns.map((column) => column.name),
    rows: rows.map((row) =>
      columns.map((column, index) =>
        renderOracleValue(row[index], column.dbTypeName, known?.[index]?.kind),
      ),
    ),
  };
}
