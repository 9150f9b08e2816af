/** What a plan comes to: by system, kind and resource type, the largest effects first. */
import type { PlannedOrder } from './planned-order.ts';

export interface Effect {
  readonly added: number;
  readonly modified: number;
  readonly deleted: number;
}

export interface ResourceTypeEffect extends Effect {
  readonly resourceType: string;
}

/** How often orders of a resource type bring one value to one property. */
export interface ValueEffect {
  readonly resourceType: string;
  readonly property: string;
  readonly kind: PlannedOrder['changes'][number]['kind'];
  readonly value: string | null;
  readonly count: number;
}

export interface SystemEffect extends Effect {
  readonly connector: string;
  readonly resourceTypes: readonly ResourceTypeEffect[];
  /** Properties that change, and in how many orders; the most frequent first. */
  readonly properties: readonly {
    readonly resourceType: string;
    readonly property: string;
    readonly count: number;
  }[];
  /** Values that many orders have in common; the most frequent first. */
  readonly sharedValues: readonly ValueEffect[];
}

/** Different values of one property that are told apart; more of them are not a mass change to one value. */
const maxValues = 2_000;
const toldValues = 5;
/** No identifier has it. */
const separator = '\u001f';
const toldProperties = 20;

class Tally {
  added = 0;
  modified = 0;
  deleted = 0;
}

class SystemTally extends Tally {
  readonly resourceTypes = new Map<string, Tally>();
  readonly properties = new Map<string, number>();
  readonly values = new Map<string, Map<string | null, number>>();
}

/** Shown every order once. Memory: counts by resource type and property, and up to 2,000 values of each. */
export class Summary {
  readonly #systems = new Map<string, SystemTally>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  see(order: PlannedOrder): void {
    this.#count += 1;
    const system = this.#systems.get(order.connector) ?? new SystemTally();
    this.#systems.set(order.connector, system);
    const type = system.resourceTypes.get(order.resourceType) ?? new Tally();
    system.resourceTypes.set(order.resourceType, type);
    system[order.changeType] += 1;
    type[order.changeType] += 1;
    if (order.changeType !== 'modified') return;
    for (const { property, kind, value } of order.changes) {
      const name = `${order.resourceType}${separator}${property}`;
      system.properties.set(name, (system.properties.get(name) ?? 0) + 1);
      const place = `${name}${separator}${kind}`;
      const values = system.values.get(place) ?? new Map<string | null, number>();
      system.values.set(place, values);
      const known = values.get(value);
      if (known !== undefined || values.size < maxValues) values.set(value, (known ?? 0) + 1);
    }
  }

  get systems(): readonly SystemEffect[] {
    return [...this.#systems]
      .map(([connector, tally]) => describeSystem(connector, tally))
      .sort((a, b) => sizeOf(b) - sizeOf(a) || compare(a.connector, b.connector));
  }
}

function describeSystem(connector: string, system: SystemTally): SystemEffect {
  const { added, modified, deleted } = system;
  const resourceTypes = [...system.resourceTypes]
    .map(([resourceType, tally]) => ({ resourceType, ...tally }))
    .sort((a, b) => sizeOf(b) - sizeOf(a) || compare(a.resourceType, b.resourceType));
  const properties = [...system.properties]
    .map(([name, count]) => {
      const [resourceType = '', property = ''] = name.split(separator);
      return { resourceType, property, count };
    })
    .sort(
      (a, b) =>
        b.count - a.count ||
        compare(a.resourceType, b.resourceType) ||
        compare(a.property, b.property),
    )
    .slice(0, toldProperties);
  const sharedValues = [...system.values]
    .flatMap(([place, values]) => topValues(place, values))
    .filter(({ count }) => count > 1)
    .sort(
      (a, b) =>
        b.count - a.count ||
        compare(a.resourceType, b.resourceType) ||
        compare(a.property, b.property) ||
        compare(a.value ?? '', b.value ?? ''),
    )
    .slice(0, toldValues);
  return { connector, added, modified, deleted, resourceTypes, properties, sharedValues };
}

function topValues(
  place: string,
  values: ReadonlyMap<string | null, number>,
): readonly ValueEffect[] {
  const [resourceType = '', property = '', kind] = place.split(separator);
  return [...values]
    .sort(([a, m], [b, n]) => n - m || compare(a ?? '', b ?? ''))
    .slice(0, toldValues)
    .map(([value, count]) => ({
      resourceType,
      property,
      // Written by `Summary.see`.
      kind: kind as ValueEffect['kind'],
      value,
      count,
    }));
}

function sizeOf({ added, modified, deleted }: Effect): number {
  return added + modified + deleted;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
