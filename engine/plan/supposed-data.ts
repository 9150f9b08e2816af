/** Files that somebody puts in the place of what systems hold now, loaded into a copy of the store. */
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Model } from '../../config/index.ts';
import {
  connectionOfTable,
  exportConnection,
  exportFolder,
  prepareConnector,
  synchronizeConnector,
  type Workspace,
} from '../job/index.ts';
import { PlanError } from './errors.ts';

/** What loading the supposed data of one connector did. */
export interface LoadedSource {
  readonly connector: string;
  readonly files: readonly string[];
  /** What guards and thresholds would have said, and what was changed in the copy. */
  readonly messages: readonly string[];
}

/** Guards and thresholds are passed: what they would say is told with each source. */
export async function loadSupposedData(
  workspace: Workspace,
  folder: string,
): Promise<readonly LoadedSource[]> {
  const found = await findFiles(workspace, folder);
  const tables = exportFolder(workspace);
  await mkdir(tables, { recursive: true });
  const loaded: LoadedSource[] = [];
  const given = givenTables(workspace.model, found);
  const connectors = new Set([...found.tables, ...found.connections].map((file) => file.connector));
  for (const { file } of found.tables) await copyFile(join(folder, file), join(tables, file));
  const reading = readInstead(workspace, folder, found.connections);
  for (const connection of new Set(found.connections.map((file) => file.connection)))
    await exportConnection(reading, { connection, mode: 'complete', ignoreCookie: true });
  for (const connector of [...connectors].sort()) {
    const prepared = await prepareConnector(reading, {
      connector,
      mode: 'complete',
      commandColumn: null,
      force: true,
      tables: given,
    });
    if (prepared.status === 'blocked')
      throw new PlanError('PLAN_DATA_REFUSED', prepared.message, {
        hint: 'Correct the files, then make the plan again. Nothing was changed.',
        details: { connector },
      });
    const synchronized = await synchronizeConnector(reading, {
      connector,
      force: true,
      resume: false,
      isDryRun: false,
      comparesStore: true,
    });
    const own = [...found.tables, ...found.connections].filter(
      (file) => file.connector === connector,
    );
    loaded.push({
      connector,
      files: [...new Set(own.map(({ file }) => file))].sort(),
      messages: [prepared.message, synchronized.message],
    });
  }
  return loaded;
}

interface TableFile {
  readonly file: string;
  readonly connector: string;
}

interface ConnectionFile extends TableFile {
  readonly connection: string;
  /** The setting whose path the file takes the place of. */
  readonly setting: string;
}

async function findFiles(
  workspace: Workspace,
  folder: string,
): Promise<{
  readonly tables: readonly TableFile[];
  readonly connections: readonly ConnectionFile[];
}> {
  const { model, settings } = workspace;
  const names = (await readdir(folder, { withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort();
  const byTable = connectorsByTable(model);
  const tables: TableFile[] = [];
  const connections: ConnectionFile[] = [];
  const unknown: string[] = [];
  for (const file of names) {
    const connectors = file.endsWith('.csv') ? byTable.get(file.slice(0, -4)) : undefined;
    if (connectors !== undefined) {
      tables.push(...[...connectors].map((connector) => ({ file, connector })));
      continue;
    }
    const readers: ConnectionFile[] = [];
    for (const connection of model.connections.values()) {
      const own = settings.connections.get(connection.identifier) ?? {};
      for (const [setting, value] of Object.entries(own)) {
        if (!/^path$/i.test(setting) || typeof value !== 'string' || basename(value) !== file)
          continue;
        const { connector, identifier } = connection;
        readers.push({ file, connector, connection: identifier, setting });
      }
    }
    if (readers.length === 0) unknown.push(file);
    connections.push(...readers);
  }
  if (unknown.length > 0 || names.length === 0)
    throw describeUnknown(folder, unknown, [...byTable.keys()]);
  return { tables, connections };
}

function connectorsByTable(model: Model): ReadonlyMap<string, ReadonlySet<string>> {
  const byTable = new Map<string, Set<string>>();
  const mappings = [...model.entityTypeMappings.values(), ...model.associationMappings.values()];
  for (const { connectionTable, connector } of mappings) {
    const known = byTable.get(connectionTable) ?? new Set<string>();
    byTable.set(connectionTable, known.add(connector));
  }
  return byTable;
}

/** Tables there is a file for. */
function givenTables(
  model: Model,
  found: Awaited<ReturnType<typeof findFiles>>,
): ReadonlySet<string> {
  const read = new Set(found.connections.map(({ connection }) => connection));
  const tables = new Set(found.tables.map(({ file }) => file.slice(0, -4)));
  for (const [table, connectors] of connectorsByTable(model)) {
    for (const connector of connectors) {
      const connection = connectionOfTable(model, connector, table);
      if (connection !== undefined && read.has(connection.identifier)) tables.add(table);
    }
  }
  return tables;
}

/** The workspace whose connections read the supposed files, and may. */
function readInstead(
  workspace: Workspace,
  folder: string,
  files: readonly ConnectionFile[],
): Workspace {
  const { settings, model } = workspace;
  const connections = new Map(
    [...model.connections.keys()].map((name) => [name, settings.connections.get(name) ?? {}]),
  );
  for (const { connection, setting, file } of files)
    connections.set(connection, {
      ...connections.get(connection),
      [setting]: join(folder, file),
    });
  const { sourcesRootPaths } = settings;
  const roots = sourcesRootPaths.length === 0 ? [] : [...sourcesRootPaths, folder];
  return { ...workspace, settings: { ...settings, connections, sourcesRootPaths: roots } };
}

function describeUnknown(
  folder: string,
  unknown: readonly string[],
  tables: readonly string[],
): PlanError {
  const message =
    unknown.length === 0
      ? `There is no file in ${folder}.`
      : `Nothing reads ${unknown.join(', ')} in ${folder}.`;
  return new PlanError('PLAN_DATA_UNKNOWN', message, {
    hint: `Name each file like a connection table (${tables.map((table) => `${table}.csv`).join(', ')}), or like the file that a connection reads. Nothing was changed.`,
    details: { folder, files: unknown },
  });
}
