/** Sorting of more rows than memory should hold: sorted runs on disk, then one merge. */
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cells, formatCsv, readCsvFile } from '../../connectors/index.ts';

/** Rows held in memory at most: about 100 MB of typical identities. */
const defaultMaxRows = 200_000;
const batchRows = 1_000;

/** Code-unit order of the first cell, then number order of the second: the same in every locale. */
export function compareByKeyAndRow(a: Cells, b: Cells): number {
  const keyA = a[0] ?? '';
  const keyB = b[0] ?? '';
  if (keyA < keyB) return -1;
  if (keyA > keyB) return 1;
  return Number(a[1]) - Number(b[1]);
}

/** Takes rows whose first cell is a key and whose second is a row number; gives them back in that order. */
export class ExternalSort {
  readonly #folder: string;
  readonly #maxRows: number;
  #rows: Cells[] = [];
  #runs = 0;

  /** `folder` is created when it is needed and removed by `dispose`. */
  constructor(folder: string, maxRows = defaultMaxRows) {
    this.#folder = folder;
    this.#maxRows = maxRows;
  }

  async add(row: Cells): Promise<void> {
    this.#rows.push(row);
    if (this.#rows.length >= this.#maxRows) await this.#spill();
  }

  async *sorted(): AsyncGenerator<readonly Cells[]> {
    this.#rows.sort(compareByKeyAndRow);
    if (this.#runs === 0) {
      for (let start = 0; start < this.#rows.length; start += batchRows) {
        yield this.#rows.slice(start, start + batchRows);
      }
      return;
    }
    await this.#spill();
    yield* this.#merge();
  }

  async dispose(): Promise<void> {
    this.#rows = [];
    if (this.#runs > 0) await rm(this.#folder, { recursive: true, force: true });
  }

  async #spill(): Promise<void> {
    if (this.#rows.length === 0) return;
    this.#rows.sort(compareByKeyAndRow);
    await mkdir(this.#folder, { recursive: true });
    const width = this.#rows[0]?.length ?? 0;
    const file = await open(this.#runPath(this.#runs), 'w');
    try {
      await file.write(formatCsv([Array.from({ length: width }, (_, index) => `c${index}`)]));
      for (let start = 0; start < this.#rows.length; start += batchRows) {
        await file.write(formatCsv(this.#rows.slice(start, start + batchRows)));
      }
    } finally {
      await file.close();
    }
    this.#runs += 1;
    this.#rows = [];
  }

  async *#merge(): AsyncGenerator<readonly Cells[]> {
    const heads: RunHead[] = [];
    for (let run = 0; run < this.#runs; run += 1) {
      const head = new RunHead(this.#runPath(run));
      if (await head.advance()) heads.push(head);
    }
    try {
      let batch: Cells[] = [];
      while (heads.length > 0) {
        const least = heads.reduce((best, head) =>
          compareByKeyAndRow(head.row, best.row) < 0 ? head : best,
        );
        batch.push(least.row);
        if (batch.length === batchRows) {
          yield batch;
          batch = [];
        }
        if (!(await least.advance())) heads.splice(heads.indexOf(least), 1);
      }
      if (batch.length > 0) yield batch;
    } finally {
      for (const head of heads) await head.close();
    }
  }

  #runPath(run: number): string {
    return join(this.#folder, `run-${run}.csv`);
  }
}

class RunHead {
  row: Cells = [];
  readonly #batches: AsyncGenerator<{ readonly rows: readonly Cells[] }>;
  #rows: readonly Cells[] = [];
  #next = 0;

  constructor(path: string) {
    this.#batches = readCsvFile(path);
  }

  async close(): Promise<void> {
    await this.#batches.return(undefined);
  }

  async advance(): Promise<boolean> {
    while (this.#next >= this.#rows.length) {
      const batch = await this.#batches.next();
      if (batch.done === true) return false;
      this.#rows = batch.value.rows;
      this.#next = 0;
    }
    this.row = this.#rows[this.#next] ?? [];
    this.#next += 1;
    return true;
  }
}
