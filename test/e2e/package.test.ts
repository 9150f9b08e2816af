import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const repository = join(import.meta.dirname, '..', '..');
const leftOut = new Set(['node_modules', '.git', 'dist', 'coverage', '.servers']);

describe('the package', () => {
  let scratch: string;
  let prefix: string;
  let packed: readonly string[];
  let version: string;
  const environment = {
    ...process.env,
    PATH: [join(repository, 'node_modules', '.bin'), process.env['PATH']].join(delimiter),
    // The machine may trust an authority of its company's for what goes out; npm asks for that only when told.
    NODE_USE_SYSTEM_CA: '1',
  };

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'lockstep-package-'));
    const checkout = join(scratch, 'checkout');
    const tarballs = join(scratch, 'tarballs');
    prefix = join(scratch, 'prefix');
    await mkdir(tarballs);
    // Packing builds; a copy keeps the result out of the checkout, where it would stand in for the sources.
    await mkdir(checkout);
    for (const entry of await readdir(repository)) {
      if (!leftOut.has(entry)) {
        await cp(join(repository, entry), join(checkout, entry), { recursive: true });
      }
    }
    await symlink(join(repository, 'node_modules'), join(checkout, 'node_modules'));
    version = JSON.parse(await readFile(join(checkout, 'package.json'), 'utf8')).version;

    // Without scripts: they would install into the node_modules of the checkout.
    const options = { cwd: checkout, env: environment, maxBuffer: 64 * 1024 * 1024 };
    await run(process.execPath, ['scripts/build.ts'], options);
    const { stdout } = await run(
      'npm',
      ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', tarballs],
      options,
    );
    const [entry] = JSON.parse(stdout);
    packed = entry.files.map(({ path }: { readonly path: string }) => path);
    await run(
      'npm',
      [
        'install',
        '--global',
        `--prefix=${prefix}`,
        '--prefer-offline',
        '--no-audit',
        '--no-fund',
        '--loglevel=error',
        join(tarballs, entry.filename),
      ],
      { env: environment, maxBuffer: 64 * 1024 * 1024 },
    );
  });

  afterAll(async () => {
    await rm(scratch, { recursive: true, force: true });
  });

  it('holds the built command, its documents and nothing of the workshop', () => {
    expect(packed).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'package.json',
        'bin/lockstep.mjs',
        'dist/cli/main.js',
      ]),
    );
    expect(
      packed.filter((file) => /\.test\.[cm]?[jt]s$|^(test|scripts|bench|\.ci)\//u.test(file)),
    ).toEqual([]);
    expect(
      packed.filter((file) => /^(config|connectors|engine|cli|console)\//u.test(file)),
    ).toEqual([]);
  });

  it('runs from where it was installed', async () => {
    const { stdout } = await run(join(prefix, 'bin', 'lockstep'), ['--version'], {
      cwd: scratch,
      env: environment,
    });

    expect(stdout.trim()).toBe(version);
  });

  it('holds a connector of others to the contract, types and all', async () => {
    const folder = join(scratch, 'others');
    await mkdir(join(folder, 'node_modules'), { recursive: true });
    const installed = join(prefix, 'lib', 'node_modules', 'lockstep');
    await symlink(installed, join(folder, 'node_modules', 'lockstep'));
    await writeFile(join(folder, 'contract.ts'), connectorOfOthers);

    const tested = run(
      join(prefix, 'bin', 'lockstep'),
      ['connector', 'test', 'others', '--json', '--only', 'reads,cut,column-unknown,connection-un'],
      { cwd: scratch, env: environment },
    );

    const { stdout } = await tested.catch((error: { readonly stdout: string }) => error);
    const { name, counts, cases } = JSON.parse(stdout);
    expect({ name, counts }).toEqual({
      name: 'Others',
      counts: { passed: 4, failed: 0, unprepared: 2, skipped: 0 },
    });
    const unprepared = cases.filter((one: { readonly status: string }) => one.status !== 'passed');
    expect(unprepared.map((one: { readonly id: string }) => one.id)).toEqual([
      'cut-proves-nothing',
      'cut-tells-why',
    ]);
  });

  it('loads without the tools of its workshop', async () => {
    const installed = await readdir(
      join(prefix, 'lib', 'node_modules', 'lockstep', 'node_modules'),
    );

    expect(installed).toContain('knex');
    expect(installed).not.toContain('typescript');
    expect(installed).not.toContain('vitest');
  });
});

/** A connector that reads lists held in its settings, written outside of the repository. */
const connectorOfOthers = `
import { ConnectorError, defineContract, type ContractRow } from 'lockstep/dist/connectors/authors.js';

interface Settings { readonly People: readonly ContractRow[]; readonly Address?: string }
const columns: readonly string[] = ['key', 'name', 'note'];

export const contract = defineContract<Settings>({
  name: 'Others',
  definition: {
    displayName: 'Others',
    settings: {
      type: 'object',
      properties: { People: { type: 'array' }, Address: { type: 'string' } },
      required: ['People'],
      additionalProperties: false,
    },
  },
  badSettings: { nothing: {} },
  unreachable: async () => ({ People: [], Address: 'nowhere' }),
  exporter: {
    load: async () => ({
      async checkConnection({ Address }: Settings): Promise<string> {
        if (Address === undefined) return 'There are people.';
        throw new ConnectorError('unreachable', 'There is nobody.', { hint: 'Take Address away.' });
      },
      async *exportTables({ settings, tables: [table] }) {
        const odd = table?.columns.find((column) => !columns.includes(column));
        if (odd !== undefined) {
          throw new ConnectorError('invalid-value', \`There is no column \${odd}.\`, { hint: 'None.' });
        }
        const rows = settings.People.map(({ key, name, note }) => ({ key, name, note }));
        yield { kind: 'rows', table: 'people', columns, rows };
        yield { kind: 'end', table: 'people', rows: rows.length, evidence: 'a list' };
      },
    }),
    prepare: async (rows: readonly ContractRow[]) => ({
      settings: { People: rows },
      table: { name: 'people', suffix: '', columns, formats: {} },
      columns: { key: 'key', name: 'name', note: 'note' },
      [Symbol.asyncDispose]: async () => {},
    }),
  },
});
`;
