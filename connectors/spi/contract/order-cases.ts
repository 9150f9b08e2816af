/** What carrying out one order does, and what it leaves alone. */
import type { ConnectorErrorKind } from '../errors.ts';
import type { ContractCase } from './contract-case.ts';
import { ensure, ensureConnectorError, ensureEqual, failureOf, offered } from './expectations.ts';
import { fulfillerOf, type System, set, withSystem } from './orders.ts';

function order(id: string, states: string, body: (system: System) => Promise<void>): ContractCase {
  return {
    id,
    area: 'orders',
    states,
    needs: ['fulfil'],
    test: (subject) => withSystem(subject, body),
  };
}

async function ensureRefused(
  work: Promise<unknown>,
  kind: ConnectorErrorKind,
  states: string,
): Promise<void> {
  ensureConnectorError(await failureOf(work, states), states, [kind]);
}

const single: readonly ContractCase[] = [
  {
    id: 'order-carried-out',
    area: 'orders',
    states: 'carries out an order and says so',
    needs: ['fulfil'],
    test: (subject) =>
      withSystem(subject, async ({ fulfiller, add }) => {
        const executed = await fulfiller.fulfil(add('A1', { name: 'Ana', note: 'n' }));
        const expected = fulfillerOf(subject).status ?? 'executed';
        ensureEqual(executed.status, expected, 'The answer to an order is another.');
      }),
  },
  order('object-added', 'adds an object with its values', async (system) => {
    const { fulfiller, add, find } = system;
    await fulfiller.fulfil(add('ADD1', { name: 'Ana', note: 'hello' }));
    const found = await find('ADD1');
    ensureEqual([found?.name, found?.note], ['Ana', 'hello'], 'The object is not as ordered.');
  }),
  order('empty-added', 'adds an object with a property left empty', async (system) => {
    const { fulfiller, add, find } = system;
    await fulfiller.fulfil(add('A1', { name: 'Ana', note: null }));
    const found = await find('A1');
    ensureEqual([found?.name, found?.note], ['Ana', null], 'The object is not as ordered.');
  }),
  order('rest-left-alone', 'changes what an order names and nothing else', async (s) => {
    await s.fulfiller.fulfil(s.add('A1', { name: 'Ana', note: 'stays' }));
    await s.fulfiller.fulfil(s.modify('A1', [set('name', 'Ana Roy')], { name: 'Ana' }));
    const found = await s.find('A1');
    ensureEqual([found?.name, found?.note], ['Ana Roy', 'stays'], 'More or less was changed.');
  }),
  order('others-left-alone', 'deletes the object of its order and no other', async (s) => {
    for (const key of ['B1', 'B10', 'B']) await s.fulfiller.fulfil(s.add(key, { name: key }));
    await s.fulfiller.fulfil(s.remove('B1'));
    const left = [(await s.find('B10'))?.name, (await s.find('B'))?.name];
    ensureEqual(left, ['B10', 'B'], 'Other objects are gone or changed.');
  }),
  order('object-deleted', 'deletes an object', async (system) => {
    const { fulfiller, add, remove, find } = system;
    await fulfiller.fulfil(add('A1', { name: 'Ana', note: null }));
    await fulfiller.fulfil(remove('A1'));
    ensureEqual(await find('A1'), null, 'What was deleted is still there.');
  }),
  order('null-clears', 'clears a property whose change is null', async (system) => {
    const { fulfiller, add, modify, find } = system;
    await fulfiller.fulfil(add('A1', { name: 'Ana', note: 'gone soon' }));
    await fulfiller.fulfil(modify('A1', [set('note', null)], { name: 'Ana', note: 'gone soon' }));
    ensureEqual((await find('A1'))?.note, null, 'The property was not cleared.');
  }),
  order('missing-not-changed', 'refuses to change what is not there', async (s) => {
    const change = s.fulfiller.fulfil(s.modify('A9', [set('name', 'Nobody')]));
    await ensureRefused(change, 'not-found', 'Changing what is not there');
    ensureEqual(await s.find('A9'), null, 'Changing what is not there made it.');
  }),
  order('unknown-property-refused', 'refuses a property it does not know', async (s) => {
    await s.fulfiller.fulfil(s.add('A1', { name: 'Ana', note: null }));
    const states = 'An order with a property that is not mapped';
    const change = s.fulfiller.fulfil(
      s.modify('A1', [set('name', 'half done'), set('no_such_property', 'x')]),
    );
    ensureConnectorError(await failureOf(change, states), states);
    ensureEqual(
      (await s.find('A1'))?.name,
      'Ana',
      'An order that was refused is half carried out.',
    );
  }),
];

const repeated: readonly ContractCase[] = [
  order('added-twice-refused', 'adds nothing twice', async (system) => {
    const { fulfiller, add, find } = system;
    await fulfiller.fulfil(add('A1', { name: 'Ana', note: 'first' }));
    const again = fulfiller.fulfil(add('A1', { name: 'Ana', note: 'second' }));
    await ensureRefused(again, 'already-exists', 'Adding what is there');
    ensureEqual((await find('A1'))?.note, 'first', 'Adding what is there changed it.');
  }),
  order('deleted-twice-done', 'is done when what it deletes is gone', async (s) => {
    await s.fulfiller.fulfil(s.add('A1', { name: 'Ana', note: null }));
    await s.fulfiller.fulfil(s.remove('A1'));
    await s.fulfiller.fulfil(s.remove('A1'));
  }),
  order('changed-twice-same', 'ends in the same place when it changes twice', async (s) => {
    await s.fulfiller.fulfil(s.add('A1', { name: 'Ana', note: null }));
    const change = s.modify('A1', [set('note', 'changed')]);
    await s.fulfiller.fulfil(change);
    const first = await s.find('A1');
    await s.fulfiller.fulfil(change);
    ensureEqual(await s.find('A1'), first, 'Carrying out an order again leads elsewhere.');
  }),
];

const guarded: readonly ContractCase[] = [
  order('conflict-refused', 'leaves alone a value someone else has changed', async (s) => {
    await s.fulfiller.fulfil(s.add('A1', { name: 'Ana', note: 'theirs' }));
    const change = s.fulfiller.fulfil(s.modify('A1', [set('note', 'ours', 'before')]));
    await ensureRefused(change, 'conflict', 'Changing a value that is not as expected');
    ensureEqual((await s.find('A1'))?.note, 'theirs', 'The value of someone else is gone.');
  }),
  order(
    'conflict-with-nothing-refused',
    'leaves alone a value where none was expected',
    async (s) => {
      await s.fulfiller.fulfil(s.add('A1', { name: 'Ana', note: 'theirs' }));
      const change = s.fulfiller.fulfil(s.modify('A1', [set('note', 'ours', null)]));
      await ensureRefused(change, 'conflict', 'Changing a value where none was expected');
      ensureEqual((await s.find('A1'))?.note, 'theirs', 'The value of someone else is gone.');
    },
  ),
  order('expected-value-changed', 'changes a value that is as expected', async (s) => {
    await s.fulfiller.fulfil(s.add('A1', { name: 'Ana', note: 'before' }));
    await s.fulfiller.fulfil(s.modify('A1', [set('note', 'ours', 'before')]));
    ensureEqual((await s.find('A1'))?.note, 'ours', 'The value was not changed.');
  }),
];

const elsewhere: readonly ContractCase[] = [
  order('renamed', 'gives an object another key', async (s) => {
    await s.fulfiller.fulfil(s.add('OLD1', { name: 'Ana', note: 'stays' }));
    const keys = { key: 'NEW1', ...s.prepared.valuesFor?.('NEW1') };
    const changes = Object.entries(keys).map(([property, value]) => set(property, value));
    await s.fulfiller.fulfil(s.modify('OLD1', changes));
    ensureEqual((await s.find('NEW1'))?.name, 'Ana', 'The object has not got its new key.');
    ensureEqual(await s.find('OLD1'), null, 'The object is still there under its former key.');
  }),
  order('moved', 'moves an object to another place', async (s) => {
    const { movedValuesFor } = s.prepared;
    await s.fulfiller.fulfil(s.add('A1', { name: 'Ana', note: 'stays' }));
    const before = await s.find('A1');
    const values = offered(movedValuesFor, 'movedValuesFor()').call(s.prepared, 'A1');
    const changes = Object.entries(values).map(([property, value]) => set(property, value));
    await s.fulfiller.fulfil(s.modify('A1', changes));
    const after = await s.find('A1');
    ensureEqual(after?.name, 'Ana', 'The object is not there as it was.');
    ensure(after?.place !== before?.place, 'The object is still where it was.');
  }),
];

export const orderCases: readonly ContractCase[] = [
  ...single,
  ...repeated,
  ...guarded,
  ...elsewhere,
];
