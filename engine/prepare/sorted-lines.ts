/** The lines of one output, sorted: in memory as far as they fit, in sorted runs on disk past that, merged in the end. */
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { compareFolds } from './compare-folds.ts';
import { type LineBlock, LineList } from './line-list.ts';
import { orderLines } from './order-lines.ts';

/** One line at a time, in order. `advance` moves on without waiting where it can, else `refill` does; both say whether there is a line. */
export interface LineCursor {
  readonly bytes: Uint8Array;
  readonly start: number;
  /** End of the folded key, start of the rest. */
  readonly foldEnd: number;
  readonly end: number;
  readonly sourceLine: number;
  readonly flags: number;
  /** The bytes stay as they are after `advance`. */
  readonly isStable: boolean;
  advance(): boolean;
  refill(): Promise<boolean>;
  close(): Promise<void>;
}

const headerBytes = 16;
const runBufferBytes = 256 * 1024;
const touchedLines = 16;

/** Takes lines into memory; `spill` moves them to disk. `folder` is created when it is needed and removed by `dispose`. */
export class SortedLines {
  readonly lines: LineList;
  readonly #folder: string;
  #runs = 0;

  constructor(folder: string, block: LineBlock) {
    this.#folder = folder;
    this.lines = new LineList(block);
  }

  async spill(): Promise<void> {
    if (this.lines.count === 0) return;
    const order = orderLines(this.lines);
    await mkdir(this.#folder, { recursive: true });
    const file = await open(this.#runPath(this.#runs), 'w', 0o600);
    try {
      await writeRun(file, this.lines, order);
    } finally {
      await file.close();
    }
    this.#runs += 1;
    this.lines.clear();
  }

  /** To be asked once, after the last line. */
  async sorted(): Promise<LineCursor> {
    if (this.#runs === 0) return new MemoryCursor(this.lines, orderLines(this.lines));
    await this.spill();
    const heads: RunHead[] = [];
    try {
      for (let run = 0; run < this.#runs; run += 1)
        heads.push(new RunHead(await open(this.#runPath(run), 'r')));
      return new MergeCursor(heads);
    } catch (error) {
      for (const head of heads) await head.close();
      throw error;
    }
  }

  async dispose(): Promise<void> {
    this.lines.clear();
    if (this.#runs > 0) await rm(this.#folder, { recursive: true, force: true });
  }

  #runPath(run: number): string {
    return join(this.#folder, `run-${run}`);
  }
}

/** Lines with a header of four numbers each: length, length of the folded key, line of the source, flags. */
async function writeRun(file: FileHandle, lines: LineList, order: Uint32Array): Promise<void> {
  let buffer = Buffer.allocUnsafeSlow(2 * runBufferBytes);
  let used = 0;
  for (const line of order) {
    const start = lines.startOf(line);
    const length = lines.lengthOf(line);
    if (used + headerBytes + length > buffer.length) {
      await file.writeFile(buffer.subarray(0, used));
      used = 0;
      if (headerBytes + length > buffer.length)
        buffer = Buffer.allocUnsafeSlow(headerBytes + length);
    }
    buffer.writeUInt32LE(length, used);
    buffer.writeUInt32LE(lines.foldLengthOf(line), used + 4);
    buffer.writeUInt32LE(lines.sourceLineOf(line), used + 8);
    buffer.writeUInt32LE(lines.flagsOf(line), used + 12);
    lines.block.bytes.copy(buffer, used + headerBytes, start, start + length);
    used += headerBytes + length;
  }
  await file.writeFile(buffer.subarray(0, used));
}

class MemoryCursor implements LineCursor {
  readonly isStable = true;
  readonly bytes: Uint8Array;
  start = 0;
  foldEnd = 0;
  end = 0;
  sourceLine = 0;
  flags = 0;
  readonly #lines: LineList;
  readonly #order: Uint32Array;
  #next = 0;
  /** Of no meaning: it keeps the touching from being left out as useless. */
  #seen = 0;

  constructor(lines: LineList, order: Uint32Array) {
    this.bytes = lines.block.bytes;
    this.#lines = lines;
    this.#order = order;
  }

  advance(): boolean {
    const order = this.#order;
    if (this.#next === order.length) return false;
    if (this.#next % touchedLines === 0) this.#touchNext();
    const lines = this.#lines;
    const line = order[this.#next] as number;
    this.#next += 1;
    this.start = lines.startOf(line);
    this.foldEnd = this.start + lines.foldLengthOf(line);
    this.end = this.start + lines.lengthOf(line);
    this.sourceLine = lines.sourceLineOf(line);
    this.flags = lines.flagsOf(line);
    return true;
  }

  /**
   * Lines stand anywhere in memory. Touching some of them together, before they are needed, lets the processor fetch them
   * at the same time instead of one after the other.
   */
  #touchNext(): void {
    const end = Math.min(this.#next + touchedLines, this.#order.length);
    const { bytes } = this;
    let seen = this.#seen;
    for (let next = this.#next; next < end; next += 1) {
      const start = this.#lines.startOf(this.#order[next] as number);
      // Past the last line there are buffers, so that these bytes exist.
      seen ^=
        (bytes[start] as number) ^ (bytes[start + 64] as number) ^ (bytes[start + 128] as number);
    }
    this.#seen = seen;
  }

  async refill(): Promise<boolean> {
    return false;
  }

  async close(): Promise<void> {}
}

class RunHead {
  bytes = Buffer.allocUnsafeSlow(runBufferBytes);
  start = 0;
  foldEnd = 0;
  end = 0;
  sourceLine = 0;
  flags = 0;
  readonly #file: FileHandle;
  #filled = 0;
  #isDone = false;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Moves to the next line if it is in memory. */
  advance(): boolean {
    const header = this.end;
    const { bytes } = this;
    if (header + headerBytes > this.#filled) return false;
    const start = header + headerBytes;
    const end = start + bytes.readUInt32LE(header);
    if (end > this.#filled) return false;
    this.start = start;
    this.end = end;
    this.foldEnd = start + bytes.readUInt32LE(header + 4);
    this.sourceLine = bytes.readUInt32LE(header + 8);
    this.flags = bytes.readUInt32LE(header + 12);
    return true;
  }

  async refill(): Promise<boolean> {
    while (!this.#isDone) {
      const rest = this.#filled - this.end;
      if (rest >= this.bytes.length) {
        const larger = Buffer.allocUnsafeSlow(this.bytes.length * 2);
        this.bytes.copy(larger, 0, this.end, this.#filled);
        this.bytes = larger;
      } else this.bytes.copyWithin(0, this.end, this.#filled);
      this.end = 0;
      const { bytesRead } = await this.#file.read(this.bytes, rest, this.bytes.length - rest);
      this.#filled = rest + bytesRead;
      this.#isDone = bytesRead === 0;
      if (this.advance()) return true;
    }
    return false;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** The least of the runs' lines; of equal keys that of the earlier run, whose rows came first. */
class MergeCursor implements LineCursor {
  readonly isStable = false;
  bytes: Uint8Array = new Uint8Array();
  start = 0;
  foldEnd = 0;
  end = 0;
  sourceLine = 0;
  flags = 0;
  readonly #files: readonly RunHead[];
  #heads: RunHead[] = [];
  /** The head whose line was given last. */
  #least: RunHead | undefined;
  #isStarted = false;

  constructor(heads: readonly RunHead[]) {
    this.#files = heads;
  }

  advance(): boolean {
    if (!this.#isStarted || this.#least?.advance() === false) return false;
    return this.#choose();
  }

  async refill(): Promise<boolean> {
    if (!this.#isStarted) {
      this.#isStarted = true;
      for (const head of this.#files) if (await head.refill()) this.#heads.push(head);
    } else if (this.#least !== undefined && !(await this.#least.refill())) {
      this.#heads = this.#heads.filter((head) => head !== this.#least);
      this.#least = undefined;
    }
    return this.#choose();
  }

  async close(): Promise<void> {
    for (const head of this.#files) await head.close();
  }

  #choose(): boolean {
    let least: RunHead | undefined;
    for (const head of this.#heads) {
      if (least === undefined || compareHeads(head, least) < 0) least = head;
    }
    this.#least = least;
    if (least === undefined) return false;
    this.bytes = least.bytes;
    this.start = least.start;
    this.foldEnd = least.foldEnd;
    this.end = least.end;
    this.sourceLine = least.sourceLine;
    this.flags = least.flags;
    return true;
  }
}

function compareHeads(a: RunHead, b: RunHead): number {
  return compareFolds(a.bytes, a.start, a.foldEnd, b.bytes, b.start, b.foldEnd);
}
