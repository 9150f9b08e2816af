import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changePrivateFile } from './private-file.ts';

describe('changePrivateFile', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-private-'));
    file = join(folder, 'file');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('writes for this account alone, whatever the file allowed before', async () => {
    await writeFile(file, 'before', { mode: 0o644 });

    await changePrivateFile(file, async () => 'after');

    expect(await readFile(file, 'utf8')).toBe('after');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('lets writers take turns', async () => {
    await writeFile(file, '0');
    const increase = async (): Promise<string> => String(Number(await readFile(file, 'utf8')) + 1);

    await Promise.all(Array.from({ length: 20 }, () => changePrivateFile(file, increase)));

    expect(await readFile(file, 'utf8')).toBe('20');
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('leaves the file and nothing else when the content cannot be made', async () => {
    await writeFile(file, 'before');

    await expect(
      changePrivateFile(file, () => Promise.reject(new Error('no content'))),
    ).rejects.toThrow('no content');

    expect(await readFile(file, 'utf8')).toBe('before');
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('says which file is in its way when another writer does not end', async () => {
    await writeFile(`${file}.lock`, '');

    await expect(changePrivateFile(file, async () => 'x', 100)).rejects.toMatchObject({
      code: 'SETTINGS_FILE_BUSY',
      message: expect.stringContaining('file.lock'),
    });
    expect(await readdir(folder)).toEqual(['file.lock']);
  });
});
