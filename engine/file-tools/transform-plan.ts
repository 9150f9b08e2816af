/**
 * What happens to each column of a file, settled on its header. Operations apply in one order, whatever that of the options: names are
 * given and edited, columns marked as removed, columns joined, values converted, keys compared; removed columns leave last.
 */
import {
  type DatePattern,
  formatInternalDate,
  parseDatePattern,
  requireFormat,
  suggestName,
} from '../../connectors/index.ts';
import { FileToolError } from './errors.ts';

export type Conversion =
  | { readonly kind: 'format'; readonly format: 'bool' | 'int32' | 'int64' | 'guid' | 'bytes' }
  | { readonly kind: 'date'; readonly pattern: string }
  /** Split at the separator, empty parts left out, and joined by line feeds in order of `multivaluedtext`. */
  | { readonly kind: 'multivalued'; readonly separator: string };

/** Indexes count the columns of the file from 0; names mean the first column of that name. */
export interface ColumnOperations {
  /** The file has no header line; these are its columns. */
  readonly newHeaders?: readonly string[];
  readonly editByIndex: readonly { readonly index: number; readonly name: string }[];
  readonly editByName: readonly { readonly from: string; readonly to: string }[];
  readonly removeByIndex: readonly number[];
  readonly removeByName: readonly string[];
  readonly concatenations: readonly {
    readonly first: string;
    readonly second: string;
    readonly separator: string;
    /** By default both names, joined. */
    readonly header?: string;
  }[];
  readonly conversions: readonly { readonly column: string; readonly conversion: Conversion }[];
  readonly key: readonly string[];
}

type Cell = string | null;

/** Slots are the fields of a line, and after them the joined columns. */
export interface TransformPlan {
  readonly hasHeaderLine: boolean;
  /** Fields of a line. */
  readonly width: number;
  /** Header of the output. */
  readonly columns: readonly string[];
  /** Slot of each column of the output. */
  readonly slots: readonly number[];
  readonly concatenations: readonly {
    readonly first: number;
    readonly second: number;
    readonly separator: string;
  }[];
  readonly conversions: readonly {
    readonly slot: number;
    readonly column: string;
    /** What a value should be, for messages. */
    readonly expected: string;
    /** `undefined` for a value that is not as expected. */
    readonly convert: (text: string) => Cell | undefined;
  }[];
  /** Slots of the key; empty: rows are not compared. */
  readonly key: readonly number[];
  /** Columns left out because nothing names them. */
  readonly nameless: number;
}

/** Throws for a column that is not there, and for names that would not do as a header. */
export function planTransform(
  firstRecord: readonly string[],
  operations: ColumnOperations,
  path: string,
): TransformPlan {
  const names = [...readNames(firstRecord, operations, path)];
  const width = names.length;
  const find = (name: string, removed: ReadonlySet<number>): number => {
    const kept = names.findIndex((each, index) => each === name && !removed.has(index));
    const slot = kept === -1 ? names.indexOf(name) : kept;
    if (slot !== -1 && name !== '') return slot;
    throw describeUnknownColumn(name, names, path);
  };
  for (const { index, name } of operations.editByIndex) {
    names[requireIndex(index, width, path)] = name;
  }
  for (const { from, to } of operations.editByName) names[find(from, new Set())] = to;
  const removed = new Set(
    operations.removeByIndex.map((index) => requireIndex(index, width, path)),
  );
  for (const name of operations.removeByName) removed.add(find(name, removed));
  const concatenations = operations.concatenations.map(({ first, second, separator, header }) => {
    const joined = { first: find(first, removed), second: find(second, removed), separator };
    names.push(header ?? `${first}${second}`);
    return joined;
  });
  const slots = names.flatMap((name, slot) => (removed.has(slot) || name === '' ? [] : [slot]));
  const columns = slots.map((slot) => names[slot] ?? '');
  refuseEqualNames(columns, path);
  return {
    hasHeaderLine: operations.newHeaders === undefined,
    width,
    columns,
    slots,
    concatenations,
    conversions: planConversions(operations, (name) => find(name, removed)),
    key: operations.key.map((name) => find(name, removed)),
    nameless: names.filter((name, slot) => name === '' && !removed.has(slot)).length,
  };
}

function readNames(
  firstRecord: readonly string[],
  { newHeaders }: ColumnOperations,
  path: string,
): readonly string[] {
  if (newHeaders === undefined) return firstRecord;
  if (newHeaders.length === firstRecord.length) return newHeaders;
  const counts = `${newHeaders.length} names are given, and the first line has ${firstRecord.length} values`;
  throw new FileToolError('CSV_HEADER_INVALID', `The header does not fit ${path}: ${counts}.`, {
    hint: 'Give one name for each column of the file; joined columns are not among them. Check the separator too.',
    details: { path, given: newHeaders.length, found: firstRecord.length },
  });
}

function requireIndex(index: number, width: number, path: string): number {
  if (index < width) return index;
  throw new FileToolError('CSV_COLUMN_UNKNOWN', `${path} has no column with the index ${index}.`, {
    hint: `Indexes count from 0; the last one is ${width - 1}.`,
    details: { path, index, columns: width },
  });
}

function refuseEqualNames(columns: readonly string[], path: string): void {
  const twice = columns.find((column, index) => columns.indexOf(column) !== index);
  if (columns.length > 0 && twice === undefined) return;
  const what =
    twice === undefined ? 'no column is left' : `two columns would have the name "${twice}"`;
  throw new FileToolError('CSV_HEADER_INVALID', `The header does not do for ${path}: ${what}.`, {
    hint: 'Rename a column by its index, or remove it by its index.',
    details: { path, columns: columns.slice(0, 100) },
  });
}

/** The error of a column that an option names and the file does not have. */
export function describeUnknownColumn(
  name: string,
  names: readonly string[],
  path: string,
): FileToolError {
  const known = names.filter((each) => each !== '');
  const hint = suggestName(name, known) ?? 'Its columns have no names.';
  return new FileToolError('CSV_COLUMN_UNKNOWN', `${path} has no column "${name}".`, {
    hint: `${hint} Letter case counts; check the separator too.`,
    details: { path, column: name, columns: known.slice(0, 100) },
  });
}

function planConversions(
  { conversions }: ColumnOperations,
  find: (name: string) => number,
): TransformPlan['conversions'] {
  const planned = conversions.map(({ column, conversion }) => ({
    slot: find(column),
    column,
    ...compileConversion(column, conversion),
  }));
  for (const [index, { slot, column }] of planned.entries()) {
    if (planned.findIndex((other) => other.slot === slot) === index) continue;
    throw new FileToolError(
      'USAGE_OPTIONS_CONFLICT',
      `The column "${column}" is converted twice.`,
      {
        hint: 'Give each column one conversion.',
      },
    );
  }
  return planned;
}

function compileConversion(
  column: string,
  conversion: Conversion,
): Pick<TransformPlan['conversions'][number], 'expected' | 'convert'> {
  switch (conversion.kind) {
    case 'format': {
      const format = requireFormat(conversion.format, column);
      return { expected: conversion.format, convert: (text) => format.toInternal(text) };
    }
    case 'date': {
      const pattern: DatePattern = parseDatePattern(conversion.pattern);
      return {
        expected: `a date such as ${conversion.pattern}`,
        convert: (text) => {
          const time = pattern.parse(text);
          return time === undefined ? undefined : formatInternalDate(time);
        },
      };
    }
    case 'multivalued': {
      const format = requireFormat('multivaluedtext', column);
      const { separator } = conversion;
      return {
        expected: 'a list',
        convert: (text) => {
          const parts = text.split(separator).filter((part) => part !== '');
          return parts.length === 0 ? null : format.toInternal(parts.join('\n'));
        },
      };
    }
  }
}
