/** The store's workloads: a first load, a complete run with 7 % changed, and a small change on a large base. */
import { cp, mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { computeCorrelationKeys } from '../engine/index.ts';
import { buildProgram } from './built-program.ts';
import {
  generateAccounts,
  generateDepartments,
  generatePeople,
  nameEmployee,
  peopleColumns,
} from './generate-company.ts';
import type { Size } from './harness.ts';
import { exportedFile, inProject, makeProject, prepare, synchronize } from './load-project.ts';
import { evaluate, generate } from './load-step.ts';
import type { ProcessCommand, ProcessContest } from './race-processes.ts';

const rowsOf: Readonly<Record<Size, number>> = { S: 10_000, M: 100_000, L: 1_000_000 };
const columns = peopleColumns.map((name) => `"${name}" text`).join(', ');
/** The indexes our table has: its key, the keys of the configuration and the unique keys of the mapping. */
const indexes =
  'create unique index k on people ("EmployeeId"); create index e on people ("EmployeeId"); create index l on people ("Login");';

/** A prepared file into an empty store, against `.import` of the exported file into SQLite with the same indexes. */
export async function prepareLoad(size: Size, folder: string): Promise<readonly ProcessContest[]> {
  const project = join(folder, 'project');
  await makeProject(project, { hasAccounts: false });
  const runStep = await buildProgram('load-step', folder);
  const file = exportedFile(project, 'People');
  await generatePeople(file, { rows: rowsOf[size], day: 1 });
  await inProject(project, (workspace) => prepare(workspace, 'HR', 'complete'));
  const saved = await Snapshot.take(project, join(folder, 'saved'));
  const database = join(folder, 'reference.db');
  return [
    {
      name: `first load of ${rowsOf[size].toLocaleString('en-US')} people`,
      goal: 2,
      ours: () => runStep('load', project),
      reference: () =>
        sqlite(database, [
          `create table people (${columns});`,
          '.mode csv',
          `.import --skip 1 ${file} people`,
          indexes,
        ]),
      prepare: async (who) => {
        if (who === 'ours') await saved.restore();
        else await removeDatabase(database);
      },
    },
  ];
}

/** Exported file to store with 7 % changed, against DuckDB's difference of the two files and the load of what changed. */
export async function prepareComplete(
  size: Size,
  folder: string,
): Promise<readonly ProcessContest[]> {
  const rows = rowsOf[size];
  const project = join(folder, 'project');
  await makeProject(project, { hasAccounts: false });
  const file = exportedFile(project, 'People');
  const [first, second] = [join(folder, 'first.csv'), join(folder, 'second.csv')];
  await generatePeople(first, { rows, day: 1 });
  await generatePeople(second, { rows, day: 2 });
  await cp(first, file);
  await inProject(project, async (workspace) => {
    await prepare(workspace, 'HR', 'complete');
    await synchronize(workspace, 'HR');
  });
  const saved = await Snapshot.take(project, join(folder, 'saved'));
  const runStep = await buildProgram('load-step', folder);
  const database = join(folder, 'reference.db');
  const changes = join(folder, 'changes.csv');
  const python = await writeReference(folder, { first, second, changes, database });
  return [
    {
      name: `complete run over ${rows.toLocaleString('en-US')} people, 7 % changed`,
      goal: 2,
      memoryGoalMiB: 400,
      ours: () => runStep('complete', project),
      reference: () => python,
      prepare: async (who) => {
        await removeDatabase(database);
        if (who !== 'ours') return;
        await saved.restore();
        await putAtRest(second, file);
      },
    },
  ];
}

/** The same change on a base and on one ten times as large, from the exported changes to the orders. */
export async function prepareIncremental(
  size: Size,
  folder: string,
): Promise<readonly ProcessContest[]> {
  const rows = rowsOf[size];
  const changed = rows / 1_000;
  const runStep = await buildProgram('load-step', folder);
  const [large, small] = [
    await makeBase(join(folder, 'large'), rows, changed),
    await makeBase(join(folder, 'small'), rows / 10, changed),
  ];
  return [
    {
      name: `${changed} of ${rows.toLocaleString('en-US')} people changed, to orders; against ${(rows / 10).toLocaleString('en-US')}`,
      goal: 1.2,
      ours: () => runStep('incremental', large.project),
      reference: () => runStep('incremental', small.project),
      prepare: async (who) => {
        const { saved, project, changes } = who === 'ours' ? large : small;
        await saved.restore();
        await putAtRest(changes, exportedFile(project, 'People'));
      },
    },
  ];
}

/** People with their accounts, evaluated, and a list of changes that waits to be prepared. */
async function makeBase(folder: string, people: number, changed: number) {
  const project = join(folder, 'project');
  await makeProject(project, { hasAccounts: true });
  const changes = join(folder, 'changes.csv');
  await generatePeople(exportedFile(project, 'People'), { rows: people, day: 1 });
  await generateDepartments(exportedFile(project, 'Units'), { people });
  await generateAccounts(exportedFile(project, 'Accounts'), { people });
  await inProject(project, async (workspace) => {
    for (const connector of ['HR', 'App']) {
      await prepare(workspace, connector, 'complete');
      await synchronize(workspace, connector);
    }
    await computeCorrelationKeys(workspace, { dirty: false });
    await evaluate(workspace, false);
    // What the first evaluation leaves to do is done, so that both bases are at rest.
    await computeCorrelationKeys(workspace, { dirty: true });
    await evaluate(workspace, true);
    await generate(workspace);
  });
  await writeFile(changes, listChanges(changed));
  await rm(join(project, 'Temp', 'ExportOutput'), { recursive: true });
  await mkdir(join(project, 'Temp', 'ExportOutput'));
  return { project, changes, saved: await Snapshot.take(project, join(folder, 'saved')) };
}

/** A file that was written a while ago: one that was written just now is looked at a second time, a second later. */
async function putAtRest(from: string, to: string): Promise<void> {
  await cp(from, to);
  const hourAgo = new Date(Date.now() - 3_600_000);
  await utimes(to, hourAgo, hourAgo);
}

/** People from the end of the smallest base, who lead nobody, get new names. */
function listChanges(count: number): string {
  const lines = Array.from({ length: count }, (_, index) => {
    const person = count * 100 - 1 - index;
    const id = nameEmployee(person);
    return `update,${id},New,Name ${index},u${person + 1},new.${person + 1}@example.com,Engineer,D00001,Site 1,E0000001,20200101,,B${person}`;
  });
  return `command,${peopleColumns.join(',')}\n${lines.join('\n')}\n`;
}

/** The work folder of a project as it was, to be put back before each run. */
class Snapshot {
  readonly #work: string;
  readonly #copy: string;

  private constructor(work: string, copy: string) {
    this.#work = work;
    this.#copy = copy;
  }

  static async take(project: string, copy: string): Promise<Snapshot> {
    const saved = new Snapshot(join(project, 'Work'), copy);
    await cp(saved.#work, copy, { recursive: true });
    return saved;
  }

  async restore(): Promise<void> {
    await rm(this.#work, { recursive: true, force: true });
    await cp(this.#copy, this.#work, { recursive: true });
  }
}

function sqlite(database: string, commands: readonly string[]): ProcessCommand {
  return { command: 'sqlite3', args: [database, ...commands] };
}

async function removeDatabase(path: string): Promise<void> {
  for (const end of ['', '-wal', '-shm', '-journal']) await rm(`${path}${end}`, { force: true });
}

/** `scripts/install-bench.sh` puts DuckDB there. */
async function writeReference(
  folder: string,
  files: Readonly<Record<'first' | 'second' | 'changes' | 'database', string>>,
): Promise<ProcessCommand> {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const tools = process.env['LOCKSTEP_BENCH_TOOLS'] ?? join(cache, 'lockstep-bench-tools');
  const python = join(tools, 'bin', 'python3');
  await readFile(python).catch(() => {
    throw new Error('DuckDB is missing: run scripts/install-bench.sh first.');
  });
  const script = join(folder, 'reference.py');
  const read = (path: string) => `read_csv('${path}', all_varchar = true)`;
  await writeFile(
    script,
    `import duckdb, subprocess
duckdb.sql("""copy (select 'put' as command, * from (select * from ${read(files.second)} except select * from ${read(files.first)})
  union all select 'gone', * from (select * from ${read(files.first)} except select * from ${read(files.second)})) to '${files.changes}'""")
subprocess.run(['sqlite3', '${files.database}', 'create table people (command text, ${columns.replaceAll('"', '\\"')});'.replace('\\\\"', '"'),
  '.mode csv', '.import --skip 1 ${files.changes} people', '${indexes.replaceAll('unique ', '')}'], check=True)
`,
  );
  return { command: python, args: [script] };
}
