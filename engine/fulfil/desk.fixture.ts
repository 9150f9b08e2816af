/** A managed system in memory that answers as it is told, and a store with orders for it. */
import { type DeliveryLimits, loadConfiguration, usualDelivery } from '../../config/index.ts';
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
  type StoreSettings,
  takeLease,
} from '../store/index.ts';
import { type FulfilResult, fulfilConnection } from './index.ts';

const loaded = loadConfiguration([
  {
    path: 'desk.xml',
    text: `<ConfigurationFile xmlns="urn:schemas-usercube-com:configuration">
  <EntityType Identifier="S" DisplayName_L1="S"><Property Identifier="Name" IsKey="true" /></EntityType>
  <EntityType Identifier="E" DisplayName_L1="E"><Property Identifier="Name" IsKey="true" /></EntityType>
  <Policy Identifier="Default" DisplayName_L1="Default" />
  <Category Identifier="All" DisplayName_L1="All" Policy="Default" />
  <ResourceType Identifier="T" DisplayName_L1="T" Policy="Default" Category="All" SourceEntityType="S" TargetEntityType="E" />
  <ResourceType Identifier="Behind" DisplayName_L1="Behind" Policy="Default" Category="All" SourceEntityType="S" TargetEntityType="E" DependsOn="T" />
</ConfigurationFile>`,
  },
]);
if (loaded.status === 'invalid') throw new Error(JSON.stringify(loaded.diagnostics));
export const { model } = loaded;
export const at = '2025-06-15T12:00:00.000Z';
export const now = Date.parse(at);

/** A managed system in memory that answers as it is told. */
export class System {
  readonly objects = new Map<string, string>();
  readonly calls: string[] = [];
  busy = 0;
  most = 0;
  /** By order id: what happens before (`refuse`) or after (`lose`) the change is made. */
  refuse = new Map<string, ConnectorErrorKind>();
  lose = new Map<string, ConnectorErrorKind>();
  /** By order id: what happens instead of a look at its object. */
  hide = new Map<string, ConnectorErrorKind>();
  isTicket = false;
  /** Order ids that are never answered. */
  readonly silent = new Set<string>();
  /** What happens while an order is carried out, before it is answered. */
  meanwhile: (order: ProvisioningOrder) => Promise<void> = async () => {};
  /** How often the change of an order was made, by id. */
  readonly made = new Map<string, number>();

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
    await this.meanwhile(order);
    if (this.silent.has(order.id)) await new Promise(() => {});
    const refusal = this.refuse.get(order.id);
    if (refusal !== undefined) throw new ConnectorError(refusal, `It is ${refusal}.`);
    if (this.isTicket) return { status: 'ticket-opened' };
    const key = order.owner.identifier;
    if (order.changeType === 'added' && this.objects.has(key))
      throw new ConnectorError('already-exists', 'It is there.');
    const [change] = order.changes;
    const expected = change?.kind === 'set' ? change.expected : undefined;
    if (expected !== undefined && this.objects.get(key) !== expected)
      throw new ConnectorError('conflict', 'Somebody else has changed it.');
    this.made.set(order.id, (this.made.get(order.id) ?? 0) + 1);
    if (order.changeType === 'deleted') this.objects.delete(key);
    else this.objects.set(key, change?.kind === 'set' ? (change.value ?? '') : '');
    const loss = this.lose.get(order.id);
    if (loss !== undefined) throw new ConnectorError(loss, `It is ${loss}.`);
    return { status: 'executed' };
  }

  async #read(order: ProvisioningOrder): Promise<FoundTarget | null> {
    this.calls.push(`read ${order.id}`);
    const obstacle = this.hide.get(order.id);
    if (obstacle !== undefined) throw new ConnectorError(obstacle, `It is ${obstacle}.`);
    const value = this.objects.get(order.owner.identifier);
    return value === undefined ? null : { values: { Name: value }, links: {} };
  }
}

export interface Desk extends AsyncDisposable {
  readonly store: Store;
  readonly system: System;
  readonly lease: Lease;
  /** Milliseconds since the epoch. */
  clock: number;
  onWait: () => void;
  add(
    id: number,
    change?: {
      readonly type?: 'added' | 'modified' | 'deleted';
      readonly position?: number;
      readonly assignment?: number;
      readonly property?: string;
      readonly owner?: number;
      readonly resourceType?: string;
      readonly expected?: string;
    },
  ): Promise<void>;
  run(options?: {
    readonly canRead?: boolean;
    readonly signal?: AbortSignal;
    readonly lease?: Lease;
    readonly limits?: Partial<DeliveryLimits>;
    readonly onProgress?: () => void;
  }): Promise<FulfilResult>;
  states(): Promise<Readonly<Record<number, string>>>;
}

export async function openDesk(
  settings: StoreSettings = { client: 'sqlite', file: ':memory:' },
): Promise<Desk> {
  const store = await openStore(settings);
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
  const desk: Desk = {
    store,
    system,
    lease: answer.lease,
    clock: now,
    onWait() {},
    async add(
      id,
      {
        type = 'added',
        position = 1,
        assignment = id,
        property = 'Name',
        owner = id,
        resourceType = 'T',
        expected,
      } = {},
    ) {
      const payload: ProvisioningOrder = {
        id: String(id),
        assignedResourceTypeId: String(assignment),
        changeType: type,
        owner: { id: '1', displayName: '', identifier: `k${assignment}`, values: {} },
        resourceType: { identifier: resourceType, sourceEntityType: 'S', targetEntityType: 'E' },
        changes:
          type === 'deleted'
            ? []
            : [
                {
                  kind: 'set',
                  property,
                  value: `v${id}`,
                  ...(expected === undefined ? {} : { expected }),
                },
              ],
      };
      await store.transaction(async (t) => {
        await insertOrders(t, [
          {
            id,
            assigned_resource_type_id: assignment,
            resource_type: resourceType,
            connector: 'X',
            connection: 'C',
            change_type: type,
            position,
            payload: JSON.stringify(payload),
            generated_at: at,
            run_id: 1,
            owner_id: owner,
          },
        ]);
        await t.tx('assigned_resource_types').where({ id: assignment }).delete();
        await t.tx('assigned_resource_types').insert({
          id: assignment,
          resource_type: resourceType,
          owner_id: owner,
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
      limits = {},
      onProgress = () => {},
    } = {}) {
      return fulfilConnection(store, {
        model,
        connection: 'C',
        fulfiller: system.open({ canRead }),
        targets: new Map([
          ['T', target],
          ['Behind', target],
        ]),
        lease,
        leaseTtlMs: 60_000,
        limits: { ...usualDelivery, retryWaitSeconds: 0, ...limits },
        runId: 1,
        now: () => desk.clock,
        wait: async (milliseconds) => {
          desk.clock += milliseconds;
          desk.onWait();
        },
        logger: { debug() {}, info() {}, warn() {}, error() {} },
        signal,
        onProgress,
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
  return desk;
}
