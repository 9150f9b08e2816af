import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeConnectorContract } from '../../test/contract/connector-contract.ts';
import { createTestContext, readSettings } from '../../test/contract/contract-context.ts';
import { isAtWork } from '../../test/fixtures/programs.ts';
import { describeWithServer } from '../../test/servers/use-server.ts';
import type { ProvisioningOrder } from '../spi/order.ts';
import { Secret } from '../spi/secret.ts';
import { contract } from './contract.ts';
import { robotFrameworkFulfiller } from './fulfil.ts';
import { type RobotFrameworkSettings, robotFrameworkSettings } from './settings.ts';

const definition = { settings: robotFrameworkSettings, displayName: 'Custom/Robot Framework' };
const canary = 'Tr0ub4dor-3';
const start = `*** Settings ***
Resource    \${RUNTIMEPATH}/UsercubeRobotFramework.resource
Library     OperatingSystem
`;
const end = `
*** Test Cases ***
Run Provisioning
    Launch Provisioning
`;

describeWithServer('robot', 'scripts of Robot Framework', (address) => {
  describeConnectorContract(contract);

  /** Runs a script over orders; what became of each, the log, and what lies in the folder afterwards. */
  async function run(
    keywords: string,
    orders: readonly ProvisioningOrder[],
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<{
    readonly told: readonly unknown[];
    readonly log: string;
    read(name: string): Promise<string>;
  }> {
    const folder = await mkdtemp(join(tmpdir(), 'robot-'));
    const script = join(folder, 'script.robot');
    await writeFile(
      script,
      `${start}\n*** Variables ***\n\${FOLDER}    ${folder}\n\n*** Keywords ***\n${keywords}\n${end}`,
    );
    await using context = await createTestContext();
    const settings = readSettings<RobotFrameworkSettings>(definition, {
      RobotFrameworkScriptPath: script,
      RobotPath: address().robot,
      ...more,
    });
    const environment = { PATH: process.env['PATH'], HR_PASSWORD: canary };
    await using fulfiller = await robotFrameworkFulfiller.openFulfiller(settings, [], {
      ...context,
      environment,
    });
    const results = await Promise.allSettled(orders.map((order) => fulfiller.fulfil(order)));
    expect(await readdir(join(context.workFolder, 'runs'))).toEqual([]);
    const names = await readdir(folder);
    const files = new Map<string, string>();
    for (const name of names) files.set(name, await readFile(join(folder, name), 'utf8'));
    await rm(folder, { recursive: true });
    return {
      told: results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason)),
      log: context.log.join('\n'),
      read: async (name) => files.get(name) ?? '',
    };
  }

  function makeOrder(id: string, login: string): ProvisioningOrder {
    return {
      id,
      assignedResourceTypeId: `70${id}`,
      changeType: 'added',
      owner: { id: '1', displayName: 'Rey Ana', identifier: 'E1', values: {} },
      resourceType: {
        identifier: 'Shop_Account',
        sourceEntityType: 'Person',
        targetEntityType: 'Shop_Entry',
      },
      changes: [{ kind: 'set', property: 'login', value: login }],
    };
  }

  it('gives the fallback its turn after a failure only, and values stay text in both', async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: they mean something to Robot Framework
    const logins = ['${FOLDER}', '@{x}    %{HOME}', 'name=value', '\\n \\${x}', 'plain'];
    const { told, read } = await run(
      `ExecuteAdd
    [Arguments]    \${order}
    Try Keyword    Keep    tried    \${order['Changes']['login']}
    Catch Keyword    Keep    never    x
    Try Keyword    Fail    no
    Catch Keyword    Keep    caught    \${order['Changes']['login']}
Keep
    [Arguments]    \${name}    \${text}
    Append To File    \${FOLDER}/\${name}    \${text}|`,
      logins.map((login, index) => makeOrder(String(index + 1), login)),
    );

    expect(told).toEqual(logins.map(() => ({ status: 'executed' })));
    expect(await read('tried')).toBe(logins.map((login) => `${login}|`).join(''));
    expect(await read('caught')).toBe(logins.map((login) => `${login}|`).join(''));
    expect(await read('never')).toBe('');
  });

  it('gives options and passwords to the script, and shows them nowhere', async () => {
    const password = 'pässword-"41';
    const order = {
      ...makeOrder('1', 'ana'),
      password: { value: new Secret(password), mustChange: false },
    };
    const { told, log, read } = await run(
      `ExecuteAdd
    [Arguments]    \${order}
    \${option}=    Get Secure Data    Password    True
    \${made}=    Generate Password
    Log Debug    using \${option} and \${made}
    Log To Console    on the console \${option}
    Log    in the log \${made}    WARN
    Create File    \${FOLDER}/seen    \${option}|\${made}
    Send Password Notification
    Get Secure Data    Password    False`,
      [order],
      { Options: { Password: canary } },
    );

    expect(await read('seen')).toBe(`${canary}|${password}`);
    expect(told).toMatchObject([
      { message: 'The script said: The connection has no option Password.' },
    ]);
    expect(log).toContain('using [secret] and [secret]');
    for (const secret of [canary, 'pässword']) expect(log).not.toContain(secret);
  });

  it('fails for options and passwords that nobody gave, without waiting for them', async () => {
    const { told } = await run(
      `ExecuteAdd
    [Arguments]    \${order}
    IF    '\${order['Changes']['login']}' == 'a'    Get Secure Data    Password    False
    Generate Password`,
      [makeOrder('1', 'a'), makeOrder('2', 'b')],
    );

    expect(told).toMatchObject([
      { kind: 'unexpected', message: expect.stringContaining('no option Password') },
      { kind: 'unexpected', message: expect.stringContaining('No password was made') },
    ]);
  });

  it.each([
    ['that defines no keyword', 'Nothing\n    No Operation', /No keyword with name 'ExecuteAdd'/],
    [
      'that ends itself',
      `ExecuteAdd\n    [Arguments]    \${order}\n    Evaluate    os._exit(0)    modules=os`,
      /exit code 0 and gave no result/,
    ],
  ])('calls orders failed of a script %s', async (_, keywords, message) => {
    const { told } = await run(keywords, [makeOrder('1', 'a')]);

    expect(told).toMatchObject([{ kind: 'unexpected', message: expect.stringMatching(message) }]);
  });

  it('ends a script that hangs, with the programs it started', async () => {
    const { told, read } = await run(
      `ExecuteAdd
    [Arguments]    \${order}
    Evaluate    open(r'\${FOLDER}/pid', 'w').write(str(subprocess.Popen(['sleep', '60'], start_new_session=True).pid))    modules=subprocess
    Sleep    60s`,
      [makeOrder('1', 'a'), makeOrder('2', 'b')],
      { TimeoutSeconds: 3 },
    );

    expect(told).toMatchObject([{ kind: 'unexpected' }, { kind: 'timeout' }]);
    const pid = Number(await read('pid'));
    expect(pid).toBeGreaterThan(1);
    expect(await isAtWork(pid)).toBe(false);
  }, 60_000);
});

describe('scripts of Robot Framework without the program', () => {
  it('says at once that robot is not there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'robot-'));
    await writeFile(join(folder, 'x.robot'), start + end);
    await using context = await createTestContext();
    const settings = readSettings<RobotFrameworkSettings>(definition, {
      RobotFrameworkScriptPath: join(folder, 'x.robot'),
      RobotPath: 'no-such-robot',
    });

    const opening = robotFrameworkFulfiller.openFulfiller(settings, [], context);

    await expect(opening).rejects.toMatchObject({ kind: 'not-found' });
    await rm(folder, { recursive: true });
  });
});
