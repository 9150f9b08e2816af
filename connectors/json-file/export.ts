/** Reads JSON and JSON Lines files by paths. */
import type { FileHandle } from 'node:fs/promises';
import { ConnectorError } from '../spi/errors.ts';
import { checkFiles } from '../spi/files/check-files.ts';
import { describeFolder, locateOneFile } from '../spi/files/locate-file.ts';
import { RowBatches } from '../spi/files/row-batches.ts';
import {
  type FileFacts,
  openFile,
  refuseChanged,
  waitUntilWritten,
} from '../spi/files/whole-file.ts';
import type {
  ConnectorContext,
  Exporter,
  ExportRequest,
  TableBatch,
  TableDescription,
  TableRequest,
} from '../spi/package.ts';
import { hasLines, readElements } from './read-elements.ts';
import type { JsonFileSettings, JsonTable } from './settings.ts';
import { commandColumn, listPaths, TablePlan } from './table-plan.ts';

export const jsonFileExporter: Exporter<JsonFileSettings> = {
  checkConnection,
  exportTables,
  describeTables,
};

async function checkConnection(
  settings: JsonFileSettings,
  context: ConnectorContext,
): Promise<string> {
  return checkFiles(settings, context, async ({ kind, path }) => {
    if (kind === 'folder') throw describeFolder(path);
    await using file = await openFile(path);
    for (const table of settings.Tables) await sample(file, path, settings, table, 1);
    return `${path} can be read and has what Rows of ${settings.Tables.length} tables name.`;
  });
}

/** Elements that tell what columns a table has. */
const sampledRows = 1_000;

async function describeTables(
  settings: JsonFileSettings,
  context: ConnectorContext,
): Promise<readonly TableDescription[]> {
  const located = await locateOneFile(settings, 'initial', context);
  if (located.kind === 'nothing') return [];
  await using file = await openFile(located.path);
  const tables: TableDescription[] = [];
  for (const table of settings.Tables) {
    const paths = await sample(file, located.path, settings, table, sampledRows);
    const renamed = new Set(table.Columns.map(({ Path }) => Path));
    const own = [...paths].filter((path) => !renamed.has(path));
    const columns = [...table.Columns.map(({ Column }) => Column), ...own];
    tables.push({ name: table.Table, columns: columns.map((name) => ({ name })) });
  }
  return tables;
}

/** Paths of the plain values in the first rows of a table. */
async function sample(
  file: FileHandle,
  path: string,
  settings: JsonFileSettings,
  table: JsonTable,
  count: number,
): Promise<ReadonlySet<string>> {
  const plan = new TablePlan(table, { name: table.Table, columns: [] }, path);
  const paths = new Set<string>();
  let seen = 0;
  for await (const { elements } of readElements(file, path, settings, plan.outer)) {
    for (const element of elements) {
      for (const own of plan.readOwn(element)) for (const each of listPaths(own)) paths.add(each);
      seen += 1;
      if (seen >= count) return paths;
    }
  }
  return paths;
}

async function* exportTables(
  request: ExportRequest<JsonFileSettings>,
  context: ConnectorContext,
): AsyncGenerator<TableBatch, void, undefined> {
  context.signal.throwIfAborted();
  const { settings } = request;
  const chosen = chooseTables(request);
  const located = await locateOneFile(settings, request.mode, context);
  if (located.kind === 'nothing') {
    yield located;
    return;
  }
  const { path } = located;
  await waitUntilWritten(path, settings, context);
  await using file = await openFile(path);
  const before = await file.stat();
  for (const { request: table, settings: own } of chosen) {
    const end = yield* exportTable({ file, path, settings, table, own, context });
    context.signal.throwIfAborted();
    await refuseChanged(file, before, path);
    yield {
      kind: 'end',
      table: table.name,
      rows: end.rows,
      ...describeEnd(end, before, hasLines(path, settings)),
      writtenAt: before.mtime.toISOString(),
      ...(own.CommandPath === undefined ? {} : { commandColumn }),
    };
  }
}

interface TableSource {
  readonly file: FileHandle;
  readonly path: string;
  readonly settings: JsonFileSettings;
  readonly table: TableRequest;
  readonly own: JsonTable;
  readonly context: ConnectorContext;
}

interface TableEnd {
  readonly rows: number;
  readonly elements: number;
  readonly isTerminated: boolean;
}

async function* exportTable(source: TableSource): AsyncGenerator<TableBatch, TableEnd, undefined> {
  const { file, path, settings, table, own, context } = source;
  const plan = new TablePlan(own, table, path);
  const batches = new RowBatches(table.name, plan.columns);
  const counts = { elements: 0, isTerminated: true };
  yield batches.first();
  for await (const { elements, isTerminated } of readElements(file, path, settings, plan.outer)) {
    context.signal.throwIfAborted();
    counts.elements += elements.length;
    counts.isTerminated = isTerminated;
    for (const element of elements) {
      for (const row of plan.read(element)) {
        const full = batches.add(row);
        if (full !== undefined) yield full;
      }
    }
  }
  yield* batches.rest();
  plan.requireColumns(batches.count);
  return { rows: batches.count, ...counts };
}

function describeEnd(
  { rows, elements, isTerminated }: TableEnd,
  { size }: FileFacts,
  isLines: boolean,
): { readonly evidence: string; readonly isTerminated?: boolean } {
  const what = isLines ? 'lines' : 'elements of a whole JSON text';
  const open = isLines && !isTerminated ? '; the last line has no line break' : '';
  return {
    evidence: `${rows} rows of ${elements} ${what} in ${size} bytes, unchanged while read${open}`,
    ...(isLines ? { isTerminated } : {}),
  };
}

interface ChosenTable {
  readonly request: TableRequest;
  readonly settings: JsonTable;
}

function chooseTables(request: ExportRequest<JsonFileSettings>): readonly ChosenTable[] {
  const { Tables } = request.settings;
  return request.tables.map((table) => {
    const settings = Tables.find(({ Table }) => Table === table.suffix);
    if (settings !== undefined) return { request: table, settings };
    const known = Tables.map(({ Table }) =>
      Table === '' ? request.connection : `${request.connection}_${Table}`,
    );
    throw new ConnectorError(
      'not-found',
      `The connection ${request.connection} has no table "${table.name}".`,
      {
        hint: `Its Tables are ${known.slice(0, 8).join(', ')}; letter case counts.`,
        details: { connection: request.connection, table: table.name },
      },
    );
  });
}
