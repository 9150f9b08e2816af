import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const repository = join(import.meta.dirname, '..', '..');

describe('ensure-installed', () => {
  let clone: string;

  beforeEach(async () => {
    clone = await mkdtemp(join(tmpdir(), 'lockstep-clone-'));
    await mkdir(join(clone, 'scripts'));
    await cp(
      join(repository, 'scripts', 'ensure-installed.mjs'),
      join(clone, 'scripts', 'ensure-installed.mjs'),
    );
    await writePackages({ lock: {} });
  });

  afterEach(async () => {
    await rm(clone, { recursive: true, force: true });
  });

  async function writePackages(packages: {
    readonly lock: Readonly<Record<string, unknown>>;
    readonly installed?: Readonly<Record<string, unknown>>;
  }): Promise<void> {
    const head = { name: 'clone', version: '1.0.0' };
    await writeFile(join(clone, 'package.json'), JSON.stringify(head));
    await writeFile(
      join(clone, 'package-lock.json'),
      JSON.stringify({ ...head, lockfileVersion: 3, packages: { '': head, ...packages.lock } }),
    );
    if (packages.installed === undefined) return;
    for (const path of Object.keys(packages.installed)) {
      await mkdir(join(clone, path), { recursive: true });
    }
    await writeFile(
      join(clone, 'node_modules', '.package-lock.json'),
      JSON.stringify({ ...head, lockfileVersion: 3, packages: packages.installed }),
    );
  }

  function run(): { readonly status: number | null; readonly stderr: string } {
    // Not the npm that runs this test, but the one on the path, as at a first start.
    const { npm_execpath: _, ...environment } = process.env;
    return spawnSync(process.execPath, [join(clone, 'scripts', 'ensure-installed.mjs')], {
      encoding: 'utf8',
      env: environment,
    });
  }

  it('installs where nothing is installed, and says so', () => {
    const { status, stderr } = run();

    expect(stderr).toContain('Installing the packages of package-lock.json');
    expect(stderr).toContain('Installed in');
    expect(status).toBe(0);
  });

  it('says nothing when everything is there', async () => {
    const packages = { 'node_modules/a': { version: '1.0.0' } };
    await writePackages({
      lock: { ...packages, 'node_modules/b': { version: '2.0.0', optional: true } },
      installed: packages,
    });

    expect(run()).toMatchObject({ status: 0, stderr: '' });
  });

  it('leaves the lock file as it is', async () => {
    const before = await readFile(join(clone, 'package-lock.json'), 'utf8');

    run();

    expect(await readFile(join(clone, 'package-lock.json'), 'utf8')).toBe(before);
  });

  it('installs again when the lock file asks for another version', async () => {
    await writePackages({
      lock: {},
      installed: { 'node_modules/a': { version: '1.0.0' } },
    });
    await writePackages({ lock: { 'node_modules/a': { version: '1.0.1' } } });

    const { stderr } = run();

    expect(stderr).toContain('Installing the packages');
  });

  it('fails plainly when it cannot install', async () => {
    await writeFile(join(clone, 'package-lock.json'), '{ broken');
    await writeFile(join(clone, 'package.json'), '{ broken');

    const { status, stderr } = run();

    expect(status).toBe(1);
    expect(stderr).toContain('could not be installed');
  });
});
