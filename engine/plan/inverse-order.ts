/** The order that takes back what another one did. */
import type { Model } from '../../config/index.ts';
import type {
  LinkedResource,
  PropertyChange,
  ProvisioningOrder,
  Values,
} from '../../connectors/index.ts';
import { keyPropertiesOf } from '../provision/index.ts';

/** What is known of the target now, and of what it was linked to when the order was made. */
export interface TargetNow {
  /** The system was read after the order was carried out: what the store holds is what there is now. */
  readonly isRead: boolean;
  /** `null`: it is not there. */
  readonly resource: { readonly id: string; readonly values: Values } | null;
  /** Links by property, as the store holds them now. */
  readonly links: ReadonlyMap<string, readonly LinkedResource[]>;
  /** Links by property at the time of the order. */
  readonly formerLinks: ReadonlyMap<string, readonly LinkedResource[]>;
}

export interface Inverse {
  /** `null`: nothing is left to take back. */
  readonly order: ProvisioningOrder | null;
  /** Why it, or a part of it, is left out. */
  readonly conflicts: readonly string[];
  /** What does not come back. */
  readonly losses: readonly string[];
}

/** @param written values that the system gave in the place of those ordered */
export function invertOrder(
  model: Model,
  order: ProvisioningOrder,
  written: Values,
  now: TargetNow,
): Inverse {
  if (order.passwordReset !== undefined)
    return { order: null, conflicts: ['The password before it is not known.'], losses: [] };
  switch (order.changeType) {
    case 'added':
      return deleteAgain(order, written, now);
    case 'deleted':
      return createAgain(model, order, now);
    case 'modified':
      return changeBack(order, now);
  }
}

function deleteAgain(order: ProvisioningOrder, written: Values, now: TargetNow): Inverse {
  const created: Record<string, string | null> = {};
  for (const change of order.changes)
    if (change.kind === 'set') created[change.property] = change.value;
  Object.assign(created, written);
  if (now.isRead) {
    if (now.resource === null)
      return { order: null, conflicts: ['It is not there any more.'], losses: [] };
    const conflicts = changedSince(created, now.resource.values);
    if (conflicts.length > 0) return { order: null, conflicts, losses: [] };
  }
  const resource = now.resource ?? { id: '0', values: created };
  return {
    order: { ...bare(order), changeType: 'deleted', resource, changes: [] },
    conflicts: [],
    losses: [],
  };
}

function createAgain(model: Model, order: ProvisioningOrder, now: TargetNow): Inverse {
  if (now.isRead && now.resource !== null)
    return { order: null, conflicts: ['Something with its key is there again.'], losses: [] };
  const { targetEntityType, identifier } = order.resourceType;
  const writable = writtenProperties(model, identifier);
  for (const key of keyPropertiesOf(model, targetEntityType)) writable.add(key);
  const changes: PropertyChange[] = [];
  const lost: string[] = [];
  for (const [property, value] of Object.entries(order.resource?.values ?? {})) {
    if (value === null) continue;
    if (writable.has(property)) changes.push({ kind: 'set', property, value });
    else lost.push(property);
  }
  const properties = model.entityModel.entityTypes.get(targetEntityType)?.properties;
  for (const [property, links] of now.formerLinks) {
    const declared = properties?.get(property);
    if (declared?.kind !== 'navigation' || links.length === 0) continue;
    if (!writable.has(property)) lost.push(property);
    else
      for (const value of links)
        changes.push({ kind: declared.isCollection ? 'add' : 'link', property, value });
  }
  const { resource: _, ...rest } = bare(order);
  const losses = [
    ...(lost.length === 0 ? [] : [`${lost.sort().join(', ')}: no rule writes them.`]),
    'Passwords and whatever else is never read.',
  ];
  return { order: { ...rest, changeType: 'added', changes }, conflicts: [], losses };
}

function changeBack(order: ProvisioningOrder, now: TargetNow): Inverse {
  if (now.isRead && now.resource === null)
    return { order: null, conflicts: ['It is not there any more.'], losses: [] };
  const conflicts: string[] = [];
  const changes: PropertyChange[] = [];
  const values: Record<string, string | null> = {
    ...(now.isRead && now.resource !== null ? now.resource.values : order.resource?.values),
  };
  for (const change of order.changes) {
    const back = invertChange(change, now);
    if (typeof back === 'string') conflicts.push(back);
    else changes.push(back);
    // The system holds what the order wrote: a key by which the target is found may be among it.
    if (change.kind === 'set' && !now.isRead) values[change.property] = change.value;
  }
  const id = now.resource?.id ?? order.resource?.id ?? '0';
  const inverse = {
    ...bare(order),
    changeType: 'modified',
    resource: { id, values },
    changes,
  } as const;
  return { order: changes.length === 0 ? null : inverse, conflicts, losses: [] };
}

/** A text says why there is no way back. */
function invertChange(change: PropertyChange, now: TargetNow): PropertyChange | string {
  const { property } = change;
  const links = now.links.get(property) ?? [];
  const isLinked = (to: LinkedResource): boolean => links.some(({ id }) => id === to.id);
  switch (change.kind) {
    case 'set': {
      if (change.expected === undefined) return `${property}: what it held before is not known.`;
      const present = now.resource?.values[property] ?? null;
      if (now.isRead && present !== change.value)
        return `${property} was changed again since: it is "${present ?? ''}".`;
      return { kind: 'set', property, value: change.expected, expected: change.value };
    }
    case 'link': {
      if (change.expected === undefined) return `${property}: what it led to before is not known.`;
      const isThere = change.value === null ? links.length === 0 : isLinked(change.value);
      if (now.isRead && !isThere) return `${property} was changed again since.`;
      return { kind: 'link', property, value: change.expected, expected: change.value };
    }
    case 'add':
      return now.isRead && !isLinked(change.value)
        ? `${property}: the link was removed again since.`
        : { kind: 'remove', property, value: change.value };
    case 'remove':
      return now.isRead && isLinked(change.value)
        ? `${property}: the link was added again since.`
        : { kind: 'add', property, value: change.value };
  }
}

function changedSince(created: Values, present: Values): readonly string[] {
  return Object.entries(created)
    .filter(([property, value]) => property in present && present[property] !== value)
    .map(([property]) => `${property} was changed since: it is "${present[property] ?? ''}".`);
}

function writtenProperties(model: Model, resourceType: string): Set<string> {
  const type = model.resourceTypes.get(resourceType);
  const rules = [
    ...(type?.scalarRules ?? []),
    ...(type?.navigationRules ?? []),
    ...(type?.queryRules ?? []),
    ...(type?.binaryRules ?? []),
  ];
  return new Set(rules.map(({ property }) => property));
}

/** Without what belongs to one delivery. */
function bare(order: ProvisioningOrder): ProvisioningOrder {
  const { arguments: _arguments, requestId: _request, attempt: _attempt, ...rest } = order;
  return rest;
}
