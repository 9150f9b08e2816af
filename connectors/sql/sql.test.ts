import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeConnectorContract } from '../../test/contract/connector-contract.ts';
import {
  collect,
  createTestContext,
  readSettings,
  showError,
} from '../../test/contract/contract-context.ts';
import type { ProvisioningOrder } from '../spi/order.ts';
import type { TableRequest } from '../spi/package.ts';
import { contract, peopleTarget as target } from './contract.ts';
import { createSqlExporter, sqlExporter } from './export.ts';
import { createSqlFulfiller } from './fulfil.ts';
import { resolveProvider } from './providers.ts';
import { type SqlSettings, sqlSettings } from './settings.ts';

const definition = { settings: sqlSettings, displayName: 'SQL' };
let folder = '';
let files = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-sql-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A new SQLite file made by statements. */
function makeFile(statements: string): string {
  const file = join(folder, `db${files++}.sqlite`);
  const database = new DatabaseSync(file);
  database.exec(statements);
  database.close();
  return file;
}

function settingsOf(file: string, more: Readonly<Record<string, unknown>> = {}): SqlSettings {
  return readSettings<SqlSettings>(definition, {
    ConnectionString: `Data Source=${file}`,
    ...more,
  });
}

function tableOf(suffix: string, columns: readonly string[]): TableRequest {
  return { name: `Crm_${suffix}`, suffix, columns, formats: {} };
}

const peopleTable = 'CREATE TABLE people (id TEXT PRIMARY KEY, name TEXT, note TEXT)';
const sqlite = createSqlExporter('sqlite');

describeConnectorContract(contract);

const linkTables = `${peopleTable};
  CREATE TABLE groups (id TEXT PRIMARY KEY);
  CREATE TABLE people_groups (person_id TEXT REFERENCES people, group_id TEXT REFERENCES groups, PRIMARY KEY (person_id, group_id));`;

async function exportAll(settings: SqlSettings, tables: readonly TableRequest[]) {
  await using context = await createTestContext();
  const request = { connection: 'Crm', settings, mode: 'complete', tables } as const;
  const batches = await collect(sqlite.exportTables(request, context));
  return {
    batches,
    log: context.log,
    rows: batches.flatMap((batch) => (batch.kind === 'rows' ? batch.rows : [])),
  };
}

describe('export from SQLite', () => {
  it('writes booleans, big numbers, exponents, bytes and NULL as text', async () => {
    const file = makeFile(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, big BIGINT, flag BOOLEAN, rate REAL, photo BLOB, empty TEXT);
       INSERT INTO t VALUES (1, 9223372036854775807, 1, 1.5e300, x'00ff10', NULL), (2, -5, 0, 1e-7, x'', '');`,
    );

    const { rows } = await exportAll(settingsOf(file), [
      tableOf('t', ['id', 'big', 'flag', 'rate', 'photo', 'empty']),
    ]);

    expect(rows).toEqual([
      {
        id: '1',
        big: '9223372036854775807',
        flag: 'true',
        rate: `15${'0'.repeat(299)}`,
        photo: 'AP8Q',
        empty: null,
      },
      { id: '2', big: '-5', flag: 'false', rate: '0.0000001', photo: null, empty: null },
    ]);
  });

  it('reads the result of a query under the name of the connection', async () => {
    const file = makeFile(`${peopleTable}; INSERT INTO people VALUES ('A', 'Ana', NULL)`);
    const settings = settingsOf(file, {
      SqlCommand: "SELECT id, name AS Label, 'x', id AS ID2, id FROM people; \nGO\n",
    });
    const table = { name: 'Crm', suffix: '', columns: ['id', 'label'], formats: {} };

    const { batches, log } = await exportAll(settings, [table]);

    expect(batches[0]).toMatchObject({
      table: 'Crm',
      columns: ['id', 'label', "'x'", 'ID2'],
      rows: [{ id: 'A', label: 'Ana', ID2: 'A' }],
    });
    expect(batches[1]).toMatchObject({ kind: 'end', rows: 1, evidence: 'query finished, 1 rows' });
    expect(log.join()).toContain('several columns of one name');
  });

  it('reads the query from a file, without its byte order mark', async () => {
    const file = makeFile(`${peopleTable}; INSERT INTO people VALUES ('A', 'Ana', NULL)`);
    const query = join(folder, 'query.sql');
    await writeFile(query, '\uFEFFSELECT id FROM people;\r\nGO\r\n');
    const table = { name: 'Crm', suffix: '', columns: ['id'], formats: {} };

    const { rows } = await exportAll(settingsOf(file, { SqlFile: query }), [table]);

    expect(rows).toEqual([{ id: 'A' }]);
  });

  it('reads the query of a file in UTF-16, as tools of SQL Server save it, and refuses other bytes', async () => {
    const file = makeFile(`${peopleTable}; INSERT INTO people VALUES ('1', 'Zoë', NULL)`);
    const table = { ...tableOf('', ['id', 'name']), name: 'Crm' };
    const query = join(folder, 'query-16.sql');
    await writeFile(
      query,
      Buffer.from("\uFEFFSELECT id, name FROM people WHERE name = 'Zoë';\r\nGO", 'utf16le'),
    );
    const broken = join(folder, 'query-latin.sql');
    await writeFile(
      broken,
      Buffer.from("SELECT id, name FROM people WHERE name = 'Zoë'", 'latin1'),
    );

    const { rows } = await exportAll(settingsOf(file, { SqlFile: query }), [table]);

    expect(rows).toEqual([{ id: '1', name: 'Zoë' }]);
    await expect(exportAll(settingsOf(file, { SqlFile: broken }), [table])).rejects.toMatchObject({
      kind: 'invalid-value',
      message: expect.stringContaining('not UTF-8'),
    });
  });

  it('warns that CsvEncoding changes nothing, where it asks for another', async () => {
    const file = makeFile(peopleTable);
    const read = (CsvEncoding: string) =>
      exportAll(settingsOf(file, { CsvEncoding }), [tableOf('people', ['id'])]);

    expect((await read('iso-8859-1')).log.join()).toContain('CsvEncoding');
    expect((await read('utf-8')).log).toEqual([]);
  });

  it('finds tables and columns by quoted, qualified or differently cased names and keeps the spelling asked for', async () => {
    const file = makeFile(
      `CREATE TABLE "Odd ""name"".x" ("a.b as c" TEXT, "__proto__" TEXT); INSERT INTO "Odd ""name"".x" VALUES ('1', '2')`,
    );

    const { batches } = await exportAll(settingsOf(file), [
      tableOf('"main"."Odd ""name"".x"', ['A.B AS C', '__proto__']),
    ]);

    expect(batches[0]).toMatchObject({ columns: ['A.B AS C', '__proto__'] });
    const row = batches[0]?.kind === 'rows' ? batches[0].rows[0] : undefined;
    expect(Object.entries(row ?? {})).toEqual([
      ['A.B AS C', '1'],
      ['__proto__', '2'],
    ]);
  });

  it('names the nearest table and column', async () => {
    const settings = settingsOf(makeFile(peopleTable));

    await expect(exportAll(settings, [tableOf('"main"."peopel"', ['id'])])).rejects.toMatchObject({
      kind: 'not-found',
      hint: 'Did you mean "people"?',
    });
    await expect(exportAll(settings, [tableOf('people', ['nam'])])).rejects.toMatchObject({
      kind: 'not-found',
      hint: 'Did you mean "name"?',
    });
  });

  it('cannot be made to write by its query', async () => {
    const file = makeFile(`${peopleTable}; INSERT INTO people VALUES ('A', 'Ana', NULL)`);
    const settings = settingsOf(file, { SqlCommand: 'DELETE FROM people RETURNING id' });
    const table = { name: 'Crm', suffix: '', columns: ['id'], formats: {} };

    await expect(exportAll(settings, [table])).rejects.toMatchObject({ kind: 'forbidden' });
  });

  it.each([
    [
      'a file that is no database',
      'invalid-value',
      'just text, and long enough to be read as a header',
    ],
    ['a damaged database', 'invalid-value', 'SQLite format 3\0garbage garbage garbage'],
  ])('says so when it meets %s', async (_, kind, content) => {
    const file = join(folder, `broken${files++}`);
    await writeFile(file, content.repeat(50));

    await expect(exportAll(settingsOf(file), [tableOf('people', [])])).rejects.toMatchObject({
      kind,
    });
  });

  it('gives no completion proof for a file cut short', async () => {
    const file = makeFile(
      `${peopleTable}; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO people SELECT i, 'name ' || i, NULL FROM n`,
    );
    const whole = await import('node:fs/promises').then((fs) => fs.readFile(file));

    for (const share of [0.2, 0.5, 0.9]) {
      await writeFile(file, whole.subarray(0, Math.floor(whole.length * share)));
      await using context = await createTestContext();
      const request = {
        connection: 'Crm',
        settings: settingsOf(file),
        mode: 'complete',
        tables: [tableOf('people', ['id', 'name'])],
      } as const;
      const kinds: string[] = [];
      const reading = (async () => {
        for await (const batch of sqlite.exportTables(request, context)) kinds.push(batch.kind);
      })();

      await expect(reading, String(share)).rejects.toBeInstanceOf(Error);
      expect(kinds).not.toContain('end');
    }
  });

  it('refuses files outside the folders that may be read', async () => {
    const file = makeFile(peopleTable);
    await using context = await createTestContext({
      sourcesRootPaths: [join(folder, 'elsewhere')],
    });

    const check = sqlite.checkConnection(settingsOf(file), context);

    await expect(check).rejects.toMatchObject({ kind: 'forbidden' });
  });

  it('describes tables with types and keys', async () => {
    const file = makeFile(`${peopleTable}; CREATE VIEW active AS SELECT id FROM people`);
    await using context = await createTestContext();

    const tables = await sqlite.describeTables?.(settingsOf(file), context);

    expect(tables).toMatchObject([
      { name: 'active', columns: [{ name: 'id' }] },
      {
        name: 'people',
        columns: [{ name: 'id', type: 'TEXT', isKey: true }, { name: 'name' }, {}],
      },
    ]);
  });
});

describe('providers', () => {
  it.each([
    ['Npgsql.NpgsqlFactory', 'postgres'],
    ['MySql.Data.MySqlClient.MySqlClientFactory', 'mysql'],
    ['System.Data.SqlClient.SqlClientFactory', 'sqlServer'],
    ['Oracle.ManagedDataAccess.Client.OracleClientFactory', 'oracle'],
    ['System.Data.Odbc.OdbcFactory', 'odbc'],
    ['AdoNetCore.AseClient.AseClientFactory, AdoNetCore.AseClient', 'ase'],
  ])('%s means %s', (ProviderClassFullName, provider) => {
    expect(resolveProvider({ ProviderClassFullName })).toBe(provider);
  });

  it('an unknown one is refused, with the names that are known', async () => {
    await using context = await createTestContext();
    const settings = readSettings<SqlSettings>(definition, {
      ConnectionString: 'Data Source=x',
      ProviderClassFullName: 'Acme.Factory',
    });

    const error = await sqlExporter.checkConnection(settings, context).catch((thrown) => thrown);

    expect(error).toMatchObject({
      kind: 'unsupported',
      message: expect.stringContaining('No database is known'),
      hint: expect.stringContaining('System.Data.Odbc.OdbcFactory'),
    });
  });

  it('takes the database from ProviderClassFullName before the package', async () => {
    const file = makeFile(peopleTable);
    await using context = await createTestContext();
    const settings = settingsOf(file, {
      ProviderClassFullName: 'Microsoft.Data.Sqlite.SqliteFactory, Microsoft.Data.Sqlite',
    });

    const answer = await createSqlExporter('postgres').checkConnection(settings, context);

    expect(answer).toMatch(/^SQLite 3\..* reads .*\.sqlite\.$/);
  });

  it('says that integrated security is not available, without the connection string', async () => {
    await using context = await createTestContext();
    const settings = readSettings<SqlSettings>(definition, {
      ConnectionString: 'Server=db;Integrated Security=SSPI;Password=s3cret-canary',
    });

    const error = await sqlExporter.checkConnection(settings, context).catch((thrown) => thrown);

    expect(error).toMatchObject({ kind: 'unsupported' });
    expect(showError(error)).not.toContain('s3cret-canary');
  });
});

function order(
  changeType: ProvisioningOrder['changeType'],
  key: string,
  changes: ProvisioningOrder['changes'],
): ProvisioningOrder {
  return {
    id: 'o1',
    assignedResourceTypeId: '1',
    changeType,
    owner: { id: '1', displayName: 'x', identifier: 'x', values: {} },
    resourceType: {
      identifier: target.resourceType,
      sourceEntityType: 'Person',
      targetEntityType: target.entityType,
    },
    ...(changeType === 'added' ? {} : { resource: { id: '1', values: { key } } }),
    changes,
  };
}

// A hundred transactions, each on the disk before the next.
describe('values of orders', { timeout: 60_000 }, () => {
  it('come back to the letter, whatever the text', async () => {
    const file = makeFile(linkTables);
    await using context = await createTestContext();
    await using fulfiller = await createSqlFulfiller('sqlite').openFulfiller(
      settingsOf(file),
      [target],
      context,
    );
    const text = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((value) => !value.includes('\0'));

    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        const key = `k${files++}`;
        const added = order('added', key, [
          { kind: 'set', property: 'key', value: key },
          { kind: 'set', property: 'note', value },
        ]);
        await fulfiller.fulfil(added);
        expect((await fulfiller.read?.(added))?.values['note']).toBe(value);
      }),
      { numRuns: 100 },
    );
  });
});
