/** The differences between databases, as named questions. Nothing else in the store asks which database it talks to. */
import type { Knex } from 'knex';

export interface Dialect {
  readonly name: 'sqlite' | 'postgres';
  /** Most bound parameters of one statement. */
  readonly maxParameters: number;
  /** The condition "these two columns hold different values, null counted as a value". */
  isDistinct(left: string, right: string): string;
  /** A temporary table's creation prefix; it lives as long as the transaction. */
  readonly temporaryTable: (name: string, columns: string) => string;
  /** Inserts rows given as arrays in the order of `columns`, as fast as the driver can. */
  insertRows(
    tx: Knex.Transaction,
    table: string,
    columns: readonly string[],
    rows: readonly (readonly SqlValue[])[],
  ): Promise<void>;
  /** Takes the row lock, where the database has one, on rows that the transaction will decide about. */
  readonly forUpdate: string;
  /** Makes processes that open one store at the same time bring it up to date one after the other. */
  lockSchema(tx: Knex.Transaction): Promise<void>;
  /** Tells the planner about a table that was just filled. */
  analyze(tx: Knex.Transaction, table: string): Promise<void>;
}

export type SqlValue = string | number | null;

export const sqliteDialect: Dialect = {
  name: 'sqlite',
  maxParameters: 30_000,
  isDistinct: (left, right) => `${left} is not ${right}`,
  temporaryTable: (name, columns) => `create temporary table "${name}" (${columns})`,
  async insertRows(tx, table, columns, rows) {
    await insertValues(
      tx,
      table,
      columns,
      rows,
      Math.min(500, Math.floor(30_000 / columns.length)),
    );
  },
  forUpdate: '',
  // The transaction that migrates holds the only write lock there is.
  async lockSchema() {},
  async analyze() {},
};

/** Any number that nobody else locks: `lockstep` as a telephone would spell it. */
const schemaLock = 56_257_837;

export const postgresDialect: Dialect = {
  name: 'postgres',
  maxParameters: 60_000,
  isDistinct: (left, right) => `${left} is distinct from ${right}`,
  temporaryTable: (name, columns) => `create temporary table "${name}" (${columns}) on commit drop`,
  async insertRows(tx, table, columns, rows) {
    await insertValues(
      tx,
      table,
      columns,
      rows,
      Math.min(1_000, Math.floor(60_000 / columns.length)),
    );
  },
  forUpdate: ' for update',
  async lockSchema(tx) {
    await tx.raw('select pg_advisory_xact_lock(?)', [schemaLock]);
  },
  async analyze(tx, table) {
    await tx.raw(`analyze "${table}"`);
  },
};

async function insertValues(
  tx: Knex.Transaction,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly SqlValue[])[],
  chunkSize: number,
): Promise<void> {
  const names = columns.map((column) => `"${column}"`).join(', ');
  const group = `(${columns.map(() => '?').join(', ')})`;
  for (let start = 0; start < rows.length; start += chunkSize) {
    const chunk = rows.slice(start, start + chunkSize);
    const values = Array.from({ length: chunk.length }, () => group).join(', ');
    await tx.raw(`insert into "${table}" (${names}) values ${values}`, chunk.flat());
  }
}
