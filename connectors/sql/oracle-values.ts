/** Oracle's address, and how its values are written as text. */
import type { ConnectionString } from '../spi/database/connection-string.ts';
import type { ValueKind } from '../spi/database/database.ts';
import { base64, isoTimestamp, plainDecimal } from '../spi/database/text.ts';
import { ConnectorError } from '../spi/errors.ts';

/** Where the driver connects to: https://docs.oracle.com/en/database/oracle/oracle-database/19/netag/configuring-naming-methods.html */
export interface OracleTarget {
  /** `host:port/service`, a descriptor in parentheses, or a name of tnsnames.ora. */
  readonly connectString: string;
  readonly user: string;
  readonly password: string;
}

/**
 * Reads `Data Source`, which may be an address, a descriptor or a name; `Server`, `Port` and `Database` (the service) side by side
 * are understood, too. Throws `invalid-value` when nothing says where the database is.
 */
export function readOracleTarget(values: ConnectionString['values']): OracleTarget {
  const written = (values.server ?? '').trim();
  if (written === '') {
    throw new ConnectorError(
      'invalid-value',
      'The connection string does not say where Oracle Database is.',
      {
        hint: 'Write `Data Source=host:1521/service;User Id=…;Password=…`; the service is named by `lsnrctl services` on the server.',
        details: { setting: 'ConnectionString' },
      },
    );
  }
  const isWhole = /[/(]/.test(written) || (values.port ?? values.database) === undefined;
  const host = isWhole ? written.replace(/^\/\//, '') : `${written}:${values.port ?? '1521'}`;
  const service = isWhole || values.database === undefined ? '' : `/${values.database}`;
  return {
    connectString: host + service,
    user: values.user ?? '',
    password: values.password ?? '',
  };
}

/** How the driver is told to hand over a type: text keeps the digits of numbers, and long values come whole. */
export function fetchAs(dbTypeName: string): 'text' | 'bytes' | undefined {
  switch (dbTypeName) {
    case 'DB_TYPE_NUMBER':
    case 'DB_TYPE_CLOB':
    case 'DB_TYPE_NCLOB':
    case 'DB_TYPE_LONG':
    case 'DB_TYPE_LONG_NVARCHAR':
      return 'text';
    case 'DB_TYPE_BLOB':
    case 'DB_TYPE_LONG_RAW':
      return 'bytes';
    default:
      return undefined;
  }
}

/** Text of one cell. `kind` is what the catalogue says: its dates were written by the server, by a fixed pattern. */
export function renderOracleValue(
  value: unknown,
  dbTypeName: string,
  kind: ValueKind | undefined,
): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'number') {
    // Four bytes widened to eight: seven digits are all they ever held.
    const isShort = dbTypeName === 'DB_TYPE_BINARY_FLOAT';
    return plainDecimal(String(isShort ? Number(value.toPrecision(7)) : value));
  }
  if (value instanceof Date) return renderDate(value, dbTypeName);
  if (value instanceof Uint8Array) return base64(value);
  if (typeof value === 'object') return JSON.stringify(value);
  const text = String(value);
  if (dbTypeName === 'DB_TYPE_NUMBER') return plainDecimal(text).replace(/^(-?)\./, '$10.');
  if (kind === 'timestamp') return isoTimestamp(text, false);
  return kind === 'zoned-timestamp' ? isoTimestamp(text, true) : text;
}

/** Zone-less dates were made by the driver in the zone of this program: its own fields are what the column holds. */
function renderDate(value: Date, dbTypeName: string): string {
  if (/_(TZ|LTZ)$/.test(dbTypeName)) return isoTimestamp(value.toISOString(), true);
  const two = (number: number): string => String(number).padStart(2, '0');
  const day = `${String(value.getFullYear()).padStart(4, '0')}-${two(value.getMonth() + 1)}-${two(value.getDate())}`;
  const time = `${two(value.getHours())}:${two(value.getMinutes())}:${two(value.getSeconds())}`;
  return isoTimestamp(`${day}T${time}.${String(value.getMilliseconds()).padStart(3, '0')}`, false);
}
