/**
 * What a changed policy would do to people of a real data set, against what plain SQL over the same CSV files says. The
 * engine has no part in the expectation.
 */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Directory, startDirectory } from './employees/directory.ts';
import { createProject, type Project, sampleFolder } from './employees/project.ts';
import { dumpSqliteStore } from './employees/store-dump.ts';
import {
  describeCompany,
  makeTemporaryFolder,
  readToday,
  type TemporaryFolder,
} from './employees/suite.ts';
import { readTables, type Tables, tableNames, takePeople } from './employees/tables.ts';

/** `LOCKSTEP_SIMULATED_PEOPLE=10000` takes them all. */
const people = Number(process.env['LOCKSTEP_SIMULATED_PEOPLE'] ?? 400);

interface Simulated {
  readonly owners: number;
  readonly isComplete: boolean;
  readonly effects: Readonly<Record<'gains' | 'loses' | 'changes', number>>;
  readonly rules: readonly {
    readonly side: string;
    readonly line: number;
    readonly owners: number;
    readonly gains: number;
    readonly loses: number;
    readonly changes: number;
  }[];
  readonly shown: readonly {
    readonly key: string;
    readonly kind: string;
    readonly change: string;
    readonly property: string | null;
    readonly before: string | null;
    readonly after: string | null;
  }[];
}

/** Nobody of d003 has an account any more; all of d009 are in the group of d008; engineers are called otherwise. */
const denial = '<TypeRule IsDenied="true" D0="d003" />';
const membership = '<NavigationRule Property="Groups" D0="d009" Resource="d008" />';
const title =
  'return title?.Title == &quot;Engineer&quot; ? &quot;Engineer I&quot; : title?.Title;';

function change(policy: string): string {
  const changed = policy
    .replace('<TypeRule />', `<TypeRule />\n    ${denial}`)
    .replace('return title?.Title;', title)
    .replace('  </ResourceType>', `    ${membership}\n  </ResourceType>`);
  for (const part of [denial, title, membership])
    if (!changed.includes(part)) throw new Error(`The policy has no place for ${part}.`);
  return changed;
}

function loadTables(tables: Tables): DatabaseSync {
  const db = new DatabaseSync(':memory:');
  for (const name of tableNames) {
    const { columns, rows } = tables[name];
    db.exec(`create table ${name} (${columns.map((column) => `"${column}" text`).join(', ')})`);
    const insert = db.prepare(`insert into ${name} values (${columns.map(() => '?').join(', ')})`);
    db.exec('begin');
    for (const row of rows) insert.run(...row);
    db.exec('commit');
  }
  return db;
}

describeCompany('simulating another policy for the employees', (dataFolder) => {
  const today = readToday();
  let folder: TemporaryFolder;
  let directory: Directory;
  let project: Project;
  let db: DatabaseSync;
  let changed: string;
  let policy: string;
  let result: Simulated;
  let before: readonly string[];

  const snapshot = async (): Promise<readonly string[]> => [
    await dumpSqliteStore(join(project.folder, 'Work', 'lockstep.db')),
    await directory.dump(true),
  ];

  beforeAll(async () => {
    folder = await makeTemporaryFolder();
    const ldif = join(sampleFolder, 'directory.ldif');
    directory = await startDirectory(ldif);
    project = await createProject(join(folder.path, 'employees'), directory.port);
    const tables = takePeople(await readTables(dataFolder), people);
    db = loadTables(tables);
    await project.writeData(tables);
    expect(await project.run('deploy')).toMatchObject({ exitCode: 0 });
    for (const job of ['Complete', 'Incremental', 'Incremental'])
      expect(await project.run('job', 'run', job, '--force')).toMatchObject({ exitCode: 0 });
    changed = join(folder.path, 'changed');
    await cp(join(project.folder, 'conf'), changed, { recursive: true });
    policy = change(await readFile(join(changed, 'policy.xml'), 'utf8'));
    await writeFile(join(changed, 'policy.xml'), policy);
    before = await snapshot();
    const { stdout, stderr, exitCode } = await project.run(
      ...['--json', 'simulate', '--configuration', changed, '--limit', '10000'],
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr });
    // The shape that docs/reference promises for this command.
    result = JSON.parse(stdout) as Simulated;
  });

  afterAll(async () => {
    db?.close();
    await directory?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  /** Numbers of people, sorted; `:today` stands for the day. */
  function ask(sql: string): readonly string[] {
    const rows = db.prepare(sql).all({ today });
    return rows.map((row) => String(row['n'])).sort();
  }
  const employed =
    'select distinct emp_no as n from dept_emp where from_date <= :today and to_date > :today';
  const denied = `${employed} and dept_no = 'd003'`;

  function told(isMeant: (effect: Simulated['shown'][number]) => boolean): readonly string[] {
    return result.shown
      .filter(isMeant)
      .map(({ key }) => key)
      .sort();
  }
  const lineOf = (part: string): number =>
    policy.split('\n').findIndex((line) => line.includes(part)) + 1;
  const ruleAt = (part: string) => {
    const line = lineOf(part);
    return result.rules.find((rule) => rule.side === 'after' && rule.line === line);
  };

  it('tells every effect', () => {
    expect(result.isComplete).toBe(true);
    const { gains, loses, changes } = result.effects;
    expect(result.shown).toHaveLength(gains + loses + changes);
  });

  it('names exactly the people who lose their account to the new denial', () => {
    const expected = ask(denied);

    expect(expected.length).toBeGreaterThan(3);
    expect(told(({ kind, change }) => kind === 'resource-type' && change === 'loses')).toEqual(
      expected,
    );
    expect(ruleAt(denial)).toMatchObject({ owners: expected.length });
    expect(told(({ kind, change }) => kind === 'resource-type' && change === 'gains')).toEqual([]);
  });

  it('names exactly the people who gain the membership', () => {
    const expected = ask(
      `select n from (${employed} and dept_no = 'd009')
       where n not in (${employed} and dept_no = 'd008') and n not in (${denied})`,
    );

    expect(expected.length).toBeGreaterThan(3);
    expect(
      told(
        ({ property, change, after }) =>
          property === 'Groups' && change === 'gains' && after === 'd008',
      ),
    ).toEqual(expected);
    expect(ruleAt(membership)).toMatchObject({ gains: expected.length, owners: expected.length });
    // Whoever loses the account loses its groups, and nobody else loses one.
    expect(
      new Set(told(({ property, change }) => property === 'Groups' && change === 'loses')),
    ).toEqual(new Set(ask(denied)));
  });

  it('names exactly the people whose title is written otherwise', () => {
    const current = `
      select emp_no, title, row_number() over (
        partition by emp_no order by from_date desc, emp_no || '-' || from_date desc) as place
      from titles where from_date <= :today and to_date > :today`;
    const expected = ask(
      `select emp_no as n from (${current}) where place = 1 and title = 'Engineer'
         and emp_no in (${employed}) and emp_no not in (${denied})`,
    );

    expect(expected.length).toBeGreaterThan(3);
    const meant = result.shown.filter(({ change }) => change === 'changes');
    expect(
      new Set(meant.map(({ property, before, after }) => `${property} ${before} ${after}`)),
    ).toEqual(new Set(['Title Engineer Engineer I']));
    expect(told(({ change }) => change === 'changes')).toEqual(expected);
  });

  it('concerns nobody else', () => {
    const named = new Set(result.shown.map(({ key }) => key));

    expect(result.owners).toBe(named.size);
  });

  it('leaves store and directory as they were, and no copy behind', async () => {
    const after = await snapshot();

    expect(after[0] === before[0]).toBe(true);
    expect(after[1] === before[1]).toBe(true);
  });
});
