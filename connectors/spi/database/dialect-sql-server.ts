/** SQL Server's SQL. */
import type { Dialect } from './database.ts';
import { commonKind, quoteWith } from './dialect.ts';

export const sqlServer: Dialect = {
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
