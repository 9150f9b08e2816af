/** A small system of one connector: doors, holders of badges, and who may open which door. Its three tables are files. */
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  exportConnection,
  prepareConnector,
  synchronizeConnector,
  type Workspace,
} from '../../../engine/index.ts';
import { canonicalStore, type ProjectFolder } from './project.ts';

export type Outcome = Awaited<ReturnType<typeof prepareConnector>>;
type Mode = Parameters<typeof prepareConnector>[1]['mode'];

/** Columns of the three tables. */
const headers = {
  BadgeDoors: 'id,name',
  BadgeHolders: 'code,label',
  BadgeAccess: 'doorId,holderCode',
} as const;
export type Table = keyof typeof headers;

export interface BadgeSystem extends AsyncDisposable {
  readonly project: ProjectFolder;
  readonly workspace: Workspace & AsyncDisposable;
  /** Puts a table into the export folder, as somebody's script would: all rows, one line each. */
  drop(table: Table, lines: readonly string[], at?: number): Promise<void>;
  /** The same, with changes: the first cell of each line is the command. */
  dropChanges(
    table: Table,
    lines: readonly string[],
    options?: { readonly column?: string; readonly at?: number },
  ): Promise<void>;
  /** Writes the files that `export` reads. */
  writeSource(table: Table, lines: readonly string[]): Promise<void>;
  export(mode: Mode): Promise<void>;
  prepare(mode: Mode, options?: { column?: string; force?: boolean }): Promise<Outcome>;
  synchronize(options?: {
    force?: boolean;
    resume?: boolean;
    resumesOnly?: boolean;
    isDryRun?: boolean;
  }): Promise<Outcome>;
  /** Drops all three tables, prepares and loads them in one go. */
  load(mode: Mode, content: Content): Promise<Outcome>;
  /** Resources and links, without ids. */
  look(): Promise<readonly string[]>;
  /** Keys of the holders that are stored. */
  holders(): Promise<readonly string[]>;
  /** Every session the store knows, in order of arrival. */
  sessions(): Promise<readonly SessionRow[]>;
}

export interface SessionRow {
  readonly id: string;
  readonly mode: string;
  readonly status: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface Content {
  readonly doors: readonly string[];
  readonly holders: readonly string[];
  readonly access: readonly string[];
}

interface BadgeAttributes {
  readonly connector?: string;
  readonly association?: string;
  /** The property by which access names holders. */
  readonly holders?: 'Code' | 'Label';
}

/** No limit holds. */
export const withoutLimits = [
  ...['Inserted', 'Updated', 'Deleted', 'LinkInserted', 'LinkDeleted'].map(
    (action) => `Maximum${action}Lines="0"`,
  ),
  ...['Inserted', 'Updated', 'Deleted'].map((action) => `MaxPercentage${action}Lines="0"`),
  ...['Inserted', 'Deleted'].map((action) => `MaxLinkPercentage${action}Lines="0"`),
].join(' ');

function configure({
  connector = withoutLimits,
  association = '',
  holders = 'Code',
}: BadgeAttributes): string {
  const connections = Object.keys(headers).map(
    (table) =>
      `<Connection Identifier="${table}" DisplayName_L1="${table}" Connector="Badge" Package="Usercube.CSV@0000001" />`,
  );
  return `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <Agent Identifier="Local" DisplayName_L1="Local" />
  <Connector Identifier="Badge" DisplayName_L1="Badges" Agent="Local" ${connector} />
  ${connections.join('\n  ')}
  <EntityType Identifier="Badge_Door" DisplayName_L1="Door">
    <Property Identifier="Code" DisplayName_L1="Code" IsKey="true" />
    <Property Identifier="Name" DisplayName_L1="Name" />
    <Property Identifier="Holders" DisplayName_L1="Holders" Type="ForeignKey" />
  </EntityType>
  <EntityType Identifier="Badge_Holder" DisplayName_L1="Holder">
    <Property Identifier="Code" DisplayName_L1="Code" IsKey="true" />
    <Property Identifier="Label" DisplayName_L1="Label" />
    <Property Identifier="Doors" DisplayName_L1="Doors" Type="ForeignKey" />
  </EntityType>
  <EntityAssociation Identifier="Badge_Access" DisplayName_L1="Access" Property1="Badge_Door:Holders" IsProperty1Collection="true"
                     Property2="Badge_Holder:Doors" IsProperty2Collection="true" />
  <EntityTypeMapping Identifier="Badge_Door" Connector="Badge" ConnectionTable="BadgeDoors">
    <Property Identifier="Code" ConnectionColumn="id" IsPrimaryKey="true" />
    <Property Identifier="Name" ConnectionColumn="name" />
  </EntityTypeMapping>
  <EntityTypeMapping Identifier="Badge_Holder" Connector="Badge" ConnectionTable="BadgeHolders">
    <Property Identifier="Code" ConnectionColumn="code" IsPrimaryKey="true" />
    <Property Identifier="Label" ConnectionColumn="label" IsUniqueKey="${holders === 'Label'}" />
  </EntityTypeMapping>
  <EntityAssociationMapping Identifier="Badge_Access" Connector="Badge" ConnectionTable="BadgeAccess"
                            Column1="doorId" EntityPropertyMapping1="Badge_Door:Code"
                            Column2="holderCode" EntityPropertyMapping2="Badge_Holder:${holders}" ${association} />
</ConfigurationFile>
`;
}

/** Replaces what a project folder holds by the badge system, and opens it. Nothing is loaded yet. */
export async function openBadgeSystem(
  project: ProjectFolder,
  attributes: BadgeAttributes = {},
): Promise<BadgeSystem> {
  const { folder } = project;
  await writeFile(join(folder, 'conf', 'company.xml'), configure(attributes));
  const connections = Object.keys(headers).map((table) => {
    const file = `data/${table}.csv`;
    return [table, { Path: file, PathIncremental: file }];
  });
  await writeFile(
    join(folder, 'appsettings.agent.json'),
    JSON.stringify({ Connections: Object.fromEntries(connections) }),
  );
  const workspace = await project.open();
  const exported = join(folder, 'Temp', 'ExportOutput');
  await mkdir(exported, { recursive: true });
  const put = async (path: string, text: string, at: number | undefined): Promise<void> => {
    await writeFile(path, text);
    if (at !== undefined) await utimes(path, at / 1_000, at / 1_000);
  };
  const format = (header: string, lines: readonly string[]): string =>
    [header, ...lines, ''].join('\n');
  const system: BadgeSystem = {
    project,
    workspace,
    drop: (table, lines, at) =>
      put(join(exported, `${table}.csv`), format(headers[table], lines), at),
    dropChanges: (table, lines, { column = 'command', at } = {}) =>
      put(join(exported, `${table}.csv`), format(`${column},${headers[table]}`, lines), at),
    writeSource: (table, lines) =>
      writeFile(join(folder, 'data', `${table}.csv`), format(headers[table], lines)),
    export: async (mode) => {
      for (const connection of Object.keys(headers))
        await exportConnection(workspace, { connection, mode, ignoreCookie: false });
    },
    prepare: (mode, { column, force = false } = {}) => {
      project.clock += 60_000;
      const options = { connector: 'Badge', mode, commandColumn: column ?? null, force };
      return prepareConnector(workspace, options);
    },
    synchronize: (options = {}) => {
      project.clock += 1_000;
      const all = { connector: 'Badge', force: false, resume: false, isDryRun: false };
      return synchronizeConnector(workspace, { ...all, ...options });
    },
    load: async (mode, content) => {
      await system.drop('BadgeDoors', content.doors);
      await system.drop('BadgeHolders', content.holders);
      await system.drop('BadgeAccess', content.access);
      await system.prepare(mode, { force: true });
      return system.synchronize({ force: true });
    },
    look: () => canonicalStore(workspace.store),
    holders: () =>
      workspace.store.transaction(async ({ tx }) =>
        (await tx('r_badge_holder').select('mapping_key')).map((row) => row.mapping_key).sort(),
      ),
    sessions: () =>
      workspace.store.transaction(async ({ tx }) =>
        (await tx('synchronization_sessions').orderBy('sequence')).map((row) => ({
          id: row.id,
          mode: row.mode,
          status: row.status,
          details: JSON.parse(row.details) as SessionRow['details'],
        })),
      ),
    async [Symbol.asyncDispose]() {
      await workspace[Symbol.asyncDispose]();
      await project[Symbol.asyncDispose]();
    },
  };
  return system;
}

/** Files below a folder of the project, by path from there. */
export async function listFiles(
  system: BadgeSystem,
  ...names: readonly string[]
): Promise<readonly string[]> {
  const folder = join(system.project.folder, ...names);
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
