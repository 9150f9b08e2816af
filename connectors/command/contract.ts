/** Programs as a subject of the contract of connectors: one that lists accounts, and carries out orders on them. */
import { chmod, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accountScript, prepareAccounts } from '../../test/fixtures/scripts/account-folder.ts';
import { listScript, prepareLedger } from '../../test/fixtures/scripts/change-ledger.ts';
import { countAtWork } from '../spi/contract/open-files.ts';
import {
  columnsOfRows,
  formatRowsAsCsv,
  prepareRowFile,
  requestRows,
} from '../spi/contract/row-file.ts';
import {
  type ConnectorSubject,
  type ContractRow,
  defineContract,
  type ExportSubject,
  type PreparedSource,
  type PreparedTarget,
  type SystemControls,
} from '../spi/contract/subject.ts';
import { commandExporter } from './export.ts';
import { commandFulfiller } from './fulfil.ts';
import { type CommandSettings, commandSettings } from './settings.ts';

const secret = 'Tr0ub4dor-3';
const noLogin = 'a program signs in by itself, as whoever wrote it has it';
const noReading = 'a program writes and does not read';
const ownSchema =
  'which properties there are, and which of them are keys or places, is the program’s own';

const common = {
  folder: import.meta.dirname,
  badSettings: {
    'nothing to do': {},
    'no program': { Export: {} },
    'an argument that is a section': { Export: { Command: 'x', Args: [{ a: 'b' }] } },
    'a word where output or files belongs': { Export: { Command: 'x', Writes: 'paper' } },
    'no orders at all': { Fulfil: { Command: 'x', OrdersAtOnce: 0 } },
    'a result of another sort': { Fulfil: { Command: 'x', Result: 'feeling' } },
    'an exit code that is a word': { Export: { Command: 'x' }, ExitCodes: { bad: 'timeout' } },
    'an exit code of no kind': { Export: { Command: 'x' }, ExitCodes: { 3: 'sad' } },
  },
  unreachable: async () => ({
    Export: { Command: join(tmpdir(), 'no-such-folder', 'program') },
    Fulfil: { Command: join(tmpdir(), 'no-such-folder', 'program') },
    Options: { Password: secret },
  }),
  secret,
};
const readingSkips = {
  'connection-wrong-password': noLogin,
  'waits-for-reader': 'how far a program has got cannot be seen from outside',
  'several-values-steady': 'a cell holds one value',
};

/** Programs that write files and know what has changed, and programs for orders. */
export const contract = defineContract<CommandSettings>({
  ...common,
  name: 'Programs',
  definition: { settings: commandSettings, displayName: 'Custom/Command', incremental: true },
  exporter: describeExporter(prepareFiles),
  fulfiller: { load: async () => commandFulfiller, prepare: prepareTarget },
  skips: {
    ...readingSkips,
    'unknown-property-refused': ownSchema,
    renamed: ownSchema,
    moved: ownSchema,
    'read-as-written': noReading,
    'read-after-adding': noReading,
    'read-of-nothing': noReading,
  },
});

/** Programs that print their table. */
export const outputContract: ConnectorSubject = defineContract<CommandSettings>({
  ...common,
  name: 'Programs that print',
  definition: { settings: commandSettings, displayName: 'Custom/Command', incremental: false },
  exporter: describeExporter(prepareOutput),
  skips: {
    ...readingSkips,
    'changes-while-reading': 'a program lists what it holds at one moment',
  },
});

function describeExporter(
  prepare: (rows: readonly ContractRow[]) => Promise<PreparedSource>,
): ExportSubject<CommandSettings> {
  return {
    load: async () => commandExporter,
    prepare,
    missingTable: () => requestRows('Badge', 'other', []),
  };
}

/** What programs of Node begin with: they do as the files beside them say. */
const head = `import fs from 'node:fs';
import path from 'node:path';
const here = import.meta.dirname;
if (fs.existsSync(path.join(here, 'busy'))) process.exit(75);
if (fs.existsSync(path.join(here, 'silent'))) await new Promise(() => setInterval(() => {}, 1000));
`;

const lister = `${head}
${listScript}
const [prefix, cookiePath, isIncremental] = process.argv.slice(2);
fs.writeFileSync(prefix + 'people.csv', list(here, { isIncremental: isIncremental === 'true', cookiePath }));
`;

/** Does as the other one does, and starts in a moment. */
const printer = `cd "$(dirname "$0")" || exit 1
[ -f busy ] && exit 75
[ -f silent ] && sleep 600
[ -f cut ] || exec cat people.csv
head -n "$(cat cut)" people.csv
exit 1
`;

const changer = `${head}
${accountScript}
for (const order of JSON.parse(fs.readFileSync(0, 'utf8')).ProvisioningOrdersList) {
  let result = { State: 'Executed' };
  try {
    change(order, path.join(here, 'accounts'));
  } catch ({ message }) {
    const [, Kind = 'unexpected', Message = message] = /^\\[(.*)\\] (.*)$/.exec(message) ?? [];
    result = { State: 'Error', Kind, Message };
  }
  console.log(JSON.stringify({ OrderId: order.OrderId, ...result }));
}
`;

interface Program extends Required<Pick<SystemControls, 'opened' | 'stall' | 'throttle'>> {
  readonly path: string;
}

async function writeProgram(folder: string, interpreter: string, text: string): Promise<Program> {
  const path = join(folder, 'program.mjs');
  await writeFile(path, `#!${interpreter}\n${text}`);
  await chmod(path, 0o755);
  return {
    path,
    opened: () => countAtWork(path),
    stall: () => writeFile(join(folder, 'silent'), ''),
    throttle: () => writeFile(join(folder, 'busy'), ''),
  };
}

/** Long enough for a program to start on a busy machine. */
const timeoutSeconds = 4;
const timeoutMs = timeoutSeconds * 1_000;
const everywhere = { Options: { Password: secret }, ExitCodes: { 75: 'rate-limited' } };

async function prepareFiles(rows: readonly ContractRow[]): Promise<PreparedSource> {
  const { folder, ...ledger } = await prepareLedger('command', rows);
  const { path: Command, ...controls } = await writeProgram(folder, process.execPath, lister);
  const Args = ['{OutputPath}', '{CookiePath}', '{IsIncremental}'];
  return {
    ...ledger,
    ...controls,
    timeoutMs,
    settings: {
      ...everywhere,
      Export: { Command, Args, Writes: 'files', TimeoutSeconds: timeoutSeconds },
    },
  };
}

async function prepareOutput(rows: readonly ContractRow[]): Promise<PreparedSource> {
  const { folder, ...file } = await prepareRowFile(rows, {
    ...{ name: 'people.csv', format: formatRowsAsCsv },
    cut: (_, count) => writeFile(join(folder, 'cut'), String(count + 1)),
  });
  const { path: Command, ...controls } = await writeProgram(folder, '/bin/sh', printer);
  return {
    ...file,
    ...controls,
    timeoutMs,
    settings: { ...everywhere, Export: { Command, TimeoutSeconds: timeoutSeconds } },
    table: requestRows('Badge', ''),
    columns: columnsOfRows,
  };
}

async function prepareTarget(): Promise<PreparedTarget> {
  const { folder, accounts: _, ...prepared } = await prepareAccounts('command');
  const { path: Command, ...controls } = await writeProgram(folder, process.execPath, changer);
  return {
    ...prepared,
    ...controls,
    timeoutMs,
    settings: {
      ...everywhere,
      Fulfil: { Command, IsRepeatable: true, TimeoutSeconds: timeoutSeconds, OrdersAtOnce: 50 },
    },
  };
}
