/** An order as a plan shows and compares it: with keys instead of ids, without secrets, in one form for the same order. */
import { hash } from 'node:crypto';
import type { Model } from '../../config/index.ts';
import type { LinkedResource, PropertyChange, ProvisioningOrder } from '../../connectors/index.ts';
import { keyPropertiesOf } from '../provision/index.ts';

export interface PlannedChange {
  readonly kind: PropertyChange['kind'];
  readonly property: string;
  /** A linked resource by its key; `null`: nothing. */
  readonly value: string | null;
  /** What the system should hold before; absent: anything. */
  readonly expected?: string | null;
}

export interface PlannedOrder {
  readonly changeType: ProvisioningOrder['changeType'];
  readonly connector: string;
  readonly resourceType: string;
  readonly entityType: string;
  readonly owner: string;
  readonly ownerName: string;
  /** Key of the target; empty for what is created under a key that the system gives. */
  readonly resource: string;
  readonly changes: readonly PlannedChange[];
  readonly arguments: Readonly<Record<string, string>>;
  /** Of a deletion: what is lost with it. */
  readonly held: Readonly<Record<string, string | null>>;
}

const masked = '[secret]';
const secretName = /pass(word|wd|phrase|code)?|pwd|secret|token|credential|private.?key|^pin$/i;

/** What a plan keeps of an order. Values of properties and arguments that are named like secrets are left out. */
export function toPlannedOrder(model: Model, order: ProvisioningOrder): PlannedOrder {
  const { resourceType, owner } = order;
  const { targetEntityType } = resourceType;
  const connection = model.resourceTypes.get(resourceType.identifier)?.mapping?.connection ?? '';
  return {
    changeType: order.changeType,
    connector: model.connections.get(connection)?.connector ?? '',
    resourceType: resourceType.identifier,
    entityType: targetEntityType,
    owner: owner.identifier,
    ownerName: owner.displayName,
    resource: keyOf(model, order),
    changes: order.changes.map((change) => toPlannedChange(model, change)),
    arguments: maskAll(order.arguments ?? {}),
    held: order.changeType === 'deleted' ? maskAll(order.resource?.values ?? {}) : {},
  };
}

/** One text for one order, whatever the order of its parts. */
export function canonicalOrder(order: PlannedOrder): string {
  const changes = order.changes
    .map(({ kind, property, value, expected }) =>
      JSON.stringify(
        expected === undefined ? [property, kind, value] : [property, kind, value, expected],
      ),
    )
    .sort();
  return JSON.stringify([
    order.connector,
    order.resourceType,
    order.changeType,
    order.entityType,
    order.owner,
    order.resource,
    changes,
    entriesOf(order.arguments),
    entriesOf(order.held),
  ]);
}

export function digestOrder(order: PlannedOrder): string {
  return hash('sha256', canonicalOrder(order), 'base64url');
}

/** `create Wiki_User_Person of 17 (Ana Roy)`. */
export function nameOrder({ changeType, resourceType, owner, resource }: PlannedOrder): string {
  const words = { added: 'create', modified: 'change', deleted: 'delete' } as const;
  const what = resource === '' ? '' : ` "${resource}"`;
  return `${words[changeType]} ${resourceType}${what} of ${owner === '' ? 'nobody' : owner}`;
}

function keyOf(model: Model, order: ProvisioningOrder): string {
  const properties = keyPropertiesOf(model, order.resourceType.targetEntityType);
  for (const property of properties) {
    const known = order.resource?.values[property];
    if (known !== undefined && known !== null) return known;
  }
  for (const property of properties) {
    const change = order.changes.find((each) => each.property === property);
    if (change?.kind === 'set' && change.value !== null) return change.value;
  }
  return '';
}

function toPlannedChange(model: Model, change: PropertyChange): PlannedChange {
  const { kind, property } = change;
  if (kind === 'set') {
    const { value, expected } = change;
    return {
      kind,
      property,
      value: maskValue(property, value),
      ...(expected === undefined ? {} : { expected: maskValue(property, expected) }),
    };
  }
  if (kind === 'link') {
    const value = change.value === null ? null : nameLinked(model, change.value);
    if (change.expected === undefined) return { kind, property, value };
    const expected = change.expected === null ? null : nameLinked(model, change.expected);
    return { kind, property, value, expected };
  }
  return { kind, property, value: nameLinked(model, change.value) };
}

/** A resource that has vanished has no key any more: it is what it was called in the store. */
function nameLinked(model: Model, { id, entityType, values }: LinkedResource): string {
  for (const property of keyPropertiesOf(model, entityType)) {
    const key = values[property];
    if (key !== undefined && key !== null) return key;
  }
  return `#${id}`;
}

/** The value, or `[secret]` for one of a property or argument that is named like a secret. */
export function maskValue<V extends string | null>(name: string, value: V): V | string {
  return value !== null && secretName.test(name) ? masked : value;
}

function maskAll<V extends string | null>(
  values: Readonly<Record<string, V>>,
): Readonly<Record<string, V | string>> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, maskValue(name, value)]),
  );
}

function entriesOf(values: Readonly<Record<string, string | null>>): readonly unknown[] {
  return Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
}
