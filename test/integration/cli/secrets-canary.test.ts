/**
 * Marked secrets in every place where secrets may be, a day of work with everything logged, and then a search of all that was
 * written: the terminal, `--json`, logs, the store byte by byte, exports, prepared files and reports.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Ber, BerReader, BerWriter } from 'ldapts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommandLine } from '../../../cli/run.ts';
import { createSurroundings } from '../../../cli/terminal.fixture.ts';
import {
  type ScriptedDirectory,
  startScriptedDirectory,
} from '../../servers/scripted-directory.ts';
import { createTlsIdentity } from '../../servers/tls-identity.ts';
import { startCredentialProvider, type VaultServer } from '../../servers/vault-servers.ts';

/** Entries of the directory, each with passwords nobody asked for. */
const entryCount = Number(process.env['LOCKSTEP_CANARY_ENTRIES'] ?? 8);

const systems = `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <Connector Identifier="Directory" DisplayName_L1="Directory" MaxPercentageInsertedLines="0" />
  ${['Ldap', 'LdapVault', 'LdapStored']
    .map(
      (id) =>
        `<Connection Identifier="${id}" DisplayName_L1="${id}" Connector="Directory" Package="Usercube.LDAP@0000001" />`,
    )
    .join('\n  ')}
  <Connector Identifier="Refusing" DisplayName_L1="Refusing" />
  <Connection Identifier="LdapRefused" DisplayName_L1="x" Connector="Refusing" Package="Usercube.LDAP@0000001" />
  <Connector Identifier="Databases" DisplayName_L1="Databases" />
  ${['PostgreSQL', 'MySQL', 'SQLServer']
    .flatMap((kind) =>
      ['Plain', 'Encrypted', 'Variable', 'Reference', 'File', 'Stored'].map(
        (layer) => `${kind}:${layer}`,
      ),
    )
    .map((entry) => entry.split(':'))
    .map(
      ([kind, layer]) =>
        `<Connection Identifier="${kind}${layer}" DisplayName_L1="x" Connector="Databases" Package="Usercube.SQL.${kind}@0000001" />`,
    )
    .join('\n  ')}
  <Connection Identifier="Wrong" DisplayName_L1="x" Connector="Databases" Package="Usercube.SQL.MySQL@0000001" />
  <EntityType Identifier="Directory_User" DisplayName_L1="User">
    <Property Identifier="Dn" DisplayName_L1="Dn" IsKey="true" />
    <Property Identifier="Cn" DisplayName_L1="Cn" />
  </EntityType>
  <EntityTypeMapping Identifier="Directory_User" Connector="Directory" ConnectionTable="Ldap_entries">
    <Property Identifier="Dn" ConnectionColumn="dn" IsPrimaryKey="true" />
    <Property Identifier="Cn" ConnectionColumn="cn" />
  </EntityTypeMapping>
  ${[
    'LdapRefused_entries:Refusing',
    'PostgreSQLStored:Databases',
    'MySQLFile:Databases',
    'SQLServerEncrypted:Databases',
  ]
    .map((entry) => entry.split(':'))
    .map(
      ([table = '', connector]) => `<EntityType Identifier="T_${table}" DisplayName_L1="x">
    <Property Identifier="Key" DisplayName_L1="Key" IsKey="true" />
  </EntityType>
  <EntityTypeMapping Identifier="T_${table}" Connector="${connector}" ConnectionTable="${table}">
    <Property Identifier="Key" ConnectionColumn="key" IsPrimaryKey="true" />
  </EntityTypeMapping>`,
    )
    .join('\n  ')}
</ConfigurationFile>
`;

describe('secrets', () => {
  const secrets = new Map<string, string>();
  let scratch: string;
  let folder: string;
  let directory: ScriptedDirectory;
  let refusing: { readonly server: Server; readonly port: number };
  let provider: VaultServer;
  const environment: Record<string, string> = {};
  const said: { readonly args: readonly string[]; readonly text: string }[] = [];
  const codes = new Set<string>();

  function mint(label: string): string {
    const secret = `canary-${randomBytes(9).toString('hex')}`;
    secrets.set(secret, label);
    return secret;
  }

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'lockstep-canary-'));
    folder = join(scratch, 'project');
    directory = await startScriptedDirectory(() => ({
      cookie: '',
      entries: Array.from({ length: entryCount }, (_, index) => ({
        dn: `cn=user${index},o=x`,
        attributes: {
          cn: [`user${index}`],
          userPassword: [mint('attribute userPassword')],
          unicodePwd: [mint('attribute unicodePwd')],
        },
      })),
    }));
    refusing = await startTalkativeDirectory();
  });
  afterAll(async () => {
    await directory[Symbol.asyncDispose]();
    await provider[Symbol.asyncDispose]();
    await new Promise((resolve) => refusing.server.close(resolve));
    await rm(scratch, { recursive: true, force: true });
  });

  async function write(name: string, value: unknown): Promise<void> {
    await mkdir(join(folder, name, '..'), { recursive: true });
    const content = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
    await writeFile(join(folder, name), content);
  }

  /** Runs a command and keeps all it said. */
  async function run(args: readonly string[], input = ''): Promise<string> {
    const { surroundings, stdout, stderr } = createSurroundings(folder, Date.now);
    const readInput = async (): Promise<string> => input;
    await runCommandLine(['--log-level', 'trace', ...args], {
      ...surroundings,
      environment,
      readInput,
    });
    said.push({ args, text: `${stdout.text()}\n${stderr.text()}` });
    for (const [code] of `${stdout.text()}${stderr.text()}`.matchAll(/\b[A-Z]+(_[A-Z]+)+\b/gu)) {
      codes.add(code);
    }
    return stdout.text();
  }

  const connectionString = (secret: string): string =>
    `Server=127.0.0.1;Port=1;Database=x;User ID=someone;Password=${secret};Connect Timeout=2`;
  const ldap = (port: number, keys: Readonly<Record<string, unknown>>) => ({
    Servers: [{ Server: `127.0.0.1:${port}`, AuthType: 'Basic', Login: 'cn=a,o=x', ...keys }],
    Tables: [{ Table: 'entries', BaseDN: 'o=x' }],
  });

  async function writeSettings(): Promise<void> {
    const identity = createTlsIdentity('Agent');
    provider = await startCredentialProvider({
      applicationId: 'Lockstep',
      safe: 'Safe',
      client: identity.cert,
      accounts: new Map([
        [
          'ldap',
          { Content: mint('vault Content'), UserName: 'cn=b,o=x', Other: mint('vault field') },
        ],
      ]),
    });
    await write('client.pem', identity.cert + identity.key);
    await write('ca.pem', provider.ca);
    const password = mint('certificate password');
    environment['CERTIFICATE_PASSWORD'] = password;
    await write('secrets/certificate-password', `${password}\n`);
    const kinds = ['PostgreSQL', 'MySQL', 'SQLServer'];
    const plain: Record<string, unknown> = {
      StaffList: { Path: 'data/staff.csv' },
      WikiUsers: { Path: 'data/wiki.csv' },
      Ldap: ldap(directory.port, { Password: mint('plain LDAP') }),
      LdapVault: ldap(directory.port, {}),
      LdapStored: ldap(directory.port, {}),
      LdapRefused: ldap(refusing.port, { Password: mint('refused LDAP') }),
      Wrong: {
        ConnectionString: `no connection string ${mint('malformed connection string')}`,
        Pasword: mint('unknown key'),
        Timeout: mint('wrong type'),
        ProviderDllName: { Secret: mint('section in place of text') },
      },
    };
    const encrypted: Record<string, unknown> = {};
    for (const kind of kinds) {
      plain[`${kind}Plain`] = { ConnectionString: connectionString(mint(`${kind} plain`)) };
      encrypted[`${kind}Encrypted`] = {
        ConnectionString: connectionString(mint(`${kind} encrypted`)),
      };
      environment[`Connections__${kind}Variable__ConnectionString`] = connectionString(
        mint(`${kind} variable`),
      );
      environment[`${kind.toUpperCase()}_REFERENCE`] = connectionString(mint(`${kind} reference`));
      plain[`${kind}Reference`] = { ConnectionString: `env:${kind.toUpperCase()}_REFERENCE` };
      await write(`secrets/${kind}`, `${connectionString(mint(`${kind} file`))}\n`);
      plain[`${kind}File`] = { ConnectionString: `file:secrets/${kind}`, SqlCommand: 'select 1' };
      plain[`${kind}Stored`] = { SqlCommand: 'select 1' };
      plain[`${kind}Encrypted`] = { SqlCommand: 'select 1' };
    }
    await write('appsettings.json', {
      Store: { Client: 'sqlite' },
      EncryptionCertificate: {
        File: 'certificate.pem',
        Password: 'file:secrets/certificate-password',
        UseEncryptedAppsettings: false,
      },
      CyberArk: {
        UseCyberArkSetting: true,
        Server: provider.url,
        SafeName: 'Safe',
        ApplicationId: 'Lockstep',
        File: 'client.pem',
        Password: mint('unused client password'),
        CaFile: 'ca.pem',
      },
      Databases: { Main: connectionString(mint('database')), Other: mint('database') },
      OpenId: { OpenIdClients: { Sync: mint('API client'), Other: mint('API client') } },
      Unkown: { Password: mint('unknown section') },
    });
    const mail = (label: string) => ({
      ...{ Host: '127.0.0.1', Port: 1, TimeoutSeconds: 2, FromAddress: 'lockstep@example.com' },
      ...{ Username: 'lockstep', Password: mint(label), SecureSocketOption: 'None' },
    });
    environment['MailSettings__Pasword'] = mint('misspelt mail password');
    await write('appsettings.agent.json', {
      SourcesRootPaths: ['data'],
      Connections: plain,
      MailSettings: mail('mail password'),
      PasswordResetSettings: { MailSettings: mail('mail password of passwords') },
    });
    await write('appsettings.cyberArk.agent.json', {
      Connections: { LdapVault: { Servers: [{ Login: 'ldap', Password: 'ldap' }] } },
    });
    await write('plain.json', { Connections: encrypted });
  }

  async function work(): Promise<void> {
    await run(['init', folder]);
    await write('conf/systems.xml', systems);
    await writeSettings();
    await run([
      'protect',
      'new-certificate',
      '--out',
      'certificate.pem',
      '--password',
      'env:CERTIFICATE_PASSWORD',
    ]);
    await run(
      ['-C', folder, 'protect', 'certificate-password', '--out', 'secrets/again'],
      environment['CERTIFICATE_PASSWORD'],
    );
    await run([
      'protect',
      'file',
      '--input',
      'plain.json',
      '--output',
      'appsettings.encrypted.agent.json',
    ]);
    await rm(join(folder, 'plain.json'));
    environment['EncryptionCertificate__UseEncryptedAppsettings'] = 'true';
    await run(['validate', '--verbose']);
    await run(['deploy']);
    await run(['connection', 'set', 'LdapStored', 'Servers.0.Password'], mint('stored LDAP'));
    for (const kind of ['PostgreSQL', 'MySQL', 'SQLServer']) {
      const value = connectionString(mint(`${kind} stored`));
      await run(['connection', 'set', `${kind}Stored`, 'ConnectionString'], value);
    }
    await run(['connection', 'set', 'LdapStored', 'SizeLimit'], mint('not a secret setting'));
    await run(['protect', 'value'], `${mint('value')}\n${mint('value')}`);
    await run(['protect', 'openid-secret', '--client-secret', '-'], mint('client secret'));
    for (const json of [[], ['--json']]) {
      await run([...json, 'settings', 'list', '--origin']);
      await run([...json, 'connection', 'list']);
      await run([...json, 'connection', 'check']);
      await run([...json, 'mail', 'check', '--to', 'it@example.com']);
      await run([...json, 'mail', 'check', '--passwords']);
      await run([...json, 'mail', 'send', '--now']);
      await run([...json, 'mail', 'list']);
      for (const connector of ['Directory', 'Refusing', 'Databases']) {
        await run([...json, 'export', '--connector', connector]);
        await run([...json, 'prepare', '--connector', connector]);
        await run([...json, 'synchronize', '--connector', connector]);
      }
      if (json.length > 0) continue;
      await run(['--json', 'job', 'run', 'Everything']);
      for (const connector of ['Staff', 'Wiki']) {
        for (const step of ['export', 'prepare', 'synchronize']) {
          await run([...json, step, '--connector', connector]);
        }
      }
      await run([...json, 'evaluate']);
      await run([...json, 'connection', 'schema', 'MySQLPlain']);
      for (const args of [
        ['status'],
        ['order', 'list'],
        ['ticket', 'list'],
        ['resource', 'list', 'Directory_User'],
        ['explain', 'Staff_Person:1002'],
      ]) {
        await run([...json, ...args]);
      }
    }
    await failOnPurpose();
  }

  /** Settings that are wrong in ways that make parsers and drivers speak. */
  async function failOnPurpose(): Promise<void> {
    const files = [
      [
        'Work/appsettings.connection.json',
        `{ "Connections": { "Ldap": { "Password": "${mint('broken JSON')}`,
      ],
      ['appsettings.agent.json', `{ "Connections": "${mint('text in place of a section')}" }`],
      ['appsettings.agent.json', { Jobs: { MaxTaskBatchSize: mint('text in place of a number') } }],
      [
        'appsettings.agent.json',
        {
          Store: { Client: 'postgres', Connection: `postgres://u:${mint('store')}@127.0.0.1:1/x` },
        },
      ],
      [
        'appsettings.agent.json',
        { Store: { Client: 'postgres', Connection: mint('malformed store') } },
      ],
      ['appsettings.agent.json', { Vault: `https://user:${mint('vault address')}@127.0.0.1:1` }],
      [
        'appsettings.encrypted.agent.json',
        { Connections: { Ldap: { Password: mint('plain in the encrypted file') } } },
      ],
    ] as const;
    for (const [name, content] of files) {
      const before = await readFile(join(folder, name), 'utf8');
      await write(name, content);
      for (const json of [[], ['--json']]) {
        await run([...json, 'status']);
        await run([...json, 'validate']);
      }
      await write(name, before);
    }
    environment['Jobs__MaxTaskBatchSize'] = mint('variable');
    await run(['status']);
    delete environment['Jobs__MaxTaskBatchSize'];
  }

  /** Where secrets are allowed to be: where they were put. */
  const own = /^(appsettings(\.agent)?\.json|secrets\/.*)$/u;

  async function listFiles(): Promise<readonly string[]> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !own.test(relative(folder, path)));
  }

  /** The secret as it is, and as it would look in base64, in a URL, or in UTF-16. */
  function spellings(secret: string): readonly Buffer[] {
    return [
      Buffer.from(secret),
      Buffer.from(secret, 'utf16le'),
      Buffer.from(Buffer.from(secret).toString('base64').slice(0, -4)),
    ];
  }

  it('are nowhere but where they were put', { timeout: 120_000 }, async () => {
    await work();

    const files = await listFiles();
    const written = await Promise.all(
      files.map(async (path) => ({ where: relative(folder, path), bytes: await readFile(path) })),
    );
    const places = [
      ...written,
      ...said.map(({ args, text }) => ({
        where: `lockstep ${args.join(' ')}`,
        bytes: Buffer.from(text),
      })),
    ];
    const hits = places.flatMap(({ where, bytes }) =>
      [...secrets].flatMap(([secret, label]) =>
        spellings(secret).some((spelling) => bytes.includes(spelling))
          ? [`${label} in ${where}`]
          : [],
      ),
    );
    expect(hits).toEqual([]);

    // A search that finds nothing must have had something to find.
    expect(secrets.size).toBeGreaterThanOrEqual(50);
    const names = written.map(({ where }) => where);
    expect(names.some((name) => name.endsWith('lockstep.db'))).toBe(true);
    expect(names.some((name) => /ExportOutput.*\.csv$/u.test(name))).toBe(true);
    expect(names.some((name) => name.includes('JobLogs'))).toBe(true);
    const known = written.find(({ where }) => where.endsWith('lockstep.db'))?.bytes;
    expect(known?.includes('cn=user0,o=x')).toBe(true);
    // The vault was asked, drivers failed, and wrong settings were refused.
    expect(provider.requests.length).toBeGreaterThan(0);
    for (const code of [
      'CONNECTOR_UNREACHABLE',
      'CONNECTOR_UNAUTHENTICATED',
      'CONNECTION_SETTING_UNKNOWN',
      'CONNECTION_SETTING_NOT_SECRET',
      'SETTINGS_MALFORMED',
      'SETTINGS_VALUE_INVALID',
      'SETTINGS_ENCRYPTED_VALUE_INVALID',
    ]) {
      expect([...codes]).toContain(code);
    }
  });
});

/** A directory that refuses every login, and repeats the password in its answer. */
async function startTalkativeDirectory(): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      const reader = new BerReader(chunk);
      reader.readSequence();
      const id = reader.readInt() ?? 0;
      if (reader.readSequence() !== 0x60) return;
      reader.readInt();
      reader.readString();
      const password = reader.readString(Ber.Context) ?? '';
      const writer = new BerWriter();
      writer.startSequence();
      writer.writeInt(id);
      writer.startSequence(0x61);
      writer.writeEnumeration(49);
      writer.writeString('');
      writer.writeString(`The password ${password} is wrong.`);
      writer.endSequence();
      writer.endSequence();
      socket.write(writer.buffer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return { server, port: address.port };
}
