/** Settings of a connection to an SQL database. */
import { type Static, Type } from 'typebox';
import { type IsolationLevel, isolationLevels } from '../spi/database/database.ts';
import { secretText } from '../spi/settings.ts';
import type { SqlProvider } from './providers.ts';

/** The word `null` leaves the level of the server alone. */
const levelWords = [...isolationLevels, 'null'] as const;
export type LevelWord = (typeof levelWords)[number];

export function isLevelWord(text: string): text is LevelWord {
  return levelWords.some((level) => level === text);
}

export const sqlSettings = Type.Object(
  {
    ConnectionString: secretText(
      'How to reach the database: `key=value` pairs joined by `;`, as ADO.NET drivers read them (`Server=…;Database=…;User ID=…;Password=…`, `Data Source=<file>` for SQLite, `Driver={…};…` over ODBC).',
    ),
    SqlCommand: Type.Optional(
      Type.String({
        description:
          'One query; its result becomes `<connection>.csv`. Without it and without `SqlFile`, every table the mappings name is exported.',
      }),
    ),
    SqlFile: Type.Optional(
      Type.String({
        description:
          'File that holds the query, in UTF-8, or in UTF-16 with a byte order mark. Ignored when `SqlCommand` is set.',
      }),
    ),
    Timeout: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 86_400,
        default: 600,
        description:
          'Seconds that one query may keep us waiting for the server, all its waits added up; then it fails. 0: no limit.',
      }),
    ),
    CsvEncoding: Type.Optional(
      Type.String({
        default: 'UTF-8',
        description:
          'Accepted for compatibility, with a warning unless it is UTF-8: exported files are always written in UTF-8.',
      }),
    ),
    ProviderClassFullName: Type.Optional(
      Type.String({
        description:
          'Which kind of database it is, by the name of its ADO.NET factory; needed by the generic package only (`Npgsql.NpgsqlFactory`, `MySql.Data.MySqlClient.MySqlClientFactory`, `Microsoft.Data.SqlClient.SqlClientFactory`, `Oracle.ManagedDataAccess.Client.OracleClientFactory`, `System.Data.Odbc.OdbcFactory`, `AdoNetCore.AseClient.AseClientFactory`, `Microsoft.Data.Sqlite.SqliteFactory`).',
      }),
    ),
    ProviderDllName: Type.Optional(
      Type.String({ description: 'Accepted for compatibility; no library file is loaded.' }),
    ),
    IsolationLevel: Type.Optional(
      Type.Unsafe<LevelWord>(
        Type.Union(
          levelWords.map((level) => Type.Literal(level)),
          {
            description:
              'Isolation of the transaction of an export; the word `null` leaves the default of the server. Not set: `ReadUncommitted`, for Oracle `ReadCommitted`, over ODBC `null`. PostgreSQL and Oracle treat `ReadUncommitted` as `ReadCommitted`; SQLite always reads a snapshot.',
          },
        ),
      ),
    ),
    BatchSize: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        default: 1000,
        description: 'Rows held in memory at a time; fewer for very wide rows.',
      }),
    ),
  },
  { additionalProperties: false },
);

export type SqlSettings = Static<typeof sqlSettings>;

/** Milliseconds one query may wait for the server; 0 is no limit. */
export function queryTimeoutMs(settings: SqlSettings): number {
  return (settings.Timeout ?? 600) * 1000;
}

/** The level asked for, or `null` when the server's own is to be left alone. */
export function isolationLevelOf(
  settings: SqlSettings,
  provider: SqlProvider,
): IsolationLevel | null {
  const level = settings.IsolationLevel ?? standardLevels[provider] ?? 'ReadUncommitted';
  return level === 'null' ? null : level;
}

/** Where the usual level does not exist, or not every driver knows it. */
const standardLevels: Partial<Record<SqlProvider, LevelWord>> = {
  oracle: 'ReadCommitted',
  odbc: 'null',
};
