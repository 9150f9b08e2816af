/** The SQL connector through unixODBC and the drivers of PostgreSQL, MariaDB and SQLite. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { ConnectorContext } from '../../../connectors/index.ts';
import { countOpenBelow } from '../../../connectors/spi/contract/open-files.ts';
import { parseConnectionString } from '../../../connectors/spi/database/connection-string.ts';
import type { OpenRequest } from '../../../connectors/spi/database/open-request.ts';
import { findTable, readCatalog } from '../../../connectors/sql/catalog.ts';
import {
  contractSecret,
  createSqliteDatabase,
  defineDatabaseContract,
  sqliteSkips,
} from '../../../connectors/sql/contract.ts';
import { openOdbc } from '../../../connectors/sql/driver-odbc.ts';
import { createSqlExporter } from '../../../connectors/sql/export.ts';
import { createSqlFulfiller } from '../../../connectors/sql/fulfil.ts';
import { startOdbcProcess } from '../../../connectors/sql/odbc-process.ts';
import { describeConnectorContract } from '../../contract/connector-contract.ts';
import { collect, createTestContext, showError } from '../../contract/contract-context.ts';
import type { MariadbAddress } from '../../servers/mariadb.ts';
import { findOdbcObstacle, isOdbcRequired } from '../../servers/odbc.ts';
import type { PostgresAddress } from '../../servers/postgres.ts';

import { describeWithServer } from '../../servers/use-server.ts';
import { createOnMariadb, createOnPostgres, createOnSqlite, odbc } from './sql-databases.ts';
import { describeServerContract, exportRows, readSqlSettings, tableOf } from './sql-subject.ts';

const exporter = createSqlExporter('odbc');
const fulfiller = createSqlFulfiller('odbc');

/** Rows come in many steps, from one process to the other. */
const timeoutMs = 4_000;

const endsAtNul = 'texts end at a NUL over ODBC';

/** The whole contract is tried on PostgreSQL; on the others, what a driver of another maker may do in another way. */
const ofDriver = [
  ...['connection', 'reading', 'values', 'orders', 'links', 'written values', 'life', 'trouble'],
] as const;

/** Descriptors below a folder that the processes of drivers hold: those that this one started. */
async function countOpenByDrivers(folder: string): Promise<number> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/u.test(name));
  const counts = await Promise.all(
    ids.map(async (id) => {
      const status = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '');
      const isOurs = status.includes(`\nPPid:\t${process.pid}\n`);
      return isOurs ? countOpenBelow(folder, id) : 0;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

const obstacle = findOdbcObstacle();
if (obstacle !== undefined && !isOdbcRequired()) {
  describe.skip(`SQL connector over ODBC (skipped: ${obstacle})`, () => {
    it('needs drivers', () => undefined);
  });
} else {
  it('has the drivers of ODBC', () => {
    expect(obstacle).toBeUndefined();
  });
  describeWithServer('postgres', 'SQL connector over ODBC on PostgreSQL', (address) => {
    describeServerContract({
      name: 'ODBC (PostgreSQL)',
      exporter,
      fulfiller,
      longText: 'text',
      timeoutMs,
      createDatabase: () => createOnPostgres(address(), odbc),
      withPassword: (password) => odbc.postgres({ ...address(), password }, 'postgres'),
      skips: { 'nul-kept': 'PostgreSQL knows no character NUL' },
    });
    describePostgres(address);
    describeOtherDatabase(address);
  });
  describeWithServer('mariadb', 'SQL connector over ODBC on MariaDB', (address) => {
    describeServerContract(
      {
        name: 'ODBC (MariaDB)',
        exporter,
        fulfiller,
        longText: 'longtext',
        timeoutMs,
        createDatabase: () => createOnMariadb(address(), odbc),
        withPassword: (password) => odbc.mariadb({ ...address(), password }, 'mysql'),
        skips: { 'nul-kept': endsAtNul },
      },
      ofDriver,
    );
    describeMariadb(address);
  });
  describe('SQL connector over ODBC on SQLite', () => {
    describeConnectorContract(
      defineDatabaseContract({
        name: 'ODBC (SQLite)',
        exporter,
        fulfiller,
        longText: 'text',
        create: () => createSqliteDatabase(odbc.sqlite, countOpenByDrivers),
        unreachable: () => ({
          ConnectionString: `Driver={SQLite3};Database=/nowhere/at/all.db;Pwd=${contractSecret}`,
        }),
        skips: { ...sqliteSkips, 'nul-kept': endsAtNul },
      }),
      ofDriver,
    );
    describeSqlite();
  });
}

/** What it takes to open a connection past the exporter. */
function openRequestFor(connectionString: string, context: ConnectorContext): OpenRequest {
  const { values, pairs } = parseConnectionString(connectionString);
  return {
    string: values,
    pairs,
    secrets: [connectionString],
    access: 'read',
    connectTimeoutMs: 15_000,
    queryTimeoutMs: 15_000,
    context,
  };
}

function describePostgres(address: () => PostgresAddress): void {
  it('writes values as text that keeps every digit and invents no time zone', async () => {
    await using database = await createOnPostgres(address(), odbc);
    await database.query(
      'CREATE TABLE t (i int8, n numeric(40,10), f float8, r real, b bool, d date, ts timestamp, tz timestamptz, by bytea, u uuid, a text[], c char(5), tm time)',
    );
    await database.query(
      `INSERT INTO t VALUES (9223372036854775807, 123456789012345678901234567890.1234567890, 1e300, 0.1, true, '2024-03-05', '2024-03-05 17:30:00', '2024-03-05 17:30:00.5+02', '\\x00ff', '0e37df36-f698-11e6-8dd4-cb9ced3df976', ARRAY['a','b c'], 'ab', '08:00')`,
    );

    const { rows } = await exportRows(exporter, readSqlSettings(database.connectionString), [
      tableOf('"public"."t"', 'i n f r b d ts tz by u a c tm'.split(' ')),
    ]);

    expect(rows).toEqual([
      {
        i: '9223372036854775807',
        n: '123456789012345678901234567890.1234567890',
        f: `1${'0'.repeat(300)}`,
        r: '0.1',
        b: 'true',
        d: '2024-03-05',
        ts: '2024-03-05T17:30:00',
        tz: '2024-03-05T15:30:00.5Z',
        by: 'AP8=',
        u: '0e37df36-f698-11e6-8dd4-cb9ced3df976',
        a: '{a,"b c"}',
        c: 'ab   ',
        tm: '08:00:00',
      },
    ]);
  });
}

function describeOtherDatabase(address: () => PostgresAddress): void {
  it('lists and reads a database nobody knows by what its driver says', async () => {
    await using database = await createOnPostgres(address(), odbc);
    await database.query(
      'CREATE TABLE "My table" (id int PRIMARY KEY, "Amount" numeric(30,4), note text)',
    );
    await database.query(`INSERT INTO "My table" VALUES (1, 12345678901234567890.1234, 'x')`);
    await using context = await createTestContext();

    await using opened = await openOdbc(
      openRequestFor(database.connectionString, context),
      'other',
    );
    const table = findTable(await readCatalog(opened), '"public"."My table"');
    const columns = table.columns.map(({ name, kind }) =>
      opened.dialect.readColumn(`"${name}"`, kind),
    );
    await opened.begin('read', null);
    const chunks = await collect(
      opened.stream(`SELECT ${columns.join(', ')} FROM "public"."My table"`, 10, {
        known: table.columns,
      }),
    );
    await opened.commit();

    expect(table.columns.map(({ name }) => name)).toEqual(['id', 'Amount', 'note']);
    expect(chunks.flatMap(({ rows }) => rows)).toEqual([['1', '12345678901234567890.1234', 'x']]);
  });

  it('carries out no orders where nobody has tried', async () => {
    await using database = await createOnPostgres(address(), odbc);
    await using context = await createTestContext();
    await using opened = await openOdbc(
      openRequestFor(database.connectionString, context),
      'other',
    );

    expect(opened.dialect.refusesOrders).toBe(true);
  });

  it('a driver whose process ends is a lost connection, and only that', async () => {
    await using database = await createOnPostgres(address(), odbc);
    const running = startOdbcProcess(process.env);
    const { connectionString } = database;
    await running.call({ kind: 'open', connectionString, loginTimeoutSeconds: 5 });

    const waiting = running.call({ kind: 'query', text: 'SELECT pg_sleep(20)', values: [] });
    running.kill();

    await expect(waiting).rejects.toMatchObject({ code: 'process-ended' });
    await expect(running.call({ kind: 'close' })).rejects.toMatchObject({ code: 'process-ended' });
  });

  it('says what is wrong with a connection, and never its secret', async () => {
    const good = odbc.postgres({ ...address(), password: 's3cret-canary' }, 'postgres');
    const right = odbc.postgres(address(), 'postgres');
    const cases = [
      [good, 'unauthenticated', /refuses the user/],
      [right.replace('=postgres', '=nope'), 'not-found', /no such database/],
      [right.replace(/Port=\d+/, 'Port=1'), 'unreachable', /failed or was lost/],
      [`${right};SSLmode=require`, 'unreachable', /encrypted connection/],
      ['Driver={No such driver};Pwd=s3cret-canary', 'not-found', /cannot be loaded/],
      ['DSN=nowhere;Pwd=s3cret-canary', 'not-found', /no ODBC driver or data source/],
      ['Server=127.0.0.1;Pwd=s3cret-canary', 'invalid-value', /names no ODBC driver/],
      [`${good};ApiToken=s3cret-canary`, 'unauthenticated', /refuses/],
    ] as const;
    for (const [connectionString, kind, message] of cases) {
      await using context = await createTestContext();
      const error = await exporter
        .checkConnection(readSqlSettings(connectionString), context)
        .catch((thrown: unknown) => thrown);
      expect(error, connectionString).toMatchObject({
        kind,
        message: expect.stringMatching(message),
      });
      expect(showError(error) + context.log.join()).not.toContain('s3cret-canary');
    }
  });

  it('sets the isolation that is asked for, or none', async () => {
    await using database = await createOnPostgres(address(), odbc);
    const SqlCommand =
      "SELECT current_setting('transaction_isolation') AS id, current_setting('transaction_read_only') AS name";
    const read = (more: Readonly<Record<string, unknown>>) =>
      exportRows(exporter, readSqlSettings(database.connectionString, { SqlCommand, ...more }), [
        tableOf('', ['id', 'name']),
      ]);

    expect((await read({})).rows).toEqual([{ id: 'read committed', name: 'on' }]);
    expect((await read({ IsolationLevel: 'null' })).rows).toEqual([
      { id: 'read committed', name: 'on' },
    ]);
    expect((await read({ IsolationLevel: 'Serializable' })).rows).toEqual([
      { id: 'serializable', name: 'on' },
    ]);
    await expect(read({ IsolationLevel: 'Snapshot' })).rejects.toMatchObject({
      kind: 'unsupported',
    });
  });
}

function describeSqlite(): void {
  it('gives no value that the driver may have cut', async () => {
    await using database = await createOnSqlite(odbc);
    await database.query(
      'CREATE TABLE t (id INTEGER PRIMARY KEY, short varchar(10), long text, bytes blob)',
    );
    await database.query('INSERT INTO t VALUES (1, ?, ?, ?)', [
      'x'.repeat(2_000),
      'y'.repeat(300_000),
      Buffer.alloc(5_000, 7),
    ]);
    const read = (column: string) =>
      exportRows(exporter, readSqlSettings(database.connectionString), [tableOf('t', [column])]);

    await expect(read('short')).rejects.toMatchObject({
      kind: 'incomplete',
      details: { column: 'short' },
    });
    await expect(read('bytes')).rejects.toMatchObject({ kind: 'incomplete' });
    expect((await read('long')).rows).toEqual([{ long: 'y'.repeat(300_000) }]);
  });

  it('writes numbers as people wrote them', async () => {
    await using database = await createOnSqlite(odbc);
    await database.query('CREATE TABLE t (i integer, n numeric, f double, b boolean, d datetime)');
    await database.query(
      "INSERT INTO t VALUES (9223372036854775807, 0.1, 1e300, 1, '2024-03-05 17:30:00'), (-1, 12, 2.5, 0, 'soon')",
    );

    const { rows } = await exportRows(exporter, readSqlSettings(database.connectionString), [
      tableOf('t', ['i', 'n', 'f', 'b', 'd']),
    ]);

    expect(rows).toEqual([
      {
        i: '9223372036854775807',
        n: '0.1',
        f: `1${'0'.repeat(300)}`,
        b: 'true',
        d: '2024-03-05 17:30:00',
      },
      { i: '-1', n: '12', f: '2.5', b: 'false', d: 'soon' },
    ]);
  });

  it('reads files below the folders that may be read only, and makes none', async () => {
    await using database = await createOnSqlite(odbc);
    await using context = await createTestContext({ sourcesRootPaths: ['/usr/share'] });
    const missing = '/tmp/no-such-database-of-lockstep.db';
    await using free = await createTestContext();

    const check = (connectionString: string, within: ConnectorContext) =>
      exporter.checkConnection(readSqlSettings(connectionString), within);

    await expect(check(database.connectionString, context)).rejects.toMatchObject({
      kind: 'forbidden',
    });
    await expect(check(`Driver={SQLite3};Database=${missing}`, free)).rejects.toMatchObject({
      kind: 'not-found',
    });
    expect(existsSync(missing)).toBe(false);
  });
}

function describeMariadb(address: () => MariadbAddress): void {
  it('reads long, unsigned and absent values whole, and every row', async () => {
    await using database = await createOnMariadb(address(), odbc);
    await database.query(
      'CREATE TABLE t (i bigint unsigned, n decimal(40,10), b tinyint(1), d date, ts datetime(2), tz timestamp NULL, by1 varbinary(10), bits bit(3), t longtext)',
    );
    await database.query(
      "INSERT INTO t VALUES (18446744073709551615, 123456789012345678901234567890.1234567890, true, '2024-03-05', '2024-03-05 17:30:00.12', '2024-03-05 17:30:00', x'00ff', b'101', ?)",
      [`${'x'.repeat(100_000)}é😀`],
    );
    await database.query('CREATE TABLE many AS SELECT seq AS id FROM seq_1_to_20000');

    const settings = readSqlSettings(database.connectionString);
    const { rows } = await exportRows(exporter, settings, [
      tableOf('t', 'i n b d ts by1 bits t'.split(' ')),
    ]);
    const many = await exportRows(exporter, settings, [tableOf('many', ['id'])]);

    expect(rows).toEqual([
      {
        i: '18446744073709551615',
        n: '123456789012345678901234567890.1234567890',
        b: 'true',
        d: '2024-03-05',
        ts: '2024-03-05T17:30:00.12',
        by1: 'AP8=',
        bits: '5',
        t: `${'x'.repeat(100_000)}é😀`,
      },
    ]);
    expect(many.rows.length).toBe(20_000);
    expect(many.rows.at(-1)).toEqual({ id: '20000' });
  });

  it('keeps a query from writing', async () => {
    await using database = await createOnMariadb(address(), odbc);
    await database.query('CREATE TABLE t (id int)');
    await database.query('INSERT INTO t VALUES (1)');
    await using context = await createTestContext();

    const reading = exportRows(
      exporter,
      readSqlSettings(database.connectionString, { SqlCommand: 'DELETE FROM t RETURNING id' }),
      [tableOf('', ['id'])],
    );

    await expect(reading).rejects.toMatchObject({
      kind: expect.stringMatching(/forbidden|invalid/),
    });
    expect(await database.query('SELECT id FROM t')).toEqual([{ id: 1 }]);
    expect(context.log).toEqual([]);
  });
}
