import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret, type SqlCommandOverride } from '../../../config/index.ts';
import type { JobResult } from '../job-result.ts';
import { job, openScripts, type ScriptCompany } from '../scripts.fixture.ts';

const provider = 'ProviderAssemblyQualifiedName="Microsoft.Data.Sqlite.SqliteFactory, Any"';

function sqlTask(attributes: string): string {
  return `<InvokeSqlCommandTask Identifier="T" DisplayName_L1="T" DatabaseIdentifier="Staff" ${provider} ${attributes} />`;
}

let scripts: ScriptCompany;
afterEach(() => scripts?.[Symbol.asyncDispose]());

async function open(
  task: string,
  overrides: readonly (readonly [string, SqlCommandOverride])[] = [],
): Promise<void> {
  scripts = await openScripts(job('J', [task]));
  const { settings } = scripts.workspace;
  const file = join(settings.folder, 'staff.db');
  const database = new DatabaseSync(file);
  database.exec(
    `create table people (id integer primary key, name text); insert into people (name) values ('Ana'), ('B "en", x'), (null)`,
  );
  database.close();
  Object.assign(scripts.workspace, {
    settings: {
      ...settings,
      databases: new Map([['Staff', new Secret(`Data Source=${file}`)]]),
      invokeSqlCommands: new Map(overrides),
    },
  });
}

const exported = (name: string): string =>
  join(scripts.workspace.settings.tempFolder, 'ExportOutput', name);

function only(result: JobResult): JobResult['tasks'][number]['outcome'] {
  const [task] = result.tasks;
  if (task === undefined) throw new Error('no task');
  return task.outcome;
}

describe('an SQL task', () => {
  it('writes the rows of its query among the exported files', async () => {
    await open(sqlTask(`SQLCommand="select id, name from people order by id;" OutputPath="Hr"`));

    const result = await scripts.run('J');

    expect(only(result)).toMatchObject({ status: 'completed', summary: { rows: 3 } });
    expect(await readFile(exported('Hr.csv'), 'utf8')).toBe(
      'id,name\n1,Ana\n2,"B ""en"", x"\n3,\n',
    );
    expect(await readdir(exported('.'))).toEqual(['Hr.csv']);
  });

  it('writes the header of a result without rows', async () => {
    await open(sqlTask(`SQLCommand="select id, name from people where 1 = 0" OutputPath="Hr.csv"`));

    await scripts.run('J');

    expect(await readFile(exported('Hr.csv'), 'utf8')).toBe('id,name\n');
  });

  it('takes file and place from the settings of its environment', async () => {
    await open(sqlTask('SQLInputFile="missing.sql" OutputPath="Other"'), [
      ['T', { sqlInputFile: 'scripts/real.sql', outputPath: 'Hr' }],
    ]);
    await writeFile(
      join(scripts.workspace.settings.folder, 'scripts', 'real.sql'),
      '\uFEFFselect count(*) as n from people;\nGO\n',
    );

    await scripts.run('J');

    expect(await readFile(exported('Hr.csv'), 'utf8')).toBe('n\n3\n');
  });

  it('that is not a query changes the database and writes no file', async () => {
    await open(sqlTask(`IsNotAQuery="true" SQLCommand="delete from people where name is null"`));

    const result = await scripts.run('J');

    expect(only(result).message).toBe('Staff: the statement touched 1 rows.');
    const database = new DatabaseSync(join(scripts.workspace.settings.folder, 'staff.db'));
    expect(database.prepare('select count(*) as n from people').get()).toEqual({ n: 2 });
    database.close();
  });

  it('cannot change the database as a query, and leaves no file of an earlier run when it fails', async () => {
    await open(
      sqlTask(
        `SQLCommand="delete from people returning id" OutputPath="Hr" ContinueOnError="true"`,
      ),
    );
    await scripts.run('J');
    await writeFile(exported('Hr.csv'), 'id\n1\n');

    const result = await scripts.run('J');

    expect(result.status).toBe('warning');
    expect(only(result).status).toBe('failed');
    expect(await readdir(exported('.'))).toEqual([]);
  });

  it.each([
    ['OutputPath="../../conf/x"', 'TASK_PATH_INVALID'],
    ['OutputPath="/tmp/x.csv"', 'TASK_PATH_INVALID'],
    ['OutputPath="link/x.csv"', 'TASK_PATH_INVALID'],
    ['', 'TASK_INCOMPLETE'],
    ['OutputPath="x" IsolationLevel="Wild"', 'CONNECTOR_INVALID_VALUE'],
  ])('with %s is refused', async (attributes, code) => {
    await open(sqlTask(`SQLCommand="select 1 as a" ${attributes}`));
    await scripts.run('J');
    await symlink('/tmp', exported('link')).catch(() => undefined);

    const result = await scripts.run('J');

    expect(only(result).error?.code).toBe(code);
  });

  it('names a database that the settings do not have', async () => {
    await open(
      `<InvokeSqlCommandTask Identifier="T" DisplayName_L1="T" DatabaseIdentifier="Staf" SQLCommand="select 1" OutputPath="x" />`,
    );

    const result = await scripts.run('J');

    expect(only(result).error?.code).toBe('TASK_DATABASE_UNKNOWN');
    expect(only(result).error?.hint).toContain('Staff');
  });
});

describe('upkeep of the store', () => {
  beforeEach(async () => {
    scripts = await openScripts(
      job('J', [
        '<MaintainIndexesTask Identifier="M" DisplayName_L1="M" />',
        '<ResetValidFromTask Identifier="R" DisplayName_L1="R" />',
        '<SetRecentlyModifiedFlagTask Identifier="S" DisplayName_L1="S" />',
      ]),
    );
  });

  it('is done by its tasks; what has nothing to do says so', async () => {
    const result = await scripts.run('J');

    expect(result.tasks.map(({ outcome }) => outcome.status)).toEqual([
      'completed',
      'nothing',
      'completed',
    ]);
    expect(result.tasks[2]?.outcome.message).toMatch(/^Nothing to do: /);
  });
});
