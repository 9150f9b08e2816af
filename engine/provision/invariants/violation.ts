/** What a set of orders would do that no run may do. */
import type { Model } from '../../../config/index.ts';
import type { ProvisioningOrder } from '../../../connectors/index.ts';

export interface ViolatingOrder {
  readonly changeType: ProvisioningOrder['changeType'];
  readonly resourceType: string;
  readonly owner: string;
  /** Key of the target. */
  readonly resource: string;
}

export interface Violation {
  /** Identifier by which a person may override it. */
  readonly invariant: string;
  /** One sentence. */
  readonly message: string;
  /** Orders that break it; the first few. */
  readonly orders: readonly ViolatingOrder[];
  readonly count: number;
}

/** Orders that are told one by one. */
const toldOrders = 10;

/** Collects the orders that break one invariant. */
export class Breach {
  readonly #orders: ViolatingOrder[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(order: ViolatingOrder): void {
    this.#count += 1;
    if (this.#orders.length < toldOrders) this.#orders.push(order);
  }

  toViolation(invariant: string, message: string): Violation {
    return { invariant, message, orders: this.#orders, count: this.#count };
  }

  /** `alice, bob and 3 more`. */
  get names(): string {
    const told = this.#orders.slice(0, 3).map(({ resource, owner }) => resource || owner);
    const more = this.#count - told.length;
    return more > 0 ? `${told.join(', ')} and ${more} more` : told.join(', ');
  }
}

/** Properties whose values name a resource of this type to people: `IsKey`, and the keys of its mapping. */
export function keyPropertiesOf(model: Model, entityType: string): readonly string[] {
  const mapping = model.entityTypeMappings.get(entityType);
  const mapped = (mapping?.properties ?? [])
    .filter((property) => property.isUniqueKey || property.isPrimaryKey)
    .map((property) => property.identifier);
  return [...new Set([...(model.entityModel.entityTypes.get(entityType)?.keys ?? []), ...mapped])];
}

export function describeOrder(model: Model, order: ProvisioningOrder): ViolatingOrder {
  const { changeType, resourceType, owner } = order;
  return {
    changeType,
    resourceType: resourceType.identifier,
    owner: owner.identifier,
    resource: keysOf(model, order)[0] ?? '',
  };
}

/** The keys of an order's target as last read, in the order of their properties. */
export function keysOf(model: Model, order: ProvisioningOrder): readonly string[] {
  const values = order.resource?.values ?? {};
  return keyPropertiesOf(model, order.resourceType.targetEntityType)
    .map((property) => values[property])
    .filter((value) => value !== undefined && value !== null);
}

/** Keys are compared without their letter case. */
export function toKeySet(keys: readonly string[]): ReadonlySet<string> {
  return new Set(keys.map((key) => key.toLowerCase()));
}
