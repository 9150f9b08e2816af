/** Opens the database a connection's settings mean. */
import { ConnectorError } from '../spi/errors.ts';
import type { ConnectorContext } from '../spi/package.ts';
import { parseConnectionString } from './connection-string.ts';
import type { Database } from './database.ts';
import type { OpenRequest } from './open-request.ts';
import { resolveProvider, type SqlProvider } from './providers.ts';
import { queryTimeoutMs, type SqlSettings } from './settings.ts';

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

function readSeconds(text: string | undefined, standard: number): number {
  const seconds = Number(text ?? standard);
  // 0 means "wait for ever" in ADO.NET, which no job can afford.
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 600) : standard;
}
