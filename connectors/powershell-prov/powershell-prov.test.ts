import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeConnectorContract } from '../../test/contract/connector-contract.ts';
import {
  createTestContext,
  readSettings,
  showError,
} from '../../test/contract/contract-context.ts';
import {
  findRealPowerShell,
  installInterpreter,
} from '../../test/fixtures/powershell/install-interpreter.ts';
import { isAtWork } from '../../test/fixtures/programs.ts';
import type { ProvisioningOrder } from '../spi/order.ts';
import type { Fulfiller } from '../spi/package.ts';
import { Secret } from '../spi/secret.ts';
import { contract } from './contract.ts';
import { powershellProvFulfiller } from './fulfil.ts';
import { type PowershellProvSettings, powershellProvSettings } from './settings.ts';

const definition = { settings: powershellProvSettings, displayName: 'Custom/PowerShellProv' };
const canary = 'Tr0ub4dor-"é&3';

describeConnectorContract(contract);

function makeOrder(id: string, changes: Readonly<Record<string, string>> = {}): ProvisioningOrder {
  return {
    id,
    assignedResourceTypeId: `70${id}`,
    changeType: 'added',
    owner: { id: '1', displayName: 'Rey Ana', identifier: 'E1', values: {} },
    resourceType: {
      identifier: 'Directory_Account',
      sourceEntityType: 'Person',
      targetEntityType: 'Directory_Entry',
    },
    changes: Object.entries(changes).map(([property, value]) => ({ kind: 'set', property, value })),
  };
}

/** What became of each order, in their order. */
async function tell(fulfiller: Fulfiller, orders: readonly ProvisioningOrder[]): Promise<string[]> {
  const results = await Promise.allSettled(orders.map((order) => fulfiller.fulfil(order)));
  return results.map((result) =>
    result.status === 'fulfilled'
      ? `executed ${result.value.message ?? ''}`.trim()
      : `${result.reason.kind ?? 'thrown'}: ${result.reason.message}`,
  );
}

describe('a script of PowerShell', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'powershell-prov-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function writeScript(body: string): Promise<Record<string, unknown>> {
    await writeFile(join(folder, 'fulfil.ps1'), '# stands for its module\n');
    await writeFile(
      join(folder, 'fulfil.mjs'),
      `import fs from 'node:fs';\nimport path from 'node:path';\nimport { spawn } from 'node:child_process';\nconst folder = ${JSON.stringify(folder)};\n${body}\n`,
    );
    return {
      PowerShellScriptPath: join(folder, 'fulfil.ps1'),
      PowerShellPath: installInterpreter(folder),
    };
  }
  const read = (raw: Readonly<Record<string, unknown>>): PowershellProvSettings =>
    readSettings<PowershellProvSettings>(definition, raw);
  const three = ['1', '2', '3'].map((id) => makeOrder(id));

  it('carries out orders handed over together in one start, in files of one order each', async () => {
    const raw = await writeScript(
      `export const fulfil = (order, host, places) => fs.appendFileSync(path.join(folder, 'seen'), process.pid + ' ' + order.AssignedResourceTypeId + ' ' + fs.readdirSync(places.ordersPath).length + '\\n');`,
    );
    await using context = await createTestContext();
    await using fulfiller = await powershellProvFulfiller.openFulfiller(read(raw), [], context);

    expect(await tell(fulfiller, three)).toEqual(['executed', 'executed', 'executed']);

    const seen = (await readFile(join(folder, 'seen'), 'utf8')).trim().split('\n');
    expect(new Set(seen.map((line) => line.split(' ')[0])).size).toBe(1);
    expect(seen.map((line) => line.split(' ').slice(1).join(' '))).toEqual([
      '701 3',
      '702 3',
      '703 3',
    ]);
    expect(await readdir(join(context.workFolder, 'runs'))).toEqual([]);
  });

  it('starts the script again for orders past its number', async () => {
    const raw = await writeScript(
      `export const fulfil = () => fs.appendFileSync(path.join(folder, 'seen'), process.pid + '\\n');`,
    );
    await using context = await createTestContext();
    const settings = read({ ...raw, OrdersAtOnce: 2 });
    await using fulfiller = await powershellProvFulfiller.openFulfiller(settings, [], context);

    expect(fulfiller.ordersAtOnce).toBe(2);
    expect(await tell(fulfiller, three)).toEqual(['executed', 'executed', 'executed']);

    const pids = (await readFile(join(folder, 'seen'), 'utf8')).trim().split('\n');
    expect(new Set(pids).size).toBe(2);
  });

  it('tells apart what is thrown, what is only reported, and what is done', async () => {
    const raw = await writeScript(`export const fulfil = (order, host) => {
      if (order.AssignedResourceTypeId === '701') throw new Error('The mailbox is full.');
      if (order.AssignedResourceTypeId === '702') host.writeError('Half of it failed.');
      host.writeHost('done with ' + order.AssignedResourceTypeId);
    };`);
    await using context = await createTestContext();
    await using fulfiller = await powershellProvFulfiller.openFulfiller(read(raw), [], context);

    expect(await tell(fulfiller, three)).toEqual([
      'unexpected: The script said: The mailbox is full.',
      'unexpected: The script said: Half of it failed.',
      'executed',
    ]);
    expect(context.log.join('\n')).toContain('done with 703');
    expect(context.log.join('\n')).toContain('Half of it failed.');
  });

  it('sends options as one line of ASCII on the standard input, and nothing without them', async () => {
    const raw = await writeScript(
      `export const run = () => fs.writeFileSync(path.join(folder, 'input'), fs.readFileSync(0));`,
    );
    await using context = await createTestContext();
    const Options = { Login: 'svc', Password: canary };
    for (const more of [{ Options }, {}]) {
      const settings = read({ ...raw, ...more });
      await using fulfiller = await powershellProvFulfiller.openFulfiller(settings, [], context);
      await tell(fulfiller, [makeOrder('1')]);

      const input = await readFile(join(folder, 'input'), 'latin1');
      expect(input).toBe('Options' in more ? `${input.trim()}\n` : '');
      if ('Options' in more) expect(JSON.parse(input)).toEqual(Options);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what is asked for
      expect(input).toMatch(/^[\u0000-\u007f]*$/);
    }
  });

  it('keeps secrets out of arguments, environment, files, logs and errors', async () => {
    const raw = await writeScript(`export const fulfil = (order, host, places) => {
      const options = host.readOptions();
      const home = path.dirname(places.ordersPath);
      const files = fs.readdirSync(home, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile()).map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name), 'utf8'));
      fs.writeFileSync(path.join(folder, 'seen'), JSON.stringify([process.argv, process.env, files, fs.statSync(home).mode & 0o777]));
      host.writeHost('plain ' + options.Password + ' json ' + JSON.stringify(options.Password));
      host.writeHost(Buffer.from(options.Password).toString('base64'));
      throw new Error('refused for ' + options.Password);
    };`);
    await using context = await createTestContext();
    const environment = { PATH: process.env['PATH'], HR_PASSWORD: canary };
    const settings = read({ ...raw, Options: { Password: canary } });
    await using fulfiller = await powershellProvFulfiller.openFulfiller(settings, [], {
      ...context,
      environment,
    });

    const error = await fulfiller.fulfil(makeOrder('1')).catch((thrown: unknown) => thrown);

    const forms = [
      canary,
      JSON.stringify(canary).slice(1, -1),
      Buffer.from(canary).toString('base64'),
    ];
    const seen = await readFile(join(folder, 'seen'), 'utf8');
    const written = await Promise.all(
      (await readdir(context.workFolder, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8')),
    );
    expect(showError(error)).toContain('refused for [secret]');
    for (const form of forms) {
      expect(showError(error)).not.toContain(form);
      expect(context.log.join('\n')).not.toContain(form);
      expect(written.join('\n')).not.toContain(form);
      expect(JSON.parse(seen).flat().map(String).join('\n')).not.toContain(form);
      expect(seen).not.toContain(JSON.stringify(form).slice(1, -1));
    }
    expect(JSON.parse(seen)[3]).toBe(0o700);
  });

  it('hands over passwords of orders on request, and refuses them otherwise', async () => {
    const raw = await writeScript(
      `export const fulfil = (order, host) => fs.writeFileSync(path.join(folder, 'input'), JSON.stringify([host.readOptions(), order]));`,
    );
    await using context = await createTestContext();
    const order = {
      ...makeOrder('1'),
      password: { value: new Secret(canary), mustChange: true },
    };
    await using deaf = await powershellProvFulfiller.openFulfiller(read(raw), [], context);
    await using told = await powershellProvFulfiller.openFulfiller(
      read({ ...raw, SendsPasswords: true }),
      [],
      context,
    );

    expect((await tell(deaf, [order]))[0]).toMatch(/^unsupported: /);
    expect(existsSync(join(folder, 'input'))).toBe(false);
    expect(await tell(told, [order])).toEqual(['executed']);

    const [input, seen] = JSON.parse(await readFile(join(folder, 'input'), 'utf8'));
    expect(input).toEqual({ OrderPasswords: { 701: { Value: canary, MustChange: true } } });
    expect(JSON.stringify(seen)).not.toContain('Tr0ub4dor');
  });

  it('calls an order without a result failed, though the script ended well', async () => {
    const raw = await writeScript('export const run = () => console.log("all is well");');
    await using context = await createTestContext();
    await using fulfiller = await powershellProvFulfiller.openFulfiller(read(raw), [], context);

    const [told] = await tell(fulfiller, [makeOrder('1')]);

    expect(told).toBe(
      'unexpected: The script ended with exit code 0 and gave no result for this order. It said last: all is well What became of this order is unknown.',
    );
  });

  it('believes a results file as far as it goes', async () => {
    const raw =
      await writeScript(`export const run = ({ resultsFilePath }) => fs.writeFileSync(resultsFilePath,
      'AssignedResourceTypeId,State,Message\\n"701","Executed",""\\n"999","Executed","not asked for"\\nnonsense\\n' +
      '"704","Executed",""\\n"704","Error","no"\\n"702","Started",""\\n"702","Exec');`);
    await using context = await createTestContext();
    await using fulfiller = await powershellProvFulfiller.openFulfiller(read(raw), [], context);

    const [done, half, none, twice] = await tell(fulfiller, [...three, makeOrder('4')]);

    expect(done).toBe('executed');
    expect(half).toMatch(/^unexpected: .* gave no result for this order/);
    expect(none).toMatch(/^unexpected: .* before it came to this order/);
    expect(twice).toMatch(/^unexpected: .* more than one result for this order, and they differ/);
    expect(context.log.join('\n')).toContain('a result is of an order that was not asked for');
    expect(context.log.join('\n')).toContain('a line is no result');
  });

  it('survives a script that removes the folder it works in', async () => {
    const raw = await writeScript(
      `export const run = ({ ordersPath }) => fs.rmSync(path.dirname(ordersPath), { recursive: true });`,
    );
    await using context = await createTestContext();
    await using fulfiller = await powershellProvFulfiller.openFulfiller(read(raw), [], context);

    expect((await tell(fulfiller, [makeOrder('1')]))[0]).toMatch(/gave no result for this order/);
    expect((await tell(fulfiller, [makeOrder('2')]))[0]).toMatch(/gave no result for this order/);
  });

  it('ends a script that hangs, with what it started, and tells what it was at', async () => {
    const raw = await writeScript(`export const fulfil = async (order) => {
      if (order.AssignedResourceTypeId !== '702') return;
      const child = spawn('sh', ['-c', 'trap "" TERM; while :; do sleep 0.2; done'], { detached: true, stdio: 'inherit' });
      fs.writeFileSync(path.join(folder, 'pid'), String(child.pid));
      process.on('SIGTERM', () => {});
      await new Promise(() => setInterval(() => {}, 1000));
    };`);
    await using context = await createTestContext();
    const settings = read({ ...raw, TimeoutSeconds: 1.5 });
    await using fulfiller = await powershellProvFulfiller.openFulfiller(settings, [], {
      ...context,
      environment: { PATH: process.env['PATH'] },
    });

    const [done, hung, next] = await tell(fulfiller, three);

    expect(done).toBe('executed');
    expect(hung).toMatch(/^unexpected: The script gave no result for 1.5 seconds and was ended/);
    expect(next).toBe('timeout: The script was ended before it came to this order.');
    const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
    expect(await isAtWork(pid)).toBe(false);
  }, 30_000);

  it('ends the script when it is told to stop, and knows what was done when it is asked again', async () => {
    const raw = await writeScript(`export const fulfil = async (order) => {
      fs.appendFileSync(path.join(folder, 'seen'), order.AssignedResourceTypeId + '\\n');
      if (order.AssignedResourceTypeId === '702') await new Promise(() => setInterval(() => {}, 1000));
    };`);
    const stop = new AbortController();
    await using context = await createTestContext({ signal: stop.signal });
    const seen = async () => readFile(join(folder, 'seen'), 'utf8').catch(() => '');
    {
      await using fulfiller = await powershellProvFulfiller.openFulfiller(read(raw), [], context);
      const telling = tell(fulfiller, three);
      while (!(await seen()).includes('702'))
        await new Promise((resolve) => setTimeout(resolve, 20));
      stop.abort(new Error('stopped'));
      expect(await telling).toEqual(['executed', 'thrown: stopped', 'thrown: stopped']);
    }

    const later = { ...context, signal: new AbortController().signal };
    await using fulfiller = await powershellProvFulfiller.openFulfiller(read(raw), [], later);
    const doubted = three.map((order) => ({ ...order, isInDoubt: true, attempt: 2 }));
    const [first, second, third] = await tell(fulfiller, doubted);

    expect(first).toBe('executed It had been carried out before an interruption.');
    expect(second).toMatch(
      /^unexpected: The program was interrupted at .* what became of it is unknown/,
    );
    expect(third).toBe('executed');
    expect(await seen()).toBe('701\n702\n703\n');
  }, 30_000);

  it('says at once that the interpreter or the script is not there', async () => {
    const raw = await writeScript('export const fulfil = () => undefined;');
    await using context = await createTestContext();
    const open = (more: Readonly<Record<string, unknown>>) =>
      powershellProvFulfiller.openFulfiller(read({ ...raw, ...more }), [], context);

    await expect(open({ PowerShellPath: 'no-such-pwsh' })).rejects.toMatchObject({
      kind: 'not-found',
      message: 'The program no-such-pwsh was not found.',
    });
    await expect(open({ PowerShellScriptPath: '/no/such.ps1' })).rejects.toMatchObject({
      kind: 'not-found',
    });
    await expect(open({ PowerShellScriptPath: folder })).rejects.toMatchObject({
      kind: 'invalid-value',
    });
  });

  it('tells the line that Environment.ps1 wants when it is missing', async () => {
    const raw = await writeScript('');
    await writeFile(join(folder, 'fulfil.ps1'), '. (Join-Path $PSScriptRoot "Environment.ps1")\n');
    await using context = await createTestContext();

    const check = powershellProvFulfiller.checkConnection(read(raw), context);

    await expect(check).rejects.toMatchObject({
      kind: 'not-found',
      hint: `Create it with this line: $runtimePath = '${join(context.workFolder, 'runtime')}'`,
    });
  });
});

const real = await findRealPowerShell();
describe.skipIf(real === undefined)(
  real === undefined
    ? 'the loop over orders in PowerShell itself (skipped: there is no pwsh)'
    : 'the loop over orders in PowerShell itself',
  () => {
    it('reads orders as they are and tells what became of each', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'powershell-real-'));
      const script = join(folder, 'fulfil.ps1');
      await writeFile(
        script,
        `param([string] $resultsFilePath, [string] $ordersPath)
. (Join-Path $env:LOCKSTEP_RUNTIME_PATH 'Usercube-Visit-Orders.ps1')
$options = [Console]::ReadLine() | ConvertFrom-Json
function Set-Account($order) {
  $text = $order.Changes.text
  [System.IO.File]::WriteAllText((Join-Path '${folder}' ($order.AssignedResourceTypeId + '.txt')), $options.Password + '|' + $text)
  if ($order.AssignedResourceTypeId -eq '702') { throw 'thrown' }
  if ($order.AssignedResourceTypeId -eq '703') { Write-Error 'reported' }
  Write-Host 'hosted'
}
Usercube-Visit-Orders $resultsFilePath $ordersPath Set-Account
`,
      );
      const settings = readSettings<PowershellProvSettings>(definition, {
        PowerShellScriptPath: script,
        Options: { Password: canary },
      });
      await using context = await createTestContext();
      const environment = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
      await using fulfiller = await powershellProvFulfiller.openFulfiller(settings, [], {
        ...context,
        environment,
      });
      const texts = ['2024-03-05T17:30:00Z', 'it\'s $(Get-Date) `n "q"', 'é李😀'];

      const told = await tell(
        fulfiller,
        texts.map((text, index) => makeOrder(String(index + 1), { text })),
      );

      expect(told).toEqual([
        'executed',
        'unexpected: The script said: thrown',
        expect.stringContaining('reported'),
      ]);
      for (const [index, text] of texts.entries()) {
        expect(await readFile(join(folder, `70${index + 1}.txt`), 'utf8')).toBe(
          `${canary}|${text}`,
        );
      }
      expect(context.log.join('\n')).toContain('hosted');
      await rm(folder, { recursive: true });
    });
  },
);
