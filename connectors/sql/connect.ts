/** Opens the database a connection's settings mean. */
import { readFile } from 'node:fs/promises';
import { ConnectorError } from '../spi/errors.ts';
import { describeFileError, resolveSettingPath } from '../spi/file-access.ts';
import type { ConnectorContext } from '../spi/package.ts';
import { type ConnectionString, parseConnectionString } from './connection-string.ts';
import type { Database } from './database.ts';
import { resolveProvider, type SqlProvider } from './providers.ts';
import { queryTimeoutMs, type SqlSettings } from './settings.ts';

/** What a driver needs to open one connection. */
export interface OpenRequest {
  readonly string: ConnectionString['values'];
  /** Texts that errors must not show. */
  readonly secrets: readonly string[];
  readonly access: 'read' | 'write';
  readonly connectTimeoutMs: number;
  readonly queryTimeoutMs: number;
  readonly context: ConnectorContext;
}

/** Opens a connection; the driver is loaded only now. Throws a `ConnectorError` that says what is wrong. */
export async function openDatabase(
  settings: SqlSettings,
  context: ConnectorContext,
  options: { readonly access: 'read' | 'write'; readonly provider?: SqlProvider | undefined },
): Promise<Database> {
  context.signal.throwIfAborted();
  const provider = resolveProvider(settings, options.provider);
  const text = settings.ConnectionString.reveal();
  const { values, unknownKeys } = parseConnectionString(text);
  if (unknownKeys.length > 0) {
    context.logger.warn({ keys: unknownKeys }, 'The connection string has keys that are not known');
  }
  if (/^(true|yes|sspi)$/i.test(values.integratedSecurity ?? '')) {
    throw new ConnectorError(
      'unsupported',
      'Integrated security (signing in as the Windows user who runs the program) is not available.',
      {
        hint: 'Give User ID and Password; for SQL Server, a Windows account may be written DOMAIN\\user.',
        details: { setting: 'ConnectionString' },
      },
    );
  }
  const request: OpenRequest = {
    string: values,
    secrets: [text, values.password ?? ''],
    access: options.access,
    connectTimeoutMs: readSeconds(values.connectTimeout, 15) * 1000,
    queryTimeoutMs: queryTimeoutMs(settings),
    context,
  };
  switch (provider) {
    case 'postgres':
      return (await import('./driver-postgres.ts')).openPostgres(request);
    case 'mysql':
      return (await import('./driver-mysql.ts')).openMysql(request);
    case 'sqlServer':
      return (await import('./driver-sql-server.ts')).openSqlServer(request);
    case 'sqlite':
      return (await import('./driver-sqlite.ts')).openSqlite(request);
  }
}

/** PEM text of the authority the connection string names; `undefined`: the machine's own list counts. */
export async function readRootCertificate(request: OpenRequest): Promise<string | undefined> {
  const written = request.string.rootCertificate;
  if (written === undefined || written === '') return undefined;
  const path = resolveSettingPath('ConnectionString', written, request.context);
  return await readFile(path, 'utf8').catch((error: unknown) => {
    throw describeFileError(error, path, 'read');
  });
}

function readSeconds(text: string | undefined, standard: number): number {
  const seconds = Number(text ?? standard);
  // 0 means "wait for ever" in ADO.NET, which no job can afford.
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 600) : standard;
}

/** Host and port of a `Server` value: `tcp:` prefixes, `host,port`, `host:port`, `(local)` and `.` are understood. */
export function readAddress(
  values: ConnectionString['values'],
  standardPort: number,
): { readonly host: string; readonly port: number; readonly instance?: string } {
  const written = (values.server ?? '').trim().replace(/^tcp:/i, '');
  const match = /^(\[[^\]]+\]|[^,\\:]*|[0-9a-f:]+)(?:\\([^,:]+))?(?:[,:]\s*(\d+))?$/i.exec(written);
  const hostText = (match?.[1] ?? written).replace(/^\[(.*)\]$/, '$1');
  const host = /^(\.|\(local\)|)$/i.test(hostText) ? 'localhost' : hostText;
  const port = Number(match?.[3] ?? values.port ?? standardPort);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new ConnectorError(
      'invalid-value',
      'The port in the connection string is not a port number.',
      {
        hint: 'Write a number from 1 to 65535, as in `Port=5432`.',
        details: { setting: 'ConnectionString' },
      },
    );
  }
  const instance = match?.[2];
  return instance === undefined ? { host, port } : { host, port, instance };
}
