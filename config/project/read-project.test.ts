import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../secret.ts';
import { readProject } from './read-project.ts';
import { resolveSecret, resolveSetting } from './reference.ts';
import { isSettingReference } from './setting-reference.ts';
import { SettingsError } from './settings-error.ts';

describe('readProject', () => {
  let scratch: string;
  let folder: string;

  beforeEach(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'lockstep-project-'));
    folder = join(scratch, 'acme');
    await mkdir(join(folder, 'conf'), { recursive: true });
  });

  afterEach(async () => {
    await rm(scratch, { recursive: true, force: true });
  });

  async function write(name: string, content: unknown): Promise<void> {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  }

  async function readFailing(
    environment: Readonly<Record<string, string>> = {},
  ): Promise<SettingsError> {
    const error: unknown = await readProject(folder, environment).catch(
      (caught: unknown) => caught,
    );
    if (error instanceof SettingsError) return error;
    throw new Error(`Expected a SettingsError, got ${inspect(error)}`);
  }

  describe('folders', () => {
    it('uses the default folders and the embedded store when nothing is written', async () => {
      const project = await readProject(folder, {});

      expect(project).toMatchObject({
        folder,
        configurationFolder: join(folder, 'conf'),
        tempFolder: join(folder, 'Temp'),
        workFolder: join(folder, 'Work'),
        store: { client: 'sqlite', file: join(folder, 'Work', 'lockstep.db') },
        jobs: { maxTaskBatchSize: 5 },
        scheduler: { isEnabled: true, maxLockWatchTimeSeconds: 1800, maxParallelJobs: 2 },
        sourcesRootPaths: [],
      });
      expect(project.connections.size).toBe(0);
    });

    it('says which folder is missing', async () => {
      const missing = join(scratch, 'nowhere');

      await expect(readProject(missing, {})).rejects.toMatchObject({
        code: 'PROJECT_FOLDER_MISSING',
        message: expect.stringContaining(missing),
      });
    });

    it('refuses a folder that holds no project', async () => {
      await rm(join(folder, 'conf'), { recursive: true });

      expect((await readFailing()).code).toBe('PROJECT_FOLDER_EMPTY');
    });

    it('takes absolute Temp and Work folders at their word', async () => {
      await write('appsettings.json', {
        TempFolderPath: join(scratch, 'T'),
        WorkFolderPath: join(scratch, 'W'),
      });

      const project = await readProject(folder, {});

      expect(project.tempFolder).toBe(join(scratch, 'T'));
      expect(project.workFolder).toBe(join(scratch, 'W'));
    });

    it.each([
      '../Temp',
      '..',
      'a/../../b',
      './../x',
      '..\\Temp',
      'a\\..\\..\\b',
      '../acme-old',
      '../../../../../../etc',
    ])('refuses the relative Work folder %j, which leads out of the project', async (path) => {
      await write('appsettings.json', { WorkFolderPath: path });

      const error = await readFailing();

      expect(error.code).toBe('PROJECT_PATH_ESCAPES');
      expect(error.message).toMatch(/^appsettings\.json:1:\d+: "WorkFolderPath"/u);
    });

    it.each(['', '   ', 'a\0b', 'C:\\Temp'])('refuses %j as a Temp folder', async (path) => {
      await write('appsettings.json', { TempFolderPath: path });

      expect((await readFailing()).code).toBe('SETTINGS_VALUE_INVALID');
    });

    it('refuses a Work folder that is a symbolic link out of the project', async () => {
      await mkdir(join(scratch, 'outside'));
      await symlink(join(scratch, 'outside'), join(folder, 'Work'));

      expect((await readFailing()).code).toBe('PROJECT_PATH_ESCAPES');
    });

    it('refuses a Temp folder below a symbolic link to a place that does not exist yet', async () => {
      await symlink(join(scratch, 'later'), join(folder, 'link'));
      await write('appsettings.json', { TempFolderPath: 'link/Temp' });

      expect((await readFailing()).code).toBe('PROJECT_PATH_ESCAPES');
    });

    it('refuses a Work folder that is a file, lies below one, or is a link to itself', async () => {
      await write('file', 'text');
      await symlink('loop', join(folder, 'loop'));

      for (const path of ['file', 'file/Work', 'loop', 'loop/Work']) {
        await write('appsettings.json', { WorkFolderPath: path });
        expect((await readFailing()).code).toBe('SETTINGS_VALUE_INVALID');
      }
    });

    it.each([
      { TempFolderPath: '.' },
      { TempFolderPath: 'Work' },
      { TempFolderPath: 'Work/Temp' },
      { WorkFolderPath: 'Temp/Work' },
      { WorkFolderPath: 'conf' },
      { TempFolderPath: '/' },
    ])('refuses folders that lie in one another: %j', async (settings) => {
      await write('appsettings.json', settings);

      expect((await readFailing()).code).toBe('PROJECT_FOLDERS_OVERLAP');
    });

    it('resolves source folders against the project folder', async () => {
      await write('appsettings.agent.json', {
        SourcesRootPaths: ['data/hr', '/srv/feeds', '../x'],
      });

      const project = await readProject(folder, {});

      expect(project.sourcesRootPaths).toEqual([
        join(folder, 'data/hr'),
        '/srv/feeds',
        join(scratch, 'x'),
      ]);
    });
  });

  describe('layers', () => {
    it('lets later layers win key by key', async () => {
      await write('appsettings.json', { Connections: { HR: { Path: 'one', Separator: ';' } } });
      await write('appsettings.agent.json', {
        Connections: { HR: { Path: 'two', Encoding: 'UTF-8' }, AD: { Servers: ['a', 'b'] } },
      });
      await write('Work/appsettings.connection.json', {
        Connections: { hr: { path: 'three' }, AD: { Servers: ['c'] } },
      });

      const project = await readProject(folder, { Connections__HR__Encoding: 'UTF-16' });

      expect(project.connections.get('HR')).toEqual({
        Path: 'three',
        Separator: ';',
        Encoding: 'UTF-16',
      });
      expect(project.connections.get('ad')).toEqual({ Servers: ['c', 'b'] });
    });

    it('finds connections and databases whatever the case, and lists them as written', async () => {
      await write('appsettings.agent.json', {
        CONNECTIONS: { Badge: { Path: 'x' } },
        databases: { Main: 'Server=.;Password=pw' },
      });

      const project = await readProject(folder, {});

      expect(project.connections.has('BADGE')).toBe(true);
      expect([...project.connections.keys()]).toEqual(['Badge']);
      expect(project.databases.get('main')).toBeInstanceOf(Secret);
    });

    it('reads the layer of the Work folder that the environment names', async () => {
      await write('Other/appsettings.connection.json', { Connections: { HR: { Path: 'other' } } });

      const project = await readProject(folder, { WorkFolderPath: 'Other' });

      expect(project.workFolder).toBe(join(folder, 'Other'));
      expect(project.connections.get('HR')).toEqual({ Path: 'other' });
    });

    it('builds arrays from variables that name positions', async () => {
      const project = await readProject(folder, {
        SourcesRootPaths__1: 'two',
        SourcesRootPaths__0: 'one',
        Connections__AD__Servers__0__Server: 'ldap.example.org',
      });

      expect(project.sourcesRootPaths).toEqual([join(folder, 'one'), join(folder, 'two')]);
      expect(project.connections.get('AD')).toEqual({ Servers: [{ Server: 'ldap.example.org' }] });
    });

    it('leaves variables of the machine alone', async () => {
      const project = await readProject(folder, {
        STORE: 'shelf',
        JOBS: '4',
        VAULT: 'https://127.0.0.1:1',
        __CF_USER: '1',
        npm_config__x: 'y',
        PATH: '/bin',
      });

      expect(project.store.client).toBe('sqlite');
    });

    it.each([
      { Connections____Path: 'x' },
      { Connections__: 'x' },
      { Connections____proto____x: 'y' },
      { Connections__HR: 'x', Connections__HR__Path: 'y' },
      { Connections__HR__Path: 'x', CONNECTIONS__HR__PATH: 'y' },
    ])('refuses variables that cannot be settings: %j', async (environment) => {
      expect((await readFailing(environment)).code).toBe('SETTINGS_VARIABLE_INVALID');
    });

    it('accepts the same layers when they are switched off', async () => {
      await write('appsettings.json', {
        EncryptionCertificate: { UseEncryptedAppsettings: false },
        CyberArk: { UseCyberArkSetting: 'False' },
        Vault: '',
      });

      await expect(readProject(folder, {})).resolves.toBeDefined();
    });
  });

  describe('files', () => {
    it('allows comments, trailing commas and a byte order mark', async () => {
      await write('appsettings.json', '\uFEFF// ours\n{ "Jobs": { "MaxTaskBatchSize": "7", } }\n');

      expect((await readProject(folder, {})).jobs.maxTaskBatchSize).toBe(7);
    });

    it.each([
      ['{\n  "Jobs": { "MaxTaskBatchSize": }\n}', 2],
      ['{"a": 1', 1],
      ['', 1],
      ['[]', 1],
      ['null', 1],
      ['{\r\n\r\n  x\r\n}', 3],
      ['{"a": {"__proto__": {"polluted": true}}}', 1],
      [`{"a": ${'['.repeat(100_000)}`, 1],
    ])('names line and column of malformed JSON', async (content, line) => {
      await write('appsettings.json', content);

      const error = await readFailing();

      expect(error.code).toBe('SETTINGS_MALFORMED');
      expect(error.details).toMatchObject({ file: 'appsettings.json', line });
      expect(error.details['column']).toBeGreaterThan(0);
      expect(error.hint).toBeDefined();
    });

    it('refuses text that is not UTF-8', async () => {
      await writeFile(join(folder, 'appsettings.json'), Buffer.from([0x7b, 0xe9, 0x7d]));

      expect((await readFailing()).code).toBe('SETTINGS_MALFORMED');
    });

    it('refuses a folder where a file should be, and a file that is far too large', async () => {
      await mkdir(join(folder, 'appsettings.json'));
      expect((await readFailing()).code).toBe('SETTINGS_UNREADABLE');

      await rm(join(folder, 'appsettings.json'), { recursive: true });
      await write('appsettings.json', ' '.repeat(5 * 1024 * 1024));
      expect((await readFailing()).code).toBe('SETTINGS_UNREADABLE');
    });

    it('refuses two keys that differ by case only', async () => {
      await write('appsettings.json', '{\n "Jobs": {},\n "jobs": {}\n}');

      const error = await readFailing();

      expect(error.code).toBe('SETTINGS_KEY_DUPLICATE');
      expect(error.details).toMatchObject({ line: 3, column: 2 });
    });
  });

  describe('types', () => {
    it.each([
      { Jobs: { MaxTaskBatchSize: 0 } },
      { Jobs: { MaxTaskBatchSize: 1.5 } },
      { Jobs: { MaxTaskBatchSize: 'many' } },
      { Jobs: { MaxTaskBatchSize: {} } },
      { Scheduler: { Enabled: 'yes' } },
      { Scheduler: { Enabled: [] } },
      { TempFolderPath: 3 },
      { TempFolderPath: 'env:TEMP_FOLDER' },
      { Connections: [{ Path: 'x' }] },
      { Connections: 'x' },
      { Connections: { HR: 'x' } },
      { Connections: { HR: ['x'] } },
      { Connections: { HR: null } },
      { Databases: { Main: 7 } },
      { Databases: { Main: '' } },
      { SourcesRootPaths: { a: 'b' } },
      { SourcesRootPaths: [1] },
      { Store: { Client: 'oracle' } },
      { Store: { Client: 'postgres' } },
    ])('refuses %j', async (settings) => {
      await write('appsettings.json', settings);

      const error = await readFailing();

      expect(error.code).toBe('SETTINGS_VALUE_INVALID');
      expect(error.message).toMatch(/^appsettings\.json:\d+:\d+: /u);
    });

    it('names the variable that holds a wrong value, and never the value', async () => {
      const error = await readFailing({ Jobs__MaxTaskBatchSize: 'hunter2' });

      expect(error.message).toContain('Jobs__MaxTaskBatchSize');
      expect(inspect(error)).not.toContain('hunter2');
    });
  });

  describe('secrets', () => {
    it('keeps references until they are followed', async () => {
      await write('password.txt', 's3cret\n');
      await write('appsettings.agent.json', {
        Connections: {
          LDAP: {
            Login: 'cn=admin',
            Password: 'env:LDAP_PASSWORD',
            Options: ['file:password.txt'],
          },
        },
        Store: { Client: 'postgres', Connection: 'env:STORE' },
      });

      const project = await readProject(folder, {
        LDAP_PASSWORD: 'hunter2',
        STORE: 'postgres://x',
      });
      const raw = project.connections.get('LDAP') ?? {};
      const sources = { folder, environment: { LDAP_PASSWORD: 'hunter2', STORE: 'postgres://x' } };
      const resolved = await resolveSetting(raw, sources);

      expect(isSettingReference(raw['Password'])).toBe(true);
      expect(inspect(project, { depth: 10 })).not.toContain('hunter2');
      expect(resolved).toMatchObject({ Login: 'cn=admin' });
      expect(reveal(resolved)).toEqual({
        Login: 'cn=admin',
        Password: 'hunter2',
        Options: ['s3cret'],
      });
      expect(inspect(resolved, { depth: 10 }) + JSON.stringify(resolved)).not.toMatch(
        /hunter2|s3cret/u,
      );
      if (project.store.client !== 'postgres') throw new Error('expected postgres');
      expect((await resolveSecret(project.store.connection, sources)).reveal()).toBe(
        'postgres://x',
      );
    });

    it('does not show a connection string that is written out', async () => {
      await write('appsettings.json', {
        Store: { Client: 'postgres', Connection: 'postgres://u:hunter2@db/x' },
        Databases: { Main: 'Password=hunter2' },
      });

      const project = await readProject(folder, {});

      expect(inspect(project, { depth: 10, showHidden: true })).not.toContain('hunter2');
    });

    it.each(['env:', 'env:A B', 'env:1X', 'file:', 'env:A\0B', 'file:a\0b'])(
      'refuses the reference %j',
      async (reference) => {
        await write('appsettings.json', { Connections: { HR: { Password: reference } } });

        expect((await readFailing()).code).toBe('SETTINGS_REFERENCE_INVALID');
      },
    );

    it.each([
      'env:NOT_SET',
      'file:missing.txt',
      'file:../outside.txt',
      'file:link.txt',
      'file:conf',
    ])('says that %j cannot be followed', async (reference) => {
      await writeFile(join(scratch, 'outside.txt'), 'secret');
      await symlink(join(scratch, 'outside.txt'), join(folder, 'link.txt'));
      await write('appsettings.json', { Connections: { HR: { Password: reference } } });
      const project = await readProject(folder, {});
      const raw = project.connections.get('HR') ?? {};

      await expect(resolveSetting(raw, { folder, environment: {} })).rejects.toMatchObject({
        code: 'SETTINGS_REFERENCE_UNRESOLVED',
        message: expect.stringContaining(reference),
      });
    });

    it('follows an absolute path out of the project, such as a mounted secret', async () => {
      await writeFile(join(scratch, 'mounted'), 'pw\r\n');
      await write('appsettings.json', {
        Connections: { HR: { Password: `file:${join(scratch, 'mounted')}` } },
      });
      const project = await readProject(folder, {});

      const resolved = await resolveSetting(project.connections.get('HR') ?? {}, {
        folder,
        environment: {},
      });

      expect(reveal(resolved)).toEqual({ Password: 'pw' });
    });

    it('takes an object with a key "reference" for what it is', async () => {
      await write('appsettings.json', { Connections: { HR: { Options: { reference: 'env:X' } } } });
      const project = await readProject(folder, { X: 'value' });

      const raw = project.connections.get('HR') ?? {};

      expect(isSettingReference(raw['Options'])).toBe(false);
    });
  });
});

function reveal(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(reveal);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, reveal(child)]));
}
