/** How values of SQL Server are written as text. */
import sql from 'mssql';
import { base64, isoTimestamp, plainDecimal } from './text.ts';

export interface SqlServerColumn {
  readonly name: string;
  readonly kind: 'date' | 'time' | 'timestamp' | 'zoned' | 'inexact-decimal' | 'plain';
}

/** Reads what mssql says of a result column. */
export function describeSqlServerColumn(column: {
  readonly name?: unknown;
  readonly type?: unknown;
}): SqlServerColumn {
  return { name: typeof column.name === 'string' ? column.name : '', kind: kindOf(column.type) };
}

function kindOf(type: unknown): SqlServerColumn['kind'] {
  switch (type) {
    case sql.Date:
      return 'date';
    case sql.Time:
      return 'time';
    case sql.DateTime:
    case sql.DateTime2:
    case sql.SmallDateTime:
      return 'timestamp';
    case sql.DateTimeOffset:
      return 'zoned';
    case sql.Decimal:
    case sql.Numeric:
    case sql.Money:
    case sql.SmallMoney:
      return 'inexact-decimal';
    default:
      return 'plain';
  }
}

/** Text of one cell. Zone-less times were read as if they were UTC, so their UTC fields are what the column holds. */
export function renderSqlServerValue(value: unknown, column: SqlServerColumn): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return renderDate(value, column.kind);
  if (typeof value === 'number') return plainDecimal(String(value));
  if (value instanceof Uint8Array) return base64(value);
  return String(value);
}

function renderDate(value: Date, kind: SqlServerColumn['kind']): string {
  const text = value.toISOString();
  if (kind === 'date') return text.slice(0, 10);
  const precise = text.replace('Z', submilliseconds(value));
  if (kind === 'time') return precise.slice(11).replace(/\.?0+$/, '');
  return isoTimestamp(precise, kind === 'zoned');
}

/** tedious keeps what a Date cannot hold beside it, in seconds. */
function submilliseconds(value: Date): string {
  const delta =
    'nanosecondsDelta' in value && typeof value.nanosecondsDelta === 'number'
      ? value.nanosecondsDelta
      : 0;
  return String(Math.round(delta * 1e7)).padStart(4, '0');
}
