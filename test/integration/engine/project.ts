/** A project folder of the small company: people and departments in CSV files, a wiki in a SQLite database. */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe } from 'vitest';
import {
  deployProject,
  type JobResult,
  openProject,
  openWorkspace,
  type Project,
  runJob,
  type Store,
  type Workspace,
} from '../../../engine/index.ts';
import { configuration } from '../../../engine/job/company.fixture.ts';
import { createPostgresDatabase, type PostgresAddress } from '../../servers/postgres.ts';
import { describeWithServer } from '../../servers/use-server.ts';

export interface ProjectFolder extends AsyncDisposable {
  readonly folder: string;
  /** Milliseconds since the epoch; moves a minute with every job. */
  clock: number;
  /** `number,first,last,start,end,department,manager`, a line each. */
  people(lines: readonly string[]): Promise<void>;
  departments(lines: readonly string[]): Promise<void>;
  wiki(): DatabaseSync;
  open(signal?: AbortSignal): Promise<Workspace & AsyncDisposable>;
  run(
    job: string,
    options?: { readonly resume?: boolean; readonly force?: boolean },
  ): Promise<JobResult>;
}

const jobs = `
  <CreateAgentSynchroComplete Agent="Local" JobIdentifier="Complete" DisplayName_L1="Everything" />
  <CreateAgentSynchroIncremental Agent="Local" JobIdentifier="Incremental" DisplayName_L1="Changes" />`;

type Parts = Parameters<typeof configuration>[0];
type MakeProject = (parts?: Parts) => Promise<ProjectFolder>;

/** The same tests with the store in SQLite and in PostgreSQL, each project in a fresh one. */
export function describeOnEveryStore(body: (makeProject: MakeProject) => void): void {
  describe('with the store in SQLite', () => body(makeSqliteProject));
  describeWithServer('postgres', 'with the store in PostgreSQL', (address) =>
    body((parts) => makePostgresProject(address(), parts)),
  );
}

async function makePostgresProject(
  address: PostgresAddress,
  parts: Parts = {},
): Promise<ProjectFolder> {
  const name = `project_${randomUUID().replaceAll('-', '')}`;
  const database = await createPostgresDatabase(address, name);
  const project = await makeSqliteProject(parts);
  const { host, port, user, password } = address;
  await writeFile(
    join(project.folder, 'store.secret'),
    `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${name}`,
  );
  await writeFile(
    join(project.folder, 'appsettings.json'),
    '{ "Store": { "Client": "postgres", "Connection": "file:store.secret" } }',
  );
  const removeFolder = project[Symbol.asyncDispose];
  return Object.assign(project, {
    async [Symbol.asyncDispose]() {
      await removeFolder();
      await database[Symbol.asyncDispose]();
    },
  });
}

/** A project with its store in SQLite. */
export async function makeSqliteProject(parts: Parts = {}): Promise<ProjectFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-project-'));
  for (const name of ['conf', 'data']) await mkdir(join(folder, name));
  const file = (name: string) => join(folder, 'data', name);
  await writeFile(
    join(folder, 'conf', 'company.xml'),
    configuration({ ...parts, elements: `${jobs}${parts.elements ?? ''}` }),
  );
  await writeFile(join(folder, 'appsettings.json'), '{ "Store": { "Client": "sqlite" } }');
  const both = (name: string) => ({ Path: `data/${name}`, PathIncremental: `data/${name}` });
  await writeFile(
    join(folder, 'appsettings.agent.json'),
    JSON.stringify({
      Connections: {
        HRPeople: both('people.csv'),
        HRDepartments: both('departments.csv'),
        WikiDb: { ConnectionString: 'Data Source=data/wiki.db' },
      },
    }),
  );
  const wiki = () => new DatabaseSync(file('wiki.db'));
  const database = wiki();
  database.exec(`create table users (login text primary key, mail text, full_name text, unit text, boss text);
    create table spaces (name text primary key);
    create table user_spaces (login text, space text, primary key (login, space));
    insert into spaces values ('finance'), ('everybody');`);
  database.close();
  const project: ProjectFolder = {
    folder,
    clock: Date.parse('2025-06-15T12:00:00.000Z'),
    people: (lines) =>
      writeFile(
        file('people.csv'),
        `number,first,last,start,end,department,manager\n${lines.map((line) => `${line}\n`).join('')}`,
      ),
    departments: (lines) =>
      writeFile(
        file('departments.csv'),
        `code,name,parent\n${lines.map((line) => `${line}\n`).join('')}`,
      ),
    wiki,
    async open(signal = new AbortController().signal) {
      const opened: Project = await openProject(folder, {
        environment: {},
        logger: { debug() {}, info() {}, warn() {}, error() {} },
        progress: { report() {} },
        now: () => project.clock,
        signal,
      });
      const deployed = await deployProject(opened, { isDryRun: false });
      if (deployed.status === 'invalid') throw new Error(JSON.stringify(deployed.diagnostics));
      const workspace = await openWorkspace(opened);
      return { ...workspace, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
    },
    async run(job, options = {}) {
      project.clock += 60_000;
      await using workspace = await project.open();
      return await runJob(workspace, { job, resume: false, force: false, onTask() {}, ...options });
    },
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
  await project.people(['1,Ana,Roy,2020-01-01,,FIN,2', '2,Ben,Ode,2020-01-01,,IT,']);
  await project.departments(['FIN,Finance,', 'IT,Technology,FIN']);
  return project;
}

/** Messages of a run's tasks by kind, for looking at. */
export function outcomes(result: JobResult): readonly string[] {
  return result.tasks.map(({ task, outcome }) => `${task}: ${outcome.status} ${outcome.message}`);
}

export function outcomeOf(result: JobResult, part: string): JobResult['tasks'][number]['outcome'] {
  const found = result.tasks.find(({ task }) => task.includes(part));
  if (found === undefined) throw new Error(`no task ${part} among ${outcomes(result).join('\n')}`);
  return found.outcome;
}

/** Resources and links by key, whatever their ids. */
export async function canonicalStore(store: Store): Promise<readonly string[]> {
  return store.transaction(async ({ tx }) => {
    const lines: string[] = [];
    for (const { table_name: table } of await tx('entity_tables'))
      for (const { id: _id, run_id: _run, valid_from: _from, source_row: _at, ...row } of await tx(
        table,
      ))
        lines.push(`${table} ${JSON.stringify(row)}`);
    for (const { table_name: table } of await tx('association_tables'))
      for (const row of await tx(table))
        lines.push(`${table} ${row.value1}>${row.value2} ${row.id1 !== null && row.id2 !== null}`);
    return lines.sort();
  });
}
