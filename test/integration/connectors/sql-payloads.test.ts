/** Hostile values, keys and names go into databases and come back to the letter, and do nothing else on the way. */
import { describe, expect, it } from 'vitest';
import type { FulfilTarget } from '../../../connectors/index.ts';
import { createSqlExporter } from '../../../connectors/sql/export.ts';
import { createSqlFulfiller } from '../../../connectors/sql/fulfil.ts';
import type { SqlProvider } from '../../../connectors/sql/providers.ts';
import { createTestContext } from '../../contract/contract-context.ts';
import { findOdbcObstacle } from '../../servers/odbc.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import {
  createOnMariadb,
  createOnPostgres,
  createOnSqlite,
  native,
  odbc,
} from './sql-databases.ts';
import { namePayloads, payloads } from './sql-payloads.fixture.ts';
import {
  exportRows,
  orderFor,
  readSqlSettings,
  type TestDatabase,
  tableOf,
  target,
} from './sql-subject.ts';

interface Subject {
  readonly provider: SqlProvider;
  /** Type of a key that takes what differs in case, accents or spaces at its end for different. */
  readonly exactText: string;
  /** How the test itself quotes a name. */
  readonly quote: (name: string) => string;
  readonly create: () => Promise<TestDatabase>;
}

const double = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const back = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
const exactMariadb = 'varchar(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin';

describe('payloads', () => {
  it('are more than five hundred, and as many names as a table has columns', () => {
    expect(payloads.length).toBeGreaterThanOrEqual(500);
    expect(namePayloads.length).toBeGreaterThanOrEqual(300);
  });
});

describeWithServer('postgres', 'PostgreSQL', (address) => {
  describePayloads({
    provider: 'postgres',
    exactText: 'text',
    quote: double,
    create: () => createOnPostgres(address(), native),
  });
});
describeWithServer('mariadb', 'MariaDB', (address) => {
  describePayloads({
    provider: 'mysql',
    exactText: exactMariadb,
    quote: back,
    create: () => createOnMariadb(address(), native),
  });
});
describe('SQLite', () => {
  describePayloads({
    provider: 'sqlite',
    exactText: 'text',
    quote: double,
    create: () => createOnSqlite(native),
  });
});

describe.skipIf(findOdbcObstacle() !== undefined)('over ODBC', () => {
  describeWithServer('postgres', 'PostgreSQL', (address) => {
    describePayloads({
      provider: 'odbc',
      exactText: 'text',
      quote: double,
      create: () => createOnPostgres(address(), odbc),
    });
  });
  describeWithServer('mariadb', 'MariaDB', (address) => {
    describePayloads({
      provider: 'odbc',
      exactText: exactMariadb,
      quote: back,
      create: () => createOnMariadb(address(), odbc),
    });
  });
  describe('SQLite', () => {
    describePayloads({
      provider: 'odbc',
      exactText: 'text',
      quote: double,
      create: () => createOnSqlite(odbc),
    });
  });
});

function describePayloads({ provider, exactText, quote, create }: Subject): void {
  const exporter = createSqlExporter(provider);

  it('as keys and values of orders, and read back by an export', async () => {
    await using database = await create();
    await database.query(`CREATE TABLE people (id ${exactText} PRIMARY KEY, name text, note text)`);
    await database.query(
      `CREATE TABLE people_groups (person_id ${exactText}, group_id ${exactText})`,
    );
    await database.query("INSERT INTO people VALUES ('bystander', 'safe', 'safe')");
    await using context = await createTestContext();
    const settings = readSqlSettings(database.connectionString);
    await using opened = await createSqlFulfiller(provider).openFulfiller(
      settings,
      [target],
      context,
    );
    const read = async (): Promise<ReadonlyMap<string | null | undefined, unknown>> => {
      const { rows } = await exportRows(exporter, settings, [
        tableOf('people', ['id', 'name', 'note']),
      ]);
      return new Map(rows.map((row) => [row['id'], row]));
    };

    for (const value of payloads) {
      await opened.fulfil(
        orderFor(target, 'added', {}, [
          { kind: 'set', property: 'key', value },
          { kind: 'set', property: 'name', value },
        ]),
      );
      await opened.fulfil(
        orderFor(target, 'modified', { key: value }, [
          { kind: 'set', property: 'note', value, expected: null },
        ]),
      );
    }
    const written = await read();
    for (const value of payloads) {
      await opened.fulfil(orderFor(target, 'deleted', { key: value }, []));
    }

    const bystander = { id: 'bystander', name: 'safe', note: 'safe' };
    expect(written).toEqual(
      new Map([
        ...payloads.map((value) => [value, { id: value, name: value, note: value }] as const),
        ['bystander', bystander],
      ]),
    );
    expect(await read()).toEqual(new Map([['bystander', bystander]]));
  }, 120_000);

  it('as names of columns, all in one table', async () => {
    await using database = await create();
    const columns = namePayloads.slice(0, 300);
    await database.query(
      `CREATE TABLE wide (${columns.map((name) => `${quote(name)} varchar(4)`).join(', ')})`,
    );
    await database.query(
      `INSERT INTO wide VALUES (${columns.map((_name, at) => `'v${at}'`).join(', ')})`,
    );

    const { rows } = await exportRows(exporter, readSqlSettings(database.connectionString), [
      tableOf('wide', columns),
    ]);

    expect(rows).toEqual([Object.fromEntries(columns.map((name, at) => [name, `v${at}`]))]);
  }, 30_000);

  it('as names of tables and of the columns that orders write', async () => {
    await using database = await create();
    const names = namePayloads.filter((_name, index) => index % 8 === 0);
    for (const name of names) {
      await database.query(
        `CREATE TABLE ${quote(`t ${name}`)} (${quote(name)} ${exactText} PRIMARY KEY)`,
      );
    }
    const targets = names.map(
      (name, index): FulfilTarget => ({
        ...target,
        resourceType: `T${index}`,
        tableSuffix: double(`t ${name}`),
        columns: [{ property: 'key', column: name, isPrimaryKey: true, isUniqueKey: false }],
        links: [],
        mapping: { element: 'ls:SqlResourceTypeMapping', attributes: {}, children: [] },
      }),
    );
    const settings = readSqlSettings(database.connectionString);
    await using context = await createTestContext();
    await using opened = await createSqlFulfiller(provider).openFulfiller(
      settings,
      targets,
      context,
    );

    for (const [index, of] of targets.entries()) {
      const value = `v${index}`;
      await opened.fulfil(orderFor(of, 'added', {}, [{ kind: 'set', property: 'key', value }]));
    }
    const { rows, ends } = await exportRows(
      exporter,
      settings,
      names.map((name) => tableOf(double(`t ${name}`), [name])),
    );

    expect(rows).toEqual(names.map((name, index) => ({ [name]: `v${index}` })));
    expect(ends).toBe(names.length);
  }, 60_000);
}
