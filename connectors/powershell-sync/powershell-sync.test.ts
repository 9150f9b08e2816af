import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeConnectorContract } from '../../test/contract/connector-contract.ts';
import { collect, createTestContext, readSettings } from '../../test/contract/contract-context.ts';
import {
  findRealPowerShell,
  installInterpreter,
} from '../../test/fixtures/powershell/install-interpreter.ts';
import { isAtWork } from '../../test/fixtures/programs.ts';
import type { ExportRequest, TableBatch } from '../spi/package.ts';
import { contract } from './contract.ts';
import { powershellSyncExporter } from './export.ts';
import { type PowershellSyncSettings, powershellSyncSettings } from './settings.ts';

const definition = {
  settings: powershellSyncSettings,
  displayName: 'Custom/PowerShellSync',
};
const canary = 'Tr0ub4dor-3';

describeConnectorContract(contract);

describe('a script of PowerShell that reads', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'powershell-sync-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function run(
    body: string,
    more: Readonly<Record<string, unknown>> = {},
    request: Partial<ExportRequest<PowershellSyncSettings>> = {},
  ): Promise<{ readonly batches: readonly TableBatch[]; readonly log: string }> {
    await writeFile(join(folder, 'read.ps1'), '# stands for its module\n');
    await writeFile(
      join(folder, 'read.mjs'),
      `import fs from 'node:fs';\nimport path from 'node:path';\nimport { spawn } from 'node:child_process';\nconst folder = ${JSON.stringify(folder)};\n${body}\n`,
    );
    await using context = await createTestContext();
    const settings = readSettings<PowershellSyncSettings>(definition, {
      PowerShellScriptPath: join(folder, 'read.ps1'),
      PowerShellPath: installInterpreter(folder),
      ...more,
    });
    const tables = [{ name: 'Hr_people', suffix: 'people', columns: [], formats: {} }];
    const environment = { PATH: process.env['PATH'] };
    const batches = await collect(
      powershellSyncExporter.exportTables(
        { connection: 'Hr', settings, mode: 'complete', tables, ...request },
        { ...context, environment, connection: 'Hr' },
      ),
    );
    expect(await readdir(join(context.workFolder, 'export-runs'))).toEqual([]);
    return { batches, log: context.log.join('\n') };
  }
  const rowsOf = (batches: readonly TableBatch[]) =>
    batches.flatMap((batch) => (batch.kind === 'rows' ? batch.rows : []));
  const write = (text: string) =>
    `export const run = ({ OutputPath }) => fs.writeFileSync(OutputPath + 'people.csv', ${text});`;

  it.each([
    ['commas', `'a,b\\n1,x;y\\n'`, [{ a: '1', b: 'x;y' }]],
    ['semicolons', `'a;b\\n1;x,y\\n'`, [{ a: '1', b: 'x,y' }]],
    ['tabs and a byte order mark', `'\\ufeffa\\tb\\n1\\tx\\n'`, [{ a: '1', b: 'x' }]],
    ['quoted separators in the header', `'"a;1;2;3",b\\n1,x\\n'`, [{ 'a;1;2;3': '1', b: 'x' }]],
    ['a type line', `'#TYPE System.Object\\r\\n"a","b"\\r\\n"1","x"\\r\\n'`, [{ a: '1', b: 'x' }]],
    ['UTF-16', `Buffer.from('\\ufeffa;b\\r\\n1;é\\r\\n', 'utf16le')`, [{ a: '1', b: 'é' }]],
  ])('reads tables with %s', async (_, text, rows) => {
    expect(rowsOf((await run(write(text))).batches)).toEqual(rows);
  });

  it('says what is asked for, and keeps the bookmark the script leaves', async () => {
    const body = `export const run = ({ OutputPath, IsIncremental, CookiePath }) => {
      const before = fs.existsSync(CookiePath) ? fs.readFileSync(CookiePath, 'utf8') : 'none';
      fs.writeFileSync(OutputPath + 'people.csv', 'command,id,seen\\nUPDATE,1,' + IsIncremental + ' ' + before + '\\n');
      fs.writeFileSync(CookiePath, 'seen up to 7');
    };`;
    const first = await run(body);
    const cookie = first.batches.find((batch) => batch.kind === 'cookie')?.cookie;
    const second = await run(body, {}, { mode: 'incremental', cookie: cookie ?? new Uint8Array() });

    expect(rowsOf(first.batches)).toEqual([{ command: 'UPDATE', id: '1', seen: 'false none' }]);
    expect(rowsOf(second.batches)).toEqual([
      { command: 'UPDATE', id: '1', seen: 'true seen up to 7' },
    ]);
    expect(second.batches.find((batch) => batch.kind === 'end')).toMatchObject({
      commandColumn: 'command',
      rows: 1,
    });
  });

  it.each([
    [
      'ends with an error',
      `${write(`'id\\n1\\n'`)} export const x = 1; process.exitCode = 3;`,
      /exit code 3/,
    ],
    [
      'only reports an error',
      `export const run = ({ OutputPath }, host) => { fs.writeFileSync(OutputPath + 'people.csv', 'id\\n1\\n'); host.writeError('The server hung up.'); };`,
      /exit code 1.*The server hung up/,
    ],
    ['writes nothing', 'export const run = () => {};', /did not write Hr_people.csv/],
    ['writes an empty file', write(`''`), /it has no header line/],
    ['writes a type line only', write(`'#TYPE x\\r\\n'`), /it has no header line/],
    ['is cut off in the middle of a line', write(`'id,name\\n1,a\\n2'`), /ends in the middle/],
    [
      'ends itself half-way',
      `export const run = ({ OutputPath }) => { fs.writeFileSync(OutputPath + 'people.csv', 'id\\n1\\n'); process.kill(process.pid, 'SIGKILL'); };`,
      /SIGKILL/,
    ],
    [
      'removes its folder',
      `export const run = ({ OutputPath }) => fs.rmSync(path.dirname(path.dirname(OutputPath)), { recursive: true });`,
      /did not write/,
    ],
  ])('proves nothing when the script %s', async (_, body, message) => {
    await expect(run(body)).rejects.toMatchObject({ message: expect.stringMatching(message) });
  });

  it('uses nothing of a script that hangs, and ends what it started', async () => {
    const body = `export const run = async ({ OutputPath }) => {
      fs.writeFileSync(OutputPath + 'people.csv', 'id\\n1\\n');
      const child = spawn('sh', ['-c', 'while :; do sleep 0.2; done'], { detached: true });
      fs.writeFileSync(path.join(folder, 'pid'), String(child.pid));
      await new Promise(() => setInterval(() => {}, 1000));
    };`;

    await expect(run(body, { TimeoutSeconds: 1 })).rejects.toMatchObject({ kind: 'timeout' });
    expect(await isAtWork(Number(await readFile(join(folder, 'pid'), 'utf8')))).toBe(false);
  }, 30_000);

  it('names what the script wrote besides tables, and leaves it', async () => {
    const { log } = await run(
      `export const run = ({ OutputPath }) => {
        fs.writeFileSync(OutputPath + 'people.csv', 'id\\n');
        fs.writeFileSync(path.join(path.dirname(OutputPath), 'notes.txt'), 'x');
        fs.symlinkSync('/etc/passwd', OutputPath + 'linked.csv');
      };`,
    );

    expect(log).toContain('notes.txt');
    expect(log).toContain('Hr_linked.csv');
  });

  it('does not follow a link to a file of somebody else', async () => {
    const body = `export const run = ({ OutputPath }) => fs.symlinkSync('/etc/passwd', OutputPath + 'people.csv');`;

    await expect(run(body)).rejects.toMatchObject({ kind: 'not-found' });
  });
});

const real = await findRealPowerShell();
describe.skipIf(real === undefined)(
  real === undefined
    ? 'reading through PowerShell itself (skipped: there is no pwsh)'
    : 'reading through PowerShell itself',
  () => {
    it('sets variables and parameters, and fails with an error that is only reported', async () => {
      const folder = await mkdtemp(join(tmpdir(), "powershell it's real-"));
      const script = join(folder, 'read.ps1');
      await using context = await createTestContext();
      const environment = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
      const read = async (text: string): Promise<readonly TableBatch[]> => {
        await writeFile(script, text);
        const settings = readSettings<PowershellSyncSettings>(definition, {
          PowerShellScriptPath: script,
          Options: { Password: canary },
        });
        const tables = [{ name: 'Hr_people', suffix: 'people', columns: [], formats: {} }];
        const request = { connection: 'Hr', settings, mode: 'incremental' as const, tables };
        return collect(
          powershellSyncExporter.exportTables(request, {
            ...context,
            environment,
            connection: 'Hr',
          }),
        );
      };
      const row =
        '[pscustomobject]@{ id = 1; incremental = $IsIncremental; secret = $options.Password } | Export-Csv ($OutputPath + "people.csv") -NoTypeInformation';
      const start = '$options = [Console]::ReadLine() | ConvertFrom-Json\n';

      const plain = await read(start + row);
      const declared = await read(
        `param([string] $OutputPath, [bool] $IsIncremental)\n${start}${row}`,
      );

      for (const batches of [plain, declared]) {
        expect(batches).toMatchObject([
          { kind: 'rows', rows: [{ id: '1', incremental: 'True', secret: canary }] },
          { kind: 'end', rows: 1 },
        ]);
      }
      await expect(read(`${start}${row}\nWrite-Error 'half'`)).rejects.toThrow(/half/);
      await rm(folder, { recursive: true });
    });
  },
);
