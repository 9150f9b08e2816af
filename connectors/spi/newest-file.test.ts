import { mkdir, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findNewestFile } from './newest-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'newest-file-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const find = async () => basename(await findNewestFile(join(folder, 'hr_\\d+\\.csv'), []));

describe('the newest of several files', () => {
  it('is the one created last, not the one changed last: a copy keeps the old date of its contents', async (test) => {
    await writeFile(join(folder, 'hr_2.csv'), 'there before');
    await setTimeout(20);
    await writeFile(join(folder, 'hr_1.csv'), 'copied in later, with its date');
    await utimes(join(folder, 'hr_1.csv'), 1_000_000_000, 1_000_000_000);
    const { birthtimeMs, mtimeMs } = await stat(join(folder, 'hr_1.csv'));
    if (birthtimeMs <= mtimeMs) test.skip('This file system does not keep the time of creation.');

    expect(await find()).toBe('hr_1.csv');
  });

  it('has a name that fits as a whole, and is no folder', async () => {
    await writeFile(join(folder, 'hr_1.csv'), 'x');
    await setTimeout(20);
    await writeFile(join(folder, 'hr_2.csv.part'), 'x');
    await mkdir(join(folder, 'hr_3.csv'));

    expect(await find()).toBe('hr_1.csv');
  });

  it('is found in no time, whatever the expression makes of hostile names', async () => {
    await writeFile(join(folder, `${'a'.repeat(200)}!`), 'x');
    await writeFile(join(folder, 'aab'), 'x');

    const startedAt = performance.now();
    const found = await findNewestFile(join(folder, '(a+)+b'), []);

    expect(basename(found)).toBe('aab');
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('may be found by an expression that looks ahead', async () => {
    await writeFile(join(folder, 'old_1.csv'), 'x');
    await writeFile(join(folder, 'hr_1.csv'), 'x');

    expect(basename(await findNewestFile(join(folder, '(?!old).*\\.csv'), []))).toBe('hr_1.csv');
  });

  it.each(['(', 'x'.repeat(501)])('is refused an expression that is none: %.20s', async (name) => {
    await expect(findNewestFile(join(folder, name), [])).rejects.toMatchObject({
      kind: 'invalid-value',
    });
  });
});
