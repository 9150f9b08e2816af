/** A central credential provider, asked over HTTPS with a client certificate. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSettingsFile } from '../../../config/project/read-settings-file.ts';
import { emptySettings, type SettingSection } from '../../../config/project/setting-tree.ts';
import { openCyberArk } from '../../../config/project/vaults/cyberark.ts';
import { createTlsIdentity } from '../../servers/tls-identity.ts';
import {
  type ProviderContent,
  startCredentialProvider,
  type VaultServer,
} from '../../servers/vault-servers.ts';

const canary = 'canary-4712';
const identity = createTlsIdentity('Agent');
const accounts = {
  Connections: {
    HR: { Login: 'hr-reader', Password: 'hr-reader' },
    AD: { Servers: [{ Server: 'ad-1', Login: 'ad-1', Password: 'ad-1' }] },
    Entra: { ApplicationId: 'missing', ApplicationKey: 'bare' },
  },
};

describe('CyberArk', () => {
  let server: VaultServer;
  let content: ProviderContent;
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-cyberark-'));
    content = {
      applicationId: 'Lockstep',
      safe: 'Identity & access',
      client: identity.cert,
      accounts: new Map([
        ['hr-reader', { Content: `${canary}-hr`, UserName: 'reader', Address: 'hr.example.org' }],
        ['ad-1', { Content: `${canary}-ad`, UserName: 'CN=svc,DC=x', Address: 'dc1.example.org' }],
        ['bare', { Content: `${canary}-bare` }],
      ]),
    };
    server = await startCredentialProvider(content);
  });
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function readTree(value: unknown): Promise<SettingSection> {
    const file = join(folder, 'accounts.json');
    await writeFile(file, JSON.stringify(value, null, 2));
    return (await readSettingsFile(file, 'accounts.json')) ?? emptySettings;
  }

  const open = async (more: Partial<Parameters<typeof openCyberArk>[0]> = {}) =>
    openCyberArk({
      server: server.url,
      safe: content.safe,
      applicationId: content.applicationId,
      accounts: await readTree(accounts),
      identity,
      ca: server.ca,
      retryDelayMs: 5,
      timeoutMs: 2_000,
      ...more,
    });

  async function failureOf(work: Promise<unknown>): Promise<{ code: string; message: string }> {
    const error: unknown = await work.then(
      () => undefined,
      (caught: unknown) => caught,
    );
    if (!(error instanceof Error) || !('code' in error)) throw new Error(`Got ${inspect(error)}`);
    const everything = `${inspect(error, { depth: 12, showHidden: true })}${JSON.stringify(error)}`;
    expect(everything).not.toContain(canary);
    return { code: String(error.code), message: error.message };
  }

  it('gives the part of an account that the key stands for, asking once per account', async () => {
    const vault = await open();
    const read = async (...path: readonly string[]) => (await vault.readSetting(path))?.reveal();

    const values = await Promise.all([
      read('Connections', 'HR', 'Login'),
      read('connections', 'hr', 'PASSWORD'),
      read('Connections', 'AD', 'Servers', '0', 'Server'),
      read('Connections', 'AD', 'Servers', '0', 'Password'),
      read('Connections', 'Entra', 'ApplicationKey'),
      read('Connections', 'HR', 'Path'),
    ]);

    expect(values).toEqual([
      'reader',
      `${canary}-hr`,
      'dc1.example.org',
      `${canary}-ad`,
      `${canary}-bare`,
      undefined,
    ]);
    expect(server.requests).toHaveLength(3);
    expect(server.requests[0]).toContain('Safe=Identity+%26+access');
    expect(inspect(vault, { depth: 9, showHidden: true })).not.toContain(canary);
  });

  it.each([
    [{ Connections: { HR: { Path: 'hr-reader' } } }, 'Connections.HR.Path'],
    [{ Connections: { Main: { ConnectionString: 'hr-reader' } } }, 'ConnectionString'],
    [{ Databases: { Password: 'hr-reader' } }, 'Databases.Password'],
    [{ Connections: { Password: 'hr-reader' } }, 'Connections.Password'],
    [{ Connections: { HR: { Password: 7 } } }, 'Connections.HR.Password'],
    [{ Connections: { HR: { Password: ' ' } } }, 'Connections.HR.Password'],
  ])('refuses %j, which no account can give, at its place', async (file, key) => {
    const { code, message } = await failureOf(open({ accounts: await readTree(file) }));

    expect(code).toBe('SETTINGS_VALUE_INVALID');
    expect(message).toMatch(/^accounts\.json:\d+:\d+: /u);
    expect(message).toContain(key);
  });

  it('says that an account is missing, or that the application has no right', async () => {
    const missing = await failureOf(
      (await open()).readSetting(['Connections', 'Entra', 'ApplicationId']),
    );
    const denied = await failureOf(
      (await open({ applicationId: 'Other' })).readSetting(['Connections', 'HR', 'Password']),
    );

    expect(missing).toMatchObject({ code: 'VAULT_SECRET_MISSING' });
    expect(missing.message).toMatch(/missing.*Identity & access.*APPAP004E/u);
    expect(denied).toMatchObject({ code: 'VAULT_REFUSED' });
    expect(denied.message).toContain('APPAP008E');
  });

  it('is not let in without its certificate, and trusts nobody it does not know', async () => {
    const path = ['Connections', 'HR', 'Password'];
    const {
      identity: _,
      ca: __,
      ...rest
    } = {
      server: server.url,
      safe: content.safe,
      applicationId: content.applicationId,
      accounts: await readTree(accounts),
      identity,
      ca: server.ca,
      retryDelayMs: 5,
    };

    const withoutIdentity = await failureOf(
      openCyberArk({ ...rest, ca: server.ca }).readSetting(path),
    );
    const withoutTrust = await failureOf(openCyberArk({ ...rest, identity }).readSetting(path));

    expect(withoutIdentity.code).toBe('VAULT_UNREACHABLE');
    expect(withoutTrust.code).toBe('VAULT_UNREACHABLE');
    expect(server.requests).toEqual([]);
  });

  it('is left at once when the command is stopped', async () => {
    content.interfere = 'silence';
    const stop = new AbortController();
    const vault = await open({ signal: stop.signal, timeoutMs: 30_000 });
    const before = Date.now();
    setTimeout(() => stop.abort(), 50);

    await expect(vault.readSetting(['Connections', 'HR', 'Password'])).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(Date.now() - before).toBeLessThan(5_000);
  });

  it('tries again after a fault, and gives up on answers it cannot use', async () => {
    const path = ['Connections', 'HR', 'Password'];
    let faults = 2;
    content.interfere = () => {
      faults -= 1;
      return faults >= 0 ? { status: 503 } : undefined;
    };
    expect((await (await open()).readSetting(path))?.reveal()).toBe(`${canary}-hr`);

    for (const interfere of [
      () => ({ status: 500, body: `stack trace with ${canary}` }),
      () => ({ status: 200, body: `<html>${canary}</html>` }),
      () => ({ status: 302, headers: { location: `https://elsewhere/${canary}` } }),
      () => ({ status: 200, body: `"${'x'.repeat(2_000_000)}"` }),
      'hang-up',
    ] as const) {
      content.interfere = interfere;
      expect((await failureOf((await open()).readSetting(path))).code).toBe('VAULT_UNREACHABLE');
    }
    content.interfere = () => ({ status: 400, body: { ErrorCode: canary, ErrorMsg: canary } });
    expect((await failureOf((await open()).readSetting(path))).code).toBe('VAULT_REFUSED');
  });

  it('does not wait longer than it was told', async () => {
    content.interfere = 'silence';
    const vault = await open({ timeoutMs: 150 });

    const { code, message } = await failureOf(vault.readSetting(['Connections', 'HR', 'Login']));

    expect(code).toBe('VAULT_UNREACHABLE');
    expect(message).toContain('no answer in time');
  });
});
