/** A folder with exported files of the company's HR connector, and preparations of them. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfiguration, type Model } from '../../config/index.ts';
import { type Cells, readCsvFile, type Session } from '../../connectors/index.ts';
import type { PrepareOutcome, PrepareRequest } from './prepare-request.ts';
import { prepareSynchronization } from './prepare-synchronization.ts';

const configurationText = `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <Connector Identifier="HR" DisplayName_L1="HR" />
  <Connection Identifier="People" DisplayName_L1="People" Connector="HR" Package="Usercube.CSV@0000001" />
  <EntityType Identifier="Person" DisplayName_L1="Person">
    <Property Identifier="Number" IsKey="true" />
    <Property Identifier="Name" />
    <Property Identifier="Badge" />
    <Property Identifier="Groups" Type="ForeignKey" />
  </EntityType>
  <EntityType Identifier="Group" DisplayName_L1="Group">
    <Property Identifier="Code" IsKey="true" />
    <Property Identifier="Members" Type="ForeignKey" />
  </EntityType>
  <EntityAssociation Identifier="Person_Group" Property1="Person:Groups" IsProperty1Collection="true" Property2="Group:Members" IsProperty2Collection="true" />
  <EntityTypeMapping Identifier="Person" Connector="HR" ConnectionTable="People">
    <Property Identifier="Number" ConnectionColumn="number" IsPrimaryKey="true" />
    <Property Identifier="Name" ConnectionColumn="name" />
    <Property Identifier="Badge" ConnectionColumn="badge" IsUniqueKey="true" />
  </EntityTypeMapping>
  <EntityTypeMapping Identifier="Group" Connector="HR" ConnectionTable="People_groups">
    <Property Identifier="Code" ConnectionColumn="code" IsPrimaryKey="true" />
  </EntityTypeMapping>
  <EntityAssociationMapping Identifier="Person_Group" Connector="HR" ConnectionTable="People_members" Column1="badge" EntityPropertyMapping1="Person:Badge" Column2="code" EntityPropertyMapping2="Group:Code" />
</ConfigurationFile>`;

export interface Workbench extends AsyncDisposable {
  readonly folder: string;
  readonly collect: string;
  readonly sessions: string;
  readonly model: Model;
  /** Writes one exported file; its first line is the header. */
  write(table: string, text: string): Promise<void>;
  prepare(changes?: Partial<PrepareRequest>): Promise<PrepareOutcome>;
  /** As `prepare`, for preparations that are expected to succeed. */
  session(changes?: Partial<PrepareRequest>): Promise<Session>;
  /** Rows of a file below Collect, without the header. */
  rows(file: string): Promise<readonly Cells[]>;
  files(): Promise<readonly string[]>;
}

/** `membersIn` names another table to read the links from, by its column `group`: the one that people are read from, say. */
export async function openWorkbench(
  options: { readonly membersIn?: string } = {},
): Promise<Workbench> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-prepare-'));
  const text =
    options.membersIn === undefined
      ? configurationText
      : configurationText
          .replace('ConnectionTable="People_members"', `ConnectionTable="${options.membersIn}"`)
          .replace('Column2="code"', 'Column2="group"');
  const loaded = loadConfiguration([{ path: 'hr.xml', text }]);
  if (loaded.status === 'invalid') throw new Error(JSON.stringify(loaded.diagnostics));
  const { model } = loaded;
  const names = ['People', 'People_groups', 'People_members'];
  const collect = join(folder, 'Collect');
  const sessions = join(folder, 'Synchronization');
  const bench: Workbench = {
    folder,
    collect,
    sessions,
    model,
    write: (table, text) => writeFile(join(folder, `${table}.csv`), text),
    prepare: (changes = {}) =>
      prepareSynchronization({
        model,
        connector: 'HR',
        mode: 'complete',
        sessionId: randomUUID(),
        exportedAt: '2025-06-15T12:00:00.000Z',
        tables: names.map((name) => ({
          name,
          path: join(folder, `${name}.csv`),
          isComplete: true,
          commandColumn: null,
          isEmpty: false,
        })),
        withoutInput: new Set(),
        collectFolder: collect,
        sessionsFolder: sessions,
        previous: null,
        force: false,
        signal: new AbortController().signal,
        ...changes,
      }),
    async session(changes) {
      const outcome = await bench.prepare(changes);
      if (outcome.status === 'blocked') throw new Error(outcome.findings[0]?.message);
      return outcome.session;
    },
    async rows(file) {
      const rows: Cells[] = [];
      for await (const batch of readCsvFile(join(collect, file))) rows.push(...batch.rows);
      return rows;
    },
    files: async () => (await readdir(collect)).sort(),
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
  await bench.write('People', 'number,name,badge\n1,Ana,A1\n2,Ben,B2\n');
  await bench.write('People_groups', 'code\ng1\n');
  await bench.write('People_members', 'badge,code\nA1,g1\n');
  return bench;
}

/** All prepared files of a session: commands and values, without the columns that only serve the order. */
export async function readSessionTexts(
  bench: Workbench,
  session: Session,
): Promise<Readonly<Record<string, readonly (readonly (string | null)[])[]>>> {
  const texts: Record<string, readonly (readonly (string | null)[])[]> = {};
  for (const part of session.parts) {
    for (const name of [part.sortedFile, part.deltaFile]) {
      if (name === null) continue;
      const first = name.endsWith('.delta') ? 1 : 0;
      const lead = part.kind === 'entity' ? 3 : 2;
      const rows: (readonly (string | null)[])[] = [];
      for await (const batch of readCsvFile(join(bench.sessions, session.id, name)))
        rows.push(...batch.rows.map((row) => [...row.slice(0, first), ...row.slice(first + lead)]));
      texts[name] = rows;
    }
  }
  return texts;
}
