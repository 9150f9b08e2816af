import { describe, expect, it } from 'vitest';
import type { FulfilTarget } from '../../../connectors/index.ts';
import { createSqlExporter } from '../../../connectors/sql/export.ts';
import { createSqlFulfiller } from '../../../connectors/sql/fulfil.ts';
import { createTestContext } from '../../contract/contract-context.ts';
import type { MariadbAddress } from '../../servers/mariadb.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import { createOnMariadb, native } from './sql-databases.ts';
import {
  describeServerContract,
  exportRows,
  orderFor,
  readSqlSettings,
  type TestDatabase,
  tableOf,
  target,
} from './sql-subject.ts';

const exporter = createSqlExporter('mysql');
const fulfiller = createSqlFulfiller('mysql');

const createDatabase = (address: MariadbAddress): Promise<TestDatabase> =>
  createOnMariadb(address, native);

describeWithServer('mariadb', 'SQL connector on MariaDB', (address) => {
  describeServerContract({
    name: 'SQL (MariaDB)',
    exporter,
    fulfiller,
    longText: 'longtext',
    createDatabase: () => createDatabase(address()),
    withPassword: (password) => native.mariadb({ ...address(), password }, 'mysql'),
  });

  describe('values', () => {
    it('are written as text that keeps every digit and invents no time zone', async () => {
      await using database = await createDatabase(address());
      await database.query("SET sql_mode = ''");
      await database.query("SET time_zone = '+02:00'");
      await database.query(
        `CREATE TABLE t (i bigint unsigned, n decimal(40,10), f double, r float, b boolean, k tinyint, b1 bit(1), b9 bit(9), d date, ts datetime(6), tz timestamp NULL, z date, by_ varbinary(10), bl blob, tx longtext, e enum('x','y'), la varchar(5) CHARACTER SET latin1, j json, y year)`,
      );
      await database.query(
        `INSERT INTO t VALUES (18446744073709551615, 123456789012345678901234567890.1234567890, 1e300, 0.1, true, 1, b'1', b'100000001', '2024-03-05', '2024-03-05 17:30:00.120000', '2024-03-05 17:30:00', '0000-00-00', x'00ff', x'01', 'é', 'y', 'é', '{"k": 1}', 2024)`,
      );
      const columns = 'i n f r b k b1 b9 d ts tz z by_ bl tx e la j y'.split(' ');

      const { rows } = await exportRows(exporter, readSqlSettings(database.connectionString), [
        tableOf('t', columns),
      ]);

      expect(rows).toEqual([
        {
          i: '18446744073709551615',
          n: '123456789012345678901234567890.1234567890',
          f: `1${'0'.repeat(300)}`,
          r: '0.1',
          b: 'true',
          k: '1',
          b1: 'true',
          b9: '257',
          d: '2024-03-05',
          ts: '2024-03-05T17:30:00.12',
          tz: '2024-03-05T15:30:00Z',
          z: null,
          by_: 'AP8=',
          bl: 'AQ==',
          tx: 'é',
          e: 'y',
          la: 'é',
          j: '{"k": 1}',
          y: '2024',
        },
      ]);
    });

    it('are written into typed columns from the internal form, and read back', async () => {
      await using database = await createDatabase(address());
      await database.query(
        'CREATE TABLE accounts (id int AUTO_INCREMENT PRIMARY KEY, mail varchar(100) UNIQUE, active boolean, rate float, seen datetime, photo blob)',
      );
      await using context = await createTestContext();
      await using opened = await fulfiller.openFulfiller(
        readSqlSettings(database.connectionString),
        [accounts],
        context,
      );
      const values = {
        mail: 'ana@example.test',
        active: 'true',
        rate: '0.1',
        seen: '20240305173000',
        photo: 'AP8=',
      };
      const changes = Object.entries(values).map(
        ([property, value]) => ({ kind: 'set', property, value }) as const,
      );

      const executed = await opened.fulfil(orderFor(accounts, 'added', {}, changes));

      expect(executed).toEqual({ status: 'executed', values: { id: '1' } });
      const found = await opened.read?.(orderFor(accounts, 'modified', { id: '1' }, []));
      expect(found?.values).toEqual({ id: '1', ...values });
      const same = changes.map((change) => ({ ...change, expected: change.value }));
      await opened.fulfil(orderFor(accounts, 'modified', { id: '1' }, same));
      await expect(opened.fulfil(orderFor(accounts, 'added', {}, changes))).rejects.toMatchObject({
        kind: 'invalid-value',
        details: { property: 'mail' },
      });
    });
  });

  describe('keys', () => {
    it('are matched to the letter, whatever the collation calls equal', async () => {
      await using database = await createDatabase(address());
      await database.query('CREATE TABLE people (id varchar(100), name text, note text)');
      await database.query(
        'CREATE TABLE people_groups (person_id varchar(50), group_id varchar(50))',
      );
      await database.query(
        "INSERT INTO people VALUES ('ana', 'n', 'x'), ('ANA', 'n', 'x'), ('ána', 'n', 'x'), ('ana ', 'n', 'x')",
      );
      await using context = await createTestContext();
      await using opened = await fulfiller.openFulfiller(
        readSqlSettings(database.connectionString),
        [target],
        context,
      );

      const note = { kind: 'set', property: 'note', value: 'changed' } as const;
      await opened.fulfil(orderFor(target, 'modified', { key: 'ANA' }, [note]));
      await opened.fulfil(orderFor(target, 'deleted', { key: 'ána' }, []));

      const rows = await database.query('SELECT id, note FROM people ORDER BY CAST(id AS BINARY)');
      expect(rows).toEqual([
        { id: 'ANA', note: 'changed' },
        { id: 'ana', note: 'x' },
        { id: 'ana ', note: 'x' },
      ]);
    });

    it('of another spelling that a unique index calls equal are found as the one that exists', async () => {
      await using database = await createDatabase(address());
      await database.query(
        'CREATE TABLE people (id varchar(100) PRIMARY KEY, name text, note text)',
      );
      await database.query(
        'CREATE TABLE people_groups (person_id varchar(50), group_id varchar(50))',
      );
      await database.query("INSERT INTO people VALUES ('ana', 'n', 'x')");
      await using context = await createTestContext();
      await using opened = await fulfiller.openFulfiller(
        readSqlSettings(database.connectionString),
        [target],
        context,
      );

      const key = { kind: 'set', property: 'key', value: 'ANA' } as const;
      const adding = opened.fulfil(orderFor(target, 'added', {}, [key]));

      await expect(adding).rejects.toMatchObject({
        kind: 'already-exists',
        details: { key: 'ana' },
      });
    });

    it('of numbers match no other row than the one they name', async () => {
      await using database = await createDatabase(address());
      await database.query(
        'CREATE TABLE accounts (id int PRIMARY KEY, mail text, active int, rate int, seen int, photo int)',
      );
      await database.query('INSERT INTO accounts (id) VALUES (0), (1), (12)');
      await using context = await createTestContext();
      await using opened = await fulfiller.openFulfiller(
        readSqlSettings(database.connectionString),
        [accounts],
        context,
      );

      for (const id of ['1 OR 1=1', '12abc', 'abc', "0' OR ''='"]) {
        const deleting = opened.fulfil(orderFor(accounts, 'deleted', { id }, []));
        await expect(deleting).rejects.toMatchObject({ kind: 'invalid-value' });
      }
      expect(await database.query('SELECT count(*) AS n FROM accounts')).toEqual([{ n: 3 }]);
    });
  });

  describe('export', () => {
    it('reads tables of other schemas by quoted names', async () => {
      await using database = await createDatabase(address());
      await database.query('CREATE TABLE `odd ``table``.x` (`a"b` int)');
      await database.query('INSERT INTO `odd ``table``.x` VALUES (1)');
      const schema = /Database=(\w+)/.exec(database.connectionString)?.[1];

      const { rows } = await exportRows(exporter, readSqlSettings(database.connectionString), [
        tableOf(`"${schema}"."odd \`table\`.x"`, ['a"b']),
      ]);

      expect(rows).toEqual([{ 'a"b': '1' }]);
    });

    it('reads many rows, and cannot be made to write', async () => {
      await using database = await createDatabase(address());
      await database.query('CREATE TABLE t AS SELECT seq AS id FROM seq_1_to_25000');
      const read = (SqlCommand: string) =>
        exportRows(exporter, readSqlSettings(database.connectionString, { SqlCommand }), [
          tableOf('', ['id']),
        ]);

      expect((await read('SELECT id FROM t;')).rows.length).toBe(25_000);
      await expect(read('DELETE FROM t')).rejects.toMatchObject({ kind: 'forbidden' });
      await expect(read('SELECT 1 AS id; DELETE FROM t')).rejects.toMatchObject({
        kind: 'invalid-value',
      });
      expect(await database.query('SELECT count(*) AS n FROM t')).toEqual([{ n: 25_000 }]);
    });

    it('describes tables with types and keys', async () => {
      await using database = await createDatabase(address());
      await database.query('CREATE TABLE people (id int PRIMARY KEY, name varchar(10))');
      await using context = await createTestContext();

      const tables = await exporter.describeTables?.(
        readSqlSettings(database.connectionString),
        context,
      );

      expect(tables?.find((table) => table.name === 'people')).toEqual({
        name: 'people',
        columns: [
          { name: 'id', type: 'int(11)', isKey: true },
          { name: 'name', type: 'varchar(10)', isKey: false },
        ],
      });
    });
  });

  it('says what is wrong with a connection', async () => {
    const check = async (connectionString: string): Promise<unknown> => {
      await using context = await createTestContext();
      return await exporter
        .checkConnection(readSqlSettings(connectionString), context)
        .catch((thrown) => thrown);
    };
    const good = native.mariadb(address(), 'mysql');

    expect(await check(good)).toMatch(/^Connected to MariaDB \d+.*, database mysql, as admin@/);
    expect(await check(`${good};Database=nope`)).toMatchObject({ kind: 'not-found' });
    expect(await check(`${good};Pwd=wrong`)).toMatchObject({ kind: 'unauthenticated' });
    expect(await check(`${good};Port=1`)).toMatchObject({ kind: 'unreachable' });
    expect(await check(`${good};Server=no-such-host.invalid`)).toMatchObject({
      kind: 'unreachable',
    });
    expect(await check(`${good};SslMode=Required`)).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('encrypted connection'),
    });
  });

  it('writes and finds hostile values to the letter', async () => {
    await using database = await createDatabase(address());
    await database.query('CREATE TABLE people (id varchar(100) PRIMARY KEY, name text, note text)');
    await database.query(
      'CREATE TABLE people_groups (person_id varchar(50), group_id varchar(50))',
    );
    await using context = await createTestContext();
    await using opened = await fulfiller.openFulfiller(
      readSqlSettings(database.connectionString),
      [target],
      context,
    );
    const values = [
      "' OR 1=1--",
      '"; DROP TABLE people;--',
      "\\'; SELECT 1",
      'a?b',
      '`x`',
      '%_',
      '\\',
    ];

    for (const value of values) {
      const set = { kind: 'set', property: 'key', value } as const;
      await opened.fulfil(orderFor(target, 'added', {}, [set]));
      const note = { kind: 'set', property: 'note', value, expected: null } as const;
      await opened.fulfil(orderFor(target, 'modified', { key: value }, [note]));
    }

    const stored = await database.query('SELECT id, note FROM people');
    expect(new Set(stored.map((row) => row['id']))).toEqual(new Set(values));
    for (const row of stored) expect(row['note']).toBe(row['id']);
  });
});

const accounts: FulfilTarget = {
  resourceType: 'Account',
  entityType: 'Account',
  tableSuffix: 'accounts',
  columns: [
    { property: 'id', column: 'id', isPrimaryKey: true, isUniqueKey: false },
    { property: 'mail', column: 'mail', isPrimaryKey: false, isUniqueKey: true },
    { property: 'active', column: 'active', isPrimaryKey: false, isUniqueKey: false },
    { property: 'rate', column: 'rate', isPrimaryKey: false, isUniqueKey: false },
    {
      property: 'seen',
      column: 'seen',
      format: 'datetime',
      isPrimaryKey: false,
      isUniqueKey: false,
    },
    { property: 'photo', column: 'photo', isPrimaryKey: false, isUniqueKey: false },
  ],
  links: [],
  mapping: { element: 'ls:SqlResourceTypeMapping', attributes: {}, children: [] },
};
