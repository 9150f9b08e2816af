/** The lines of one output to its clean file, each key once, and to the change file beside it. */
import { type Cells, formatCsv } from '../../connectors/index.ts';
import type { ByteOutput } from './byte-output.ts';
import { compareFolds } from './compare-folds.ts';
import type { DeltaWriter } from './compute-delta.ts';
import type { CsvOutput } from './csv-output.ts';
import type { LineCursor } from './sorted-lines.ts';
import { findCells, type Line, writeLine } from './write-line.ts';

export interface CleanFiles {
  readonly clean: ByteOutput;
  readonly duplicates: CsvOutput;
  /** Compares with the last reading; absent: there is none to compare with. */
  readonly delta?: DeltaWriter;
}

/** Lines between two looks at the signal. */
const linesPerLook = 4_096;

/**
 * Writes lines in order, one per key (letter case aside); the others go to `duplicates` with the word `equal` or
 * `conflict`. Of rows of a full reading the first in the source stays. Of changes the last stays: each one speaks of a
 * later moment than those before it.
 */
export async function writeClean(
  cursor: LineCursor,
  files: CleanFiles,
  source: { readonly table: string; readonly hasCommands: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const { clean, duplicates, delta } = files;
  const kept = new KeptLine();
  let untilLook = linesPerLook;
  while (cursor.advance() || (await cursor.refill())) {
    if (kept.hasFoldOf(cursor)) {
      const goes = source.hasCommands ? kept.copy() : cursor;
      if (source.hasCommands) kept.take(cursor);
      const stays = source.hasCommands ? cursor : kept;
      duplicates.add(describeDuplicate(source.table, goes, stays));
      if (duplicates.isFull) await duplicates.flush();
      continue;
    }
    if (source.hasCommands) {
      if (kept.isSet) writeLine(clean, kept);
    } else {
      writeLine(clean, cursor);
      while (delta !== undefined && !delta.take(cursor)) await delta.refill();
    }
    kept.take(cursor);
    if (clean.isFull) await clean.flush();
    if (delta?.output.isFull) await delta.output.flush();
    untilLook -= 1;
    if (untilLook > 0) continue;
    source.signal.throwIfAborted();
    untilLook = linesPerLook;
  }
  if (source.hasCommands && kept.isSet) writeLine(clean, kept);
  while (delta !== undefined && !delta.takeRest()) await delta.refill();
}

/** The text of a side file's line: what is said of the row, then its cells as they stand in the clean file. */
function describeDuplicate(table: string, goes: Line, stays: Line): string {
  const cells = findCells(goes);
  const text = Buffer.from(
    goes.bytes.buffer,
    goes.bytes.byteOffset + cells,
    goes.end - cells,
  ).toString('utf8');
  const digits = goes.bytes.subarray(goes.foldEnd + 1, cells);
  const lead: Cells = [
    table,
    String.fromCharCode(...digits),
    String(goes.sourceLine),
    saysTheSame(goes, stays) ? 'equal' : 'conflict',
  ];
  return formatCsv([lead]).slice(0, -1) + text;
}

/** The command and all cells but the row number. */
function saysTheSame(a: Line, b: Line): boolean {
  const [aStart, bStart] = [findCells(a), findCells(b)];
  if (a.flags !== b.flags || a.end - aStart !== b.end - bStart) return false;
  for (let at = 0; at < a.end - aStart; at += 1)
    if (a.bytes[aStart + at] !== b.bytes[bStart + at]) return false;
  return true;
}

/** The line that stays for its key, while lines with the same key may follow. */
class KeptLine implements Line {
  isSet = false;
  bytes: Uint8Array = new Uint8Array();
  start = 0;
  foldEnd = 0;
  end = 0;
  sourceLine = 0;
  flags = 0;
  #own = Buffer.alloc(1_024);

  take(line: LineCursor): void {
    this.isSet = true;
    this.sourceLine = line.sourceLine;
    this.flags = line.flags;
    const { bytes, start, foldEnd, end, isStable } = line;
    if (isStable) {
      this.bytes = bytes;
      this.start = start;
      this.foldEnd = foldEnd;
      this.end = end;
      return;
    }
    const length = end - start;
    if (this.#own.length < length) this.#own = Buffer.alloc(2 * length);
    this.#own.set(bytes.subarray(start, end));
    this.bytes = this.#own;
    this.start = 0;
    this.foldEnd = foldEnd - start;
    this.end = length;
  }

  hasFoldOf(line: Line): boolean {
    if (!this.isSet || this.foldEnd - this.start !== line.foldEnd - line.start) return false;
    const { bytes, start, foldEnd } = this;
    return compareFolds(bytes, start, foldEnd, line.bytes, line.start, line.foldEnd) === 0;
  }

  copy(): Line {
    const { start, foldEnd, end, sourceLine, flags } = this;
    const bytes = this.bytes.slice(start, end);
    return { bytes, start: 0, foldEnd: foldEnd - start, end: end - start, sourceLine, flags };
  }
}
