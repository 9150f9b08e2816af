/** What lies between the connector and the servers, knex, changes no text and no value and hides no failure. */
import { randomUUID } from 'node:crypto';
import { connect, createServer } from 'node:net';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { expect, it } from 'vitest';
import type { Exporter, FulfillerFactory, FulfilTarget } from '../../../connectors/index.ts';
import { createSqlExporter } from '../../../connectors/sql/export.ts';
import { createSqlFulfiller } from '../../../connectors/sql/fulfil.ts';
import type { SqlSettings } from '../../../connectors/sql/settings.ts';
import { createTestContext, showError } from '../../contract/contract-context.ts';
import { createMariadbDatabase } from '../../servers/mariadb.ts';
import { createPostgresDatabase } from '../../servers/postgres.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import {
  exportRows,
  orderFor,
  readSqlSettings,
  type TestDatabase,
  tableOf,
  target,
} from './sql-subject.ts';

/** Names that a query builder could take apart, fill or number. */
const oddNames = {
  key: 'id ?',
  name: 'a.b as c\\?',
  note: '?? :note $1',
};

const oddTarget: FulfilTarget = {
  ...target,
  tableSuffix: 'odd ? people',
  columns: [
    { property: 'key', column: oddNames.key, isPrimaryKey: true, isUniqueKey: false },
    { property: 'name', column: oddNames.name, isPrimaryKey: false, isUniqueKey: false },
    { property: 'note', column: oddNames.note, isPrimaryKey: false, isUniqueKey: false },
  ],
  links: [],
  mapping: {
    element: 'ls:SqlResourceTypeMapping',
    attributes: { Table: 'odd ? people' },
    children: [],
  },
};

async function expectOddNamesToWork(
  exporter: Exporter<SqlSettings>,
  fulfiller: FulfillerFactory<SqlSettings>,
  database: TestDatabase,
): Promise<void> {
  const settings = readSqlSettings(database.connectionString);
  await using context = await createTestContext();
  await using opened = await fulfiller.openFulfiller(settings, [oddTarget], context);
  const set = (property: string, value: string) => ({ kind: 'set', property, value }) as const;

  await opened.fulfil(
    orderFor(oddTarget, 'added', {}, [set('key', 'A?1'), set('name', "O'?\\'"), set('note', '?')]),
  );
  await opened.fulfil(
    orderFor(oddTarget, 'modified', { key: 'A?1', note: '?' }, [
      { kind: 'set', property: 'note', value: '$1 ??', expected: '?' },
    ]),
  );

  const { rows } = await exportRows(exporter, settings, [
    tableOf('odd ? people', Object.values(oddNames)),
  ]);
  expect(rows).toEqual([
    { [oddNames.key]: 'A?1', [oddNames.name]: "O'?\\'", [oddNames.note]: '$1 ??' },
  ]);
}

describeWithServer('postgres', 'knex between the connector and PostgreSQL', (address) => {
  const exporter = createSqlExporter('postgres');
  const fulfiller = createSqlFulfiller('postgres');

  const createDatabase = async (): Promise<TestDatabase> => {
    const name = `t${randomUUID().replaceAll('-', '')}`;
    const created = await createPostgresDatabase(address(), name);
    const client = new pg.Client({ ...address(), database: name });
    client.on('error', () => undefined);
    await client.connect();
    const { host, port, user, password } = address();
    return {
      connectionString: `Host=${host};Port=${port};Database=${name};Username=${user};Password="${password}"`,
      query: async (sql) => (await client.query<Record<string, unknown>>(sql)).rows,
      async [Symbol.asyncDispose]() {
        await client.end();
        await created[Symbol.asyncDispose]();
      },
    };
  };

  it('leaves odd names and values as they are', async () => {
    await using database = await createDatabase();
    await database.query(
      `CREATE TABLE "odd ? people" ("id ?" text PRIMARY KEY, "a.b as c\\?" text, "?? :note $1" text)`,
    );

    await expectOddNamesToWork(exporter, fulfiller, database);
  });

  it('leaves the question marks of a query to the server', async () => {
    await using database = await createDatabase();
    const SqlCommand = `SELECT '{"a": 1}'::jsonb ? 'a' AS found, '{"a": 1}'::jsonb ?| ARRAY['b'] AS missed, 'is it \\?? :x $1' AS text`;

    const { rows } = await exportRows(
      exporter,
      readSqlSettings(database.connectionString, { SqlCommand }),
      [tableOf('', ['found', 'missed', 'text'])],
    );

    expect(rows).toEqual([{ found: 'true', missed: 'false', text: 'is it \\?? :x $1' }]);
  });

  it('hides no refused commit, and shows no statement and no value', async () => {
    await using database = await createDatabase();
    await database.query(
      'CREATE TABLE people (id text PRIMARY KEY, name text REFERENCES people DEFERRABLE INITIALLY DEFERRED, note text)',
    );
    await database.query('CREATE TABLE people_groups (person_id text, group_id text)');
    await using context = await createTestContext();
    await using opened = await fulfiller.openFulfiller(
      readSqlSettings(database.connectionString),
      [target],
      context,
    );
    const add = (name: string | null) =>
      opened.fulfil(
        orderFor(target, 'added', {}, [
          { kind: 'set', property: 'key', value: 'A1' },
          { kind: 'set', property: 'name', value: name },
          { kind: 'set', property: 'note', value: 'n0te-canary' },
        ]),
      );

    const error = await add('nobody').catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ kind: 'invalid-value' });
    expect(showError(error)).not.toMatch(/INSERT|COMMIT|n0te-canary/);
    expect(await database.query('SELECT id FROM people')).toEqual([]);
    await expect(add(null)).resolves.toMatchObject({ status: 'executed' });
  });

  it('ends its session when the export stops in the middle', async () => {
    await using database = await createDatabase();
    await database.query('CREATE TABLE many AS SELECT id FROM generate_series(1, 10000) AS id');
    await using context = await createTestContext();
    const request = {
      connection: 'Crm',
      settings: readSqlSettings(database.connectionString),
      mode: 'complete',
      tables: [tableOf('many', ['id'])],
    } as const;

    for await (const batch of exporter.exportTables(request, context)) if (batch) break;

    const others = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`;
    await expect.poll(() => database.query(others)).toEqual([]);
  });
});

describeWithServer('mariadb', 'knex between the connector and MariaDB', (address) => {
  const exporter = createSqlExporter('mysql');
  const fulfiller = createSqlFulfiller('mysql');

  const createDatabase = async (): Promise<TestDatabase & { readonly name: string }> => {
    const name = `t${randomUUID().replaceAll('-', '')}`;
    const created = await createMariadbDatabase(address(), name);
    const { host, port, user, password } = address();
    const client = await mysql.createConnection({ host, port, user, password, database: name });
    return {
      name,
      connectionString: `Server=${host};Port=${port};Database=${name};Uid=${user};Pwd=${password}`,
      async query(sql) {
        const [rows] = await client.query(sql);
        return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
      },
      async [Symbol.asyncDispose]() {
        await client.end();
        await created[Symbol.asyncDispose]();
      },
    };
  };

  it('leaves odd names and values as they are', async () => {
    await using database = await createDatabase();
    await database.query(
      'CREATE TABLE `odd ? people` (`id ?` varchar(50) PRIMARY KEY, `a.b as c\\?` text, `?? :note $1` text)',
    );

    await expectOddNamesToWork(exporter, fulfiller, database);
  });

  it('leaves the question marks of a query to the server', async () => {
    await using database = await createDatabase();
    const SqlCommand = "SELECT 'is it ?? :x $1' AS `text ?`";

    const { rows } = await exportRows(
      exporter,
      readSqlSettings(database.connectionString, { SqlCommand }),
      [tableOf('', ['text ?'])],
    );

    expect(rows).toEqual([{ 'text ?': 'is it ?? :x $1' }]);
  });

  it('sends values apart from the statement, so that no mode of the server makes them part of it', async () => {
    await using database = await createDatabase();
    await database.query('CREATE TABLE people (id varchar(50) PRIMARY KEY, name text, note text)');
    await database.query('CREATE TABLE people_groups (person_id text, group_id text)');
    await using wire = await listenBetween(address().port);
    const { user, password } = address();
    const connectionString = `Server=127.0.0.1;Port=${wire.port};Database=${database.name};Uid=${user};Pwd=${password};SslMode=None`;
    await using context = await createTestContext();
    await using opened = await fulfiller.openFulfiller(
      readSqlSettings(connectionString),
      [target],
      context,
    );

    await opened.fulfil(
      orderFor(target, 'added', {}, [
        { kind: 'set', property: 'key', value: 'A1' },
        { kind: 'set', property: 'name', value: "O'Brien\\" },
      ]),
    );

    expect(wire.sent()).toContain("O'Brien\\");
    expect(wire.sent()).not.toMatch(/O\\'Brien|O''Brien/);
  });
});

/** A proxy that remembers what the client sends. */
async function listenBetween(
  targetPort: number,
): Promise<AsyncDisposable & { readonly port: number; sent(): string }> {
  const chunks: Buffer[] = [];
  const server = createServer((client) => {
    const upstream = connect(targetPort, '127.0.0.1');
    client.on('data', (chunk: Buffer) => chunks.push(chunk));
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
  return {
    port: address.port,
    sent: () => Buffer.concat(chunks).toString('latin1'),
    async [Symbol.asyncDispose]() {
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}
