/** What the entitlements export says to SQL Server and makes of its catalogue, at the level of TDS. No real server was available. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TableBatch, writeTables } from '../../../connectors/index.ts';
import {
  type ContractRow,
  defineContract,
  type PreparedSource,
} from '../../../connectors/spi/contract/subject.ts';
import { entitlementExporter } from '../../../connectors/sql-server-entitlements/export.ts';
import {
  type EntitlementSettings,
  entitlementSettings,
} from '../../../connectors/sql-server-entitlements/settings.ts';
import { describeConnectorContract } from '../../contract/connector-contract.ts';
import {
  createTestContext,
  readSettings,
  showError,
  type TestContext,
} from '../../contract/contract-context.ts';
import { startFaultyProxy } from '../../servers/faulty-proxy.ts';
import { startTdsStub, type TdsAnswer, type TdsStub } from './tds-stub.ts';

const definition = { settings: entitlementSettings, displayName: 'SQL Server entitlements' };

function stringFor(port: number): string {
  return `Server=tcp:127.0.0.1,${port};User ID=auditor;Password=s3cret-canary;Encrypt=false`;
}

function settingsFor(
  stub: TdsStub,
  more: Readonly<Record<string, unknown>> = {},
): EntitlementSettings {
  return readSettings<EntitlementSettings>(definition, {
    ConnectionString: stringFor(stub.port),
    Timeout: 5,
    ...more,
  });
}

const rights: TdsAnswer = { columns: ['', '', '', ''], rows: [['0', null, '1', '0']] };
const noRights: TdsAnswer = { columns: ['', '', '', ''], rows: [['0', null, '0', '0']] };
const columnsOfDatabases = ['name', 'state_desc', '', '', ''];
const databases: TdsAnswer = {
  columns: columnsOfDatabases,
  rows: [
    ['BankDb', 'ONLINE', '1', '1', null],
    ['Crm]x', 'ONLINE', '1', '0', '1'],
  ],
};

/** Rows as the views of two databases give them, in the columns asked for. */
function answering(answers: Readonly<Record<string, TdsAnswer>>): (text: string) => TdsAnswer {
  return (text) => {
    const found = Object.entries(answers).find(([part]) => text.includes(part));
    if (found !== undefined) return found[1];
    if (text.includes('IS_SRVROLEMEMBER')) return rights;
    return text.includes('sys.databases')
      ? databases
      : { error: 208, message: 'Invalid object name.' };
  };
}

/** One view of the catalogue, as a server that holds these rows would give it; `isBusy`: it has too much to do. */
function servePrincipals(
  rows: readonly ContractRow[],
  isBusy: () => boolean,
): (text: string) => TdsAnswer {
  const listPrincipals = (list: string): TdsAnswer => {
    const columns = [...list.matchAll(/(.*?) AS (c\d+)(?:, |$)/gu)];
    return {
      columns: columns.map(([, , name = '']) => name),
      rows: rows.map((row, index) => columns.map(([, from = '']) => readCell(row, index, from))),
    };
  };
  return (text) => {
    const list = /^SELECT (.*) FROM sys\.server_principals ORDER BY principal_id$/u.exec(text)?.[1];
    if (isBusy())
      return { error: 10928, message: 'The request limit for the database is reached.' };
    if (list !== undefined) return listPrincipals(list);
    return answering({
      SERVERPROPERTY: { columns: ['', '', ''], rows: [['16.0.1000.6', 'master', 'auditor']] },
    })(text);
  };
}

function readCell({ key, name, note }: ContractRow, index: number, from: string): string | null {
  switch (from) {
    case 'name':
      return key;
    case 'default_database_name':
      return name;
    case 'default_language_name':
      return note;
    case 'principal_id':
      return String(index + 1);
    default:
      return null;
  }
}

const timeoutMs = 2_000;

async function prepareSource(rows: readonly ContractRow[]): Promise<PreparedSource> {
  let isBusy = false;
  const stub = await startTdsStub({ answer: servePrincipals(rows, () => isBusy) });
  const proxy = await startFaultyProxy(stub.port);
  const columns = { key: 'name', name: 'default_database_name', note: 'default_language_name' };
  return {
    settings: {
      ConnectionString: `${stringFor(proxy.port)};Connect Timeout=${timeoutMs / 1_000}`,
      Timeout: timeoutMs / 1_000,
    },
    table: {
      name: 'Sql_serverPrincipals',
      suffix: 'serverPrincipals',
      columns: Object.values(columns),
      formats: {},
    },
    columns,
    timeoutMs,
    opened: () => proxy.connections(),
    stall: () => proxy.stallAfter(0),
    throttle() {
      isBusy = true;
    },
    // Names alone take more bytes than this.
    breakAfter: (count) => proxy.cutAfter(count * 30),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await stub[Symbol.asyncDispose]();
    },
  };
}

describe('a stand-in for SQL Server', () => {
  let refusing: TdsStub;
  beforeAll(async () => {
    refusing = await startTdsStub({ answer: answering({}), refusesLogin: true });
  });
  afterAll(() => refusing[Symbol.asyncDispose]());
  const refused = async () => ({ ConnectionString: stringFor(refusing.port) });

  describeConnectorContract(
    defineContract<EntitlementSettings>({
      name: 'SQL Server entitlements',
      folder: join(import.meta.dirname, '../../../connectors/sql-server-entitlements'),
      definition: { ...definition, incremental: false },
      badSettings: {
        'no connection string': {},
        'a database without a name': { ConnectionString: 'Server=x', Databases: [''] },
        'a negative timeout': { ConnectionString: 'Server=x', Timeout: -1 },
      },
      unreachable: refused,
      badCredentials: refused,
      secret: 's3cret-canary',
      exporter: {
        load: async () => entitlementExporter,
        prepare: prepareSource,
        missingTable: ({ table }) => ({ ...table, name: 'Sql_logins', suffix: 'logins' }),
      },
      skips: {
        'large-kept': 'a name in the catalogue has at most 128 characters',
        'several-values-steady': 'a row of the catalogue holds one value in each column',
        'changes-while-reading': 'the stand-in gives the rows of one moment',
        'waits-for-reader': 'a network holds thousands of rows on their way',
      },
    }),
  );
});

interface Reading {
  readonly batches: readonly TableBatch[];
  readonly context: TestContext;
}

async function read(
  settings: EntitlementSettings,
  tables: Readonly<Record<string, readonly string[]>>,
): Promise<Reading> {
  await using context = await createTestContext();
  const request = {
    connection: 'Sql',
    settings,
    mode: 'complete',
    tables: Object.entries(tables).map(([suffix, columns]) => ({
      name: `Sql_${suffix}`,
      suffix,
      columns,
      formats: {},
    })),
  } as const;
  const batches: TableBatch[] = [];
  for await (const batch of entitlementExporter.exportTables(request, context)) batches.push(batch);
  return { batches, context };
}

function rowsOf({ batches }: Reading): readonly unknown[] {
  return batches.flatMap((batch) => (batch.kind === 'rows' ? batch.rows : []));
}

describe('SQL Server entitlements', () => {
  it('read the principals of the server and of each database, told apart by keys', async () => {
    const sid = '0x0105000000000005150000001A2B3C4D';
    await using stub = await startTdsStub({
      answer: answering({
        'sys.server_principals': {
          columns: ['c1', 'c2', 'c3', 'c4'],
          rows: [
            ['sa', '1', '0x01', 'S'],
            ['ACME\\ana', '268', sid, 'U'],
          ],
        },
        'FROM [BankDb].sys.database_principals': {
          columns: ['c1', 'c2', 'c3'],
          rows: [
            ['BankDb|1', 'dbo', '0x01'],
            ['BankDb|5', 'ana', sid],
          ],
        },
        'FROM [Crm]]x].sys.database_principals': {
          columns: ['c1', 'c2', 'c3'],
          rows: [['Crm]x|5', 'reports', null]],
        },
        '[BankDb].sys.database_role_members': {
          columns: ['c1', 'c2'],
          rows: [['BankDb|16384', 'BankDb|5']],
        },
        '[Crm]]x].sys.database_role_members': { columns: ['c1', 'c2'], rows: [] },
      }),
    });

    const reading = await read(settingsFor(stub), {
      serverPrincipals: ['name', 'principal_id', 'sid', 'type'],
      databasePrincipals: ['principal_key', 'name', 'sid'],
      databaseRoleMembers: ['role_principal_key', 'member_principal_key'],
    });

    expect(rowsOf(reading)).toEqual([
      { name: 'sa', principal_id: '1', sid: '0x01', type: 'S' },
      { name: 'ACME\\ana', principal_id: '268', sid, type: 'U' },
      { principal_key: 'BankDb|1', name: 'dbo', sid: '0x01' },
      { principal_key: 'BankDb|5', name: 'ana', sid },
      { principal_key: 'Crm]x|5', name: 'reports', sid: null },
      { role_principal_key: 'BankDb|16384', member_principal_key: 'BankDb|5' },
    ]);
    expect(reading.batches.filter(({ kind }) => kind === 'end')).toEqual([
      { kind: 'end', table: 'Sql_serverPrincipals', rows: 2, evidence: 'query finished, 2 rows' },
      {
        kind: 'end',
        table: 'Sql_databasePrincipals',
        rows: 3,
        evidence: '2 databases read, 3 rows',
      },
      {
        kind: 'end',
        table: 'Sql_databaseRoleMembers',
        rows: 1,
        evidence: '2 databases read, 1 rows',
      },
    ]);
    expect(stub.received.map(({ text }) => text)).toContain(
      'SELECT name AS c1, principal_id AS c2, CONVERT(varchar(200), sid, 1) AS c3, type AS c4 FROM sys.server_principals ORDER BY principal_id',
    );
  });

  it('name a database that cannot be read, read the others, and prove nothing', async () => {
    await using stub = await startTdsStub({
      answer: answering({
        'sys.databases': {
          columns: columnsOfDatabases,
          rows: [
            ['Archive', 'OFFLINE', '0', null, null],
            ['BankDb', 'ONLINE', '1', '1', null],
            ['Payroll', 'ONLINE', '0', null, null],
            ['Staging', 'ONLINE', '1', '0', '0'],
          ],
        },
        '[BankDb].sys.database_principals': { columns: ['c1'], rows: [['dbo']] },
      }),
    });

    const reading = await read(settingsFor(stub), { databasePrincipals: ['name'] });

    expect(rowsOf(reading)).toEqual([{ name: 'dbo' }]);
    expect(reading.batches.map(({ kind }) => kind)).not.toContain('end');
    const log = reading.context.log.join('\n');
    for (const name of ['Archive', 'Payroll', 'Staging']) expect(log).toContain(name);
    expect(log).toContain('offline');
  });

  it('go on after a database that fails while it is read, and prove nothing for that table', async () => {
    await using stub = await startTdsStub({
      answer: answering({
        '[BankDb].sys.database_principals': {
          error: 916,
          message: 'The server principal is not able to access the database.',
        },
        '[Crm]]x].sys.database_principals': { columns: ['c1'], rows: [['dbo']] },
        '[BankDb].sys.database_role_members': { columns: ['c1'], rows: [] },
        '[Crm]]x].sys.database_role_members': { columns: ['c1'], rows: [] },
      }),
    });

    const reading = await read(settingsFor(stub), {
      databasePrincipals: ['name'],
      databaseRoleMembers: ['role_principal_id'],
    });

    expect(rowsOf(reading)).toEqual([{ name: 'dbo' }]);
    expect(reading.batches.filter(({ kind }) => kind === 'end')).toMatchObject([
      { table: 'Sql_databaseRoleMembers' },
    ]);
    expect(reading.context.log.join()).toContain('BankDb');
  });

  it('leave a partial file where a database was not read', async () => {
    await using stub = await startTdsStub({
      answer: answering({
        'sys.databases': {
          columns: columnsOfDatabases,
          rows: [
            ['BankDb', 'ONLINE', '1', '1', null],
            ['Payroll', 'RESTORING', '0', null, null],
          ],
        },
        '[BankDb].sys.database_principals': { columns: ['c1'], rows: [['dbo']] },
      }),
    });
    await using context = await createTestContext();
    const tables = [
      {
        name: 'Sql_databasePrincipals',
        suffix: 'databasePrincipals',
        columns: ['name'],
        formats: {},
      },
    ];
    const request = {
      connection: 'Sql',
      settings: settingsFor(stub),
      mode: 'complete',
      tables,
    } as const;

    const written = await writeTables(entitlementExporter.exportTables(request, context), {
      folder: context.workFolder,
      connection: 'Sql',
      mode: 'complete',
      tables,
      transformations: [],
      now: context.now,
    });

    expect(written).toMatchObject({ status: 'partial' });
  });

  it('refuse to take the few logins a user is shown for all of them', async () => {
    await using stub = await startTdsStub({ answer: answering({ IS_SRVROLEMEMBER: noRights }) });

    const reading = read(settingsFor(stub), { serverPrincipals: ['name'] });

    await expect(reading).rejects.toMatchObject({
      kind: 'forbidden',
      hint: expect.stringContaining('VIEW ANY DEFINITION'),
    });
  });

  it('read the databases that are named, and miss one that is not there', async () => {
    await using stub = await startTdsStub({
      answer: answering({
        '[BankDb].sys.database_principals': { columns: ['c1'], rows: [['dbo']] },
      }),
    });

    const one = await read(settingsFor(stub, { Databases: ['bankdb'] }), {
      databasePrincipals: ['name'],
    });
    const none = read(settingsFor(stub, { Databases: ['BankDbb'] }), {
      databasePrincipals: ['name'],
    });

    expect(one.batches.at(-1)).toMatchObject({ kind: 'end', rows: 1 });
    await expect(none).rejects.toMatchObject({
      kind: 'not-found',
      hint: expect.stringContaining('BankDb'),
    });
  });

  it('tell wrong tables and columns before the server is asked', async () => {
    await using stub = await startTdsStub({ answer: answering({}) });

    await expect(read(settingsFor(stub), { serverPrincipal: ['name'] })).rejects.toMatchObject({
      kind: 'not-found',
      hint: expect.stringContaining('serverPrincipals'),
    });
    await expect(
      read(settingsFor(stub), { databasePrincipals: ['principal_idd'] }),
    ).rejects.toMatchObject({ kind: 'not-found', hint: expect.stringContaining('principal_id') });
    expect(stub.received).toEqual([]);
  });

  it('fail as a whole when the server hangs up, falls silent or refuses the login, without a secret', async () => {
    const cases: readonly (readonly [TdsAnswer, string])[] = [
      ['hang up', 'unreachable'],
      ['silence', 'timeout'],
    ];
    for (const [answer, kind] of cases) {
      await using stub = await startTdsStub({
        answer: answering({
          '[Crm]]x].sys.database_principals': answer,
          database_principals: { columns: ['c1'], rows: [['dbo']] },
        }),
      });
      await expect(
        read(settingsFor(stub, { Timeout: 1 }), { databasePrincipals: ['name'] }),
      ).rejects.toMatchObject({ kind });
    }
    await using refusing = await startTdsStub({ answer: answering({}), refusesLogin: true });
    await using context = await createTestContext();
    const error = await entitlementExporter
      .checkConnection(settingsFor(refusing), context)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'unauthenticated' });
    expect(showError(error) + context.log.join()).not.toContain('s3cret-canary');
  });

  it('say in a check how many databases can be read, and which not', async () => {
    await using stub = await startTdsStub({
      answer: answering({
        SERVERPROPERTY: { columns: ['', '', ''], rows: [['16.0.1000.6', 'master', 'auditor']] },
        'sys.databases': {
          columns: columnsOfDatabases,
          rows: [
            ['BankDb', 'ONLINE', '1', '1', null],
            ['Payroll', 'OFFLINE', '0', null, null],
          ],
        },
      }),
    });
    await using context = await createTestContext();

    const told = await entitlementExporter.checkConnection(settingsFor(stub), context);

    expect(told).toBe(
      'Connected to SQL Server 16.0.1000.6, database master, as auditor. Principals of 1 databases can be read, not those of Payroll.',
    );
  });
});
