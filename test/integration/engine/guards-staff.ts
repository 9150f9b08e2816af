/** A staff list read from a CSV file: many columns, three associations, and readings of it one after the other. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  deployProject,
  discardSessions,
  exportConnection,
  openProject,
  openWorkspace,
  prepareConnector,
  type Store,
  synchronizeConnector,
  type TaskOutcome,
  type Workspace,
} from '../../../engine/index.ts';
import { canonicalStore } from './project.ts';

const configuration = (guards: string): string => `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration" xmlns:ls="urn:lockstep:configuration">
  <Connector Identifier="Staff" DisplayName_L1="Staff" MaximumDeletedLines="100000" MaxPercentageDeletedLines="60"
             MaximumInsertedLines="100000" MaxPercentageInsertedLines="0" MaximumUpdatedLines="100000" MaxPercentageUpdatedLines="0"
             MaximumLinkDeletedLines="100000" MaxLinkPercentageDeletedLines="60" MaximumLinkInsertedLines="100000" MaxLinkPercentageInsertedLines="0" />
  <Connection Identifier="People" DisplayName_L1="People" Connector="Staff" Package="Usercube.CSV@0000001" />
  <Connection Identifier="Teams" DisplayName_L1="Teams" Connector="Staff" Package="Usercube.CSV@0000001" />
  <EntityType Identifier="Person" DisplayName_L1="Person">
    <Property Identifier="Number" IsKey="true" />
    <Property Identifier="First" />
    <Property Identifier="Last" />
    <Property Identifier="Start" />
    <Property Identifier="Birth" Type="DateTime" />
    <Property Identifier="Salary" />
    <Property Identifier="Active" />
    <Property Identifier="Badge" />
    <Property Identifier="Phone" />
    <Property Identifier="Expires" Type="Int64" />
    <Property Identifier="Code" />
    <Property Identifier="Team" Type="ForeignKey" />
    <Property Identifier="Boss" Type="ForeignKey" />
    <Property Identifier="Reports" Type="ForeignKey" />
  </EntityType>
  <EntityType Identifier="Team" DisplayName_L1="Team">
    <Property Identifier="Name" IsKey="true" />
    <Property Identifier="Members" Type="ForeignKey" />
  </EntityType>
  <EntityAssociation Identifier="Person_Team" Property1="Person:Team" Property2="Team:Members" IsProperty2Collection="true" />
  <EntityAssociation Identifier="Person_Boss" Property1="Person:Boss" Property2="Person:Reports" IsProperty2Collection="true" />
  <EntityTypeMapping Identifier="Person" Connector="Staff" ConnectionTable="People">
    <Property Identifier="Number" ConnectionColumn="number" IsPrimaryKey="true" />
    <Property Identifier="First" ConnectionColumn="first" />
    <Property Identifier="Last" ConnectionColumn="last" />
    <Property Identifier="Start" ConnectionColumn="start" />
    <Property Identifier="Birth" ConnectionColumn="birth" Format="Date" />
    <Property Identifier="Salary" ConnectionColumn="salary" />
    <Property Identifier="Active" ConnectionColumn="active" />
    <Property Identifier="Badge" ConnectionColumn="badge" IsUniqueKey="true" />
    <Property Identifier="Phone" ConnectionColumn="phone" />
    <Property Identifier="Expires" ConnectionColumn="expires" Format="Int64" />
    <Property Identifier="Code" ConnectionColumn="code" />
  </EntityTypeMapping>
  <EntityTypeMapping Identifier="Team" Connector="Staff" ConnectionTable="Teams">
    <Property Identifier="Name" ConnectionColumn="name" IsPrimaryKey="true" />
  </EntityTypeMapping>
  <EntityAssociationMapping Identifier="Person_Team" Connector="Staff" ConnectionTable="People" Column1="number" EntityPropertyMapping1="Person:Number" Column2="team" EntityPropertyMapping2="Team:Name" />
  <EntityAssociationMapping Identifier="Person_Boss" Connector="Staff" ConnectionTable="People" Column1="number" EntityPropertyMapping1="Person:Number" Column2="boss" EntityPropertyMapping2="Person:Number" />
  ${guards}
</ConfigurationFile>`;

export const staffColumns = [
  'number',
  'first',
  'last',
  'start',
  'birth',
  'salary',
  'active',
  'badge',
  'phone',
  'expires',
  'code',
  'team',
  'boss',
  'note',
] as const;
export type StaffColumn = (typeof staffColumns)[number];
export type StaffRow = Readonly<Record<string, string>>;

const firsts = ['Ana', 'Zoë', 'José', 'Cyd', 'Léa', 'Ben', 'Ømer', 'Iñes'] as const;
const lasts = ['Roy', 'Müller', 'Núñez', 'Ode', 'Noël', 'Poe', 'Çelik'] as const;
const two = (n: number): string => String(n).padStart(2, '0');

/** Person `i`, from 0; the same every time. */
export function person(i: number): StaffRow {
  const start = `${1995 + (i % 29)}-${two((i % 12) + 1)}-${two(((i * 7) % 28) + 1)}`;
  return {
    number: String(i + 1).padStart(5, '0'),
    first: firsts[i % firsts.length] ?? '',
    last: `${lasts[(i * 3) % lasts.length]}-${'abcdefghijkl'[i % 12]}`,
    start,
    birth: `19${60 + (i % 40)}-${two(((i * 5) % 12) + 1)}-${two(((i * 11) % 28) + 1)}`,
    salary: (1_800 + ((i * 3_137) % 90_000) / 4).toFixed(2),
    active: i % 7 === 0 ? 'false' : 'true',
    badge: `B${100_000 + i * 17}`,
    phone: `+33 1 ${two(i % 90)} ${two((i * 3) % 90)} 44`,
    expires: `1338${String(i * 7_919).padStart(14, '0')}`,
    code: String(123_456_789_000 + i * 104_729),
    team: `T${i % 9}`,
    boss: i === 0 ? '' : String(Math.floor(i / 5) + 1).padStart(5, '0'),
    note: i % 4 === 0 ? 'to see' : '',
  };
}

export function people(count: number): readonly StaffRow[] {
  return Array.from({ length: count }, (_, i) => person(i));
}

export function toCsv(
  rows: readonly StaffRow[],
  options: { readonly columns?: readonly string[]; readonly separator?: string } = {},
): string {
  const { columns = staffColumns, separator = ',' } = options;
  const cell = (text: string): string =>
    /[",;\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const line = (cells: readonly string[]): string => `${cells.map(cell).join(separator)}\n`;
  return line(columns) + rows.map((row) => line(columns.map((name) => row[name] ?? ''))).join('');
}

export interface Staff extends AsyncDisposable {
  readonly folder: string;
  readonly workspace: Workspace;
  readonly store: Store;
  clock: number;
  write(content: string | Uint8Array): Promise<void>;
  teams(names: readonly string[]): Promise<void>;
  /** Exports and prepares; the error is given back rather than thrown. */
  read(options?: {
    readonly force?: boolean;
    readonly mode?: 'complete' | 'incremental';
  }): Promise<{
    readonly status: TaskOutcome['status'];
    readonly message: string;
    readonly outcome: TaskOutcome | null;
  }>;
  load(options?: { readonly isDryRun?: boolean; readonly force?: boolean }): Promise<TaskOutcome>;
  discard(): Promise<void>;
  canonical(): Promise<readonly string[]>;
}

export async function openStaff(
  options: {
    /** Further elements of the configuration. */
    readonly guards?: string;
    readonly people?: Readonly<Record<string, unknown>>;
    readonly connections?: Readonly<Record<string, unknown>>;
  } = {},
): Promise<Staff> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-guards-'));
  for (const name of ['conf', 'data']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'conf', 'staff.xml'), configuration(options.guards ?? ''));
  await writeFile(join(folder, 'appsettings.json'), '{ "Store": { "Client": "sqlite" } }');
  const both = (name: string) => ({ Path: `data/${name}`, PathIncremental: `data/${name}` });
  const Connections = {
    People: { ...both('people.csv'), ...options.people },
    Teams: both('teams.csv'),
    ...options.connections,
  };
  await writeFile(join(folder, 'appsettings.agent.json'), JSON.stringify({ Connections }));
  const state = { clock: Date.now() };
  const project = await openProject(folder, {
    environment: {},
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    progress: { report() {} },
    now: () => state.clock,
    signal: new AbortController().signal,
  });
  const deployed = await deployProject(project, { isDryRun: false });
  if (deployed.status === 'invalid') throw new Error(JSON.stringify(deployed.diagnostics));
  const workspace = await openWorkspace(project);
  const staff: Staff = {
    folder,
    workspace,
    store: project.store,
    get clock() {
      return state.clock;
    },
    set clock(value) {
      state.clock = value;
    },
    write: (content) => writeFile(join(folder, 'data', 'people.csv'), content),
    teams: (names) => writeFile(join(folder, 'data', 'teams.csv'), `name\n${names.join('\n')}\n`),
    async read({ force = false, mode = 'complete' } = {}) {
      state.clock += 60_000;
      try {
        for (const connection of ['People', 'Teams'])
          await exportConnection(workspace, { connection, mode, ignoreCookie: true });
        const outcome = await prepareConnector(workspace, {
          connector: 'Staff',
          mode,
          commandColumn: null,
          force,
        });
        return { status: outcome.status, message: outcome.message, outcome };
      } catch (error) {
        const { message, hint } = error as { message: string; hint?: string };
        return { status: 'failed', message: `${message} ${hint ?? ''}`, outcome: null };
      }
    },
    load: ({ isDryRun = false, force = false } = {}) =>
      synchronizeConnector(workspace, {
        connector: 'Staff',
        force,
        resume: false,
        isDryRun,
        savesOrphans: true,
      }),
    async discard() {
      await discardSessions(workspace, 'Staff', 'tester');
    },
    canonical: () => canonicalStore(project.store),
    async [Symbol.asyncDispose]() {
      await project[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await staff.teams(Array.from({ length: 9 }, (_, i) => `T${i}`));
  return staff;
}
