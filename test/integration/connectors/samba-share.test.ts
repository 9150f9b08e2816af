import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { homeFolderExporter } from '../../../connectors/home-folder/export.ts';
import { homeFolderSettings } from '../../../connectors/home-folder/settings.ts';
import { createTestContext, readSettings, showError } from '../../contract/contract-context.ts';
import { type SambaShare, startSambaShare } from '../../servers/samba-share.ts';
import { describeWithServer } from '../../servers/use-server.ts';
import { listHomes, rightsOn, scanShared } from './folder-scan.ts';

vi.setConfig({ testTimeout: 60_000 });

const execute = promisify(execFile);
const allProven = ['Files_PathInformations', 'Files_ACE', 'Files_SID'];

describeWithServer('samba-share', 'a share of Samba', (address) => {
  let folder = '';
  /** The share, as a person would write it. */
  const share = (...names: readonly string[]) =>
    [`\\\\${address().host}`, address().share, 'team', ...names].join('\\');
  const asOwner = () => ({
    Login: address().login,
    Password: address().password,
    TimeoutSeconds: 20,
  });

  beforeAll(async () => {
    folder = join(address().folder, 'team');
    await rm(folder, { recursive: true, force: true });
    await makeFolder('Sales', 'Q1');
    await makeFolder('Closed');
    await writeOwned('Sales', 'plan é.txt');
    await setRights('team', ['-a', 'ACL:S-1-5-11:ALLOWED/OI|CI/READ']);
    await setRights('team\\Sales', ['-I', 'copy']);
    await setRights('team\\Sales', ['-a', 'ACL:S-1-5-32-545:ALLOWED/OI|CI|IO/FULL']);
    await setRights('team\\Sales', ['-a', 'ACL:S-1-5-7:DENIED/0x0/READ']);
    await setRights('team\\Sales', ['-a', 'ACL:S-1-5-7:ALLOWED/0x0/0x000301bf']);
    await chmod(join(folder, 'Closed'), 0o700);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** A folder that the account of the share owns, as if made through the server. */
  async function makeFolder(...names: readonly string[]): Promise<void> {
    let path = address().folder;
    for (const name of ['team', ...names]) {
      path = join(path, name);
      await mkdir(path, { recursive: true });
      await chown(path, 5, 60);
      await chmod(path, 0o755);
    }
  }

  async function writeOwned(...names: readonly string[]): Promise<void> {
    const path = join(folder, ...names);
    await writeFile(path, 'x');
    await chown(path, 5, 60);
  }

  async function setRights(path: string, change: readonly string[]): Promise<void> {
    const { host, share: name, login, password } = address();
    const auth = join(address().folder, '..', 'auth');
    await writeFile(auth, `username = ${login}\npassword = ${password}\n`, { mode: 0o600 });
    await execute('/usr/bin/smbcacls', [`//${host}/${name}`, path, '-A', auth, ...change]);
  }

  it('gives the rights that the server tells, with names of its accounts', async () => {
    const outcome = await scanShared(
      { InputDirectories: [share()], ...asOwner() },
      { withNames: true },
    );

    expect(outcome.error).toBeUndefined();
    expect(outcome.proven).toEqual(allProven);
    expect(
      outcome.paths
        .map((row) => [row['Path'], row['ParentPath'], row['BlockInheritance'], row['Hierarchy']])
        .sort(),
    ).toEqual(
      [
        [share(), null, 'false', '0'],
        [share('Closed'), share(), 'false', '1'],
        [share('Sales'), share(), 'true', '1'],
        [share('Sales', 'Q1'), share('Sales'), 'false', '2'],
        [share('Sales', 'plan é.txt'), share('Sales'), 'false', '2'],
      ].sort(),
    );
    expect(rightsOn(outcome, share('Sales'))).toEqual(
      expect.arrayContaining([
        '-S-1-5-7: ReadAndExecute',
        'S-1-5-7: Modify',
        'S-1-1-0: ReadAndExecute',
      ]),
    );
    expect(rightsOn(outcome, share('Sales')).join()).not.toContain('S-1-5-32-545');
    const names = Object.fromEntries(outcome.sids.map((row) => [row['SID'], row['Name']]));
    expect(Object.values(names)).toContain(`FILES\\${address().login}`);
    expect(names).toMatchObject({ 'S-1-5-7': 'Anonymous Logon', 'S-1-1-0': 'Everyone' });
  });

  it('gives the same rights read from the file system, where Samba keeps them', async () => {
    const overNetwork = await scanShared({
      InputDirectories: [share('Sales')],
      LevelOfScan: 0,
      ...asOwner(),
    });
    const fromDisk = await scanShared({
      InputDirectories: [join(folder, 'Sales')],
      LevelOfScan: 0,
    });

    expect(rightsOn(fromDisk, join(folder, 'Sales'))).toEqual(
      rightsOn(overNetwork, share('Sales')),
    );
    expect(fromDisk.paths[0]?.['BlockInheritance']).toBe('true');
  });

  it('goes as deep as it is told, with folders only', async () => {
    const settings = { InputDirectories: [share()], OnlyDirectoryScan: true, LevelOfScan: 2 };

    const outcome = await scanShared({
      ...settings,
      ListOfPathsToAvoid: [share('closed')],
      ...asOwner(),
    });

    expect(outcome.paths.map((row) => row['Path']).sort()).toEqual([
      share(),
      share('Sales'),
      share('Sales', 'Q1'),
    ]);
  });

  it('keeps names of every kind', async () => {
    const names = [
      "it's",
      '$(id)',
      '%2e%2e',
      'a;b',
      '!id',
      '-rf',
      'ünï 李',
      'x'.repeat(200),
      ' a b',
      '#1',
      '`id`',
      '{a}[b]',
    ];
    for (const name of names) await makeFolder('Names', name, 'in it');

    const outcome = await scanShared({ InputDirectories: [share('Names')], ...asOwner() });

    expect(outcome.error).toBeUndefined();
    expect(outcome.paths.map((row) => row['Path']).sort()).toEqual(
      [
        share('Names'),
        ...names.flatMap((name) => [share('Names', name), share('Names', name, 'in it')]),
      ].sort(),
    );
    await rm(join(folder, 'Names'), { recursive: true });
  });

  it('names what a name with line breaks keeps it from reading', async () => {
    await makeFolder('Odd', 'plain');
    await mkdir(join(folder, 'Odd', 'a\nMODE:D\nSIZE:0\nMTIME:x\n\nFILENAME:b'));
    const raw = [`\\\\${address().host}`, 'raw', 'team', 'Odd'].join('\\');

    const outcome = await scanShared({ InputDirectories: [raw], ...asOwner() });

    expect(outcome.error).toMatchObject({
      kind: 'incomplete',
      message: expect.stringContaining(raw),
    });
    expect(outcome.proven).toEqual([]);
    await rm(join(folder, 'Odd'), { recursive: true });
  });

  it('names the branch that an account may not read, and proves nothing then', async () => {
    const { readerLogin: Login, readerPassword: Password } = address();

    const outcome = await scanShared({ InputDirectories: [share()], Login, Password });

    expect(outcome.error).toMatchObject({ kind: 'incomplete' });
    expect(outcome.error?.message).toContain(`${share('Closed')} (permission is denied)`);
    expect(outcome.proven).toEqual([]);
    expect(outcome.paths.map((row) => row['Path'])).toContain(share('Sales'));
  });

  it.each([
    ['a wrong password', () => ({ Password: 'wrong-secret-551' }), 'unauthenticated'],
    [
      'an account that is not there',
      () => ({ Login: 'nobody-here', Password: 'wrong-secret-551' }),
      'unauthenticated',
    ],
    [
      'a share that is not there',
      () => ({ InputDirectories: [`\\\\${address().host}\\nope`] }),
      'not-found',
    ],
    ['a folder that is not there', () => ({ InputDirectories: [share('Nope')] }), 'not-found'],
    [
      'a server that is not there',
      () => ({ InputDirectories: ['\\\\127.0.0.99\\x'] }),
      'unreachable',
    ],
  ])('says what is wrong with %s, without the password', async (_, changes, kind) => {
    const settings = { InputDirectories: [share()], ...asOwner(), ...changes() };

    for (const { error, log, proven } of [await scanShared(settings), await listHomes(settings)]) {
      expect(proven).toEqual([]);
      expect(kind === 'not-found' && error?.kind === 'incomplete' ? 'not-found' : error?.kind).toBe(
        kind,
      );
      expect(error?.hint).toMatch(/\S/);
      const said = showError(error) + log;
      expect(said).not.toContain('wrong-secret-551');
      expect(said).not.toContain(address().password);
    }
  });

  it('hands the password to no command line and no environment', async () => {
    for (let at = 0; at < 300; at += 1) await makeFolder('Many', `f${at}`);
    const seen = new Set<string>();
    const stop = new AbortController();
    const watching = watchPrograms(stop.signal, seen);

    const outcome = await scanShared(
      { InputDirectories: [share('Many')], ...asOwner() },
      { withNames: true },
    );

    stop.abort();
    await watching;
    expect(outcome.error).toBeUndefined();
    const said = [...seen].join('\n');
    expect(said).toContain('smbclient');
    expect(said).not.toContain(address().password);
    await rm(join(folder, 'Many'), { recursive: true });
  });

  it('lists home folders', async () => {
    const settings = { InputDirectories: [share()], ...asOwner() };

    const { rows, proven } = await listHomes(settings, { columns: ['Name', 'Path', 'OwnerId'] });

    expect(proven).toEqual(['Homes']);
    expect([...rows].sort((a, b) => ((a['Name'] ?? '') < (b['Name'] ?? '') ? -1 : 1))).toEqual([
      { Command: null, Name: 'Closed', Path: share('Closed'), OwnerId: null },
      { Command: null, Name: 'Sales', Path: share('Sales'), OwnerId: null },
    ]);
    await using context = await createTestContext();
    const checked = readSettings<Parameters<typeof homeFolderExporter.checkConnection>[0]>(
      { settings: homeFolderSettings, displayName: 'x' },
      settings,
    );
    const answer = await homeFolderExporter.checkConnection(checked, {
      ...context,
      environment: process.env,
    });
    expect(answer).toContain('can be read');
  });
});

/** Notes command lines and environments of Samba's client programs until it is told to stop. */
async function watchPrograms(signal: AbortSignal, seen: Set<string>): Promise<void> {
  while (!signal.aborted) {
    for (const id of await readdir('/proc')) {
      if (!/^\d+$/.test(id)) continue;
      const line = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '');
      if (!/^(smbclient|smbcacls|rpcclient)\0/.test(line)) continue;
      seen.add(line + (await readFile(`/proc/${id}/environ`, 'utf8').catch(() => '')));
    }
    await sleep(2);
  }
}

/** These tests stop and break a server: it is theirs alone. */
describeWithServer('samba-share', 'a share of Samba in trouble', () => {
  let server: SambaShare;
  beforeAll(async () => {
    server = await startSambaShare();
    for (let at = 0; at < 3_000; at += 1) await mkdir(join(server.folder, `f${at}`));
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });
  const settings = (TimeoutSeconds: number) => ({
    InputDirectories: [`\\\\${server.host}\\files`],
    Login: server.login,
    Password: server.password,
    TimeoutSeconds,
  });

  it('is given up when it does not answer, in the time that settings say', async () => {
    process.kill(server.pid, 'SIGSTOP');
    try {
      for (const scan of [scanShared, listHomes]) {
        const began = performance.now();
        const { error, proven } = await scan(settings(2));
        expect(error?.kind).toMatch(/^(timeout|unreachable)$/);
        expect(performance.now() - began).toBeLessThan(4_000);
        expect(proven).toEqual([]);
      }
    } finally {
      process.kill(server.pid, 'SIGCONT');
    }
  });

  it('proves nothing when its connection breaks off', async () => {
    let isBroken = false;

    const outcome = await scanShared(settings(10), {
      onBatch: async () => {
        if (isBroken) return;
        isBroken = true;
        for (const child of await listSessions(server.pid)) process.kill(child, 'SIGKILL');
      },
    });

    expect(isBroken).toBe(true);
    expect(outcome.error?.kind).toMatch(/^(unreachable|incomplete)$/);
    expect(outcome.proven).toEqual([]);
  });
});

/** Processes that serve the connections of a server, and its housekeeping. */
async function listSessions(pid: number): Promise<readonly number[]> {
  const { stdout } = await execute('ps', ['--ppid', String(pid), '-o', 'pid=']);
  return stdout
    .split(/\s+/)
    .filter((id) => id !== '')
    .map(Number);
}
