/** Reads logins, users, roles, their members and their permissions from SQL Server. Always complete, never a delta. */
import { parseConnectionString } from '../spi/database/connection-string.ts';
import type { Chunk, Database } from '../spi/database/database.ts';
import { sqlServer } from '../spi/database/dialect-sql-server.ts';
import { openSqlServer } from '../spi/database/driver-sql-server.ts';
import { ConnectorError } from '../spi/errors.ts';
import { suggestName } from '../spi/nearest-name.ts';
import type {
  ConnectorContext,
  Exporter,
  ExportRequest,
  TableBatch,
  TableRequest,
} from '../spi/package.ts';
import type { Row } from '../spi/row.ts';
import type { EntitlementSettings } from './settings.ts';
import { type EntitlementTable, entitlementTables, listColumns, queryTable } from './tables.ts';

const batchSize = 1_000;

export const entitlementExporter: Exporter<EntitlementSettings> = {
  async checkConnection(settings, context) {
    await using database = await open(settings, context);
    const server = await readServerRight(database);
    const found = await listDatabases(database, settings);
    const unread = found.filter(({ obstacle }) => obstacle !== undefined);
    if (!server) throw missingServerRight();
    const about = await database.describe();
    const names = unread.map(({ name }) => name).join(', ');
    return unread.length === 0
      ? `${about} Principals of ${found.length} databases can be read.`
      : `${about} Principals of ${found.length - unread.length} databases can be read, not those of ${names}.`;
  },
  exportTables,
  async describeTables() {
    return entitlementTables.map((table) => ({
      name: table.suffix,
      columns: listColumns(table).map((name) => ({ name })),
    }));
  },
};

async function* exportTables(
  request: ExportRequest<EntitlementSettings>,
  context: ConnectorContext,
): AsyncGenerator<TableBatch> {
  const { settings } = request;
  // Names are checked before anything is asked.
  const plans = request.tables.map(planTable);
  await using database = await open(settings, context);
  const ofServer = plans.filter(({ table }) => table.scope === 'server');
  if (ofServer.length > 0 && !(await readServerRight(database))) throw missingServerRight();
  for (const plan of ofServer) yield* exportServerTable(database, plan, context);
  const ofDatabases = plans.filter(({ table }) => table.scope === 'database');
  if (ofDatabases.length === 0) return;
  const databases = await listDatabases(database, settings);
  for (const { name, obstacle } of databases) {
    if (obstacle === undefined) continue;
    context.logger.warn(
      { database: name, reason: obstacle },
      'A database is not read: the tables of databases stay partial, and nothing is deleted',
    );
  }
  for (const plan of ofDatabases) yield* exportDatabaseTable(database, plan, databases, context);
}

interface TablePlan {
  readonly request: TableRequest;
  readonly table: EntitlementTable;
  readonly columns: readonly string[];
}

function planTable(request: TableRequest): TablePlan {
  const known = entitlementTables.map(({ suffix }) => suffix);
  const table = entitlementTables.find(
    ({ suffix }) => suffix.toLowerCase() === request.suffix.toLowerCase(),
  );
  if (table === undefined) {
    throw new ConnectorError('not-found', `This export has no table "${request.name}".`, {
      hint: suggestName(request.suffix, known) ?? `Its tables are ${known.join(', ')}.`,
      details: { table: request.name },
    });
  }
  const columns = listColumns(table);
  const missing = request.columns.find((column) => !columns.includes(column));
  if (missing !== undefined) {
    throw new ConnectorError('not-found', `The table ${table.suffix} has no column "${missing}".`, {
      hint: suggestName(missing, columns) ?? `Its columns are ${columns.join(', ')}.`,
      details: { column: missing, table: request.name },
    });
  }
  return { request, table, columns: request.columns.length === 0 ? columns : request.columns };
}

async function* exportServerTable(
  database: Database,
  plan: TablePlan,
  context: ConnectorContext,
): AsyncGenerator<TableBatch> {
  let rows = 0;
  for await (const batch of readRows(
    database,
    plan,
    queryTable(plan.table, plan.columns),
    context,
  )) {
    rows += batch.rows.length;
    yield batch;
  }
  yield { kind: 'end', table: plan.request.name, rows, evidence: `query finished, ${rows} rows` };
}

/** One query for each database. Where one fails the others are read, and there is no proof that this was all. */
async function* exportDatabaseTable(
  database: Database,
  plan: TablePlan,
  databases: readonly FoundDatabase[],
  context: ConnectorContext,
): AsyncGenerator<TableBatch> {
  let rows = 0;
  let isComplete = databases.every(({ obstacle }) => obstacle === undefined);
  for (const { name, obstacle } of databases) {
    if (obstacle !== undefined) continue;
    const text = queryTable(plan.table, plan.columns, { name, quoted: sqlServer.quote(name) });
    try {
      for await (const batch of readRows(database, plan, text, context)) {
        rows += batch.rows.length;
        yield batch;
      }
    } catch (error) {
      if (!(error instanceof ConnectorError) || concernsServer(error)) throw error;
      isComplete = false;
      context.logger.warn(
        { database: name, table: plan.request.name, code: error.code },
        'A database cannot be read: the table stays partial, and nothing is deleted',
      );
    }
  }
  if (!isComplete) return;
  const evidence = `${databases.length} databases read, ${rows} rows`;
  yield { kind: 'end', table: plan.request.name, rows, evidence };
}

/** What the next database would meet, too. */
function concernsServer({ kind }: ConnectorError): boolean {
  return kind === 'unreachable' || kind === 'timeout' || kind === 'unauthenticated';
}

async function* readRows(
  database: Database,
  plan: TablePlan,
  text: string,
  context: ConnectorContext,
): AsyncGenerator<Extract<TableBatch, { kind: 'rows' }>> {
  for await (const chunk of database.stream(text, batchSize)) {
    context.signal.throwIfAborted();
    yield {
      kind: 'rows',
      table: plan.request.name,
      columns: plan.columns,
      rows: chunk.rows.map((cells) => toRow(plan.columns, cells)),
    };
  }
}

function toRow(columns: readonly string[], cells: Chunk['rows'][number]): Row {
  return Object.fromEntries(
    columns.map((column, index) => {
      const cell = cells[index] ?? null;
      return [column, cell === '' ? null : cell];
    }),
  );
}

async function open(settings: EntitlementSettings, context: ConnectorContext): Promise<Database> {
  context.signal.throwIfAborted();
  const text = settings.ConnectionString.reveal();
  const { values, pairs, unknownKeys } = parseConnectionString(text);
  if (unknownKeys.length > 0) {
    context.logger.warn({ keys: unknownKeys }, 'The connection string has keys that are not known');
  }
  if (/^(true|yes|sspi)$/i.test(values.integratedSecurity ?? '')) {
    throw new ConnectorError(
      'unsupported',
      'Integrated security (signing in as the Windows user who runs the program) is not available.',
      {
        hint: 'Give User ID and Password; a Windows account may be written DOMAIN\\user.',
        details: { setting: 'ConnectionString' },
      },
    );
  }
  const seconds = Number(values.connectTimeout ?? 15);
  return openSqlServer({
    string: values,
    pairs,
    secrets: [text, values.password ?? ''],
    access: 'read',
    connectTimeoutMs: (seconds > 0 ? Math.min(seconds, 600) : 15) * 1_000,
    queryTimeoutMs: (settings.Timeout ?? 600) * 1_000,
    context,
  });
}

/** Without one of these the server shows a login nothing but itself and the fixed roles, and says no word of it. */
async function readServerRight(database: Database): Promise<boolean> {
  const { rows } = await database.select({
    text: "SELECT HAS_PERMS_BY_NAME(NULL, NULL, 'VIEW ANY DEFINITION'), HAS_PERMS_BY_NAME(NULL, NULL, 'VIEW ANY SECURITY DEFINITION'), IS_SRVROLEMEMBER('securityadmin'), IS_SRVROLEMEMBER('sysadmin')",
    values: [],
  });
  return rows[0]?.some((cell) => cell === '1') === true;
}

function missingServerRight(): ConnectorError {
  return new ConnectorError(
    'forbidden',
    'The user may not see the logins of the server: it would be shown a few of them, as if these were all.',
    { hint: 'Grant VIEW ANY DEFINITION, or add it to the server role securityadmin or sysadmin.' },
  );
}

interface FoundDatabase {
  readonly name: string;
  /** Why its principals cannot be read, all of them. */
  readonly obstacle?: string;
}

/** The databases asked for, and what stands against reading each. Throws `not-found` for a name the server does not have. */
async function listDatabases(
  database: Database,
  settings: EntitlementSettings,
): Promise<readonly FoundDatabase[]> {
  const { rows } = await database.select({
    text: "SELECT name, state_desc, HAS_DBACCESS(name), HAS_PERMS_BY_NAME(QUOTENAME(name), 'DATABASE', 'VIEW DEFINITION'), HAS_PERMS_BY_NAME(QUOTENAME(name), 'DATABASE', 'VIEW SECURITY DEFINITION') FROM sys.databases ORDER BY name",
    values: [],
  });
  const all = rows.map(([name, state, ...rights]) => {
    const obstacle = describeObstacle(state ?? '', rights);
    return { name: name ?? '', ...(obstacle === undefined ? {} : { obstacle }) };
  });
  const { Databases: wanted } = settings;
  if (wanted === undefined || wanted.length === 0) return all;
  return wanted.map((name) => {
    const found =
      all.find((one) => one.name === name) ??
      all.find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (found !== undefined) return found;
    const names = all.map((one) => one.name);
    throw new ConnectorError('not-found', `The server has no database "${name}".`, {
      hint: suggestName(name, names) ?? 'Correct Databases.',
      details: { setting: 'Databases', database: name },
    });
  });
}

function describeObstacle(
  state: string,
  [access, definition, security]: readonly (string | null)[],
): string | undefined {
  if (state !== 'ONLINE') return `it is ${state.toLowerCase()}`;
  if (access !== '1') return 'the login has no user in it';
  if (definition === '1' || security === '1') return undefined;
  return 'the user may not see all principals: it needs db_owner, db_securityadmin or VIEW DEFINITION';
}
