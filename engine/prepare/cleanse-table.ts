/**
 * Reads one exported table and sends its rows to the entity types and associations that map it, without what cannot be
 * loaded: rows without a key and rows whose key was there before go to side files that say why, with file, row and line.
 */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  byteReaderBytes,
  CsvByteReader,
  CsvScanner,
  describeFileError,
  formatCsv,
  readCsvFile,
} from '../../connectors/index.ts';
import { ByteOutput, byteOutputBytes } from './byte-output.ts';
import { digestFile } from './digest-file.ts';
import { PrepareError } from './errors.ts';
import { LineBlock } from './line-list.ts';
import { openRoutes, type Route, type RouteRequest, RowNumber, type Sink } from './row-routes.ts';

/** One exported file and what is known about it. */
export interface SourceTable {
  readonly name: string;
  readonly path: string;
  /** The export said that this was all. */
  readonly isComplete: boolean;
  /** Column that holds `insert`, `update`, `delete` or `merge`, when the source delivers changes. */
  readonly commandColumn: string | null;
  /** The source has neither rows nor a header. */
  readonly isEmpty: boolean;
  /** Rows the export says it wrote; absent: nobody counted them. */
  readonly expectedRows?: number;
  /** SHA-256 of the file as it is, in hexadecimal digits, when the caller has just compared it; absent: it is computed. */
  readonly contentHash?: string;
}

export interface CleanseRequest extends RouteRequest {
  readonly table: SourceTable;
  readonly signal: AbortSignal;
  /** Rows that are held in memory at most; absent: as many as there is memory for. */
  readonly maxRowsInMemory?: number;
}

/** What `cleanseTable` found. */
export interface CleansedTable {
  readonly sinks: readonly Sink[];
  /** Memory for the outputs of the sinks, one sink after the other: beside that of the lines. */
  readonly outputRoom: Buffer;
  readonly contentHash: string;
  /** Gives back the memory of the lines, when all outputs are finished. It would stay until long after the next step began. */
  readonly release: () => void;
}

/** Bytes of lines held in memory, for all outputs of a table together; past it they go to disk in sorted runs. */
const maxLineBytes = 160 * 1024 * 1024;
/** Beside the lines: a reader's buffers, and those of one output and its changes. */
const roomBytes = byteReaderBytes + 2 * byteOutputBytes;
/** So that a few long rows of a small file need not go to disk. Memory that is not touched costs nothing. */
const sparedBytes = 4 * 1024 * 1024;

/** Throws for a column that is not there and for a file that is not the one its export wrote; nothing is left open then. */
export async function cleanseTable(request: CleanseRequest): Promise<CleansedTable> {
  const { table, folder, signal } = request;
  if (table.isEmpty) return cleanseNothing(request);
  const first = await readTable(request, table.path);
  if (first !== null) return first;
  // What a scanner does not understand is either wrong, which reading it as text says with the line, or unusual, such as
  // lines that end in lone carriage returns: then it is written anew in the usual form.
  const rewritten = join(folder, `${table.name}.rewritten.csv`);
  try {
    await rewriteFile(table.path, rewritten, signal);
    const second = await readTable(request, rewritten);
    if (second === null) throw new Error(`${rewritten} cannot be read`);
    return { ...second, contentHash: table.contentHash ?? (await digestFile(table.path)).sha256 };
  } finally {
    await rm(rewritten, { force: true });
  }
}

/** Closes and removes what a sink holds, when its step does not come to its end. */
export async function abandonSink(sink: Sink): Promise<void> {
  await sink.nullKeys.abandon();
  await sink.sort.dispose();
}

async function cleanseNothing(request: CleanseRequest): Promise<CleansedTable> {
  refuseOtherCount(request.table, 0);
  const block = new LineBlock(sparedBytes, roomBytes);
  const routes = openRoutes(request, [], -1, block);
  const contentHash = request.table.contentHash ?? (await digestFile(request.table.path)).sha256;
  const outputRoom = block.takeRoom(2 * byteOutputBytes);
  const sinks = routes.map((route) => route.plan.sink);
  return { sinks, outputRoom, contentHash, release: () => block.release() };
}

/** `null` for a file that the scanner does not understand. */
async function readTable(request: CleanseRequest, path: string): Promise<CleansedTable | null> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw describeFileError(error, path, 'read');
  });
  const reading = await Reading.start(request, file, path);
  try {
    const isUnderstood = await reading.run();
    if (!isUnderstood) await reading.abandon();
    return isUnderstood ? reading.finish() : null;
  } catch (error) {
    await reading.abandon();
    throw error;
  } finally {
    await reading.close();
    await file.close();
  }
}

class Reading {
  readonly #request: CleanseRequest;
  readonly #block: LineBlock;
  readonly #reader: CsvByteReader;
  readonly #outputRoom: Buffer;
  readonly #hash = createHash('sha256');
  readonly #scanner = new CsvScanner();
  #routes: readonly Route[] = [];
  #growth = 0;
  #width = 0;
  readonly #row = new RowNumber();
  #line = 1;
  #rowsInMemory = 0;
  readonly #size: number;
  #hasExpected = false;

  private constructor(request: CleanseRequest, file: FileHandle, path: string, size: number) {
    this.#request = request;
    this.#size = size;
    const mappings = request.entityMappings.length + request.associationMappings.length;
    const lineBytes = Math.min(maxLineBytes, 4 * mappings * size + sparedBytes);
    this.#block = new LineBlock(lineBytes, roomBytes);
    this.#reader = new CsvByteReader(file, path, {
      ...(request.table.contentHash === undefined ? { hash: this.#hash } : {}),
      room: this.#block.takeRoom(byteReaderBytes),
    });
    this.#outputRoom = this.#block.takeRoom(2 * byteOutputBytes);
  }

  static async start(request: CleanseRequest, file: FileHandle, path: string): Promise<Reading> {
    return new Reading(request, file, path, (await file.stat()).size);
  }

  /** Reads all rows; false as soon as something is not understood. */
  async run(): Promise<boolean> {
    const reader = this.#reader;
    const { signal } = this.#request;
    await reader.fill();
    reader.skipByteOrderMark();
    for (;;) {
      signal.throwIfAborted();
      const from = reader.start;
      const isUnderstood = this.#routes.length === 0 ? this.#takeHeader() : true;
      if (!isUnderstood || !(await this.#takeRecords())) return false;
      if (!isUtf8(reader.bytes.subarray(from, reader.start))) return false;
      await this.#writeRejected();
      this.#expectLines(reader.start - from);
      if (reader.isLast) return reader.start === reader.end && this.#routes.length > 0;
      await reader.fill();
    }
  }

  finish(): CleansedTable {
    const { table } = this.#request;
    refuseOtherCount(table, this.#row.value);
    const sinks = this.#routes.map((route) => route.plan.sink);
    for (const sink of sinks) sink.sourceRows = this.#row.value;
    const contentHash = table.contentHash ?? this.#hash.digest('hex');
    const release = (): void => this.#block.release();
    return { sinks, outputRoom: this.#outputRoom, contentHash, release };
  }

  async abandon(): Promise<void> {
    for (const route of this.#routes) await abandonSink(route.plan.sink);
  }

  async close(): Promise<void> {
    await this.#reader.settle();
  }

  /** False for a header that ends in a lone carriage return; one that goes on in the next piece is left there. */
  #takeHeader(): boolean {
    const reader = this.#reader;
    const scanner = this.#scanner;
    const outcome = scanner.scan(reader.bytes, reader.start, reader.end);
    if (outcome === 'cut') return !reader.isLast;
    if (outcome === 'malformed' || scanner.hasLoneReturn) return false;
    const columns = Array.from({ length: scanner.fields }, (_, field) =>
      scanner.textOf(reader.bytes, field),
    );
    const { commandColumn } = this.#request.table;
    const commandIndex = commandColumn === null ? -1 : columns.indexOf(commandColumn);
    this.#routes = openRoutes(this.#request, columns, commandIndex, this.#block);
    this.#growth = this.#routes.reduce((sum, route) => sum + route.growth, 0);
    this.#width = columns.length;
    this.#line += 1 + scanner.lineBreaks;
    reader.start = scanner.next;
    return true;
  }

  /** False for a record that is malformed or has another number of fields than the header. */
  async #takeRecords(): Promise<boolean> {
    if (this.#routes.length === 0) return true;
    const reader = this.#reader;
    const scanner = this.#scanner;
    const routes = this.#routes;
    const { bytes, end } = reader;
    const source = { scanner, bytes, row: this.#row, line: this.#line };
    for (;;) {
      const outcome = scanner.scan(bytes, reader.start, end);
      if (outcome !== 'record') return outcome === 'cut';
      if (scanner.fields !== this.#width) return false;
      const room = this.#growth * (scanner.next - scanner.start) + 100 * routes.length;
      if (!this.#block.hasRoom(room) || this.#rowsInMemory === this.#request.maxRowsInMemory)
        await this.#spill(room);
      this.#row.increase();
      source.line = this.#line;
      for (const route of routes) route.take(source);
      this.#rowsInMemory += 1;
      this.#line += 1 + scanner.lineBreaks;
      reader.start = scanner.next;
    }
  }

  async #spill(room: number): Promise<void> {
    for (const route of this.#routes) await route.plan.sink.sort.spill();
    this.#block.used = 0;
    this.#rowsInMemory = 0;
    if (!this.#block.hasRoom(room)) this.#block.enlarge(this.#block.size + 2 * room);
  }

  /** After the first rows: about how many lines there will be in memory, if the rest is like them. */
  #expectLines(bytes: number): void {
    if (this.#hasExpected || this.#row.value < 1_000) return;
    this.#hasExpected = true;
    for (const { plan } of this.#routes) {
      const { lines } = plan.sink.sort;
      if (lines.count === 0) continue;
      const ofFile = (this.#size / bytes) * lines.count;
      const ofBlock = (this.#block.size / this.#block.used) * lines.count;
      lines.expect(Math.ceil(Math.min(ofFile, ofBlock) * 1.02));
    }
  }

  async #writeRejected(): Promise<void> {
    for (const { rejected, plan } of this.#routes)
      if (rejected.length > 0) await plan.sink.nullKeys.write(rejected.splice(0));
  }
}

function refuseOtherCount(table: SourceTable, rows: number): void {
  if (table.expectedRows === undefined || table.expectedRows === rows) return;
  throw new PrepareError(
    'PREPARE_FILE_CHANGED',
    `The file ${table.name}.csv has ${rows} rows, but its export wrote ${table.expectedRows}.`,
    {
      hint: 'Somebody cut, edited or replaced it after the export. Export again; nothing was changed.',
      details: { table: table.name, rows, expected: table.expectedRows },
    },
  );
}

async function rewriteFile(from: string, to: string, signal: AbortSignal): Promise<void> {
  let output: ByteOutput | undefined;
  try {
    for await (const { columns, rows } of readCsvFile(from, signal)) {
      output ??= new ByteOutput(to, formatCsv([columns]));
      output.appendText(formatCsv(rows));
      if (output.isFull) await output.flush();
    }
    await output?.finish();
  } finally {
    await output?.abandon();
  }
}
