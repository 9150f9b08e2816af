/**
 * Copies the lines of a CSV file that is already what the files between steps are: UTF-8 with commas, quotes only where
 * needed, a name for each column. Such a file need not become text and rows to be written as it was; lines in it that are not
 * like that are written anew one by one. The result is the same to the byte as that of reading everything as text.
 */
import { isUtf8 } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import { CsvByteReader } from '../spi/csv-byte-reader.ts';
import { formatCsv } from '../spi/csv-format.ts';
import { parseLastLine } from '../spi/csv-records.ts';
import { CsvScanner } from '../spi/csv-scanner.ts';
import { findEncoding, readByteOrderMark } from '../spi/decode-file.ts';
import { ConnectorError } from '../spi/errors.ts';
import { type Header, type HeaderPlace, readHeader } from '../spi/files/header.ts';
import type { ConnectorContext, TableBatch, TableRequest } from '../spi/package.ts';
import type { CsvSettings } from './settings.ts';

export interface SourceFile {
  readonly file: FileHandle;
  readonly path: string;
  readonly table: TableRequest;
  readonly settings: CsvSettings;
  readonly context: ConnectorContext;
}

/** What a file turned out to be once it had been read. */
export interface FileEnd {
  readonly header: Header | undefined;
  readonly rows: number;
  /** Its last line has a line break. */
  readonly isTerminated: boolean;
}

/** How messages name the header of a CSV file. */
export function headerPlace(file: string): HeaderPlace {
  return {
    file,
    subject: `The file ${file}`,
    settings: 'NumberOfLinesToSkip and Separator decide',
  };
}

const lineFeed = 10;

/** Nothing in the settings asks for values other than the file has them. */
export function mayBePlain({ settings, table }: SourceFile): boolean {
  return (
    settings.Separator === ',' &&
    settings.NumberOfLinesToSkip === 0 &&
    settings.ValuesToTrim.length === 0 &&
    findEncoding(settings.Encoding) === 'utf-8' &&
    Object.keys(table.formats).length === 0
  );
}

/**
 * Looks at the beginning of a file; `undefined` when its lines cannot be copied. `explain` is asked when a later line is wrong,
 * and must throw what is wrong with it.
 */
export async function openLines(
  source: SourceFile,
  explain: () => Promise<void>,
): Promise<PlainLines | undefined> {
  const reader = new CsvByteReader(source.file, source.path);
  const lines = new PlainLines(source, reader, explain);
  if (await lines.takeHeader()) return lines;
  await reader.settle();
  return undefined;
}

class PlainLines {
  readonly #source: SourceFile;
  readonly #reader: CsvByteReader;
  readonly #explain: () => Promise<void>;
  readonly #scanner = new CsvScanner();
  #header: Header | undefined;
  #rows = 0;
  /** Lines of a piece that cannot be given as they stand. */
  #anew = Buffer.alloc(0);
  #anewLength = 0;

  constructor(source: SourceFile, reader: CsvByteReader, explain: () => Promise<void>) {
    this.#source = source;
    this.#reader = reader;
    this.#explain = explain;
  }

  /** False for a file in another encoding, and for a header with nameless or equal columns: those are not copied. */
  async takeHeader(): Promise<boolean> {
    const reader = this.#reader;
    const scanner = this.#scanner;
    await reader.fill();
    const mark = readByteOrderMark(reader.bytes.subarray(reader.start, reader.end));
    if (mark !== undefined && mark !== 'utf-8') return false;
    reader.skipByteOrderMark();
    for (;;) {
      const outcome = scanner.scan(reader.bytes, reader.start, reader.end);
      if (outcome === 'record' && this.#isBlank()) reader.start = scanner.next;
      else if (outcome === 'cut' && !reader.isLast) await reader.fill();
      else if (outcome === 'record') break;
      else return false;
    }
    const names = this.#readTexts();
    const isPlain = new Set(names).size === names.length && !names.includes('');
    const isRead = isUtf8(reader.bytes.subarray(scanner.start, scanner.next));
    if (!isPlain || !isRead || scanner.hasLoneReturn) return false;
    const { table, path, context } = this.#source;
    this.#header = readHeader(names, [], table, headerPlace(path), context.logger);
    reader.start = scanner.next;
    return true;
  }

  async *read(): AsyncGenerator<TableBatch, FileEnd, undefined> {
    const reader = this.#reader;
    const header = this.#header;
    const columns = header?.columns ?? [];
    const table = this.#source.table.name;
    // Even a file without rows has columns.
    yield { kind: 'lines', table, columns, bytes: new Uint8Array(), rows: 0 };
    try {
      for (;;) {
        this.#source.context.signal.throwIfAborted();
        const before = this.#rows;
        const bytes = this.#takePiece();
        if (bytes === undefined) return await this.#refuse();
        const rows = this.#rows - before;
        if (rows > 0) yield { kind: 'lines', table, columns, bytes, rows };
        if (reader.isLast) break;
        await reader.fill();
      }
      if (reader.start === reader.end) return { header, rows: this.#rows, isTerminated: true };
      const before = this.#rows;
      const bytes = this.#takeLast();
      if (bytes === undefined) return await this.#refuse();
      const rows = this.#rows - before;
      if (rows > 0) yield { kind: 'lines', table, columns, bytes, rows };
      return { header, rows: this.#rows, isTerminated: rows === 0 };
    } finally {
      await reader.settle();
    }
  }

  /** The lines of a piece: as they stand there if all of them can. `undefined` when something is wrong. */
  #takePiece(): Uint8Array | undefined {
    const reader = this.#reader;
    const scanner = this.#scanner;
    const { bytes, end, start: from } = reader;
    // Lines before this one are as they are to be.
    let copied = from;
    this.#anewLength = 0;
    for (;;) {
      const outcome = scanner.scan(bytes, reader.start, end);
      if (outcome === 'malformed') return undefined;
      if (outcome === 'cut') break;
      if (!this.#isAsItIs()) {
        this.#append(bytes, copied, scanner.start);
        copied = scanner.next;
        if (!this.#isBlank() && !this.#appendAnew()) return undefined;
      } else this.#rows += 1;
      reader.start = scanner.next;
    }
    if (!isUtf8(bytes.subarray(from, reader.start))) return undefined;
    if (copied === from) return bytes.subarray(from, reader.start);
    this.#append(bytes, copied, reader.start);
    return this.#anew.subarray(0, this.#anewLength);
  }

  #isAsItIs(): boolean {
    const scanner = this.#scanner;
    return (
      scanner.fields === this.#header?.width &&
      !scanner.endsInReturn &&
      !scanner.hasLoneReturn &&
      !scanner.hasSpareQuotes &&
      !this.#isBlank()
    );
  }

  #isBlank(): boolean {
    const scanner = this.#scanner;
    return scanner.fields === 1 && scanner.ends[0] === scanner.start;
  }

  /** False for a line with more values than the header has names. */
  #appendAnew(): boolean {
    const scanner = this.#scanner;
    const { bytes } = this.#reader;
    const width = this.#header?.width ?? 0;
    this.#rows += 1;
    if (scanner.fields === width && !scanner.hasLoneReturn && !scanner.hasSpareQuotes) {
      this.#append(bytes, scanner.start, scanner.ends[width - 1] ?? 0);
      this.#append(Buffer.of(lineFeed), 0, 1);
      return true;
    }
    return this.#appendTexts(this.#readTexts());
  }

  #appendTexts(texts: readonly string[]): boolean {
    const width = this.#header?.width ?? 0;
    if (texts.slice(width).some((text) => text !== '')) return false;
    const cells = Array.from({ length: width }, (_, index) => texts[index] || null);
    const line = Buffer.from(formatCsv([cells]));
    this.#append(line, 0, line.length);
    return true;
  }

  /** The last line when it has no line break: cut off if it is short. Read as text, in which a return at its end is a value's. */
  #takeLast(): Uint8Array | undefined {
    const { bytes, start, end } = this.#reader;
    if (!isUtf8(bytes.subarray(start, end))) return undefined;
    const records = parseLastLine(bytes.toString('utf8', start, end));
    if (records === undefined) return undefined;
    const [texts] = records;
    this.#anewLength = 0;
    if (records.length > 1) return undefined;
    // A carriage return and nothing else.
    if (texts === undefined) return Buffer.alloc(0);
    if (texts.length < (this.#header?.width ?? 0) || !this.#appendTexts(texts)) return undefined;
    this.#rows += 1;
    return this.#anew.subarray(0, this.#anewLength);
  }

  #readTexts(): readonly string[] {
    const scanner = this.#scanner;
    const { bytes } = this.#reader;
    return Array.from({ length: scanner.fields }, (_, field) => scanner.textOf(bytes, field));
  }

  #append(bytes: Buffer, start: number, end: number): void {
    const length = this.#anewLength + end - start;
    if (length > this.#anew.length) {
      const larger = Buffer.allocUnsafeSlow(2 * length);
      this.#anew.copy(larger, 0, 0, this.#anewLength);
      this.#anew = larger;
    }
    bytes.copy(this.#anew, this.#anewLength, start, end);
    this.#anewLength = length;
  }

  async #refuse(): Promise<never> {
    await this.#explain();
    // csv-parse lets a NUL character follow a closing quote; nothing else that it lets pass is refused here.
    const { path } = this.#source;
    throw new ConnectorError(
      'invalid-value',
      `The file ${path} is not well-formed CSV: a NUL character stands behind a quote.`,
      { hint: 'Have the file written without it, then export again.', details: { file: path } },
    );
  }
}
