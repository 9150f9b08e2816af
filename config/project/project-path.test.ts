import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isInside, resolveProjectPath } from './project-path.ts';

describe('isInside', () => {
  it.each([
    ['/data/hr', '/data/hr', true],
    ['/data/hr', '/data/hr/a/b', true],
    ['/data/hr', '/data/hr-old', false],
    ['/data/hr', '/data', false],
    ['/data/hr', '/data/hr/..x', true],
    ['/', '/anything', true],
  ])('of %s, %s: %s', (folder, path, expected) => {
    expect(isInside(folder, path)).toBe(expected);
  });
});

describe('resolveProjectPath', () => {
  /*
   * scratch/
   *   outside/
   *   project/ inner/  out → ../outside  round → inner  loop → loop  later → ../not-there
   */
  let scratch: string;
  let project: string;

  beforeAll(async () => {
    scratch = await realpath(await mkdtemp(join(tmpdir(), 'lockstep-path-')));
    project = join(scratch, 'project');
    await mkdir(join(project, 'inner'), { recursive: true });
    await mkdir(join(scratch, 'outside'));
    await symlink('../outside', join(project, 'out'));
    await symlink('inner', join(project, 'round'));
    await symlink('loop', join(project, 'loop'));
    await symlink('../not-there', join(project, 'later'));
  });

  afterAll(async () => {
    await rm(scratch, { recursive: true, force: true });
  });

  it.each([
    ['inner', 'inner'],
    ['round/x', 'inner/x'],
    ['not/there/yet', 'not/there/yet'],
    ['inner/../other', 'other'],
    ['.', '.'],
  ])('takes %s for a place inside', async (written, expected) => {
    expect(await resolveProjectPath(project, written)).toEqual({
      status: 'inside',
      path: join(project, expected),
    });
  });

  it.each(['..', 'out', 'out/x', 'later', 'later/x', 'round/../../outside', '../project-old'])(
    'sees that %s escapes',
    async (written) => {
      expect((await resolveProjectPath(project, written)).status).toBe('escapes');
    },
  );

  it('fails on a link that leads to itself', async () => {
    await expect(resolveProjectPath(project, 'loop/x')).rejects.toThrow('ELOOP');
  });

  it('never calls a path inside that is not', async () => {
    const segment = fc.constantFrom('..', '.', 'out', 'round', 'inner', 'later', 'x', '%2e%2e', '');

    await fc.assert(
      fc.asyncProperty(fc.array(segment, { maxLength: 8 }), async (segments) => {
        const written = `./${segments.join('/')}`;
        const { status, path } = await resolveProjectPath(project, written);

        if (status === 'inside') expect(isInside(project, path)).toBe(true);
      }),
    );
  });
});
