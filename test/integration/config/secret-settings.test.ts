/** Every secret setting of every package, from every layer that it may come from; and nothing secret that is not marked so. */
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
import { readProject } from '../../../config/project/read-project.ts';
import { resolveSetting } from '../../../config/project/reference.ts';
import type { ReadOptions } from '../../../config/project/setting-layers.ts';
import { type JsonSchema, mailSettings, packages } from '../../../connectors/index.ts';
import { createTlsIdentity } from '../../servers/tls-identity.ts';
import {
  type KeyVaultContent,
  startCredentialProvider,
  startKeyVault,
  type VaultServer,
} from '../../servers/vault-servers.ts';

interface Leaf {
  readonly path: readonly string[];
  readonly schema: JsonSchema;
  /** Its name is the operator's choice. */
  readonly isFree: boolean;
}

/** Every setting of a schema, lists at their first place, free-form sections under two names. */
function listLeaves(
  schema: JsonSchema,
  path: readonly string[] = [],
  isFree = false,
): readonly Leaf[] {
  const free = Object.values(schema.patternProperties ?? {});
  const inner = [
    ...Object.entries(schema.properties ?? {}).map(([name, part]) => [name, part, false] as const),
    ...free.flatMap((part) => [['Any', part, true] as const, ['Password', part, true] as const]),
    ...(schema.items === undefined ? [] : [['0', schema.items, isFree] as const]),
  ];
  const here = inner.flatMap(([name, part, chosen]) => listLeaves(part, [...path, name], chosen));
  const choices = (schema.anyOf ?? []).flatMap((part) => listLeaves(part, path, isFree));
  if (here.length + choices.length > 0) return [...here, ...choices];
  return [{ path, schema, isFree }];
}

const folders = new Map(packages.map((entry) => [entry.folder, entry.settings as JsonSchema]));
const leaves = [...folders].flatMap(([folder, schema]) =>
  listLeaves(schema).map((leaf) => ({ folder, ...leaf })),
);
const secrets = leaves.filter(({ schema }) => schema.format === 'secret');
const cases = [
  ...new Map(secrets.map((each) => [`${each.folder} ${each.path.join('.')}`, each])).entries(),
];

/** What CyberArk can hold, by what an account has. */
const accountKeys =
  /^(Login|ApplicationId|ClientId|Password|ApplicationKey|ClientSecret|Server|MicrosoftGraphPathApi|ResponseUri)$/;

function nest(path: readonly string[], value: unknown): unknown {
  return path.reduceRight<unknown>(
    (inner, key) => (key === '0' ? [inner] : { [key]: inner }),
    value,
  );
}

function dig(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner as Readonly<Record<string, unknown>> | undefined)?.[key],
    value,
  );
}

describe('secret settings', () => {
  const canary = 'canary-of-the-layers';
  const token = 'token-of-the-test';
  const content: KeyVaultContent = { token, secrets: new Map() };
  const identity = createTlsIdentity('Agent');
  let folder = '';
  let pem = '';
  let certificate: Certificate;
  let keyVault: VaultServer;
  let provider: VaultServer;
  let options: ReadOptions;

  beforeAll(async () => {
    pem = await createTestPem();
    certificate = await openCertificate({ bytes: Buffer.from(pem), origin: testOrigin });
    keyVault = await startKeyVault(content);
    provider = await startCredentialProvider({
      applicationId: 'Lockstep',
      safe: 'Safe',
      client: identity.cert,
      accounts: new Map([['account', { Content: canary, UserName: canary, Address: canary }]]),
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
    folder = await mkdtemp(join(tmpdir(), 'lockstep-secret-settings-'));
    content.secrets.clear();
    await write('certificate.pem', pem);
    await write('client.pem', identity.cert + identity.key);
    await write('ca.pem', provider.ca);
    await write('secrets/one', `${canary}\n`);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function write(name: string, value: unknown): Promise<void> {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, typeof value === 'string' ? value : JSON.stringify(value));
  }

  const cyberArk = () => ({
    UseCyberArkSetting: true,
    Server: provider.url,
    SafeName: 'Safe',
    ApplicationId: 'Lockstep',
    File: 'client.pem',
    CaFile: 'ca.pem',
  });

  /** Writes the secret into one layer; gives the variables that belong to it. */
  const layers: Readonly<
    Record<string, (path: readonly string[]) => Promise<Record<string, string>>>
  > = {
    'a plain file': async (path) => {
      await write('appsettings.agent.json', nest(path, canary));
      return {};
    },
    'a variable that is named': async (path) => {
      await write('appsettings.agent.json', nest(path, 'env:THE_SECRET'));
      return { THE_SECRET: canary };
    },
    'a file that is named': async (path) => {
      await write('appsettings.agent.json', nest(path, 'file:secrets/one'));
      return {};
    },
    'the encrypted settings': async (path) => {
      const EncryptionCertificate = { File: 'certificate.pem', UseEncryptedAppsettings: true };
      await write('appsettings.json', { EncryptionCertificate });
      await write(
        'appsettings.encrypted.agent.json',
        nest(path, await encryptValue(canary, certificate)),
      );
      return {};
    },
    'Azure Key Vault': async (path) => {
      await write('appsettings.json', { Vault: keyVault.url });
      content.secrets.set(path.join('--'), canary);
      return {};
    },
    'the file of the Work folder': async (path) => {
      await write('appsettings.json', { EncryptionCertificate: { File: 'certificate.pem' } });
      await write(
        'Work/appsettings.connection.json',
        nest(path, await encryptValue(canary, certificate)),
      );
      return {};
    },
    'the environment': async (path) => ({ [path.join('__')]: canary }),
  };

  async function resolve(environment: Readonly<Record<string, string>>) {
    const project = await readProject(folder, environment, options);
    expect(inspect(project, { depth: 12 }).includes(canary) && !isPlain).toBe(false);
    const raw = project.connections.get('Anything') ?? {};
    return resolveSetting(raw, { folder, environment });
  }
  let isPlain = false;

  it('are known of several packages', () => {
    expect(cases.length).toBeGreaterThan(2);
  });

  it.each(cases)('%s comes from every layer', async (_, { path }) => {
    for (const [layer, prepare] of Object.entries(layers)) {
      await rm(join(folder, 'Work'), { recursive: true, force: true });
      for (const name of ['appsettings.agent.json', 'appsettings.encrypted.agent.json'])
        await rm(join(folder, name), { force: true });
      await write('appsettings.json', {});
      content.secrets.clear();
      isPlain = layer === 'a plain file' || layer === 'the environment';
      const environment = await prepare(['Connections', 'Anything', ...path]);

      const resolved = await resolve(environment);

      const found = dig(resolved, path);
      expect(found instanceof Secret ? found.reveal() : found, layer).toBe(canary);
      if (!isPlain) {
        expect(found, layer).toBeInstanceOf(Secret);
        expect(inspect(resolved, { depth: 12 }) + JSON.stringify(resolved), layer).not.toContain(
          canary,
        );
      }
    }
  });

  it.each(cases)(
    '%s comes from CyberArk where an account has the like, and is refused elsewhere',
    async (_, { path }) => {
      await write('appsettings.json', { CyberArk: cyberArk() });
      await write(
        'appsettings.cyberArk.agent.json',
        nest(['Connections', 'Anything', ...path], 'account'),
      );
      isPlain = false;

      if (!accountKeys.test(path.at(-1) ?? '')) {
        await expect(resolve({})).rejects.toMatchObject({ code: 'SETTINGS_VALUE_INVALID' });
        return;
      }
      const found = dig(await resolve({}), path);
      expect(found).toBeInstanceOf(Secret);
      expect(found instanceof Secret ? found.reveal() : found).toBe(canary);
    },
  );

  it('are all marked that bear the name of one', () => {
    const looksSecret =
      /password|passphrase|secret|apikey|api_key|applicationkey|privatekey|accesstoken|connectionstring|credential/i;
    const notSecret = /file|path|cache|name|identifier|reset|mode|type|timeout/i;
    const bare = [
      ...leaves,
      ...listLeaves(mailSettings as JsonSchema).map((leaf) => ({ folder: 'mail', ...leaf })),
    ]
      .filter(({ schema }) => schema.type === 'string' && schema.format !== 'secret')
      .filter(({ isFree }) => !isFree)
      .map(({ folder: of, path }) => ({
        of,
        name: path.at(-1) ?? '',
        shown: `${of} ${path.join('.')}`,
      }))
      .filter(({ name }) => looksSecret.test(name) && !notSecret.test(name));

    expect(bare.map(({ shown }) => shown)).toEqual([]);
  });
});
