/** The dialects the connector speaks. */
import type { Bound, Dialect, ValueKind } from './database.ts';

function quoteWith(opening: string, closing: string): (identifier: string) => string {
  return (identifier) => opening + identifier.replaceAll(closing, closing + closing) + closing;
}

/** Kinds shared by all: the names of standard SQL and what everybody calls its neighbours. */
function commonKind(typeName: string): ValueKind {
  const name = typeName.toLowerCase();
  if (/^(tiny|small|medium|big)?int(eger)?\b|^int\d\b|^(small|big)?serial\b|^year\b/.test(name))
    return 'integer';
  if (/^(numeric|decimal|dec|number|money|smallmoney|fixed)\b/.test(name)) return 'decimal';
  if (/^(real|float\d*|double)\b/.test(name)) return 'float';
  if (/^bool(ean)?\b/.test(name)) return 'boolean';
  if (/^(timestamptz|timestamp.* with time zone|datetimeoffset)\b/.test(name))
    return 'zoned-timestamp';
  if (/^(timestamp|datetime2?|smalldatetime)\b/.test(name)) return 'timestamp';
  if (/^date\b/.test(name)) return 'date';
  if (/^time\b/.test(name)) return 'time';
  if (/^(bytea|(tiny|medium|long)?blob|(var)?binary|image|rowversion)\b/.test(name))
    return 'binary';
  if (/^(uuid|uniqueidentifier)\b/.test(name)) return 'guid';
  if (/char|text|clob|^(name|citext|enum|set|string)\b/.test(name)) return 'text';
  return 'other';
}

function plainEquals(
  column: string,
  _kind: ValueKind,
  value: Bound,
  bind: (value: Bound) => string,
): string {
  return `${column} = ${bind(value)}`;
}

const postgres: Dialect = {
  name: 'PostgreSQL',
  quote: quoteWith('"', '"'),
  // knex numbers them.
  placeholder: () => '?',
  kindOf: commonKind,
  equals: plainEquals,
  lock: { table: '', suffix: ' FOR UPDATE' },
  readColumn: (column) => column,
  catalogQuery: `SELECT n.nspname, c.relname, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
  CASE WHEN i.indrelid IS NULL THEN 0 ELSE 1 END,
  CASE WHEN n.nspname = pg_catalog.current_schema() THEN 1 ELSE 0 END
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY (i.indkey)
WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
ORDER BY n.nspname, c.relname, a.attnum`,
};

const mysql: Dialect = {
  name: 'MySQL',
  quote: quoteWith('`', '`'),
  placeholder: () => '?',
  kindOf(typeName) {
    // MySQL has no boolean: BOOLEAN is declared as tinyint(1), which its ADO.NET driver reads as one, too.
    if (/^(tinyint\(1\)|bit\(1\))/i.test(typeName)) return 'boolean';
    if (/^bit\b/i.test(typeName)) return 'integer';
    if (/^timestamp\b/i.test(typeName)) return 'zoned-timestamp';
    return commonKind(typeName);
  },
  equals(column, kind, value, bind) {
    const plain = `${column} = ${bind(value)}`;
    if (kind !== 'text') return plain;
    // Its collations ignore case and trailing spaces; the plain comparison stays for the index.
    return `${plain} AND CAST(CONVERT(${column} USING utf8mb4) AS BINARY) = CAST(CONVERT(${bind(value)} USING utf8mb4) AS BINARY)`;
  },
  lock: { table: '', suffix: ' FOR UPDATE' },
  readColumn: (column) => column,
  catalogQuery: `SELECT table_schema, table_name, column_name, column_type,
  CASE WHEN column_key = 'PRI' THEN 1 ELSE 0 END, CASE WHEN table_schema = DATABASE() THEN 1 ELSE 0 END
FROM information_schema.columns
WHERE table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')
ORDER BY table_schema, table_name, ordinal_position`,
};

const sqlServer: Dialect = {
  name: 'SQL Server',
  quote: quoteWith('[', ']'),
  placeholder: (position) => `@p${position}`,
  kindOf(typeName) {
    if (/^bit\b/i.test(typeName)) return 'boolean';
    if (/^timestamp\b/i.test(typeName)) return 'binary';
    return commonKind(typeName);
  },
  equals(column, kind, value, bind) {
    const parameter = bind(value);
    const plain = `${column} = ${parameter}`;
    if (kind !== 'text') return plain;
    // As for MySQL; nvarchar on both sides, since the bytes of varchar depend on its collation.
    return `${plain} AND CAST(CAST(${column} AS nvarchar(max)) AS varbinary(max)) = CAST(CAST(${parameter} AS nvarchar(max)) AS varbinary(max))`;
  },
  lock: { table: ' WITH (UPDLOCK, ROWLOCK)', suffix: '' },
  readColumn(column, kind) {
    // The driver reads decimals as floating point and dates as instants: the server writes them as text instead.
    if (kind === 'decimal') return `CONVERT(varchar(60), ${column}, 2)`;
    if (kind === 'zoned-timestamp')
      return `CONVERT(varchar(40), SWITCHOFFSET(${column}, '+00:00'), 127)`;
    if (kind === 'timestamp' || kind === 'date') return `CONVERT(varchar(40), ${column}, 126)`;
    if (kind === 'time') return `CONVERT(varchar(40), ${column})`;
    return column;
  },
  catalogQuery: `SELECT s.name, o.name, c.name, t.name,
  CASE WHEN k.column_id IS NULL THEN 0 ELSE 1 END, CASE WHEN s.name = SCHEMA_NAME() THEN 1 ELSE 0 END
FROM sys.objects o
JOIN sys.schemas s ON s.schema_id = o.schema_id
JOIN sys.columns c ON c.object_id = o.object_id
JOIN sys.types t ON t.user_type_id = c.system_type_id
LEFT JOIN sys.indexes i ON i.object_id = o.object_id AND i.is_primary_key = 1
LEFT JOIN sys.index_columns k ON k.object_id = o.object_id AND k.index_id = i.index_id AND k.column_id = c.column_id
WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0
ORDER BY s.name, o.name, c.column_id`,
};

const sqlite: Dialect = {
  name: 'SQLite',
  quote: quoteWith('"', '"'),
  placeholder: () => '?',
  kindOf: commonKind,
  equals(column, kind, value, bind) {
    const plain = `${column} = ${bind(value)}`;
    // A column may be declared COLLATE NOCASE or RTRIM.
    return kind === 'text' ? `${plain} AND ${column} = ${bind(value)} COLLATE BINARY` : plain;
  },
  lock: { table: '', suffix: '' },
  readColumn: (column) => column,
  catalogQuery: `SELECT 'main', m.name, p.name, p.type, CASE WHEN p.pk > 0 THEN 1 ELSE 0 END, 1
FROM sqlite_schema m JOIN pragma_table_xinfo(m.name) p
WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND p.hidden <> 1
ORDER BY m.name, p.cid`,
};

export const dialects = { postgres, mysql, sqlServer, sqlite } as const;
