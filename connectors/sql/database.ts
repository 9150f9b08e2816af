/** What the connector asks of a database, whichever driver it comes through. */
import type { IsolationLevel } from './settings.ts';

/** What a column holds, as far as reading and writing text need to know. */
export type ValueKind =
  | 'text'
  | 'integer'
  | 'decimal'
  | 'float'
  | 'boolean'
  | 'date'
  | 'time'
  | 'timestamp'
  | 'zoned-timestamp'
  | 'binary'
  | 'guid'
  | 'other';

/** A value as bound to a parameter; text is converted by the database to the column's type. */
export type Bound = string | number | Uint8Array | null;

/** Rows of text, in the order of `columns`; a cell is `null` where the database holds NULL. */
export interface Chunk {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

export interface Statement {
  readonly text: string;
  readonly values: readonly Bound[];
}

/**
 * One open connection. Every wait counts against the connection's time limit and ends on abort; failures are
 * `ConnectorError`s. Not for parallel use.
 */
export interface Database extends AsyncDisposable {
  readonly dialect: Dialect;
  /** One sentence: product, version, database, user. */
  describe(): Promise<string>;
  /** Runs a query and hands out its rows in chunks; the first chunk always comes, even without rows. */
  stream(text: string, batchSize: number): AsyncIterable<Chunk>;
  /** Runs a statement that gives few rows. */
  select(statement: Statement): Promise<Chunk>;
  /** Runs a statement and gives the number of rows it touched. */
  run(statement: Statement): Promise<number>;
  /** Inserts one row and gives the value the database put in `column`. */
  insertReturning(statement: Statement, column: string): Promise<string | null>;
  begin(mode: 'read' | 'write', isolation: Exclude<IsolationLevel, 'null'> | null): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** The differences between databases, as named questions. */
export interface Dialect {
  readonly name: 'PostgreSQL' | 'MySQL' | 'SQL Server' | 'SQLite';
  quote(identifier: string): string;
  /** The n-th parameter of a statement, from 1. */
  placeholder(position: number): string;
  kindOf(typeName: string): ValueKind;
  /**
   * A condition true for rows whose column holds exactly the bound text: same case, same trailing spaces, whatever the
   * column's collation says. `bind` adds the value and gives its placeholder.
   */
  equals(column: string, kind: ValueKind, value: Bound, bind: (value: Bound) => string): string;
  /** Appended to a `SELECT` and to its table, so that the rows read stay as they are until the transaction ends. */
  readonly lock: { readonly table: string; readonly suffix: string };
  /** How a column is read where the plain column would lose digits in the driver. */
  readColumn(column: string, kind: ValueKind): string;
  /** Gives schema, table, column, type, 1 for a key column, 1 for the default schema; ordered by table, then position. */
  readonly catalogQuery: string;
}

/** A statement under construction: text with placeholders of the dialect, values beside it. */
export function createStatement(
  dialect: Dialect,
  build: (bind: (value: Bound) => string) => string,
): Statement {
  const values: Bound[] = [];
  const text = build((value) => {
    values.push(value);
    return dialect.placeholder(values.length);
  });
  return { text, values };
}
