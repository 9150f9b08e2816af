import { describe, expect, it } from 'vitest';
import { usualDelivery } from '../../config/index.ts';
import { ConnectorError } from '../../connectors/index.ts';
import { listOrderEvents, readOrder } from '../store/index.ts';
import { afterFailure, closedCircuit, whatToTry } from './circuit.ts';
import { type Desk, openDesk } from './desk.fixture.ts';
import { retryDelayMs } from './retry.ts';

const eventsOf = (desk: Desk, id: number) =>
  desk.store.read(async (t) =>
    (await listOrderEvents(t, id)).map(({ kind, message }) => `${kind}: ${message}`),
  );
const attemptsOf = (desk: Desk, id: number) =>
  desk.store.read(async (t) => (await readOrder(t, id))?.attempts);

describe('the next attempt', () => {
  const delay = (number: number, orderId = 7, details = {}) =>
    retryDelayMs(
      { retryDelaySeconds: 10, maximumRetryDelaySeconds: 100 },
      { orderId, number, error: new ConnectorError('rate-limited', 'Busy.', { details }) },
    );

  it('comes later each time, up to a limit, and not for all orders at once', () => {
    for (const [number, most] of [
      [1, 10_000],
      [2, 20_000],
      [3, 40_000],
      [4, 80_000],
      [5, 100_000],
      [500, 100_000],
    ] as const) {
      expect(delay(number)).toBeGreaterThanOrEqual(most / 2);
      expect(delay(number)).toBeLessThanOrEqual(most);
    }
    const delays = Array.from({ length: 100 }, (_, orderId) => delay(1, orderId));
    expect(new Set(delays).size).toBeGreaterThan(90);
    expect(delay(3)).toBe(delay(3));
  });

  it('is not before the time that the system asks for, within the limit', () => {
    expect(delay(1, 7, { retryAfterMs: 60_000 })).toBe(60_000);
    expect(delay(1, 7, { retryAfterMs: 10 ** 9 })).toBe(100_000);
    expect(delay(1, 7, { retryAfterMs: -5 })).toBe(delay(1));
  });

  it('is waited for by the run when it is soon', async () => {
    await using desk = await openDesk();
    await desk.add(1);
    desk.system.refuse.set('1', 'rate-limited');
    let waits = 0;
    desk.onWait = () => {
      waits += 1;
      if (waits === 2) desk.system.refuse.clear();
    };

    const result = await desk.run({ limits: { retryWaitSeconds: 60 } });

    expect(result).toMatchObject({ executed: 1, left: 0, probed: 2 });
    expect(waits).toBe(2);
    expect(await attemptsOf(desk, 1)).toBe(3);
    expect(await eventsOf(desk, 1)).toEqual([
      'retry: It is rate-limited.',
      'probed: It is rate-limited.',
      'retry: It is rate-limited.',
      'probed: null',
    ]);
  });

  it('is not the last but one of too many: then a person looks', async () => {
    await using desk = await openDesk();
    await desk.add(1);
    desk.system.refuse.set('1', 'timeout');

    const result = await desk.run({
      limits: { retryWaitSeconds: 3_600, maximumAttempts: 3, breakerFailures: 0 },
    });

    expect(result).toMatchObject({ errored: 1, left: 0 });
    expect(await desk.states()).toEqual({ 1: 'errored 3' });
    expect(desk.system.calls.filter((call) => call === 'fulfil 1')).toHaveLength(3);
    const row = await desk.store.read((t) => readOrder(t, 1));
    expect(row?.message).toContain('tried 3 times');
    expect(row?.next_attempt_at).toBeNull();
  });

  it.each(['forbidden', 'invalid-value', 'not-found', 'unsupported', 'unexpected'] as const)(
    'does not come when the order was %s',
    async (kind) => {
      await using desk = await openDesk();
      await desk.add(1);
      desk.system.refuse.set('1', kind);

      expect(await desk.run({ limits: { retryWaitSeconds: 60 } })).toMatchObject({ errored: 1 });
      expect(desk.system.calls).toEqual(['fulfil 1']);
    },
  );

  it('is waited for by later orders of the same owner, and by nobody else', async () => {
    await using desk = await openDesk();
    await desk.add(1, { position: 1, owner: 5 });
    await desk.add(2, { position: 2, owner: 5 });
    await desk.add(3, { position: 2, owner: 6 });
    desk.system.refuse.set('1', 'rate-limited');

    const first = await desk.run();

    expect(first).toMatchObject({ executed: 1, left: 2 });
    expect(await desk.states()).toMatchObject({ 1: 'intent 2', 2: 'generated 2', 3: 'executed 8' });
    expect(await desk.run()).toMatchObject({ executed: 0, left: 2 });
    desk.system.refuse.clear();
    desk.clock = Date.parse(first.nextAttemptAt ?? '');
    expect(await desk.run()).toMatchObject({ executed: 2, left: 0 });
    expect(desk.system.calls.at(-1)).toBe('fulfil 2');
  });
});

describe('a system that does not answer', () => {
  it('is left in peace after failures in a row, tried by one order later, and used again when that succeeds', async () => {
    await using desk = await openDesk();
    for (let id = 1; id <= 30; id += 1) {
      await desk.add(id);
      desk.system.refuse.set(String(id), 'unreachable');
    }
    const limits = { breakerFailures: 5, breakerPauseSeconds: 60, maximumRetryDelaySeconds: 100 };

    const first = await desk.run({ limits });

    expect(first).toMatchObject({ executed: 0, left: 30 });
    expect(first.stoppedBy?.kind).toBe('unreachable');
    expect(desk.system.calls.length).toBeLessThanOrEqual(8);
    expect(Date.parse(first.openCircuit?.retry_at ?? '') - desk.clock).toBe(60_000);
    const before = desk.system.calls.length;
    expect(await desk.run({ limits })).toMatchObject({ executed: 0, left: 30 });
    expect(desk.system.calls).toHaveLength(before);

    desk.clock += 60_000;
    const probe = await desk.run({ limits });
    expect(desk.system.calls.length - before).toBeLessThanOrEqual(2);
    // The pause is doubled, up to the longest delay.
    expect(Date.parse(probe.openCircuit?.retry_at ?? '') - desk.clock).toBe(100_000);

    desk.system.refuse.clear();
    desk.clock += 100_000;
    expect(await desk.run({ limits })).toMatchObject({
      executed: 30,
      left: 0,
      openCircuit: null,
      stoppedBy: null,
    });
    expect(await desk.store.read(({ tx }) => tx('connection_circuits').first())).toMatchObject({
      state: 'closed',
      failures: 0,
    });
  });

  it('is not blamed for orders that it refuses', async () => {
    await using desk = await openDesk();
    for (let id = 1; id <= 20; id += 1) {
      await desk.add(id);
      desk.system.refuse.set(String(id), 'invalid-value');
    }

    expect(await desk.run({ limits: { breakerFailures: 2 } })).toMatchObject({
      errored: 20,
      openCircuit: null,
    });
  });

  it('is left in peace at once when it refuses the login, and no attempt of an order is spent', async () => {
    await using desk = await openDesk();
    await desk.add(1);
    desk.system.refuse.set('1', 'unauthenticated');

    const result = await desk.run();

    expect(result.openCircuit).toMatchObject({ failures: 1, state: 'open' });
    expect(await attemptsOf(desk, 1)).toBe(0);
  });

  it('is tried for ever where nothing opens', () => {
    const limits = { ...usualDelivery, breakerFailures: 0 };
    let circuit = closedCircuit('C', '');
    for (let failures = 1; failures < 50; failures += 1)
      circuit = afterFailure(circuit, new ConnectorError('unreachable', 'No.'), limits, failures);

    expect(whatToTry(circuit, '9999')).toBe('all');
  });
});

describe('an order that takes too long', () => {
  it('is given up, ends the run, and is read by the next one', async () => {
    await using desk = await openDesk();
    await desk.add(1);
    await desk.add(2, { position: 2 });
    desk.system.silent.add('1');

    const result = await desk.run({ limits: { orderTimeoutSeconds: 1 } });

    expect(result).toMatchObject({ executed: 0, left: 2 });
    expect(result.stoppedBy?.message).toContain('within 1 seconds');
    expect(await desk.states()).toEqual({ 1: 'intent 2', 2: 'generated 2' });
    desk.system.silent.clear();
    desk.system.objects.set('k1', 'v1');
    desk.clock += 3_600_000;
    expect(await desk.run()).toMatchObject({ executed: 2, probed: 1 });
    expect(desk.system.calls).toEqual(['fulfil 1', 'read 1', 'fulfil 2']);
  }, 10_000);
});

describe('a value that somebody else has changed', () => {
  it('is left alone, and the order says so', async () => {
    await using desk = await openDesk();
    await desk.add(1, { type: 'modified', expected: 'as read' });
    desk.system.objects.set('k1', 'by somebody else');

    expect(await desk.run()).toMatchObject({ conflicts: 1, errored: 0, left: 0 });

    expect(await desk.states()).toEqual({ 1: 'conflict 3' });
    expect(desk.system.objects.get('k1')).toBe('by somebody else');
    expect(await desk.run()).toMatchObject({ conflicts: 0, left: 0 });
  });

  it('is overwritten where the configuration says so', async () => {
    await using desk = await openDesk();
    await desk.add(1, { type: 'modified', expected: 'as read' });
    desk.system.objects.set('k1', 'by somebody else');

    expect(await desk.run({ limits: { onConflict: 'Overwrite' } })).toMatchObject({ executed: 1 });
    expect(desk.system.objects.get('k1')).toBe('v1');
  });
});

describe('an order that nobody waits for any more', () => {
  const timeOut = (desk: Desk) =>
    desk.store.transaction(({ tx }) =>
      tx('assigned_resource_types').update({ provisioning_state: 3, last_error: 'timeout' }),
    );

  it('is not begun', async () => {
    await using desk = await openDesk();
    await desk.add(1);
    await timeOut(desk);

    expect(await desk.run()).toMatchObject({ executed: 0, expired: 1, left: 0 });
    expect(desk.system.calls).toEqual([]);
    expect(await desk.states()).toEqual({ 1: 'expired 3' });
  });

  it.each([
    ['done', 'executed 3', ['late: Found done after an interruption.']],
    ['not done', 'expired 3', []],
  ] as const)('is only looked at when it had been begun: %s', async (state, settled, late) => {
    await using desk = await openDesk();
    await desk.add(1);
    await desk.store.transaction(({ tx }) =>
      tx('provisioning_orders').update({ status: 'intent', fence: 1, attempts: 1 }),
    );
    if (state === 'done') desk.system.objects.set('k1', 'v1');
    await timeOut(desk);

    await desk.run();

    expect(desk.system.calls).toEqual(['read 1']);
    expect(await desk.states()).toEqual({ 1: settled });
    expect((await eventsOf(desk, 1)).filter((event) => event.startsWith('late'))).toEqual(late);
  });

  it('leaves the state alone when its result comes late', async () => {
    await using desk = await openDesk();
    await desk.add(1);
    desk.system.meanwhile = async () => {
      await timeOut(desk);
    };

    expect(await desk.run()).toMatchObject({ executed: 1 });
    expect(await desk.states()).toEqual({ 1: 'executed 3' });
    expect(await eventsOf(desk, 1)).toEqual(['late: null']);
  });

  it('is not begun when a person has cancelled it since it was listed', async () => {
    await using desk = await openDesk();
    await desk.add(1);
    await desk.add(2, { position: 2 });
    desk.system.meanwhile = async () => {
      await desk.store.transaction(({ tx }) =>
        tx('provisioning_orders').where({ id: 2 }).update({ status: 'cancelled' }),
      );
    };

    await desk.run();

    expect(desk.system.calls).toEqual(['fulfil 1']);
    expect((await desk.states())[2]).toBe('cancelled 2');
  });
});

describe('deletions', () => {
  it('of what others depend on come after those of the others, over whatever connection', async () => {
    await using desk = await openDesk();
    await desk.add(1, { type: 'deleted', owner: 5 });
    await desk.add(2, { type: 'deleted', owner: 5, resourceType: 'Behind' });
    await desk.add(3, { type: 'deleted', owner: 6 });
    const move = (connection: string, status = 'generated') =>
      desk.store.transaction(({ tx }) =>
        tx('provisioning_orders').where({ id: 2 }).update({ connection, status }),
      );
    await move('Elsewhere');

    expect(await desk.run()).toMatchObject({ executed: 1, left: 1 });
    expect(desk.system.calls).toEqual(['fulfil 3']);

    // What failed for good waits for a person, and holds nobody.
    await move('Elsewhere', 'errored');
    expect(await desk.run()).toMatchObject({ executed: 1, left: 0 });
  });
});
