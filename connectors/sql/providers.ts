/** Which kind of database a connection means, by the name of its ADO.NET factory. */
import { ConnectorError } from '../spi/errors.ts';

/** `ase` is SAP ASE, which is reached through ODBC. */
export type SqlProvider = 'postgres' | 'mysql' | 'sqlServer' | 'sqlite' | 'oracle' | 'odbc' | 'ase';

const factories: Readonly<Record<string, SqlProvider>> = {
  'npgsql.npgsqlfactory': 'postgres',
  'mysql.data.mysqlclient.mysqlclientfactory': 'mysql',
  'mysqlconnector.mysqlconnectorfactory': 'mysql',
  'microsoft.data.sqlclient.sqlclientfactory': 'sqlServer',
  'system.data.sqlclient.sqlclientfactory': 'sqlServer',
  'microsoft.data.sqlite.sqlitefactory': 'sqlite',
  'system.data.sqlite.sqlitefactory': 'sqlite',
  'oracle.manageddataaccess.client.oracleclientfactory': 'oracle',
  'oracle.dataaccess.client.oracleclientfactory': 'oracle',
  'system.data.odbc.odbcfactory': 'odbc',
  'adonetcore.aseclient.aseclientfactory': 'ase',
  'sybase.data.aseclient.aseclientfactory': 'ase',
};

/**
 * The database `ProviderClassFullName` names; without one, the package's own, and SQL Server for the generic package.
 * Throws `unsupported` for a name nobody knows.
 */
export function resolveProvider(
  settings: { readonly ProviderClassFullName?: string },
  packageProvider?: SqlProvider,
): SqlProvider {
  const name = settings.ProviderClassFullName?.trim();
  if (name === undefined || name === '') return packageProvider ?? 'sqlServer';
  // An assembly may follow the class: `Npgsql.NpgsqlFactory, Npgsql`.
  const className = (name.split(',')[0] ?? '').trim().toLowerCase();
  const provider = factories[className];
  if (provider !== undefined) return provider;
  throw new ConnectorError('unsupported', `No database is known by the provider "${name}".`, {
    hint: `Set ProviderClassFullName to one of ${factoryNames}.`,
    details: { setting: 'ProviderClassFullName' },
  });
}

const factoryNames =
  'Npgsql.NpgsqlFactory, MySql.Data.MySqlClient.MySqlClientFactory, Microsoft.Data.SqlClient.SqlClientFactory, Oracle.ManagedDataAccess.Client.OracleClientFactory, System.Data.Odbc.OdbcFactory, AdoNetCore.AseClient.AseClientFactory or Microsoft.Data.Sqlite.SqliteFactory';
