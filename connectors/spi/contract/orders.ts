/** How cases make orders and have the package carry them out. */
import type { LinkedResource, PropertyChange, ProvisioningOrder, Values } from '../order.ts';
import type { Fulfiller } from '../package.ts';
import { offered } from './expectations.ts';
import type {
  ConnectorSubject,
  ContextOptions,
  ContractObject,
  FulfilSubject,
  PreparedTarget,
} from './subject.ts';
import { createTestContext, readSettings, type TestContext } from './test-context.ts';

/** An open fulfiller over a fresh system, with orders made for it. */
export interface System {
  readonly fulfiller: Fulfiller;
  readonly prepared: PreparedTarget;
  readonly context: TestContext;
  add(key: string, values: Values): ProvisioningOrder;
  modify(key: string, changes: readonly PropertyChange[], current?: Values): ProvisioningOrder;
  remove(key: string): ProvisioningOrder;
  find(key: string): Promise<ContractObject | null>;
}

export function fulfillerOf(subject: ConnectorSubject): FulfilSubject<unknown> {
  return offered(subject.fulfiller, 'fulfiller');
}

export async function withSystem(
  subject: ConnectorSubject,
  body: (system: System) => Promise<void>,
  options: ContextOptions = {},
): Promise<void> {
  await using prepared = await fulfillerOf(subject).prepare();
  await using context = await createTestContext({ ...prepared.contextOptions, ...options });
  const factory = await fulfillerOf(subject).load();
  const settings = readSettings(subject.definition, prepared.settings);
  await using fulfiller = await factory.openFulfiller(settings, [prepared.target], context);
  await body({
    fulfiller,
    prepared,
    context,
    ...makeOrders(prepared),
    find: async (key) => offered(prepared.find?.bind(prepared), 'find()')(key),
  });
}

/** Hands orders over the way the engine does: as many at once as the package takes. */
export async function carryOut(
  { fulfiller }: Pick<System, 'fulfiller'>,
  orders: readonly ProvisioningOrder[],
): Promise<void> {
  const size = fulfiller.ordersAtOnce ?? 1;
  for (let start = 0; start < orders.length; start += size) {
    const together = orders.slice(start, start + size);
    await Promise.all(together.map((order) => fulfiller.fulfil(order)));
  }
}

function makeOrders(prepared: PreparedTarget): Pick<System, 'add' | 'modify' | 'remove'> {
  const { resourceType, entityType } = prepared.target;
  let count = 0;
  const base = (key: string) => ({
    id: `order-${key}-${++count}`,
    assignedResourceTypeId: `70${key}`,
    owner: { id: '12', displayName: 'Roy Ana', identifier: 'E12', values: { EmployeeId: 'E12' } },
    resourceType: {
      identifier: resourceType,
      sourceEntityType: 'Person',
      targetEntityType: entityType,
    },
  });
  const keys = (key: string): Values => ({ key, ...prepared.valuesFor?.(key) });
  return {
    add: (key, values) => ({
      ...base(key),
      changeType: 'added',
      changes: Object.entries({ ...keys(key), ...values }).map(([property, value]) =>
        set(property, value),
      ),
    }),
    modify: (key, changes, current = {}) => ({
      ...base(key),
      changeType: 'modified',
      resource: { id: `r-${key}`, values: { ...keys(key), ...current } },
      changes,
    }),
    remove: (key) => ({
      ...base(key),
      changeType: 'deleted',
      resource: { id: `r-${key}`, values: keys(key) },
      changes: [],
    }),
  };
}

export function set(
  property: string,
  value: string | null,
  expected?: string | null,
): PropertyChange {
  return expected === undefined
    ? { kind: 'set', property, value }
    : { kind: 'set', property, value, expected };
}

/** One object, and two resources it may lead to. */
export async function prepareLinks(
  { prepared, fulfiller, add }: System,
  key: string,
): Promise<readonly [LinkedResource, LinkedResource]> {
  const addLinked = offered(prepared.addLinked?.bind(prepared), 'addLinked()');
  await fulfiller.fulfil(add(key, { name: 'Ana', note: null }));
  return [await addLinked('G1'), await addLinked('G2')];
}

export function link(kind: 'add' | 'remove', value: LinkedResource): PropertyChange {
  return { kind, property: 'groups', value };
}
