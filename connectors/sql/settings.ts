/** Settings of a connection to an SQL database. */
import { type Static, Type } from 'typebox';
import { secretText } from '../spi/settings.ts';

const isolationLevels = [
  'ReadUncommitted',
  'ReadCommitted',
  'RepeatableRead',
  'Serializable',
  'Snapshot',
  'null',
] as const;
export type IsolationLevel = (typeof isolationLevels)[number];

export function isIsolationLevel(text: string): text is IsolationLevel {
  return isolationLevels.some((level) => level === text);
}

export const sqlSettings = Type.Object(
  {
    ConnectionString: secretText(
      'How to reach the database: `key=value` pairs joined by `;`, as ADO.NET drivers read them (`Server=…;Database=…;User ID=…;Password=…`, or `Data Source=<file>` for SQLite).',
    ),
    SqlCommand: Type.Optional(
      Type.String({
        description:
          'One query; its result becomes `<connection>.csv`. Without it and without `SqlFile`, every table the mappings name is exported.',
      }),
    ),
    SqlFile: Type.Optional(
      Type.String({
        description: 'File that holds the query, in UTF-8. Ignored when `SqlCommand` is set.',
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
        description: 'Accepted for compatibility. Exported files are always written in UTF-8.',
      }),
    ),
    ProviderClassFullName: Type.Optional(
      Type.String({
        description:
          'Which kind of database it is, by the name of its ADO.NET factory; needed by the generic package only (`Npgsql.NpgsqlFactory`, `MySql.Data.MySqlClient.MySqlClientFactory`, `Microsoft.Data.SqlClient.SqlClientFactory`, `Microsoft.Data.Sqlite.SqliteFactory`).',
      }),
    ),
    ProviderDllName: Type.Optional(
      Type.String({ description: 'Accepted for compatibility; no library file is loaded.' }),
    ),
    IsolationLevel: Type.Optional(
      Type.Unsafe<IsolationLevel>(
        Type.Union(
          isolationLevels.map((level) => Type.Literal(level)),
          {
            default: 'ReadUncommitted',
            description:
              'Isolation of the transaction of an export; the word `null` leaves the default of the server. PostgreSQL treats `ReadUncommitted` as `ReadCommitted`; SQLite always reads a snapshot.',
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
export function isolationLevelOf(settings: SqlSettings): Exclude<IsolationLevel, 'null'> | null {
  const level = settings.IsolationLevel ?? 'ReadUncommitted';
  return level === 'null' ? null : level;
}
