/** A relative path from a settings file never leads out of its project (R29), however it is written. */
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveInside } from './project-folders.ts';
import { isInside, resolveProjectPath } from './project-path.ts';
import { resolveSecret } from './reference.ts';
import { parseReference } from './setting-reference.ts';
import { SettingsError } from './settings-error.ts';

/** One step up, as people have written it to get past a check. */
const ups = [
  '..',
  './..',
  '.././.',
  'inner/../..',
  'inner/deep/../../..',
  'not/there/../../..',
  'round/../..',
  'out/..',
  'later/..',
  '%2e%2e',
  '%2E%2E',
  '%252e%252e',
  '..%00',
  '%c0%ae%c0%ae',
  '%uff0e%uff0e',
  '\u002e\u002e',
  '\uff0e\uff0e',
  '\u2025',
  '..\u0000',
  '\u0000..',
  '.. ',
  ' ..',
  '...',
  '....',
  '..;',
  '..\t',
  '~',
  '$HOME',
  '%USERPROFILE%',
  '$(pwd)/..',
];
const slashes = ['/', '\\', '//', '/./', '%2f', '\u2215'];
const single = [
  '..',
  '../',
  '../../../../../../../../../../../../etc/passwd',
  '..\\..\\..\\outside\\secret.txt',
  'out',
  'out/secret.txt',
  'out\\secret.txt',
  'later',
  'loop/x',
  'loop',
  'C:secret.txt',
  'C:\\outside\\secret.txt',
  'c:/outside/secret.txt',
  '\\\\?\\C:\\outside\\secret.txt',
  '\\\\server\\share\\secret.txt',
  'CON',
  'secret.txt::$DATA',
  'file:///etc/passwd',
  'file:../outside/secret.txt',
  '/etc/passwd',
  '//etc/passwd',
  '/proc/self/root/etc/passwd',
  'inner/../../project-old/secret.txt',
  '../project-old/secret.txt',
  '../project/../outside/secret.txt',
  'a'.repeat(5_000),
  `${'inner/../'.repeat(500)}../outside/secret.txt`,
  '',
  '.',
];
const payloads = [
  ...single,
  ...ups.flatMap((up) => slashes.map((slash) => `${up}${slash}outside${slash}secret.txt`)),
];

describe('a path from the settings', () => {
  /*
   * scratch/
   *   outside/ secret.txt
   *   project-old/ secret.txt
   *   project/ inner/deep/  out → ../outside  round → inner  loop → loop  later → ../not-there
   */
  let scratch: string;
  let project: string;

  beforeAll(async () => {
    scratch = await realpath(await mkdtemp(join(tmpdir(), 'lockstep-traversal-')));
    project = join(scratch, 'project');
    await mkdir(join(project, 'inner/deep'), { recursive: true });
    for (const folder of ['outside', 'project-old']) {
      await mkdir(join(scratch, folder));
      await writeFile(join(scratch, folder, 'secret.txt'), 'canary');
    }
    await symlink('../outside', join(project, 'out'));
    await symlink('inner', join(project, 'round'));
    await symlink('loop', join(project, 'loop'));
    await symlink('../not-there', join(project, 'later'));
  });
  afterAll(async () => {
    await rm(scratch, { recursive: true, force: true });
  });

  it('is tried in more than a hundred spellings', () => {
    expect(new Set(payloads).size).toBeGreaterThan(200);
  });

  it.each(payloads)('stays inside, is refused, or is plainly absolute: %j', async (payload) => {
    const origin = { kind: 'variable', name: 'TempFolderPath' } as const;
    const local = payload.replaceAll('\\', '/');

    const found = await resolveInside(project, payload, origin, 'TempFolderPath').catch(
      (error: unknown) => error,
    );

    if (typeof found !== 'string') {
      expect(found).toBeInstanceOf(SettingsError);
    } else if (isAbsolute(local)) {
      // An absolute path is the operator's word, and leads to what it says.
      expect(found).toBe(await realpath(resolve(local)).catch(() => resolve(local)));
    } else {
      expect(isInside(project, found)).toBe(true);
      expect(isInside(project, await realpath(found).catch(() => project))).toBe(true);
    }
  });

  it.each(payloads.filter((payload) => !isAbsolute(payload)))(
    'as reference to a secret gives no file of elsewhere: %j',
    async (payload) => {
      const reference = parseReference(`file:${payload}`);
      if (reference === undefined) throw new Error('this is no reference');

      const found = await resolveSecret(reference, { folder: project, environment: {} }).catch(
        (error: unknown) => error,
      );

      expect(found).toBeInstanceOf(SettingsError);
    },
  );

  it.each(payloads.filter((payload) => !isAbsolute(payload)))(
    'is never called inside when it is not: %j',
    async (payload) => {
      const found = await resolveProjectPath(project, payload).catch(() => undefined);

      if (found?.status !== 'inside') return;
      expect(isInside(project, found.path)).toBe(true);
      expect(isInside(project, await realpath(found.path).catch(() => project))).toBe(true);
    },
  );
});
