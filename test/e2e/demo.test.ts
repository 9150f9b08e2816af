import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findCommand } from '../servers/use-command.ts';

const repository = join(import.meta.dirname, '..', '..');
const main = findCommand();
const slapd = '/usr/sbin/slapd';

let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'lockstep-demo-test-'));
});

afterAll(async () => {
  await rm(scratch, { recursive: true, force: true });
});

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** In the repository, with its Node first on the path, and with all temporary folders in one place. */
function run(command: string, parameters: readonly string[], path?: string): Ended {
  const own = join(repository, 'node_modules', '.bin');
  return spawnSync(command, parameters, {
    cwd: repository,
    encoding: 'utf8',
    env: {
      ...process.env,
      TMPDIR: scratch,
      INIT_CWD: repository,
      PATH: [own, path ?? process.env['PATH']].join(delimiter),
    },
  });
}

function lockstep(...parameters: readonly string[]): Ended {
  return run(process.execPath, [main, ...parameters]);
}

function playDemo(parameters: readonly string[], path?: string): Ended {
  return run(process.execPath, [main, 'demo', ...parameters], path);
}

/** Lines of the story that have to be told, in this order. */
const told = [
  '1. Deploy the configuration',
  'no finding',
  '2. Read everything for the first time',
  '3. Review what must not leave by itself',
  'adm-malik.osei',
  '4. Make orders',
  '5. Work through the tickets',
  'a new card for Ravi Menon',
  '6. Read again',
  'orders are verified',
  '7. The second day',
  '8. Run the incremental job',
  '4 of 35 people were computed again',
  '9. Tickets again',
  'card 5088 of Imogen Castellane: holder IMOGEN CASTELLANE',
  '10. What exists, and no rule explains',
  'temp.auditor',
  '11. Why is Mei Tanaka-Roth',
  'returns: NavigationRule at conf/helpdesk/accounts.xml:',
  'because of the role "Take returns"',
  'row 39 of HRContracts',
  '12. Once more',
  'no order was made',
];

function expectStory(stderr: string): void {
  let from = 0;
  for (const line of told) {
    const at = stderr.indexOf(line, from);
    expect(at, `"${line}" is told, in its place, in:\n${stderr}`).toBeGreaterThanOrEqual(0);
    from = at;
  }
}

describe('the demonstration without a directory', () => {
  let ended: Ended;
  let folder: string;
  let commands: readonly string[];

  beforeAll(() => {
    // The sources, whose next commands run by npm.
    const sources = join(repository, 'bin', 'lockstep.mjs');
    ended = run(process.execPath, [sources, 'demo', '--no-directory']);
    folder = /^The folder is kept: (.+)$/mu.exec(ended.stdout)?.[1] ?? '';
    commands = [...ended.stdout.matchAll(/^ {2}(npm .+)$/gmu)].map(([, command = '']) => command);
  });

  it('comes out as it is told, and keeps its folder', () => {
    expectStory(ended.stderr);
    expect(ended.stderr).toContain('no directory: as asked');
    expect(ended.stdout).toMatch(/Done in \d+ s: 39 orders made and proved, 3 things found/u);
    expect(ended.status).toBe(0);
    expect(existsSync(join(folder, 'Work', 'lockstep.db'))).toBe(true);
  });

  it('names three commands to go on with, which work', () => {
    expect(commands).toHaveLength(3);

    const outcomes = commands.map((command) => run('sh', ['-c', command]));

    expect(outcomes.map(({ status, stderr }) => ({ status, stderr }))).toEqual(
      Array.from({ length: 3 }, () => ({ status: 0, stderr: '' })),
    );
    const [status, reconcile, explain] = outcomes.map(({ stdout }) => stdout);
    expect(status).toMatch(/Helpdesk_Account_Person +1 pending, 32 verified/u);
    expect(reconcile).toContain('temp.auditor');
    expect(explain).toContain('Take returns');
  });

  it.each(['Changes', 'Daily'])('leaves a project in which %s makes no order', (job) => {
    const before = lockstep('-C', folder, '--json', 'order', 'list', '--limit', '1000');

    const again = lockstep('-C', folder, 'job', 'run', job);

    expect(again).toMatchObject({ status: 0 });
    expect(lockstep('-C', folder, '--json', 'order', 'list', '--limit', '1000').stdout).toBe(
      before.stdout,
    );
  });

  it('writes what it ordered, and nothing else, to the systems', async () => {
    const cards = await readFile(join(folder, 'data', 'badges', 'cards.csv'), 'utf8');

    expect(cards).toContain('MARISOL ORTEGA,Z-20');
    expect(cards).toMatch(/^5031,1011,.*,Z-20$/mu);
    expect(cards).not.toContain('JONAS AHLGREN');
    // Found without a rule: left alone.
    expect(cards).toContain('5082,1028,GRETA HOLUB,Z-20');
  });
});

describe('the demonstration with --json', () => {
  it('prints one document on stdout, and tells the story on stderr', () => {
    const ended = playDemo(['--json', '--no-directory']);

    const document: unknown = JSON.parse(ended.stdout);
    expect(document).toMatchObject({
      directory: false,
      steps: 12,
      orders: 39,
      toReconcile: 3,
    });
    expectStory(ended.stderr);
    expect(ended.status).toBe(0);
  });
});

describe.skipIf(!existsSync(slapd))('the demonstration where slapd is installed', () => {
  it('gives the company a directory, and stops its server', () => {
    const ended = playDemo([]);

    const port = /and a directory: \S+ on 127\.0\.0\.1:(\d+)/u.exec(ended.stderr)?.[1];
    expect(port, ended.stderr).toBeDefined();
    expectStory(ended.stderr);
    expect(ended.stdout).toMatch(/Directory_Account_Person +- +1 +32/u);
    expect(ended.stdout).toMatch(/Done in \d+ s: 62 orders made and proved/u);
    expect(ended.status).toBe(0);
    const probe = `require('net').connect(${port}, '127.0.0.1').on('connect', () => process.exit(1)).on('error', () => process.exit(0))`;
    expect(run(process.execPath, ['-e', probe]).status).toBe(0);
  });

  it('does without where the server on the path does not start', async () => {
    const bin = join(scratch, 'bin');
    await mkdir(bin);
    await symlink('/bin/false', join(bin, 'slapd'));

    const ended = playDemo([], `${bin}${delimiter}${process.env['PATH'] ?? ''}`);

    expect(ended.stderr).toContain('no directory: the LDAP server (slapd) does not start here');
    expect(ended.stdout).toContain('39 orders made and proved');
    expect(ended.status).toBe(0);
  });
});

describe('the sample company by hand', () => {
  it('runs as its README says, with the dates it was written with', async () => {
    const folder = join(scratch, 'by-hand');
    await cp(join(repository, 'samples', 'company'), folder, { recursive: true });

    const steps = [
      run(process.execPath, [join(folder, 'helpdesk.mjs'), 'create']),
      lockstep('-C', folder, 'validate'),
      lockstep('-C', folder, 'deploy'),
      lockstep('-C', folder, 'job', 'run', 'FirstLoad'),
      lockstep('-C', folder, 'review', 'list'),
      lockstep('-C', folder, 'review', 'approve', '--all'),
      lockstep('-C', folder, 'job', 'run', 'Helpdesk_Deliver'),
      lockstep('-C', folder, 'job', 'run', 'Badges_Deliver'),
      lockstep('-C', folder, 'ticket', 'list'),
      lockstep('-C', folder, 'job', 'run', 'Daily'),
      lockstep('-C', folder, 'explain', 'Helpdesk_Account:ravi.menon'),
      run(process.execPath, [join(folder, 'helpdesk.mjs'), 'add', 'temp.auditor', 'Temporary']),
      lockstep('-C', folder, 'job', 'run', 'Daily'),
    ];

    expect(steps.map(({ status }) => status)).toEqual(steps.map(() => 0));
    expect(steps[1]?.stdout).toContain('0 errors, 0 warnings');
    expect(steps[4]?.stdout).toContain('Freya Storm');
    expect(lockstep('-C', folder, 'reconcile', 'list').stdout).toContain('temp.auditor');
  });
});
