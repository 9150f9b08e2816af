import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CodedError } from '../config/index.ts';
import { formatError, formatStack, toCodedError } from './error-text.ts';
import { plainPalette } from './palette.ts';
import { runCommandLine } from './run.ts';
import { createSurroundings } from './terminal.fixture.ts';

describe('a command line', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-cli-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function run(...args: readonly string[]) {
    const { surroundings, stdout, stderr } = createSurroundings(folder);
    const exitCode = await runCommandLine(args, surroundings);
    return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
  }

  it('prints the version', async () => {
    expect(await run('--version')).toEqual({ exitCode: 0, stdout: '9.9.9\n', stderr: '' });
  });

  it.each([['--help'], ['job', '--help'], ['help', 'deploy']])(
    'prints help for %s %s',
    async (...args) => {
      const { exitCode, stdout, stderr } = await run(...args);

      expect(exitCode).toBe(0);
      expect(stdout).toContain('Usage: lockstep');
      expect(stderr).toBe('');
    },
  );

  it.each([
    [['deplyo'], 'deploy'],
    [['deploy', '--dryrun'], '--dry-run'],
    [['export'], '--connector'],
    [['export', '--connector', 'A', '--mode', 'quick'], 'complete'],
    [['review', 'show', 'first'], 'number'],
    [['review', 'approve', '1', '-2'], '-2'],
    [['order', 'list', '--limit', '0'], '10000'],
    [['resource', 'list', 'Person', '--where', 'Name'], 'Property=value'],
    [['--log-level', 'loud', 'status'], 'silent'],
    [['job', 'run'], 'id'],
  ])('says what is wrong with %j', async (args, mentioned) => {
    const { exitCode, stdout, stderr } = await run(...args);

    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error USAGE_INVALID /u);
    expect(stderr).toContain(mentioned);
    expect(stderr).not.toContain('    at ');
  });

  it.each([[[]], [['review']]])('that stops half way (%j) shows what there is', async (args) => {
    const { exitCode, stdout, stderr } = await run(...args);

    expect(exitCode).toBe(2);
    expect(`${stdout}${stderr}`).toContain('Commands:');
  });

  it('tells wrong usage as JSON when asked', async () => {
    const { exitCode, stdout, stderr } = await run('--json', 'nothing');

    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'USAGE_INVALID', details: {} } });
    expect(stderr).toBe('');
  });

  it('knows global options behind the command as well', async () => {
    const { exitCode, stdout } = await run('init', 'project', '--json', '--dry-run');

    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ isDryRun: true, folder: join(folder, 'project') });
  });

  it('tells an error with its cure and without a stack', async () => {
    const { exitCode, stdout, stderr } = await run('-C', 'missing', 'validate');

    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error [A-Z_]+ .+\n {2}hint: /u);
    expect(stderr).not.toContain('    at ');
  });

  it('shows the stack of an error at debug', async () => {
    const { stderr } = await run('-C', 'missing', '--log-level', 'debug', 'validate');

    expect(stderr).toContain('    at ');
  });

  it('leaves a folder that holds something as it is', async () => {
    await writeFile(join(folder, 'mine.txt'), '');

    const { exitCode, stderr } = await run('init', '.');

    expect(exitCode).toBe(2);
    expect(stderr).toContain('INIT_FOLDER_NOT_EMPTY');
  });

  it('writes no project into a file', async () => {
    await writeFile(join(folder, 'file'), '');

    expect((await run('init', 'file')).stderr).toContain('INIT_FOLDER_UNUSABLE');
    expect((await run('init', 'file/below')).exitCode).toBe(2);
  });

  it('prints every finding with its source line, and counts them', async () => {
    await run('init', 'project');
    await writeFile(
      join(folder, 'project', 'conf', 'wrong.xml'),
      [
        '<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">',
        '  <Connection Identifier="Lost" Connector="Staf" Package="Usercube.CSV@0000001" />',
        '</ConfigurationFile>',
      ].join('\n'),
    );

    const { exitCode, stdout } = await run('-C', 'project', 'validate');
    const asJson = await run('-C', 'project', 'validate', '--json');

    expect(exitCode).toBe(2);
    expect(stdout).toContain('wrong.xml:2:');
    expect(stdout).toContain('^~~~');
    expect(stdout).toMatch(/not valid: 5 files, [1-9]\d* errors?, 0 warnings\.\n$/u);
    expect(asJson.exitCode).toBe(2);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ status: 'invalid', hash: null, files: 5 });
  });

  it('gives the vocabulary to editors', async () => {
    expect((await run('schema', 'xsd')).stdout).toContain('<xs:schema');
    expect(JSON.parse((await run('schema', 'json')).stdout)).toHaveProperty('$schema');
    expect(await run('schema', 'xsd', '--own', '--out', 'own.xsd')).toMatchObject({ exitCode: 0 });
    expect((await run('schema', 'xsd', '--out', 'missing/own.xsd')).stderr).toContain(
      'USAGE_FILE_NOT_WRITABLE',
    );
    expect((await run('schema', 'json', '--own')).exitCode).toBe(2);
  });
});

describe('an error nobody foresaw', () => {
  it('is one line with a code, its stack only at debug', () => {
    const coded = toCodedError(new TypeError('x is not a function\nand more'));

    expect(coded.code).toBe('UNEXPECTED');
    expect(formatError(coded, plainPalette)).toMatch(
      /^error UNEXPECTED x is not a function\n {2}hint: .+--log-level debug.+$/u,
    );
    expect(formatStack(coded)).toContain('TypeError');
  });

  it('has a message even when it brings none', () => {
    expect(toCodedError(new Error('')).message).not.toBe('');
    expect(toCodedError('thrown text').message).toBe('thrown text');
    expect(toCodedError(undefined).message).toBe('undefined');
  });

  it('cannot write to the terminal what it wants', () => {
    const coded = new CodedError('STORE_FULL', 'a\u001b[2Jb\nc');

    expect(formatError(coded, plainPalette)).toBe('error STORE_FULL a·[2Jb\nc');
  });
});
