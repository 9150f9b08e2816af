import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeConnectorContract } from '../../test/contract/connector-contract.ts';
import { collect, createTestContext, readSettings } from '../../test/contract/contract-context.ts';
import { hostileTexts, isAtWork, writeProgram } from '../../test/fixtures/programs.ts';
import type { ProvisioningOrder } from '../spi/order.ts';
import type { ExportRequest, TableBatch } from '../spi/package.ts';
import { Secret } from '../spi/secret.ts';
import { contract, outputContract } from './contract.ts';
import { commandExporter } from './export.ts';
import { commandFulfiller } from './fulfil.ts';
import { type CommandSettings, commandSettings } from './settings.ts';

const definition = { settings: commandSettings, displayName: 'Custom/Command' };
describeConnectorContract(contract);
describeConnectorContract(outputContract);

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'command-'));
});
afterEach(() => rm(folder, { recursive: true }));

const read = (raw: Readonly<Record<string, unknown>>): CommandSettings =>
  readSettings<CommandSettings>(definition, raw);

describe('reading through a program', () => {
  async function run(
    section: Readonly<Record<string, unknown>>,
    request: Partial<ExportRequest<CommandSettings>> = {},
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<readonly TableBatch[]> {
    await using context = await createTestContext();
    const environment = { PATH: process.env['PATH'] };
    const settings = read({ Export: section, ...more });
    const tables = [{ name: 'Hr', suffix: '', columns: [], formats: {} }];
    const batches = await collect(
      commandExporter.exportTables(
        { connection: 'Hr', settings, mode: 'complete', tables, ...request },
        { ...context, environment, connection: 'Hr' },
      ),
    );
    for (const kind of ['runs', 'export-runs']) {
      expect(await readdir(join(context.workFolder, kind)).catch(() => [])).toEqual([]);
    }
    return batches;
  }
  const shell = (text: string) => ({ Command: '/bin/sh', Args: ['-c', text] });
  const rowsOf = (batches: readonly TableBatch[]) =>
    batches.flatMap((batch) => (batch.kind === 'rows' ? batch.rows : []));
  const named = (suffix: string) => ({ name: `Hr_${suffix}`, suffix, columns: [], formats: {} });

  it('starts once for each table where an argument says so', async () => {
    const Command = writeProgram(
      folder,
      'tables',
      'console.log("table,mode\\n" + process.argv.slice(2).join(","));',
    );
    const tables = [named('people'), named('org units')];

    const batches = await run({ Command, Args: ['{Table}', '{Mode}'] }, { tables });

    expect(rowsOf(batches)).toEqual([
      { table: 'people', mode: 'complete' },
      { table: 'org units', mode: 'complete' },
    ]);
  });

  it('takes files and a bookmark, and hands the bookmark over the next time', async () => {
    const Command = writeProgram(
      folder,
      'files',
      `import fs from 'node:fs';
const [out, cookie, incremental] = process.argv.slice(2);
const before = fs.existsSync(cookie) ? fs.readFileSync(cookie, 'utf8') : 'none';
fs.writeFileSync(out + 'people.csv', 'Command;id;before\\ninsert;1;' + before + ' ' + incremental + '\\n');
fs.writeFileSync(cookie, 'page 7');`,
    );
    const section = {
      ...{ Command, Writes: 'files' },
      Args: ['{OutputPath}', '{CookiePath}', '{IsIncremental}'],
    };
    const tables = [named('people')];

    const first = await run(section, { tables });
    const cookie = first.find((batch) => batch.kind === 'cookie')?.cookie ?? new Uint8Array();
    const second = await run(section, { tables, mode: 'incremental', cookie });

    expect(Buffer.from(cookie).toString()).toBe('page 7');
    expect(rowsOf(first)).toEqual([{ Command: 'insert', id: '1', before: 'none false' }]);
    expect(rowsOf(second)).toEqual([{ Command: 'insert', id: '1', before: 'page 7 true' }]);
    expect(second.find((batch) => batch.kind === 'end')).toMatchObject({
      commandColumn: 'Command',
    });
  });

  it.each([
    ['another exit code', 'echo id; echo 1; exit 3', /exit code 3/, 'unexpected'],
    ['an exit code with a meaning', 'echo id; exit 75', /exit code 75/, 'unreachable'],
    ['a signal', 'echo id; echo 1; kill -9 $$', /SIGKILL/, 'unexpected'],
    ['no output', 'true', /empty/, 'incomplete'],
    [
      'a last line that was cut off',
      'printf "id,name\\n1,a\\n2"',
      /ends in the middle/,
      'incomplete',
    ],
    ['an open quote', 'printf "id,name\\n1,\\"a\\n2,b\\n"', /./, 'incomplete'],
    ['bytes that are no text', 'printf "id\\n\\377\\n"', /./, 'invalid-value'],
    ['too many values', 'printf "id\\n1,2\\n"', /Line 2/, 'invalid-value'],
  ])('gives no proof after %s', async (_, text, message, kind) => {
    const running = run(shell(text), {}, { ExitCodes: { 75: 'unreachable' } });

    await expect(running).rejects.toMatchObject({ kind, message: expect.stringMatching(message) });
  });

  it('wants the end line where one is declared', async () => {
    const EndLine = '#END';
    const whole = await run({ ...shell('printf "id\\n1\\n2\\n#END\\n"'), EndLine });

    expect(rowsOf(whole)).toEqual([{ id: '1' }, { id: '2' }]);
    for (const text of ['id\\n1\\n2\\n', 'id\\n1\\n2#END', 'id\\n1\\n#END\\n2\\n', '']) {
      const running = run({ ...shell(`printf "${text}"`), EndLine });
      await expect(running).rejects.toMatchObject({ kind: 'incomplete' });
    }
  });

  it('ends a program that hangs, and what it started', async () => {
    const text = `(while :; do sleep 0.2; done) & echo $! > ${folder}/pid; echo id; wait`;
    const running = run({ ...shell(text), TimeoutSeconds: 0.7 });

    await expect(running).rejects.toMatchObject({ kind: 'timeout' });
    expect(await isAtWork(Number(await readFile(join(folder, 'pid'), 'utf8')))).toBe(false);
  }, 30_000);

  it('is not held up by a program left behind that keeps the output open', async () => {
    const batches = await run(shell('echo id; echo 1; (setsid sleep 60) & exit 0'));

    expect(rowsOf(batches)).toEqual([{ id: '1' }]);
    expect(batches.at(-1)).toMatchObject({ kind: 'end', rows: 1 });
  }, 20_000);

  it('reads a large output in little memory', async () => {
    const megabytes = Number(process.env['LOCKSTEP_COMMAND_MEGABYTES'] ?? 12);
    const Command = writeProgram(
      folder,
      'large',
      `const line = 'x'.repeat(1023) + '\\n';
const block = line.repeat(1024);
process.stdout.write('id\\n');
for (let index = 0; index < ${megabytes}; index += 1)
  if (!process.stdout.write(block)) await new Promise((resolve) => process.stdout.once('drain', resolve));`,
    );
    await using context = await createTestContext();
    const tables = [{ name: 'Hr', suffix: '', columns: [], formats: {} }];
    const before = process.memoryUsage().rss;
    let rows = 0;
    let most = 0;
    const source = commandExporter.exportTables(
      { connection: 'Hr', settings: read({ Export: { Command } }), mode: 'complete', tables },
      context,
    );
    for await (const batch of source) {
      if (batch.kind === 'rows') rows += batch.rows.length;
      most = Math.max(most, process.memoryUsage().rss);
    }

    expect(rows).toBe(megabytes * 1024);
    expect((most - before) / 1024 ** 2).toBeLessThan(220);
  }, 120_000);

  it('does not know placeholders of others', async () => {
    await expect(run({ Command: '/bin/echo', Args: ['{Changes.login}'] })).rejects.toMatchObject({
      kind: 'invalid-value',
      message: 'The placeholder {Changes.login} in Export.Args is not known.',
    });
    await expect(run({ Command: '/bin/echo', Args: ['{Table'] })).rejects.toMatchObject({
      message: 'An argument in Export.Args has a lone brace.',
    });
  });
});

function makeOrder(id: string, changes: Readonly<Record<string, string>> = {}): ProvisioningOrder {
  return {
    id,
    assignedResourceTypeId: `70${id}`,
    changeType: 'added',
    owner: { id: '1', displayName: 'Rey Ana', identifier: 'E1', values: { EmployeeId: 'E1' } },
    resourceType: {
      identifier: 'Directory_Account',
      sourceEntityType: 'Person',
      targetEntityType: 'Directory_Entry',
    },
    changes: Object.entries(changes).map(([property, value]) => ({ kind: 'set', property, value })),
  };
}

describe('carrying out orders through a program', () => {
  async function fulfil(
    section: Readonly<Record<string, unknown>>,
    orders: readonly ProvisioningOrder[],
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<{ readonly told: readonly unknown[]; readonly log: string }> {
    await using context = await createTestContext();
    const environment = { PATH: process.env['PATH'] };
    const settings = read({ Fulfil: section, ...more });
    await using fulfiller = await commandFulfiller.openFulfiller(settings, [], {
      ...context,
      environment,
    });
    const results = await Promise.allSettled(orders.map((order) => fulfiller.fulfil(order)));
    const told = results.map((result) =>
      result.status === 'fulfilled' ? result.value : result.reason,
    );
    return { told, log: context.log.join('\n') };
  }
  const shell = (text: string) => ({ Command: '/bin/sh', Args: ['-c', text] });
  const program = (body: string) => ({ Command: writeProgram(folder, 'program', body) });

  it('gives arguments to a program as they are, whatever they hold', async () => {
    const { Command } = program(
      `import fs from 'node:fs';
const { ProvisioningOrdersList: orders } = JSON.parse(fs.readFileSync(0, 'utf8'));
fs.appendFileSync(${JSON.stringify(join(folder, 'seen'))}, JSON.stringify([process.argv.slice(2), orders[0].Changes.name]) + '\\n');
console.log('{"State":"Executed"}');`,
    );
    const texts = hostileTexts();
    expect(texts.length).toBeGreaterThanOrEqual(200);
    // One start carries many values: each is an argument of its own.
    const names = texts.map((_, index) => `p${index}`);
    const order = makeOrder('1', {
      name: texts.join('|'),
      ...Object.fromEntries(names.map((name, index) => [name, texts[index] ?? ''])),
    });
    const Args = [
      ...names.map((name) => `--value={Changes.${name}}`),
      '--',
      ...names.map((name) => `{Changes.${name}}`),
      '{{literal}}',
    ];

    const { told } = await fulfil({ Command, Args }, [order]);

    expect(told).toEqual([{ status: 'executed' }]);
    const [seen, name] = JSON.parse(await readFile(join(folder, 'seen'), 'utf8'));
    expect(seen).toEqual([...texts.map((text) => `--value=${text}`), '--', ...texts, '{literal}']);
    expect(name).toBe(texts.join('|'));
    expect(await readdir(folder)).toEqual(['program.mjs', 'seen']);
  });

  it.each(['-rf', '--help', '-\n'])(
    'refuses a value that a program would take for an option: %j',
    async (name) => {
      const Command = '/bin/touch';
      const { told } = await fulfil({ Command, Args: ['{Changes.name}'], Result: 'exitCode' }, [
        makeOrder('1', { name }),
      ]);

      expect(told).toMatchObject([{ kind: 'invalid-value' }]);
    },
  );

  it('refuses a value that no argument can hold, and touches nothing', async () => {
    const section = { ...shell(`touch ${folder}/seen`), Result: 'exitCode' };
    const Args = [...section.Args, 'sh', 'x{Changes.name}'];
    const { told } = await fulfil({ ...section, Args }, [makeOrder('1', { name: 'a\0b' })]);

    expect(told).toMatchObject([{ kind: 'invalid-value' }]);
    expect(existsSync(join(folder, 'seen'))).toBe(false);
  });

  it('reads what became of each order, its values and its kind of failure', async () => {
    const section = program(`console.log('just talking');
console.log(JSON.stringify({ OrderId: '1', State: 'Executed', Message: 'made', Values: { id: 17, mail: null } }));
console.log(JSON.stringify({ OrderId: '2', State: 'Error', Kind: 'rate-limited', Message: 'later' }));
console.log(JSON.stringify({ OrderId: '9', State: 'Executed' }));
console.log('{"OrderId":"3","State":"Exec');`);
    const orders = ['1', '2', '3'].map((id) => makeOrder(id));

    const { told, log } = await fulfil({ ...section, OrdersAtOnce: 10 }, orders);

    expect(told).toMatchObject([
      { status: 'executed', message: 'made', values: { id: '17', mail: null } },
      { kind: 'rate-limited', message: 'The program said: later' },
      { kind: 'unexpected', message: expect.stringContaining('gave no result for this order') },
    ]);
    expect(log).toContain('just talking');
    expect(log).toContain('a result is of an order that was not asked for');
  });

  it('calls an order failed that ends well and says nothing', async () => {
    const { told } = await fulfil(shell('exit 0'), [makeOrder('1')]);

    expect(told).toMatchObject([{ kind: 'unexpected' }]);
  });

  it('goes by the exit code where it is told to', async () => {
    const section = { ...shell('exit "$1"'), Result: 'exitCode' };
    const Args = [...section.Args, 'sh', '{Arguments.code}'];
    const order = (id: string, code: string) => ({ ...makeOrder(id), arguments: { code } });
    const orders = [order('1', '0'), order('2', '1'), order('3', '75')];

    const { told } = await fulfil({ ...section, Args }, orders, {
      ExitCodes: { 75: 'unreachable' },
    });

    expect(told).toMatchObject([
      { status: 'executed' },
      { kind: 'unexpected', message: 'The program ended with exit code 1.' },
      { kind: 'unreachable' },
    ]);
  });

  it('refuses several orders at once where arguments tell of one', async () => {
    const section = { Command: '/bin/echo', Args: ['{OrderId}'], OrdersAtOnce: 2 };

    await expect(fulfil(section, [])).rejects.toMatchObject({ kind: 'invalid-value' });
  });

  it('hides secrets that the program prints, in results and values too', async () => {
    const { told, log } = await fulfil(
      program(`import fs from 'node:fs';
const { Options } = JSON.parse(fs.readFileSync(0, 'utf8'));
console.log('using ' + Options.Password);
console.error('failed with ' + encodeURIComponent(Options.Password));
process.stdout.write('x'.repeat(3990) + Options.Password + '\\n');
console.log(JSON.stringify({ State: 'Executed', Message: 'by ' + Options.Password, Values: { note: Options.Password } }));`),
      [makeOrder('1')],
      { Options: { Password: 'p&ss w0rd"é' } },
    );

    expect(told).toEqual([
      { status: 'executed', message: 'by [secret]', values: { note: '[secret]' } },
    ]);
    expect(log).toContain('using [secret]');
    expect(log).toContain('failed with [secret]');
    for (const part of ['p&ss', 'p%26ss', 'xp&']) expect(log).not.toContain(part);
  });

  it('replaces a password by an order without changes, through standard input alone', async () => {
    const password = 'p&ss w0rd"é';
    const order: ProvisioningOrder = {
      ...makeOrder('1'),
      changeType: 'modified',
      changes: [],
      password: { value: new Secret(password), mustChange: true },
    };
    const section = program(`import fs from 'node:fs';
const input = JSON.parse(fs.readFileSync(0, 'utf8'));
const [one] = input.ProvisioningOrdersList;
const { Value, MustChange } = input.OrderPasswords[one.AssignedResourceTypeId];
const elsewhere = JSON.stringify([process.argv, process.env, one]).includes('w0rd');
console.log('set ' + Value);
console.log(JSON.stringify({ State: 'Executed', Message: [one.ChangeType, MustChange, Buffer.from(Value).toString('hex'), elsewhere].join() }));`);

    const { told, log } = await fulfil({ ...section, SendsPasswords: true }, [order]);
    const refused = await fulfil(section, [order]);

    const [{ message = '' } = {}] = told as readonly { readonly message?: string }[];
    expect(message).toBe(`Modified,true,${Buffer.from(password).toString('hex')},false`);
    expect(log).toContain('set [secret]');
    expect(refused.told).toMatchObject([{ kind: 'unsupported' }]);
  });

  it('lives through output without end, without a line break and without meaning', async () => {
    const megabytes = Number(process.env['LOCKSTEP_COMMAND_MEGABYTES'] ?? 12);
    const before = process.memoryUsage().rss;
    const { told, log } = await fulfil(
      shell(
        `head -c ${megabytes}000000 /dev/urandom; echo; head -c ${megabytes}000000 /dev/zero >&2; yes | head -n 100000; echo; echo '{{"State":"Executed"}}'`,
      ),
      [makeOrder('1')],
    );

    expect(told).toEqual([{ status: 'executed' }]);
    expect(log.length).toBeLessThan(25_000_000);
    expect(log).toContain('Further output of the program is left out.');
    expect((process.memoryUsage().rss - before) / 1024 ** 2).toBeLessThan(300);
  }, 120_000);

  it('leaves an order in doubt to a person, or asks again where the program may be asked twice', async () => {
    const section = { ...shell('sleep 30'), TimeoutSeconds: 0.4 };

    const { told: once } = await fulfil(section, [makeOrder('1')]);
    const { told: twice } = await fulfil({ ...section, IsRepeatable: true }, [makeOrder('1')]);

    expect(once).toMatchObject([{ kind: 'unexpected' }]);
    expect(twice).toMatchObject([{ kind: 'timeout' }]);
  });
});
