/** The difference of two clean files, by one pass over both. */
import { type Cells, readCsvFile } from '../../connectors/index.ts';
import type { CsvOutput } from './csv-output.ts';

/**
 * Writes to `delta` what leads from `previousPath` to `currentPath`: `merge` with the whole row for what is new or
 * different, `delete` with the key for what is gone. Both files are sorted by `fold`; the source's row number is not
 * part of the comparison. Without `canDelete` nothing is reported as gone. Returns the number of changes.
 */
export async function computeDelta(
  previousPath: string,
  currentPath: string,
  delta: CsvOutput,
  options: { readonly canDelete: boolean; readonly signal: AbortSignal },
): Promise<number> {
  const { canDelete, signal } = options;
  const previous = new CleanFile(previousPath, signal);
  const current = new CleanFile(currentPath, signal);
  try {
    await compareFiles(previous, current, delta, canDelete);
  } finally {
    await previous.close();
    await current.close();
  }
  return delta.rows;
}

async function compareFiles(
  previous: CleanFile,
  current: CleanFile,
  delta: CsvOutput,
  canDelete: boolean,
): Promise<void> {
  await previous.advance();
  await current.advance();
  while (current.row !== undefined || previous.row !== undefined) {
    const before = previous.row;
    const now = current.row;
    const order = now === undefined ? 1 : before === undefined ? -1 : compareFolds(now, before);
    if (order < 0 && now !== undefined) {
      await delta.write([['merge', ...now]]);
      await current.advance();
    } else if (order > 0 && before !== undefined) {
      if (canDelete) await delta.write([['delete', ...before]]);
      await previous.advance();
    } else if (now !== undefined && before !== undefined) {
      if (now[2] !== before[2] && canDelete) await delta.write([['delete', ...before]]);
      if (!isSame(now, before)) await delta.write([['merge', ...now]]);
      await current.advance();
      await previous.advance();
    }
  }
}

function compareFolds(a: Cells, b: Cells): number {
  const left = a[0] ?? '';
  const right = b[0] ?? '';
  if (left < right) return -1;
  return left > right ? 1 : 0;
}

/** All cells but the row number. */
function isSame(a: Cells, b: Cells): boolean {
  return a.length === b.length && a.every((cell, index) => index === 1 || cell === b[index]);
}

class CleanFile {
  row: Cells | undefined;
  readonly #batches: AsyncGenerator<{ readonly rows: readonly Cells[] }, void, undefined>;
  #rows: readonly Cells[] = [];
  #next = 0;

  constructor(path: string, signal: AbortSignal) {
    this.#batches = readCsvFile(path, signal);
  }

  async close(): Promise<void> {
    await this.#batches.return();
  }

  async advance(): Promise<void> {
    while (this.#next >= this.#rows.length) {
      const batch = await this.#batches.next();
      if (batch.done === true) {
        this.row = undefined;
        return;
      }
      this.#rows = batch.value.rows;
      this.#next = 0;
    }
    this.row = this.#rows[this.#next];
    this.#next += 1;
  }
}
