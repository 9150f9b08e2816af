/** The samples of home folders, shared folders and mainframes through the command line, as their READMEs say. */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findSambaShareObstacle, startSambaShare } from '../servers/samba-share.ts';
import { findCommand } from '../servers/use-command.ts';

const execute = promisify(execFile);
const repository = join(import.meta.dirname, '..', '..');
const hasLists = ['/usr/bin/setfacl', '/usr/bin/getfattr'].every((program) => existsSync(program));
const obstacle = findSambaShareObstacle();
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-folders-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

async function lockstep(args: string): Promise<Ended> {
  const entry = findCommand();
  const child = spawn(process.execPath, [entry, '-C', folder, ...args.split(' ')], {
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, output };
}

async function done(args: string): Promise<string> {
  const ended = await lockstep(args);
  expect(ended, args).toMatchObject({ code: 0 });
  return ended.output;
}

async function copySample(sample: string): Promise<void> {
  await cp(join(repository, 'samples', sample), folder, { recursive: true });
}

async function load(): Promise<void> {
  expect(await done('validate')).toContain('0 errors, 0 warnings');
  await done('deploy');
  await done('job run Everything');
}

async function runScript(...args: readonly string[]): Promise<void> {
  await execute(process.execPath, [join(folder, 'folders.mjs'), ...args]);
}

describe('the sample of home folders', () => {
  it('reads folders and whose they are, sees one move, and loses none when a disk is away', async () => {
    await copySample('home-folders');
    await runScript('create');
    await load();

    expect(await done('resource show Files_HomeFolder:aokafor')).toContain('Adaeze Okafor');
    expect(await done('resource show Files_HomeFolder:kwells')).not.toMatch(/Owner\s+HR_Person/);
    await runScript('leave', 'mlindqvist');
    await done('job run Everything');
    expect(await done('resource show Files_HomeFolder:mlindqvist')).toContain(
      'homes-archive/mlindqvist',
    );

    const before = await done('resource list Files_HomeFolder');
    await rm(join(folder, 'data', 'homes'), { recursive: true });
    const away = await lockstep('job run Everything');
    expect(away.code).not.toBe(0);
    expect(away.output).toContain('does not exist');
    expect(await done('resource list Files_HomeFolder')).toBe(before);
  });

  it.skipIf(obstacle !== undefined)('reads them from a share of Samba, too', async () => {
    await using share = await startSambaShare();
    for (const name of ['aokafor', 'dreyes']) {
      await mkdir(join(share.folder, 'homes', name), { recursive: true });
      await chown(join(share.folder, 'homes', name), 5, 60);
    }
    await copySample('home-folders');
    const path = join(folder, 'appsettings.agent.json');
    const settings = JSON.parse(await readFile(path, 'utf8'));
    settings.Connections.HomeFolders = {
      InputDirectories: [`\\\\${share.host}\\files\\homes`],
      Login: share.login,
      Password: share.password,
    };
    await writeFile(path, JSON.stringify(settings));
    await load();

    expect(await done('resource show Files_HomeFolder:dreyes')).toContain(
      `\\\\${share.host}\\files\\homes\\dreyes`,
    );
    expect(await readFile(join(folder, 'Temp', 'ExportOutput', 'HomeFolders.csv'), 'utf8')).toMatch(
      /^Command,Name,Path\n,/,
    );
  });
});

describe.skipIf(!hasLists)('the sample of shared folders', () => {
  it('reads who may do what, and sees a closed folder opened', async () => {
    await copySample('shared-folders');
    await runScript('create');
    await load();

    expect(await done('connection check Shares')).toContain('can be read');
    const holders = await done('resource list Files_Holder');
    expect(holders).toMatch(/S-1-22-1-1\s+daemon/);
    expect(holders).toMatch(/S-1-22-1-2\s+bin/);
    const litigation = join(folder, 'data', 'clients', 'Harrow Shipping', 'Litigation');
    const header = await readFile(join(folder, 'Temp', 'ExportOutput', 'Shares_ACE.csv'), 'utf8');
    expect(header).toMatch(/^key,Path,Right,AllowOrDeny,OwnerSID\n/);
    expect(header).toContain(
      `ReadAndExecute${litigation}S-1-22-1-2,${litigation},ReadAndExecute,0,S-1-22-1-2\n`,
    );
    expect(header).not.toContain(`${litigation}S-1-1-0`);

    await runScript('open');
    await done('job run Everything');
    expect(
      await readFile(join(folder, 'Temp', 'ExportOutput', 'Shares_ACE.csv'), 'utf8'),
    ).toContain(`${litigation}S-1-1-0`);
    expect(await done('job run Everything')).toContain('0 added, 0 changed, 0 removed');
  });
});

describe('the sample of mainframes', () => {
  it('reads users, groups and resources, and loses nobody to an unload cut off', async () => {
    await copySample('mainframe');
    await load();

    const user = await done('resource show Racf_User:LMORETTI');
    expect(user).toContain('LUCIA MORETTI');
    expect(user).toMatch(/ACTUARY[\s\S]*CLAIMS|CLAIMS[\s\S]*ACTUARY/);
    expect(await done('resource list Racf_Resource')).toContain('SURROGAT-BPX.SUPERUSER');
    expect(await done('resource show TopSecret_Acid:CLM0042')).toMatch(/PRCLAIM|CLAIMS HANDLING/);
    const before = await done('resource list Racf_User');

    const path = join(folder, 'data', 'racf.txt');
    const lines = (await readFile(path, 'utf8')).split('\n');
    const cut = lines.findIndex((line) => line.startsWith('0203 PSINGH'));
    await writeFile(path, `${lines.slice(0, cut).join('\n')}\n`);
    const ended = await lockstep('job run Everything');

    expect(ended.code).toBe(1);
    expect(ended.output).toContain('it was cut off');
    expect(await done('resource list Racf_User')).toBe(before);
  });
});
