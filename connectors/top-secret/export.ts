/** Reads what TSSCFILE writes of Top Secret: one table per record type. */
import { ConnectorError } from '../spi/errors.ts';
import { openUnloadFile } from '../spi/mainframe/unload-file.ts';
import { suggestName } from '../spi/nearest-name.ts';
import type {
  ConnectorContext,
  Exporter,
  ExportRequest,
  TableBatch,
  TableDescription,
  TableRequest,
} from '../spi/package.ts';
import type { Row } from '../spi/row.ts';
import { readLayouts, type TopSecretLayout } from './layouts.ts';
import { listColumns, makeRows, RecordJoiner, type TopSecretRecord } from './records.ts';
import type { TopSecretSettings } from './settings.ts';

export const topSecretExporter: Exporter<TopSecretSettings> = {
  checkConnection,
  exportTables,
  describeTables,
};

const batchSize = 1_000;
const maxTypes = 500;

async function checkConnection(
  settings: TopSecretSettings,
  context: ConnectorContext,
): Promise<string> {
  const layouts = await readLayouts(settings, context);
  await using source = await openUnloadFile(settings, context);
  for await (const batch of source.read()) {
    const joiner = new RecordJoiner(source.path);
    const records = [...joiner.take(batch), ...joiner.finish()];
    const types = [...new Set(records.map(({ type }) => type))].sort();
    return `${source.path} can be read; it begins with records of ${types.length} types, and ${layouts.size} have a layout.`;
  }
  throw describeNoRecords(source.path);
}

async function describeTables(
  settings: TopSecretSettings,
  context: ConnectorContext,
): Promise<readonly TableDescription[]> {
  const layouts = await readLayouts(settings, context);
  return [...layouts].map(([name, layout]) => ({
    name,
    columns: listColumns(layout).map((column) => ({ name: column, type: 'text' })),
  }));
}

async function* exportTables(
  request: ExportRequest<TopSecretSettings>,
  context: ConnectorContext,
): AsyncGenerator<TableBatch, void, undefined> {
  context.signal.throwIfAborted();
  const { settings, connection } = request;
  const layouts = await readLayouts(settings, context);
  const tables = new Map<string, OpenTable>();
  for (const table of request.tables) {
    tables.set(table.suffix, openTable(checkRequest(table, layouts), layouts.get(table.suffix)));
  }
  await using source = await openUnloadFile(settings, context);
  const joiner = new RecordJoiner(source.path);
  const give = function* (record: TopSecretRecord): Generator<TableBatch, void, undefined> {
    const { type } = record;
    const table = tables.get(type) ?? openTable(`${connection}_${type}`, layouts.get(type));
    tables.set(type, table);
    if (tables.size > maxTypes) throw describeTooManyTypes(source.path);
    table.pending.push(...makeRows(record, table.layout));
    while (table.pending.length >= batchSize) yield flush(table);
  };
  for await (const batch of source.read()) {
    context.signal.throwIfAborted();
    for (const record of joiner.take(batch)) yield* give(record);
  }
  for (const record of joiner.finish()) yield* give(record);
  if (joiner.records === 0) throw describeNoRecords(source.path);
  const file = await source.proveUnchanged();
  for (const table of tables.values()) {
    if (table.pending.length > 0 || table.rows === 0) yield flush(table);
    yield {
      kind: 'end',
      table: table.name,
      rows: table.rows,
      evidence: `${table.rows} rows of ${joiner.records} records in ${file.bytes} bytes, unchanged while read`,
      writtenAt: file.writtenAt,
      isTerminated: true,
    };
  }
}

interface OpenTable {
  readonly name: string;
  readonly layout: TopSecretLayout | undefined;
  readonly columns: readonly string[];
  pending: Row[];
  rows: number;
}

function openTable(name: string, layout: TopSecretLayout | undefined): OpenTable {
  return { name, layout, columns: listColumns(layout), pending: [], rows: 0 };
}

function flush(table: OpenTable): TableBatch {
  const rows = table.pending.splice(0, batchSize);
  table.rows += rows.length;
  return { kind: 'rows', table: table.name, columns: table.columns, rows };
}

function checkRequest(table: TableRequest, layouts: ReadonlyMap<string, TopSecretLayout>): string {
  if (!/^[0-9A-F]{4}$/.test(table.suffix)) {
    throw new ConnectorError('not-found', `A file of Top Secret has no table "${table.name}".`, {
      hint: 'Tables are named by record type, four characters such as 0100.',
      details: { table: table.name },
    });
  }
  const columns = listColumns(layouts.get(table.suffix));
  const missing = table.columns.find((column) => !columns.includes(column));
  if (missing === undefined) return table.name;
  throw new ConnectorError(
    'invalid-value',
    `Records of type ${table.suffix} have no column "${missing}", which a mapping uses.`,
    {
      hint:
        suggestName(missing, columns) ?? 'Describe the field in the file that LayoutFile names.',
      details: { table: table.name, column: missing },
    },
  );
}

/** A file of Top Secret has a few dozen types; every one becomes a file. */
function describeTooManyTypes(path: string): ConnectorError {
  return new ConnectorError(
    'invalid-value',
    `The file ${path} holds records of more than ${maxTypes} types.`,
    {
      hint: 'It is not a file of TSSCFILE, or Encoding or RecordLength is wrong.',
      details: { path },
    },
  );
}

function describeNoRecords(path: string): ConnectorError {
  return new ConnectorError('incomplete', `The file ${path} holds no record.`, {
    hint: 'Run TSS LIST, TSSCFILE and the transfer again.',
    details: { path },
  });
}
