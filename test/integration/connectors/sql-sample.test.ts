/** The sample of databases, run as people run it, on real servers. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type MariadbAddress, runSql as runOnMariadb } from '../../servers/mariadb.ts';
import { findOdbcObstacle } from '../../servers/odbc.ts';
import { type PostgresAddress, runSql as runOnPostgres } from '../../servers/postgres.ts';
import { findCommand } from '../../servers/use-command.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import { createOnMariadb, createOnPostgres, native, odbc } from './sql-databases.ts';
import type { TestDatabase } from './sql-subject.ts';

const execute = promisify(execFile);
const root = join(import.meta.dirname, '..', '..', '..');
const sample = join(root, 'samples', 'databases');

interface Company extends AsyncDisposable {
  readonly folder: string;
  readonly personnel: TestDatabase;
  readonly timesheets: TestDatabase;
  run(...parameters: readonly string[]): Promise<string>;
}

/** A copy of the sample, and its databases as `data/` has them. */
async function openCompany(postgres: PostgresAddress, mariadb: MariadbAddress): Promise<Company> {
  const stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-databases-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  await cp(sample, folder, { recursive: true });
  const personnel = stack.use(await createOnPostgres(postgres, native));
  const timesheets = stack.use(await createOnMariadb(mariadb, native));
  const script = (name: string): Promise<string> => readFile(join(sample, 'data', name), 'utf8');
  const databaseOf = ({ connectionString }: TestDatabase): string =>
    /Database=([^;]+)/.exec(connectionString)?.[1] ?? '';
  const nameOfPersonnel = databaseOf(personnel);
  await runOnPostgres(postgres, nameOfPersonnel, await script('personnel.postgres.sql'));
  await runOnMariadb(mariadb, databaseOf(timesheets), await script('timesheets.mariadb.sql'));
  const gate = new DatabaseSync(join(folder, 'data', 'gate.db'));
  gate.exec(await script('gate.sqlite.sql'));
  gate.close();
  const env = {
    ...process.env,
    MARLOW_PERSONNEL: personnel.connectionString,
    MARLOW_TIMESHEETS: timesheets.connectionString,
    MARLOW_FLEET: odbc.postgres(postgres, nameOfPersonnel),
    MARLOW_LEDGER: 'Data Source=127.0.0.1:1521/LEDGER',
    MARLOW_CUSTOMS: 'Server=127.0.0.1',
  };
  return {
    folder,
    personnel,
    timesheets,
    async run(...parameters) {
      const command = [findCommand(), '-C', folder, ...parameters];
      return (await execute(process.execPath, command, { env })).stdout;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe.skipIf(findOdbcObstacle() !== undefined)('the sample of databases', () => {
  describeWithServer('postgres', 'on PostgreSQL', (postgres) => {
    describeWithServer('mariadb', 'and MariaDB', (mariadb) => {
      it('reads four databases, writes two of them, and finds everything done by the next run', async () => {
        await using company = await openCompany(postgres(), mariadb());

        await company.run('deploy');
        const first = await company.run('job', 'run', 'Daily');
        const second = await company.run('job', 'run', 'Daily');

        expect(first).toContain('11 orders: 10 to add, 1 to change, 0 to remove.');
        expect(first).toContain('Job Daily: completed.');
        expect(second).toContain('No order is due.');
        expect(
          await company.personnel.query('SELECT id, login, active FROM fleet.bookers ORDER BY id'),
        ).toEqual(
          ['m.buchan', 'h.lis', 't.wojcik', 'a.orourke', 'p.zajac', 'c.innes', 's.tesfaye'].map(
            (login, index) => ({ id: index + 1, login, active: true }),
          ),
        );
        expect(
          await company.timesheets.query(
            "SELECT full_name, mail FROM accounts WHERE login = 'a.orourke'",
          ),
        ).toEqual([{ full_name: "Aoife O'Rourke", mail: 'a.orourke@marlow.test' }]);
        expect(
          await company.timesheets.query("SELECT login FROM memberships WHERE project = 'GENERAL'"),
        ).toHaveLength(7);
        // Who left keeps her accounts until a person decides.
        expect(await company.run('reconcile', 'list')).toContain('h.lis');
      }, 60_000);

      it('is valid with the connections for those who have Oracle Database and SQL Server, too', async () => {
        await using company = await openCompany(postgres(), mariadb());
        const elsewhere = join(company.folder, 'elsewhere');
        await cp(join(elsewhere, 'conf'), join(company.folder, 'conf', 'elsewhere'), {
          recursive: true,
        });
        await cp(
          join(elsewhere, 'connections.json'),
          join(company.folder, 'Work', 'appsettings.connection.json'),
        );

        const told = await company.run('validate');

        expect(told).toContain('The configuration is valid: 7 files, 0 errors, 0 warnings.');
      }, 30_000);
    });
  });
});
