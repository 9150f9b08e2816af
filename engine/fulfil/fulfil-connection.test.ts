import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Fulfiller } from '../../connectors/index.ts';
import { type Lease, startRun, takeLease } from '../store/index.ts';
import { at, type Desk, model, now, openDesk } from './desk.fixture.ts';
import { closeTicket } from './index.ts';

describe('fulfilment', () => {
  it('stores intents before the system is touched and outcomes after', async () => {
    await using desk = await openDesk();
    for (const id of [1, 2, 3]) await desk.add(id);
    desk.system.refuse.set('2', 'invalid-value');

    const result = await desk.run();

    expect(result).toMatchObject({ executed: 2, errored: 1, left: 0, probed: 0, stoppedBy: null });
    expect(await desk.states()).toEqual({ 1: 'executed 8', 2: 'errored 3', 3: 'executed 8' });
  });

  it.each(['unreachable', 'timeout', 'rate-limited'] as const)(
    'goes on with the others when one order finds the system %s, and reads that one before it is tried again',
    async (kind) => {
      await using desk = await openDesk();
      for (let id = 1; id <= 30; id += 1) await desk.add(id);
      desk.system.lose.set('3', kind);

      const first = await desk.run();

      expect(first).toMatchObject({ executed: 29, left: 1, stoppedBy: null });
      expect((await desk.states())[3]).toBe('intent 2');
      expect(first.nextAttemptAt).not.toBeNull();
      desk.system.lose.clear();
      expect(await desk.run()).toMatchObject({ executed: 0, left: 1, probed: 0 });
      desk.clock = Date.parse(first.nextAttemptAt ?? '');
      expect(await desk.run()).toMatchObject({ executed: 1, left: 0, probed: 1, errored: 0 });
      expect(desk.system.calls.filter((call) => call.startsWith('fulfil')).length).toBe(30);
      expect((await desk.states())[3]).toBe('executed 8');
    },
  );

  it('ends when the login is refused, and settles what was in doubt later', async () => {
    await using desk = await openDesk();
    for (let id = 1; id <= 30; id += 1) await desk.add(id);
    desk.system.lose.set('3', 'unauthenticated');

    const first = await desk.run();

    expect(first.stoppedBy?.kind).toBe('unauthenticated');
    expect(desk.system.calls.length).toBeLessThanOrEqual(8);
    const states = Object.values(await desk.states());
    expect(states.filter((state) => state === 'intent 2')).toHaveLength(1);
    desk.system.lose.clear();
    desk.clock += 3_600_000;
    const second = await desk.run();
    expect(second).toMatchObject({ probed: 1, left: 0, errored: 0, openCircuit: null });
    expect(desk.system.calls.filter((call) => call.startsWith('fulfil')).length).toBe(30);
  });

  it('looks before it acts again after a crash, once per order', async () => {
    await using desk = await openDesk();
    for (const id of [1, 2]) await desk.add(id);
    await desk.store.transaction(({ tx }) =>
      tx('provisioning_orders').update({ status: 'intent', fence: 1 }),
    );
    desk.system.objects.set('k1', 'v1');

    const result = await desk.run();

    expect(result).toMatchObject({ executed: 2, probed: 2 });
    expect(desk.system.calls.sort()).toEqual(['fulfil 2', 'read 1', 'read 2']);
  });

  it('makes a change again of which nothing can be seen', async () => {
    await using desk = await openDesk();
    await desk.add(1, { type: 'modified', property: 'Password' });
    desk.system.objects.set('k1', 'x');
    await desk.store.transaction(({ tx }) =>
      tx('provisioning_orders').update({ status: 'intent', fence: 1 }),
    );

    await desk.run();

    expect(desk.system.calls).toEqual(['read 1', 'fulfil 1']);
  });

  it('adopts an object that is there as ordered, and leaves another one to a person', async () => {
    await using desk = await openDesk();
    for (const id of [1, 2]) await desk.add(id);
    desk.system.objects.set('k1', 'v1').set('k2', 'somebody else');

    const result = await desk.run();

    expect(result).toMatchObject({ executed: 1, errored: 1 });
    expect(await desk.states()).toEqual({ 1: 'executed 8', 2: 'errored 3' });
    expect(desk.system.objects.get('k2')).toBe('somebody else');
  });

  it('looks again at an object in the way that could not be looked at', async () => {
    await using desk = await openDesk();
    for (const id of [1, 2, 3]) await desk.add(id);
    desk.system.objects.set('k1', 'v1').set('k2', 'somebody else').set('k3', 'v3');
    desk.system.hide.set('1', 'unreachable').set('2', 'timeout').set('3', 'forbidden');

    expect(await desk.run()).toMatchObject({ executed: 0, errored: 1, left: 2 });
    desk.system.hide.clear();
    desk.clock += 10_000;

    expect(await desk.run()).toMatchObject({ executed: 1, errored: 1, left: 0 });
    expect(await desk.states()).toEqual({ 1: 'executed 8', 2: 'errored 3', 3: 'errored 3' });
    expect(desk.system.objects.get('k2')).toBe('somebody else');
  });

  it('asks a package that cannot read again', async () => {
    await using desk = await openDesk();
    await desk.add(1, { type: 'deleted' });
    await desk.store.transaction(({ tx }) =>
      tx('provisioning_orders').update({ status: 'intent', fence: 1 }),
    );

    expect(await desk.run({ canRead: false })).toMatchObject({ executed: 1, probed: 1 });
    expect(desk.system.calls).toEqual(['fulfil 1']);
  });

  it('writes nothing once its lease was lost, and the next holder reads first', async () => {
    await using desk = await openDesk();
    await desk.add(1);
    const fulfiller = desk.system.open();
    let next: Lease | undefined;
    const stolen: Fulfiller = {
      ...fulfiller,
      async fulfil(order) {
        const result = await fulfiller.fulfil(order);
        const answer = await desk.store.transaction((t) =>
          takeLease(t, { name: 'fulfil:C', holder: 'other', now: now + 61_000, ttlMs: 60_000 }),
        );
        if (answer.status === 'held') next = answer.lease;
        return result;
      },
      [Symbol.asyncDispose]: async () => {},
    };
    desk.system.open = () => stolen;

    await expect(desk.run()).rejects.toMatchObject({ code: 'STORE_LEASE_LOST' });

    expect(await desk.states()).toEqual({ 1: 'intent 2' });
    desk.system.open = () => fulfiller;
    if (next === undefined) throw new Error('no lease');
    expect(await desk.run({ lease: next })).toMatchObject({ executed: 1, probed: 1 });
    expect(desk.system.calls).toEqual(['fulfil 1', 'read 1']);
  });

  it('goes through positions in order, some orders side by side', async () => {
    await using desk = await openDesk();
    await desk.add(3, { position: 3 });
    for (let id = 10; id < 40; id += 1) await desk.add(id, { position: 2 });
    await desk.add(40, { position: 1 });

    await desk.run();

    expect(desk.system.calls[0]).toBe('fulfil 40');
    expect(desk.system.calls.at(-1)).toBe('fulfil 3');
    expect(desk.system.most).toBe(4);
  });

  it('hands over as many orders as a package takes at once, and gives them the time of all', async () => {
    await using desk = await openDesk();
    for (let id = 1; id <= 30; id += 1) await desk.add(id);
    const fulfiller = desk.system.open();
    desk.system.open = () => ({ ...fulfiller, ordersAtOnce: 10 });
    desk.system.meanwhile = () => new Promise((resolve) => setTimeout(resolve, 1_200));

    const result = await desk.run({ limits: { orderTimeoutSeconds: 1 } });

    expect(result).toMatchObject({ executed: 30, left: 0, stoppedBy: null });
    expect(desk.system.most).toBe(10);
  });

  it('tells packages which orders were handed over before and had no outcome', async () => {
    await using desk = await openDesk();
    const doubts: (boolean | undefined)[] = [];
    desk.system.meanwhile = async (order) => void doubts.push(order.isInDoubt);
    for (const id of [1, 2]) await desk.add(id);
    desk.system.lose.set('2', 'timeout');

    await desk.run({ canRead: false });
    desk.system.lose.clear();
    desk.system.objects.clear();
    desk.clock += 3_600_000;
    await desk.run({ canRead: false });

    expect(doubts).toEqual([undefined, undefined, true]);
  });

  it('reads its orders page by page, and reaches them all', async () => {
    await using desk = await openDesk();
    for (let id = 1; id <= 1_100; id += 1) await desk.add(id, { position: 1 + (id % 7) });

    const result = await desk.run();

    expect(result).toMatchObject({ executed: 1_100, left: 0 });
  }, 60_000);

  it('goes on with the next part of its orders while one of a part is slow, and with no third', async () => {
    await using desk = await openDesk();
    for (let id = 1; id <= 100; id += 1) await desk.add(id);
    const carriedOut = () => desk.system.calls.length;
    let whileWaiting = 0;
    desk.system.meanwhile = async ({ id }) => {
      if (id !== '1') return;
      while (carriedOut() < 50) await sleep(1);
      await sleep(50);
      whileWaiting = carriedOut();
      // What came back before is safe whatever becomes of the slow one.
      const states = Object.values(await desk.states());
      expect(states.filter((state) => state === 'executed 8')).toHaveLength(25);
      expect(states.filter((state) => state === 'intent 2')).toHaveLength(25);
    };

    const result = await desk.run();

    expect(whileWaiting).toBe(50);
    expect(result).toMatchObject({ executed: 100, left: 0 });
  });

  it('hands nothing else over once the outcomes of a part cannot be kept', async () => {
    await using desk = await openDesk();
    for (let id = 1; id <= 200; id += 1) await desk.add(id);
    desk.system.meanwhile = async ({ id }) => {
      if (id !== '20') return;
      await desk.store.transaction((t) =>
        takeLease(t, { name: 'fulfil:C', holder: 'other', now: now + 61_000, ttlMs: 60_000 }),
      );
    };

    await expect(desk.run()).rejects.toMatchObject({ code: 'STORE_LEASE_LOST' });

    const called = desk.system.calls.length;
    expect(called).toBeLessThan(60);
    await sleep(20);
    expect(desk.system.calls).toHaveLength(called);
    const states = Object.values(await desk.states());
    expect(states.filter((state) => state.startsWith('executed'))).toEqual([]);
  });

  it('stops between two orders when it is told to', async () => {
    await using desk = await openDesk();
    for (let id = 1; id <= 40; id += 1) await desk.add(id);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 5);

    const result = await desk.run({ signal: stop.signal });

    expect(result.left).toBeGreaterThan(0);
    const states = Object.values(await desk.states());
    expect(states.filter((state) => state.startsWith('intent'))).toEqual([]);
    expect(states.filter((state) => state === 'executed 8')).toHaveLength(result.executed);
  });
});

describe('tickets', () => {
  const opened = async (): Promise<Desk> => {
    const desk = await openDesk();
    await desk.add(1);
    desk.system.isTicket = true;
    await desk.run();
    return desk;
  };
  const answer = (desk: Desk, value: 'confirm' | 'fail', orderId = 1) =>
    desk.store.transaction(async (t) => {
      const runId = await startRun(t, {
        kind: 'decision',
        subject: '',
        configurationHash: '',
        startedAt: at,
      });
      await closeTicket(t, model, {
        orderId,
        answer: value,
        person: 'Eve',
        comment: null,
        runId,
        at,
      });
    });

  it.each([
    ['confirmed', 'confirm', 'executed 8'],
    ['reported as not possible', 'fail', 'errored 3'],
  ] as const)('are %s by a person, once', async (_, value, state) => {
    await using desk = await opened();
    expect(await desk.states()).toEqual({ 1: 'ticket 2' });

    await answer(desk, value);

    expect(await desk.states()).toEqual({ 1: state });
    await expect(answer(desk, 'confirm')).rejects.toMatchObject({ code: 'TICKET_NOT_OPEN' });
    expect(await desk.states()).toEqual({ 1: state });
  });

  it('that do not exist are told apart', async () => {
    await using desk = await opened();

    await expect(answer(desk, 'confirm', 99)).rejects.toMatchObject({ code: 'TICKET_UNKNOWN' });
  });

  it('are not opened a second time', async () => {
    await using desk = await opened();

    expect(await desk.run()).toMatchObject({ tickets: 0, executed: 0 });
    expect(desk.system.calls).toEqual(['fulfil 1']);
  });
});
