/** How values of MySQL and MariaDB are written as text. */
import { base64, isoTimestamp, plainDecimal } from '../spi/database/text.ts';

/** What the server says of a result column: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_column_definition.html */
export interface MysqlColumn {
  readonly name: string;
  readonly columnType: number;
  readonly columnLength: number;
  /** mysql2's name of the character set; `binary` for columns without one. */
  readonly encoding: string;
}

/** Numbers of types, as far as any is special. */
export const mysqlTypes = {
  tiny: 0x01,
  float: 0x04,
  double: 0x05,
  timestamp: 0x07,
  date: 0x0a,
  datetime: 0x0c,
  newDate: 0x0e,
  bit: 0x10,
  tinyBlob: 0xf9,
  mediumBlob: 0xfa,
  longBlob: 0xfb,
  blob: 0xfc,
  varString: 0xfd,
  string: 0xfe,
  geometry: 0xff,
} as const;

/** Types whose bytes may be anything; all others are plain ASCII on the wire whatever their character set says. */
const byteTypes: ReadonlySet<number> = new Set([
  mysqlTypes.tinyBlob,
  mysqlTypes.mediumBlob,
  mysqlTypes.longBlob,
  mysqlTypes.blob,
  mysqlTypes.varString,
  mysqlTypes.string,
  0x0f,
]);

export interface MysqlTextOptions {
  /** BOOLEAN is TINYINT(1) here: its 0 and 1 are read as truth values, as MySQL's own ADO.NET driver does. */
  readonly isTinyBoolean: boolean;
}

/** Text of one cell: bytes of the text protocol, or what mysql2 made of the binary one (numbers, text, bytes). */
export function renderMysqlValue(
  value: unknown,
  column: MysqlColumn,
  options: MysqlTextOptions,
): string | null {
  if (value === null || value === undefined) return null;
  if (column.columnType === mysqlTypes.bit && Buffer.isBuffer(value)) {
    return renderBits(value, column.columnLength);
  }
  if (column.columnType === mysqlTypes.geometry && Buffer.isBuffer(value)) return base64(value);
  if (Buffer.isBuffer(value)) {
    return holdsBytes(column) ? base64(value) : renderText(value.toString('utf8'), column, options);
  }
  if (typeof value === 'number' && column.columnType === mysqlTypes.float) {
    // Four bytes widened to eight: seven digits are all they ever held.
    return plainDecimal(String(Number(value.toPrecision(7))));
  }
  return renderText(String(value), column, options);
}

/** Whether values are bytes and no text. */
export function holdsBytes({ columnType, encoding }: MysqlColumn): boolean {
  return encoding === 'binary' && byteTypes.has(columnType);
}

function renderText(text: string, column: MysqlColumn, options: MysqlTextOptions): string | null {
  switch (column.columnType) {
    case mysqlTypes.tiny:
      if (!options.isTinyBoolean || column.columnLength !== 1) return text;
      if (text === '1') return 'true';
      return text === '0' ? 'false' : text;
    case mysqlTypes.float:
    case mysqlTypes.double:
      return plainDecimal(text);
    case mysqlTypes.datetime:
    case mysqlTypes.timestamp:
      return isZeroDate(text)
        ? null
        : isoTimestamp(text, column.columnType === mysqlTypes.timestamp);
    case mysqlTypes.date:
    case mysqlTypes.newDate:
      return isZeroDate(text) ? null : text;
    default:
      return text;
  }
}

/** `0000-00-00` is how a server in its old mode writes "no date". */
function isZeroDate(text: string): boolean {
  return text.startsWith('0000-00-00');
}

function renderBits(bytes: Buffer, length: number): string {
  let number = 0n;
  for (const byte of bytes) number = number * 256n + BigInt(byte);
  if (length === 1) return number === 1n ? 'true' : 'false';
  return number.toString();
}
