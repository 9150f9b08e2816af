/** A user who may not read one of several tables: the others are read, that one is named and proves nothing. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type WrittenTables, writeTables } from '../../../connectors/index.ts';
import { createSqlExporter } from '../../../connectors/sql/export.ts';
import type { SqlProvider } from '../../../connectors/sql/providers.ts';
import { createTestContext, type TestContext } from '../../contract/contract-context.ts';
import type { MariadbAddress } from '../../servers/mariadb.ts';
import { findOdbcObstacle } from '../../servers/odbc.ts';
import type { PostgresAddress } from '../../servers/postgres.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import {
  type ConnectionStyle,
  createOnMariadb,
  createOnPostgres,
  native,
  odbc,
} from './sql-databases.ts';
import { readSqlSettings, type TestDatabase, tableOf } from './sql-subject.ts';

const names = ['earlier', 'closed', 'later'] as const;

function asUser(connectionString: string, user: string): string {
  return connectionString.replace(/Uid=[^;]*;Pwd=[^;]*/u, `Uid=${user};Pwd=p`);
}

interface Kind {
  readonly provider: SqlProvider;
  readonly create: () => Promise<TestDatabase>;
  /** Makes a user who may read all tables but `closed`, which it may add to. */
  readonly addReader: (database: TestDatabase, user: string) => Promise<void>;
}

function describeRights({ provider, create, addReader }: Kind): void {
  const exporter = createSqlExporter(provider);

  async function write(
    connectionString: string,
    suffixes: readonly string[],
    context: TestContext,
    takesLines: boolean,
  ): Promise<WrittenTables> {
    const tables = suffixes.map((suffix) => tableOf(suffix, ['id', 'note']));
    const settings = readSqlSettings(connectionString);
    const request = { connection: 'Crm', settings, mode: 'complete', tables, takesLines } as const;
    return writeTables(exporter.exportTables(request, context), {
      ...{ folder: context.workFolder, connection: 'Crm', mode: 'complete', tables },
      ...{ transformations: [], now: context.now },
    });
  }

  it('reads the tables it may, and names the one it may not', async () => {
    await using database = await create();
    const user = `r${randomUUID().slice(0, 8)}`;
    for (const name of names) {
      await database.query(`CREATE TABLE ${name} (id varchar(20) PRIMARY KEY, note varchar(20))`);
      await database.query(`INSERT INTO ${name} VALUES ('A1', 'x')`);
    }
    await addReader(database, user);
    const connectionString = asUser(database.connectionString, user);
    try {
      for (const takesLines of [false, true]) {
        await using context = await createTestContext();

        const written = await write(connectionString, names, context, takesLines);

        expect(written.status).toBe('partial');
        const { tables } = written.manifest;
        expect(tables.map(({ name, complete }) => [name, complete])).toEqual([
          ['Crm_earlier', true],
          ['Crm_closed', false],
          ['Crm_later', true],
        ]);
        expect(context.log.join()).toMatch(/may not be read.*Crm_closed/su);

        const alone = await write(connectionString, ['closed'], context, takesLines);
        expect(alone).toMatchObject({ status: 'failed', error: { kind: 'forbidden' } });
      }
    } finally {
      await database.query(`DROP OWNED BY ${user}`).catch(() => undefined);
      await database.query(`DROP USER ${user}`);
    }
  });
}

function describeOnPostgres(
  address: () => PostgresAddress,
  provider: SqlProvider,
  style: ConnectionStyle,
): void {
  describeRights({
    provider,
    create: () => createOnPostgres(address(), style),
    async addReader(database, user) {
      await database.query(`CREATE USER ${user} PASSWORD 'p'`);
      await database.query(`GRANT SELECT ON earlier, later TO ${user}`);
    },
  });
}

function describeOnMariadb(
  address: () => MariadbAddress,
  provider: SqlProvider,
  style: ConnectionStyle,
): void {
  describeRights({
    provider,
    create: () => createOnMariadb(address(), style),
    async addReader(database, user) {
      await database.query(`CREATE USER ${user} IDENTIFIED BY 'p'`);
      for (const name of ['earlier', 'later']) {
        await database.query(`GRANT SELECT ON ${name} TO ${user}`);
      }
      // A table in which the user has no right at all is not even listed.
      await database.query(`GRANT INSERT ON closed TO ${user}`);
    },
  });
}

describeWithServer('postgres', 'a user of PostgreSQL', (address) => {
  describeOnPostgres(address, 'postgres', native);
});
describeWithServer('mariadb', 'a user of MariaDB', (address) => {
  describeOnMariadb(address, 'mysql', native);
});
describe.skipIf(findOdbcObstacle() !== undefined)('over ODBC', () => {
  describeWithServer('postgres', 'a user of PostgreSQL', (address) => {
    describeOnPostgres(address, 'odbc', odbc);
  });
  describeWithServer('mariadb', 'a user of MariaDB', (address) => {
    describeOnMariadb(address, 'odbc', odbc);
  });
});
