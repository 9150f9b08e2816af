/** Managed systems that refuse, are not there, fall silent or hang up: within the time limit, and nothing is lost. */
import { Client } from 'ldapts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FaultyProxy, startFaultyProxy } from '../../servers/faulty-proxy.ts';
import { createPostgresDatabase, runSql } from '../../servers/postgres.ts';
import { findFreePort } from '../../servers/server-process.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import { configurationFile } from './company.ts';
import { type Bench, createBench, type Ended, readProblems, secretMark } from './workbench.ts';

const job = ['job', 'run', 'Everything'] as const;
const rows = 3_000;

/** A connector with one entity type, read and nothing else. */
function readingConfiguration(
  packageName: string,
  table: string,
  key: string,
): Readonly<Record<string, string>> {
  return {
    'crm.xml': configurationFile(`
  <Connector Identifier="Crm" DisplayName_L1="Crm" MaximumInsertedLines="5000" MaximumDeletedLines="5" MaxPercentageInsertedLines="0"
             MaxPercentageUpdatedLines="0" MaxPercentageDeletedLines="0" />
  <Connection Identifier="CrmSource" DisplayName_L1="Crm" Connector="Crm" Package="${packageName}" />
  <EntityType Identifier="Crm_Contact" DisplayName_L1="Contact">
    <Property Identifier="Number" DisplayName_L1="Number" IsKey="true" />
    <Property Identifier="Note" DisplayName_L1="Note" />
  </EntityType>
  <EntityTypeMapping Identifier="Crm_Contact" Connector="Crm" ConnectionTable="CrmSource_${table}">
    <Property Identifier="Number" ConnectionColumn="${key}" IsPrimaryKey="true" />
    <Property Identifier="Note" ConnectionColumn="description" />
  </EntityTypeMapping>
  <CreateAgentSynchroComplete Agent="Local" JobIdentifier="Everything" DisplayName_L1="Everything" />`),
  };
}

interface Failure {
  readonly code: string;
  readonly within?: number;
}

/** Runs the job against a broken source, with the most talkative log, and checks that it failed so and changed nothing. */
async function expectFailure(bench: Bench, { code, within }: Failure): Promise<Ended> {
  const before = await bench.dumpStore();
  const startedAt = performance.now();
  const ended = await bench.run(...job, '--log-level', 'trace');
  const seconds = (performance.now() - startedAt) / 1_000;
  const [problem, ...more] = readProblems(ended);
  expect(problem, ended.said).toMatch(
    new RegExp(`^Everything_Export_Crm\\S+ failed ${code}: .+\\.`),
  );
  expect(more).toEqual([]);
  expect(ended.exitCode).toBe(1);
  if (within !== undefined) expect(seconds).toBeLessThan(within);
  expect(await bench.dumpStore()).toBe(before);
  return ended;
}

async function expectRefusedPreparation(bench: Bench): Promise<void> {
  const before = await bench.dumpStore();
  const prepared = await bench.run('prepare', '--connector', 'Crm');
  expect(prepared.exitCode).toBe(1);
  expect(readProblems(prepared)).toEqual([expect.stringContaining('PREPARE_EXPORT_FAILED')]);
  expect(prepared.said).toContain('Run the export again');
  expect(await bench.dumpStore()).toBe(before);
}

/** A good run finds all rows where they were: nothing of the broken reading has reached the store. */
async function expectHealed(bench: Bench): Promise<void> {
  const healed = await bench.run(...job, '--log-level', 'trace');
  expect(readProblems(healed)).toEqual([]);
  expect(healed.exitCode).toBe(0);
  expect(healed.stdout).toMatch(/Synchronize_Crm +completed +Crm: 0 added, 0 changed, 0 removed/);
}

describeWithServer('postgres', 'a bad database', (address) => {
  const database = 'bad_input';
  const password = `${secretMark}-database`;
  let made: AsyncDisposable;
  let proxy: FaultyProxy;
  let company: Bench;
  let bench: Bench;

  const connectionString = (port: number, secret = password): string =>
    `Host=127.0.0.1;Port=${port};Database=${database};User ID=bench;Password=${secret};Connect Timeout=5`;

  beforeAll(async () => {
    made = await createPostgresDatabase(address(), database);
    await runSql(
      address(),
      database,
      `CREATE ROLE bench LOGIN PASSWORD '${password}';
       CREATE TABLE contacts (id int PRIMARY KEY, description text);
       INSERT INTO contacts SELECT n, repeat('note ' || n || ' ', 20) FROM generate_series(1, ${rows}) n;
       GRANT SELECT ON contacts TO bench;`,
    );
    company = await createBench({
      configuration: readingConfiguration('Usercube.SQL.PostgreSQL@0000001', 'contacts', 'id'),
      connections: { CrmSource: { ConnectionString: 'env:CRM_CONNECTION', Timeout: 2 } },
    });
    company.environment['CRM_CONNECTION'] = connectionString(address().port);
    expect((await company.run('deploy')).exitCode).toBe(0);
    expect((await company.run(...job)).exitCode).toBe(0);
  });
  afterAll(async () => {
    await company?.[Symbol.asyncDispose]();
    await made?.[Symbol.asyncDispose]();
    await runSql(address(), 'postgres', 'DROP ROLE IF EXISTS bench');
  });
  beforeEach(async () => {
    bench = await company.copy();
    proxy = await startFaultyProxy(address().port);
  });
  afterEach(async () => {
    await proxy[Symbol.asyncDispose]();
  });

  it('that refuses the password says so, and never the password', async () => {
    bench.environment['CRM_CONNECTION'] = connectionString(address().port, `${secretMark}-wrong`);

    const ended = await expectFailure(bench, { code: 'CONNECTOR_UNAUTHENTICATED' });

    expect(ended.stdout).toMatch(/bench/);
    bench.environment['CRM_CONNECTION'] = connectionString(address().port);
    await expectHealed(bench);
  });

  it('whose password stands in the settings keeps it to itself', async () => {
    const written = { ConnectionString: connectionString(address().port, `${secretMark}-written`) };
    await bench.write(
      'appsettings.agent.json',
      JSON.stringify({ Connections: { CrmSource: written } }),
    );

    await expectFailure(bench, { code: 'CONNECTOR_UNAUTHENTICATED' });
    const listed = await bench.run('connection', 'list', '--json');
    const checked = await bench.run('connection', 'check', '--json', '--log-level', 'trace');

    expect(listed.exitCode).toBe(0);
    expect(checked.exitCode).toBe(1);
  });

  it('that is not there is told by host and port', async () => {
    const port = await findFreePort();
    bench.environment['CRM_CONNECTION'] = connectionString(port);

    const ended = await expectFailure(bench, { code: 'CONNECTOR_UNREACHABLE', within: 30 });

    expect(ended.stdout).toContain(`127.0.0.1:${port}`);
  });

  it('that hangs up in the middle loads nothing of what it gave', async () => {
    proxy.cutAfter(100_000);
    bench.environment['CRM_CONNECTION'] = connectionString(proxy.port);

    await expectFailure(bench, { code: 'CONNECTOR_UNREACHABLE', within: 30 });
    await expectRefusedPreparation(bench);

    bench.environment['CRM_CONNECTION'] = connectionString(address().port);
    await expectHealed(bench);
  });

  it('that falls silent in the middle is given up after its time limit', async () => {
    proxy.stallAfter(100_000);
    bench.environment['CRM_CONNECTION'] = connectionString(proxy.port);

    await expectFailure(bench, { code: 'CONNECTOR_TIMEOUT', within: 30 });
    await expectRefusedPreparation(bench);
  });
});

describeWithServer('ldap', 'a bad directory', (address) => {
  const entries = 200;
  let proxy: FaultyProxy;
  let company: Bench;
  let bench: Bench;

  const settings = (port: number, password = 'env:DIRECTORY_PASSWORD') => ({
    CrmSource: {
      Servers: [
        {
          Server: `127.0.0.1:${port}`,
          AuthType: 'Basic',
          Login: address().rootDn,
          Password: password,
        },
      ],
      Tables: [
        {
          Table: 'entries',
          BaseDN: `ou=Bad,${address().suffix}`,
          Filter: '(objectClass=inetOrgPerson)',
        },
      ],
      PageSize: 20,
      TimeOut: 2,
    },
  });
  const connectTo = (target: Bench, port: number, password?: string): Promise<void> =>
    target.write(
      'appsettings.agent.json',
      JSON.stringify({ Connections: settings(port, password) }),
    );

  beforeAll(async () => {
    const client = new Client({ url: `ldap://127.0.0.1:${address().port}` });
    try {
      await client.bind(address().rootDn, address().rootPassword);
      const base = `ou=Bad,${address().suffix}`;
      await client.add(base, { objectClass: 'organizationalUnit', ou: 'Bad' });
      for (let index = 0; index < entries; index += 1) {
        const uid = `person${index}`;
        const description = `note ${index} `.repeat(20);
        await client.add(`uid=${uid},${base}`, {
          ...{ objectClass: 'inetOrgPerson', uid, cn: uid, sn: uid, description },
        });
      }
    } finally {
      await client.unbind();
    }
    company = await createBench({
      configuration: readingConfiguration('Usercube.LDAP@0000001', 'entries', 'uid'),
      connections: settings(address().port),
    });
    company.environment['DIRECTORY_PASSWORD'] = address().rootPassword;
    company.secrets.push(address().rootPassword);
    expect((await company.run('deploy')).exitCode).toBe(0);
    expect((await company.run(...job)).exitCode).toBe(0);
  });
  afterAll(async () => {
    await company?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    bench = await company.copy();
    proxy = await startFaultyProxy(address().port);
  });
  afterEach(async () => {
    await proxy[Symbol.asyncDispose]();
  });

  it('that refuses the password says so, and never the password', async () => {
    bench.environment['DIRECTORY_PASSWORD'] = `${secretMark}-wrong`;

    await expectFailure(bench, { code: 'CONNECTOR_UNAUTHENTICATED' });
  });

  it('that hangs up on a later page loads nothing of the pages before', async () => {
    await connectTo(bench, proxy.port);
    proxy.cutAfter(30_000);

    await expectFailure(bench, { code: 'CONNECTOR_UNREACHABLE', within: 30 });
    await expectRefusedPreparation(bench);

    await connectTo(bench, address().port);
    await expectHealed(bench);
  });

  it('that falls silent on a later page is given up after its time limit', async () => {
    await connectTo(bench, proxy.port);
    proxy.stallAfter(30_000);

    await expectFailure(bench, { code: 'CONNECTOR_TIMEOUT', within: 30 });
    await expectRefusedPreparation(bench);

    await connectTo(bench, address().port);
    await expectHealed(bench);
  });
});

describe('the marked secrets', () => {
  it('would be found', async () => {
    const bench = await createBench();
    await bench.write('Work/leak.txt', `Password=${secretMark}`);

    await expect(bench[Symbol.asyncDispose]()).rejects.toThrow(/planted secret .*leak\.txt/);
  });
});
