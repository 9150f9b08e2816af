/** Reads an unload of the RACF database: one table per record type. */
import { ConnectorError } from '../spi/errors.ts';
import { openUnloadFile } from '../spi/mainframe/unload-file.ts';
import type {
  ConnectorContext,
  Exporter,
  ExportRequest,
  TableBatch,
  TableDescription,
} from '../spi/package.ts';
import { chooseTables } from './choose-tables.ts';
import { layouts } from './layouts.ts';
import type { RacfSettings } from './settings.ts';
import { UnloadTables } from './unload-tables.ts';

export const racfExporter: Exporter<RacfSettings> = {
  checkConnection,
  exportTables,
  describeTables,
};

async function checkConnection(settings: RacfSettings, context: ConnectorContext): Promise<string> {
  await using unload = await openUnloadFile(settings, context);
  const { path } = unload;
  const tables = new UnloadTables(chooseTables('', []), { file: path, checksMembers: false });
  for await (const batch of unload.read()) {
    tables.take(batch);
    return `${path} can be read and begins with a record of type ${batch.records[0]?.slice(0, 4)}.`;
  }
  throw describeNoRecords(path);
}

async function describeTables(): Promise<readonly TableDescription[]> {
  return layouts.map(({ type, fields, keys }) => ({
    name: type,
    columns: fields.map(({ name }, at) => ({
      name,
      type: 'text',
      ...(keys.includes(at) ? { isKey: true } : {}),
    })),
  }));
}

async function* exportTables(
  request: ExportRequest<RacfSettings>,
  context: ConnectorContext,
): AsyncGenerator<TableBatch, void, undefined> {
  context.signal.throwIfAborted();
  const { settings } = request;
  const chosen = chooseTables(request.connection, request.tables);
  await using unload = await openUnloadFile(settings, context);
  const { path } = unload;
  const tables = new UnloadTables(chosen, { file: path, checksMembers: settings.ChecksMembers });
  for await (const batch of unload.read()) {
    context.signal.throwIfAborted();
    yield* tables.take(batch);
  }
  if (tables.records === 0) throw describeNoRecords(path);
  const proof = await unload.proveUnchanged();
  const others = tables.otherTypes();
  if (others.length > 0) {
    context.logger.info({ types: others }, 'record types that are not read, with their counts');
  }
  yield* tables.finish(proof);
}

function describeNoRecords(path: string): ConnectorError {
  return new ConnectorError('incomplete', `The file ${path} holds no record of an unload.`, {
    hint: 'Even the smallest RACF database has records: run IRRDBU00 and the transfer again.',
    details: { path },
  });
}
