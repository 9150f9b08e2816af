/** `Transformation` elements of a connection: applied, in their order, to the tables an export reads. */
import type { Transformation, WhereOperator } from '../../config/index.ts';
import { formatDate, formatInternalDate, parseDate, readYear } from './date-formats.ts';
import { type DatePattern, parseDatePattern } from './date-pattern.ts';
import { ConnectorError } from './errors.ts';
import { suggestName } from './nearest-name.ts';
import type { TableRequest } from './package.ts';
import { requireFormat } from './value-formats.ts';

/** What a transformation says, without its place in a file. */
export type TransformationRule = Omit<Transformation, 'at'>;

type Cell = string | null;

/** The transformations of one table, ready for its columns. */
export interface TableTransformation {
  /** Columns after all transformations: those of the source, then new ones. */
  readonly columns: readonly string[];
  /** Columns whose values have the internal form already, so that `Format` is not applied again. */
  readonly internalColumns: ReadonlySet<string>;
  /** Changes the cells in place and lengthens them to `columns`; `false` when the row is not kept. */
  apply(cells: Cell[], row: number): boolean;
}

/**
 * Throws `invalid-value` for a column that is not there (with the nearest name), and for a pattern or an expression that
 * cannot be read. `formats` are those of the mapping: a date in a column with a format is read by it.
 */
export function compileTransformations(
  rules: readonly TransformationRule[],
  table: string,
  sourceColumns: readonly string[],
  formats: Readonly<Record<string, string>>,
): TableTransformation {
  const columns = [...sourceColumns];
  const internalColumns = new Set<string>();
  const steps: ((cells: Cell[], row: number) => boolean)[] = [];
  const find = (name: string | undefined, type: string): number => {
    const index = name === undefined ? -1 : columns.indexOf(name);
    if (index === -1) throw describeMissingColumn(table, type, name, columns);
    return index;
  };
  const output = (name: string | undefined, type: string): number => {
    if (name === undefined) throw describeMissingColumn(table, type, name, columns);
    if (!columns.includes(name)) columns.push(name);
    return columns.indexOf(name);
  };
  for (const rule of selectRules(rules, table)) {
    switch (rule.type) {
      case 'ConcatColumns': {
        const inputs = rule.inputColumns.map((name) => find(name, rule.type));
        steps.push(concatStep(rule, inputs, output(rule.column, rule.type)));
        break;
      }
      case 'WhereValue': {
        const index = find(rule.column, rule.type);
        const keeps = compileComparison(rule, table);
        steps.push((cells) => keeps(cells[index] ?? ''));
        break;
      }
      case 'TransformDate': {
        const column = rule.column ?? rule.inputColumns[0];
        const input = find(rule.inputColumns[0] ?? column, rule.type);
        const target = output(column, rule.type);
        const name = columns[input] ?? '';
        const isInternal = internalColumns.has(name);
        const format = formats[column ?? ''] ?? formats[name];
        const shift = compileShift(rule, isInternal ? undefined : format, isInternal);
        if (format !== undefined || isInternal) internalColumns.add(column ?? '');
        steps.push(dateStep({ table, column: name, input, target, shift }));
        break;
      }
    }
  }
  return {
    columns,
    internalColumns,
    apply: (cells, row) => {
      while (cells.length < columns.length) cells.push(null);
      return steps.every((step) => step(cells, row));
    },
  };
}

/** The columns a source must deliver: those mapped, less those transformations make, plus those transformations read. */
export function requestSourceColumns(
  table: TableRequest,
  rules: readonly TransformationRule[],
): TableRequest {
  const made = new Set<string>();
  const read = new Set<string>();
  for (const rule of selectRules(rules, table.name)) {
    for (const column of readInputs(rule)) if (!made.has(column)) read.add(column);
    const output = rule.column ?? rule.inputColumns[0];
    if (rule.type !== 'WhereValue' && output !== undefined) made.add(output);
  }
  const mapped = table.columns.filter((column) => !made.has(column) || read.has(column));
  return { ...table, columns: [...new Set([...mapped, ...read])] };
}

/**
 * Where and how a value in the internal form goes back to the system: days that were added on the way in are taken off
 * again, and a column made from another stands for that other. Years outside the bounds of the rule are left alone.
 */
export function undoTransformations(
  rules: readonly TransformationRule[],
  table: string,
  column: string,
  value: string | null,
  format?: string,
): { readonly column: string; readonly value: string | null } {
  let current = { column, value };
  for (const rule of selectRules(rules, table).toReversed()) {
    if (rule.type !== 'TransformDate') continue;
    const output = rule.column ?? rule.inputColumns[0];
    if (output !== current.column) continue;
    current = {
      column: rule.inputColumns[0] ?? current.column,
      value: current.value === null ? null : undoShift(rule, current.value, format),
    };
  }
  return current;
}

function selectRules(
  rules: readonly TransformationRule[],
  table: string,
): readonly TransformationRule[] {
  return rules.filter((rule) => rule.table === undefined || rule.table === table);
}

function readInputs(rule: TransformationRule): readonly string[] {
  switch (rule.type) {
    case 'ConcatColumns':
      return rule.inputColumns;
    case 'WhereValue':
      return rule.column === undefined ? [] : [rule.column];
    case 'TransformDate': {
      const input = rule.inputColumns[0] ?? rule.column;
      return input === undefined ? [] : [input];
    }
  }
}

function concatStep(
  rule: TransformationRule,
  inputs: readonly number[],
  target: number,
): (cells: Cell[]) => boolean {
  return (cells) => {
    let values = inputs.map((index) => cells[index] ?? '');
    if (rule.removeEmpty) values = values.filter((value) => value !== '');
    if (rule.removeDuplicates) values = values.filter((value, at) => value !== values[at - 1]);
    // By code unit: the result must not depend on the language of the machine.
    if (rule.sortValues) values.sort();
    const joined = values.join(rule.concatSeparator);
    cells[target] = joined === '' ? null : joined;
    return true;
  };
}

function compileComparison(rule: TransformationRule, table: string): (cell: string) => boolean {
  const operand = rule.whereValue ?? '';
  const operator: WhereOperator = rule.whereOperator ?? 'Equals';
  switch (operator) {
    case 'Equals':
      return (cell) => cell === operand;
    case 'NotEquals':
      return (cell) => cell !== operand;
    case 'Contains':
      return (cell) => cell.includes(operand);
    case 'NotContains':
      return (cell) => !cell.includes(operand);
    case 'StartsWith':
      return (cell) => cell.startsWith(operand);
    case 'EndsWith':
      return (cell) => cell.endsWith(operand);
    case 'Regex': {
      const expression = compileExpression(operand, table);
      return (cell) => expression.test(cell);
    }
  }
}

function compileExpression(pattern: string, table: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (error) {
    throw new ConnectorError(
      'invalid-value',
      `The WhereValue of a transformation of "${table}" is not a regular expression.`,
      { hint: 'Correct the expression.', cause: error, details: { table, pattern } },
    );
  }
}

type Shift = (text: string) => string | null | undefined;

interface DateStep {
  readonly table: string;
  readonly column: string;
  readonly input: number;
  readonly target: number;
  readonly shift: Shift;
}

function dateStep(step: DateStep): (cells: Cell[], row: number) => boolean {
  return (cells, row) => {
    const cell = cells[step.input] ?? null;
    const shifted = cell === null ? null : step.shift(cell);
    if (shifted === undefined) {
      throw new ConnectorError(
        'invalid-value',
        `Row ${row} of the table "${step.table}" has no date in the column "${step.column}", which a transformation changes.`,
        {
          hint: 'Correct the value at the source, or give the mapping of the column the right Format.',
          details: { table: step.table, row, column: step.column },
        },
      );
    }
    cells[step.target] = shifted;
    return true;
  };
}

/** A date in a column with a `Format` ends in the internal form; others in the `DatePattern`, or in the form they had. */
function compileShift(
  rule: TransformationRule,
  format: string | undefined,
  isInternal: boolean,
): Shift {
  const pattern = rule.datePattern === undefined ? undefined : parseDatePattern(rule.datePattern);
  if (format !== undefined) {
    const parsed = requireFormat(format, rule.column ?? '');
    return (text) => {
      const internal = parsed.toInternal(text);
      return typeof internal === 'string' ? shiftText(rule, internal, undefined) : internal;
    };
  }
  return (text) => shiftText(rule, text, isInternal ? undefined : pattern);
}

function shiftText(
  rule: TransformationRule,
  text: string,
  pattern: DatePattern | undefined,
): string | undefined {
  const date = parseDate(text);
  const time = date?.time ?? pattern?.parse(text);
  if (time === undefined) return undefined;
  if (!isWithin(rule, time)) return text;
  const shifted = time + rule.addedDays * 86_400_000;
  if (pattern !== undefined) return pattern.format(shifted);
  return date === undefined ? undefined : formatDate(shifted, date.form);
}

function undoShift(rule: TransformationRule, text: string, format: string | undefined): string {
  const pattern =
    rule.datePattern === undefined || format !== undefined
      ? undefined
      : parseDatePattern(rule.datePattern);
  const date = parseDate(text);
  const time = date?.time ?? pattern?.parse(text);
  if (time === undefined) return text;
  const before = time - rule.addedDays * 86_400_000;
  // The bounds speak of the date as the source held it.
  if (!isWithin(rule, before)) return text;
  if (pattern !== undefined) return pattern.format(before);
  return (date === undefined ? formatInternalDate(before) : formatDate(before, date.form)) ?? text;
}

function isWithin(rule: TransformationRule, time: number): boolean {
  const year = readYear(time);
  return year >= (rule.minYear ?? 1) && year <= (rule.maxYear ?? 9999);
}

function describeMissingColumn(
  table: string,
  type: string,
  name: string | undefined,
  columns: readonly string[],
): ConnectorError {
  if (name === undefined) {
    return new ConnectorError(
      'invalid-value',
      `A ${type} transformation of the table "${table}" names no column.`,
      { hint: 'Give it the attribute Column.', details: { table } },
    );
  }
  const hint = suggestName(name, columns);
  return new ConnectorError(
    'invalid-value',
    `A ${type} transformation reads the column "${name}", which the table "${table}" does not have.`,
    {
      hint: hint ?? 'Correct the name; upper and lower case count.',
      details: { table, column: name },
    },
  );
}
