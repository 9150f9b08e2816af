/** Scripts of Robot Framework as a subject of the contract of connectors. */
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareAccounts } from '../../test/fixtures/scripts/account-folder.ts';
import { startRobot } from '../../test/servers/robot.ts';
import { skipsOfOrderScripts } from '../spi/contract/skips.ts';
import { defineContract, type PreparedTarget } from '../spi/contract/subject.ts';
import { robotFrameworkFulfiller } from './fulfil.ts';
import { type RobotFrameworkSettings, robotFrameworkSettings } from './settings.ts';

const Options = { Password: 'Tr0ub4dor-3' };
/** Enough for Python to start on a machine that others keep busy. */
const TimeoutSeconds = 8;

export const contract = defineContract<RobotFrameworkSettings>({
  name: 'Robot Framework',
  folder: import.meta.dirname,
  definition: { settings: robotFrameworkSettings, displayName: 'Custom/Robot Framework' },
  badSettings: {
    'no script': {},
    'no program': { RobotFrameworkScriptPath: 'x.robot', RobotPath: '' },
    'no time at all': { RobotFrameworkScriptPath: 'x.robot', TimeoutSeconds: 0 },
  },
  unreachable: async () => ({
    RobotFrameworkScriptPath: join(tmpdir(), 'no-such-folder', 'x.robot'),
    Options,
  }),
  secret: Options.Password,
  fulfiller: { load: async () => robotFrameworkFulfiller, prepare: prepareScript },
  skips: skipsOfOrderScripts,
});

/** Keeps an account per file, as scripts of other kinds do in their tests. */
const accountLibrary = `import json, os, time

def change(order, folder):
    while os.path.exists(os.path.join(folder, "..", "silent")):
        time.sleep(1)
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

function formatScript(accounts: string): string {
  const keywords = ['ExecuteAdd', 'ExecuteModify', 'ExecuteDelete'].map(
    (keyword) =>
      `${keyword}\n    [Arguments]    \${order}\n    Change    \${order}    ${accounts}\n`,
  );
  return `*** Settings ***
Resource    \${RUNTIMEPATH}/UsercubeRobotFramework.resource
Library     \${CURDIR}/accounts_library.py

*** Keywords ***
${keywords.join('\n')}
*** Test Cases ***
Run Provisioning
    Launch Provisioning
`;
}

async function prepareScript(): Promise<PreparedTarget> {
  await using installed = await startRobot();
  const { folder, accounts, ...prepared } = await prepareAccounts('robot');
  const script = join(folder, 'accounts.robot');
  await writeFile(join(folder, 'accounts_library.py'), accountLibrary);
  await writeFile(script, formatScript(accounts));
  return {
    ...prepared,
    settings: {
      RobotFrameworkScriptPath: script,
      RobotPath: installed.robot,
      TimeoutSeconds,
      Options,
    },
    stall: () => writeFile(join(folder, 'silent'), ''),
    timeoutMs: TimeoutSeconds * 1_000,
  };
}
