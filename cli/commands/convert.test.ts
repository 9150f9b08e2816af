import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jsonOutputSchemas } from '../json-schemas.ts';
import { runCommandLine } from '../run.ts';
import { createSurroundings } from '../terminal.fixture.ts';

const sample = join(import.meta.dirname, '../../samples/employees/conf');
const isDocument = new Ajv({ strict: false }).compile(jsonOutputSchemas.convert);

describe('lockstep convert', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-convert-'));
    await cp(sample, join(folder, 'conf'), { recursive: true });
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function run(...args: readonly string[]) {
    const { surroundings, stdout, stderr } = createSurroundings(folder);
    const exitCode = await runCommandLine(args, surroundings);
    return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
  }

  // biome-ignore lint/suspicious/noExplicitAny: looked into after its schema has accepted it.
  async function read(...args: readonly string[]): Promise<any> {
    const ended = await run('--json', 'convert', ...args);
    const document: unknown = JSON.parse(ended.stdout);
    expect(isDocument(document) ? [] : isDocument.errors).toEqual([]);
    return { exitCode: ended.exitCode, document };
  }

  const names = async (below: string): Promise<readonly string[]> =>
    (await readdir(join(folder, below))).sort();

  it('writes a folder to another one and says what became of each file', async () => {
    const there = await read('conf', '--to', 'json', '--out', 'other');
    const back = await read('other', '--to', 'xml', '--out', 'back');

    expect(there).toMatchObject({
      exitCode: 0,
      document: {
        status: 'converted',
        files: [
          { from: 'directory.xml', to: 'directory.jsonc', isConverted: true },
          { from: 'hr.xml', to: 'hr.jsonc', isConverted: true },
          { from: 'policy.xml', to: 'policy.jsonc', isConverted: true },
        ],
      },
    });
    expect(back.document.hash).toBe(there.document.hash);
    expect(await names('conf')).toEqual(['directory.xml', 'hr.xml', 'policy.xml']);
    expect(await names('other')).toEqual(['directory.jsonc', 'hr.jsonc', 'policy.jsonc']);
    expect(await names('back')).toEqual(['directory.xml', 'hr.xml', 'policy.xml']);
  });

  it('replaces one file by its other form, so that the folder is mixed', async () => {
    const ended = await run('convert', 'conf/hr.xml', '--to', 'json', '--replace');

    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ended.stdout).toContain('hr.xml → conf/hr.jsonc');
    expect(await names('conf')).toEqual(['directory.xml', 'hr.jsonc', 'policy.xml']);
    const { document } = await read('conf', '--to', 'json', '--out', 'all');
    expect(document.files.map(({ isConverted }: { isConverted: boolean }) => isConverted)).toEqual([
      true,
      true,
      false,
    ]);
    expect(await names('all')).toHaveLength(3);
  });

  it('warns that both forms in one folder declare everything twice', async () => {
    const ended = await run('convert', 'conf', '--to', 'json');

    expect(ended.stdout).toContain('declared twice');
    expect(await names('conf')).toHaveLength(6);
  });

  it('never overwrites without --force', async () => {
    await writeFile(join(folder, 'conf', 'hr.jsonc'), '{}');
    const before = await names('conf');

    const refused = await read('conf', '--to', 'json');
    expect(refused).toMatchObject({
      exitCode: 2,
      document: {
        status: 'refused',
        diagnostics: [{ code: 'CONFIG_CONVERT_TARGET_EXISTS', file: 'hr.xml' }],
      },
    });
    expect(await names('conf')).toEqual(before);

    await run('convert', 'conf', '--to', 'json', '--out', 'other');
    const again = await run('convert', 'conf/hr.xml', '--to', 'json', '--out', 'other');
    expect(again.exitCode).toBe(2);
    expect(again.stderr).toContain('CONFIG_CONVERT_TARGET_EXISTS');

    expect((await run('convert', 'conf', '--to', 'json', '--force')).exitCode).toBe(0);
    expect(await readFile(join(folder, 'conf', 'hr.jsonc'), 'utf8')).toContain('HR_');
  });

  it('writes nothing when it is a dry run, or when any file is broken', async () => {
    expect((await run('convert', 'conf', '--to', 'json', '--dry-run')).stdout).toContain('dry run');
    await writeFile(join(folder, 'conf', 'z.xml'), '<ConfigurationFile>\n  <A');

    const broken = await run('convert', 'conf', '--to', 'json');

    expect(broken.exitCode).toBe(2);
    expect(broken.stdout).toContain('z.xml:2:3 error CONFIG_XML_MALFORMED');
    expect(broken.stdout).toContain('Nothing was converted: either all files are, or none.');
    expect(await names('conf')).toEqual(['directory.xml', 'hr.xml', 'policy.xml', 'z.xml']);
  });

  it.each([
    [['nowhere', '--to', 'json'], 'CONFIG_FOLDER_NOT_FOUND'],
    [['conf', '--to', 'json', '--out', 'conf/inside'], 'USAGE_OPTIONS_CONFLICT'],
    [['conf', '--to', 'yaml'], 'USAGE_INVALID'],
    [['conf'], 'USAGE_INVALID'],
    [['.', '--to', 'json'], 'CONFIG_FOLDER_NOT_FOUND'],
    [['notes.txt', '--to', 'json'], 'CONFIG_FILE_UNREADABLE'],
  ])('refuses %j', async (args, code) => {
    await writeFile(join(folder, 'appsettings.json'), '{}');
    await writeFile(join(folder, 'notes.txt'), 'x');

    const ended = await run('convert', ...args);

    expect(ended.exitCode).toBe(2);
    expect(ended.stderr).toContain(code);
  });

  it('has nothing to do where every file has the form', async () => {
    const ended = await run('convert', 'conf', '--to', 'xml');

    expect(ended).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ended.stdout).toContain('nothing was written');
  });
});
