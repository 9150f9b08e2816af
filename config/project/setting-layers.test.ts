import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../secret.ts';
import { type Certificate, openCertificate } from './encryption/certificate.ts';
import {
  createTestPem,
  legacyPfx,
  modernPfx,
  openPfx,
  testOrigin,
} from './encryption/certificates.fixture.ts';
import { encryptValue } from './encryption/encrypted-value.ts';
import { readProject, readProjectFolders } from './read-project.ts';
import { resolveSetting } from './reference.ts';
import { SettingsError } from './settings-error.ts';

const canary = 'canary-4713';

describe('encrypted settings', () => {
  let folder: string;
  let pem: string;
  let certificate: Certificate;

  beforeAll(async () => {
    pem = await createTestPem();
    certificate = await openCertificate({ bytes: Buffer.from(pem), origin: testOrigin });
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-encrypted-'));
    await write('certificate.pem', pem);
    await write('appsettings.json', switchedOn({ File: 'certificate.pem' }));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function write(name: string, value: unknown): Promise<void> {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    const isBytes = typeof value === 'string' || value instanceof Uint8Array;
    await writeFile(path, isBytes ? value : JSON.stringify(value, null, 2));
  }

  function switchedOn(certificateKeys: Readonly<Record<string, unknown>>) {
    return { EncryptionCertificate: { UseEncryptedAppsettings: 'true', ...certificateKeys } };
  }

  const setting = (value: unknown) => ({ Connections: { HR: { Password: value } } });

  async function readPassword(environment = {}): Promise<string> {
    const project = await readProject(folder, environment);
    const raw = project.connections.get('HR') ?? {};
    const resolved = await resolveSetting(raw, { folder, environment });
    expect(inspect(project, { depth: 9, showHidden: true })).not.toContain(canary);
    const password = 'Password' in Object(resolved) ? Object(resolved).Password : undefined;
    if (password instanceof Secret) return password.reveal();
    throw new Error('There is no password.');
  }

  async function failureOf(work: Promise<unknown>): Promise<SettingsError> {
    const error: unknown = await work.then(
      () => undefined,
      (caught: unknown) => caught,
    );
    if (!(error instanceof SettingsError)) throw new Error(`Got ${inspect(error)}`);
    expect(inspect(error, { depth: 12, showHidden: true })).not.toContain(canary);
    expect(error.hint).toBeDefined();
    return error;
  }

  it('are read with every form of certificate', async () => {
    const forms = [
      [modernPfx, 'opensesame'],
      [legacyPfx, 'opensesame'],
      [openPfx, undefined],
      [openPfx, ''],
    ] as const;
    for (const [bytes, password] of forms) {
      const opened = await openCertificate({ bytes: openPfx, origin: testOrigin });
      await write('own.pfx', bytes);
      await write(
        'appsettings.json',
        switchedOn({ File: 'own.pfx', ...(password === undefined ? {} : { Password: password }) }),
      );
      await write('appsettings.encrypted.agent.json', setting(await encryptValue(canary, opened)));

      expect(await readPassword()).toBe(canary);
    }
  });

  it('take the password of the certificate from a reference, and warn when it is written out', async () => {
    const opened = await openCertificate({ bytes: openPfx, origin: testOrigin });
    await write('own.pfx', modernPfx);
    await write('pw', 'opensesame\n');
    await write('appsettings.encrypted.agent.json', setting(await encryptValue(canary, opened)));
    const warningsOf = async (Password: string, environment = {}) => {
      await write('appsettings.json', switchedOn({ File: 'own.pfx', Password }));
      return (await readProject(folder, environment)).warnings.map(({ code }) => code);
    };

    expect(await warningsOf('file:pw')).toEqual([]);
    expect(await warningsOf('env:PFX_PASSWORD', { PFX_PASSWORD: 'opensesame' })).toEqual([]);
    expect(await warningsOf('opensesame')).toEqual(['SETTINGS_SECRET_WRITTEN_OUT']);
    await expect(warningsOf('file:other')).rejects.toMatchObject({
      code: 'SETTINGS_REFERENCE_UNRESOLVED',
    });
  });

  it.each([
    [{}, 'SETTINGS_CERTIFICATE_MISSING'],
    [{ File: 'nowhere.pfx' }, 'SETTINGS_CERTIFICATE_MISSING'],
    [{ File: '../certificate.pem' }, 'PROJECT_PATH_ESCAPES'],
    [{ File: 'conf' }, 'SETTINGS_CERTIFICATE_INVALID'],
    [{ File: 'own.pfx', Password: canary }, 'SETTINGS_CERTIFICATE_INVALID'],
    [{ File: 'own.pfx' }, 'SETTINGS_CERTIFICATE_INVALID'],
    [{ File: 7 }, 'SETTINGS_VALUE_INVALID'],
    [
      { Thumbprint: 'AB', StoreName: 'My', StoreLocation: 'LocalMachine' },
      'SETTINGS_LAYER_UNSUPPORTED',
    ],
    [{ DistinguishedName: 'CN=x' }, 'SETTINGS_LAYER_UNSUPPORTED'],
    [{ CertificateAzureKeyVault: 'name' }, 'SETTINGS_CERTIFICATE_MISSING'],
  ])('say what is wrong with the certificate settings %j', async (keys, code) => {
    await mkdir(join(folder, 'conf'));
    await write('own.pfx', modernPfx);
    await write('appsettings.json', switchedOn(keys));
    await write('appsettings.encrypted.json', setting(await encryptValue(canary, certificate)));

    const error = await failureOf(readProject(folder, {}));

    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^appsettings\.json:\d+:\d+: /u);
  });

  it('let a file win over a certificate store', async () => {
    await write(
      'appsettings.json',
      switchedOn({ File: 'certificate.pem', Thumbprint: 'AB', StoreName: 'My' }),
    );
    await write('appsettings.encrypted.json', setting(await encryptValue(canary, certificate)));

    expect(await readPassword()).toBe(canary);
  });

  it('name file, line and column of a value that is plain, cut off, changed, or for another certificate', async () => {
    const encrypted = await encryptValue(canary, certificate);
    const other = await openCertificate({ bytes: openPfx, origin: testOrigin });
    const wrong = [
      canary,
      'bm90IGVuY3J5cHRlZA==',
      5,
      true,
      encrypted.slice(0, 20),
      encrypted.slice(0, -10),
      encrypted.slice(0, 200),
      `${encrypted.slice(0, -30)}AAAAAAAA${encrypted.slice(-22)}`,
      await encryptValue(canary, other),
    ];
    for (const value of wrong) {
      await write('appsettings.encrypted.agent.json', setting(value));

      const error = await failureOf(readPassword());

      expect(error.code).toBe('SETTINGS_ENCRYPTED_VALUE_INVALID');
      expect(error.message).toMatch(
        /^appsettings\.encrypted\.agent\.json:4:19: "Connections\.HR\.Password"/u,
      );
    }
  });

  it('are read after the certificate has ended, and before it begins, with a warning', async () => {
    await write('appsettings.encrypted.json', setting(await encryptValue(canary, certificate)));
    const { validFromDate, validToDate } = certificate.x509;
    const warningsAt = async (now: number) =>
      (await readProject(folder, {}, { now: () => now })).warnings.map(({ message }) => message);

    expect((await warningsAt(validToDate.getTime() + 1_000))[0]).toContain('has expired');
    expect((await warningsAt(validFromDate.getTime() - 1_000))[0]).toContain('not in force yet');
    expect((await warningsAt(validToDate.getTime() - 90_000_000))[0]).toContain('not in force yet');
    expect((await warningsAt(validToDate.getTime() - 1_000))[0]).toContain('expires in 0 days');
  });

  it('are recognized in the connection file, in plain files and in variables too', async () => {
    await write('appsettings.json', { EncryptionCertificate: { File: 'certificate.pem' } });
    const encrypted = await encryptValue(canary, certificate);

    expect(await readPassword({ Connections__HR__Password: encrypted })).toBe(canary);
    await write('appsettings.agent.json', setting(encrypted));
    expect(await readPassword()).toBe(canary);
    await write('Work/appsettings.connection.json', setting(encrypted));
    expect(await readPassword()).toBe(canary);

    await write('appsettings.json', {});
    expect((await failureOf(readPassword())).code).toBe('SETTINGS_CERTIFICATE_MISSING');
  });

  it('refuse to be switched on without a file', async () => {
    const error = await failureOf(readProject(folder, {}));

    expect(error.code).toBe('SETTINGS_UNREADABLE');
    expect(error.message).toContain('appsettings.encrypted.agent.json');
  });

  it.each([
    [{ WorkFolderPath: 'Elsewhere' }, 'WorkFolderPath'],
    [{ CyberArk: { UseCyberArkSetting: 'true' } }, 'CyberArk.UseCyberArkSetting'],
    [{ Vault: 'acme.vault.azure.net' }, 'Vault'],
  ])('refuse %j in a layer that is read too late for it', async (late, key) => {
    const values = JSON.parse(JSON.stringify(late), (_, value: unknown) => value);
    await write('appsettings.encrypted.json', setting(await encryptValue(canary, certificate)));
    await write('Work/appsettings.connection.json', values);

    const error = await failureOf(readProject(folder, {}));

    expect(error.code).toBe('SETTINGS_VALUE_INVALID');
    expect(error.message).toContain(`"${key}"`);
  });

  it('repeat what is in force without harm: a whole file may be encrypted', async () => {
    await write('appsettings.encrypted.json', {
      EncryptionCertificate: { UseEncryptedAppsettings: await encryptValue('true', certificate) },
      ...setting(await encryptValue(canary, certificate)),
    });

    expect(await readPassword()).toBe(canary);
  });

  it('are left alone by commands that need only the folders', async () => {
    await write('appsettings.json', {
      ...switchedOn({ File: 'nowhere.pfx' }),
      Vault: '127.0.0.1:1',
      Store: { Client: 'postgres' },
    });

    expect(await readProjectFolders(folder, {})).toMatchObject({ folder });
  });

  it.each([
    { CyberArk: { UseCyberArkSetting: true } },
    {
      CyberArk: { UseCyberArkSetting: true, SafeName: 'S', ApplicationId: 'A', Server: 'http://x' },
    },
    { CyberArk: { UseCyberArkSetting: true, ApplicationId: 'A', Server: 'x' } },
    { Vault: 'http://vault.example.org' },
    { Vault: 'https://user:secret@vault.example.org' },
    { Vault: 'a b' },
    { Vault: 7 },
    { Vault: 'v.example.org', VaultNames: ['Connections----Password'] },
  ])('refuse the vault settings %j', async (settings) => {
    await write('appsettings.json', settings);
    await write('appsettings.cyberArk.agent.json', setting('hr'));

    const error = await failureOf(readProject(folder, {}));

    expect(error.code).toBe('SETTINGS_VALUE_INVALID');
    expect(error.message).not.toContain('secret@');
  });

  it('point out keys that are nearly right', async () => {
    await write('appsettings.json', {
      Stor: { Client: 'postgres' },
      Conections: {},
      Vualt: 'x',
      CyberArk: { SaveName: 'x', Other: 1 },
      EncryptionCertificate: { Pasword: 'x' },
      Serilog: { MinimumLevel: 'Error' },
    });

    const { warnings } = await readProject(folder, {});

    expect(
      warnings.map(({ code, message }) => [code, /"(.*)".*mean (\w+)/u.exec(message)?.slice(1)]),
    ).toEqual([
      ['SETTINGS_KEY_UNKNOWN', ['Stor', 'Store']],
      ['SETTINGS_KEY_UNKNOWN', ['Vualt', 'Vault']],
      ['SETTINGS_KEY_UNKNOWN', ['CyberArk.SaveName', 'SafeName']],
      ['SETTINGS_KEY_UNKNOWN', ['EncryptionCertificate.Pasword', 'Password']],
    ]);
  });
});
