/** Reads CSV files dropped by other systems. */
import type { FileHandle } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { type CsvBatch, readCsvRecords } from '../spi/csv-records.ts';
import { decodeFile, describeUnknownEncoding, findEncoding } from '../spi/decode-file.ts';
import { ConnectorError } from '../spi/errors.ts';
import { describeFileError, resolveBelowRoots } from '../spi/file-access.ts';
import { checkFiles } from '../spi/files/check-files.ts';
import { type Header, readHeader, setCell, trimValue } from '../spi/files/header.ts';
import { locateFile } from '../spi/files/locate-file.ts';
import { openFile, refuseChanged, waitUntilWritten } from '../spi/files/whole-file.ts';
import type {
  ConnectorContext,
  Exporter,
  ExportRequest,
  TableBatch,
  TableDescription,
  TableRequest,
} from '../spi/package.ts';
import type { Row } from '../spi/row.ts';
import { type FileEnd, headerPlace, mayBePlain, openLines, type SourceFile } from './copy-lines.ts';
import type { CsvSettings } from './settings.ts';
import { skipLines } from './skip-lines.ts';
import { listTableFiles, locateTableFile } from './table-files.ts';

export const csvExporter: Exporter<CsvSettings> = {
  checkConnection,
  exportTables,
  describeTables,
};

async function checkConnection(settings: CsvSettings, context: ConnectorContext): Promise<string> {
  if (findEncoding(settings.Encoding) === undefined)
    throw describeUnknownEncoding(settings.Encoding);
  return checkFiles(settings, context, async ({ kind, path }) => {
    if (kind === 'folder') {
      const files = await listTableFiles(path);
      return `${path} is a folder with ${files.length} CSV files.`;
    }
    const header = await peekHeader(path, settings, context);
    return `${path} can be read and has ${header?.columns.length ?? 0} columns.`;
  });
}

async function describeTables(
  settings: CsvSettings,
  context: ConnectorContext,
): Promise<readonly TableDescription[]> {
  const located = await locateFile(settings, 'initial', context);
  if (located.kind === 'nothing') return [];
  const describe = async (name: string, path: string): Promise<TableDescription> => {
    const header = await peekHeader(path, settings, context);
    return { name, columns: (header?.columns ?? []).map((column) => ({ name: column })) };
  };
  if (located.kind === 'file') return [await describe('', located.path)];
  const tables: TableDescription[] = [];
  for (const file of await listTableFiles(located.path)) {
    const path = await resolveBelowRoots(join(located.path, file), context.sourcesRootPaths);
    tables.push(await describe(basename(file, extname(file)), path));
  }
  return tables;
}

/** The header of a file, from its first piece; `undefined` for a file without one. */
async function peekHeader(
  path: string,
  settings: CsvSettings,
  context: ConnectorContext,
): Promise<Header | undefined> {
  await using file = await openFile(path);
  for await (const batch of readRecords(file, path, settings)) {
    const record = batch.records[0];
    if (record === undefined) continue;
    return readHeader(
      record,
      settings.ValuesToTrim,
      { columns: [] },
      headerPlace(path),
      context.logger,
    );
  }
  return undefined;
}

async function* exportTables(
  request: ExportRequest<CsvSettings>,
  context: ConnectorContext,
): AsyncGenerator<TableBatch, void, undefined> {
  context.signal.throwIfAborted();
  const located = await locateFile(request.settings, request.mode, context);
  if (located.kind === 'nothing') {
    yield located;
  } else if (located.kind === 'file') {
    yield* exportFile(chooseTable(request), located.path, request, context);
  } else {
    for (const table of request.tables) {
      const path = await locateTableFile(located.path, table, context.sourcesRootPaths);
      yield* exportFile(table, path, request, context);
    }
  }
}

async function* exportFile(
  table: TableRequest,
  path: string,
  request: ExportRequest<CsvSettings>,
  context: ConnectorContext,
): AsyncGenerator<TableBatch, void, undefined> {
  const { settings } = request;
  await waitUntilWritten(path, settings, context);
  await using file = await openFile(path);
  const before = await file.stat();
  const source: SourceFile = { file, path, table, settings, context };
  const isPlain = request.takesLines === true && mayBePlain(source);
  // What the lines turn out not to be is told, with its line, by reading them as text.
  const lines = isPlain ? await openLines(source, () => drain(readBatches(source))) : undefined;
  const read = lines === undefined ? readBatches(source) : lines.read();
  let end: FileEnd = { header: undefined, rows: 0, isTerminated: true };
  for (let next = await read.next(); ; next = await read.next()) {
    if (next.done === true) {
      end = next.value;
      break;
    }
    yield next.value;
  }
  context.signal.throwIfAborted();
  await refuseChanged(file, before, path);
  const { header, rows, isTerminated } = end;
  yield {
    kind: 'end',
    table: table.name,
    rows,
    evidence: describeEvidence(before.size, rows, header, isTerminated),
    writtenAt: before.mtime.toISOString(),
    isTerminated,
    ...(header?.commandColumn === undefined ? {} : { commandColumn: header.commandColumn }),
  };
}

/** The rows of a file as text, whatever its encoding and separator. */
async function* readBatches(source: SourceFile): AsyncGenerator<TableBatch, FileEnd, undefined> {
  const { file, path, table, settings, context } = source;
  let header: Header | undefined;
  let rows = 0;
  let isTerminated = true;
  for await (const batch of readRecords(file, path, settings)) {
    context.signal.throwIfAborted();
    const isHeaderHere = header === undefined;
    const first = batch.records[0];
    if (first === undefined) continue;
    header ??= readHeader(first, settings.ValuesToTrim, table, headerPlace(path), context.logger);
    isTerminated = !batch.isUnterminated;
    const read = readRows(batch, isHeaderHere ? 1 : 0, header, settings.ValuesToTrim, path);
    rows += read.length;
    yield { kind: 'rows', table: table.name, columns: header.columns, rows: read };
  }
  return { header, rows, isTerminated };
}

async function drain(batches: AsyncIterable<TableBatch>): Promise<void> {
  for await (const _ of batches);
}

function chooseTable(request: ExportRequest<CsvSettings>): TableRequest {
  const other = request.tables.find((table) => table.suffix !== '');
  if (other !== undefined) {
    throw new ConnectorError('not-found', `A CSV connection has no table "${other.name}".`, {
      hint: `It has one table, named as the connection: write ConnectionTable="${request.connection}"; or let Path name a folder with a file per table.`,
      details: { connection: request.connection, table: other.name },
    });
  }
  const [table] = request.tables;
  return table ?? { name: request.connection, suffix: '', columns: [], formats: {} };
}

async function* readRecords(
  file: FileHandle,
  path: string,
  settings: CsvSettings,
): AsyncGenerator<CsvBatch, void, undefined> {
  const bytes = file.createReadStream({ autoClose: false, highWaterMark: 256 * 1024, start: 0 });
  try {
    const text = decodeFile(bytes, settings.Encoding, path);
    yield* readCsvRecords(skipLines(text, settings.NumberOfLinesToSkip), {
      separator: settings.Separator,
      file: path,
      linesBefore: settings.NumberOfLinesToSkip,
      skipsBlankLines: true,
    });
  } catch (error) {
    throw describeFileError(error, path, 'read');
  }
}

/** Lines as rows: short ones are filled up, long ones refused unless what is too much is empty. */
function readRows(
  batch: CsvBatch,
  start: number,
  header: Header,
  trims: readonly string[],
  path: string,
): readonly Row[] {
  const rows: Row[] = [];
  for (let index = start; index < batch.records.length; index += 1) {
    const record = batch.records[index] ?? [];
    if (record.length !== header.width) checkLength(batch, index, header, path);
    rows.push(makeRow(record, header, trims));
  }
  return rows;
}

function makeRow(record: readonly string[], header: Header, trims: readonly string[]): Row {
  const row: Record<string, string | null> = {};
  for (let index = 0; index < header.columns.length; index += 1) {
    const column = header.columns[index] ?? '';
    const field = record[header.fields[index] ?? -1] ?? '';
    const value = trims.length === 0 ? field : trimValue(field, trims);
    setCell(row, column, value === '' ? null : value);
  }
  return row;
}

function checkLength(batch: CsvBatch, index: number, header: Header, path: string): void {
  const record = batch.records[index] ?? [];
  const isLast = index === batch.records.length - 1;
  if (record.length < header.width) {
    if (!isLast || !batch.isUnterminated) return;
    throw new ConnectorError(
      'incomplete',
      `The last line of ${path} ends in the middle: it was cut off.`,
      {
        hint: 'Have the file written again in full, with a line break at its end, then export again.',
        details: { path, found: record.length, expected: header.width },
      },
    );
  }
  if (record.slice(header.width).every((field) => field === '')) return;
  const line = batch.lineOf(index);
  throw new ConnectorError(
    'invalid-value',
    `Line ${line} of ${path} has ${record.length} values where the header has ${header.width}.`,
    {
      hint: 'Put values that hold the separator in quotes, or correct the Separator setting.',
      details: { path, line, found: record.length, expected: header.width },
    },
  );
}

function describeEvidence(
  size: number,
  rows: number,
  header: Header | undefined,
  isTerminated: boolean,
): string {
  if (header === undefined)
    return size === 0 ? 'the file is empty (0 bytes)' : 'the file has no header line';
  const content = rows === 0 ? 'a header line only' : `${rows} rows`;
  const end = isTerminated ? '' : '; the last line has no line break';
  return `${content} in ${size} bytes, unchanged while read${end}`;
}
