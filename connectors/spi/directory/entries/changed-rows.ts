/** Rows of a table of changes, kept until it is certain that they are all of them. */
import type { TableBatch } from '../../package.ts';
import type { Row } from '../../row.ts';
import { batchSize } from './table-rows.ts';

/** More changes than this are not worth telling one by one: everything is read and compared instead. */
const maxRows = 20_000;
const maxBytes = 64 * 1024 * 1024;

/** The column that says what a row means; tables that are read completely have none. */
export const commandColumn = 'Command';

export type ChangeCommand = 'Insert' | 'Update' | 'Delete';

/** Changed entries by key, at most 20,000 of them and 64 MiB; the last word on a key counts. */
export class ChangedRows {
  readonly #rows = new Map<string, Row>();
  #bytes = 0;

  /** `bytes` is about what the row takes. */
  set(key: Buffer, row: Row, bytes: number): void {
    this.#rows.set(key.toString('latin1'), row);
    this.#bytes += bytes;
  }

  get isTooMany(): boolean {
    return this.#rows.size > maxRows || this.#bytes > maxBytes;
  }

  get count(): number {
    return this.#rows.size;
  }

  has(key: Buffer): boolean {
    return this.#rows.has(key.toString('latin1'));
  }

  delete(key: Buffer): void {
    this.#rows.delete(key.toString('latin1'));
  }

  *keys(): Generator<Buffer, void, undefined> {
    for (const key of this.#rows.keys()) yield Buffer.from(key, 'latin1');
  }

  *entries(): Generator<readonly [key: Buffer, row: Row], void, undefined> {
    for (const [key, row] of this.#rows) yield [Buffer.from(key, 'latin1'), row];
  }
}

/** One table of changes with its proof: rows as they come, a command in front of each. */
export function* writeChanges(
  table: string,
  columns: readonly string[],
  rows: Iterable<Row>,
  evidence: string,
): Generator<TableBatch, void, undefined> {
  let batch: Row[] = [];
  let written = 0;
  const names = [commandColumn, ...columns];
  const flush = (): TableBatch => {
    const full = batch;
    batch = [];
    written += full.length;
    return { kind: 'rows', table, columns: names, rows: full };
  };
  for (const row of rows) {
    batch.push(row);
    if (batch.length === batchSize) yield flush();
  }
  if (batch.length > 0 || written === 0) yield flush();
  yield { kind: 'end', table, rows: written, evidence, commandColumn };
}
