/** Scans shared folders: who has which right on which path. */
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
import { ShareClient } from '../spi/smb/share-client.ts';
import { compileAvoided, locateRoots } from './locate-roots.ts';
import { nameSids } from './name-sids.ts';
import { nameColumn, RightsTables, tableColumns } from './rights-tables.ts';
import type { FoundObject, Scan, ScanRoot } from './scan.ts';
import { scanLocalTree } from './scan-local.ts';
import { scanShareTree } from './scan-share.ts';
import type { SharedFolderSettings } from './settings.ts';

export const sharedFolderExporter: Exporter<SharedFolderSettings> = {
  checkConnection,
  exportTables,
  describeTables,
};

const batchSize = 1_000;
const suffixes = ['ACE', 'PathInformations', 'SID'] as const;
type Suffix = (typeof suffixes)[number];

const cure =
  'Give the account the right to read it and its permissions, or name it in ListOfPathsToAvoid.';

/** Looks at the input directories themselves: their rights, and what lies in them first. */
async function checkConnection(
  settings: SharedFolderSettings,
  context: ConnectorContext,
): Promise<string> {
  const scan = makeScan({ ...settings, LevelOfScan: 1, OnlyDirectoryScan: true }, context);
  const answers: string[] = [];
  for (const root of await locateRoots(settings, context)) {
    await using clients = await openClients([root], settings, context);
    let count = 0;
    for await (const objects of scanRoot(root, clients.byRoot, scan)) count += objects.length;
    scan.troubles.refuse();
    answers.push(`${root.spelled} and the rights of ${count - 1} folders in it can be read.`);
  }
  return answers.join(' ');
}

async function describeTables(): Promise<readonly TableDescription[]> {
  const keys = ['key', 'Path', 'SID'];
  return suffixes.map((suffix, at) => ({
    name: suffix,
    columns: listKnownColumns(suffix).map((name) => ({
      name,
      type: 'text',
      ...(name === keys[at] ? { isKey: true } : {}),
    })),
  }));
}

async function* exportTables(
  request: ExportRequest<SharedFolderSettings>,
  context: ConnectorContext,
): AsyncGenerator<TableBatch, void, undefined> {
  context.signal.throwIfAborted();
  const { settings } = request;
  const table = (suffix: Suffix): string => chooseTable(request, suffix);
  for (const each of request.tables) checkRequest(each, request.connection);
  const wantsNames = request.tables.some(({ columns }) => columns.includes(nameColumn));
  if (settings.Interactive) {
    context.logger.info({ setting: 'Interactive' }, 'a setting without effect on this system');
  }
  const roots = await locateRoots(settings, context);
  await using clients = await openClients(roots, settings, context);
  const scan = makeScan(settings, context);
  const names = { ace: table('ACE'), paths: table('PathInformations') };
  const tables = new RightsTables(names, settings.ListOfSIDToAvoid);
  for (const root of roots) {
    for await (const objects of scanRoot(root, clients.byRoot, scan)) {
      context.signal.throwIfAborted();
      yield* tables.take(objects);
    }
  }
  yield* tables.finish();
  scan.troubles.refuse();
  const { sids } = tables;
  const known = wantsNames ? await nameSids(sids, clients.all, context) : undefined;
  yield* giveSids(table('SID'), sids, known);
  const evidence = `${tables.pathRows} folders and files in ${roots.length} input directories, each read to its end${scan.troubles.describeLeftOut()}`;
  yield { kind: 'end', table: names.paths, rows: tables.pathRows, evidence };
  yield { kind: 'end', table: names.ace, rows: tables.aceRows, evidence };
  yield { kind: 'end', table: table('SID'), rows: sids.length, evidence };
}

function* giveSids(
  table: string,
  sids: readonly string[],
  names: ReadonlyMap<string, string> | undefined,
): Generator<TableBatch, void, undefined> {
  const columns = names === undefined ? tableColumns.SID : [...tableColumns.SID, nameColumn];
  for (let start = 0; start === 0 || start < sids.length; start += batchSize) {
    const rows: readonly Row[] = sids.slice(start, start + batchSize).map((sid) => ({
      SID: sid,
      ...(names === undefined ? {} : { [nameColumn]: names.get(sid) ?? null }),
    }));
    yield { kind: 'rows', table, columns, rows };
  }
}

function makeScan(settings: SharedFolderSettings, context: ConnectorContext): Scan {
  const troubles = new ScanTroubles(context.logger, cure);
  return { settings, context, troubles, isAvoided: compileAvoided(settings, context) };
}

interface Clients extends AsyncDisposable {
  readonly byRoot: ReadonlyMap<ScanRoot, ShareClient>;
  readonly all: readonly ShareClient[];
}

async function openClients(
  roots: readonly ScanRoot[],
  settings: SharedFolderSettings,
  context: ConnectorContext,
): Promise<Clients> {
  const byRoot = new Map<ScanRoot, ShareClient>();
  const close = async (): Promise<void> => {
    for (const client of byRoot.values()) await client[Symbol.asyncDispose]();
  };
  try {
    for (const root of roots) {
      if (root.kind === 'local') continue;
      byRoot.set(root, await ShareClient.open(root.share, settings, context));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { byRoot, all: [...byRoot.values()], [Symbol.asyncDispose]: close };
}

function scanRoot(
  root: ScanRoot,
  clients: ReadonlyMap<ScanRoot, ShareClient>,
  scan: Scan,
): AsyncGenerator<readonly FoundObject[], void, undefined> {
  if (root.kind === 'local') return scanLocalTree(root, scan);
  const client = clients.get(root);
  if (client === undefined) throw new Error('every share has a client');
  return scanShareTree(root.share, client, scan);
}

function chooseTable(request: ExportRequest<SharedFolderSettings>, suffix: Suffix): string {
  const found = request.tables.find((table) => table.suffix === suffix);
  return found?.name ?? `${request.connection}_${suffix}`;
}

function listKnownColumns(suffix: Suffix): readonly string[] {
  return suffix === 'SID' ? [...tableColumns.SID, nameColumn] : tableColumns[suffix];
}

function checkRequest(table: TableRequest, connection: string): void {
  const suffix = suffixes.find((each) => each === table.suffix);
  if (suffix === undefined) {
    throw new ConnectorError('not-found', `Shared folders have no table "${table.name}".`, {
      hint: `Their tables are ${suffixes.map((each) => `${connection}_${each}`).join(', ')}.`,
      details: { connection, table: table.name },
    });
  }
  const known = listKnownColumns(suffix);
  const missing = table.columns.find((column) => !known.includes(column));
  if (missing === undefined) return;
  throw new ConnectorError(
    'invalid-value',
    `The table "${table.name}" of shared folders has no column "${missing}", which a mapping uses.`,
    {
      hint: suggestName(missing, known) ?? `Its columns are ${known.join(', ')}.`,
      details: { table: table.name, column: missing },
    },
  );
}
