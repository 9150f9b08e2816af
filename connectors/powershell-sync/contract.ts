/** Scripts of PowerShell that read as a subject of the contract of connectors. */
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installInterpreter } from '../../test/fixtures/powershell/install-interpreter.ts';
import { listScript, prepareLedger } from '../../test/fixtures/scripts/change-ledger.ts';
import { requestRows } from '../spi/contract/row-file.ts';
import { type ContractRow, defineContract, type PreparedSource } from '../spi/contract/subject.ts';
import { powershellSyncExporter } from './export.ts';
import { type PowershellSyncSettings, powershellSyncSettings } from './settings.ts';

const Options = { Password: 'Tr0ub4dor-3' };
/** Enough for a script on a machine that others keep busy. */
const TimeoutSeconds = 5;
const onlyScript = 'what its system says, and what is open, only the script knows';

export const contract = defineContract<PowershellSyncSettings>({
  name: 'PowerShell scripts that read',
  folder: import.meta.dirname,
  definition: {
    settings: powershellSyncSettings,
    displayName: 'Custom/PowerShellSync',
    incremental: true,
  },
  badSettings: {
    'no script': {},
    'a separator that is a quote': { PowerShellScriptPath: 'x.ps1', Separator: '"' },
    'an end line of two lines': { PowerShellScriptPath: 'x.ps1', EndLine: 'a\nb' },
    'no time at all': { PowerShellScriptPath: 'x.ps1', TimeoutSeconds: 0 },
  },
  unreachable: async () => ({
    PowerShellScriptPath: join(tmpdir(), 'no-such-folder', 'read.ps1'),
    Options,
  }),
  secret: Options.Password,
  exporter: {
    load: async () => powershellSyncExporter,
    prepare: prepareScript,
    missingTable: () => requestRows('Badge', 'other', []),
  },
  skips: {
    'connection-wrong-password': onlyScript,
    'connection-closes': onlyScript,
    'early-stop-releases': onlyScript,
    'end-releases': onlyScript,
    'waits-for-reader': onlyScript,
    'reading-throttled': onlyScript,
    'several-values-steady': 'a cell holds one value',
  },
});

async function prepareScript(rows: readonly ContractRow[]): Promise<PreparedSource> {
  const { folder, ...ledger } = await prepareLedger('powershell-sync', rows);
  const write = (body: string): Promise<void> => writeFile(join(folder, 'read.mjs'), body);
  await writeFile(join(folder, 'read.ps1'), '# stands for its module\n');
  await write(`${listScript}
export const run = ({ OutputPath, IsIncremental, CookiePath }) => writeFileSync(OutputPath + 'people.csv',
  list(import.meta.dirname, { isIncremental: IsIncremental === 'true', cookiePath: CookiePath }));
`);
  return {
    ...ledger,
    settings: {
      PowerShellScriptPath: join(folder, 'read.ps1'),
      PowerShellPath: installInterpreter(folder),
      TimeoutSeconds,
      Options,
    },
    stall: () =>
      write(
        'export const run = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);\n',
      ),
    timeoutMs: TimeoutSeconds * 1_000,
  };
}
