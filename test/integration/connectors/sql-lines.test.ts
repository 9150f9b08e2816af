/** Tables that come as lines of the file, to the byte as their rows would be written: whichever way is taken, nobody can tell. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeTables } from '../../../connectors/index.ts';
import { createSqlExporter } from '../../../connectors/sql/export.ts';
import type { SqlProvider } from '../../../connectors/sql/providers.ts';
import { createTestContext } from '../../contract/contract-context.ts';
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
  { connectionString }: TestDatabase,
  columns: readonly string[],
  takesLines: boolean,
): Promise<Written> {
  await using context = await createTestContext();
  const tables = [tableOf('t', columns)];
  const request = {
    connection: 'Crm',
    settings: readSqlSettings(connectionString),
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
  return { text: await readFile(join(folder, 'Crm_t.csv'), 'utf8'), kinds };
}

async function expectSame(
  provider: SqlProvider,
  database: TestDatabase,
  columns: readonly string[],
): Promise<void> {
  const rows = await write(provider, database, columns, false);
  const lines = await write(provider, database, columns, true);

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

  it('come from rows where only we can write a type, and where there is one column', async () => {
    await using database = await createOnPostgres(address(), native);
    await database.query("CREATE TYPE chart AS ENUM ('bar', 'line')");
    await database.query('CREATE TABLE t (id int PRIMARY KEY, note text, f float8, k chart)');
    await fill(database);
    await database.query("INSERT INTO t VALUES (200000, 'x', 1e300, 'bar')");

    await expectSame('postgres', database, ['id', 'f']);
    await expectSame('postgres', database, ['id', 'k', 'note']);
    const one = await write('postgres', database, ['note'], true);
    expect([...one.kinds]).toEqual(['rows', 'end']);
  });

  it('of an empty table are its header', async () => {
    await using database = await createOnPostgres(address(), native);
    await database.query('CREATE TABLE t (id int, note text)');

    expect((await write('postgres', database, ['id', 'note'], true)).text).toBe('id,note\n');
  });

  it('prove nothing when a later row fails', async () => {
    await using database = await createOnPostgres(address(), native);
    await database.query('CREATE TABLE numbers AS SELECT generate_series(1, 5000) AS id');
    await database.query('CREATE VIEW t AS SELECT id, 1 / (4000 - id) AS note FROM numbers');
    await using context = await createTestContext();
    const request = {
      connection: 'Crm',
      settings: readSqlSettings(database.connectionString),
      mode: 'complete',
      tables: [tableOf('t', ['id', 'note'])],
      takesLines: true,
    } as const;
    const kinds: string[] = [];

    const reading = (async () => {
      for await (const batch of createSqlExporter('postgres').exportTables(request, context)) {
        kinds.push(batch.kind);
      }
    })();

    await expect(reading).rejects.toMatchObject({ kind: 'invalid-value' });
    expect(kinds).toContain('lines');
    expect(kinds).not.toContain('end');
  });
});

describeWithServer('mariadb', 'lines of MariaDB', (address) => {
  it('hold what its rows hold', async () => {
    await using database = await createOnMariadb(address(), native);
    await database.query(
      'CREATE TABLE t (id int PRIMARY KEY, note longtext, n decimal(20,4), b tinyint(1), ts datetime(2), by1 varbinary(10), f double, y year, z int(5) zerofill)',
    );
    await fill(database);
    await database.query(
      "INSERT INTO t VALUES (200000, 'x', 1.5, true, '2024-03-05 17:30:00.12', x'00ff', 1e300, 2024, 42)",
    );

    await expectSame('mysql', database, 'id note n b ts by1 f y z'.split(' '));
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
