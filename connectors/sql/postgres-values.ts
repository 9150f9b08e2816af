/** How values of PostgreSQL are written as text. */
import { base64, isoTimestamp, plainDecimal } from '../spi/database/text.ts';

/** Numbers of the types whose text is not as we write it: https://github.com/postgres/postgres/blob/REL_15_STABLE/src/include/catalog/pg_type.dat */
export const postgresTypes = {
  boolean: 16,
  bytea: 17,
  float4: 700,
  float8: 701,
  timestamp: 1114,
  timestamptz: 1184,
} as const;

/** The server's text of a value, in a session as ours are, as we write it. */
export function renderPostgresValue(type: number, text: string): string {
  switch (type) {
    case postgresTypes.boolean:
      return text === 't' ? 'true' : 'false';
    case postgresTypes.bytea:
      return base64(Buffer.from(text.slice(2), 'hex'));
    case postgresTypes.float4:
    case postgresTypes.float8:
      return plainDecimal(text);
    case postgresTypes.timestamp:
      return isoTimestamp(text, false);
    case postgresTypes.timestamptz:
      return isoTimestamp(text, true);
    default:
      return text;
  }
}
