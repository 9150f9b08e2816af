/** How a fulfiller begins and ends. */
import type { ContractCase } from './contract-case.ts';
import { ensureClosed, ensureEqual, failureOf, offered } from './expectations.ts';
import { fulfillerOf, withSystem } from './orders.ts';
import { createTestContext, readSettings } from './test-context.ts';

export const lifeCases: readonly ContractCase[] = [
  {
    id: 'orders-stopped-before',
    area: 'life',
    states: 'carries out nothing once it is told to stop',
    needs: ['fulfil'],
    async test(subject) {
      const signal = AbortSignal.abort(new Error('stopped'));
      await withSystem(
        subject,
        async ({ fulfiller, add, prepared }) => {
          const late = fulfiller.fulfil(add('A1', { name: 'Ana', note: null }));
          await failureOf(late, 'An order after being told to stop');
          const found = await prepared.find?.('A1');
          ensureEqual(found ?? null, null, 'An order was carried out after all.');
        },
        { signal },
      );
    },
  },
  {
    id: 'orders-stopped-between',
    area: 'life',
    states: 'carries out no further order when it is told to stop between two',
    needs: ['fulfil'],
    async test(subject) {
      const stop = new AbortController();
      await withSystem(
        subject,
        async ({ fulfiller, add, prepared }) => {
          await fulfiller.fulfil(add('A1', { name: 'Ana', note: null }));
          stop.abort(new Error('stopped'));
          const late = fulfiller.fulfil(add('A2', { name: 'Bo', note: null }));
          await failureOf(late, 'An order after being told to stop');
          const found = await prepared.find?.('A2');
          ensureEqual(found ?? null, null, 'An order was carried out after all.');
        },
        { signal: stop.signal },
      );
    },
  },
  {
    id: 'closed-twice',
    area: 'life',
    states: 'can be closed twice',
    needs: ['fulfil'],
    test: (subject) =>
      withSystem(subject, async ({ fulfiller, add }) => {
        await fulfiller.fulfil(add('A1', { name: 'Ana', note: null }));
        await fulfiller[Symbol.asyncDispose]();
        await fulfiller[Symbol.asyncDispose]();
      }),
  },
  {
    id: 'closing-releases',
    area: 'life',
    states: 'lets go of everything when it is closed',
    needs: ['fulfil'],
    async test(subject) {
      await using prepared = await fulfillerOf(subject).prepare();
      const opened = offered(prepared.opened?.bind(prepared), 'opened()');
      await using context = await createTestContext(prepared.contextOptions);
      const factory = await fulfillerOf(subject).load();
      const settings = readSettings(subject.definition, prepared.settings);
      const fulfiller = await factory.openFulfiller(settings, [prepared.target], context);
      await fulfiller[Symbol.asyncDispose]();
      await ensureClosed(opened, 'A fulfiller that was closed keeps something open.');
    },
  },
  {
    id: 'fulfillers-apart',
    area: 'life',
    states: 'writes to its own system only',
    needs: ['fulfil'],
    test: (subject) =>
      withSystem(subject, (one) =>
        withSystem(subject, async (two) => {
          await one.fulfiller.fulfil(one.add('A1', { name: 'one', note: null }));
          await two.fulfiller.fulfil(two.add('B1', { name: 'two', note: null }));
          const seen = [
            (await one.find('A1'))?.name,
            await one.find('B1'),
            await two.find('A1'),
            (await two.find('B1'))?.name,
          ];
          ensureEqual(seen, ['one', null, null, 'two'], 'Orders of two systems were mixed.');
        }),
      ),
  },
];
