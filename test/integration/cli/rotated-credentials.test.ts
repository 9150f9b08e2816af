/**
 * The password of a service account is changed while it is at work, and its connections are ended: the step says so, nobody is
 * taken for gone, orders wait, and the next run with the new password goes on. Neither password is written down.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Attribute, Change, Client } from 'ldapts';
import { expect, it, vi } from 'vitest';
import { runCommandLine } from '../../../cli/run.ts';
import { createSurroundings } from '../../../cli/terminal.fixture.ts';
import { type FaultyProxy, startFaultyProxy } from '../../servers/faulty-proxy.ts';
import { createPostgresDatabase, type PostgresAddress, runSql } from '../../servers/postgres.ts';
import { startSlapd } from '../../servers/slapd.ts';
import { describeWithServer } from '../../servers/use-server.ts';

vi.setConfig({ testTimeout: 180_000 });

const people = 24;
const passwords = { old: 'Canary-old-7f3a91', new: 'Canary-new-c20b57' } as const;

/** A managed system whose service account has the old password until it is rotated. */
interface System extends AsyncDisposable {
  readonly port: number;
  /** Connection `Service`, and how accounts stand in it. */
  readonly elements: string;
  readonly keyExpression: string;
  /** Of the connection, over this port. */
  readonly settings: (port: number) => unknown;
  readonly environment: (port: number, password: string) => Readonly<Record<string, string>>;
  /** Another password, and every connection ends. */
  rotate(): Promise<void>;
}

async function openDirectory(): Promise<System> {
  const slapd = await startSlapd();
  const base = `ou=People,${slapd.suffix}`;
  const writer = `cn=writer,${slapd.suffix}`;
  const asAdministrator = async (work: (client: Client) => Promise<void>): Promise<void> => {
    const client = new Client({ url: `ldap://127.0.0.1:${slapd.port}` });
    await client.bind(slapd.rootDn, slapd.rootPassword);
    await work(client);
    await client.unbind();
  };
  await asAdministrator((client) =>
    client.add(writer, {
      objectClass: ['organizationalRole', 'simpleSecurityObject'],
      userPassword: passwords.old,
    }),
  );
  const server = (port: number) => ({
    ...{ Server: `127.0.0.1:${port}`, AuthType: 'Basic' },
    ...{ Login: writer, Password: 'env:SERVICE' },
  });
  return {
    port: slapd.port,
    keyExpression: `&quot;cn=&quot; + person.Number + &quot;,${base}&quot;`,
    elements: `
  <Connection Identifier="Service" DisplayName_L1="S" Connector="System" Package="Usercube.LDAP@0000001" />
  <EntityTypeMapping Identifier="Account" Connector="System" ConnectionTable="Service_entries">
    <Property Identifier="Key" ConnectionColumn="dn" IsPrimaryKey="true" />
    <Property Identifier="Login" ConnectionColumn="cn" />
    <Property Identifier="Name" ConnectionColumn="sn" />
  </EntityTypeMapping>
  <LdapResourceTypeMapping Identifier="Account_Person" Connection="Service" DefaultObjectClass="person" RDNAttributeIdentifier="cn">
    <Property Property="Key" IsDNProperty="true" />
    <Property Property="Login" IsRDNProperty="true" />
  </LdapResourceTypeMapping>`,
    settings: (port) => ({
      Servers: [server(port)],
      Tables: [{ Table: 'entries', BaseDN: base, Filter: '(objectClass=person)' }],
      ...{ PageSize: 5, TimeOut: 20 },
    }),
    environment: (_, password) => ({ SERVICE: password }),
    rotate: async () => {
      const modification = new Attribute({ type: 'userPassword', values: [passwords.new] });
      await asAdministrator((client) =>
        client.modify(writer, new Change({ operation: 'replace', modification })),
      );
      await slapd.restart();
    },
    [Symbol.asyncDispose]: () => slapd[Symbol.asyncDispose](),
  };
}

async function openDatabase(address: PostgresAddress): Promise<System> {
  const name = `rotated_${randomUUID().replaceAll('-', '')}`;
  const database = await createPostgresDatabase(address, name);
  await runSql(
    address,
    name,
    `CREATE ROLE ${name} LOGIN PASSWORD '${passwords.old}';
     CREATE TABLE accounts (key text PRIMARY KEY, login text, name text, note text DEFAULT repeat('x', 500));
     GRANT ALL ON accounts TO ${name}`,
  );
  return {
    port: address.port,
    keyExpression: 'person.Number',
    elements: `
  <Connection Identifier="Service" DisplayName_L1="S" Connector="System" Package="Usercube.SQL.PostgreSQL@0000001" />
  <EntityTypeMapping Identifier="Account" Connector="System" ConnectionTable="Service_accounts">
    <Property Identifier="Key" ConnectionColumn="key" IsPrimaryKey="true" />
    <Property Identifier="Login" ConnectionColumn="login" />
    <Property Identifier="Name" ConnectionColumn="name" />
  </EntityTypeMapping>
  <ls:SqlResourceTypeMapping Identifier="Account_Person" Connection="Service" Table="accounts" />`,
    settings: () => ({ ConnectionString: 'env:SERVICE', Timeout: 20 }),
    environment: (port, password) => ({
      SERVICE: `Server=127.0.0.1;Port=${port};Database=${name};User ID=${name};Password=${password}`,
    }),
    rotate: () =>
      runSql(
        address,
        name,
        `ALTER ROLE ${name} PASSWORD '${passwords.new}';
         SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${name}'`,
      ),
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      await runSql(address, 'postgres', `DROP ROLE ${name}`);
    },
  };
}

const configuration = ({
  elements,
  keyExpression,
}: System): string => `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration" xmlns:ls="urn:lockstep:configuration">
  <Connector Identifier="HR" DisplayName_L1="HR" MaxPercentageInsertedLines="0" MaxPercentageUpdatedLines="0" />
  <Connection Identifier="Staff" DisplayName_L1="Staff" Connector="HR" Package="Usercube.CSV@0000001" />
  <EntityType Identifier="Person" DisplayName_L1="Person">
    <Property Identifier="Number" IsKey="true" />
    <Property Identifier="Name" />
  </EntityType>
  <EntityTypeMapping Identifier="Person" Connector="HR" ConnectionTable="Staff">
    <Property Identifier="Number" ConnectionColumn="number" IsPrimaryKey="true" />
    <Property Identifier="Name" ConnectionColumn="name" />
  </EntityTypeMapping>
  <Connector Identifier="System" DisplayName_L1="System" MaximumDeletedLines="0" MaxPercentageDeletedLines="99" MaxPercentageInsertedLines="0" MaxPercentageUpdatedLines="0" />
  <EntityType Identifier="Account" DisplayName_L1="Account">
    <Property Identifier="Key" IsKey="true" />
    <Property Identifier="Login" />
    <Property Identifier="Name" />
  </EntityType>
  <Policy Identifier="Default" DisplayName_L1="Default" IsProvisioningEnabled="true" />
  <ResourceType Identifier="Account_Person" DisplayName_L1="Account" Policy="Default" BlockProvisioning="false"
                SourceEntityType="Person" TargetEntityType="Account" MaximumInsertPercent="0" MaximumUpdatePercent="0">
    <TypeRule />
    <ScalarRule Property="Key" Expression="C#:person:return ${keyExpression};" />
    <ScalarRule Property="Login" Binding="Number" />
    <ScalarRule Property="Name" Binding="Name" />
  </ResourceType>
  <ResourceCorrelationRule ResourceType="Account_Person" Policy="Default" SourceBinding="Number" TargetBinding="Login" SourceMatchedConfidenceLevel="100" />
  ${elements}
</ConfigurationFile>
`;

class Company implements AsyncDisposable {
  readonly proxy: FaultyProxy;
  readonly #system: System;
  readonly #folder: string;
  readonly #said: string[] = [];
  #password: string = passwords.old;
  #clock = Date.now();

  private constructor(system: System, folder: string, proxy: FaultyProxy) {
    this.#system = system;
    this.#folder = folder;
    this.proxy = proxy;
  }

  /** Everybody has an account, as read back. */
  static async open(system: System): Promise<Company> {
    const folder = await mkdtemp(join(tmpdir(), 'lockstep-rotated-'));
    const company = new Company(system, folder, await startFaultyProxy(system.port));
    for (const name of ['conf', 'data']) await mkdir(join(folder, name));
    await writeFile(join(folder, 'conf', 'all.xml'), configuration(system));
    await writeFile(join(folder, 'appsettings.json'), '{ "Store": { "Client": "sqlite" } }');
    const Connections = {
      Staff: { Path: 'data/staff.csv' },
      Service: system.settings(company.proxy.port),
    };
    await writeFile(
      join(folder, 'appsettings.agent.json'),
      JSON.stringify({ SourcesRootPaths: ['data'], Connections }),
    );
    await company.mustRun('deploy');
    return company;
  }

  async hire(name: (number: number) => string): Promise<void> {
    const lines = Array.from({ length: people }, (_, index) => `${100 + index},${name(index)}\n`);
    await writeFile(join(this.#folder, 'data', 'staff.csv'), `number,name\n${lines.join('')}`);
    for (const step of ['export', 'prepare', 'synchronize'])
      await this.mustRun(step, '--connector', 'HR');
    await this.mustRun('evaluate');
    await this.mustRun('generate', '--connector', 'System', '--force');
  }

  async run(...parameters: readonly string[]) {
    // Whatever waits for another attempt is due by then.
    this.#clock += 6 * 3_600_000;
    const { surroundings, stdout, stderr } = createSurroundings(this.#folder, () => this.#clock);
    const code = await runCommandLine(['--log-level', 'trace', '-C', this.#folder, ...parameters], {
      ...surroundings,
      environment: this.#system.environment(this.proxy.port, this.#password),
    });
    const said = `${stdout.text()}\n${stderr.text()}`;
    this.#said.push(said);
    return { code, said, stdout: stdout.text() };
  }

  async mustRun(...parameters: readonly string[]): Promise<string> {
    const { code, said, stdout } = await this.run(...parameters);
    expect(code, said).toBe(0);
    return stdout;
  }

  /** Runs a step that answers so many bytes, and changes the password when half of them have passed. */
  async runWhileRotated(bytes: number, ...parameters: readonly string[]) {
    const { proxy } = this;
    const half = proxy.bytesFromServer() + bytes / 2;
    proxy.stallAfter(bytes / 2);
    const running = this.run(...parameters);
    for (let waited = 0; proxy.bytesFromServer() < half && waited < 20_000; waited += 20)
      await sleep(20);
    expect(proxy.bytesFromServer()).toBeGreaterThanOrEqual(half);
    await this.#system.rotate();
    proxy.stallAfter(Number.POSITIVE_INFINITY);
    return running;
  }

  async measure(...parameters: readonly string[]): Promise<number> {
    const before = this.proxy.bytesFromServer();
    await this.mustRun(...parameters);
    return this.proxy.bytesFromServer() - before;
  }

  /** The operator writes the new password into the settings. */
  learn(): void {
    this.#password = passwords.new;
  }

  async countAccounts(): Promise<number> {
    const list = await this.mustRun('--json', 'resource', 'list', 'Account', '--limit', '1000');
    return JSON.parse(list).resources.length;
  }

  /** How many orders are in which status. */
  async countOrders(): Promise<Readonly<Record<string, number>>> {
    const { orders } = JSON.parse(await this.mustRun('--json', 'order', 'list', '--limit', '1000'));
    const counts: Record<string, number> = {};
    for (const { changeType, status } of orders) {
      const kind = `${changeType} ${status}`;
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
    return counts;
  }

  /** Where a password was written down or said. */
  async findPasswords(): Promise<readonly string[]> {
    const secrets = Object.values(passwords);
    const isIn = (text: string | Buffer): boolean => secrets.some((each) => text.includes(each));
    const found = this.#said.filter(isIn);
    for (const entry of await readdir(this.#folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile() && isIn(await readFile(path))) found.push(path);
    }
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]();
    await this.#system[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

const exported = ['export', '--connector', 'System', '--mode', 'complete'];
const later = [
  ['prepare', '--connector', 'System', '--mode', 'complete'],
  ['synchronize', '--connector', 'System'],
];

async function endsExport(company: Company): Promise<void> {
  await company.hire((number) => `Name ${number}`);
  await company.mustRun('fulfil', '--connector', 'System');
  const bytes = await company.measure(...exported);
  for (const step of later) await company.mustRun(...step);
  expect(await company.countAccounts()).toBe(people);

  const { code, said } = await company.runWhileRotated(bytes, ...exported);
  expect(code).toBe(1);
  expect(said).toMatch(/CONNECTOR_(UNREACHABLE|UNAUTHENTICATED|TIMEOUT)/);
  for (const step of later) await company.run(...step);
  expect(await company.countAccounts()).toBe(people);
  const refused = await company.run(...exported);
  expect(refused.code).toBe(1);
  expect(refused.said).toContain('CONNECTOR_UNAUTHENTICATED');

  company.learn();
  for (const step of [exported, ...later]) await company.mustRun(...step);
  expect(await company.countAccounts()).toBe(people);
  expect(await company.findPasswords()).toEqual([]);
}

async function endsFulfilment(company: Company): Promise<void> {
  await company.hire((number) => `Name ${number}`);
  const bytes = await company.measure('fulfil', '--connector', 'System');
  for (const step of [exported, ...later]) await company.mustRun(...step);
  await company.hire((number) => `Other name ${number}`);
  expect(await company.countOrders()).toMatchObject({ 'modified generated': people });

  const { code } = await company.runWhileRotated(bytes, 'fulfil', '--connector', 'System');
  expect(code).toBe(1);
  // With the old password nothing is begun, and nothing given up.
  const refused = await company.run('fulfil', '--connector', 'System');
  expect(refused.code).toBe(1);
  expect(refused.said).toContain('CONNECTOR_UNAUTHENTICATED');
  const {
    'added executed': _,
    'modified executed': done = 0,
    'modified intent': inDoubt = 0,
    'modified generated': waiting = 0,
    ...others
  } = await company.countOrders();
  expect(others).toEqual({});
  expect(done + inDoubt + waiting).toBe(people);
  expect(inDoubt + waiting).toBeGreaterThan(0);

  company.learn();
  await company.mustRun('fulfil', '--connector', 'System');
  expect(await company.countOrders()).toMatchObject({ 'modified executed': people });
  for (const step of [exported, ...later]) await company.mustRun(...step);
  const list = await company.mustRun('--json', 'resource', 'list', 'Account', '--limit', '1000');
  const { resources } = JSON.parse(list) as {
    readonly resources: readonly { readonly values: { readonly Name: string } }[];
  };
  expect(resources.filter(({ values }) => values.Name.startsWith('Other name'))).toHaveLength(
    people,
  );
  expect(await company.findPasswords()).toEqual([]);
}

describeWithServer('ldap', 'a login to a directory that changes while it is at work', () => {
  it('ends an export, and nobody is gone', async () => {
    await using company = await Company.open(await openDirectory());
    await endsExport(company);
  });

  it('ends a delivery, and its orders wait', async () => {
    await using company = await Company.open(await openDirectory());
    await endsFulfilment(company);
  });
});

describeWithServer(
  'postgres',
  'a login to a database that changes while it is at work',
  (address) => {
    it('ends an export, and nobody is gone', async () => {
      await using company = await Company.open(await openDatabase(address()));
      await endsExport(company);
    });

    it('ends a delivery, and its orders wait', async () => {
      await using company = await Company.open(await openDatabase(address()));
      await endsFulfilment(company);
    });
  },
);
