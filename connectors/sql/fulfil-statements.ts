/** Statements on one table; names are quoted, values are parameters. */

import {
  type Bound,
  createStatement,
  type Dialect,
  type Statement,
  type ValueKind,
} from '../spi/database/database.ts';
import { type CatalogTable, quoteTable } from './catalog.ts';
import type { MappedColumn } from './stored-values.ts';

/** A column and the value to write or to look for. */
export interface Assignment {
  readonly column: string;
  readonly kind: ValueKind;
  readonly value: Bound;
}

export function assign(mapped: MappedColumn, value: Bound): Assignment {
  return { column: mapped.column.name, kind: mapped.column.kind, value };
}

export function insertInto(
  dialect: Dialect,
  table: CatalogTable,
  cells: readonly Assignment[],
): Statement {
  const columns = cells.map((cell) => dialect.quote(cell.column)).join(', ');
  return createStatement(
    dialect,
    (bind) =>
      `INSERT INTO ${quoteTable(dialect, table)} (${columns}) VALUES (${cells.map((cell) => bind(cell.value)).join(', ')})`,
  );
}

export function updateWhere(
  dialect: Dialect,
  table: CatalogTable,
  cells: readonly Assignment[],
  where: readonly Assignment[],
): Statement {
  return createStatement(dialect, (bind) => {
    const set = cells.map((cell) => `${dialect.quote(cell.column)} = ${bind(cell.value)}`);
    return `UPDATE ${quoteTable(dialect, table)} SET ${set.join(', ')} WHERE ${conditions(dialect, where, bind)}`;
  });
}

export function deleteWhere(
  dialect: Dialect,
  table: CatalogTable,
  where: readonly Assignment[],
): Statement {
  return createStatement(
    dialect,
    (bind) => `DELETE FROM ${quoteTable(dialect, table)} WHERE ${conditions(dialect, where, bind)}`,
  );
}

/** `isLocked`: the rows stay as read until the transaction ends. */
export function selectWhere(
  dialect: Dialect,
  table: CatalogTable,
  columns: readonly MappedColumn[],
  where: readonly Assignment[],
  isLocked: boolean,
): Statement {
  const list = columns
    .map(({ column }) => dialect.readColumn(dialect.quote(column.name), column.kind))
    .join(', ');
  const lock = isLocked ? dialect.lock : { table: '', suffix: '' };
  const statement = createStatement(
    dialect,
    (bind) =>
      `SELECT ${list} FROM ${quoteTable(dialect, table)}${lock.table} WHERE ${conditions(dialect, where, bind)}${lock.suffix}`,
  );
  return { ...statement, known: columns.map(({ column }) => column) };
}

function conditions(
  dialect: Dialect,
  where: readonly Assignment[],
  bind: (value: Bound) => string,
): string {
  return where
    .map(({ column, kind, value }) =>
      value === null
        ? `${dialect.quote(column)} IS NULL`
        : dialect.equals(dialect.quote(column), kind, value, bind),
    )
    .join(' AND ');
}
