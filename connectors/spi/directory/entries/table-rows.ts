/** Rows of the tables of an export, from the entries of a directory. */
import { ConnectorError } from '../../errors.ts';
import type { ConnectorContext, TableBatch, TableRequest } from '../../package.ts';
import type { Row } from '../../row.ts';
import type { DirectorySchema } from '../session/schema.ts';
import type { DirectorySettings } from '../settings.ts';
import { entriesTable, findTables } from './check-connection.ts';
import type { AttributeColumn, EntryColumn } from './entry-column.ts';
import { EntryTexts } from './entry-texts.ts';
import {
  type ColumnWarnings,
  createColumnWarnings,
  planColumn,
  readColumn,
} from './entry-values.ts';

/** Rows per batch. */
export const batchSize = 1000;

/** One table being written. */
export interface TablePlan {
  readonly name: string;
  readonly columns: readonly EntryColumn[];
  /** Reads the entries; what it holds is good until the next one. */
  readonly texts: EntryTexts;
  /** Place of each column's values in `texts`. */
  readonly slots: readonly number[];
  /** The column that gives one row per value; absent for entries. */
  readonly exploded?: AttributeColumn;
  readonly warnings: ColumnWarnings;
  readonly evidence: string[];
  rows: Row[];
  written: number;
  hasBegun: boolean;
  referrals: number;
  /** Where the first of them lead. */
  readonly referredTo: string[];
  searchesLeft: number;
}

/** What one table of a request needs. Throws `invalid-value` when the connection has no such table. */
export function planTable(
  request: TableRequest,
  settings: DirectorySettings,
  schema: DirectorySchema,
  context: ConnectorContext,
  readName?: (text: string) => string,
): TablePlan {
  const tables = findTables(settings, request.suffix);
  if (tables.length === 0) {
    throw new ConnectorError(
      'invalid-value',
      `A mapping reads the table "${request.name}", and the connection has no table "${request.suffix}".`,
      {
        hint: `Add it to Tables; the connection has: ${[...new Set(settings.Tables.map(({ Table }) => Table))].join(', ')}.`,
      },
    );
  }
  const isEntries = request.suffix.toLowerCase() === entriesTable;
  const names =
    request.columns.length === 0 && !isEntries ? ['dn', request.suffix] : request.columns;
  const columns = names.map((name) => planColumn(name, request.formats[name], schema));
  const texts = new EntryTexts(columns, readName);
  const exploded = isEntries
    ? undefined
    : columns.find(
        (column): column is AttributeColumn =>
          column.kind === 'attribute' &&
          column.attribute.toLowerCase() === request.suffix.toLowerCase(),
      );
  return {
    name: request.name,
    columns,
    texts,
    slots: columns.map((column) => (column.kind === 'attribute' ? texts.slotOf(column) : -1)),
    ...(exploded === undefined ? {} : { exploded }),
    warnings: createColumnWarnings(context.logger, request.name),
    evidence: [],
    rows: [],
    written: 0,
    hasBegun: false,
    referrals: 0,
    referredTo: [],
    searchesLeft: tables.length,
  };
}

/** Attributes that the columns of several tables need, each once. */
export function listAttributes(plans: readonly Pick<TablePlan, 'columns'>[]): readonly string[] {
  const attributes = new Map<string, string>();
  for (const column of plans.flatMap((plan) => plan.columns)) {
    if (column.kind === 'attribute') {
      attributes.set(column.attribute.toLowerCase(), column.attribute);
    }
  }
  return [...attributes.values()];
}

/** Adds the rows of the entry that `texts` has read. */
export function addRows(plan: TablePlan): void {
  const { exploded, texts } = plan;
  if (exploded === undefined) {
    plan.rows.push(readRow(plan));
    return;
  }
  const linked = texts.textsAt(texts.slotOf(exploded));
  if (linked === undefined) return;
  const shared = readRow(plan);
  for (const text of typeof linked === 'string' ? [linked] : linked) {
    plan.rows.push({ ...shared, [exploded.column]: text });
  }
}

/** The row of the entry that `texts` has read, without the values that get a row each. */
export function readRow({ columns, exploded, slots, texts, warnings }: TablePlan): Row {
  // Names of columns have been checked: none of them means anything to the language.
  const row: Record<string, string | null> = {};
  for (let index = 0; index < columns.length; index += 1) {
    const column = columns[index];
    if (column === undefined || column === exploded) continue;
    row[column.column] = readColumn(column, texts, slots[index] ?? -1, warnings);
  }
  return row;
}

const maxReferralsTold = 20;

/** A part of the tree that another server holds, which is not asked. */
export function noteReferral(plan: TablePlan, [url]: readonly string[]): void {
  plan.referrals += 1;
  if (url !== undefined && plan.referredTo.length < maxReferralsTold) plan.referredTo.push(url);
}

/** Full batches, and the last short one when `least` is 1; the first batch of a table always comes, rows or not. */
export function* takeBatches(
  plan: TablePlan,
  least: number,
): Generator<TableBatch, void, undefined> {
  const isLast = least === 1;
  while (plan.rows.length >= least || (isLast && !plan.hasBegun)) {
    const rows = plan.rows.slice(0, batchSize);
    plan.rows = plan.rows.slice(batchSize);
    plan.written += rows.length;
    plan.hasBegun = true;
    yield {
      kind: 'rows',
      table: plan.name,
      columns: plan.columns.map(({ column }) => column),
      rows,
    };
  }
}

/** The proof of a table, unless parts of it were referred elsewhere. */
export function* finishTable(
  plan: TablePlan,
  settings: DirectorySettings,
): Generator<TableBatch, void, undefined> {
  if (plan.referrals > 0 && !settings.AcceptReferrals) return;
  yield {
    kind: 'end',
    table: plan.name,
    rows: plan.written,
    evidence: plan.evidence.join('; '),
  };
}
