/** Tables that come as lines of the file, to the byte as their rows would be written: whichever way is taken, nobody can tell. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { writeTables } from '../../../connectors/index.ts';
import type { ExportRequest } from '../../../connectors/spi/package.ts';
import { createSqlExporter } from '../../../connectors/sql/export.ts';
import type { SqlProvider } from '../../../connectors/sql/providers.ts';
import type { SqlSettings } from '../../../connectors/sql/settings.ts';
import { createTestContext } from '../../contract/contract-context.ts';
import { runSql } from '../../servers/postgres.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import { createOnMariadb, createOnPostgres, createOnSqlite, native } from './sql-databases.ts';
import { payloads } from './sql-payloads.fixture.ts';
import { readSqlSettings, type TestDatabase, tableOf } from './sql-subject.ts';

interface Written {
  readonly text: string;
  readonly kinds: ReadonlySet<string>;
}

async function write(
  provider: SqlProvider,
  { connectionString }: Pick<TestDatabase, 'connectionString'>,
  columns: readonly string[],
  options: { readonly takesLines: boolean; readonly query?: string },
): Promise<Written> {
  await using context = await createTestContext();
  const { takesLines, query } = options;
  const tables = [tableOf(query === undefined ? 't' : '', columns)];
  const request = {
    connection: 'Crm',
    settings: readSqlSettings(connectionString, query === undefined ? {} : { SqlCommand: query }),
    mode: 'complete',
    tables,
    takesLines,
  } as const;
  const kinds = new Set<string>();
  async function* watch() {
    for await (const batch of createSqlExporter(provider).exportTables(request, context)) {
      kinds.add(batch.kind);
      yield batch;
    }
  }
  const folder = join(context.workFolder, 'out');
  const written = await writeTables(watch(), {
    folder,
    connection: 'Crm',
    mode: 'complete',
    tables,
    transformations: [],
    now: context.now,
  });
  if (written.status === 'failed') throw written.error;
  expect(written.status).toBe('written');
  return { text: await readFile(join(folder, `${tables[0]?.name}.csv`), 'utf8'), kinds };
}

/** Two columns of a table, or of the query of the settings, as lines. */
function requestLines(settings: SqlSettings, table: string): ExportRequest<SqlSettings> {
  const tables = [tableOf(table, ['id', 'note'])];
  return { connection: 'Crm', settings, mode: 'complete', tables, takesLines: true };
}

async function expectSame(
  provider: SqlProvider,
  database: TestDatabase,
  columns: readonly string[],
  query?: string,
): Promise<void> {
  const asked = query === undefined ? {} : { query };
  const rows = await write(provider, database, columns, { takesLines: false, ...asked });
  const lines = await write(provider, database, columns, { takesLines: true, ...asked });

  expect([...rows.kinds]).toEqual(['rows', 'end']);
  expect([...lines.kinds]).toEqual(['lines', 'end']);
  // Two long texts side by side would tell nothing.
  const wanted = rows.text.split('\n');
  const other = lines.text.split('\n').filter((line, at) => line !== wanted[at]);
  expect(other.slice(0, 5)).toEqual([]);
  expect(lines.text).toBe(rows.text);
}

const values = [...payloads, '', ' ', '\\.', 'a,b', 'a\nb', '"', 'x'.repeat(70_000)];

async function fill(database: TestDatabase): Promise<void> {
  for (let at = 0; at < values.length; at += 100) {
    const part = values.slice(at, at + 100);
    await database.query(
      `INSERT INTO t (id, note) VALUES ${part.map(() => '(?, ?)').join(', ')}`,
      part.flatMap((value, index) => [at + index, value]),
    );
  }
  await database.query('INSERT INTO t (id, note) VALUES (100000, NULL)');
}

describeWithServer('postgres', 'lines of PostgreSQL', (address) => {
  it('hold what its rows hold, for every type that is copied', async () => {
    await using database = await createOnPostgres(address(), native);
    await database.query(
      'CREATE TABLE t (id int PRIMARY KEY, note text, n numeric, b bool, d date, ts timestamp, tz timestamptz, by bytea, u uuid, a text[], j jsonb, c char(5), v varchar(20), tm time, iv interval, ip inet)',
    );
    await fill(database);
    await database.query(
      `INSERT INTO t VALUES (200000, 'x', 'NaN', true, '2024-03-05', '2024-03-05 17:30:00', '2024-03-05 17:30:00.5+02', decode(repeat('00ff', 100), 'hex'), '0e37df36-f698-11e6-8dd4-cb9ced3df976', ARRAY['a,b','"c'], '{"k": "v, w"}', 'ab', '', '08:00', '1 day 2 hours', '10.0.0.1'),
       (200001, 'y', 123456789012345678901234567890.12, false, 'infinity', '-infinity', 'infinity', '', NULL, '{}', '[]', '', ' ', '23:59:59.999', '-1 second', '::1'),
       (200002, 'z', 0, NULL, '0044-03-15 BC', '0044-03-15 12:00:00 BC', '0044-03-15 12:00:00+00 BC', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
       (200003, 'w', -1.50, true, '12024-01-01', '12024-01-01 00:00:00.123456', '2024-07-01 00:00:00-04', 'x', NULL, NULL, NULL, '     ', 'a b', NULL, NULL, NULL)`,
    );

    await expectSame('postgres', database, 'id note n b d ts tz by u a j c v tm iv ip'.split(' '));
  });

  it('hold what its rows hold where we write a type otherwise; one column comes as rows', async () => {
    await using database = await createOnPostgres(address(), native);
    await database.query("CREATE TYPE chart AS ENUM ('bar', 'line')");
    await database.query('CREATE TABLE t (id int PRIMARY KEY, note text, f float8, k chart)');
    await fill(database);
    await database.query("INSERT INTO t VALUES (200000, 'x', 1e300, 'bar')");

    await expectSame('postgres', database, ['id', 'f']);
    await expectSame('postgres', database, ['id', 'k', 'note']);
    const one = await write('postgres', database, ['note'], { takesLines: true });
    expect([...one.kinds]).toEqual(['rows', 'end']);
  });

  it('hold what the rows of a query hold, whatever it is made of', async () => {
    await using database = await createOnPostgres(address(), native);
    await database.query(
      "CREATE TYPE chart AS ENUM ('bar,', '\"line'); CREATE DOMAIN flag AS bool",
    );
    await database.query(
      'CREATE TABLE t (id int PRIMARY KEY, note text, ok flag, k chart, b bit(5))',
    );
    await fill(database);
    await database.query("INSERT INTO t VALUES (200000, 'x', true, 'bar,', B'10101')");
    await database.query("INSERT INTO t VALUES (200001, '', false, '\"line', NULL)");

    const query = `WITH all_rows AS (SELECT * FROM t)
      SELECT id, note, ok, k, b, ROW(id, note) AS pair, CASE WHEN id % 2 = 0 THEN 1.5::float4 ELSE 1e-10 END AS f,
        now() - now() AS none, '?'::text AS mark, ARRAY[note, NULL, ''] AS list, 'x'::"char" AS one
      FROM all_rows ORDER BY id DESC -- to the end of the line`;
    await expectSame('postgres', database, ['id', 'note', 'ok', 'k', 'b', 'pair', 'f'], query);
    const values = 'SELECT column1 AS a, column2 AS b FROM (VALUES (1, NULL), (2, $$a"b$$)) AS v';
    await expectSame('postgres', database, ['a'], values);
  });

  it('come from rows where a column of the query is left out', async () => {
    await using database = await createOnPostgres(address(), native);
    const query = 'SELECT 1 AS a, 2 AS a, 3 AS b';

    const written = await write('postgres', database, ['a', 'b'], { takesLines: true, query });

    expect(written.text).toBe('a,b\n1,3\n');
  });

  it('of an empty table are its header', async () => {
    await using database = await createOnPostgres(address(), native);
    await database.query('CREATE TABLE t (id int, note text)');

    expect((await write('postgres', database, ['id', 'note'], { takesLines: true })).text).toBe(
      'id,note\n',
    );
  });

  it('are refused when their text is not UTF-8', async () => {
    const name = 'bytes_of_any_encoding';
    const connectionString = native.postgres(address(), name);
    await runSql(
      address(),
      'postgres',
      `CREATE DATABASE ${name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0`,
    );
    await runSql(address(), name, "CREATE TABLE t AS SELECT 1 AS id, E'M\\xfcller' AS note");

    for (const takesLines of [true, false]) {
      await expect(
        write('postgres', { connectionString }, ['id', 'note'], { takesLines }),
      ).rejects.toMatchObject({ kind: 'invalid-value' });
    }
  });

  it('prove nothing when a later row fails', async () => {
    await using database = await createOnPostgres(address(), native);
    await database.query('CREATE TABLE numbers AS SELECT generate_series(1, 50000) AS id');
    await database.query('CREATE VIEW t AS SELECT id, 1 / (45000 - id) AS note FROM numbers');
    await using context = await createTestContext();
    const request = requestLines(readSqlSettings(database.connectionString), 't');
    const kinds: string[] = [];
    let rows = 0;

    const reading = (async () => {
      for await (const batch of createSqlExporter('postgres').exportTables(request, context)) {
        kinds.push(batch.kind);
        if (batch.kind === 'lines') rows += batch.rows;
      }
    })();

    await expect(reading).rejects.toMatchObject({ kind: 'invalid-value' });
    expect(rows).toBeGreaterThan(0);
    expect(kinds).not.toContain('end');
  });
});

describeWithServer('mariadb', 'lines of MariaDB', (address) => {
  it('hold what its rows hold', async () => {
    await using database = await createOnMariadb(address(), native);
    await database.query("SET SESSION sql_mode = ''");
    await database.query(
      `CREATE TABLE t (id int PRIMARY KEY, note longtext, n decimal(20,4), b tinyint(1), ts datetime(2), by1 varbinary(10), f double, y year, z int(5) zerofill,
        e enum('a,b', '"'), s set('x', 'y"z'), j json, bits bit(12), bit1 bit(1), d date, tm time(3), st timestamp(6) NULL, f4 float, bl longblob,
        latin varchar(20) CHARACTER SET latin1, fixed char(5), wide varchar(20) CHARACTER SET ucs2, u bigint unsigned, g point, uid uuid, ip inet6)`,
    );
    await fill(database);
    await database.query(
      `INSERT INTO t VALUES (200000, 'x', 1.5, true, '2024-03-05 17:30:00.12', x'00ff', 1e300, 2024, 42, 'a,b', 'x,y"z', '{"k": "v, w"}', b'101', b'1',
        '2024-03-05', '-838:59:59.5', '2024-03-05 17:30:00.5', 1.25e-20, REPEAT(x'00ff2c22', 50000), _latin1 x'e92c22', 'ab', 'é,"', 18446744073709551615, POINT(1, 2), '0e37df36-f698-11e6-8dd4-cb9ced3df976', '::1'),
        (200001, '', 0, false, '0000-00-00 00:00:00', '', 0, 0, 0, '', '', '[]', b'0', b'0',
        '0000-00-00', '00:00:00', NULL, -0.0, '', '', '', '', 0, NULL, NULL, NULL),
        (200002, NULL, -99, 7, '2024-00-00 00:00:00', NULL, -1.5e-300, NULL, NULL, '"', NULL, NULL, NULL, NULL,
        '2024-00-00', '25:00:00', '1970-01-01 00:00:01', 3.4e38, NULL, NULL, 'a  ', NULL, NULL, NULL, NULL, NULL)`,
    );

    const columns =
      'id note n b ts by1 f y z e s j bits bit1 d tm st f4 bl latin fixed wide u g uid ip';
    await expectSame('mysql', database, columns.split(' '));
    const query =
      'SELECT *, CAST(note AS BINARY(20)) AS raw, id % 2 = 0 AS even FROM t ORDER BY id -- all';
    await expectSame('mysql', database, ['id', 'raw', 'even'], query);
  });

  it('prove nothing when a later row fails', async () => {
    await using database = await createOnMariadb(address(), native);
    await database.query('CREATE TABLE numbers AS SELECT seq AS id FROM seq_1_to_50000');
    // A subquery of two rows is an error only when it is come to.
    const query =
      'SELECT id, IF(id = 45000, (SELECT id FROM numbers WHERE id < 3), id) AS note FROM numbers ORDER BY id';
    await using context = await createTestContext();
    const settings = readSqlSettings(database.connectionString, { SqlCommand: query });
    const request = requestLines(settings, '');
    const kinds = new Set<string>();

    const reading = (async () => {
      for await (const batch of createSqlExporter('mysql').exportTables(request, context)) {
        kinds.add(batch.kind);
      }
    })();

    await expect(reading).rejects.toMatchObject({ name: 'ConnectorError' });
    expect([...kinds]).toEqual(['lines']);
  });

  it('of a slow reader make the server wait, and all of them come', async () => {
    await using database = await createOnMariadb(address(), native);
    await database.query(
      "CREATE TABLE t AS SELECT seq AS id, REPEAT('x', 200) AS note FROM seq_1_to_50000",
    );
    await using context = await createTestContext();
    const request = requestLines(readSqlSettings(database.connectionString), 't');
    let rows = 0;
    let longest = 0;

    for await (const batch of createSqlExporter('mysql').exportTables(request, context)) {
      if (batch.kind !== 'lines') continue;
      rows += batch.rows;
      longest = Math.max(longest, batch.bytes.length);
      await setTimeout(10);
    }

    expect(rows).toBe(50_000);
    expect(longest).toBeLessThan(400_000);
  });

  it('are refused where a procedure gives several results, and whole where it gives one', async () => {
    await using database = await createOnMariadb(address(), native);
    await database.query('CREATE PROCEDURE one() SELECT 1 AS a, 2 AS b');
    await database.query('CREATE PROCEDURE two() BEGIN SELECT 1 AS a, 2 AS b; SELECT 3 AS c; END');

    for (const takesLines of [true, false]) {
      const one = await write('mysql', database, ['a', 'b'], { takesLines, query: 'CALL one()' });
      const two = write('mysql', database, ['a', 'b'], { takesLines, query: 'CALL two()' });

      expect(one.text).toBe('a,b\n1,2\n');
      await expect(two).rejects.toMatchObject({ kind: 'invalid-value' });
    }
  });
});

describe('lines of SQLite', () => {
  it('hold what its rows hold', async () => {
    await using database = await createOnSqlite(native);
    await database.query(
      'CREATE TABLE t (id INTEGER PRIMARY KEY, note text, f real, b boolean, by1 blob)',
    );
    await fill(database);
    await database.query("INSERT INTO t VALUES (200000, 'x', 1e300, 1, x'00ff')");

    await expectSame('sqlite', database, 'id note f b by1'.split(' '));
  });
});
