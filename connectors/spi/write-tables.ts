/** Writes what an export yields to `<folder>/<table>.csv`, and what it proves to `<folder>/<connection>.export.json`. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '../../config/index.ts';
import { ConnectorError } from './errors.ts';
import {
  type ExportedTable,
  type ExportManifest,
  nameManifest,
  readExportManifest,
} from './export-manifest.ts';
import { describeFileError } from './file-access.ts';
import { syncFolder, writeFileAtomically } from './file-writing.ts';
import type { ExportRequest, TableBatch, TableRequest } from './package.ts';
import { sealJson } from './sealed-json.ts';
import { compileTableCells, type TableCells } from './table-cells.ts';
import { TableFile } from './table-file.ts';
import type { TransformationRule } from './transformations.ts';

export interface WriteTablesOptions {
  readonly folder: string;
  /** Identifier of the connection; every table is named as it, or `<connection>_<suffix>`. */
  readonly connection: string;
  readonly mode: ExportRequest<unknown>['mode'];
  /** The tables as mapped: each is in the manifest, whatever the export yields. */
  readonly tables: readonly TableRequest[];
  readonly transformations: readonly TransformationRule[];
  readonly now: () => number;
}

/**
 * `written`: all tables are complete. `partial`: some ended without proof; their rows are in `.partial.csv` files. `nothing`:
 * the mode has no input by configuration. `failed`: the export or the writing broke off; the error is for the caller to
 * throw. A cookie is given only after all files are in place; keep it apart until the rows have been accepted.
 */
export type WrittenTables =
  | {
      readonly status: 'written' | 'partial';
      readonly manifest: ExportManifest;
      readonly cookie?: Uint8Array;
    }
  | { readonly status: 'nothing'; readonly manifest: ExportManifest; readonly reason: string }
  | { readonly status: 'failed'; readonly manifest: ExportManifest; readonly error: unknown };

/**
 * Files of the connection's last export are removed first: whatever happens afterwards, an old file never passes for a new
 * one. Holds one batch and a buffer of half a megabyte per open table.
 */
export async function writeTables(
  batches: AsyncIterable<TableBatch>,
  options: WriteTablesOptions,
): Promise<WrittenTables> {
  const startedAt = new Date(options.now()).toISOString();
  const tables = new Map<string, OpenTable>();
  const seen: Seen = { nothing: undefined, cookie: undefined };
  let failure: { readonly error: unknown } | undefined;
  try {
    await removeOldFiles(options);
    await takeBatches(batches, options, tables, seen);
    refuseContradiction(tables, seen);
  } catch (error) {
    failure = { error };
  }
  const abandoned = await closeTables(tables, options);
  failure ??= abandoned.failure;
  const list = listTables(options, tables, abandoned.tables);
  const manifest: ExportManifest = {
    version: 1,
    connection: options.connection,
    mode: options.mode,
    complete: failure === undefined && list.every((table) => table.complete),
    ...(seen.nothing === undefined ? {} : { nothing: seen.nothing }),
    ...(failure === undefined ? {} : { failure: describeFailure(failure.error) }),
    tables: seen.nothing === undefined ? list : [],
    startedAt,
    finishedAt: new Date(options.now()).toISOString(),
  };
  try {
    await syncFolder(options.folder);
    const path = join(options.folder, nameManifest(options.connection));
    await writeFileAtomically(path, sealJson(manifest, 2).text);
  } catch (error) {
    // Without a manifest the files prove nothing, which is what a failed export must leave behind.
    failure ??= { error };
  }
  return conclude(manifest, seen, failure);
}

interface OpenTable {
  readonly cells: TableCells;
  readonly file: TableFile;
  readonly sourceColumns: string;
  rowsRead: number;
  /** Set once the table has ended. */
  exported?: ExportedTable;
}

interface Seen {
  nothing: string | undefined;
  cookie: Uint8Array | undefined;
}

function conclude(
  manifest: ExportManifest,
  seen: Seen,
  failure: { readonly error: unknown } | undefined,
): WrittenTables {
  if (failure !== undefined) {
    return {
      status: 'failed',
      manifest: { ...manifest, complete: false, failure: describeFailure(failure.error) },
      error: failure.error,
    };
  }
  if (seen.nothing !== undefined) return { status: 'nothing', manifest, reason: seen.nothing };
  const status = manifest.complete ? 'written' : 'partial';
  // A bookmark past rows that never arrived would lose them for ever.
  if (status === 'partial' || seen.cookie === undefined) return { status, manifest };
  return { status, manifest, cookie: seen.cookie };
}

async function takeBatches(
  batches: AsyncIterable<TableBatch>,
  options: WriteTablesOptions,
  tables: Map<string, OpenTable>,
  seen: Seen,
): Promise<void> {
  for await (const batch of batches) {
    switch (batch.kind) {
      case 'rows':
        await takeRows(batch, options, tables);
        break;
      case 'lines':
        await takeLines(batch, options, tables);
        break;
      case 'end':
        await endTable(batch, options, tables);
        break;
      case 'nothing':
        seen.nothing = batch.reason;
        break;
      case 'cookie':
        seen.cookie = batch.cookie;
        break;
    }
  }
}

async function takeRows(
  batch: Extract<TableBatch, { kind: 'rows' }>,
  options: WriteTablesOptions,
  tables: Map<string, OpenTable>,
): Promise<void> {
  const table = await findOpenTable(batch, options, tables);
  const cells = table.cells.convert(batch.rows, table.rowsRead + 1);
  table.rowsRead += batch.rows.length;
  await table.file.write(cells);
}

async function takeLines(
  batch: Extract<TableBatch, { kind: 'lines' }>,
  options: WriteTablesOptions,
  tables: Map<string, OpenTable>,
): Promise<void> {
  const table = await findOpenTable(batch, options, tables);
  if (!table.cells.isIdentity)
    throw describeBadExport(`gave lines of the table "${batch.table}", whose values are converted`);
  table.rowsRead += batch.rows;
  await table.file.writeLines(batch.bytes, batch.rows);
}

async function findOpenTable(
  batch: Extract<TableBatch, { readonly columns: readonly string[] }>,
  options: WriteTablesOptions,
  tables: Map<string, OpenTable>,
): Promise<OpenTable> {
  const table =
    tables.get(batch.table) ?? (await openTable(batch.table, batch.columns, options, tables));
  if (table.exported !== undefined) {
    throw describeBadExport(`gave rows of the table "${batch.table}" after its end`);
  }
  if (table.sourceColumns !== JSON.stringify(batch.columns)) {
    throw describeBadExport(`changed the columns of the table "${batch.table}" on the way`);
  }
  return table;
}

async function openTable(
  name: string,
  columns: readonly string[],
  options: WriteTablesOptions,
  tables: Map<string, OpenTable>,
): Promise<OpenTable> {
  checkTableName(name, options.connection);
  const request = options.tables.find((candidate) => candidate.name === name);
  // A source that is wholly empty has no columns, so there is nothing to transform either.
  const formats = columns.length === 0 ? {} : (request?.formats ?? {});
  const rules = columns.length === 0 ? [] : options.transformations;
  const cells = compileTableCells(name, columns, formats, rules);
  const table: OpenTable = {
    cells,
    file: await TableFile.create(options.folder, name, cells.columns),
    sourceColumns: JSON.stringify(columns),
    rowsRead: 0,
  };
  tables.set(name, table);
  return table;
}

async function endTable(
  batch: Extract<TableBatch, { kind: 'end' }>,
  options: WriteTablesOptions,
  tables: Map<string, OpenTable>,
): Promise<void> {
  const table = tables.get(batch.table) ?? (await openTable(batch.table, [], options, tables));
  if (table.exported !== undefined) {
    throw describeBadExport(`ended the table "${batch.table}" twice`);
  }
  if (batch.rows !== table.rowsRead) {
    throw new ConnectorError(
      'incomplete',
      `The source announced ${batch.rows} rows of the table "${batch.table}" and gave ${table.rowsRead}.`,
      {
        hint: 'Export again.',
        details: { table: batch.table, announced: batch.rows, read: table.rowsRead },
      },
    );
  }
  table.exported = {
    name: batch.table,
    ...(await table.file.complete()),
    rowsRead: table.rowsRead,
    complete: true,
    evidence: batch.evidence,
    ...(batch.commandColumn === undefined ? {} : { commandColumn: batch.commandColumn }),
    ...(batch.writtenAt === undefined ? {} : { writtenAt: batch.writtenAt }),
    ...(batch.isTerminated === undefined ? {} : { isTerminated: batch.isTerminated }),
  };
}

/** Tables without an end keep their rows under a name no step reads, and every file is closed. */
async function closeTables(
  tables: ReadonlyMap<string, OpenTable>,
  options: WriteTablesOptions,
): Promise<{
  readonly tables: ReadonlyMap<string, ExportedTable>;
  readonly failure: { readonly error: unknown } | undefined;
}> {
  const abandoned = new Map<string, ExportedTable>();
  let failure: { readonly error: unknown } | undefined;
  for (const [name, table] of tables) {
    if (table.exported !== undefined) continue;
    try {
      const file = await table.file.abandon();
      abandoned.set(name, { name, ...file, rowsRead: table.rowsRead, complete: false });
    } catch (error) {
      failure ??= { error };
      await table.file.close().catch(() => undefined);
      await rm(join(options.folder, `${name}.csv.part`), { force: true }).catch(() => undefined);
    }
  }
  return { tables: abandoned, failure };
}

function listTables(
  options: WriteTablesOptions,
  tables: ReadonlyMap<string, OpenTable>,
  abandoned: ReadonlyMap<string, ExportedTable>,
): ExportedTable[] {
  const names = new Set([...options.tables.map((table) => table.name), ...tables.keys()]);
  return [...names].map(
    (name) =>
      tables.get(name)?.exported ??
      abandoned.get(name) ?? { name, columns: [], rows: 0, rowsRead: 0, complete: false, bytes: 0 },
  );
}

function refuseContradiction(tables: ReadonlyMap<string, OpenTable>, seen: Seen): void {
  if (seen.nothing === undefined || tables.size === 0) return;
  throw describeBadExport('gave rows and said that there was nothing to read');
}

/** What a manifest may tell: our own messages. Those of drivers may repeat values or settings. */
function describeFailure(error: unknown): NonNullable<ExportManifest['failure']> {
  if (error instanceof ConnectorError) {
    return { code: error.code, kind: error.kind, message: error.message };
  }
  if (error instanceof CodedError) return { code: error.code, message: error.message };
  const isStop = error instanceof Error && error.name === 'AbortError';
  return isStop
    ? { code: 'CONNECTOR_STOPPED', message: 'The export was stopped before its end.' }
    : { code: 'CONNECTOR_UNEXPECTED', message: 'The export ended with an unexpected error.' };
}

function describeBadExport(what: string): ConnectorError {
  return new ConnectorError('unexpected', `The package of this connection ${what}.`, {
    hint: 'This is a fault of the package: report it.',
  });
}

function checkTableName(name: string, connection: string): void {
  const isOurs = name === connection || name.startsWith(`${connection}_`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
  const isFileName = !/[/\\\u0000-\u001f]/.test(name) && Buffer.byteLength(name) <= 200;
  if (isOurs && isFileName) return;
  throw new ConnectorError(
    'invalid-value',
    `The table "${name}" cannot be a file of the connection "${connection}".`,
    {
      hint: 'Names of tables start with the identifier of their connection and hold no slash.',
      details: { table: name, connection },
    },
  );
}

/** The manifest goes first: without it nothing proves that the files left are whole. */
async function removeOldFiles(options: WriteTablesOptions): Promise<void> {
  const { folder, connection } = options;
  try {
    await mkdir(folder, { recursive: true });
    const before = await readExportManifest(folder, connection).catch(() => undefined);
    await rm(join(folder, nameManifest(connection)), { force: true });
    await syncFolder(folder);
    const tables = [...(before?.tables ?? []), ...options.tables].map((table) => table.name);
    const old = new Set(tables.map((name) => `${name}.csv`));
    for (const name of await readdir(folder)) {
      if (old.has(name) || isLeftOver(name, connection))
        await rm(join(folder, name), { force: true });
    }
  } catch (error) {
    throw describeFileError(error, folder, 'write');
  }
}

function isLeftOver(name: string, connection: string): boolean {
  const table = /^(.+?)(\.csv\.part|\.partial\.csv|\.export\.json\.part)$/.exec(name)?.[1];
  return table !== undefined && (table === connection || table.startsWith(`${connection}_`));
}
