/** Azure Key Vault through its own client, against a server that speaks the service's protocol. */
import { inspect } from 'node:util';
import { ClientSecretCredential, type TokenCredential } from '@azure/identity';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAzureKeyVault } from '../../../config/project/vaults/azure-key-vault.ts';
import {
  type KeyVaultContent,
  startKeyVault,
  type VaultServer,
} from '../../servers/vault-servers.ts';

const canary = 'canary-4711';

describe('Azure Key Vault', () => {
  let server: VaultServer;
  let content: KeyVaultContent;

  beforeEach(async () => {
    content = {
      token: `${canary}-token`,
      clientSecret: `${canary}-client`,
      secrets: new Map([
        ['Connections--HR--Password', `${canary}-password`],
        ['Connections--AD--Servers--1--Server', 'ldap2.example.org'],
        ['Databases--Main', `${canary}-database`],
        ['unrelated-secret', `${canary}-unrelated`],
        ['OtherProgram--Password', `${canary}-other`],
        ['Connections--HR--Off', `${canary}-off`],
        ['Connections----Path', `${canary}-empty`],
      ]),
      disabled: new Set(['Connections--HR--Off']),
    };
    server = await startKeyVault(content);
  });
  afterEach(() => server[Symbol.asyncDispose]());

  const fixedToken: TokenCredential = {
    getToken: async () => ({
      token: `${canary}-token`,
      expiresOnTimestamp: Date.now() + 3_600_000,
    }),
  };
  const open = (
    credential: TokenCredential = fixedToken,
    more: {
      readonly timeoutMs?: number;
      readonly disableChallengeResourceVerification?: boolean;
    } = {},
  ) =>
    openAzureKeyVault({
      url: server.url,
      access: {
        credential,
        ca: server.ca,
        retryDelayMs: 5,
        memory: { restMs: 0 },
        disableChallengeResourceVerification: true,
        ...more,
      },
    });

  async function failureOf(work: Promise<unknown>): Promise<{ code: string; message: string }> {
    const error: unknown = await work.then(
      () => undefined,
      (caught: unknown) => caught,
    );
    if (!(error instanceof Error) || !('code' in error)) throw new Error(`Got ${inspect(error)}`);
    const everything = [
      inspect(error, { depth: 12, showHidden: true }),
      JSON.stringify(error),
      error.stack,
    ].join('\n');
    expect(everything).not.toContain(canary);
    return { code: String(error.code), message: error.message };
  }

  it('lists the settings among its secrets, page by page, without those switched off', async () => {
    const vault = await open();

    const settings = await vault.listSettings();

    expect(settings.map(({ path }) => path.join('/'))).toEqual([
      'Connections/HR/Password',
      'Connections/AD/Servers/1/Server',
      'Databases/Main',
    ]);
    // Three pages, and no value asked for.
    expect(server.requests.filter((line) => line.startsWith('GET /secrets/'))).toEqual([]);
    expect(server.requests.filter((line) => line.includes('skiptoken'))).toHaveLength(2);
  });

  it('gives values by path, asks for each once, and says when there is none', async () => {
    const vault = await open();

    const values = await Promise.all([
      vault.readSetting(['Connections', 'HR', 'Password']),
      vault.readSetting(['connections', 'hr', 'password']),
      vault.readSetting(['Connections', 'HR', 'Nothing']),
    ]);

    expect(values.map((value) => value?.reveal())).toEqual([
      `${canary}-password`,
      `${canary}-password`,
      undefined,
    ]);
    // The first request of a client carries no token and is asked for one.
    const reads = server.requests.filter((line) => /password/iu.test(line));
    expect(reads.length).toBeLessThanOrEqual(2);
    expect(inspect(vault, { depth: 9, showHidden: true })).not.toContain(canary);
  });

  it('logs in with a client secret, as the environment or a service principal would', async () => {
    const credential = new ClientSecretCredential('tenant', 'client', `${canary}-client`, {
      authorityHost: server.url,
      disableInstanceDiscovery: true,
      tlsOptions: { ca: server.ca },
    });

    const vault = await open(credential);

    expect((await vault.readSetting(['Databases', 'Main']))?.reveal()).toBe(`${canary}-database`);
    expect(server.requests.some((line) => line.startsWith('POST /tenant/oauth2/v2.0/token'))).toBe(
      true,
    );
  });

  it('is refused with a wrong client secret, which a talkative server repeats in vain', async () => {
    const credential = new ClientSecretCredential('tenant', 'client', `${canary}-wrong`, {
      authorityHost: server.url,
      disableInstanceDiscovery: true,
      tlsOptions: { ca: server.ca },
    });
    const vault = await open(credential);

    const { code, message } = await failureOf(vault.listSettings());

    expect(code).toBe('VAULT_REFUSED');
    expect(message).toContain('AADSTS7000215');
  });

  it('sends its token to no vault outside the domain that the challenge names', async () => {
    const vault = await open(fixedToken, { disableChallengeResourceVerification: false });

    const { code, message } = await failureOf(vault.listSettings());

    expect(code).toBe('VAULT_UNREACHABLE');
    expect(message).toContain('another domain');
    expect(server.requests).toHaveLength(1);
  });

  it('names the right that is missing', async () => {
    content.interfere = (request) =>
      request.headers.authorization === undefined
        ? undefined
        : { status: 403, body: { error: { code: 'Forbidden', message: `${canary} may not.` } } };
    const vault = await open();

    const { code, message } = await failureOf(vault.listSettings());

    expect(code).toBe('VAULT_REFUSED');
    expect(message).toContain('list its secrets');
  });

  it('tries again when the service is busy, and gives up after a while', async () => {
    let failures = 2;
    content.interfere = () => {
      failures -= 1;
      return failures >= 0 ? { status: 503, headers: { 'retry-after': '0' } } : undefined;
    };
    const vault = await open();
    expect((await vault.readSetting(['Databases', 'Main']))?.reveal()).toBe(`${canary}-database`);

    content.interfere = () => ({ status: 503, body: canary, headers: { 'retry-after': '0' } });
    const { code } = await failureOf(vault.readSetting(['Connections', 'HR', 'Password']));

    expect(code).toBe('VAULT_UNREACHABLE');
    delete content.interfere;
    expect((await vault.readSetting(['Connections', 'HR', 'Password']))?.reveal()).toBe(
      `${canary}-password`,
    );
  });

  it('does not wait longer than it was told for a server that says nothing', async () => {
    content.interfere = 'silence';
    const vault = await open(fixedToken, { timeoutMs: 300 });
    const before = Date.now();

    const { code, message } = await failureOf(vault.listSettings());

    expect({ code, isSoon: Date.now() - before < 5_000 }).toEqual({
      code: 'VAULT_UNREACHABLE',
      isSoon: true,
    });
    expect(message).toContain('no answer in time');
  });

  it('is left at once when the command is stopped', async () => {
    content.interfere = 'silence';
    const stop = new AbortController();
    const vault = await openAzureKeyVault({
      url: server.url,
      access: { credential: fixedToken, ca: server.ca, disableChallengeResourceVerification: true },
      signal: stop.signal,
    });
    const asked = [vault.listSettings(), vault.readSetting(['Databases', 'Main'])];
    const before = Date.now();
    setTimeout(() => stop.abort(), 50);

    for (const end of await Promise.allSettled(asked))
      expect(end).toMatchObject({ status: 'rejected', reason: { name: 'AbortError' } });
    expect(Date.now() - before).toBeLessThan(5_000);
  });

  it('says that nobody is there, and that a stranger vouches for the server', async () => {
    const stranger = await openAzureKeyVault({
      url: server.url,
      access: { credential: fixedToken, retryDelayMs: 5, timeoutMs: 3_000 },
    });
    expect((await failureOf(stranger.listSettings())).code).toBe('VAULT_UNREACHABLE');

    await server[Symbol.asyncDispose]();
    const vault = await open(fixedToken, { timeoutMs: 3_000 });
    expect((await failureOf(vault.listSettings())).code).toBe('VAULT_UNREACHABLE');
    server = await startKeyVault(content);
  });

  it('asks for named secrets without listing', async () => {
    const origin = { kind: 'variable', name: 'VaultNames__0' } as const;
    const vault = await openAzureKeyVault({
      url: server.url,
      names: [{ name: 'Databases--Main', origin }],
      access: { credential: fixedToken, ca: server.ca, disableChallengeResourceVerification: true },
    });

    expect(await vault.listSettings()).toEqual([{ path: ['Databases', 'Main'], origin }]);
    expect(server.requests).toEqual([]);
    expect((await vault.readSetting(['Databases', 'Main']))?.reveal()).toBe(`${canary}-database`);
  });
});
