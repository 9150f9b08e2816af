import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTestContext, readSettings } from '../../test/contract/contract-context.ts';
import { describeFulfillerContract } from '../../test/contract/fulfiller-contract.ts';
import { accountTarget, findAccount } from '../../test/fixtures/powershell/account-folder.ts';
import { isAtWork } from '../../test/fixtures/programs.ts';
import { describeWithServer } from '../../test/servers/use-server.ts';
import type { ProvisioningOrder } from '../spi/order.ts';
import { Secret } from '../spi/secret.ts';
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

/** Keeps an account per file, as scripts of other kinds do in their tests. */
const accountLibrary = `import json, os

def change(order, folder):
    changes = order["Changes"]
    key = changes.get("key") or order["Resource"].get("key")
    path = os.path.join(folder, key.encode("utf-8").hex() + ".json")
    is_there = os.path.exists(path)
    kind = order["ChangeType"]
    if kind == "Added":
        if is_there:
            raise AssertionError("[already-exists] There is an account of this key.")
        account = {"name": None, "note": None, "groups": []}
    elif kind == "Modified":
        if not is_there:
            raise AssertionError("[not-found] There is no account of this key.")
        with open(path, encoding="utf-8") as file:
            account = json.load(file)
        for name, expected in order.get("Expected", {}).items():
            if account[name] != expected:
                raise AssertionError("[conflict] Somebody changed the account.")
    else:
        if is_there:
            os.remove(path)
        return
    for name in ("name", "note"):
        if name in changes:
            account[name] = changes[name]
    for group in changes.get("groups_add", []):
        if group["key"] not in account["groups"]:
            account["groups"].append(group["key"])
    removed = [group["key"] for group in changes.get("groups_remove", [])]
    account["groups"] = [group for group in account["groups"] if group not in removed]
    with open(path, "w", encoding="utf-8") as file:
        json.dump(account, file)
`;

describeWithServer('robot', 'scripts of Robot Framework', (address) => {
  describeFulfillerContract<RobotFrameworkSettings>({
    name: 'Robot Framework',
    definition,
    loadFactory: async () => robotFrameworkFulfiller,
    prepare: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'robot-contract-'));
      const accounts = join(folder, 'accounts');
      await mkdir(accounts);
      await writeFile(join(folder, 'accounts_library.py'), accountLibrary);
      const keywords = ['ExecuteAdd', 'ExecuteModify', 'ExecuteDelete'].map(
        (keyword) =>
          `${keyword}\n    [Arguments]    \${order}\n    Change    \${order}    ${accounts}\n`,
      );
      await writeFile(
        join(folder, 'accounts.robot'),
        `${start}Library     \${CURDIR}/accounts_library.py\n\n*** Keywords ***\n${keywords.join('\n')}${end}`,
      );
      return {
        settings: {
          RobotFrameworkScriptPath: join(folder, 'accounts.robot'),
          RobotPath: address().robot,
        },
        target: accountTarget,
        find: async (key) => findAccount(accounts, key),
        addLinked: async (key) => ({
          id: `g-${key}`,
          entityType: 'Directory_Group',
          values: { key },
        }),
        [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
      };
    },
    badSettings: {
      'no script': {},
      'no program': { RobotFrameworkScriptPath: 'x.robot', RobotPath: '' },
      'no time at all': { RobotFrameworkScriptPath: 'x.robot', TimeoutSeconds: 0 },
    },
    unreachable: async () => ({
      RobotFrameworkScriptPath: join(tmpdir(), 'no-such-folder', 'x.robot'),
      Options: { Password: canary },
    }),
    secret: canary,
    skips: { read: 'a script writes and does not read' },
  });

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
