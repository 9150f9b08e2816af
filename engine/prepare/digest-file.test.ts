import { hash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestFile } from './digest-file.ts';

describe('digestFile', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-digest-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const piece = 1024 * 1024;

  it.each([0, 1, piece - 1, piece, piece + 1, 2 * piece, 3 * piece + 7])(
    'is that of all %i bytes, wherever pieces end',
    async (bytes) => {
      const content = Buffer.alloc(bytes);
      for (let at = 0; at < bytes; at += 997) content[at] = at % 251;
      const path = join(folder, `${bytes}.csv`);
      await writeFile(path, content);

      expect(await digestFile(path)).toEqual({ bytes, sha256: hash('sha256', content) });
    },
  );

  it('fails for a file that is not there, and for a folder', async () => {
    await expect(digestFile(join(folder, 'none.csv'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(digestFile(folder)).rejects.toMatchObject({ code: 'EISDIR' });
  });
});
