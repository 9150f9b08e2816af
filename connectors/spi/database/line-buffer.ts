/**
 * Lines of the files between steps, put together from bytes: no text is made of values that only move on, which is what most
 * of the time of reading a table goes to otherwise.
 */
import type { LineChunk } from './database.ts';

const lineFeed = 10;
const carriageReturn = 13;
const quote = 34;
const comma = 44;

/** As many bytes as are worth a write of their own. */
const pieceLength = 256 * 1024;
/** Room for what still comes once that is reached. */
const roomLength = pieceLength + 128 * 1024;

/**
 * Gathers lines, value by value: to the byte what `formatCsv` writes of the same values. A row has two values or more, as a line
 * of one has rules of its own. Bytes in, bytes out: whether they are UTF-8 is the caller's to know.
 */
export class LineBuffer {
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;
  /** Where the line being written starts. */
  #start = 0;
  #rows = 0;
  #spare: Buffer | undefined;

  get isFull(): boolean {
    return this.#start >= pieceLength;
  }

  /** A value, in quotes where it needs them; nothing for NULL and empty text. */
  writeValue(source: Uint8Array, from: number, to: number): void {
    // Each of its bytes doubled, its quotes, the comma.
    this.#reserve(2 * (to - from) + 3);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let index = from; index < to; index += 1) {
      // The caller says that these bytes are there; so below.
      const byte = source[index] as number;
      if (byte <= comma && needsQuotes(byte)) {
        at = this.#copyQuoted(source, from, to);
        break;
      }
      bytes[at] = byte;
      at += 1;
    }
    bytes[at] = comma;
    this.#length = at + 1;
  }

  /**
   * The value at the start of a line of CSV, or at the start of what is left of one, up to the comma or the line break behind it;
   * gives its position. -1: there is neither, and nothing was written.
   */
  writeUntilEnd(source: Uint8Array, from: number, to: number): number {
    this.#reserve(to - from);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let index = from; index < to; index += 1) {
      const byte = source[index] as number;
      if (byte === comma || byte === lineFeed) {
        bytes[at] = comma;
        this.#length = at + 1;
        return index;
      }
      bytes[at] = byte;
      at += 1;
    }
    return -1;
  }

  /** A part of a value that has nothing to quote; `endValue` follows. */
  writePart(source: Uint8Array, from: number, to: number): void {
    this.#reserve(to - from);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let index = from; index < to; index += 1) {
      bytes[at] = source[index] as number;
      at += 1;
    }
    this.#length = at;
  }

  writeByte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#length] = byte;
    this.#length += 1;
  }

  endValue(): void {
    this.writeByte(comma);
  }

  /** After the last value of a row. */
  endLine(): void {
    this.#bytes[this.#length - 1] = lineFeed;
    this.#start = this.#length;
    this.#rows += 1;
  }

  /** Forgets the line that has not ended. */
  dropLine(): void {
    this.#length = this.#start;
  }

  /** The lines that have ended; the one that has not is dropped. */
  take(): LineChunk {
    const chunk = { bytes: this.#bytes.subarray(0, this.#start), rows: this.#rows };
    this.#bytes = this.#spare ?? Buffer.alloc(0);
    this.#spare = undefined;
    this.#length = 0;
    this.#start = 0;
    this.#rows = 0;
    return chunk;
  }

  /** Nobody needs the bytes of this chunk any more: they are used again. */
  giveBack({ bytes }: LineChunk): void {
    if (bytes.buffer.byteLength === roomLength) this.#spare = Buffer.from(bytes.buffer);
  }

  #reserve(most: number): void {
    if (this.#bytes.length - this.#length >= most) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(roomLength, 2 * (this.#length + most)));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }

  #copyQuoted(source: Uint8Array, from: number, to: number): number {
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at] = quote;
    at += 1;
    for (let index = from; index < to; index += 1) {
      const byte = source[index] as number;
      if (byte === quote) {
        bytes[at] = quote;
        at += 1;
      }
      bytes[at] = byte;
      at += 1;
    }
    bytes[at] = quote;
    return at + 1;
  }
}

function needsQuotes(byte: number): boolean {
  return byte === comma || byte === quote || byte === lineFeed || byte === carriageReturn;
}
