/**
 * Lines of LDIF, unfolded: a line that begins with one space goes on with the line before. Folding may cut a character in two, so
 * lines are bytes until they are whole. https://www.rfc-editor.org/rfc/rfc2849
 */
import { ConnectorError } from '../spi/errors.ts';

export interface LogicalLine {
  /** Empty for the empty line between two records. */
  readonly bytes: Buffer;
  /** Line of the file it begins on, from 1. */
  readonly number: number;
  /** The file ends without a line break after it. */
  readonly isUnterminated: boolean;
}

const lineFeed = 10;
const carriageReturn = 13;
const space = 32;
const emptyBytes = Buffer.alloc(0);

/** The lines of each chunk that are whole. Throws `invalid-value` for a line longer than `maxBytes`. */
export async function* readLogicalLines(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
  maxBytes: number,
): AsyncGenerator<readonly LogicalLine[], void, undefined> {
  const unfolder = new Unfolder(file, maxBytes);
  for await (const chunk of chunks) {
    unfolder.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    if (unfolder.lines.length > 0) yield unfolder.lines.splice(0);
  }
  unfolder.end();
  yield unfolder.lines.splice(0);
}

class Unfolder {
  readonly lines: LogicalLine[] = [];
  readonly #file: string;
  readonly #maxBytes: number;
  /** The start of a physical line whose end is still to come. */
  #rest: Buffer[] = [];
  #restBytes = 0;
  /** The pieces of the line that may still go on. */
  #pieces: Buffer[] = [];
  #pieceBytes = 0;
  #startedOn = 0;
  #number = 0;

  constructor(file: string, maxBytes: number) {
    this.#file = file;
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(lineFeed, start);
      if (end === -1) break;
      this.#take(this.#joinRest(chunk.subarray(start, end)));
      start = end + 1;
    }
    if (start === chunk.length) return;
    this.#rest.push(Buffer.from(chunk.subarray(start)));
    this.#restBytes += chunk.length - start;
    this.#refuseLong(this.#restBytes + this.#pieceBytes);
  }

  end(): void {
    if (this.#rest.length > 0) {
      this.#take(this.#joinRest(emptyBytes));
      this.#flush(true);
    } else this.#flush(false);
  }

  #joinRest(last: Buffer): Buffer {
    if (this.#rest.length === 0) return last;
    const line = Buffer.concat([...this.#rest, last]);
    this.#rest = [];
    this.#restBytes = 0;
    return line;
  }

  #take(physical: Buffer): void {
    this.#number += 1;
    const hasReturn = physical.at(-1) === carriageReturn;
    const line = hasReturn ? physical.subarray(0, -1) : physical;
    if (line[0] === space) {
      if (this.#pieces.length === 0) {
        throw new ConnectorError(
          'invalid-value',
          `Line ${this.#number} of ${this.#file} goes on with a line that is not there.`,
          {
            hint: 'A line that begins with a space belongs to the one before, which is empty or missing here.',
            details: { file: this.#file, line: this.#number },
          },
        );
      }
      this.#add(line.subarray(1));
      return;
    }
    this.#flush(false);
    if (line.length === 0) {
      this.lines.push({ bytes: emptyBytes, number: this.#number, isUnterminated: false });
      return;
    }
    this.#startedOn = this.#number;
    this.#add(line);
  }

  #add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#pieceBytes += piece.length;
    this.#refuseLong(this.#pieceBytes);
  }

  #flush(isUnterminated: boolean): void {
    const [only] = this.#pieces;
    if (only === undefined) return;
    this.lines.push({
      // Of its own: the chunk it came in is used again.
      bytes: this.#pieces.length === 1 ? Buffer.from(only) : Buffer.concat(this.#pieces),
      number: this.#startedOn,
      isUnterminated,
    });
    this.#pieces = [];
    this.#pieceBytes = 0;
  }

  #refuseLong(bytes: number): void {
    if (bytes <= this.#maxBytes) return;
    throw describeTooLong(this.#file, this.#startedOn || this.#number + 1, this.#maxBytes);
  }
}

/** A record or a line of it past the limit. */
export function describeTooLong(file: string, line: number, maxBytes: number): ConnectorError {
  const megabytes = Math.round((maxBytes / 2 ** 20) * 100) / 100;
  return new ConnectorError(
    'invalid-value',
    `The record at line ${line} of ${file} has more than ${megabytes} MB.`,
    {
      hint: 'Look at that line; if the record is real, raise MaxRecordMegabytes.',
      details: { file, line },
    },
  );
}
