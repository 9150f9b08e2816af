/** The connector in memory as a subject of the contract, sound or with one fault. It can do everything the contract asks for. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ConnectorError,
  type FulfilTarget,
  type SettingsSchema,
} from '../../../connectors/index.ts';
import {
  type ConnectorSubject,
  type ContractRow,
  defineContract,
  type PreparedSource,
  type PreparedTarget,
  type SystemControls,
} from '../../../connectors/spi/contract/subject.ts';
import { makeBookmark } from './bookmarks.ts';
import { createMemoryExporter, type FindSystem, table } from './export.ts';
import { type Faults, noFaults } from './faults.ts';
import { createMemoryFulfiller } from './fulfil.ts';
import { MemorySystem } from './memory-system.ts';
import { type MemorySettings, memorySettings } from './settings.ts';

const secret = 'canary-password-4711';
const timeoutMs = 1_000;
const target: FulfilTarget = {
  resourceType: 'Memory_Account',
  entityType: 'Memory_Person',
  tableSuffix: 'people',
  columns: [
    { property: 'key', column: 'id', isPrimaryKey: true, isUniqueKey: false },
    { property: 'name', column: 'full name', isPrimaryKey: false, isUniqueKey: false },
    { property: 'note', column: 'remark', isPrimaryKey: false, isUniqueKey: false },
    { property: 'place', column: 'place', isPrimaryKey: false, isUniqueKey: false },
  ],
  links: [],
  mapping: { element: 'ResourceTypeMapping', attributes: {}, children: [] },
};

/** The sound connector, for the command line. */
export const contract: ConnectorSubject = describeMemory();

/** A connector of its own, with systems that nobody else sees. The schema may be shared: compiling it costs more than most cases. */
export function describeMemory(
  faults: Faults = noFaults,
  settings: SettingsSchema = memorySettings(faults),
): ConnectorSubject {
  const systems = new Map<string, MemorySystem>();
  const find = makeFinder(systems, faults);
  const open = (): MemorySystem => {
    const system = new MemorySystem(`memory-${systems.size}`, `open-sesame-${systems.size}`);
    systems.set(system.id, system);
    return system;
  };
  const exporter = createMemoryExporter(find, faults);
  const fulfiller = createMemoryFulfiller(find, faults);
  return defineContract<MemorySettings>({
    name: 'Memory',
    folder: import.meta.dirname,
    definition: {
      settings,
      displayName: 'Memory',
      incremental: true,
    },
    badSettings: {
      'no address': { Password: 'x' },
      'an empty address': { Address: '', Password: 'x' },
    },
    secret,
    unreachable: async () => ({ Address: 'nowhere', Password: secret }),
    badCredentials: async () => ({ Address: open().id, Password: secret }),
    exporter: {
      load: async () => exporter,
      prepare: async (rows) => prepareSource(open(), rows),
      missingTable: () => ({ ...table, name: 'Mem_peolpe', suffix: 'peolpe' }),
    },
    fulfiller: {
      load: async () => fulfiller,
      prepare: async () => prepareTarget(open()),
    },
    readReadme: () => readBrokenReadme(faults),
    ...(faults.has('readme-tells-what-is-skipped')
      ? { skips: { 'nul-kept': 'the system knows no such character' } }
      : {}),
  });
}

function makeFinder(systems: ReadonlyMap<string, MemorySystem>, faults: Faults): FindSystem {
  return ({ Address, Password }) => {
    const system = systems.get(Address);
    const shown = faults.has('secrets-hidden') ? ` (${Password.reveal()})` : '';
    if (system === undefined) {
      if (faults.has('connection-unreachable')) throw new Error('getaddrinfo');
      throw new ConnectorError('unreachable', `There is no system ${Address}${shown}.`, {
        hint: 'Check Address.',
      });
    }
    if (system.password === Password.reveal()) return system;
    const kind = faults.has('connection-wrong-password') ? 'unexpected' : 'unauthenticated';
    throw new ConnectorError(kind, `The system ${Address} refuses the password.`, {
      hint: 'Check Password.',
    });
  };
}

function controlsOf(system: MemorySystem): Required<SystemControls> {
  return {
    opened: () => system.opened,
    throttle() {
      system.mood = 'throttled';
    },
    stall() {
      system.mood = 'stalled';
    },
    timeoutMs,
  };
}

function settingsOf(system: MemorySystem) {
  return { Address: system.id, Password: system.password, TimeoutMs: timeoutMs };
}

function prepareSource(system: MemorySystem, rows: readonly ContractRow[]): PreparedSource {
  for (const row of rows) system.put(row);
  return {
    ...controlsOf(system),
    settings: settingsOf(system),
    table,
    columns: { key: 'id', name: 'full name', note: 'remark', values: 'tags' },
    change: async (changes) => system.apply(changes),
    breakAfter(count) {
      system.breaksAfter = count;
    },
    served: () => system.served,
    forgetChanges() {
      system.forgotten = system.position;
    },
    postpone: () => makeBookmark({ id: system.id, position: system.position + 1_000 }).cookie,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function prepareTarget(system: MemorySystem): PreparedTarget {
  return {
    ...controlsOf(system),
    settings: settingsOf(system),
    target,
    async find(key) {
      const found = system.objects.get(key);
      if (found === undefined) return null;
      const { name, note, groups, place } = found;
      return { name, note, links: groups, place };
    },
    async addLinked(key) {
      system.groups.add(key);
      return { id: key, entityType: 'Memory_Group', values: { key } };
    },
    movedValuesFor: () => ({ place: 'second' }),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function readBrokenReadme(faults: Faults): Promise<string> {
  const readme = await readFile(join(import.meta.dirname, 'README.md'), 'utf8');
  if (faults.has('readme-has-headings')) return readme.replace('## Permissions needed\n', '');
  if (faults.has('readme-names-settings')) return readme.replaceAll('`PageSize`', '');
  // It is documented, and a secret all the same.
  if (faults.has('settings-secrets-marked'))
    return readme.replace('`Proxy`', '`Proxy`, `ApiToken`');
  return readme;
}
