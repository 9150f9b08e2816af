import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const repository = join(import.meta.dirname, '..', '..');
const leftOut = new Set(['node_modules', '.git', 'dist', 'coverage', '.servers']);

describe('the package', () => {
  let scratch: string;
  let prefix: string;
  let packed: readonly string[];
  let version: string;
  const environment = {
    ...process.env,
    PATH: [join(repository, 'node_modules', '.bin'), process.env['PATH']].join(delimiter),
  };

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'lockstep-package-'));
    const checkout = join(scratch, 'checkout');
    const tarballs = join(scratch, 'tarballs');
    prefix = join(scratch, 'prefix');
    await mkdir(tarballs);
    // Packing builds; a copy keeps the result out of the checkout, where it would stand in for the sources.
    await mkdir(checkout);
    for (const entry of await readdir(repository)) {
      if (!leftOut.has(entry)) {
        await cp(join(repository, entry), join(checkout, entry), { recursive: true });
      }
    }
    await symlink(join(repository, 'node_modules'), join(checkout, 'node_modules'));
    version = JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8')).version;

    // Without scripts: they would install into the node_modules of the checkout.
    const options = { cwd: checkout, env: environment, maxBuffer: 64 * 1024 * 1024 };
    await run(process.execPath, ['scripts/build.ts'], options);
    const { stdout } = await run(
      'npm',
      ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', tarballs],
      options,
    );
    const [entry] = JSON.parse(stdout);
    packed = entry.files.map(({ path }: { readonly path: string }) => path);
    await run(
      'npm',
      [
        'install',
        '--global',
        `--prefix=${prefix}`,
        '--prefer-offline',
        '--no-audit',
        '--no-fund',
        '--loglevel=error',
        join(tarballs, entry.filename),
      ],
      { env: environment, maxBuffer: 64 * 1024 * 1024 },
    );
  });

  afterAll(async () => {
    await rm(scratch, { recursive: true, force: true });
  });

  it('holds the built command, its documents and nothing of the workshop', () => {
    expect(packed).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'package.json',
        'bin/lockstep.mjs',
        'dist/cli/main.js',
      ]),
    );
    expect(
      packed.filter((file) => /\.test\.[cm]?[jt]s$|^(test|scripts|bench|\.ci)\//u.test(file)),
    ).toEqual([]);
    expect(
      packed.filter((file) => /^(config|connectors|engine|cli|console)\//u.test(file)),
    ).toEqual([]);
  });

  it('runs from where it was installed', async () => {
    const { stdout } = await run(join(prefix, 'bin', 'lockstep'), ['--version'], {
      cwd: scratch,
      env: environment,
    });

    expect(stdout.trim()).toBe(version);
  });

  it('loads without the tools of its workshop', async () => {
    const installed = await readdir(
      join(prefix, 'lib', 'node_modules', 'lockstep', 'node_modules'),
    );

    expect(installed).toContain('knex');
    expect(installed).not.toContain('typescript');
    expect(installed).not.toContain('vitest');
  });
});
