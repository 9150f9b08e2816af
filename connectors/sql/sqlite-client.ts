/** knex's SQLite client over `node:sqlite`. */
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import SqliteClient from 'knex/lib/dialects/sqlite3/index.js';

/** What a statement gives: rows, or how many it touched. */
export interface SqliteResult {
  readonly statement: StatementSync;
  readonly rows: readonly (readonly SQLOutputValue[])[];
  readonly changes: number;
}

interface Query {
  readonly sql: string;
  readonly bindings?: readonly SQLInputValue[];
  response?: SqliteResult;
}

/** Integers are read as `bigint`, rows as arrays. */
export class NodeSqliteClient extends SqliteClient {
  /** The driver is part of Node. */
  _driver(): undefined {
    return undefined;
  }

  async _query(database: DatabaseSync, query: Query): Promise<Query> {
    const statement = prepareSqlite(database, query.sql);
    const bindings = query.bindings ?? [];
    if (statement.columns().length > 0) {
      query.response = { statement, rows: readArrays(statement.all(...bindings)), changes: 0 };
    } else {
      const { changes } = statement.run(...bindings);
      query.response = { statement, rows: [], changes: Number(changes) };
    }
    return query;
  }
}

/** For a connection that writes: a transaction takes the write lock at once, as after a read it may not come by it any more. */
export class WritingSqliteClient extends NodeSqliteClient {
  override _query(database: DatabaseSync, query: Query): Promise<Query> {
    const isBegin = query.sql === 'BEGIN;';
    return super._query(database, isBegin ? { ...query, sql: 'BEGIN IMMEDIATE;' } : query);
  }
}

/** A statement that gives `bigint`s and arrays. */
export function prepareSqlite(database: DatabaseSync, text: string): StatementSync {
  const statement = database.prepare(text);
  statement.setReadBigInts(true);
  statement.setReturnArrays(true);
  return statement;
}

function readArrays(rows: readonly unknown[]): readonly (readonly SQLOutputValue[])[] {
  // `setReturnArrays` makes rows arrays; the types of node:sqlite still say records.
  return rows as readonly (readonly SQLOutputValue[])[];
}
