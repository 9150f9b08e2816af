import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, chmod, mkdir, mkdtemp, open, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
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
    await put(
      'utf16.xml',
      Buffer.from(
        text.replace('fr-FR" IndicatorNumber="1', 'de-DE" IndicatorNumber="2'),
        'utf16le',
      ),
    );

    expect(loadConfiguration(await readConfigurationFolder(folder))).toMatchObject({
      status: 'valid',
      diagnostics: [],
    });
  });

  it('leaves out JSON schemas, which files name with "$schema"', async () => {
    await put('lockstep.schema.json', '{ "type": "object" }');
    await put('a.json', '{ "$schema": "lockstep.schema.json" }');

    const files = await readConfigurationFolder(folder);

    expect(files.map(({ path }) => path)).toEqual(['a.json']);
  });

  it('reads a link to a file inside, under the name of the link', async () => {
    await put('real.txt', '<ConfigurationFile/>');
    await symlink('real.txt', join(folder, 'link.xml'));
    await symlink('link.xml', join(folder, 'again.xml'));

    const files = await readConfigurationFolder(folder);

    expect(files.map(({ path, text }) => [path, text])).toEqual([
      ['again.xml', '<ConfigurationFile/>'],
      ['link.xml', '<ConfigurationFile/>'],
    ]);
  });

  it('reads files of any name, and a folder that is named like a file', async () => {
    const names = [
      'ä ö.xml',
      "a'b$(x);.xml",
      'x.xml/y.xml',
      '-rf.json',
      '%2e%2e.xml',
      'new\nline.xml',
    ];
    for (const name of names)
      await put(name, name.endsWith('json') ? '{}' : '<ConfigurationFile/>');

    const files = await readConfigurationFolder(folder);

    expect(files.map(({ path }) => path)).toEqual([...names].sort());
    expect(loadConfiguration(files).diagnostics).toEqual([]);
  });

  it('follows no chain of links that never ends', async () => {
    await symlink('b.xml', join(folder, 'a.xml'));
    await symlink('a.xml', join(folder, 'b.xml'));

    await expect(readConfigurationFolder(folder)).rejects.toMatchObject({
      code: 'CONFIG_LINK_REFUSED',
    });
  });

  it('refuses links to devices and to what the machine keeps elsewhere', async () => {
    for (const target of [
      '/dev/zero',
      '/dev/stdin',
      '/proc/self/environ',
      '/etc/passwd',
      '../..',
    ]) {
      await symlink(target, join(folder, 'a.xml'));
      await expect(readConfigurationFolder(folder), target).rejects.toMatchObject({
        code: 'CONFIG_LINK_REFUSED',
        message: expect.stringContaining('a.xml'),
      });
      await rm(join(folder, 'a.xml'));
    }
  });

  it('refuses a pipe without waiting for a writer', async () => {
    execFileSync('/usr/bin/mkfifo', [join(folder, 'a.xml')]);

    await expect(readConfigurationFolder(folder)).rejects.toMatchObject({
      code: 'CONFIG_FILE_UNREADABLE',
      message: 'a.xml is no regular file.',
    });

    // Under a name that means nothing it is none of our business.
    await rm(join(folder, 'a.xml'));
    execFileSync('/usr/bin/mkfifo', [join(folder, 'pipe')]);
    expect(await readConfigurationFolder(folder)).toEqual([]);
  });

  it('refuses a socket', async () => {
    const server = createServer().listen(join(folder, 'a.json'));
    await once(server, 'listening');
    try {
      await expect(readConfigurationFolder(folder)).rejects.toMatchObject({
        code: 'CONFIG_FILE_UNREADABLE',
        message: 'a.json is no regular file.',
      });
    } finally {
      server.close();
    }
  });

  it('names the file that it may not read', async () => {
    await put('a.xml', 'x');
    await chmod(folder, 0o755);
    await chmod(join(folder, 'a.xml'), 0o000);
    const isSuperuser = process.getuid?.() === 0;

    // The superuser may read everything: nobody may not.
    if (isSuperuser) process.seteuid?.(65_534);
    const read = await readConfigurationFolder(folder).catch((error: unknown) => error);
    if (isSuperuser) process.seteuid?.(0);

    expect(read).toMatchObject({
      code: 'CONFIG_FILE_UNREADABLE',
      message: 'a.xml cannot be read.',
    });
  });

  it('refuses a file of a gigabyte by its size', async () => {
    await using file = await open(join(folder, 'a.xml'), 'w');
    await file.truncate(1024 ** 3);

    await expect(readConfigurationFolder(folder)).rejects.toMatchObject({
      code: 'CONFIG_FILE_TOO_LARGE',
      message: `a.xml has ${1024 ** 3} bytes; at most ${16 * 1024 ** 2} are read.`,
    });
  });

  it('never gives a text that is half old and half new', async () => {
    const line = `${' '.repeat(1_023)}\n`;
    await put('a.xml', line.repeat(1_024));
    let isWriting = true;
    const writing = (async () => {
      while (isWriting) await appendFile(join(folder, 'a.xml'), line);
    })();

    const read = await readConfigurationFolder(folder).catch((error: unknown) => error);
    isWriting = false;
    await writing;

    if (Array.isArray(read)) expect(read[0]).toMatchObject({ text: expect.stringMatching(/\n$/) });
    else expect(read).toMatchObject({ code: 'CONFIG_FILE_CHANGED' });
  });

  it('says that a file has gone, or says nothing of it', async () => {
    const names = Array.from({ length: 50 }, (_, n) => `${n}.xml`);
    for (const name of names) await put(name, '<ConfigurationFile/>');

    const reading = readConfigurationFolder(folder).catch((error: unknown) => error);
    for (const name of names) await rm(join(folder, name));
    const read = await reading;

    if (!Array.isArray(read)) {
      expect(read).toMatchObject({
        code: 'CONFIG_FILE_UNREADABLE',
        message: expect.stringMatching(/\d+\.xml cannot be read: it is no longer there\./),
      });
    }
  });
});
