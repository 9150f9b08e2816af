import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyRepository } from '../fixtures/copy-repository.ts';

describe('npm run new:connector', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-new-connector-'));
    await copyRepository(folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  function run(file: string, ...args: readonly string[]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1' },
    });
    return { status, output: `${stdout}${stderr}` };
  }

  const generate = (...args: readonly string[]) => run('scripts/new-connector.ts', ...args);

  async function takePicture(): Promise<readonly string[]> {
    const registry = await readFile(join(folder, 'connectors', 'registry.ts'), 'utf8');
    return [...(await readdir(join(folder, 'connectors'))), registry];
  }

  it.each([
    [],
    [''],
    ['csv'],
    ['spi'],
    ['manual'],
    ['badge', 'office'],
    ['../escape'],
    ['/etc/badge'],
    ['a/b'],
    ['a\\b'],
    ['.hidden'],
    ['Badge'],
    ['badge_office'],
    ['badge--office'],
    ['-badge'],
    ['badge-'],
    ['9to5'],
    ['badge office'],
    ['badge;reboot'],
    ["badge'office"],
    ['badgé'],
    ['badge\n'],
    ['badge\u202e'],
    ['__proto__'],
    ['common'],
    ['badge-utils'],
    ['x'.repeat(41)],
  ])('refuses the names %j and writes nothing', async (...names) => {
    const before = await takePicture();

    const { status, output } = generate(...names);

    expect(status, output).toBe(2);
    expect(output).toContain('Usage: npm run new:connector -- <name>');
    expect(await takePicture()).toEqual(before);
  });

  it.each([
    ['x', 'X'],
    ['door-control-of-the-city-library-for-all', 'DoorControlOfTheCityLibraryForAll'],
  ])('writes the connector %s, which keeps every rule of style', async (name, pascal) => {
    expect(generate(name)).toMatchObject({ status: 0 });

    const files = (await readdir(join(folder, 'connectors', name))).sort();
    expect(files).toEqual(
      [
        'README.md',
        'change-person.ts',
        'contract.ts',
        'export.ts',
        'fulfil.ts',
        'people-file.ts',
        'settings.ts',
        `${name}.test.ts`,
      ].sort(),
    );
    const registry = await readFile(join(folder, 'connectors', 'registry.ts'), 'utf8');
    expect(registry).toContain(`ids: ['Lockstep.${pascal}']`);

    const biome = join('node_modules', '@biomejs', 'biome', 'bin', 'biome');
    const paths = [`connectors/${name}`, 'connectors/registry.ts'];
    const lint = run(biome, 'check', '--error-on-warnings', ...paths);
    expect(lint, lint.output).toMatchObject({ status: 0 });

    expect(generate(name)).toMatchObject({ status: 2 });
  });

  it('writes what keeps the contract', () => {
    expect(generate('cloakroom')).toMatchObject({ status: 0 });

    const contract = run('bin/lockstep.mjs', 'connector', 'test', 'connectors/cloakroom');

    expect(contract, contract.output).toMatchObject({ status: 0 });
  });

  it('writes what the compiler takes', async () => {
    const base = JSON.parse(await readFile(join(folder, 'tsconfig.json'), 'utf8'));
    const { tsBuildInfoFile: _, incremental: __, ...compilerOptions } = base.compilerOptions;
    const include = ['connectors/cloakroom', 'connectors/spi/contract/subject.ts'];
    await writeFile(
      join(folder, 'tsconfig.cloakroom.json'),
      JSON.stringify({ compilerOptions, include }),
    );

    const types = run(
      join('node_modules', 'typescript', 'bin', 'tsc'),
      '-p',
      'tsconfig.cloakroom.json',
    );

    // Of the files that were written; what they import has a check of its own.
    const own = types.output.split('\n').filter((line) => line.startsWith('connectors/cloakroom'));
    expect(own).toEqual([]);
    expect(types.output).not.toContain('error TS18003');
  });

  it('writes what the shapes of connector folders allow', async () => {
    const shapes = run(
      join('node_modules', 'vitest', 'vitest.mjs'),
      ...['run', '--project', 'architecture', 'test/architecture/shapes.test.ts'],
    );

    expect(shapes.output).not.toMatch(/cloakroom|door-control/u);
    expect(shapes.output).toMatch(/Tests .*passed/u);
  });
});
