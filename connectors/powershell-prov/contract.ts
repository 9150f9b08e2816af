/** Scripts of PowerShell that carry out orders as a subject of the contract of connectors. */
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installInterpreter } from '../../test/fixtures/powershell/install-interpreter.ts';
import { accountScript, prepareAccounts } from '../../test/fixtures/scripts/account-folder.ts';
import { skipsOfOrderScripts } from '../spi/contract/skips.ts';
import { defineContract, type PreparedTarget } from '../spi/contract/subject.ts';
import { powershellProvFulfiller } from './fulfil.ts';
import { type PowershellProvSettings, powershellProvSettings } from './settings.ts';

const Options = { Password: 'Tr0ub4dor-3' };
/** Enough for a script on a machine that others keep busy. */
const TimeoutSeconds = 5;

export const contract = defineContract<PowershellProvSettings>({
  name: 'PowerShell scripts',
  folder: import.meta.dirname,
  definition: { settings: powershellProvSettings, displayName: 'Custom/PowerShellProv' },
  badSettings: {
    'no script': {},
    'no orders at all': { PowerShellScriptPath: 'x.ps1', OrdersAtOnce: 0 },
    'no time at all': { PowerShellScriptPath: 'x.ps1', TimeoutSeconds: 0 },
    'an option that is a section': { PowerShellScriptPath: 'x.ps1', Options: { a: { b: 'c' } } },
  },
  unreachable: async () => ({
    PowerShellScriptPath: join(tmpdir(), 'no-such-folder', 'fulfil.ps1'),
    Options,
  }),
  secret: Options.Password,
  fulfiller: { load: async () => powershellProvFulfiller, prepare: prepareScript },
  skips: skipsOfOrderScripts,
});

async function prepareScript(): Promise<PreparedTarget> {
  const { folder, accounts, ...prepared } = await prepareAccounts('powershell');
  const write = (body: string): Promise<void> => writeFile(join(folder, 'fulfil.mjs'), body);
  await writeFile(join(folder, 'fulfil.ps1'), '# stands for its module\n');
  await write(
    `${accountScript}\nexport const fulfil = (order) => change(order, ${JSON.stringify(accounts)});\n`,
  );
  return {
    ...prepared,
    settings: {
      PowerShellScriptPath: join(folder, 'fulfil.ps1'),
      PowerShellPath: installInterpreter(folder),
      TimeoutSeconds,
      Options,
    },
    stall: () =>
      write(
        'export const fulfil = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);\n',
      ),
    timeoutMs: TimeoutSeconds * 1_000,
  };
}
