/** The difference between a clean file and lines that are just being written, by one pass over both. */
import { type FileHandle, open } from 'node:fs/promises';
import { CsvByteReader, CsvScanner, readCsvFile } from '../../connectors/index.ts';
import type { ByteOutput } from './byte-output.ts';
import { compareFolds } from './compare-folds.ts';
import { type Line, skipNumber, writeMerge } from './write-line.ts';

const quote = 34;
const deletion = Buffer.from('delete,');
/** A row number and its separators at most. */
const numberBytes = 16;

/**
 * Writes to a change file what leads from the base to the lines given: `merge` with the whole row for what is new or
 * different, `delete` with the row of the base for what is gone. Both are sorted by `fold`; the source's row number is no
 * part of the comparison. Most lines are as they were and are compared byte by byte, without looking for their fields.
 */
export class DeltaWriter {
  readonly output: ByteOutput;
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #reader: CsvByteReader;
  readonly #scanner = new CsvScanner();
  readonly #lineScanner = new CsvScanner();
  readonly #canDelete: boolean;
  #hasHeader = false;
  /** The base has no line left. */
  #isAtEnd = false;

  private constructor(path: string, file: FileHandle, output: ByteOutput, canDelete: boolean) {
    this.output = output;
    this.#file = file;
    this.#path = path;
    this.#reader = new CsvByteReader(file, path);
    this.#canDelete = canDelete;
  }

  /** `basePath` is a clean file. Without `canDelete` nothing is reported as gone. */
  static async open(
    basePath: string,
    output: ByteOutput,
    options: { readonly canDelete: boolean },
  ): Promise<DeltaWriter> {
    return new DeltaWriter(basePath, await open(basePath, 'r'), output, options.canDelete);
  }

  /** Lines in their order. False: `refill` first, then the same line again. */
  take(line: Line): boolean {
    for (;;) {
      if (this.#isAtEnd) break;
      if (this.#skipEqual(line)) return true;
      if (!this.#scanBase()) return false;
      if (this.#isAtEnd) break;
      const order = this.#compareToBase(line);
      if (order < 0) break;
      if (order === 0) {
        this.#writeDifference(line);
        this.#reader.start = this.#scanner.next;
        return true;
      }
      this.#writeDeletion();
      this.#reader.start = this.#scanner.next;
    }
    writeMerge(this.output, line);
    return true;
  }

  /** After the last line: what is left of the base is gone. False: `refill` first. */
  takeRest(): boolean {
    for (;;) {
      if (!this.#scanBase()) return false;
      if (this.#isAtEnd) return true;
      this.#writeDeletion();
      this.#reader.start = this.#scanner.next;
      if (this.output.isFull) return false;
    }
  }

  /** Reads on in the base, and writes what has gathered. Throws for a base that is not as it was written. */
  async refill(): Promise<void> {
    if (this.output.isFull) await this.output.flush();
    const reader = this.#reader;
    if (reader.isLast) await this.#refuseBase();
    await reader.fill();
    if (this.#hasHeader) return;
    const outcome = this.#scanner.scan(reader.bytes, reader.start, reader.end);
    if (outcome !== 'record') return;
    reader.start = this.#scanner.next;
    this.#hasHeader = true;
  }

  async close(): Promise<void> {
    await this.#reader.settle();
    await this.#file.close();
  }

  /** A line that stands in the base as it is, but for the number: nothing to write. */
  #skipEqual(line: Line): boolean {
    const reader = this.#reader;
    const { bytes: other, start: otherStart } = reader;
    const { bytes, start, foldEnd, end, flags } = line;
    if (flags !== 0 || otherStart + (end - start) + numberBytes > reader.end) return false;
    let at = start;
    let place = otherStart;
    while (at <= foldEnd && bytes[at] === other[place]) {
      at += 1;
      place += 1;
    }
    if (at <= foldEnd) return false;
    at = skipNumber(bytes, foldEnd);
    place = skipNumber(other, place - 1);
    while (at < end && bytes[at] === other[place]) {
      at += 1;
      place += 1;
    }
    if (at < end) return false;
    reader.start = place;
    return true;
  }

  /** Finds the next line of the base, or its end; false when more of it must be read. */
  #scanBase(): boolean {
    const reader = this.#reader;
    if (!this.#hasHeader) return false;
    const outcome = this.#scanner.scan(reader.bytes, reader.start, reader.end);
    if (outcome === 'record') return true;
    if (!reader.isLast || reader.start < reader.end) return false;
    this.#isAtEnd = true;
    return true;
  }

  #compareToBase(line: Line): number {
    const { bytes, start } = this.#reader;
    const end = this.#scanner.ends[0] ?? start;
    if (bytes[start] !== quote)
      return compareFolds(line.bytes, line.start, line.foldEnd, bytes, start, end);
    if (!this.#scanner.hasEscapes)
      return compareFolds(line.bytes, line.start, line.foldEnd, bytes, start + 1, end - 1);
    const fold = Buffer.from(this.#scanner.textOf(bytes, 0));
    return compareFolds(line.bytes, line.start, line.foldEnd, fold, 0, fold.length);
  }

  /** Both have the same folded key. */
  #writeDifference(line: Line): void {
    const scanner = this.#scanner;
    const { bytes } = this.#reader;
    const place = scanner.ends[1] ?? 0;
    const at = skipNumber(line.bytes, line.foldEnd);
    const length = line.end - at;
    if (length === scanner.next - place && isSame(line.bytes, at, bytes, place, length)) return;
    // From the separator before the key to the one after it: nearly always the same bytes.
    const keyLength = (scanner.ends[2] ?? place) + 1 - place;
    const hasSameKey =
      isSame(line.bytes, at, bytes, place, keyLength) ||
      this.#keyOf(line) === scanner.textOf(bytes, 2);
    if (this.#canDelete && !hasSameKey) this.#writeDeletion();
    writeMerge(this.output, line);
  }

  /** The first cell after the row number. */
  #keyOf(line: Line): string {
    const start = skipNumber(line.bytes, line.foldEnd) + 1;
    // The line ends in a line feed, as the scanner needs it behind what it looks at.
    const rest = Buffer.alloc(line.end - start + 1, '\n');
    rest.set(line.bytes.subarray(start, line.end));
    this.#lineScanner.scan(rest, 0, rest.length - 1);
    return this.#lineScanner.textOf(rest, 0);
  }

  #writeDeletion(): void {
    if (!this.#canDelete) return;
    this.output.append(deletion, 0, deletion.length);
    this.output.append(this.#reader.bytes, this.#reader.start, this.#scanner.next);
    this.output.rows += 1;
  }

  /** Reads the base as text, which says what is wrong with it. */
  async #refuseBase(): Promise<never> {
    for await (const _ of readCsvFile(this.#path));
    throw new Error(`${this.#path} cannot be read`);
  }
}

function isSame(
  a: Uint8Array,
  aStart: number,
  b: Uint8Array,
  bStart: number,
  length: number,
): boolean {
  for (let at = 0; at < length; at += 1) if (a[aStart + at] !== b[bStart + at]) return false;
  return true;
}
