import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfiguration } from '../load.ts';
import { readConfigurationFolder } from './folder.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-config-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function put(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(join(folder, path, '..'), { recursive: true });
  await writeFile(join(folder, path), content);
}

describe('readConfigurationFolder', () => {
  it('finds XML and JSON at any depth, in order, and nothing else', async () => {
    for (const path of ['b.xml', 'a/z.XML', 'a/b/c.json', 'B.jsonc', 'notes.md', '.git/x.xml']) {
      await put(path, 'x');
    }

    const files = await readConfigurationFolder(folder);

    expect(files.map(({ path }) => path)).toEqual(['B.jsonc', 'a/b/c.json', 'a/z.XML', 'b.xml']);
  });

  it('says clearly that there is no such folder', async () => {
    await put('file.xml', 'x');

    await expect(readConfigurationFolder(join(folder, 'nope'))).rejects.toMatchObject({
      code: 'CONFIG_FOLDER_NOT_FOUND',
    });
    await expect(readConfigurationFolder(join(folder, 'file.xml'))).rejects.toMatchObject({
      code: 'CONFIG_FOLDER_NOT_FOUND',
    });
  });

  it('refuses links out of the folder and links that lead nowhere', async () => {
    await mkdir(join(folder, 'conf'));
    await put('secret.xml', '<a/>');
    await symlink(join(folder, 'secret.xml'), join(folder, 'conf/link.xml'));

    await expect(readConfigurationFolder(join(folder, 'conf'))).rejects.toMatchObject({
      code: 'CONFIG_LINK_REFUSED',
      message: expect.stringContaining('link.xml'),
    });

    await rm(join(folder, 'conf/link.xml'));
    await symlink(join(folder, 'nowhere'), join(folder, 'conf/link.xml'));
    await expect(readConfigurationFolder(join(folder, 'conf'))).rejects.toMatchObject({
      code: 'CONFIG_LINK_REFUSED',
    });
  });

  it('is not trapped by a link to its own folder', async () => {
    await put('a.xml', 'x');
    await symlink(folder, join(folder, 'loop'));

    const files = await readConfigurationFolder(folder);

    expect(files.map(({ path }) => path)).toEqual(['a.xml']);
  });

  it('leads bytes that are not UTF-8 to a finding with their place', async () => {
    await put(
      'latin.xml',
      Buffer.from('<ConfigurationFile>\n <!-- M\xfcller -->\n</ConfigurationFile>', 'latin1'),
    );

    const { diagnostics } = loadConfiguration(await readConfigurationFolder(folder));

    expect(diagnostics).toMatchObject([
      { code: 'CONFIG_ENCODING_INVALID', file: 'latin.xml', line: 2, column: 8 },
    ]);
  });

  it('reads UTF-8 with byte order mark and UTF-16', async () => {
    const text =
      '\ufeff<ConfigurationFile><Language Code="fr-FR" IndicatorNumber="1"/></ConfigurationFile>';
    await put('utf8.xml', Buffer.from(text, 'utf8'));
    await put('utf16.xml', Buffer.from(text.replace('fr-FR', 'de-DE'), 'utf16le'));

    expect(loadConfiguration(await readConfigurationFolder(folder))).toMatchObject({
      status: 'valid',
      diagnostics: [],
    });
  });
});
