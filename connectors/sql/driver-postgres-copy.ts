/**
 * Whole tables of PostgreSQL as the lines of the files between steps: the server writes CSV itself, and nothing is taken apart
 * here. Several times as fast as rows. https://www.postgresql.org/docs/15/sql-copy.html
 */
import { isUtf8 } from 'node:buffer';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { KnownColumn, LineChunk } from '../spi/database/database.ts';
import { ConnectorError } from '../spi/errors.ts';
import { dialects } from './dialects.ts';

/** The statement, or `undefined` where a column needs what only we can do to its text. */
export function copyText(from: string, columns: readonly KnownColumn[]): string | undefined {
  // A line of one column has rules of its own.
  if (columns.length < 2) return undefined;
  const list = columns.map(expressionOf);
  if (list.includes(undefined)) return undefined;
  return `COPY (SELECT ${list.join(', ')} FROM ${from}) TO STDOUT (FORMAT csv)`;
}

/** What gives the same text as reading the column and rendering it here; sessions run in UTC, with ISO dates. */
function expressionOf({ name, kind, type = '' }: KnownColumn): string | undefined {
  const column = dialects.postgres.quote(name);
  // Arrays are never empty text, whatever they hold.
  if (type.endsWith('[]')) return column;
  switch (kind) {
    case 'integer':
    case 'decimal':
    case 'date':
    case 'time':
    case 'guid':
      return column;
    case 'boolean':
      return `${column}::text`;
    case 'timestamp':
      return iso(column, `replace(${column}::text, ' ', 'T')`);
    case 'zoned-timestamp':
      return iso(column, `replace(replace(${column}::text, ' ', 'T'), '+00', 'Z')`);
    case 'binary':
      return `NULLIF(replace(encode(${column}, 'base64'), E'\\n', ''), '')`;
    case 'text':
      // Empty text is no value; types of people's own may be named like text.
      return /^(character varying|character|text|citext)(\(\d+\))?$/.test(type)
        ? `CASE WHEN octet_length(${column}) > 0 THEN ${column} END`
        : undefined;
    case 'other':
      return /^(jsonb?|inet|cidr|macaddr8?|oid|interval)$/.test(type) ? column : undefined;
    case 'float':
      return undefined;
  }
}

/** Dates before Christ and without end stay as the server writes them. */
function iso(column: string, text: string): string {
  return `CASE WHEN isfinite(${column}) AND ${column} >= '0001-01-01' THEN ${text} ELSE ${column}::text END`;
}

/**
 * Runs the statement; each chunk ends where a line does. `wait` is asked for every wait. Throws `incomplete` when the server
 * counts other rows than came.
 */
export async function* copyLines(
  client: pg.Client,
  text: string,
  wait: <T>(work: Promise<T>) => Promise<T>,
): AsyncGenerator<LineChunk> {
  const stream = client.query(copyTo(text));
  const cursor: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  let total = 0;
  for (;;) {
    const next = await wait(cursor.next());
    if (next.done === true) break;
    const bytes = rest.length === 0 ? next.value : Buffer.concat([rest, next.value]);
    const { end, rows } = findLastLine(bytes);
    rest = bytes.subarray(end);
    if (end === 0) continue;
    total += rows;
    yield { bytes: checkText(bytes.subarray(0, end)), rows };
  }
  if (rest.length === 0 && total === stream.rowCount) return;
  throw new ConnectorError(
    'incomplete',
    `The database announced ${stream.rowCount} rows and gave ${total}.`,
    { hint: 'Export again.', details: { announced: stream.rowCount, read: total } },
  );
}

const [lineFeed, quote] = [10, 34];

/** Where the last whole line ends, and how many there are; line breaks in quotes end nothing. */
function findLastLine(bytes: Buffer): { readonly end: number; readonly rows: number } {
  let isInside = false;
  let end = 0;
  let rows = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === quote) isInside = !isInside;
    else if (byte === lineFeed && !isInside) {
      end = at + 1;
      rows += 1;
    }
  }
  return { end, rows };
}

function checkText(bytes: Buffer): Buffer {
  if (isUtf8(bytes)) return bytes;
  throw new ConnectorError('invalid-value', 'The database gave text that is not UTF-8.', {
    hint: 'Its encoding is SQL_ASCII: correct the rows at the source, or convert the database.',
  });
}
