import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type JsonOutput, jsonOutputSchemas } from '../json-schemas.ts';
import { runCommandLine } from '../run.ts';
import { createSurroundings } from '../terminal.fixture.ts';

const ajv = new Ajv({ strict: false });

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-csv-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function call(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const { surroundings, stdout, stderr } = createSurroundings(folder);
  const exitCode = await runCommandLine(args, { ...surroundings, environment });
  return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
}

async function readDocument<C extends keyof typeof jsonOutputSchemas>(
  schema: C,
  args: readonly string[],
): Promise<JsonOutput<C>> {
  const { exitCode, stdout } = await call(['--json', ...args]);
  const document = JSON.parse(stdout);
  const told = exitCode === 0 ? '' : stdout;
  expect({ exitCode, told }).toEqual({ exitCode: 0, told: '' });
  expect(ajv.validate(jsonOutputSchemas[schema], document) ? [] : ajv.errors).toEqual([]);
  return document;
}

const read = async (name: string) => readFile(join(folder, name), 'utf8');

describe('csv transform', () => {
  const feed = [
    'Nr;Last name;Day;Active;Skills;;Nr',
    '1;Roy;05/03/2024;yes;b, a;x;9',
    '1;Again;05/03/2024;no;;;',
    '2;Haddad;soon;N;;;',
    '',
  ].join('\n');

  beforeEach(async () => {
    await writeFile(join(folder, 'hr.csv'), feed);
  });

  it('takes every operation from its option, and counts', async () => {
    const document = await readDocument('csv-transform', [
      ...['csv', 'transform', '--input-path', 'hr.csv', '--output-path', 'out'],
      ...['--separator', ';', '--on-error', 'empty'],
      ...['--headers-edit-index', '5 "Not used"', '--headers-remove-index', '6'],
      ...['--headers-edit-name', '"Last name" Name', '--headers-remove-name', 'Not used'],
      ...['--columns-concat', 'Nr Name - Id', '--columns-date', 'Day dd/MM/yyyy'],
      ...['--columns-bool', 'Active', '--columns-multivalued', 'Skills , '],
      ...['--columns-int32', 'Nr', '--columns-key', 'Nr'],
    ]);

    expect(await read('out/hr.csv')).toBe(
      'Nr,Name,Day,Active,Skills,Id\n1,Roy,20240305000000,true,"a\nb",1-Roy\n2,Haddad,,false,,2-Haddad\n',
    );
    expect(document).toMatchObject({
      output: join(folder, 'out', 'hr.csv'),
      rowsRead: 3,
      rowsWritten: 2,
      repeatedKeys: 1,
      unconverted: [{ column: 'Day', values: 1, firstLine: 4 }],
    });
  });

  it('writes to the folder of exports of a project, under a new name', async () => {
    await call(['init', 'acme']);

    const { exitCode } = await call([
      ...['-C', 'acme', 'csv', 'transform', '--input-path', 'h\\w+\\.csv', '--regex'],
      ...['--new-name', 'People.csv', '--separator', ';', '--headers-remove-index', '6'],
    ]);

    expect(exitCode).toBe(0);
    expect(await readdir(join(folder, 'acme', 'Temp', 'ExportOutput'))).toEqual(['People.csv']);
  });

  it('says what a dry run would give, and writes nothing', async () => {
    const { exitCode, stdout } = await call([
      ...['csv', 'transform', '--input-path', 'hr.csv', '--output-path', 'out', '--dry-run'],
      ...['--separator', ';', '--headers-remove-index', '6'],
    ]);

    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('3 read, 3 written'),
    });
    expect(await readdir(folder)).toEqual(['hr.csv']);
  });

  it('keeps the input where the output would take its place', async () => {
    const args = ['csv', 'transform', '--input-path', 'hr.csv', '--output-path', '.'];

    expect(await call([...args, '--separator', ';'])).toMatchObject({ exitCode: 2 });
    expect(await read('hr.csv')).toBe(feed);
  });

  it.each([
    [['--regex'], '--regex needs --new-name'],
    [['--columns-concat', 'Nr'], 'should be'],
    [['--columns-date', 'Day'], 'should be'],
    [['--headers-edit-index', 'one Name'], 'no index'],
    [['--separator', '"'], 'separator'],
    [['--new-name', '../out.csv'], 'not a path'],
    [['--columns-key', 'Numer', '--headers-remove-index', '6'], 'no column "Numer"'],
    [['--columns-date', 'Day dd.QQ', '--headers-remove-index', '6'], 'DatePattern'],
    [['--columns-bool', 'Day'], 'two columns'],
    [['--on-error', 'ignore'], 'Allowed choices'],
  ])('refuses %j in words', async (options, words) => {
    const args = ['csv', 'transform', '--input-path', 'hr.csv', '--output-path', 'out', ...options];
    const { exitCode, stderr } = await call(
      options.includes('--separator') ? args : [...args, '--separator', ';'],
    );

    expect(exitCode).toBeGreaterThan(0);
    expect(stderr).toContain(words);
    expect(await readdir(folder)).toEqual(['hr.csv']);
  });
});

describe('csv anonymize', () => {
  const key = { KEY: 'a key that only this test knows' };

  beforeEach(async () => {
    await writeFile(join(folder, 'people.csv'), 'Id;Email;Note\n7;ana.roy@example.test;kept\n');
    await writeFile(join(folder, 'badges.csv'), 'Badge,Owner\nB1,7\n');
  });

  it('prints the file, and gives equal values to equal ones of other files', async () => {
    const people = await call(
      [
        'csv',
        'anonymize',
        '-n',
        'people.csv',
        '--columns',
        'number:Id,mail:Email',
        '--key',
        'env:KEY',
      ],
      key,
    );
    const badges = await call(
      [
        ...['csv', 'anonymize', '-n', 'badges.csv', '-s', ',', '--columns', 'number:Owner'],
        ...['--key', 'env:KEY'],
      ],
      key,
    );

    const [, id, mail] =
      /^Id;Email;Note\n(\d);(\S+)@example\.test;kept\n$/u.exec(people.stdout) ?? [];
    expect(mail).toMatch(/^[a-z]{3}\.[a-z]{3}$/u);
    expect(mail).not.toBe('ana.roy');
    expect(badges.stdout).toBe(`Badge,Owner\nB1,${id}\n`);
    expect(people).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('draws a key of its own for each run, and says so', async () => {
    const columns = ['--columns', 'mail:Email', '--output'];
    const args = ['csv', 'anonymize', '--entry-file', 'people.csv', ...columns];

    const first = await call([...args, 'one.csv']);
    const document = await readDocument('csv-anonymize', [...args, 'two.csv']);

    expect(first.stderr).toContain('--key');
    expect(document).toMatchObject({ rows: 1, columns: [{ type: 'mail', name: 'Email' }] });
    expect(await read('one.csv')).not.toBe(await read('two.csv'));
  });

  it.each([
    [['--key', 'my own key, written here'], 'takes a reference'],
    [['--key', 'env:SHORT'], 'shorter than 16'],
    [['--key', 'env:MISSING'], 'MISSING'],
    [['--json'], '--json needs --output'],
  ])('refuses %j, and prints no row', async (options, words) => {
    const args = ['csv', 'anonymize', '-n', 'people.csv', '--columns', 'Email', ...options];

    const { exitCode, stdout, stderr } = await call(args, { SHORT: 'secret' });

    expect(exitCode).toBe(2);
    expect(stdout + stderr).toContain(words);
    expect(stdout + stderr).not.toMatch(/kept|secret|my own key/u);
  });
});

describe('password generate', () => {
  it('prints a password that passes the check', async () => {
    const document = await readDocument('password-generate', [
      ...[
        'password',
        'generate',
        '--auto-generate',
        '--digit-chars',
        '2',
        '--upper-case-chars',
        '2',
      ],
      ...['--generated-length', '12', '--strength-check', '[0-9]$', '--strength-check', '^[A-Z]'],
    ]);

    expect(document.password).toMatch(/^[A-Z][A-Z0-9]{10}[0-9]$/u);
    expect(document).toMatchObject({ length: 12, isGenerated: true });
  });

  it('gives lower-case letters when only a length is asked for', async () => {
    const { stdout } = await call([
      'password',
      'generate',
      '--auto-generate',
      '--generated-length',
      '9',
    ]);

    expect(stdout).toMatch(/^[a-z]{9}\n$/u);
  });

  it('checks a default password, and repeats it in no message', async () => {
    const args = ['password', 'generate', '--default-password', 'Winter-2031'];

    expect(await call(args)).toMatchObject({ exitCode: 0, stdout: 'Winter-2031\n', stderr: '' });

    const weak = await call([...args, '--strength-check', '^.{20,}$', '--log-level', 'trace']);

    expect(weak.exitCode).toBe(1);
    expect(weak.stdout + weak.stderr).toContain('PASSWORD_TOO_WEAK');
    expect(weak.stdout + weak.stderr).not.toContain('Winter');
  });

  it.each([
    [[], 'no password to make'],
    [['--auto-generate'], 'no password to make'],
    [['--auto-generate', '--digit-chars', '-1'], 'whole number'],
    [['--auto-generate', '--digit-chars', '1', '--strength-check', '(?=x)'], 'regular expression'],
  ])('refuses %j', async (options, words) => {
    const { exitCode, stderr } = await call(['password', 'generate', ...options]);

    expect({ exitCode, stderr }).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(words),
    });
  });

  it('gives up on a check that nothing it makes can pass', async () => {
    const args = ['password', 'generate', '--auto-generate', '--digit-chars', '4'];

    expect(await call([...args, '--strength-check', '[a-z]'])).toMatchObject({ exitCode: 1 });
  });
});
