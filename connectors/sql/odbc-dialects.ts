/** The dialects as they are spoken through ODBC: parameters are `?`, and columns that drivers damage are read as text. */
import type { Bound, Dialect, ValueKind } from '../spi/database/database.ts';
import { commonKind, plainEquals, quoteWith } from '../spi/database/dialect.ts';
import { sqlServer } from '../spi/database/dialect-sql-server.ts';
import { dialects } from './dialects.ts';

/** What is behind a driver. */
export type OdbcProduct = 'PostgreSQL' | 'MySQL' | 'SQLite' | 'SQL Server' | 'SAP ASE' | 'other';

export interface OdbcTraits {
  readonly dialect: Dialect;
  /**
   * Rows a driver is asked for at once. With more than one, MariaDB's gives long texts
   * as NULL and SQLite's cuts long values.
   */
  readonly fetchSize: number;
  /** Lengths of columns are kept by the database; elsewhere a value as long as its column may have been cut. */
  readonly keepsLengths: boolean;
  /** Statements right after connecting. */
  readonly setup: readonly string[];
  /** Before, and after, the beginning of a transaction that only reads. */
  readonly readOnly: { readonly before: readonly string[]; readonly after: readonly string[] };
}

const nothingMore = { before: [], after: [] } as const;

const postgres: Dialect = {
  ...dialects.postgres,
  readColumn(column, kind) {
    switch (kind) {
      case 'integer':
      case 'boolean':
      case 'date':
      case 'timestamp':
      case 'zoned-timestamp':
      case 'binary':
        return column;
      case 'text':
        // A cast would take the padding off, and no length would be known of a plain column; no value and empty text are one.
        return `concat(${column})`;
      default:
        return `CAST(${column} AS text)`;
    }
  },
};

const mysql: Dialect = {
  ...dialects.mysql,
  readColumn(column, kind) {
    switch (kind) {
      case 'text':
      case 'binary':
      case 'float':
        return column;
      case 'integer':
      case 'boolean':
        // Unsigned numbers would come as negative ones; bits as bytes.
        return `CAST(${column} + 0 AS CHAR)`;
      default:
        return `CAST(${column} AS CHAR)`;
    }
  },
};

const sqlite: Dialect = {
  ...dialects.sqlite,
  readColumn(column, kind) {
    switch (kind) {
      case 'text':
      case 'binary':
        return column;
      case 'float':
      case 'decimal':
        return `CASE typeof(${column}) WHEN 'real' THEN printf('%!.17g', ${column}) ELSE CAST(${column} AS TEXT) END`;
      default:
        return `CAST(${column} AS TEXT)`;
    }
  },
};

const overOdbc: Dialect = {
  ...sqlServer,
  refusesOrders: true,
  placeholder: () => '?',
  equals(column: string, kind: ValueKind, value: Bound, bind: (value: Bound) => string) {
    const plain = `${column} = ${bind(value)}`;
    if (kind !== 'text') return plain;
    return `${plain} AND CAST(CAST(${column} AS nvarchar(max)) AS varbinary(max)) = CAST(CAST(${bind(value)} AS nvarchar(max)) AS varbinary(max))`;
  },
};

/** Catalogue of SAP ASE: https://help.sap.com/docs/SAP_ASE, System Tables. */
const ase: Dialect = {
  name: 'SAP ASE',
  refusesOrders: true,
  quote: quoteWith('"', '"'),
  placeholder: () => '?',
  kindOf(typeName) {
    if (/^bit\b/i.test(typeName)) return 'boolean';
    if (/^timestamp\b/i.test(typeName)) return 'binary';
    if (/^(big|small)?datetimn?e?\b/i.test(typeName)) return 'timestamp';
    if (/^(u?int|usmallint|ubigint|intn|uintn)\b/i.test(typeName)) return 'integer';
    if (/^(decimaln|numericn|moneyn)\b/i.test(typeName)) return 'decimal';
    return commonKind(typeName);
  },
  equals: plainEquals,
  lock: { table: '', suffix: '' },
  readColumn(column, kind) {
    // The library reads decimals as floating point.
    return kind === 'decimal' ? `CONVERT(varchar(60), ${column})` : column;
  },
  catalogQuery: `SELECT u.name, o.name, c.name, t.name, 0, CASE WHEN u.name = USER_NAME() THEN 1 ELSE 0 END
FROM sysobjects o
JOIN sysusers u ON u.uid = o.uid
JOIN syscolumns c ON c.id = o.id
JOIN systypes t ON t.usertype = c.usertype
WHERE o.type IN ('U', 'V')
ORDER BY u.name, o.name, c.colid`,
};

/** A database we know nothing of: its driver lists tables and columns, its standard SQL is enough to read them. */
const other: Dialect = {
  name: 'ODBC',
  refusesOrders: true,
  quote: quoteWith('"', '"'),
  placeholder: () => '?',
  kindOf: commonKind,
  equals: plainEquals,
  lock: { table: '', suffix: '' },
  readColumn: (column, kind) => (kind === 'decimal' ? `CAST(${column} AS VARCHAR(60))` : column),
  catalogQuery: '',
};

export const odbcTraits: Readonly<Record<OdbcProduct, OdbcTraits>> = {
  PostgreSQL: {
    dialect: postgres,
    fetchSize: 100,
    keepsLengths: true,
    setup: [
      "SET TIME ZONE 'UTC'",
      "SET DateStyle TO 'ISO, YMD'",
      "SET IntervalStyle TO 'iso_8601'",
      'SET extra_float_digits TO 1',
      'SET standard_conforming_strings TO on',
    ],
    readOnly: { before: [], after: ['SET TRANSACTION READ ONLY'] },
  },
  MySQL: {
    dialect: mysql,
    fetchSize: 1,
    keepsLengths: true,
    setup: [
      "SET SESSION time_zone = '+00:00'",
      "SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')",
    ],
    readOnly: { before: ['SET SESSION TRANSACTION READ ONLY'], after: [] },
  },
  SQLite: {
    dialect: sqlite,
    fetchSize: 1,
    keepsLengths: false,
    setup: [],
    readOnly: { before: ['PRAGMA query_only = 1'], after: [] },
  },
  'SQL Server': {
    dialect: overOdbc,
    fetchSize: 1,
    keepsLengths: true,
    setup: [],
    readOnly: nothingMore,
  },
  'SAP ASE': {
    dialect: ase,
    fetchSize: 1,
    keepsLengths: true,
    setup: ['SET quoted_identifier ON'],
    readOnly: nothingMore,
  },
  other: {
    dialect: other,
    fetchSize: 1,
    keepsLengths: false,
    setup: [],
    readOnly: nothingMore,
  },
};

/** Statements that tell who answers, each understood by some. */
export const productQueries: readonly string[] = [
  'SELECT version()',
  'SELECT sqlite_version()',
  'SELECT @@version',
];

/** Who answers `answer` to one of {@link productQueries}; `undefined`: nobody we know. */
export function recognizeProduct(query: string, answer: string): OdbcProduct | undefined {
  if (query === 'SELECT sqlite_version()') return 'SQLite';
  if (/^PostgreSQL/i.test(answer)) return 'PostgreSQL';
  if (/Adaptive Server Enterprise/i.test(answer)) return 'SAP ASE';
  if (/Microsoft/i.test(answer)) return 'SQL Server';
  // MySQL says a bare number, MariaDB adds its name.
  return /^\d+\.\d+\.\d+/.test(answer) ? 'MySQL' : undefined;
}
