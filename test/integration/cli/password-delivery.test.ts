/** Accounts in a real directory: their passwords are made, set, reset, told by mail, and found nowhere else. */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'ldapts';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { runCommandLine } from '../../../cli/run.ts';
import { createSurroundings } from '../../../cli/terminal.fixture.ts';
import type { SlapdAddress } from '../../servers/slapd.ts';
import { startSmtpServer } from '../../servers/smtp.ts';
import { describeWithServer } from '../../servers/use-server.ts';

vi.setConfig({ testTimeout: 120_000 });

const configuration = `<?xml version="1.0" encoding="utf-8"?>
<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <Connector Identifier="HR" DisplayName_L1="HR" MaxPercentageInsertedLines="0" MaxPercentageUpdatedLines="0" />
  <Connection Identifier="Staff" DisplayName_L1="Staff" Connector="HR" Package="Usercube.CSV@0000001" />
  <EntityType Identifier="HR_Person" DisplayName_L1="Person">
    <Property Identifier="Number" IsKey="true" />
    <Property Identifier="Name" />
    <Property Identifier="Mail" />
  </EntityType>
  <EntityTypeMapping Identifier="HR_Person" Connector="HR" ConnectionTable="Staff">
    <Property Identifier="Number" ConnectionColumn="number" IsPrimaryKey="true" />
    <Property Identifier="Name" ConnectionColumn="name" />
    <Property Identifier="Mail" ConnectionColumn="mail" />
  </EntityTypeMapping>
  <Connector Identifier="Directory" DisplayName_L1="Directory" MaxPercentageInsertedLines="0" />
  <Connection Identifier="Ldap" DisplayName_L1="Directory" Connector="Directory" Package="Usercube.LDAP@0000001" />
  <EntityType Identifier="Dir_Entry" DisplayName_L1="Entry">
    <Property Identifier="Dn" IsKey="true" />
    <Property Identifier="Cn" />
    <Property Identifier="Sn" />
    <Property Identifier="EmployeeNumber" />
  </EntityType>
  <EntityTypeMapping Identifier="Dir_Entry" Connector="Directory" ConnectionTable="Ldap_entries">
    <Property Identifier="Dn" ConnectionColumn="dn" IsPrimaryKey="true" />
    <Property Identifier="Cn" ConnectionColumn="cn" />
    <Property Identifier="Sn" ConnectionColumn="sn" />
    <Property Identifier="EmployeeNumber" ConnectionColumn="employeeNumber" />
  </EntityTypeMapping>
  <Policy Identifier="Default" DisplayName_L1="Default" IsProvisioningEnabled="true" />
  <ResourceType Identifier="Dir_Person" DisplayName_L1="Directory account" Policy="Default" BlockProvisioning="false"
                SourceEntityType="HR_Person" TargetEntityType="Dir_Entry" MaximumInsertPercent="0">
    <TypeRule />
    <ScalarRule Property="Dn" Expression="C#:person:return &quot;cn=&quot; + person.Number + &quot;,BASE&quot;;" />
    <ScalarRule Property="Cn" Binding="Number" />
    <ScalarRule Property="Sn" Binding="Name" />
    <ScalarRule Property="EmployeeNumber" Binding="Number" />
  </ResourceType>
  <ResourceCorrelationRule ResourceType="Dir_Person" Policy="Default" SourceBinding="Number" TargetBinding="EmployeeNumber" SourceMatchedConfidenceLevel="100" />
  <LdapResourceTypeMapping Identifier="Dir_Person" Connection="Ldap" DefaultObjectClass="inetOrgPerson" RDNAttributeIdentifier="cn" PasswordResetSetting="New">
    <Property Property="Dn" IsDNProperty="true" />
    <Property Property="Cn" IsRDNProperty="true" />
  </LdapResourceTypeMapping>
  <PasswordResetSettings Identifier="New" Mode="One-Way" AutoGenerate="true" GeneratedLength="20" StrengthCheck='"^[a-z]"'
                         BeneficiaryEmailBinding="Owner.Mail" BeneficiaryFullNameBinding="Owner.Name" />
  <CreateAgentSynchroComplete Agent="Local" JobIdentifier="Everything" DisplayName_L1="Everything" />
</ConfigurationFile>
`;

describeWithServer('ldap', 'passwords of accounts', (address) => {
  let scratch = '';
  let folder = '';
  let base = '';
  const environment: Record<string, string> = {};
  const said: string[] = [];

  beforeEach(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'lockstep-passwords-'));
    folder = join(scratch, 'project');
    base = `ou=${randomUUID()},${address().suffix}`;
    said.length = 0;
    await withClient(address(), (client) =>
      client.add(base, { objectClass: 'organizationalUnit' }),
    );
  });
  afterEach(() => rm(scratch, { recursive: true, force: true }));

  async function withClient<T>(
    { port, rootDn, rootPassword }: SlapdAddress,
    work: (client: Client) => Promise<T>,
  ): Promise<T> {
    const client = new Client({ url: `ldap://127.0.0.1:${port}` });
    await client.bind(rootDn, rootPassword);
    try {
      return await work(client);
    } finally {
      await client.unbind();
    }
  }

  async function logsIn(dn: string, password: string): Promise<boolean> {
    const client = new Client({ url: `ldap://127.0.0.1:${address().port}` });
    try {
      await client.bind(dn, password);
      return true;
    } catch {
      return false;
    } finally {
      await client.unbind();
    }
  }

  async function run(...args: readonly string[]): Promise<number> {
    return (await call(...args)).code;
  }

  async function call(...args: readonly string[]) {
    const { surroundings, stdout, stderr } = createSurroundings(folder, Date.now);
    const code = await runCommandLine(['--log-level', 'trace', '-C', folder, ...args], {
      ...surroundings,
      environment,
    });
    said.push(`${stdout.text()}\n${stderr.text()}`);
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  }

  async function prepare(mailPort: number): Promise<void> {
    const { port, rootDn, rootPassword } = address();
    for (const name of ['conf', 'data']) await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, 'conf', 'all.xml'), configuration.replace('BASE', base));
    await writeFile(
      join(folder, 'data', 'staff.csv'),
      'number,name,mail\n7,Ana Roy,ana@example.com\n8,Ben Ode,ben@example.com\n',
    );
    await writeFile(join(folder, 'appsettings.json'), '{ "Store": { "Client": "sqlite" } }');
    const settings = {
      SourcesRootPaths: ['data'],
      Connections: {
        Staff: { Path: 'data/staff.csv' },
        Ldap: {
          Servers: [
            {
              Server: `127.0.0.1:${port}`,
              AuthType: 'Basic',
              Login: rootDn,
              Password: rootPassword,
            },
          ],
          Tables: [{ Table: 'entries', BaseDN: base, Filter: '(objectClass=inetOrgPerson)' }],
          IsLdapPasswordReset: true,
        },
      },
      MailSettings: {
        Host: '127.0.0.1',
        Port: mailPort,
        FromAddress: 'it@example.com',
        TimeoutSeconds: 2,
      },
      PasswordResetSettings: {
        EncryptionCertificate: { File: 'passwords.pem', Password: 'env:CERTIFICATE' },
      },
    };
    environment['CERTIFICATE'] = 'correct horse battery';
    await writeFile(join(folder, 'appsettings.agent.json'), JSON.stringify(settings));
    expect(
      await run(
        'protect',
        'new-certificate',
        '--out',
        join(folder, 'passwords.pem'),
        '--password',
        'env:CERTIFICATE',
      ),
    ).toBe(0);
    expect(await run('deploy')).toBe(0);
  }

  /** Everything below the project, and everything that was said. */
  async function search(texts: readonly string[]): Promise<readonly string[]> {
    const found = said.flatMap((text, index) =>
      texts.some((each) => text.includes(each)) ? [`said ${index}`] : [],
    );
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const bytes = await readFile(path);
      if (texts.some((text) => bytes.includes(text))) found.push(path);
    }
    return found;
  }

  it('log their people in, arrive by mail, and are written down nowhere', async () => {
    await using mail = await startSmtpServer();
    await prepare(mail.port);

    expect(await run('job', 'run', 'Everything')).toBe(0);

    expect(mail.mails.map(({ to }) => to).sort()).toEqual([
      ['ana@example.com'],
      ['ben@example.com'],
    ]);
    const passwords: string[] = [];
    for (const { to, raw } of mail.mails) {
      const { text, password } = readMail(raw);
      passwords.push(password);
      const dn = `cn=${to[0] === 'ana@example.com' ? 7 : 8},${base}`;
      expect(await logsIn(dn, password)).toBe(true);
      expect(await logsIn(dn, `${password}x`)).toBe(false);
      expect(text).toContain(`Account (Dn): ${dn}`);
    }
    expect(new Set(passwords).size).toBe(2);
    await run('--json', 'order', 'list');
    await run('--json', 'mail', 'list');
    await run('job', 'run', 'Everything');
    expect(await search(passwords)).toEqual([]);
    expect(mail.mails).toHaveLength(2);
  });

  it('wait encrypted while the mail server is away', async () => {
    const away = await startSmtpServer();
    await away[Symbol.asyncDispose]();
    await prepare(away.port);

    await run('job', 'run', 'Everything');

    expect(said.join()).not.toContain('Password:');
    await using mail = await startSmtpServer();
    environment['MailSettings__Port'] = String(mail.port);
    expect(await run('mail', 'send', '--now')).toBe(0);
    delete environment['MailSettings__Port'];
    expect(mail.mails).toHaveLength(2);
    const { password } = readMail(mail.mails[0]?.raw);
    expect(password).toHaveLength(20);
    expect(await search([password])).toEqual([]);
  });

  it('are replaced at the word of a person, once, and told to the owner alone', async () => {
    await using mail = await startSmtpServer();
    await prepare(mail.port);
    await run('job', 'run', 'Everything');
    expect(await call('password', 'reset', 'HR_Person:7')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no reading has shown it yet'),
    });
    await run('job', 'run', 'Everything');
    const old = readMail(mail.mails.find(({ to }) => to[0] === 'ana@example.com')?.raw).password;
    const dn = `cn=7,${base}`;
    const reset = ['password', 'reset', 'HR_Person:7', '--by', 'Kim', '--comment', 'Lost, call 12'];

    const tried = await call('--json', ...reset, '--dry-run');
    expect(JSON.parse(tried.stdout)).toMatchObject({
      isDryRun: true,
      resets: [{ orderId: null, status: 'generated', toldTo: 'ana@example.com' }],
    });
    const asked = JSON.parse((await call('--json', ...reset)).stdout).resets[0];
    expect(asked).toMatchObject({
      account: { entityType: 'Dir_Entry', key: dn },
      connector: 'Directory',
    });
    expect(await call('password', 'reset', `Dir_Entry:${dn}`)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('PASSWORD_RESET_WAITING'),
    });
    // What the policy finds out meanwhile does not take the order away.
    expect(await run('job', 'run', 'Everything')).toBe(0);

    const { to, raw } = mail.mails.at(-1) ?? { to: [], raw: '' };
    const { text, password } = readMail(raw);
    expect(to).toEqual(['ana@example.com']);
    expect(text).toContain('The password of your account was replaced');
    expect(text).toContain(`Account (Dn): ${dn}`);
    expect([await logsIn(dn, password), await logsIn(dn, old)]).toEqual([true, false]);
    const { order, events, status } = JSON.parse(
      (await call('--json', 'order', 'show', String(asked.orderId))).stdout,
    );
    expect(status).toBe('executed');
    expect(order.changes).toEqual([]);
    expect(events).toMatchObject([{ kind: 'asked', person: 'Kim', message: 'Lost, call 12' }]);
    const decided = await call('--json', 'decision', 'list', '--kind', 'password');
    expect(JSON.parse(decided.stdout).decisions).toMatchObject([
      { kind: 'password reset', by: 'Kim', comment: 'Lost, call 12', item: 'Dir_Person' },
    ]);
    // Nothing else was asked for by it.
    expect(await run('job', 'run', 'Everything')).toBe(0);
    expect(mail.mails).toHaveLength(3);
    expect(await search([old, password])).toEqual([]);
  });

  it('lock everybody out where nobody is to be told', async () => {
    await using mail = await startSmtpServer();
    await prepare(mail.port);
    for (const _ of ['creates', 'reads']) await run('job', 'run', 'Everything');
    const old = readMail(mail.mails.find(({ to }) => to[0] === 'ben@example.com')?.raw).password;

    expect(await run('password', 'reset', 'HR_Person:8', '--untold')).toBe(0);
    expect(await run('fulfil', '--connector', 'Directory')).toBe(0);

    expect(await logsIn(`cn=8,${base}`, old)).toBe(false);
    expect(mail.mails).toHaveLength(2);
  });
});

function readMail(raw = ''): { readonly text: string; readonly password: string } {
  const text = raw
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return { text, password: /^Password: (\S{20})\r$/m.exec(text)?.[1] ?? '' };
}
