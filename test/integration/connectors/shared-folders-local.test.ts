import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listHomes, rightsOn, scanShared } from './folder-scan.ts';

const execute = promisify(execFile);
const missing = ['/usr/bin/setfacl', '/usr/bin/getfattr', '/usr/bin/setfattr'].filter(
  (program) => !existsSync(program),
);
const isRoot = process.getuid?.() === 0;
const allProven = ['Files_PathInformations', 'Files_ACE', 'Files_SID'];
const manyFolders = Number(process.env['LOCKSTEP_FOLDERS'] ?? 2_000);

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lockstep-shared-'));
  await chmod(root, 0o755);
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function makeFolder(...names: readonly string[]): Promise<string> {
  const path = join(root, ...names);
  await mkdir(path, { recursive: true, mode: 0o755 });
  await chmod(path, 0o755);
  return path;
}

async function setRights(path: string, entries: string): Promise<void> {
  await execute('/usr/bin/setfacl', ['-m', entries, path]);
}

function shown(paths: readonly Readonly<Record<string, string | null>>[]): readonly string[] {
  return paths.map((row) => (row['Path'] ?? '').slice(root.length)).sort();
}

/** Runs an export as another account, in a process of its own. */
async function scanAs(uid: number, settings: Readonly<Record<string, unknown>>) {
  const work = await makeFolder('..', `${root.split('/').at(-1)}-work`);
  await chmod(work, 0o777);
  const module = new URL('../../../connectors/folder-rights/export.ts', import.meta.url).href;
  const code = `
    const { sharedFolderExporter } = await import(${JSON.stringify(module)});
    const log = () => undefined;
    const context = { logger: { debug: log, info: log, warn: log, error: log }, signal: new AbortController().signal,
      now: Date.now, workFolder: ${JSON.stringify(work)}, sourcesRootPaths: [], environment: process.env };
    const outcome = { kinds: [], paths: [] };
    try {
      const request = { connection: 'Files', settings: ${JSON.stringify(settings)}, mode: 'complete', tables: [] };
      for await (const batch of sharedFolderExporter.exportTables(request, context)) {
        outcome.kinds.push(batch.kind);
        if (batch.table === 'Files_PathInformations' && batch.rows.length) outcome.paths.push(...batch.rows.map((row) => row.Path));
      }
    } catch (error) { outcome.error = { kind: error.kind, message: error.message, hint: error.hint }; }
    process.stdout.write(JSON.stringify(outcome));`;
  const identity = [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--'];
  const { stdout } = await execute(
    'setpriv',
    [...identity, process.execPath, '--input-type=module', '-e', code],
    {
      cwd: work,
      env: { PATH: '/usr/bin:/bin', HOME: work },
    },
  );
  await rm(work, { recursive: true });
  return JSON.parse(stdout) as {
    readonly kinds: readonly string[];
    readonly paths: readonly string[];
    readonly error?: { readonly kind: string; readonly message: string; readonly hint: string };
  };
}

describe.skipIf(missing.length > 0)(
  `local shared folders${missing.length > 0 ? ` (skipped: ${missing} not installed)` : ''}`,
  () => {
    it('gives the rights of lists, limited by their masks, and of permission bits', async () => {
      const sales = await makeFolder('Sales');
      await writeFile(join(sales, 'plan.txt'), 'x');
      await chmod(join(sales, 'plan.txt'), 0o640);
      await setRights(sales, 'u:4711:rwx,g:4712:rwx,m::r-x,d:u:4713:rwx,o::---');

      const outcome = await scanShared({ InputDirectories: [root] });

      expect(outcome.error).toBeUndefined();
      expect(outcome.proven).toEqual(allProven);
      const [uid, gid] = [process.getuid?.(), process.getgid?.()];
      expect(rightsOn(outcome, sales)).toEqual(
        [
          `S-1-22-1-${uid}: ReadAndExecute, Write`,
          'S-1-22-1-4711: ReadAndExecute',
          `S-1-22-2-${gid}: ReadAndExecute`,
          'S-1-22-2-4712: ReadAndExecute',
        ].sort(),
      );
      expect(rightsOn(outcome, join(sales, 'plan.txt'))).toEqual([
        `S-1-22-1-${uid}: Read, Write`,
        `S-1-22-2-${gid}: Read`,
      ]);
      expect(outcome.paths).toContainEqual({
        Path: join(sales, 'plan.txt'),
        ParentPath: sales,
        BlockInheritance: 'false',
        Hierarchy: '2',
      });
      expect(outcome.paths).toContainEqual({
        Path: root,
        ParentPath: null,
        BlockInheritance: 'false',
        Hierarchy: '0',
      });
      const ace = outcome.aces.find((each) => each['OwnerSID'] === 'S-1-22-1-4711');
      expect(ace).toEqual({
        key: `ReadAndExecute${sales}S-1-22-1-4711`,
        Path: sales,
        Right: 'ReadAndExecute',
        AllowOrDeny: '0',
        OwnerSID: 'S-1-22-1-4711',
      });
      expect(outcome.sids.map((row) => row['SID'])).toContain('S-1-22-2-4712');
    });

    it('reads the same twice, and names holders where that is asked for', async () => {
      await setRights(await makeFolder('Sales'), 'u:1:rwx,g:1:r-x,u:3999999:r--');

      const first = await scanShared({ InputDirectories: [root] }, { withNames: true });
      const second = await scanShared({ InputDirectories: [root] }, { withNames: true });

      expect(second.aces).toEqual(first.aces);
      expect(first.sids).toEqual(
        expect.arrayContaining([
          { SID: 'S-1-1-0', Name: 'Everyone' },
          { SID: 'S-1-22-1-1', Name: 'daemon' },
          { SID: 'S-1-22-2-1', Name: 'daemon' },
          { SID: 'S-1-22-1-3999999', Name: null },
        ]),
      );
    });

    it('keeps names with line breaks, quotes and control characters, and leaves out those that are not UTF-8', async () => {
      const names = [
        'two\nlines',
        '# file: passwd',
        'a"b\'c',
        '\\040',
        ' lead and trail ',
        'tab\t\x1b[31m',
        '-n',
        '$(id)',
        'é\u0301',
        '=1+1',
        '%2e%2e',
        'x\n# owner: root\nuser::rwx',
      ];
      for (const name of names) await makeFolder(name);
      await mkdir(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x66, 0xff, 0x0a, 0x80])]));

      const outcome = await scanShared({ InputDirectories: [root] });

      expect(outcome.error).toBeUndefined();
      expect(shown(outcome.paths)).toEqual(['', ...names.map((name) => `/${name}`)].sort());
      expect(outcome.log).toContain('f\\\\xff\\\\x0a\\\\x80');
      expect(outcome.proven).toEqual(allProven);
    });

    it('follows no symbolic link, into loops or out of the folder', async () => {
      const inner = await makeFolder('a', 'b');
      await symlink('..', join(inner, 'loop'));
      await symlink(inner, join(inner, 'self'));
      await symlink('/etc', join(root, 'etc'));
      await symlink('/etc/passwd', join(root, 'passwd'));

      expect(shown((await scanShared({ InputDirectories: [root] })).paths)).toEqual([
        '',
        '/a',
        '/a/b',
      ]);
    });

    it('goes as deep as it is told, and takes folders only where that is asked for', async () => {
      await writeFile(join(await makeFolder('a', 'b', 'c'), 'file'), '');
      await writeFile(join(root, 'a', 'file'), '');
      const scan = async (settings: object) =>
        shown((await scanShared({ InputDirectories: [root], ...settings })).paths);

      expect(await scan({})).toEqual(['', '/a', '/a/b', '/a/b/c', '/a/b/c/file', '/a/file']);
      expect(await scan({ LevelOfScan: 0 })).toEqual(['']);
      expect(await scan({ LevelOfScan: '1' })).toEqual(['', '/a']);
      expect(await scan({ LevelOfScan: 2 })).toEqual(['', '/a', '/a/b', '/a/file']);
      expect(await scan({ OnlyDirectoryScan: 'true' })).toEqual(['', '/a', '/a/b', '/a/b/c']);
    });

    it('leaves out holders and branches that it is told to leave out', async () => {
      const kept = await makeFolder('kept');
      await setRights(kept, 'u:4711:r-x,u:4712:r-x');
      await makeFolder('private', 'deep');

      const outcome = await scanShared({
        InputDirectories: [root],
        ListOfSIDToAvoid: ['s-1-22-1-4711', 'S-1-1-0'],
        ListOfPathsToAvoid: [join(root, 'private')],
      });

      expect(shown(outcome.paths)).toEqual(['', '/kept']);
      const holders = outcome.sids.map((row) => row['SID']);
      expect(holders).toContain('S-1-22-1-4712');
      expect(holders).not.toContain('S-1-22-1-4711');
      expect(holders).not.toContain('S-1-1-0');
      expect(outcome.aces.map((row) => row['OwnerSID'])).not.toContain('S-1-1-0');
    });

    it.skipIf(!isRoot)(
      'names the branches that an account may not read, and proves nothing then',
      async () => {
        await chmod(await makeFolder('closed', 'deep'), 0o755);
        await chmod(join(root, 'closed'), 0o700);
        await makeFolder('open');
        const settings = {
          InputDirectories: [root],
          OnlyDirectoryScan: false,
          ListOfSIDToAvoid: [],
          ListOfPathsToAvoid: [],
          RightsFrom: 'Auto',
          Interactive: false,
          TimeoutSeconds: 5,
        };

        const outcome = await scanAs(65_534, settings);

        expect(outcome.paths.map((path) => path.slice(root.length)).sort()).toEqual([
          '',
          '/closed',
          '/open',
        ]);
        expect(outcome.error).toMatchObject({
          kind: 'incomplete',
          hint: expect.stringContaining('ListOfPathsToAvoid'),
        });
        expect(outcome.error?.message).toContain(join(root, 'closed'));
        expect(outcome.error?.message).toContain('permission is denied');
        expect(outcome.kinds).not.toContain('end');

        const avoided = await scanAs(65_534, {
          ...settings,
          ListOfPathsToAvoid: [join(root, 'closed')],
        });
        expect(avoided.error).toBeUndefined();
        expect(avoided.kinds.filter((kind) => kind === 'end')).toHaveLength(3);
      },
    );

    it.skipIf(!isRoot)(
      'names what has damaged Windows rights, reads whole ones, and POSIX rights where told to',
      async () => {
        const damaged = await makeFolder('damaged');
        const value = '0400040000000200040002000100ffff';
        await execute('/usr/bin/setfattr', ['-n', 'security.NTACL', '-v', `0x${value}`, damaged]);

        const outcome = await scanShared({ InputDirectories: [root] });

        expect(outcome.error).toMatchObject({
          kind: 'incomplete',
          message: expect.stringContaining(damaged),
        });
        expect(outcome.proven).toEqual([]);
        const posix = await scanShared({ InputDirectories: [root], RightsFrom: 'posix' });
        expect(posix.error).toBeUndefined();
        expect(rightsOn(posix, damaged)).toContain('S-1-1-0: ReadAndExecute');
      },
    );

    it('reads a list of hundreds of entries', async () => {
      const folder = await makeFolder('crowded');
      const entries = Array.from({ length: 400 }, (_, at) => `u:${20_000 + at}:r-x`);
      await setRights(folder, entries.join(','));

      expect(rightsOn(await scanShared({ InputDirectories: [root] }), folder)).toHaveLength(403);
    });

    it('does not mind folders that are removed while it reads', async () => {
      for (let at = 0; at < 200; at += 1) await makeFolder(`f${at}`, 'inner');
      let isRemoved = false;

      const outcome = await scanShared(
        { InputDirectories: [root] },
        {
          onBatch: async () => {
            if (isRemoved) return;
            isRemoved = true;
            for (let at = 0; at < 100; at += 1) await rm(join(root, `f${at}`), { recursive: true });
          },
        },
      );

      expect(outcome.error).toBeUndefined();
      const paths = shown(outcome.paths);
      for (let at = 100; at < 200; at += 1) expect(paths).toContain(`/f${at}/inner`);
    });

    it('is not led astray by a folder that is replaced by a link while it reads', async () => {
      for (let at = 0; at < 1_100; at += 1) await makeFolder(`f${at}`);
      let isReplaced = false;

      const outcome = await scanShared(
        { InputDirectories: [root] },
        {
          onBatch: async () => {
            if (isReplaced) return;
            isReplaced = true;
            for (const name of (await readdir(root)).slice(0, 50)) {
              await rename(join(root, name), join(root, `${name}-moved`));
              await symlink('/etc', join(root, name));
            }
          },
        },
      );

      expect(outcome.paths.map((row) => row['Path']).join()).not.toContain('passwd');
      expect(outcome.error).toMatchObject({
        kind: 'incomplete',
        message: expect.stringContaining('something else was put in its place'),
      });
      expect(outcome.proven).toEqual([]);
    });

    it('notices that an input directory was taken away while it was read', async () => {
      for (let at = 0; at < 1_100; at += 1) await makeFolder('share', `f${at}`);
      const share = join(root, 'share');
      let isTaken = false;

      const outcome = await scanShared(
        { InputDirectories: [share] },
        {
          onBatch: async () => {
            if (isTaken) return;
            isTaken = true;
            await rename(share, join(root, 'away'));
            await mkdir(share);
          },
        },
      );

      expect(outcome.error).toMatchObject({ kind: 'incomplete' });
      expect(outcome.proven).toEqual([]);
    });

    it('refuses input directories that are not there, no folders, twice there, or in one another', async () => {
      const inner = await makeFolder('a');
      await writeFile(join(root, 'file'), '');
      const kindOf = async (...paths: readonly string[]) =>
        (await scanShared({ InputDirectories: paths })).error?.kind;

      expect(await kindOf(join(root, 'nope'))).toBe('not-found');
      expect(await kindOf(join(root, 'file'))).toBe('invalid-value');
      expect(await kindOf(root, inner)).toBe('invalid-value');
      expect(await kindOf(inner, inner)).toBe('invalid-value');
      expect(await kindOf('relative/path')).toBe('invalid-value');
    });

    it('reads nothing outside of the folders that may be read, whatever the path', async () => {
      const allowed = await makeFolder('allowed');
      const outside = await makeFolder('outside');
      await symlink(outside, join(allowed, 'link'));
      const ups = [
        '..',
        '../..',
        'link',
        'link/..',
        '../outside',
        './../outside',
        'link/../../outside',
        '..//outside',
        '%2e%2e/outside',
        '..%2foutside',
        '..\\outside',
        '....//outside',
        '../allowed-too',
        '.\0/../outside',
        'x/../../outside',
      ];
      const starts = [
        allowed,
        `${allowed}/.`,
        `${allowed}//`,
        `${root}/./allowed`,
        `${outside}/../allowed`,
        `/proc/self/root${allowed}`,
        `/proc/self/cwd/../../../..${allowed}`,
      ];
      const paths = [
        ...starts.flatMap((start) => ups.map((up) => `${start}/${up}`)),
        '/',
        '/etc',
        root,
        outside,
      ];
      expect(paths.length).toBeGreaterThanOrEqual(100);
      await makeFolder('allowed-too');

      for (const path of paths) {
        const outcome = await scanShared(
          { InputDirectories: [path] },
          { sourcesRootPaths: [allowed] },
        );
        // Some of them mean the allowed folder itself, once the dots are worked out.
        if (outcome.error === undefined) {
          const read = await Promise.all(outcome.paths.map((row) => realpath(row['Path'] ?? '/')));
          expect(
            read.filter((each) => each !== allowed && !each.startsWith(`${allowed}/`)),
            path,
          ).toEqual([]);
          continue;
        }
        expect(outcome.error.kind, path).toMatch(/^(forbidden|not-found|invalid-value)$/);
        expect(outcome.paths, path).toEqual([]);
      }
    });

    it(
      `holds little for ${manyFolders.toLocaleString('en')} folders`,
      async () => {
        for (let at = 0; at < manyFolders; at += 1)
          await mkdir(join(root, `d${Math.floor(at / 100)}`, `f${at}`), { recursive: true });
        let most = 0;
        let rows = 0;
        globalThis.gc?.();
        const before = process.memoryUsage().heapUsed;
        const { sharedFolderExporter } = await import(
          '../../../connectors/folder-rights/export.ts'
        );
        const { sharedFolderSettings } = await import(
          '../../../connectors/folder-rights/settings.ts'
        );
        const { createTestContext, readSettings } = await import(
          '../../contract/contract-context.ts'
        );
        await using context = await createTestContext();
        const definition = { settings: sharedFolderSettings, displayName: 'x' };
        const settings = readSettings<Parameters<typeof sharedFolderExporter.checkConnection>[0]>(
          definition,
          { InputDirectories: [root] },
        );
        const request = { connection: 'Files', settings, mode: 'complete' as const, tables: [] };
        for await (const batch of sharedFolderExporter.exportTables(request, {
          ...context,
          environment: process.env,
        })) {
          if (batch.kind === 'rows' && batch.table === 'Files_PathInformations')
            rows += batch.rows.length;
          most = Math.max(most, process.memoryUsage().heapUsed - before);
        }

        expect(rows).toBe(1 + manyFolders + Math.ceil(manyFolders / 100));
        expect(most).toBeLessThan(150 * 1024 * 1024);
      },
      60_000 + 10 * manyFolders,
    );
  },
);

describe('local home folders', () => {
  it('gives the folders in each input directory, not what is below, and links to folders', async () => {
    await makeFolder('homes', 'aroy', 'private');
    await makeFolder('homes', 'lost+found');
    await makeFolder('homes', '.snapshot');
    await makeFolder('other', 'bdoe');
    await makeFolder('disk', 'cfox');
    await symlink(join(root, 'disk', 'cfox'), join(root, 'homes', 'cfox'));
    await writeFile(join(root, 'homes', 'file'), '');
    if (isRoot) await chown(join(root, 'homes', 'aroy'), 4711, 4711);

    const outcome = await listHomes(
      { InputDirectories: [join(root, 'homes'), join(root, 'other')] },
      { columns: ['Name', 'Path', 'OwnerId'] },
    );

    const byName = [...outcome.rows].sort((a, b) =>
      (a['Name'] ?? '') < (b['Name'] ?? '') ? -1 : 1,
    );
    expect(byName.map((row) => [row['Command'], row['Name'], row['Path']])).toEqual([
      [null, 'aroy', join(root, 'homes', 'aroy')],
      [null, 'bdoe', join(root, 'other', 'bdoe')],
      [null, 'cfox', join(root, 'homes', 'cfox')],
    ]);
    if (isRoot) expect(byName[0]?.['OwnerId']).toBe('4711');
    expect(outcome.proven).toEqual(['Homes']);
  });

  it('writes two of one name, and warns', async () => {
    await makeFolder('one', 'aroy');
    await makeFolder('two', 'aroy');

    const outcome = await listHomes({ InputDirectories: [join(root, 'one'), join(root, 'two')] });

    expect(outcome.rows).toHaveLength(2);
    expect(outcome.rows[0]).toEqual({ Command: null, Name: 'aroy' });
    expect(outcome.log).toContain('stands in two folders');
  });

  it('takes nothing for gone whose link leads nowhere', async () => {
    await makeFolder('homes', 'aroy');
    await symlink('/no/such/disk', join(root, 'homes', 'bdoe'));
    await symlink('loop', join(root, 'homes', 'loop'));

    const outcome = await listHomes({ InputDirectories: [join(root, 'homes')] });

    expect(outcome.error).toMatchObject({
      kind: 'incomplete',
      message: expect.stringContaining('bdoe'),
    });
    expect(outcome.proven).toEqual([]);
  });

  it('leaves out links that lead out of the folders that may be read', async () => {
    await makeFolder('homes', 'aroy');
    await symlink('/etc', join(root, 'homes', 'etc'));

    const outcome = await listHomes(
      { InputDirectories: [join(root, 'homes')] },
      { sourcesRootPaths: [join(root, 'homes')] },
    );

    expect(outcome.rows.map((row) => row['Name'])).toEqual(['aroy']);
    expect(outcome.proven).toEqual(['Homes']);
    expect(
      (await listHomes({ InputDirectories: ['/etc'] }, { sourcesRootPaths: [root] })).error,
    ).toMatchObject({ kind: 'forbidden' });
  });
});
