/** Programs as a subject of the contract of connectors: one that lists accounts, and carries out orders on them. */
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ContractRow,
  defineContract,
  type PreparedSource,
  type PreparedTarget,
  type SystemControls,
} from '../spi/contract/subject.ts';
import { formatCsv, formatCsvHeader } from '../spi/csv-format.ts';
import { commandExporter } from './export.ts';
import { commandFulfiller } from './fulfil.ts';
import { type CommandSettings, commandSettings } from './settings.ts';

const secret = 'Tr0ub4dor-3';
const columns = ['id', 'full name', 'note'];
const noLogin = 'a program signs in by itself, as whoever wrote it has it';
const noReading = 'a program writes and does not read';
const ownSchema =
  'which properties there are, and which of them are keys or places, is the program’s own';

export const contract = defineContract<CommandSettings>({
  name: 'Programs',
  folder: import.meta.dirname,
  definition: { settings: commandSettings, displayName: 'Custom/Command' },
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
  exporter: {
    load: async () => commandExporter,
    prepare: prepareSource,
    missingTable: () => ({ name: 'Badge_other', suffix: 'other', columns: [], formats: {} }),
  },
  fulfiller: { load: async () => commandFulfiller, prepare: prepareTarget },
  skips: {
    'connection-wrong-password': noLogin,
    'waits-for-reader': 'how far a program has got cannot be seen from outside',
    'several-values-steady': 'a cell holds one value',
    'changes-while-reading': 'a program lists what it holds at one moment',
    'unknown-property-refused': ownSchema,
    renamed: ownSchema,
    moved: ownSchema,
    'read-as-written': noReading,
    'read-after-adding': noReading,
    'read-of-nothing': noReading,
  },
});

/** What both programs begin with: they do as `mood` says. */
const head = `import fs from 'node:fs';
import path from 'node:path';
const here = import.meta.dirname;
const mood = JSON.parse(fs.readFileSync(path.join(here, 'mood.json'), 'utf8'));
if (mood.state === 'busy') process.exit(75);
if (mood.state === 'silent') await new Promise(() => setInterval(() => {}, 1000));
`;

const lister = `${head}
const text = fs.readFileSync(path.join(here, 'people.csv'), 'utf8');
const lines = mood.rows === undefined ? undefined : text.split('\\n').slice(0, mood.rows + 1);
process.stdout.write(lines === undefined ? text : lines.join('\\n') + '\\n', () => process.exit(lines === undefined ? 0 : 1));
`;

const changer = `${head}
function change(order) {
  const changes = order.Changes ?? {};
  const key = changes.key ?? order.Resource?.key;
  const file = path.join(here, 'accounts', Buffer.from(key).toString('hex') + '.json');
  const isThere = fs.existsSync(file);
  if (order.ChangeType === 'Deleted') return fs.rmSync(file, { force: true });
  if (order.ChangeType === 'Added' && isThere) return ['already-exists', 'There is an account of this key.'];
  if (order.ChangeType === 'Modified' && !isThere) return ['not-found', 'There is no account of this key.'];
  const account = isThere ? JSON.parse(fs.readFileSync(file, 'utf8')) : { name: null, note: null, links: [] };
  for (const [name, expected] of Object.entries(order.Expected ?? {}))
    if (account[name] !== expected) return ['conflict', 'Somebody changed the account.'];
  for (const name of ['name', 'note']) if (name in changes) account[name] = changes[name];
  const keysOf = (groups) => (groups ?? []).map((group) => group.key);
  const removed = keysOf(changes.groups_remove);
  const links = new Set([...account.links, ...keysOf(changes.groups_add)]);
  account.links = [...links].filter((link) => !removed.includes(link));
  fs.writeFileSync(file, JSON.stringify(account));
}
for (const order of JSON.parse(fs.readFileSync(0, 'utf8')).ProvisioningOrdersList) {
  const refusal = change(order);
  const result = refusal ? { State: 'Error', Kind: refusal[0], Message: refusal[1] } : { State: 'Executed' };
  console.log(JSON.stringify({ OrderId: order.OrderId, ...result }));
}
`;

interface ProgramFolder extends Required<Pick<SystemControls, 'opened' | 'stall' | 'throttle'>> {
  readonly path: string;
  readonly program: string;
  setMood(mood: Readonly<Record<string, unknown>>): Promise<void>;
}

async function makeFolder(text: string): Promise<ProgramFolder> {
  const path = await mkdtemp(join(tmpdir(), 'command-contract-'));
  const program = join(path, 'program.mjs');
  await writeFile(program, `#!${process.execPath}\n${text}`);
  await chmod(program, 0o755);
  const setMood = (mood: Readonly<Record<string, unknown>>): Promise<void> =>
    writeFile(join(path, 'mood.json'), JSON.stringify(mood));
  await setMood({});
  return {
    path,
    program,
    setMood,
    opened: () => countAtWork(program),
    stall: () => setMood({ state: 'silent' }),
    throttle: () => setMood({ state: 'busy' }),
  };
}

/** How many processes run the program. */
async function countAtWork(program: string): Promise<number> {
  const ids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.split('\0').includes(program)).length;
}

/** Long enough for a program to start on a busy machine. */
const timeoutSeconds = 5;
const common = {
  Options: { Password: secret },
  ExitCodes: { 75: 'rate-limited' },
};

async function prepareSource(rows: readonly ContractRow[]): Promise<PreparedSource> {
  const { path, program, setMood, ...controls } = await makeFolder(lister);
  const cells = rows.map((row) => [row.key, row.name, row.note]);
  await writeFile(join(path, 'people.csv'), formatCsvHeader(columns) + formatCsv(cells));
  return {
    ...controls,
    timeoutMs: timeoutSeconds * 1_000,
    settings: { ...common, Export: { Command: program, TimeoutSeconds: timeoutSeconds } },
    table: { name: 'Badge', suffix: '', columns, formats: {} },
    columns: { key: 'id', name: 'full name', note: 'note' },
    breakAfter: (count) => setMood({ rows: count }),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}

async function prepareTarget(): Promise<PreparedTarget> {
  const { path, program, setMood: _, ...controls } = await makeFolder(changer);
  await mkdir(join(path, 'accounts'));
  return {
    ...controls,
    timeoutMs: timeoutSeconds * 1_000,
    settings: {
      ...common,
      Fulfil: { Command: program, IsRepeatable: true, TimeoutSeconds: timeoutSeconds },
    },
    target: {
      resourceType: 'Directory_Account',
      entityType: 'Directory_Entry',
      tableSuffix: '',
      columns: ['key', 'name', 'note'].map((property) => ({
        ...{ property, column: property, isUniqueKey: false },
        isPrimaryKey: property === 'key',
      })),
      links: [],
      mapping: { element: 'ResourceTypeMapping', attributes: {}, children: [] },
    },
    async find(key) {
      const file = join(path, 'accounts', `${Buffer.from(key).toString('hex')}.json`);
      return existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : null;
    },
    addLinked: async (key) => ({ id: `g-${key}`, entityType: 'Directory_Group', values: { key } }),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}
