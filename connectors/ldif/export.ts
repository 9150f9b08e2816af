/** Reads LDIF files that directories or their tools have written. */
import type { FileHandle } from 'node:fs/promises';
import {
  decodeFile,
  describeUnknownEncoding,
  findEncoding,
  readByteOrderMark,
} from '../spi/decode-file.ts';
import { ConnectorError } from '../spi/errors.ts';
import { describeFileError, resolveBelowRoots, resolveSettingPath } from '../spi/file-access.ts';
import { RowBatches } from '../spi/files/row-batches.ts';
import { openFile, refuseChanged, waitUntilWritten } from '../spi/files/whole-file.ts';
import type {
  ConnectorContext,
  Exporter,
  ExportRequest,
  TableBatch,
  TableDescription,
} from '../spi/package.ts';
import { commandColumn, RecordRows } from './record-rows.ts';
import { type LdifBatch, type LdifRecord, readRecords } from './records.ts';
import type { LdifSettings } from './settings.ts';

export const ldifExporter: Exporter<LdifSettings> = {
  checkConnection,
  exportTables,
  describeTables,
};

type Mode = ExportRequest<LdifSettings>['mode'];

async function checkConnection(settings: LdifSettings, context: ConnectorContext): Promise<string> {
  const answers: string[] = [];
  const modes: readonly Mode[] =
    settings.LDIFFileIncremental === undefined ? ['complete'] : ['complete', 'incremental'];
  for (const mode of modes) {
    const located = await locate(settings, mode, context);
    if (located.kind === 'nothing') {
      answers.push(located.reason);
      continue;
    }
    await using file = await openFile(located.path);
    const first = await findFirst(file, located.path, settings);
    answers.push(
      first === undefined
        ? `${located.path} can be read and has no records.`
        : `${located.path} can be read and begins with ${first.kind === 'content' ? 'an entry' : 'a change'}.`,
    );
  }
  return answers.join(' ');
}

async function findFirst(
  file: FileHandle,
  path: string,
  settings: LdifSettings,
): Promise<LdifRecord | undefined> {
  for await (const { records } of readFile(file, path, settings)) {
    if (records[0] !== undefined) return records[0];
  }
  return undefined;
}

/** The settings name the columns: the file has none. */
async function describeTables(settings: LdifSettings): Promise<readonly TableDescription[]> {
  const columns = [...new Set(settings.Attributes)];
  return [{ name: '', columns: columns.map((name) => ({ name })) }];
}

async function* exportTables(
  request: ExportRequest<LdifSettings>,
  context: ConnectorContext,
): AsyncGenerator<TableBatch, void, undefined> {
  context.signal.throwIfAborted();
  const { settings, mode } = request;
  const table = chooseTable(request);
  const located = await locate(settings, mode, context);
  if (located.kind === 'nothing') {
    yield located;
    return;
  }
  const { path } = located;
  await waitUntilWritten(path, settings, context);
  await using file = await openFile(path);
  const before = await file.stat();
  const takesChanges = mode === 'incremental' && settings.LDIFFileIncremental !== undefined;
  // All entries in incremental mode are compared by the next step: a command would make changes of them.
  const rows = new RecordRows(settings, path, mode !== 'incremental' || takesChanges, takesChanges);
  const batches = new RowBatches(table, rows.columns);
  const counts = { records: 0, isClosed: true };
  let kind: string | undefined;
  yield batches.first();
  for await (const { records, isClosed } of readFile(file, path, settings)) {
    context.signal.throwIfAborted();
    counts.isClosed = isClosed;
    for (const record of records) {
      kind = checkKind(record, kind, path);
      counts.records += 1;
      const row = rows.read(record);
      const full = row === undefined ? undefined : batches.add(row);
      if (full !== undefined) yield full;
    }
  }
  yield* batches.rest();
  context.signal.throwIfAborted();
  await refuseChanged(file, before, path);
  yield {
    kind: 'end',
    table,
    rows: batches.count,
    evidence: `${batches.count} of ${counts.records} records in ${before.size} bytes, unchanged while read${counts.isClosed ? '' : '; the last record is not closed by an empty line'}`,
    writtenAt: before.mtime.toISOString(),
    isTerminated: counts.isClosed,
    ...(rows.columns[0] === commandColumn ? { commandColumn } : {}),
  };
}

function chooseTable(request: ExportRequest<LdifSettings>): string {
  const other = request.tables.find((table) => table.suffix !== '');
  if (other !== undefined) {
    throw new ConnectorError('not-found', `An LDIF connection has no table "${other.name}".`, {
      hint: `It has one table, named as the connection: write ConnectionTable="${request.connection}".`,
      details: { connection: request.connection, table: other.name },
    });
  }
  const known = new Set(request.settings.Attributes);
  const missing = request.tables
    .flatMap((table) => table.columns)
    .find((column) => !known.has(column) && column !== commandColumn);
  if (missing !== undefined) {
    throw new ConnectorError(
      'invalid-value',
      `The connection ${request.connection} does not read the attribute "${missing}", which a mapping uses.`,
      {
        hint: 'Add it to Attributes, in the same letter case.',
        details: { connection: request.connection, column: missing },
      },
    );
  }
  return request.connection;
}

type Located =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'nothing'; readonly reason: string };

/** The real path of the file of a mode, inside the allowed folders. */
async function locate(
  settings: LdifSettings,
  mode: Mode,
  context: ConnectorContext,
): Promise<Located> {
  const changes = mode === 'incremental' ? settings.LDIFFileIncremental : undefined;
  const setting = changes === undefined ? 'LDIFFile' : 'LDIFFileIncremental';
  const path = resolveSettingPath(setting, changes ?? settings.LDIFFile, context);
  try {
    return { kind: 'file', path: await resolveBelowRoots(path, context.sourcesRootPaths) };
  } catch (error) {
    const isMissing = error instanceof ConnectorError && error.kind === 'not-found';
    if (!isMissing || changes === undefined) throw error;
    return { kind: 'nothing', reason: `There is no file of changes at ${path}.` };
  }
}

/** A file holds entries or changes, never both: one of the two would be misread. */
function checkKind(record: LdifRecord, before: string | undefined, path: string): string {
  const kind = record.kind === 'content' ? 'entries' : 'changes';
  if (before === undefined || before === kind) return kind;
  throw new ConnectorError(
    'invalid-value',
    `The file ${path} holds ${before} up to line ${record.line} and ${kind} from there on.`,
    {
      hint: 'Entries and changes belong into files of their own.',
      details: { path, line: record.line },
    },
  );
}

async function* readFile(
  file: FileHandle,
  path: string,
  settings: LdifSettings,
): AsyncGenerator<LdifBatch, void, undefined> {
  const encoding = findEncoding(settings.LdifEncoding);
  if (encoding === undefined) throw describeUnknownEncoding(settings.LdifEncoding);
  const start = Buffer.alloc(4);
  await file.read(start, 0, start.length, 0);
  const mark = readByteOrderMark(start);
  const bytes = file.createReadStream({ autoClose: false, highWaterMark: 256 * 1024, start: 0 });
  const chunks =
    (mark ?? encoding) === 'utf-8'
      ? withoutMark(bytes, mark !== undefined)
      : encodeUtf8(decodeFile(bytes, settings.LdifEncoding, path));
  try {
    yield* readRecords(chunks, path, settings.MaxRecordMegabytes * 2 ** 20);
  } catch (error) {
    throw describeFileError(error, path, 'read');
  }
}

async function* withoutMark(
  chunks: AsyncIterable<Uint8Array>,
  hasMark: boolean,
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = hasMark ? 3 : 0;
  for await (const chunk of chunks) {
    const skipped = Math.min(left, chunk.length);
    left -= skipped;
    yield chunk.subarray(skipped);
  }
}

/** Encodings in which a line break is no single byte are text first, and unfolded then. */
async function* encodeUtf8(
  texts: AsyncIterable<string>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const text of texts) yield Buffer.from(text, 'utf8');
}
