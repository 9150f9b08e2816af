/** Rows as a package gives them to cells as the files hold them: transformations first, then formats. */
import { ConnectorError } from './errors.ts';
import { suggestName } from './nearest-name.ts';
import type { Row } from './row.ts';
import {
  compileTransformations,
  type TableTransformation,
  type TransformationRule,
} from './transformations.ts';
import { requireFormat, type ValueFormat } from './value-formats.ts';

type Cell = string | null;

/** Makes the cells of one table; `columns` is the header of its file. */
export interface TableCells {
  readonly columns: readonly string[];
  /** Cells are what the package gives: no column is added, converted or left out. */
  readonly isIdentity: boolean;
  /** The cells of rows in their order, those left out by a `WhereValue` missing; `firstRow` is the number of the first, from 1. */
  convert(rows: readonly Row[], firstRow: number): Cell[][];
}

/**
 * Throws `invalid-value` for a format or column that is not known; `convert` throws it for a value its format does not
 * allow, with table, row, column and format, never the value.
 */
export function compileTableCells(
  table: string,
  sourceColumns: readonly string[],
  formats: Readonly<Record<string, string>>,
  rules: readonly TransformationRule[],
): TableCells {
  const transformation = compileTransformations(rules, table, sourceColumns, formats);
  const columns = [...transformation.columns];
  for (const column of Object.keys(formats)) {
    const isBit = requireFormat(formats[column] ?? '', column).bit !== undefined;
    if (isBit && !columns.includes(column)) columns.push(column);
  }
  const conversions = columns.flatMap((column, index) => {
    const written = Object.hasOwn(formats, column) ? formats[column] : undefined;
    if (written === undefined || transformation.internalColumns.has(column)) return [];
    const format = requireFormat(written, column);
    return [{ column, index, source: findSource(table, column, format, transformation), format }];
  });
  // Flags are read from the number before anything converts it.
  conversions.sort((a, b) => Number(b.source !== b.index) - Number(a.source !== a.index));
  const isTouched = rules.some((rule) => rule.table === table) || conversions.length > 0;
  return {
    columns,
    isIdentity: !isTouched && columns.length === sourceColumns.length,
    convert: (rows, firstRow) => {
      const converted: Cell[][] = [];
      for (let at = 0; at < rows.length; at += 1) {
        const row = rows[at] ?? {};
        const cells = readCells(row, sourceColumns, columns.length);
        if (!transformation.apply(cells, firstRow + at)) continue;
        for (const conversion of conversions) {
          const cell = cells[conversion.source] ?? null;
          const value = cell === null ? null : conversion.format.toInternal(cell);
          if (value === undefined) throw describeWrongValue(table, firstRow + at, conversion);
          cells[conversion.index] = value === '' ? null : value;
        }
        converted.push(cells);
      }
      return converted;
    },
  };
}

function readCells(row: Row, columns: readonly string[], width: number): Cell[] {
  const cells: Cell[] = [];
  for (const column of columns) {
    const value = row[column];
    // A row without the column must not give what the language keeps under that name.
    cells.push(typeof value === 'string' && value !== '' ? value : null);
  }
  while (cells.length < width) cells.push(null);
  return cells;
}

/** The cell a column's value comes from: its own, or for a flag without one, the number the flag belongs to. */
function findSource(
  table: string,
  column: string,
  format: ValueFormat,
  transformation: TableTransformation,
): number {
  const own = transformation.columns.indexOf(column);
  if (own !== -1 || format.bit === undefined) return own;
  const wanted = format.bit.property;
  const number = transformation.columns.findIndex(
    (candidate) => candidate.toLowerCase() === wanted.toLowerCase(),
  );
  if (number !== -1) return number;
  throw new ConnectorError(
    'invalid-value',
    `The format "${format.written}" of the column "${column}" needs "${wanted}", which the table "${table}" does not have.`,
    {
      hint: suggestName(wanted, transformation.columns) ?? 'Map that number too.',
      details: { table, column, format: format.written },
    },
  );
}

function describeWrongValue(
  table: string,
  row: number,
  conversion: { readonly column: string; readonly format: ValueFormat },
): ConnectorError {
  const format = conversion.format.written;
  return new ConnectorError(
    'invalid-value',
    `Row ${row} of the table "${table}" has a value in the column "${conversion.column}" that is not in the format "${format}".`,
    {
      hint: 'Correct the value at the source, or the Format of the mapping; columns of free text should have none.',
      details: { table, row, column: conversion.column, format },
    },
  );
}
