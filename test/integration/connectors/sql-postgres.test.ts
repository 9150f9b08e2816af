import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { FulfilTarget } from '../../../connectors/index.ts';
import { createSqlExporter } from '../../../connectors/sql/export.ts';
import { createSqlFulfiller } from '../../../connectors/sql/fulfil.ts';
import { createTestContext, showError } from '../../contract/contract-context.ts';
import type { PostgresAddress } from '../../servers/postgres.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import { createOnPostgres, native } from './sql-databases.ts';
import {
  describeServerContract,
  exportRows,
  orderFor,
  readSqlSettings,
  type TestDatabase,
  tableOf,
  target,
} from './sql-subject.ts';

const exporter = createSqlExporter('postgres');
const fulfiller = createSqlFulfiller('postgres');

const createDatabase = (address: PostgresAddress): Promise<TestDatabase> =>
  createOnPostgres(address, native);

describeWithServer('postgres', 'SQL connector on PostgreSQL', (address) => {
  describeServerContract({
    name: 'SQL (PostgreSQL)',
    exporter,
    fulfiller,
    longText: 'text',
    createDatabase: () => createDatabase(address()),
    withPassword: (password) => native.postgres({ ...address(), password }, 'postgres'),
    skips: { 'nul-kept': 'PostgreSQL knows no character NUL' },
  });

  describe('values', () => {
    it('are written as text that keeps every digit and invents no time zone', async () => {
      await using database = await createDatabase(address());
      await database.query(
        `CREATE TABLE t (i int8, n numeric(40,10), f float8, r real, b bool, d date, ts timestamp, tz timestamptz, by bytea, u uuid, a text[], j jsonb, c char(5), tm time, iv interval)`,
      );
      await database.query(
        `INSERT INTO t VALUES (9223372036854775807, 123456789012345678901234567890.1234567890, 1e300, 0.1, true, '2024-03-05', '2024-03-05 17:30:00', '2024-03-05 17:30:00.5+02', '\\x00ff', '0e37df36-f698-11e6-8dd4-cb9ced3df976', ARRAY['a','b c'], '{"k": 1}', 'ab', '08:00', '1 day')`,
      );

      const { rows } = await exportRows(exporter, readSqlSettings(database.connectionString), [
        tableOf('"public"."t"', [...'i n f r b d ts tz by u a j c tm iv'.split(' ')]),
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
          j: '{"k": 1}',
          c: 'ab   ',
          tm: '08:00:00',
          iv: 'P1D',
        },
      ]);
    });

    it('are written into typed columns from the internal form, and read back', async () => {
      await using database = await createDatabase(address());
      await database.query(
        'CREATE TABLE accounts (id serial PRIMARY KEY, mail text UNIQUE, active bool, level int, hired date, seen timestamptz, boss int REFERENCES accounts)',
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
        level: '7',
        hired: '20240305000000',
        seen: '20240305173000',
      };
      const changes = Object.entries(values).map(
        ([property, value]) => ({ kind: 'set', property, value }) as const,
      );

      const first = await opened.fulfil(orderFor(accounts, 'added', {}, changes));
      const boss = { id: '1', entityType: 'Account', values: { id: '1' } };
      const second = await opened.fulfil(
        orderFor(accounts, 'added', {}, [{ kind: 'link', property: 'manager', value: boss }]),
      );
      const clash = opened.fulfil(orderFor(accounts, 'added', {}, changes));

      expect(first).toEqual({ status: 'executed', values: { id: '1' } });
      await expect(clash).rejects.toMatchObject({
        kind: 'invalid-value',
        details: { property: 'mail' },
      });
      const found = await opened.read?.(orderFor(accounts, 'modified', { id: '1' }, []));
      expect(found?.values).toEqual({ id: '1', ...values });
      const linked = await opened.read?.(orderFor(accounts, 'modified', second.values ?? {}, []));
      expect(linked?.links).toEqual({ manager: ['1'] });
    });

    it('that do not fit their column are refused, naming the property and not the value', async () => {
      await using database = await createDatabase(address());
      await database.query(
        'CREATE TABLE accounts (id serial PRIMARY KEY, mail text, active bool, level int, hired date, seen timestamptz, boss int)',
      );
      await database.query("INSERT INTO accounts (mail) VALUES ('x')");
      await using context = await createTestContext();
      await using opened = await fulfiller.openFulfiller(
        readSqlSettings(database.connectionString),
        [accounts],
        context,
      );

      for (const property of ['level', 'active']) {
        const change = { kind: 'set', property, value: 'forty-two' } as const;
        const error = await opened
          .fulfil(orderFor(accounts, 'modified', { id: '1' }, [change]))
          .catch((thrown) => thrown);
        expect(error).toMatchObject({ kind: 'invalid-value', details: { property } });
        expect(showError(error)).not.toContain('forty-two');
      }
      const hostileKey = opened.fulfil(orderFor(accounts, 'deleted', { id: '1 OR 1=1' }, []));
      await expect(hostileKey).rejects.toMatchObject({ kind: 'invalid-value' });
    });
  });

  describe('export', () => {
    it('reads a query through a cursor, in a transaction that cannot write', async () => {
      await using database = await createDatabase(address());
      await database.query('CREATE TABLE t AS SELECT generate_series(1, 2500) AS id');
      const read = (SqlCommand: string) =>
        exportRows(exporter, readSqlSettings(database.connectionString, { SqlCommand }), [
          tableOf('', ['id']),
        ]);

      expect((await read('WITH x AS (SELECT id FROM t) SELECT id FROM x;')).rows.length).toBe(2500);
      await expect(read('DELETE FROM t RETURNING id')).rejects.toMatchObject({
        kind: 'invalid-value',
      });
      await database.query(
        'CREATE FUNCTION wipe() RETURNS int LANGUAGE plpgsql AS $$ BEGIN DELETE FROM t; RETURN 1; END $$',
      );
      await expect(read('SELECT wipe() AS id')).rejects.toMatchObject({ kind: 'forbidden' });
      await expect(read('SELECT nope AS id FROM t')).rejects.toMatchObject({ kind: 'not-found' });
      expect(await database.query('SELECT count(*)::int AS n FROM t')).toEqual([{ n: 2500 }]);
    });

    it('gives no completion proof when a later row fails', async () => {
      await using database = await createDatabase(address());
      await database.query('CREATE TABLE t AS SELECT generate_series(1, 2500) AS id');
      await using context = await createTestContext();
      const settings = readSqlSettings(database.connectionString, {
        SqlCommand: 'SELECT 1 / (2000 - id) AS id FROM t',
      });
      const kinds: string[] = [];
      const reading = (async () => {
        const tables = [tableOf('', ['id'])];
        const request = { connection: 'Crm', settings, mode: 'complete', tables } as const;
        for await (const batch of exporter.exportTables(request, context)) kinds.push(batch.kind);
      })();

      await expect(reading).rejects.toMatchObject({ kind: 'invalid-value' });
      expect(kinds).toEqual(['rows']);
    });

    it('describes tables of all schemas with types and keys', async () => {
      await using database = await createDatabase(address());
      await database.query('CREATE SCHEMA "Odd"');
      await database.query(
        'CREATE TABLE "Odd"."My table" (id int, "Name" varchar(10), PRIMARY KEY (id))',
      );
      await database.query('CREATE TABLE plain (id uuid)');
      await using context = await createTestContext();

      const tables = await exporter.describeTables?.(
        readSqlSettings(database.connectionString),
        context,
      );

      expect(tables).toEqual([
        {
          name: '"Odd"."My table"',
          columns: [
            { name: 'id', type: 'integer', isKey: true },
            { name: 'Name', type: 'character varying(10)', isKey: false },
          ],
        },
        { name: 'plain', columns: [{ name: 'id', type: 'uuid', isKey: false }] },
      ]);
    });
  });

  describe('a connection that fails says what is wrong', () => {
    const check = async (connectionString: string): Promise<unknown> => {
      await using context = await createTestContext();
      return await exporter
        .checkConnection(readSqlSettings(connectionString), context)
        .catch((thrown) => thrown);
    };

    it('unknown database, wrong password, nobody listening, unknown name, no encryption', async () => {
      const good = native.postgres(address(), 'postgres');

      expect(await check(good)).toMatch(
        /^Connected to PostgreSQL 1\d.*, database postgres, as admin\.$/,
      );
      expect(await check(good.replace('=postgres', '=nope'))).toMatchObject({
        kind: 'not-found',
        message: expect.stringContaining('no database "nope"'),
      });
      expect(await check(good.replace('admin-secret', 'wrong'))).toMatchObject({
        kind: 'unauthenticated',
      });
      expect(await check(`${good};Port=1`)).toMatchObject({
        kind: 'unreachable',
        message: expect.stringContaining('refuses connections'),
      });
      expect(await check(`${good};Host=no-such-host.invalid`)).toMatchObject({
        kind: 'unreachable',
        message: expect.stringContaining('name'),
      });
      expect(await check(`${good};SSL Mode=Require`)).toMatchObject({
        kind: 'unreachable',
        message: expect.stringContaining('encrypted connection'),
      });
    });

    it('names the right that is missing', async () => {
      await using database = await createDatabase(address());
      const role = `r${randomUUID().slice(0, 8)}`;
      await database.query('CREATE TABLE people (id text)');
      await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'p'`);
      const settings = readSqlSettings(`${database.connectionString};User ID=${role};Password=p`);

      const reading = exportRows(exporter, settings, [tableOf('people', ['id'])]);

      await expect(reading).rejects.toMatchObject({ kind: 'forbidden' });
      await database.query(`DROP ROLE ${role}`);
    });
  });

  it('writes and finds hostile values to the letter', async () => {
    await using database = await createDatabase(address());
    await database.query('CREATE TABLE people (id text PRIMARY KEY, name text, note text)');
    await database.query('CREATE TABLE people_groups (person_id text, group_id text)');
    await database.query("INSERT INTO people VALUES ('bystander', 'safe', 'safe')");
    await using context = await createTestContext();
    await using opened = await fulfiller.openFulfiller(
      readSqlSettings(database.connectionString),
      [target],
      context,
    );
    const values = [
      "' OR 1=1--",
      '"; DROP TABLE people;--',
      '$1 $$ $2',
      "\\'; SELECT 1",
      'a?b',
      ' x ',
    ];

    for (const value of values) {
      const set = { kind: 'set', property: 'key', value } as const;
      await opened.fulfil(orderFor(target, 'added', {}, [set]));
      const note = { kind: 'set', property: 'note', value, expected: null } as const;
      await opened.fulfil(orderFor(target, 'modified', { key: value }, [note]));
    }

    const stored = await database.query('SELECT id, note FROM people ORDER BY id COLLATE "C"');
    expect(stored).toEqual(
      [
        { id: 'bystander', note: 'safe' },
        ...values.map((value) => ({ id: value, note: value })),
      ].sort((a, b) => (a.id < b.id ? -1 : 1)),
    );
  });

  it('follows a renamed key into its links, once', async () => {
    await using database = await createDatabase(address());
    await database.query('CREATE TABLE people (id text PRIMARY KEY, name text, note text)');
    await database.query('CREATE TABLE people_groups (person_id text, group_id text)');
    await database.query("INSERT INTO people VALUES ('old', 'n', NULL), ('other', 'n', NULL)");
    await database.query("INSERT INTO people_groups VALUES ('old', 'g1')");
    await using context = await createTestContext();
    await using opened = await fulfiller.openFulfiller(
      readSqlSettings(database.connectionString),
      [target],
      context,
    );
    const rename = (value: string) =>
      orderFor(target, 'modified', { key: 'old' }, [{ kind: 'set', property: 'key', value }]);

    await expect(opened.fulfil(rename('other'))).rejects.toMatchObject({ kind: 'already-exists' });
    await opened.fulfil(rename('new'));
    await opened.fulfil(rename('new'));

    expect(await database.query('SELECT id FROM people ORDER BY id')).toEqual([
      { id: 'new' },
      { id: 'other' },
    ]);
    expect(await database.query('SELECT * FROM people_groups')).toEqual([
      { person_id: 'new', group_id: 'g1' },
    ]);
  });
});

const accounts: FulfilTarget = {
  resourceType: 'Account',
  entityType: 'Account',
  tableSuffix: '"public"."accounts"',
  columns: [
    { property: 'id', column: 'id', isPrimaryKey: true, isUniqueKey: false },
    { property: 'mail', column: 'mail', isPrimaryKey: false, isUniqueKey: true },
    { property: 'active', column: 'active', isPrimaryKey: false, isUniqueKey: false },
    { property: 'level', column: 'level', isPrimaryKey: false, isUniqueKey: false },
    { property: 'hired', column: 'hired', format: 'date', isPrimaryKey: false, isUniqueKey: false },
    {
      property: 'seen',
      column: 'seen',
      format: 'datetime',
      isPrimaryKey: false,
      isUniqueKey: false,
    },
  ],
  links: [
    {
      property: 'manager',
      isCollection: false,
      tableSuffix: '"public"."accounts"',
      ownColumn: 'id',
      ownProperty: 'id',
      linkedColumn: 'boss',
      linkedProperty: 'id',
      linkedEntityType: 'Account',
      linkedColumns: { id: 'id' },
    },
  ],
  mapping: { element: 'ls:SqlResourceTypeMapping', attributes: {}, children: [] },
};
