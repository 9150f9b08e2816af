/** Which kind of database a connection means, by the name of its ADO.NET factory. */
import { ConnectorError } from '../spi/errors.ts';
import type { SqlSettings } from './settings.ts';

export type SqlProvider = 'postgres' | 'mysql' | 'sqlServer' | 'sqlite';

const factories: Readonly<Record<string, SqlProvider>> = {
  'npgsql.npgsqlfactory': 'postgres',
  'mysql.data.mysqlclient.mysqlclientfactory': 'mysql',
  'mysqlconnector.mysqlconnectorfactory': 'mysql',
  'microsoft.data.sqlclient.sqlclientfactory': 'sqlServer',
  'system.data.sqlclient.sqlclientfactory': 'sqlServer',
  'microsoft.data.sqlite.sqlitefactory': 'sqlite',
  'system.data.sqlite.sqlitefactory': 'sqlite',
};

const factoriesWithoutDriver: Readonly<Record<string, string>> = {
  'oracle.manageddataaccess.client.oracleclientfactory': 'Oracle Database',
  'system.data.odbc.odbcfactory': 'ODBC',
  'adonetcore.aseclient.aseclientfactory': 'SAP ASE',
};

/**
 * The database `ProviderClassFullName` names; without one, the package's own, and SQL Server for the generic package.
 * Throws `unsupported` for databases without a driver and for names nobody knows.
 */
export function resolveProvider(settings: SqlSettings, packageProvider?: SqlProvider): SqlProvider {
  const name = settings.ProviderClassFullName?.trim();
  if (name === undefined || name === '') return packageProvider ?? 'sqlServer';
  // An assembly may follow the class: `Npgsql.NpgsqlFactory, Npgsql`.
  const className = (name.split(',')[0] ?? '').trim().toLowerCase();
  const provider = factories[className];
  if (provider !== undefined) return provider;
  const product = factoriesWithoutDriver[className];
  throw new ConnectorError(
    'unsupported',
    product === undefined
      ? `No database is known by the provider "${name}".`
      : `${product} cannot be read: no driver for it is part of this version.`,
    {
      hint:
        product === undefined
          ? 'Set ProviderClassFullName to Npgsql.NpgsqlFactory, MySql.Data.MySqlClient.MySqlClientFactory, Microsoft.Data.SqlClient.SqlClientFactory or Microsoft.Data.Sqlite.SqliteFactory.'
          : 'Have the database write CSV files and read those with a CSV connection.',
      details: { setting: 'ProviderClassFullName' },
    },
  );
}
