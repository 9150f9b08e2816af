/** What orders do to links between objects, and how an object is read back. */
import type { ContractCase } from './contract-case.ts';
import { ensure, ensureEqual, offered } from './expectations.ts';
import { link, prepareLinks, type System, set, withSystem } from './orders.ts';

function linked(id: string, states: string, body: (system: System) => Promise<void>): ContractCase {
  return {
    id,
    area: 'links',
    states,
    needs: ['fulfil'],
    test: (subject) => withSystem(subject, body),
  };
}

async function groupsOf(system: System, key: string): Promise<readonly string[]> {
  return (await system.find(key))?.links?.toSorted() ?? [];
}

export const linkCases: readonly ContractCase[] = [
  linked('links-added', 'adds all links of an order', async (system) => {
    const [one, two] = await prepareLinks(system, 'A1');
    await system.fulfiller.fulfil(system.modify('A1', [link('add', one), link('add', two)]));
    ensureEqual(await groupsOf(system, 'A1'), ['G1', 'G2'], 'The links are not as ordered.');
  }),
  linked('link-removed', 'removes the link an order names and no other', async (system) => {
    const [one, two] = await prepareLinks(system, 'A1');
    for (const group of [one, two]) {
      await system.fulfiller.fulfil(system.modify('A1', [link('add', group)]));
    }
    await system.fulfiller.fulfil(system.modify('A1', [link('remove', one)]));
    ensureEqual(await groupsOf(system, 'A1'), ['G2'], 'The links are not as ordered.');
  }),
  linked('link-there-already', 'is done when a link it adds is there', async (system) => {
    const [one] = await prepareLinks(system, 'A1');
    const order = system.modify('A1', [link('add', one)]);
    await system.fulfiller.fulfil(order);
    await system.fulfiller.fulfil(order);
    ensureEqual(await groupsOf(system, 'A1'), ['G1'], 'The links are not as ordered.');
  }),
  linked('link-gone-already', 'is done when a link it removes is gone', async (system) => {
    const [one] = await prepareLinks(system, 'A1');
    await system.fulfiller.fulfil(system.modify('A1', [link('remove', one)]));
    ensureEqual(await groupsOf(system, 'A1'), [], 'The links are not as ordered.');
  }),
  linked('read-as-written', 'reads back what it wrote', async (system) => {
    const { fulfiller, add, modify } = system;
    const read = offered(fulfiller.read?.bind(fulfiller), 'read() of its fulfiller');
    await fulfiller.fulfil(add('A1', { name: 'Ana', note: 'hello' }));
    const found = await read(modify('A1', [set('name', 'Ana'), set('note', 'x')]));
    const { key, name, note } = found?.values ?? {};
    ensureEqual({ key, name, note }, { key: 'A1', name: 'Ana', note: 'hello' }, 'It reads else.');
  }),
  linked('read-after-adding', 'finds an added object by the order that added it', async (s) => {
    const read = offered(s.fulfiller.read?.bind(s.fulfiller), 'read() of its fulfiller');
    const order = s.add('A1', { name: 'Ana', note: null });
    await s.fulfiller.fulfil(order);
    const found = await read(order);
    ensure(found?.values['name'] === 'Ana', 'An object that was added is not found.');
  }),
  linked('read-of-nothing', 'says that what is not there is not there', async (system) => {
    const { fulfiller, remove } = system;
    const read = offered(fulfiller.read?.bind(fulfiller), 'read() of its fulfiller');
    ensureEqual(await read(remove('A9')), null, 'Something is found that is not there.');
  }),
];
