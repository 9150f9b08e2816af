/** The dialects the connector speaks. */
import type { Dialect } from '../spi/database/database.ts';
import { commonKind, plainEquals, quoteWith } from '../spi/database/dialect.ts';
import { sqlServer } from '../spi/database/dialect-sql-server.ts';

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

/** A pattern of our own: what the session's settings write depends on the territory of the client. */
const oraclePattern = `'YYYY-MM-DD"T"HH24:MI:SS.FF9'`;

const oracle: Dialect = {
  name: 'Oracle',
  refusesOrders: true,
  quote: quoteWith('"', '"'),
  placeholder: (position) => `:${position}`,
  kindOf(typeName) {
    // A DATE has a time of day; FLOAT is a NUMBER.
    if (/^date\b/i.test(typeName)) return 'timestamp';
    if (/^timestamp.*(time zone)/i.test(typeName)) return 'zoned-timestamp';
    if (/^float\b/i.test(typeName)) return 'decimal';
    if (/^binary_(float|double)\b/i.test(typeName)) return 'float';
    if (/^(raw|long raw|bfile)\b/i.test(typeName)) return 'binary';
    if (/^interval\b/i.test(typeName)) return 'time';
    if (/^long\b/i.test(typeName)) return 'text';
    return commonKind(typeName);
  },
  equals: plainEquals,
  lock: { table: '', suffix: ' FOR UPDATE' },
  readColumn(column, kind) {
    switch (kind) {
      case 'timestamp':
        return `TO_CHAR(CAST(${column} AS TIMESTAMP(9)), ${oraclePattern})`;
      case 'zoned-timestamp':
        return `TO_CHAR(SYS_EXTRACT_UTC(CAST(${column} AS TIMESTAMP(9) WITH TIME ZONE)), ${oraclePattern})`;
      case 'time':
        return `TO_CHAR(${column})`;
      default:
        return column;
    }
  },
  catalogQuery: `SELECT c.owner, c.table_name, c.column_name, c.data_type,
  CASE WHEN EXISTS (SELECT 1 FROM all_constraints k
    JOIN all_cons_columns p ON p.owner = k.owner AND p.constraint_name = k.constraint_name
    WHERE k.constraint_type = 'P' AND k.owner = c.owner AND k.table_name = c.table_name AND p.column_name = c.column_name) THEN 1 ELSE 0 END,
  CASE WHEN c.owner = SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA') THEN 1 ELSE 0 END
FROM all_tab_columns c
JOIN all_users u ON u.username = c.owner AND u.oracle_maintained = 'N'
WHERE c.table_name NOT LIKE 'BIN$%'
ORDER BY c.owner, c.table_name, c.column_id`,
};

export const dialects = { postgres, mysql, sqlServer, sqlite, oracle } as const;
