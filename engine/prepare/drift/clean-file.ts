/**
 * Looks into a clean file without reading all of it: rows spread evenly over the file, and rows by their key. Rows stand in
 * the order of `fold`, so that a key is found by halving. Files below two megabytes are read whole.
 *
 * Reads are synchronous: they come by the thousand, are of a few kilobytes that the last writer left in memory, and cost a
 * few microseconds each; a promise for each costs ten times that.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { foldKey } from '../normalize-key.ts';

/** A row by the names of its columns: `fold`, `row`, `key`, `p.<property>` or `value1`, `value2`. */
export type CleanRow = ReadonlyMap<string, string | null>;

const smallFileBytes = 2 * 1024 * 1024;
const blockBytes = 4 * 1024;
/** Past this a row is not looked for any further. */
const maxRowBytes = 4 * 1024 * 1024;

interface Placed {
  readonly start: number;
  readonly end: number;
  readonly cells: readonly (string | null)[];
}

export class CleanFile implements Disposable {
  readonly columns: readonly string[];
  readonly #file: number;
  readonly #size: number;
  readonly #bodyStart: number;
  readonly #foldIndex: number;
  readonly #all: readonly Placed[] | undefined;
  #sparse: readonly Placed[] = [];

  constructor(path: string) {
    this.#file = openSync(path, 'r');
    this.#size = fstatSync(this.#file).size;
    const header = this.#readAt(0);
    this.columns = (header?.cells ?? []).map((cell) => cell ?? '');
    this.#bodyStart = header?.end ?? this.#size;
    this.#foldIndex = this.columns.indexOf('fold');
    if (this.#size - this.#bodyStart <= smallFileBytes) this.#all = this.#readAll();
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }

  /** Up to `count` rows, in the order of the file, the first and the last among them. */
  sample(count: number): readonly CleanRow[] {
    return this.#place(count).map((placed) => this.#toRow(placed));
  }

  /** All rows, in the order of the file. */
  *rows(): Generator<CleanRow, void, undefined> {
    for (const placed of this.#all ?? []) yield this.#toRow(placed);
    if (this.#all !== undefined) return;
    let bytes = this.#readBytes(this.#bodyStart, maxRowBytes);
    let offset = this.#bodyStart;
    for (let at = 0; ; ) {
      const row = cutRow(bytes, at);
      if (row !== undefined) {
        yield this.#toRow({ ...row, start: 0, end: 0 });
        at = row.end;
        continue;
      }
      if (at === 0) return;
      offset += at;
      at = 0;
      bytes = this.#readBytes(offset, maxRowBytes);
    }
  }

  /** The row of a key, in its folded form. */
  find(fold: string): CleanRow | undefined {
    const rows = this.#all ?? this.#sparse;
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#foldOf(rows[middle]) < fold) low = middle + 1;
      else high = middle;
    }
    const at = rows[low];
    if (at !== undefined && this.#foldOf(at) === fold) return this.#toRow(at);
    if (this.#all !== undefined) return undefined;
    return this.#findBetween(fold, rows[low - 1], at);
  }

  #findBetween(
    fold: string,
    before: Placed | undefined,
    after: Placed | undefined,
  ): CleanRow | undefined {
    let low = before?.end ?? this.#bodyStart;
    let high = after?.start ?? this.#size;
    let bounds = { least: this.#foldOf(before), most: after && this.#foldOf(after) };
    while (high - low > blockBytes) {
      const row = this.#rowAfter(low + Math.floor((high - low) / 2), high);
      if (row === undefined || row.start >= high) break;
      const found = this.#foldOf(row);
      // Text in quotes that looks like a row stands out of order; then the rest is read one by one.
      if (found <= bounds.least || (bounds.most !== undefined && found >= bounds.most)) break;
      if (found === fold) return this.#toRow(row);
      if (found < fold) {
        low = row.end;
        bounds = { ...bounds, least: found };
      } else {
        high = row.start;
        bounds = { ...bounds, most: found };
      }
    }
    return this.#scan(fold, low, high);
  }

  /** One row after the other; their keys are compared as bytes, and only the row found is read. */
  #scan(fold: string, low: number, high: number): CleanRow | undefined {
    const wanted = Buffer.from(`${fold},`, 'utf8');
    const bytes = this.#readBytes(low, Math.min(high - low, maxRowBytes));
    for (let start = 0; start < bytes.length; ) {
      const end = findRowEnd(bytes, start);
      if (end === -1) return undefined;
      const isPlain = bytes[start] !== quote && this.#foldIndex === 0;
      if (isPlain ? startsWith(bytes, start, wanted) : true) {
        const cells = splitLine(bytes.toString('utf8', start, end));
        const found = cells[this.#foldIndex] ?? '';
        if (found === fold) return this.#toRow({ cells, start: 0, end: 0 });
      }
      start = end + 1;
    }
    return undefined;
  }

  #place(count: number): readonly Placed[] {
    const all = this.#all;
    if (all !== undefined) {
      if (all.length <= count) return all;
      return Array.from({ length: count }, (_, index) => index).flatMap(
        (index) => all[Math.round((index * (all.length - 1)) / (count - 1))] ?? [],
      );
    }
    if (this.#sparse.length === 0) this.#sparse = this.#readSparse(count);
    return this.#sparse;
  }

  #readAll(): readonly Placed[] {
    const rows: Placed[] = [];
    const text = this.#readBytes(this.#bodyStart, this.#size - this.#bodyStart);
    for (let start = 0; start < text.length; ) {
      const row = cutRow(text, start);
      if (row === undefined) break;
      rows.push({ ...row, start: 0, end: 0 });
      start = row.end;
    }
    return rows;
  }

  #readSparse(count: number): readonly Placed[] {
    const rows: Placed[] = [];
    const step = (this.#size - this.#bodyStart) / count;
    let last = -1;
    for (let index = 0; index < count; index += 1) {
      const offset = this.#bodyStart + Math.floor(index * step);
      const row = index === 0 ? this.#readAt(offset) : this.#rowAfter(offset, this.#size);
      if (row === undefined || row.start <= last) continue;
      last = row.start;
      rows.push(row);
    }
    return this.#withoutOutliers(rows);
  }

  /** Text in quotes that looks like a row seldom stands in the order of the rows around it. */
  #withoutOutliers(rows: readonly Placed[]): readonly Placed[] {
    const kept: Placed[] = [];
    for (const [index, row] of rows.entries()) {
      const fold = this.#foldOf(row);
      const last = this.#foldOf(kept.at(-1));
      const next = rows[index + 1];
      const isInOrder = next === undefined || fold < this.#foldOf(next);
      if (fold > last && (isInOrder || this.#foldOf(next) <= last)) kept.push(row);
    }
    return kept;
  }

  /** The first row that starts behind `offset` and before `limit`. A line break inside quotes is no start of a row. */
  #rowAfter(offset: number, limit: number): Placed | undefined {
    let from = offset;
    for (let attempt = 0; attempt < 200 && from < limit; attempt += 1) {
      const bytes = this.#readBytes(from, blockBytes);
      const at = bytes.indexOf(10);
      if (at === -1) {
        from += bytes.length === 0 ? blockBytes : bytes.length;
        continue;
      }
      from += at + 1;
      const row = this.#readAt(from);
      if (row !== undefined && this.#isRow(row)) return row;
    }
    return undefined;
  }

  #isRow({ cells }: Placed): boolean {
    if (cells.length !== this.columns.length) return false;
    const value = (name: string): string => cells[this.columns.indexOf(name)] ?? '';
    const isEntity = this.columns.includes('key');
    const key = isEntity ? value('key') : `${value('value1')}\u001f${value('value2')}`;
    return /^\d+$/.test(value('row')) && foldKey(key) === cells[this.#foldIndex];
  }

  #readAt(start: number): Placed | undefined {
    for (let length = blockBytes; length <= maxRowBytes; length *= 8) {
      const row = cutRow(this.#readBytes(start, length), 0);
      if (row !== undefined) return { ...row, start, end: start + row.end };
      if (start + length >= this.#size) return undefined;
    }
    return undefined;
  }

  #readBytes(start: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.#size - start)));
    let read = 0;
    while (read < buffer.length) {
      const bytes = readSync(this.#file, buffer, read, buffer.length - read, start + read);
      if (bytes === 0) break;
      read += bytes;
    }
    return buffer.subarray(0, read);
  }

  #foldOf(placed: Placed | undefined): string {
    return placed?.cells[this.#foldIndex] ?? '';
  }

  #toRow({ cells }: Placed): CleanRow {
    return new Map(this.columns.map((column, index) => [column, cells[index] ?? null]));
  }
}

const quote = 34;
const lineFeed = 10;

/** The record that begins at `start` and the byte behind it; `undefined` when its end is not among the bytes. */
function cutRow(
  bytes: Buffer,
  start: number,
): { readonly cells: readonly (string | null)[]; readonly end: number } | undefined {
  const end = findRowEnd(bytes, start);
  if (end === -1) return undefined;
  const line = bytes.toString('utf8', start, end);
  return { cells: splitLine(line), end: end + 1 };
}

/** Where the line break of the record that begins at `start` stands; -1 when it is not among the bytes. */
function findRowEnd(bytes: Buffer, start: number): number {
  const end = bytes.indexOf(lineFeed, start);
  const firstQuote = bytes.indexOf(quote, start);
  if (end === -1 || firstQuote === -1 || firstQuote > end) return end;
  let isQuoted = false;
  for (let at = firstQuote; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === quote) isQuoted = !isQuoted;
    else if (byte === lineFeed && !isQuoted) return at;
  }
  return -1;
}

function startsWith(bytes: Buffer, start: number, wanted: Buffer): boolean {
  for (let at = 0; at < wanted.length; at += 1) if (bytes[start + at] !== wanted[at]) return false;
  return true;
}

function splitLine(line: string): readonly (string | null)[] {
  if (!line.includes('"')) return line.split(',').map((cell) => (cell === '' ? null : cell));
  const cells: (string | null)[] = [];
  // A field in quotes, or plain text, which holds none; then the comma before the next one.
  const field = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/gy;
  for (let match = field.exec(line); match !== null; match = field.exec(line)) {
    const cell = match[1]?.replaceAll('""', '"') ?? match[2] ?? '';
    cells.push(cell === '' ? null : cell);
    if (match[3] === '') break;
  }
  return cells;
}
