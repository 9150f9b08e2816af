/** The bytes of a delimited file in pieces that are read ahead, each laid out for a `CsvScanner`. */
import type { Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { describeFileError } from './file-access.ts';

const pieceBytes = 512 * 1024;
/** Room before each piece for the beginning of a record that the piece before ended with. */
const leadBytes = 64 * 1024;

/** Bytes two buffers of a reader need. */
export const byteReaderBytes = 2 * (leadBytes + pieceBytes + 1);

/**
 * `bytes` from `start` to `end` are what is to be looked at next; `bytes[end]` is a line feed. Whoever takes records moves
 * `start` past them, then calls `fill`. Holds two pieces and the longest record.
 */
export class CsvByteReader {
  bytes: Buffer;
  start = 0;
  end = 0;
  /** Nothing follows `end`. */
  isLast = false;
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #hash: Hash | undefined;
  #spare: Buffer;
  #lead = leadBytes;
  #piece = pieceBytes;
  #pending: Promise<number>;

  /** `hash` is given every byte of the file; `room`, of `byteReaderBytes`, is used instead of memory of its own. */
  constructor(
    file: FileHandle,
    path: string,
    options: { readonly hash?: Hash; readonly room?: Buffer } = {},
  ) {
    const room = options.room ?? Buffer.allocUnsafeSlow(byteReaderBytes);
    const half = room.length >> 1;
    this.#file = file;
    this.#path = path;
    this.#hash = options.hash;
    this.bytes = room.subarray(0, half);
    this.#spare = room.subarray(half, 2 * half);
    this.#pending = this.#read(this.#spare);
  }

  /** Brings the next piece; what is left of the one before stands in front of it. Waits for the disk only. */
  async fill(): Promise<void> {
    const rest = this.end - this.start;
    // A record longer than a piece: read twice as much each time, or finding its end would take forever.
    if (rest > this.#lead) return this.#fillLarger(rest);
    const read = await this.#pending;
    const next = this.#spare;
    this.bytes.copy(next, this.#lead - rest, this.start, this.end);
    this.#spare = this.bytes;
    this.#accept(next, this.#lead - rest, this.#lead, read);
    this.#pending = this.isLast ? Promise.resolve(0) : this.#read(this.#spare);
  }

  /** After the first `fill`: a byte order mark is no part of the first column's name. */
  skipByteOrderMark(): void {
    const { bytes, start, end } = this;
    if (end - start < 3) return;
    if (bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf)
      this.start += 3;
  }

  /** To be called before the file is closed. */
  async settle(): Promise<void> {
    await this.#pending.catch(() => undefined);
  }

  async #fillLarger(rest: number): Promise<void> {
    const read = await this.#pending;
    const piece = this.#spare.subarray(this.#lead, this.#lead + read);
    this.#lead = 2 * (rest + read);
    this.#piece = Math.max(this.#piece, this.#lead);
    const larger = Buffer.allocUnsafeSlow(this.#lead + this.#piece + 1);
    const start = this.#lead - rest;
    this.bytes.copy(larger, start, this.start, this.end);
    piece.copy(larger, this.#lead);
    this.#accept(larger, start, this.#lead, read);
    this.#spare = Buffer.allocUnsafeSlow(larger.length);
    this.#pending = this.isLast ? Promise.resolve(0) : this.#read(this.#spare);
  }

  #accept(bytes: Buffer, start: number, from: number, read: number): void {
    this.#hash?.update(bytes.subarray(from, from + read));
    this.bytes = bytes;
    this.start = start;
    this.end = from + read;
    this.isLast = read === 0;
    bytes[this.end] = 10;
  }

  async #read(into: Buffer): Promise<number> {
    try {
      const { bytesRead } = await this.#file.read(into, this.#lead, this.#piece);
      return bytesRead;
    } catch (error) {
      throw describeFileError(error, this.#path, 'read');
    }
  }
}
