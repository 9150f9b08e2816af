/**
 * One company in files, in a directory and in a database: read through three packages it must come to the same,
 * resource by resource and link by link, and to what the source data say. Then a directory that others have made.
 */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createPostgresDatabase,
  findPostgresObstacle,
  type PostgresAddress,
  runSql,
  startPostgres,
} from '../servers/postgres.ts';
import { isRequired } from '../servers/servers.ts';
import { type Directory, findDirectoryObstacle, startDirectory } from './employees/directory.ts';
import { findDataFolder } from './employees/project.ts';
import { makeTemporaryFolder, type TemporaryFolder } from './employees/suite.ts';
import { readTables, takePeople } from './employees/tables.ts';
import {
  type Company,
  changeCompany,
  describeCompany,
  readCompany,
} from './real-sources/company.ts';
import {
  type Prefix,
  prefixes,
  sqlConnection,
  writeCompanyConfiguration,
  writeCompanySettings,
} from './real-sources/configuration.ts';
import {
  expectExample,
  parseLdif,
  prepareLdif,
  readExample,
  writeExampleConfiguration,
  writeExampleSettings,
} from './real-sources/example-directory.ts';
import {
  changeDirectory,
  createSourceProject,
  readStore,
  type SourceProject,
} from './real-sources/project.ts';
import { writeCsv, writeLdapChanges, writeLdif, writeSql } from './real-sources/sources.ts';

/** A `describe` that says why it is skipped, or fails where a server was asked for. */
function describeWith(title: string, obstacle: string | undefined, body: () => void): void {
  if (obstacle === undefined) describe(title, body);
  else if (isRequired('ldap') || isRequired('postgres')) {
    describe(title, () => {
      it('has its data and its servers', () => {
        throw new Error(obstacle);
      });
    });
  } else describe.skip(`${title} (skipped: ${obstacle})`, body);
}

const dataFolder = findDataFolder();
const missingData =
  dataFolder === undefined
    ? 'the employees data are not here; LOCKSTEP_EMPLOYEES names them'
    : undefined;
/** 10000 are all there are. */
const size = Number(process.env['LOCKSTEP_REAL_SOURCES_PEOPLE'] ?? 3_000);
const done = expect.objectContaining({ exitCode: 0 });

describeWith(
  'one company in three sources',
  findDirectoryObstacle() ?? findPostgresObstacle() ?? missingData,
  () => {
    let folder: TemporaryFolder;
    let directory: Directory;
    let postgres: PostgresAddress & AsyncDisposable;
    let project: SourceProject;
    let company: Company;

    beforeAll(async () => {
      folder = await makeTemporaryFolder();
      company = readCompany(takePeople(await readTables(dataFolder ?? ''), size));
      const seed = join(folder.path, 'seed.ldif');
      await writeFile(seed, writeLdif(company));
      [directory, postgres] = await Promise.all([startDirectory(seed), startPostgres()]);
      await createPostgresDatabase(postgres, 'company');
      await runSql(postgres, 'company', writeSql(company));
      const { host, port, user, password } = postgres;
      project = await createSourceProject(join(folder.path, 'project'), {
        configuration: writeCompanyConfiguration(),
        connections: writeCompanySettings(directory.port),
        environment: {
          [sqlConnection]: `Host=${host};Port=${port};Database=company;User ID=${user};Password=${password};SSL Mode=Disable`,
        },
      });
      await writeCsv(join(project.folder, 'data'), company);
    });

    afterAll(async () => {
      await directory?.[Symbol.asyncDispose]();
      await postgres?.[Symbol.asyncDispose]();
      await folder?.[Symbol.asyncDispose]();
    });

    const moveTo = async (next: Company): Promise<void> => {
      await writeCsv(join(project.folder, 'data'), next);
      await changeDirectory(directory.port, folder.path, writeLdapChanges(company, next));
      await runSql(postgres, 'company', writeSql(next));
      company = next;
    };

    const expectEqualContent = (): void => {
      const expected = describeCompany(company);
      for (const prefix of prefixes) {
        const found = readContent(project.folder, prefix);
        const isFound = new Set(found);
        const isExpected = new Set(expected);
        // Differences alone: thirty thousand lines side by side tell nothing.
        expect({
          prefix,
          count: found.length,
          missing: expected.filter((line) => !isFound.has(line)).slice(0, 5),
          surplus: found.filter((line) => !isExpected.has(line)).slice(0, 5),
        }).toEqual({ prefix, count: expected.length, missing: [], surplus: [] });
      }
    };

    it('comes to the same content when it is read for the first time', async () => {
      expect(await project.run('deploy')).toEqual(done);

      expect(await project.run('job', 'run', 'Complete')).toEqual(done);

      expect(company.people.size).toBe(size);
      expectEqualContent();
    });

    it('comes to the same content after a day of changes, read incrementally', async () => {
      await moveTo(changeCompany(company, 1));

      expect(await project.run('job', 'run', 'Incremental')).toEqual(done);

      expectEqualContent();
    });

    it('comes to the same content after another day, read completely', async () => {
      await moveTo(changeCompany(company, 2));

      expect(await project.run('job', 'run', 'Complete')).toEqual(done);

      expectEqualContent();
    });
  },
);

function readContent(folder: string, prefix: Prefix): readonly string[] {
  return readStore(folder, (store) => {
    const people = store.rows(`${prefix}_Person`, ['Number', 'FirstName', 'LastName', 'HiredOn']);
    const departments = store.rows(`${prefix}_Department`, ['Code', 'Name']);
    return [
      ...people.map((row) => JSON.stringify(['person', ...row])),
      ...departments.map((row) => JSON.stringify(['department', ...row])),
      ...store
        .links(`${prefix}_Department_Members`)
        .map((ends) => JSON.stringify(['member', ...ends])),
      ...store
        .links(`${prefix}_Department_Managers`)
        .map((ends) => JSON.stringify(['manager', ...ends])),
    ].sort();
  });
}

const exampleFile =
  process.env['LOCKSTEP_EXAMPLE_LDIF'] ??
  resolve(import.meta.dirname, '..', '..', '..', 'shared', 'data', 'directory', 'Example.ldif');
const missingExample = existsSync(exampleFile)
  ? undefined
  : 'the example directory is not here; LOCKSTEP_EXAMPLE_LDIF names it';

describeWith('a directory that others have made', findDirectoryObstacle() ?? missingExample, () => {
  let folder: TemporaryFolder;
  let directory: Directory;

  beforeAll(async () => {
    folder = await makeTemporaryFolder();
  });

  afterAll(async () => {
    await directory?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  it('comes to what its LDIF says: every person, unit and group, several values, managers and members', async () => {
    const ldif = prepareLdif(await readFile(exampleFile, 'utf8'));
    const file = join(folder.path, 'example.ldif');
    await writeFile(file, ldif);
    directory = await startDirectory(file);
    const project = await createSourceProject(join(folder.path, 'project'), {
      configuration: writeExampleConfiguration(),
      connections: writeExampleSettings(directory.port),
    });

    expect(await project.run('deploy')).toEqual(done);
    expect(await project.run('job', 'run', 'Complete')).toEqual(done);

    const expected = expectExample(parseLdif(ldif));
    expect(expected.filter((line) => line.startsWith('["person"'))).toHaveLength(150);
    expect(expected.filter((line) => line.startsWith('["manager"')).length).toBeGreaterThan(100);
    expect(readStore(project.folder, readExample)).toEqual(expected);
  });
});
