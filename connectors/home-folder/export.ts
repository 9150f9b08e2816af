/** Lists home folders: the folders in local folders, and in shares of file servers. */
import { ConnectorError } from '../spi/errors.ts';
import { ScanTroubles } from '../spi/folders/scan-troubles.ts';
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
import { type FoundFolder, listDirectory, locateDirectory } from './list-directory.ts';
import type { HomeFolderSettings } from './settings.ts';

export const homeFolderExporter: Exporter<HomeFolderSettings> = {
  checkConnection,
  exportTables,
  describeTables,
};

const batchSize = 1_000;
const columns = ['Command', 'Name'];
/** Written where a mapping uses them. */
const furtherColumns = ['Path', 'OwnerId'];

async function checkConnection(
  settings: HomeFolderSettings,
  context: ConnectorContext,
): Promise<string> {
  const answers: string[] = [];
  for (const path of settings.InputDirectories) {
    const directory = await locateDirectory(path, context);
    const troubles = new ScanTroubles(context.logger, '');
    let hasAny = false;
    for await (const folders of listDirectory(directory, { settings, context, troubles })) {
      hasAny ||= folders.length > 0;
      if (hasAny) break;
    }
    troubles.refuse();
    answers.push(`${path} can be read and has ${hasAny ? '' : 'no '}folders.`);
  }
  return answers.join(' ');
}

async function describeTables(): Promise<readonly TableDescription[]> {
  const all = [...columns, ...furtherColumns];
  return [
    {
      name: '',
      columns: all.map((name) => ({
        name,
        type: 'text',
        ...(name === 'Name' ? { isKey: true } : {}),
      })),
    },
  ];
}

async function* exportTables(
  request: ExportRequest<HomeFolderSettings>,
  context: ConnectorContext,
): AsyncGenerator<TableBatch, void, undefined> {
  context.signal.throwIfAborted();
  const { settings } = request;
  const table = chooseTable(request);
  const written = [...columns, ...furtherColumns.filter((name) => table.columns.includes(name))];
  const troubles = new ScanTroubles(
    context.logger,
    'Give the account access to it, or take the folder out of InputDirectories.',
  );
  if (settings.Interactive) {
    context.logger.info({ setting: 'Interactive' }, 'a setting without effect on this system');
  }
  const directories = [];
  for (const path of settings.InputDirectories)
    directories.push(await locateDirectory(path, context));
  const names = directories.length > 1 ? new Set<string>() : undefined;
  let pending: Row[] = [];
  let rows = 0;
  for (const directory of directories) {
    for await (const folders of listDirectory(directory, { settings, context, troubles })) {
      context.signal.throwIfAborted();
      for (const folder of folders) {
        noteTwice(folder, names, context);
        pending.push(makeRow(folder, written));
      }
      while (pending.length >= batchSize) {
        const full = pending.slice(0, batchSize);
        pending = pending.slice(batchSize);
        rows += full.length;
        yield { kind: 'rows', table: table.name, columns: written, rows: full };
      }
    }
  }
  rows += pending.length;
  yield { kind: 'rows', table: table.name, columns: written, rows: pending };
  troubles.refuse();
  yield {
    kind: 'end',
    table: table.name,
    rows,
    evidence: `${rows} folders in ${directories.length} input directories, each listed to its end${troubles.describeLeftOut()}`,
    commandColumn: 'Command',
  };
}

/** Both are written; the next step keeps the first. Holds all names where there are several input directories. */
function noteTwice(
  folder: FoundFolder,
  names: Set<string> | undefined,
  context: ConnectorContext,
): void {
  if (names === undefined) return;
  if (names.has(folder.name)) {
    context.logger.warn({ path: folder.path }, 'a home folder of this name stands in two folders');
  }
  names.add(folder.name);
}

function makeRow(folder: FoundFolder, written: readonly string[]): Row {
  const row: Record<string, string | null> = { Command: null, Name: folder.name };
  if (written.includes('Path')) row['Path'] = folder.path;
  if (written.includes('OwnerId')) row['OwnerId'] = folder.ownerId;
  return row;
}

function chooseTable(request: ExportRequest<HomeFolderSettings>): TableRequest {
  const other = request.tables.find((table) => table.suffix !== '');
  if (other !== undefined) {
    throw new ConnectorError('not-found', `Home folders have no table "${other.name}".`, {
      hint: `They have one table, named as the connection: write ConnectionTable="${request.connection}".`,
      details: { connection: request.connection, table: other.name },
    });
  }
  const [table] = request.tables;
  if (table === undefined) {
    return { name: request.connection, suffix: '', columns: [], formats: {} };
  }
  const known = [...columns, ...furtherColumns];
  const missing = table.columns.find((column) => !known.includes(column));
  if (missing === undefined) return table;
  throw new ConnectorError(
    'invalid-value',
    `Home folders have no column "${missing}", which a mapping uses.`,
    {
      hint: suggestName(missing, known) ?? `Their columns are ${known.join(', ')}.`,
      details: { table: table.name, column: missing },
    },
  );
}
