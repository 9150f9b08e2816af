/** How values that come through ODBC are written as text. */
import type { KnownColumn, ValueKind } from '../spi/database/database.ts';
import { base64, isoTimestamp, plainDecimal } from '../spi/database/text.ts';
import { ConnectorError } from '../spi/errors.ts';
import type { OdbcColumn } from './odbc-child.ts';
import type { OdbcTraits } from './odbc-dialects.ts';

/** Numbers of SQL types: https://learn.microsoft.com/sql/odbc/reference/appendixes/sql-data-types */
const type = {
  bit: -7,
  longVarbinary: -4,
  longVarchar: -1,
  char: 1,
  numeric: 2,
  decimal: 3,
  varchar: 12,
  timestamp: 93,
  wideLongVarchar: -10,
} as const;

/** Whether the library reads the column as floating point although it holds decimals. */
export function isInexact(column: OdbcColumn): boolean {
  return column.dataType === type.numeric || column.dataType === type.decimal;
}

/** Text of one cell; `known`: what the catalogue says of its column. Throws `incomplete` when the driver may have cut the value. */
export function renderOdbcValue(
  value: unknown,
  column: OdbcColumn,
  known: KnownColumn | undefined,
  traits: OdbcTraits,
): string | null {
  const { kind, name = column.name } = known ?? {};
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') {
    if (kind === 'boolean' && (value === 0 || value === 1)) return value === 1 ? 'true' : 'false';
    return plainDecimal(String(value));
  }
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof ArrayBuffer) {
    const isBound = column.dataType !== type.longVarbinary && column.columnSize > 0;
    if (isBound && value.byteLength > column.columnSize) throw cut(name, column);
    return base64(new Uint8Array(value));
  }
  const text = String(value);
  if (!traits.keepsLengths && mayBeCut(text, column)) throw cut(name, column);
  return renderText(text, column, kind, traits);
}

function renderText(
  text: string,
  column: OdbcColumn,
  kind: ValueKind | undefined,
  traits: OdbcTraits,
): string | null {
  const { name } = traits.dialect;
  switch (kind) {
    case 'boolean':
      if (text === '1') return 'true';
      return text === '0' ? 'false' : text;
    case 'decimal':
    case 'float':
      return name === 'SQLite' ? renderSqliteNumber(text) : plainDecimal(text);
    case 'date':
      return isZeroDate(text) ? null : text;
    case 'timestamp':
    case 'zoned-timestamp':
      if (isZeroDate(text)) return null;
      return name === 'SQLite' ? text : isoTimestamp(text, kind === 'zoned-timestamp');
    case undefined:
      if (column.dataType === type.bit) return text === '1' ? 'true' : 'false';
      return column.dataType === type.timestamp ? isoTimestamp(text, false) : text;
    default:
      return text;
  }
}

/** Seventeen digits say which number it is; the shortest text of that number is what people wrote. */
function renderSqliteNumber(text: string): string {
  if (!/^[+-]?\d*\.?\d+(e[+-]?\d+)?$|^[+-]?\d+\.(e[+-]?\d+)?$/i.test(text)) return text;
  return /[.e]/i.test(text) ? plainDecimal(String(Number(text))) : text;
}

function isZeroDate(text: string): boolean {
  return text.startsWith('0000-00-00');
}

/** The library gives a text four bytes for each character its column has, and drops what is beyond without a word. */
function mayBeCut(text: string, column: OdbcColumn): boolean {
  if (column.dataType === type.longVarchar || column.dataType === type.wideLongVarchar)
    return false;
  if (column.columnSize === 0) return false;
  return Buffer.byteLength(text) > column.columnSize * 4 - 4;
}

function cut(name: string, column: OdbcColumn): ConnectorError {
  return new ConnectorError(
    'incomplete',
    `The ODBC driver says that the column "${name}" has ${column.columnSize} characters or bytes, and gave a longer value that it may have cut.`,
    {
      hint: 'Declare the column longer or as a long type (TEXT), or use the package made for this database.',
      details: { column: name },
    },
  );
}
