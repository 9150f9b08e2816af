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
});
