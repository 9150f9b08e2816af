/**
 * Results of PostgreSQL as the lines of the files between steps. The server writes CSV itself, which is several times as fast
 * as rows; only those values are taken apart that we write otherwise. https://www.postgresql.org/docs/15/sql-copy.html
 */
import { isUtf8 } from 'node:buffer';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { LineChunk } from '../spi/database/database.ts';
import { ConnectorError } from '../spi/errors.ts';
import { LineRewriter } from './postgres-lines.ts';

interface CopyOptions {
  readonly query: string;
  /** Types of the columns of its result, two or more. */
  readonly types: readonly number[];
  /** Asked for every wait. */
  readonly wait: <T>(work: Promise<T>) => Promise<T>;
  /** Called after the last row; gives when the server has answered all. */
  readonly settle: () => Promise<void>;
}

/** Runs the query and gives its rows as lines. Throws `incomplete` when the server counts other rows than came. */
export async function* copyLines(
  client: pg.Client,
  { query, types, wait, settle }: CopyOptions,
): AsyncGenerator<LineChunk, void, undefined> {
  const rewriter = new LineRewriter(types);
  const { lines } = rewriter;
  let total = 0;
  // Even a result without rows has columns.
  yield lines.take();
  // A query may end in a comment.
  const stream = client.query(copyTo(`COPY (${query}\n) TO STDOUT (FORMAT csv)`));
  const cursor: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]();
  for (let isLast = false; !isLast; ) {
    const next = await wait(cursor.next());
    isLast = next.done === true;
    if (next.done !== true) rewriter.take(next.value);
    else rewriter.end();
    if (!lines.isFull && !isLast) continue;
    const chunk = lines.take();
    total += chunk.rows;
    checkText(chunk.bytes);
    yield chunk;
    lines.giveBack(chunk);
  }
  await settle();
  if (rewriter.isBetweenLines && total === stream.rowCount) return;
  throw new ConnectorError(
    'incomplete',
    `The database announced ${stream.rowCount} rows and gave ${total}.`,
    { hint: 'Export again.', details: { announced: stream.rowCount, read: total } },
  );
}

function checkText(bytes: Uint8Array): void {
  if (isUtf8(bytes)) return;
  throw new ConnectorError('invalid-value', 'The database gave text that is not UTF-8.', {
    hint: 'Its encoding is SQL_ASCII: correct the rows at the source, or convert the database.',
  });
}
