import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { model, openDesk } from '../../../../engine/fulfil/desk.fixture.ts';
import { retryOrders, withdrawOrders } from '../../../../engine/fulfil/index.ts';
import { listOrderEvents, readOrder } from '../../../../engine/store/index.ts';
import { createPostgresDatabase } from '../../../servers/postgres.ts';
import { describeWithServer } from '../../../servers/use-server.ts';

describeWithServer('postgres', 'a delivery with its store in PostgreSQL', (address) => {
  async function open() {
    const name = `delivery_${randomUUID().replaceAll('-', '')}`;
    const database = await createPostgresDatabase(address(), name);
    const { host, port, user, password } = address();
    const desk = await openDesk({
      client: 'postgres',
      connection: `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${name}`,
    });
    return {
      desk,
      async [Symbol.asyncDispose]() {
        await desk[Symbol.asyncDispose]();
        await database[Symbol.asyncDispose]();
      },
    };
  }

  it('settles many orders of every outcome at once', async () => {
    await using scene = await open();
    const { desk } = scene;
    for (let id = 1; id <= 6; id += 1) await desk.add(id);
    await desk.add(7, { type: 'modified', expected: 'x' });
    desk.system.objects.set('k3', 'somebody else');
    desk.system.refuse.set('2', 'forbidden');
    desk.system.lose.set('4', 'timeout');

    const first = await desk.run();

    expect(first).toMatchObject({ executed: 3, errored: 2, conflicts: 1, left: 1 });
    expect(await desk.states()).toEqual({
      1: 'executed 8',
      2: 'errored 3',
      3: 'errored 3',
      4: 'intent 2',
      5: 'executed 8',
      6: 'executed 8',
      7: 'conflict 3',
    });
    const row = await desk.store.read((t) => readOrder(t, 2));
    expect(row).toMatchObject({ error_code: 'CONNECTOR_FORBIDDEN', attempts: 1 });
    desk.system.lose.clear();
    desk.clock = Date.parse(first.nextAttemptAt ?? '');
    expect(await desk.run()).toMatchObject({ executed: 1, probed: 1, left: 0 });
    const events = await desk.store.read((t) => listOrderEvents(t, 4));
    expect(events.map(({ kind }) => kind)).toEqual(['retry', 'probed']);
  });

  it('leaves a system in peace, and a person has it tried again or takes orders back', async () => {
    await using scene = await open();
    const { desk } = scene;
    for (let id = 1; id <= 12; id += 1) {
      await desk.add(id);
      desk.system.refuse.set(String(id), 'unreachable');
    }
    const decision = {
      person: 'Eve',
      comment: null,
      at: new Date(desk.clock).toISOString(),
      isDryRun: false,
    };

    expect((await desk.run()).openCircuit).toMatchObject({ state: 'open' });
    const taken = await withdrawOrders(desk.store, model, [12], decision);
    expect(taken.orderIds).toEqual([12]);
    const what = { orderIds: [], connection: 'C' };
    const retried = await retryOrders(desk.store, model, what, decision);
    expect(retried.connections).toEqual(['C']);
    expect(retried.orderIds.length).toBeGreaterThanOrEqual(4);
    desk.system.refuse.clear();

    expect(await desk.run()).toMatchObject({ executed: 11, left: 0, openCircuit: null });
    expect((await desk.states())[12]).toBe('cancelled 5');
  });
});
