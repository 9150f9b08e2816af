/** What the connector asks of a database, whichever driver it comes through. */

export const isolationLevels = [
  'ReadUncommitted',
  'ReadCommitted',
  'RepeatableRead',
  'Serializable',
  'Snapshot',
] as const;
export type IsolationLevel = (typeof isolationLevels)[number];

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

/** A column of a result as the catalogue has it. */
export interface KnownColumn {
  readonly name: string;
  readonly kind: ValueKind;
}

/** Whole lines of CSV, to the byte as the files between steps would have these rows. */
export interface LineChunk {
  readonly bytes: Uint8Array;
  readonly rows: number;
}

/** Rows of text, in the order of `columns`; a cell is `null` where the database holds NULL. */
export interface Chunk {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** The rows, where they come as lines: `rows` is empty then. */
  readonly lines?: LineChunk;
}

export interface StreamOptions {
  /** As in `Statement`. */
  readonly known?: readonly KnownColumn[];
  /** Asked once, with the names of the columns, before the first row: whether rows may come as lines. They need not. */
  readonly takesLines?: (columns: readonly string[]) => boolean;
}

export interface Statement {
  readonly text: string;
  readonly values: readonly Bound[];
  /** The columns of its result, where the statement was made from a catalogue: drivers may know less. */
  readonly known?: readonly KnownColumn[];
}

/**
 * One open connection. Every wait counts against the connection's time limit and ends on abort; failures are
 * `ConnectorError`s. Not for parallel use.
 */
export interface Database extends AsyncDisposable {
  readonly dialect: Dialect;
  /** One sentence: product, version, database, user. */
  describe(): Promise<string>;
  /** Runs a query and hands out its rows in chunks; the first chunk always comes, even without rows. Lines are good until the next chunk is asked for. */
  stream(text: string, batchSize: number, options?: StreamOptions): AsyncIterable<Chunk>;
  /** Runs a statement that gives few rows. */
  select(statement: Statement): Promise<Chunk>;
  /** Runs a statement and gives the number of rows it touched. */
  run(statement: Statement): Promise<number>;
  /** What the dialect's `catalogQuery` would give, where the database has no catalogue that a query can read. */
  listColumns?(): Promise<Chunk>;
  /** Inserts one row and gives the value the database put in `column`. */
  insertReturning(statement: Statement, column: string): Promise<string | null>;
  begin(mode: 'read' | 'write', isolation: IsolationLevel | null): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** The differences between databases, as named questions. */
export interface Dialect {
  readonly name: 'PostgreSQL' | 'MySQL' | 'SQL Server' | 'SQLite' | 'Oracle' | 'SAP ASE' | 'ODBC';
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
  /** Orders are not carried out in it, as nobody has tried. */
  readonly refusesOrders?: true;
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
