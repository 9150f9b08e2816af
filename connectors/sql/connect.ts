/** Opens the database a connection's settings mean. */

import { parseConnectionString } from '../spi/database/connection-string.ts';
import type { Database } from '../spi/database/database.ts';
import type { OpenRequest } from '../spi/database/open-request.ts';
import { ConnectorError } from '../spi/errors.ts';
import type { ConnectorContext } from '../spi/package.ts';
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
  const { values, pairs, unknownKeys } = parseConnectionString(text);
  const isOdbc = provider === 'odbc' || provider === 'ase';
  // Keys of ODBC are the driver's own.
  if (unknownKeys.length > 0 && !isOdbc) {
    context.logger.warn({ keys: unknownKeys }, 'The connection string has keys that are not known');
  }
  if (!isOdbc && /^(true|yes|sspi)$/i.test(values.integratedSecurity ?? '')) {
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
    pairs,
    secrets: [text, values.password ?? '', ...listSecrets(pairs)],
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
      return (await import('../spi/database/driver-sql-server.ts')).openSqlServer(request);
    case 'sqlite':
      return (await import('./driver-sqlite.ts')).openSqlite(request);
    case 'oracle':
      return (await import('./driver-oracle.ts')).openOracle(request);
    case 'odbc':
      return (await import('./driver-odbc.ts')).openOdbc(request);
    case 'ase':
      return (await import('./driver-odbc.ts')).openOdbc(request, 'SAP ASE');
  }
}

/** Values of keys that sound like secrets, whichever driver they are for. */
function listSecrets(pairs: OpenRequest['pairs']): readonly string[] {
  return pairs
    .filter(({ key }) => /pass|pwd|secret|token|privatekey/i.test(key.replaceAll(/[\s_]/g, '')))
    .map(({ value }) => value);
}

function readSeconds(text: string | undefined, standard: number): number {
  const seconds = Number(text ?? standard);
  // 0 means "wait for ever" in ADO.NET, which no job can afford.
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 600) : standard;
}
