/** Orders to JSON files as a subject of the contract of connectors. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countOpenBelow } from '../spi/contract/open-files.ts';
import { casesOfSeeingTheSystem, casesOfServers, leaveOut } from '../spi/contract/skips.ts';
import { type ContractObject, defineContract } from '../spi/contract/subject.ts';
import type { ProvisioningOrder } from '../spi/order.ts';
import { parseOrders } from '../spi/order-json.ts';
import type { FulfilTarget } from '../spi/package.ts';
import { jsonFulfiller } from './fulfil.ts';
import { type JsonSettings, jsonSettings } from './settings.ts';

const target: FulfilTarget = {
  resourceType: 'Wiki_Account',
  entityType: 'Wiki_User',
  tableSuffix: '',
  columns: [],
  links: [],
  mapping: { element: 'ResourceTypeMapping', attributes: {}, children: [] },
};

export const contract = defineContract<JsonSettings>({
  name: 'JSON files',
  folder: import.meta.dirname,
  definition: { settings: jsonSettings, displayName: 'Custom/JSON' },
  badSettings: {
    'no folder': {},
    'a template that leads elsewhere': { OutputDirectory: '/x', FileNameTemplate: '../{sequence}' },
    'several orders in one file': { OutputDirectory: '/x', OnePerOrder: 'false' },
  },
  unreachable: async () => ({ OutputDirectory: join(tmpdir(), 'no-such-folder', 'orders') }),
  fulfiller: {
    load: async () => jsonFulfiller,
    prepare: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'json-contract-'));
      return {
        settings: { OutputDirectory: folder },
        target,
        opened: () => countOpenBelow(folder),
        find: async (key) => (await foldOrders(folder)).get(key) ?? null,
        addLinked: async (key) => ({ id: key, entityType: 'Wiki_Space', values: { key } }),
        [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
      };
    },
  },
  skips: {
    ...leaveOut(casesOfServers, 'the package has no secret settings, and a folder is never busy'),
    ...leaveOut(casesOfSeeingTheSystem, 'the package never sees the system'),
    moved: 'only whoever carries the orders out knows places',
  },
});

interface FoldedObject extends ContractObject {
  readonly links: readonly string[];
}

/** What whoever reads the files, in order of their names, would come to. */
async function foldOrders(folder: string): Promise<ReadonlyMap<string, FoldedObject>> {
  const objects = new Map<string, FoldedObject>();
  for (const name of (await readdir(folder)).toSorted()) {
    const path = join(folder, name);
    for (const order of parseOrders(await readFile(path, 'utf8'), path)) foldOrder(objects, order);
  }
  return objects;
}

function foldOrder(objects: Map<string, FoldedObject>, order: ProvisioningOrder): void {
  const texts = new Map<string, string | null>();
  const former = order.resource?.values['key'] ?? '';
  const found = objects.get(former) ?? { name: null, note: null, links: [] };
  let { links } = found;
  for (const change of order.changes) {
    if (change.kind === 'set') texts.set(change.property, change.value);
    if (change.kind !== 'add' && change.kind !== 'remove') continue;
    const key = change.value.values['key'] ?? '';
    links = links.filter((other) => other !== key);
    if (change.kind === 'add') links = [...links, key];
  }
  objects.delete(former);
  if (order.changeType === 'deleted') return;
  objects.set(texts.get('key') ?? former, {
    name: texts.has('name') ? (texts.get('name') ?? null) : found.name,
    note: texts.has('note') ? (texts.get('note') ?? null) : found.note,
    links,
  });
}
