/** The result of a query of MySQL or MariaDB as the packets it comes in: https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_row.html */
import type { EventEmitter } from 'node:events';
import type mysql from 'mysql2';
import { ConnectorError } from '../spi/errors.ts';
import type { MysqlColumn } from './mysql-values.ts';

/** Makes pieces of rows. */
export interface RowTaker<Piece> {
  /** A row: its values between `from` and `to`, each behind its length (`readLength`). */
  take(bytes: Buffer, from: number, to: number): void;
  readonly isFull: boolean;
  /** What was gathered since the last time. */
  give(): Piece;
  /** A piece that nobody needs any more. */
  giveBack?(piece: Piece): void;
}

/** The first byte of a NULL, which has no length. */
export const nullMark = 0xfb;

/** Bytes of a length whose first byte is `mark`. */
export function widthOf(mark: number): number {
  if (mark < nullMark) return 1;
  if (mark === 0xfc) return 3;
  return mark === 0xfd ? 4 : 9;
}

/** The length of a value, whose first byte is at `at` and not the mark of NULL. */
export function readLength(bytes: Buffer, at: number): number {
  const mark = bytes[at] ?? 0;
  if (mark < nullMark) return mark;
  if (mark === 0xfc) return bytes.readUInt16LE(at + 1);
  if (mark === 0xfd) return bytes.readUIntLE(at + 1, 3);
  return Number(bytes.readBigUInt64LE(at + 1));
}

/** What mysql2 hands to the state that a query is in. It is used again for the next packet. */
interface Packet {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly end: number;
  isEOF(): boolean;
}

type State = (this: RowQuery, packet: Packet, connection: unknown) => unknown;

/** A query of mysql2; its types do not tell of `row`, the state in which rows come. */
type RowQuery = EventEmitter & { row: State };

/** Pieces gathered before the server has to wait. */
const mostHeld = 2;

/**
 * Runs a query and gives its rows in the pieces that the taker makes, one without rows first; none when there is no result. mysql2 would make an array of texts or
 * of bytes of each row, and an event; here its packets go to the taker as they come. `wait` is asked for every wait.
 */
export async function* readPieces<Piece>(
  raw: mysql.Connection,
  sql: string,
  open: (columns: readonly MysqlColumn[]) => RowTaker<Piece>,
  wait: <T>(work: Promise<T>) => Promise<T>,
): AsyncGenerator<Piece, void, undefined> {
  const result = new PendingResult(raw, open);
  result.start(raw.query({ sql }) as unknown as RowQuery);
  try {
    for (;;) {
      const piece = result.shift();
      if (piece !== undefined) {
        yield piece;
        result.giveBack(piece);
      } else if (result.isDone()) return;
      else await wait(result.changed());
    }
  } finally {
    result.stop();
  }
}

class PendingResult<Piece> {
  readonly #raw: mysql.Connection;
  readonly #open: (columns: readonly MysqlColumn[]) => RowTaker<Piece>;
  readonly #held: Piece[] = [];
  readonly #onLost = (error: Error): void => this.#fail(error);
  #taker: RowTaker<Piece> | undefined;
  #results = 0;
  #failure: { readonly error: unknown } | undefined;
  #isEnded = false;
  #isPaused = false;
  #wake: () => void = () => undefined;

  constructor(raw: mysql.Connection, open: (columns: readonly MysqlColumn[]) => RowTaker<Piece>) {
    this.#raw = raw;
    this.#open = open;
    // A connection that breaks tells the connection only, not the query.
    raw.once('error', this.#onLost);
  }

  start(query: RowQuery): void {
    const takeEnd = query.row;
    const takeRow: State = (packet, connection) => {
      if (packet.isEOF()) return takeEnd.call(query, packet, connection);
      this.#takeRow(packet);
      return takeRow;
    };
    query.row = takeRow;
    query.on('fields', (fields: unknown) => this.#takeColumns(fields));
    query.on('error', (error: unknown) => this.#fail(error));
    query.on('end', () => {
      this.#isEnded = true;
      this.#wake();
    });
  }

  shift(): Piece | undefined {
    const piece = this.#held.shift();
    if (this.#isPaused && this.#held.length < mostHeld) this.#resume();
    if (piece !== undefined) return piece;
    if (this.#failure !== undefined || !this.#isEnded) return undefined;
    const last = this.#taker;
    this.#taker = undefined;
    return last?.give();
  }

  /** Throws what went wrong. */
  isDone(): boolean {
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#isEnded;
  }

  changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  giveBack(piece: Piece): void {
    this.#taker?.giveBack?.(piece);
  }

  stop(): void {
    this.#raw.removeListener('error', this.#onLost);
    // What is left of the result would have to be read before the connection could be used again.
    if (!this.#isEnded) this.#raw.destroy();
    else if (this.#isPaused) this.#resume();
  }

  #takeColumns(fields: unknown): void {
    // A procedure ends with a result that has no columns.
    if (!Array.isArray(fields)) return;
    this.#results += 1;
    if (this.#results > 1) {
      this.#fail(severalResults());
      return;
    }
    // Column definitions of mysql2 carry more than its types say.
    this.#taker = this.#open(fields as MysqlColumn[]);
    // Even a result without rows has columns, and they are known before the first row.
    this.#give(this.#taker);
  }

  #takeRow({ buffer, offset, end }: Packet): void {
    const taker = this.#taker;
    if (taker === undefined || this.#results > 1) return;
    taker.take(buffer, offset, end);
    if (!taker.isFull) return;
    this.#give(taker);
    // Once all packets of this read are through: those behind it would be kept as copies.
    queueMicrotask(() => {
      if (this.#isPaused || this.#held.length < mostHeld) return;
      this.#isPaused = true;
      this.#raw.pause();
    });
  }

  #give(taker: RowTaker<Piece>): void {
    this.#held.push(taker.give());
    this.#wake();
  }

  #resume(): void {
    this.#isPaused = false;
    this.#raw.resume();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }
}

function severalResults(): ConnectorError {
  return new ConnectorError('invalid-value', 'SqlCommand gives more than one result.', {
    hint: 'Let it hold one query.',
    details: { setting: 'SqlCommand' },
  });
}
