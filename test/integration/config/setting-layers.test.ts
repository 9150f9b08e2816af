/** All layers of settings together, both vaults included: which one wins, and what is said about those that do not. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../config/index.ts';
import {
  type Certificate,
  openCertificate,
} from '../../../config/project/encryption/certificate.ts';
import {
  createTestPem,
  testOrigin,
} from '../../../config/project/encryption/certificates.fixture.ts';
import { encryptValue } from '../../../config/project/encryption/encrypted-value.ts';
import { listSettings } from '../../../config/project/list-settings.ts';
import { readProject } from '../../../config/project/read-project.ts';
import { resolveSetting } from '../../../config/project/reference.ts';
import type { ReadOptions } from '../../../config/project/setting-layers.ts';
import { createTlsIdentity } from '../../servers/tls-identity.ts';
import {
  type KeyVaultContent,
  startCredentialProvider,
  startKeyVault,
  type VaultServer,
} from '../../servers/vault-servers.ts';

/** Lowest first. */
const layerNames = [
  'appsettings.json',
  'appsettings.agent.json',
  'appsettings.encrypted.json',
  'appsettings.encrypted.agent.json',
  'Azure Key Vault',
  'CyberArk',
  'Work/appsettings.connection.json',
  'environment',
] as const;
type LayerName = (typeof layerNames)[number];

const pairs = layerNames.flatMap((lower, index) =>
  layerNames.slice(index + 1).map((higher) => [lower, higher] as const),
);

describe('layers of settings', () => {
  let folder: string;
  let pem: string;
  let certificate: Certificate;
  let keyVault: VaultServer;
  let provider: VaultServer;
  const token = 'token-of-the-test';
  const content: KeyVaultContent = { token, secrets: new Map() };
  const identity = createTlsIdentity('Agent');
  let options: ReadOptions;

  beforeAll(async () => {
    pem = await createTestPem();
    certificate = await openCertificate({ bytes: Buffer.from(pem), origin: testOrigin });
    keyVault = await startKeyVault(content);
    provider = await startCredentialProvider({
      applicationId: 'Lockstep',
      safe: 'Safe',
      client: identity.cert,
      accounts: new Map([['hr', { Content: 'from CyberArk', UserName: 'hr-user' }]]),
    });
    const credential = {
      getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }),
    };
    options = {
      keyVault: { credential, ca: keyVault.ca, disableChallengeResourceVerification: true },
    };
  });
  afterAll(async () => {
    await keyVault[Symbol.asyncDispose]();
    await provider[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-layers-'));
    content.secrets.clear();
    await write('certificate.pem', pem);
    await write('client.pem', identity.cert + identity.key);
    await write('ca.pem', provider.ca);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function write(name: string, value: unknown): Promise<void> {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, typeof value === 'string' ? value : JSON.stringify(value, null, 2));
  }

  const encrypt = (text: string): Promise<string> => encryptValue(text, certificate);
  const setting = (value: unknown) => ({ Connections: { HR: { Password: value } } });

  /** Gives every named layer the same key, each with its own name as the value. */
  async function fill(names: readonly LayerName[]): Promise<Readonly<Record<string, string>>> {
    const has = (name: LayerName): boolean => names.includes(name);
    const ground: Record<string, unknown> = {
      EncryptionCertificate: {
        File: 'certificate.pem',
        UseEncryptedAppsettings: names.some((name) => name.includes('encrypted')),
      },
      ...(has('Azure Key Vault') ? { Vault: keyVault.url } : {}),
      CyberArk: {
        UseCyberArkSetting: has('CyberArk'),
        Server: provider.url,
        SafeName: 'Safe',
        ApplicationId: 'Lockstep',
        File: 'client.pem',
        CaFile: 'ca.pem',
      },
    };
    const own = has('appsettings.json') ? setting('from appsettings.json') : {};
    await write('appsettings.json', { ...ground, ...own });
    for (const name of names) {
      if (name === 'appsettings.agent.json' || name === 'Work/appsettings.connection.json') {
        await write(name, setting(`from ${name}`));
      } else if (name.includes('encrypted')) {
        await write(name, setting(await encrypt(`from ${name}`)));
      } else if (name === 'Azure Key Vault') {
        content.secrets.set('Connections--HR--Password', `from ${name}`);
      } else if (name === 'CyberArk') {
        await write('appsettings.cyberArk.agent.json', setting('hr'));
      }
    }
    return has('environment') ? { Connections__HR__Password: 'from environment' } : {};
  }

  async function resolve(
    connection: string,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<unknown> {
    const project = await readProject(folder, environment, options);
    const raw = project.connections.get(connection) ?? {};
    return reveal(await resolveSetting(raw, { folder, environment }));
  }

  it.each(pairs)('%s gives way to %s', async (lower, higher) => {
    const environment = await fill([lower, higher]);

    expect(await resolve('HR', environment)).toEqual({ Password: `from ${higher}` });

    const { settings } = await listSettings(folder, environment, options);
    const entry = settings.find(({ key }) => key === 'Connections.HR.Password');
    expect(entry?.layer).toBe(higher);
    expect(entry?.shadows.map(({ layer }) => layer)).toEqual([lower]);
  });

  it('tell that the file of the Work folder shadows both vaults and the file that was edited', async () => {
    const environment = await fill(layerNames.slice(0, -1));

    const { settings, layers } = await listSettings(folder, environment, options);

    const entry = settings.find(({ key }) => key === 'Connections.HR.Password');
    expect(entry).toMatchObject({
      layer: 'Work/appsettings.connection.json',
      place: 'Work/appsettings.connection.json:4:19',
      holds: 'text',
    });
    expect(entry?.shadows.map(({ place }) => place)).toEqual([
      'appsettings.cyberArk.agent.json:4:19',
      'Secret Connections--HR--Password of the vault',
      'appsettings.encrypted.agent.json:4:19',
      'appsettings.encrypted.json:4:19',
      'appsettings.agent.json:4:19',
      'appsettings.json:17:19',
    ]);
    expect(layers).toEqual([...layerNames].reverse().slice(1));
    expect(JSON.stringify(settings)).not.toContain('from ');
  });

  it('ask a vault for nothing that is shadowed or not used', async () => {
    await fill(['Azure Key Vault', 'CyberArk', 'Work/appsettings.connection.json']);
    content.secrets.set('Connections--Other--Password', 'unused');
    const before = [keyVault.requests.length, provider.requests.length];

    expect(await resolve('HR')).toEqual({ Password: 'from Work/appsettings.connection.json' });

    const asked = keyVault.requests.slice(before[0]).filter((line) => line.includes('/secrets/'));
    expect(asked).toEqual([]);
    expect(provider.requests.length).toBe(before[1]);
  });

  it('merge arrays position by position, from every layer', async () => {
    await fill(['Azure Key Vault', 'appsettings.encrypted.agent.json']);
    await write('appsettings.agent.json', {
      Connections: { AD: { Servers: [{ Server: 'a', Login: 'x' }, { Server: 'b' }] } },
    });
    content.secrets.clear();
    content.secrets.set('Connections--AD--Servers--1--Server', 'from the vault');

    expect(await resolve('AD', { Connections__AD__Servers__0__Login: 'y' })).toEqual({
      Servers: [{ Server: 'a', Login: 'y' }, { Server: 'from the vault' }],
    });
  });

  it('give numbers and switches back their types after decryption and from a vault', async () => {
    await fill(['appsettings.encrypted.agent.json', 'Azure Key Vault']);
    await write('appsettings.encrypted.json', {
      Jobs: { MaxTaskBatchSize: await encrypt('7') },
      Scheduler: { Enabled: await encrypt('True') },
      SourcesRootPaths: [await encrypt('data')],
      Databases: { Main: await encrypt('Server=.;Password=pw') },
    });
    content.secrets.set('Scheduler--MaxLockWatchTime', '90');

    const project = await readProject(folder, {}, options);

    expect(project).toMatchObject({
      jobs: { maxTaskBatchSize: 7 },
      scheduler: { isEnabled: true, maxLockWatchTimeSeconds: 90 },
      sourcesRootPaths: [join(folder, 'data')],
    });
    expect(inspect(project, { depth: 9, showHidden: true })).not.toContain('Password=pw');
  });

  it('follow a reference that was encrypted with the file it stood in', async () => {
    await fill(['appsettings.encrypted.agent.json']);
    await write('appsettings.encrypted.agent.json', setting(await encrypt('env:HR_PASSWORD')));
    const environment = { HR_PASSWORD: 'from the reference' };

    expect(await resolve('HR', environment)).toEqual({ Password: 'from the reference' });
  });

  it('take what a vault says as it is, and never for a reference', async () => {
    await fill(['Azure Key Vault']);
    content.secrets.set('Connections--HR--Password', 'file:/etc/hostname');

    expect(await resolve('HR')).toEqual({ Password: 'file:/etc/hostname' });
  });

  it('open the certificate from the vault, as PEM and as PKCS#12 in base64', async () => {
    await fill(['appsettings.encrypted.agent.json', 'Azure Key Vault']);
    content.secrets.clear();
    content.secrets.set('settings-certificate', pem);
    await write('appsettings.agent.json', {
      EncryptionCertificate: { CertificateAzureKeyVault: 'settings-certificate', File: null },
    });

    expect(await resolve('HR')).toEqual({ Password: 'from appsettings.encrypted.agent.json' });

    content.secrets.clear();
    await expect(readProject(folder, {}, options)).rejects.toMatchObject({
      code: 'VAULT_SECRET_MISSING',
    });
  });
});

function reveal(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(reveal);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, reveal(child)]));
}
