import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { repositoryRoot } from './rooms.ts';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
}
interface LockedPackage {
  readonly version: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly optional?: boolean;
  readonly hasInstallScript?: boolean;
}

/** Licences that a product under Apache-2.0 may ship beside it. */
const allowedLicences = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'MIT-0',
]);

/** `(BSD-3-Clause OR GPL-2.0)` leaves the choice to us; with AND all of them bind. https://spdx.dev/learn/handling-license-info/ */
function isAllowed(expression: string): boolean {
  const choices = expression.replace(/^\((.*)\)$/u, '$1').split(' OR ');
  return choices.some((choice) => allowedLicences.has(choice.trim()));
}

describe('dependencies', () => {
  let manifest: Manifest;
  let locked: readonly (LockedPackage & { readonly path: string })[];

  beforeAll(async () => {
    manifest = await readJson<Manifest>('package.json');
    const lock = await readJson<{ readonly packages: Readonly<Record<string, LockedPackage>> }>(
      'package-lock.json',
    );
    locked = Object.entries(lock.packages)
      .filter(([path]) => path !== '')
      .map(([path, entry]) => ({ path, ...entry }));
  });

  it('are there to be looked at', () => {
    expect(locked.length).toBeGreaterThan(50);
  });

  it('have exact versions', () => {
    const wanted = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });

    expect(wanted.filter(([, version]) => !/^\d+\.\d+\.\d+$/u.test(version))).toEqual([]);
  });

  it('are what was locked, by content', () => {
    expect(locked.filter(({ integrity }) => !integrity?.startsWith('sha512-'))).toEqual([]);
  });

  it('run scripts at installation only where it is allowed by name', () => {
    const running = locked.filter(
      ({ hasInstallScript, optional }) => hasInstallScript === true && optional !== true,
    );
    const names = running.map(({ path }) => path.slice(path.lastIndexOf('node_modules/') + 13));

    expect(names.filter((name) => manifest.allowScripts[name] !== true)).toEqual([]);
  });

  it('that are shipped have licences we may ship', () => {
    const shipped = locked.filter(({ dev, devOptional }) => dev !== true && devOptional !== true);
    const others = shipped.filter(({ license }) => !isAllowed(license ?? 'unknown'));

    expect(others.map(({ path, license }) => `${path}: ${license ?? 'unknown'}`)).toEqual([]);
  });
});

describe('the reading of licences', () => {
  it.each([
    ['MIT', true],
    ['GPL-2.0', false],
    ['(BSD-3-Clause OR GPL-2.0)', true],
    ['(GPL-2.0 OR MIT)', true],
    ['(GPL-2.0 OR LGPL-3.0)', false],
    ['(MIT AND GPL-2.0)', false],
    ['MIT AND GPL-2.0', false],
    ['(GPL-2.0 OR MIT AND GPL-3.0)', false],
    ['unknown', false],
  ])('of %s says %s', (expression, isRight) => {
    expect(isAllowed(expression)).toBe(isRight);
  });
});

async function readJson<T>(name: string): Promise<T> {
  // npm writes these two files; their shape is its promise.
  return JSON.parse(await readFile(join(repositoryRoot, name), 'utf8')) as T;
}
