import { describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../config/index.ts';
import {
  ConnectorError,
  type ConnectorErrorKind,
  type Executed,
  type FoundTarget,
  type Fulfiller,
  type ProvisioningOrder,
} from '../../connectors/index.ts';
import {
  insertOrders,
  type Lease,
  openStore,
  type Store,
  startRun,
  takeLease,
} from '../store/index.ts';
import { closeTicket, type FulfilResult, fulfilConnection } from './index.ts';

const loaded = loadConfiguration([
  {
    path: 'empty.xml',
    text: '<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration" />',
  },
]);
if (loaded.status === 'invalid') throw new Error('model');
const { model } = loaded;
const at = '2025-06-15T12:00:00.000Z';
const now = Date.parse(at);

/** A managed system in memory that answers as it is told. */
class System {
  readonly objects = new Map<string, string>();
  readonly calls: string[] = [];
  busy = 0;
  most = 0;
  /** By order id: what happens before (`refuse`) or after (`lose`) the change is made. */
  refuse = new Map<string, ConnectorErrorKind>();
  lose = new Map<string, ConnectorErrorKind>();
  isTicket = false;

  open(options: { readonly canRead?: boolean } = {}): Fulfiller {
    const fulfiller = {
      fulfil: (order: ProvisioningOrder) => this.#fulfil(order),
      [Symbol.asyncDispose]: async () => {},
    };
    if (options.canRead === false) return fulfiller;
    return { ...fulfiller, read: (order) => this.#read(order) };
  }

  async #fulfil(order: ProvisioningOrder): Promise<Executed> {
    this.calls.push(`fulfil ${order.id}`);
    this.busy += 1;
    this.most = Math.max(this.most, this.busy);
    await new Promise((resolve) => setTimeout(resolve, 2));
    this.busy -= 1;
    const refusal = this.refuse.get(order.id);
    if (refusal !== undefined) throw new ConnectorError(refusal, `It is ${refusal}.`);
    if (this.isTicket) return { status: 'ticket-opened' };
    const key = order.owner.identifier;
    if (order.changeType === 'added' && this.objects.has(key))
      throw new ConnectorError('already-exists', 'It is there.');
    const [change] = order.changes;
    if (order.changeType === 'deleted') this.objects.delete(key);
    else this.objects.set(key, change?.kind === 'set' ? (change.value ?? '') : '');
    const loss = this.lose.get(order.id);
    if (loss !== undefined) throw new ConnectorError(loss, `It is ${loss}.`);
    return { status: 'executed' };
  }

  async #read(order: ProvisioningOrder): Promise<FoundTarget | null> {
    this.calls.push(`read ${order.id}`);
    const value = this.objects.get(order.owner.identifier);
    return value === undefined ? null : { values: { Name: value }, links: {} };
  }
}

interface Desk extends AsyncDisposable {
  readonly store: Store;
  readonly system: System;
  readonly lease: Lease;
  add(
    id: number,
    change?: {
      readonly type?: 'added' | 'modified' | 'deleted';
      readonly position?: number;
      readonly assignment?: number;
      readonly property?: string;
    },
  ): Promise<void>;
  run(options?: {
    readonly canRead?: boolean;
    readonly signal?: AbortSignal;
    readonly lease?: Lease;
  }): Promise<FulfilResult>;
  states(): Promise<Readonly<Record<number, string>>>;
}

async function openDesk(): Promise<Desk> {
  const store = await openStore({ client: 'sqlite', file: ':memory:' });
  const system = new System();
  const answer = await store.transaction((t) =>
    takeLease(t, { name: 'fulfil:C', holder: 'me', now, ttlMs: 60_000 }),
  );
  if (answer.status !== 'held') throw new Error('lease');
  const target = {
    resourceType: 'T',
    entityType: 'E',
    tableSuffix: '',
    columns: [],
    links: [],
    mapping: { element: '', attributes: {}, children: [] },
  };
  return {
    store,
    system,
    lease: answer.lease,
    async add(id, { type = 'added', position = 1, assignment = id, property = 'Name' } = {}) {
      const payload: ProvisioningOrder = {
        id: String(id),
        assignedResourceTypeId: String(assignment),
        changeType: type,
        owner: { id: '1', displayName: '', identifier: `k${assignment}`, values: {} },
        resourceType: { identifier: 'T', sourceEntityType: 'S', targetEntityType: 'E' },
        changes: type === 'deleted' ? [] : [{ kind: 'set', property, value: `v${id}` }],
      };
      await store.transaction(async (t) => {
        await insertOrders(t, [
          {
            id,
            assigned_resource_type_id: assignment,
            resource_type: 'T',
            connector: 'X',
            connection: 'C',
            change_type: type,
            position,
            payload: JSON.stringify(payload),
            generated_at: at,
            run_id: 1,
          },
        ]);
        await t.tx('assigned_resource_types').where({ id: assignment }).delete();
        await t.tx('assigned_resource_types').insert({
          id: assignment,
          resource_type: 'T',
          owner_id: 1,
          workflow_state: 18,
          provisioning_state: 2,
          is_denied: 0,
          blocked_by: '[]',
          policy_values: '{}',
          order_id: id,
          state_since: at,
          run_id: 1,
        });
      });
    },
    async run({
      canRead = true,
      signal = new AbortController().signal,
      lease = answer.lease,
    } = {}) {
      return fulfilConnection(store, {
        model,
        connection: 'C',
        fulfiller: system.open({ canRead }),
        targets: new Map([['T', target]]),
        lease,
        leaseTtlMs: 60_000,
        concurrency: 4,
        runId: 1,
        now: () => now,
        logger: { debug() {}, info() {}, warn() {}, error() {} },
        signal,
        onProgress() {},
      });
    },
    states: () =>
      store.transaction(async ({ tx }) => {
        const orders = await tx('provisioning_orders');
        const types = new Map(
          (await tx('assigned_resource_types')).map((row) => [
            row.order_id,
            row.provisioning_state,
          ]),
        );
        return Object.fromEntries(
          orders.map((order) => [order.id, `${order.status} ${types.get(order.id) ?? '-'}`]),
        );
      }),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

describe('fulfilment', () => {
  it('stores intents before the system is touched and outcomes after', async () => {
    await using desk = await openDesk();
    for (const id of [1, 2, 3]) await desk.add(id);
    desk.system.refuse.set('2', 'invalid-value');

    const result = await desk.run();

    expect(result).toMatchObject({ executed: 2, errored: 1, left: 0, probed: 0, stoppedBy: null });
    expect(await desk.states()).toEqual({ 1: 'executed 8', 2: 'errored 3', 3: 'executed 8' });
  });

  it.each(['unreachable', 'timeout', 'rate-limited', 'unauthenticated'] as const)(
    'leaves what is in doubt and what was not begun when the system is %s, and settles both later',
    async (kind) => {
      await using desk = await openDesk();
      for (let id = 1; id <= 30; id += 1) await desk.add(id);
      desk.system.lose.set('3', kind);

      const first = await desk.run();

      expect(first.stoppedBy?.kind).toBe(kind);
      expect(desk.system.calls.length).toBeLessThanOrEqual(8);
      const states = Object.values(await desk.states());
      expect(states.filter((state) => state === 'intent 2')).toHaveLength(1);
      desk.system.lose.clear();
      const second = await desk.run();
      expect(second).toMatchObject({ probed: 1, left: 0, errored: 0 });
      expect(desk.system.calls.filter((call) => call.startsWith('fulfil')).length).toBe(30);
      expect(Object.values(await desk.states()).every((state) => state === 'executed 8')).toBe(
        true,
      );
    },
  );

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

  it('has one writer per object and goes through positions in order', async () => {
    await using desk = await openDesk();
    await desk.add(1, { position: 1 });
    await desk.add(2, { position: 1, type: 'modified', assignment: 1 });
    await desk.add(3, { position: 3, type: 'modified', assignment: 1 });
    for (let id = 10; id < 40; id += 1) await desk.add(id, { position: 10 });

    await desk.run();

    expect(desk.system.calls.slice(0, 3)).toEqual(['fulfil 1', 'fulfil 2', 'fulfil 3']);
    expect(desk.system.objects.get('k1')).toBe('v3');
    expect(desk.system.most).toBe(4);
  });

  it('reads its orders page by page, and reaches them all', async () => {
    await using desk = await openDesk();
    for (let id = 1; id <= 1_100; id += 1) await desk.add(id, { position: 1 + (id % 7) });

    const result = await desk.run();

    expect(result).toMatchObject({ executed: 1_100, left: 0 });
  }, 60_000);

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
