/** Rows of one table on their way out. */
import type { TableBatch } from '../package.ts';
import type { Row } from '../row.ts';

const maxRows = 1_000;

/** Gathers rows into batches of 1,000, and counts them. */
export class RowBatches {
  /** Rows taken so far. */
  count = 0;
  readonly #table: string;
  readonly #columns: readonly string[];
  #pending: Row[] = [];

  constructor(table: string, columns: readonly string[]) {
    this.#table = table;
    this.#columns = columns;
  }

  /** Takes a row; the batch that it fills, if it does. */
  add(row: Row): TableBatch | undefined {
    this.count += 1;
    return this.#pending.push(row) < maxRows ? undefined : this.#take();
  }

  /** A batch of nothing, to begin with: even a table without rows has columns. */
  first(): Extract<TableBatch, { kind: 'rows' }> {
    return { kind: 'rows', table: this.#table, columns: this.#columns, rows: [] };
  }

  /** What is left at the end. */
  rest(): readonly TableBatch[] {
    return this.#pending.length === 0 ? [] : [this.#take()];
  }

  #take(): TableBatch {
    const rows = this.#pending;
    this.#pending = [];
    return { ...this.first(), rows };
  }
}
