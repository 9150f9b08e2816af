/** Lines of CSV as PostgreSQL writes them, made into lines as the files between steps have them. */
import { LineBuffer } from '../spi/database/line-buffer.ts';
import {
  type WriteValue,
  writeFloats,
  writeMoments,
  writeRendered,
  writeTruth,
} from '../spi/database/line-values.ts';
import { ConnectorError } from '../spi/errors.ts';
import { postgresTypes, renderPostgresValue } from './postgres-values.ts';

const [comma, lineFeed, carriageReturn, quote] = [44, 10, 13, 34];

/** Takes what the server sends, however it is cut, of a result with columns of these types, two or more. */
export class LineRewriter {
  readonly lines = new LineBuffer();
  /** Of those columns whose values we write otherwise. */
  readonly #writers: readonly (WriteValue | undefined)[];
  /** The beginning of a line, in the pieces it came in. */
  #rest: Buffer[] = [];
  #restLength = 0;
  /** A long line is looked at again only when it is twice as long: else the time it takes would grow with its square. */
  #nextLength = 0;

  constructor(types: readonly number[]) {
    this.#writers = types.map(writerOf);
  }

  get isBetweenLines(): boolean {
    return this.#restLength === 0;
  }

  take(bytes: Buffer): void {
    this.#rest.push(bytes);
    this.#restLength += bytes.length;
    if (this.#restLength >= this.#nextLength) this.end();
  }

  /** Writes the lines that have come to their end. */
  end(): void {
    const [first = Buffer.alloc(0)] = this.#rest;
    const bytes = this.#rest.length === 1 ? first : Buffer.concat(this.#rest);
    let done = 0;
    for (;;) {
      const next = this.#writeLine(bytes, done);
      if (next === -1) break;
      done = next;
    }
    this.lines.dropLine();
    const rest = bytes.subarray(done);
    this.#rest = rest.length === 0 ? [] : [rest];
    this.#restLength = rest.length;
    this.#nextLength = 2 * rest.length;
  }

  /** Where the next line starts; -1 when this one is not all there. */
  #writeLine(bytes: Buffer, from: number): number {
    const writers = this.#writers;
    let at = from;
    for (let column = 0; column < writers.length; column += 1) {
      const write = writers[column];
      let end: number;
      if (bytes[at] === quote) end = this.#writeQuoted(bytes, at, write);
      else if (write === undefined) end = this.lines.writeUntilEnd(bytes, at, bytes.length);
      else end = this.#writeOtherwise(bytes, at, write);
      if (end === -1 || end >= bytes.length) return -1;
      const isLast = column === writers.length - 1;
      if (bytes[end] !== (isLast ? lineFeed : comma)) throw misfit();
      at = end + 1;
    }
    this.lines.endLine();
    return at;
  }

  #writeOtherwise(bytes: Buffer, from: number, write: WriteValue): number {
    let end = from;
    while (end < bytes.length && bytes[end] !== comma && bytes[end] !== lineFeed) end += 1;
    if (end === from) this.lines.endValue();
    else write(this.lines, bytes, from, end);
    return end;
  }

  /** A value in quotes moves on in them, unless it does not need them: the server quotes empty text, which is no value here. */
  #writeQuoted(bytes: Buffer, from: number, write: WriteValue | undefined): number {
    let end = from + 1;
    let isNeeded = false;
    for (; end < bytes.length; end += 1) {
      const byte = bytes[end];
      if (byte === quote) {
        if (bytes[end + 1] !== quote) break;
        end += 1;
        isNeeded = true;
      } else if (byte === comma || byte === lineFeed || byte === carriageReturn) isNeeded = true;
    }
    // What follows tells whether the quote was the last one.
    if (end + 1 >= bytes.length) return -1;
    if (!isNeeded) {
      if (write === undefined || end === from + 1) this.lines.writeValue(bytes, from + 1, end);
      else write(this.lines, bytes, from + 1, end);
    } else if (write === undefined) {
      this.lines.writePart(bytes, from, end + 1);
      this.lines.endValue();
    } else throw misfit();
    return end + 1;
  }
}

/** What `renderPostgresValue` does to values of a type, without making text of them where that can be. */
function writerOf(type: number): WriteValue | undefined {
  const render = writeRendered((value) => renderPostgresValue(type, value.toString('latin1')));
  switch (type) {
    case postgresTypes.boolean:
      return (lines, bytes, from) => writeTruth(lines, bytes[from] === letterOfTrue);
    case postgresTypes.bytea:
      return render;
    case postgresTypes.float4:
    case postgresTypes.float8:
      return writeFloats(render);
    case postgresTypes.timestamp:
      return writeMoments({ isZoned: false, zone: '' }, render);
    case postgresTypes.timestamptz:
      return writeMoments({ isZoned: true, zone: '+00' }, render);
    default:
      return undefined;
  }
}

const letterOfTrue = 116;

function misfit(): ConnectorError {
  return new ConnectorError(
    'unexpected',
    'The database wrote a line that does not fit its columns.',
    {
      hint: 'Export again; tell us the version of the server if it happens again.',
    },
  );
}
