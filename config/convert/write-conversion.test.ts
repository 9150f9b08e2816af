import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeSources, writeConversion } from './write-conversion.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-convert-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function look(): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) found[path.slice(folder.length + 1)] = await readFile(path, 'utf8');
  }
  return found;
}

const files = [
  { path: 'a.json', text: 'new a' },
  { path: 'deep/er/b.json', text: 'new b' },
];

describe('writing converted files', () => {
  it('makes the folders they are in, and leaves nothing else behind', async () => {
    await writeConversion(folder, files, { mayReplace: false });

    expect(await look()).toEqual({ 'a.json': 'new a', 'deep/er/b.json': 'new b' });
  });

  it('writes none when one is there already, even as a link to nowhere', async () => {
    await mkdir(join(folder, 'deep/er'), { recursive: true });
    await symlink('nowhere', join(folder, 'deep/er/b.json'));

    await expect(writeConversion(folder, files, { mayReplace: false })).rejects.toMatchObject({
      code: 'CONFIG_CONVERT_TARGET_EXISTS',
      message: expect.stringContaining('b.json'),
    });
    expect(await look()).toEqual({});
  });

  it('replaces what is there only when told to, and not what a link leads to', async () => {
    await writeFile(join(folder, 'elsewhere'), 'kept');
    await symlink('elsewhere', join(folder, 'a.json'));
    await mkdir(join(folder, 'deep/er'), { recursive: true });
    await writeFile(join(folder, 'deep/er/b.json'), 'old b');

    await writeConversion(folder, files, { mayReplace: true });

    expect(await look()).toEqual({
      'a.json': 'new a',
      'deep/er/b.json': 'new b',
      elsewhere: 'kept',
    });
  });

  it('puts back what was there when a later file cannot be written', async () => {
    await writeFile(join(folder, 'a.json'), 'old a');
    // A folder that holds something cannot make room for a file.
    await writeFile(join(folder, 'deep'), 'in the way');

    await expect(writeConversion(folder, files, { mayReplace: true })).rejects.toMatchObject({
      code: 'CONFIG_CONVERT_UNWRITABLE',
      hint: expect.stringContaining('Nothing was changed.'),
    });
    expect(await look()).toEqual({ 'a.json': 'old a', deep: 'in the way' });
  });

  it('puts back what was there when a later file cannot take its place', async () => {
    await writeFile(join(folder, 'a.json'), 'old a');
    await mkdir(join(folder, 'b.json.previous/full'), { recursive: true });
    await writeFile(join(folder, 'b.json'), 'old b');
    const two = [
      { path: 'a.json', text: 'new a' },
      { path: 'b.json', text: 'new b' },
    ];

    await expect(writeConversion(folder, two, { mayReplace: true })).rejects.toMatchObject({
      code: 'CONFIG_CONVERT_UNWRITABLE',
    });
    expect(await look()).toEqual({ 'a.json': 'old a', 'b.json': 'old b' });
  });

  it('is not led astray by what an interrupted run left', async () => {
    await writeFile(join(folder, 'elsewhere'), 'kept');
    await symlink('elsewhere', join(folder, 'a.json.part'));

    await writeConversion(folder, files, { mayReplace: false });

    expect(await look()).toMatchObject({ 'a.json': 'new a', elsewhere: 'kept' });
  });

  it('says which source it could not remove, with everything written', async () => {
    await writeFile(join(folder, 'a.xml'), 'old');
    await removeSources(folder, ['a.xml']);

    expect(await look()).toEqual({});
    await expect(removeSources(folder, ['a.xml'])).rejects.toMatchObject({
      code: 'CONFIG_CONVERT_UNWRITABLE',
      message: expect.stringContaining('All files are converted, but a.xml'),
    });
  });
});
