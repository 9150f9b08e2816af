/** Reads an SQL database: the result of one query, or every table the mappings name. Always complete, never a delta. */
import { readFile } from 'node:fs/promises';
import { formatCsv } from '../spi/csv-format.ts';
import type { Chunk, Database, KnownColumn } from '../spi/database/database.ts';
import { nameColumns, trimQuery } from '../spi/database/text.ts';
import { ConnectorError } from '../spi/errors.ts';
import { describeFileError, resolveBelowRoots, resolveSettingPath } from '../spi/file-access.ts';
import type {
  ConnectorContext,
  Exporter,
  ExportRequest,
  TableBatch,
  TableRequest,
} from '../spi/package.ts';
import type { Row } from '../spi/row.ts';
import { parseFormat } from '../spi/value-formats.ts';
import {
  type CatalogTable,
  describeCatalog,
  findColumn,
  findTable,
  missingColumn,
  quoteTable,
  readCatalog,
} from './catalog.ts';
import { openDatabase } from './connect.ts';
import { resolveProvider, type SqlProvider } from './providers.ts';
import { isolationLevelOf, type SqlSettings } from './settings.ts';

/** An exporter whose connections mean `provider` unless `ProviderClassFullName` says otherwise. */
export function createSqlExporter(provider?: SqlProvider): Exporter<SqlSettings> {
  return {
    async checkConnection(settings, context) {
      await using database = await openDatabase(settings, context, { access: 'read', provider });
      await readQuery(settings, context);
      return await database.describe();
    },
    exportTables: (request, context) => exportTables(request, context, provider),
    async describeTables(settings, context) {
      await using database = await openDatabase(settings, context, { access: 'read', provider });
      return describeCatalog(await readCatalog(database));
    },
  };
}

/** For the generic package: SQL Server, or what `ProviderClassFullName` names. */
export const sqlExporter: Exporter<SqlSettings> = createSqlExporter();

async function* exportTables(
  request: ExportRequest<SqlSettings>,
  context: ConnectorContext,
  provider: SqlProvider | undefined,
): AsyncGenerator<TableBatch> {
  const { settings } = request;
  const query = await readQuery(settings, context);
  if (!/^utf-?8$/i.test(settings.CsvEncoding?.trim() ?? 'UTF-8')) {
    context.logger.warn(
      { setting: 'CsvEncoding' },
      'CsvEncoding changes nothing: exported files are always written in UTF-8',
    );
  }
  await using database = await openDatabase(settings, context, { access: 'read', provider });
  const catalog = query === undefined ? await readCatalog(database) : [];
  // Names are checked before the first row, so that a typo costs no time.
  const plans =
    query === undefined
      ? request.tables.map((table) =>
          planTable(database, catalog, table, request.takesLines === true),
        )
      : [planQuery(query, request)];
  const isolation = isolationLevelOf(settings, resolveProvider(settings, provider));
  await database.begin('read', isolation);
  const batchSize = settings.BatchSize ?? 1000;
  const refusals: ConnectorError[] = [];
  for (const plan of plans) {
    try {
      yield* exportOne(database, plan, batchSize, context);
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.kind !== 'forbidden') throw error;
      refusals.push(error);
      context.logger.warn(
        { table: plan.table, code: error.code },
        'A table may not be read: it stays partial, and nothing is deleted',
      );
      // Some databases give nothing more in a transaction that met an error.
      await database.rollback();
      await database.begin('read', isolation);
    }
  }
  await database.commit();
  if (refusals[0] !== undefined && refusals.length === plans.length) throw refusals[0];
}

function isFlag(formats: TableRequest['formats'], column: string): boolean {
  const format = Object.hasOwn(formats, column) ? formats[column] : undefined;
  return format !== undefined && parseFormat(format)?.bit !== undefined;
}

function hasNoFormats({ formats }: TableRequest): boolean {
  return Object.keys(formats).length === 0;
}

/** What becomes one file. */
interface TablePlan {
  readonly table: string;
  readonly text: string;
  /** Columns the mappings use; each must be in the result. */
  readonly wanted: readonly string[];
  /** Table mode: the file has just these, spelled as the mappings do. Query mode: the file has what the query gives. */
  readonly isExact: boolean;
  /** Table mode: what the columns hold. */
  readonly known?: readonly KnownColumn[];
  /** Nothing waits for rows: they may come as the lines of the file. */
  readonly takesLines: boolean;
}

function planQuery(text: string, request: ExportRequest<SqlSettings>): TablePlan {
  const other = request.tables.find((table) => table.suffix !== '');
  if (other !== undefined) {
    throw new ConnectorError(
      'not-found',
      `The connection runs one query, which gives "${request.connection}"; the mappings ask for "${other.name}".`,
      {
        hint: 'Correct ConnectionTable in the mapping, or remove SqlCommand and SqlFile to export tables.',
        details: { table: other.name },
      },
    );
  }
  return {
    table: request.connection,
    text,
    wanted: request.tables.flatMap(({ columns, formats }) =>
      columns.filter((name) => !isFlag(formats, name)),
    ),
    isExact: false,
    takesLines: request.takesLines === true && request.tables.every(hasNoFormats),
  };
}

function planTable(
  database: Database,
  catalog: readonly CatalogTable[],
  request: TableRequest,
  takesLines: boolean,
): TablePlan {
  if (request.suffix === '') {
    throw new ConnectorError(
      'not-found',
      `The mapping of "${request.name}" names no table, and the connection holds no query.`,
      {
        hint: `Set SqlCommand or SqlFile, or write the table behind the connection: ${request.name}_"schema"."table".`,
        details: { table: request.name },
      },
    );
  }
  const { dialect } = database;
  const table = findTable(catalog, request.suffix);
  // A flag (`bit:…`) is a part of another column; it has none of its own.
  const wanted = request.columns.filter((name) => !isFlag(request.formats, name));
  const columns = wanted.map((name) => findColumn(table, name));
  const from = quoteTable(dialect, table);
  const list = columns
    .map((column) => `${dialect.readColumn(dialect.quote(column.name), column.kind)}`)
    .map((text, index) => `${text} AS ${dialect.quote(`c${index + 1}`)}`);
  return {
    table: request.name,
    // Without any column asked for, the rows still count.
    text: `SELECT ${list.length === 0 ? '1' : list.join(', ')} FROM ${from}`,
    wanted,
    isExact: true,
    known: columns,
    takesLines: takesLines && hasNoFormats(request),
  };
}

async function* exportOne(
  database: Database,
  plan: TablePlan,
  batchSize: number,
  context: ConnectorContext,
): AsyncGenerator<TableBatch> {
  let columns: readonly (string | null)[] | undefined;
  let count = 0;
  const { text, known } = plan;
  const chunks = database.stream(text, batchSize, {
    ...(known === undefined ? {} : { known }),
    takesLines: (given) => mayBeLines(plan, nameColumns(given)),
  });
  for await (const chunk of chunks) {
    context.signal.throwIfAborted();
    columns ??= plan.isExact ? plan.wanted : nameResult(chunk.columns, plan, context);
    count += chunk.lines?.rows ?? chunk.rows.length;
    yield toBatch(plan, columns, chunk);
  }
  yield { kind: 'end', table: plan.table, rows: count, evidence: `query finished, ${count} rows` };
}

/** A line of one column has rules of its own, and columns left out are not in the middle of a line. */
function mayBeLines(
  { takesLines }: TablePlan,
  names: readonly (string | null)[],
): names is readonly string[] {
  return takesLines && names.length > 1 && !names.includes(null);
}

/** Names of the columns of a query's result; `null` for those left out. Checks that all mapped columns are there. */
function nameResult(
  given: readonly string[],
  plan: TablePlan,
  context: ConnectorContext,
): readonly (string | null)[] {
  const names = nameColumns(given);
  const repeated = given.filter((_name, index) => names[index] === null);
  if (repeated.length > 0) {
    context.logger.warn(
      { table: plan.table, columns: repeated },
      'The query gives several columns of one name; the first one is kept',
    );
  }
  const known = names.filter((name) => name !== null);
  const spelling = new Map<string, string>();
  for (const wanted of plan.wanted) {
    if (known.includes(wanted)) continue;
    const similar = known.filter((name) => name.toLowerCase() === wanted.toLowerCase());
    if (similar.length !== 1 || similar[0] === undefined) {
      throw missingColumn(`The query gives no column "${wanted}".`, wanted, known);
    }
    spelling.set(similar[0], wanted);
  }
  return names.map((name) => (name === null ? null : (spelling.get(name) ?? name)));
}

/** Lines cost half of what rows do: no object is made of them, and none is taken apart again. */
function toBatch(
  plan: TablePlan,
  names: readonly (string | null)[],
  { rows, lines }: Chunk,
): TableBatch {
  const { table } = plan;
  const columns = names.filter((name) => name !== null);
  if (lines !== undefined) return { kind: 'lines', table, columns, ...lines };
  // What is left out of a row leaves as many columns as there are names.
  const kept =
    columns.length === names.length
      ? rows
      : rows.map((cells) => cells.filter((_cell, at) => names[at] !== null));
  if (mayBeLines(plan, columns)) {
    const text = formatCsv(kept);
    // Half a surrogate pair is refused, with the table's name, where rows are written.
    if (text.isWellFormed()) {
      return { kind: 'lines', table, columns, bytes: Buffer.from(text), rows: rows.length };
    }
  }
  // A column may be called __proto__: assigning it would set the prototype.
  const make = columns.includes('__proto__') ? toRowOfEntries : toRow;
  return { kind: 'rows', table, columns, rows: kept.map((cells) => make(columns, cells)) };
}

function toRow(names: readonly string[], cells: readonly (string | null)[]): Row {
  const row: Record<string, string | null> = {};
  for (let at = 0; at < names.length; at += 1) {
    const name = names[at];
    if (name !== undefined) row[name] = cells[at] || null;
  }
  return row;
}

function toRowOfEntries(names: readonly string[], cells: readonly (string | null)[]): Row {
  return Object.fromEntries(names.map((name, at) => [name, cells[at] || null]));
}

/** The query of the settings, without a byte order mark and the `;` or `GO` tools end it with; `undefined`: table mode. */
async function readQuery(
  settings: SqlSettings,
  context: ConnectorContext,
): Promise<string | undefined> {
  const written = settings.SqlCommand?.trim() ? settings.SqlCommand : undefined;
  if (written !== undefined) return trimQuery(written);
  if (settings.SqlFile === undefined || settings.SqlFile.trim() === '') return undefined;
  const path = await resolveBelowRoots(
    resolveSettingPath('SqlFile', settings.SqlFile, context),
    context.sourcesRootPaths,
  );
  const bytes = await readFile(path).catch((error: unknown) => {
    throw describeFileError(error, path, 'read');
  });
  const query = trimQuery(decodeQuery(bytes, path));
  if (query !== '') return query;
  throw new ConnectorError('invalid-value', `The file ${path} holds no query.`, {
    hint: 'Write one query into it, or remove SqlFile to export tables.',
    details: { setting: 'SqlFile', path },
  });
}

/** SQL Server's tools save queries in UTF-16, with a mark. */
function decodeQuery(bytes: Buffer, path: string): string {
  const mark = bytes.subarray(0, 2).toString('hex');
  const encodings: Readonly<Record<string, string>> = { fffe: 'utf-16le', feff: 'utf-16be' };
  try {
    return new TextDecoder(encodings[mark] ?? 'utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ConnectorError('invalid-value', `The file ${path} is not UTF-8.`, {
      hint: 'Save the query in UTF-8, or in UTF-16 with a byte order mark.',
      cause: error,
      details: { setting: 'SqlFile', path },
    });
  }
}
