/** Whether the managed system already stands as an order wants it: settles what a crash left open. */
import type {
  FoundTarget,
  FulfilTarget,
  LinkedResource,
  PropertyChange,
  ProvisioningOrder,
} from '../../connectors/index.ts';

export type Finding = 'done' | 'not-done' | 'partly' | 'differs';

/**
 * `done`: every change of the order is there. `not-done`: the order can simply be carried out (again). `partly`: an object to
 * be added is there with all its values, and some of its links are not: systems that keep links elsewhere make them after
 * the object. `differs`: an object to be added is there already, with other values than the order's.
 */
export function compareFound(
  order: ProvisioningOrder,
  found: FoundTarget | null,
  target: FulfilTarget,
): Finding {
  switch (order.changeType) {
    case 'deleted':
      return found === null ? 'done' : 'not-done';
    case 'added':
      if (found === null) return 'not-done';
      return compareAdded(order, found, target);
    case 'modified':
      if (found === null) return 'not-done';
      // Where nothing can be seen, nothing is proven: a change of a password alone is made again.
      if (!order.changes.some((change) => isVisible(change, found))) return 'not-done';
      return order.changes.every((change) => holds(change, found, target)) ? 'done' : 'not-done';
  }
}

function isVisible(change: PropertyChange, found: FoundTarget): boolean {
  return change.kind !== 'set' || change.property in found.values;
}

function compareAdded(order: ProvisioningOrder, found: FoundTarget, target: FulfilTarget): Finding {
  const missing = missingChanges(order, found, target);
  if (missing.length === 0) return 'done';
  return missing.some((change) => change.kind === 'set') ? 'differs' : 'partly';
}

/** The changes of an order that the object does not show. */
export function missingChanges(
  order: ProvisioningOrder,
  found: FoundTarget,
  target: FulfilTarget,
): readonly PropertyChange[] {
  return order.changes.filter((change) => !holds(change, found, target));
}

function holds(change: PropertyChange, found: FoundTarget, target: FulfilTarget): boolean {
  switch (change.kind) {
    case 'set':
      // A value the system does not show (a password, say) proves nothing either way.
      if (!isVisible(change, found)) return true;
      return (found.values[change.property] ?? null) === change.value;
    case 'link': {
      const held = found.links[change.property] ?? [];
      return change.value === null
        ? held.length === 0
        : held.includes(nameOf(change.value, change.property, target));
    }
    case 'add':
      return (found.links[change.property] ?? []).includes(
        nameOf(change.value, change.property, target),
      );
    case 'remove':
      return !(found.links[change.property] ?? []).includes(
        nameOf(change.value, change.property, target),
      );
  }
}

function nameOf(linked: LinkedResource, property: string, target: FulfilTarget): string {
  const link = target.links.find((candidate) => candidate.property === property);
  return linked.values[link?.linkedProperty ?? ''] ?? '';
}
