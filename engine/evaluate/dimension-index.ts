/** What rules ask for by values of dimensions, found for an owner's contexts: by their values, and by all above them. */
import type { Model, ResourceView } from '../../config/index.ts';
import type { Context } from './contexts.ts';

/** Things by the text that names a value of a dimension in a rule. */
export class DimensionIndex<T> {
  readonly #model: Model;
  readonly #byDimension = new Map<string, DimensionItems<T>>();

  constructor(model: Model) {
    this.#model = model;
  }

  get isEmpty(): boolean {
    return this.#byDimension.size === 0;
  }

  add(dimension: string, key: string, item: T): void {
    const items =
      this.#byDimension.get(dimension) ??
      new DimensionItems<T>(this.#model, this.#model.dimensions.get(dimension)?.parentProperty);
    this.#byDimension.set(dimension, items);
    items.add(key, item);
  }

  /** Hands over the things of every value of the contexts; one that several values have comes several times. */
  collect(contexts: readonly Context[], take: (item: T) => void): void {
    for (const [dimension, items] of this.#byDimension) {
      for (const context of contexts) {
        const values = context.dimensions.get(dimension);
        if (values === undefined) continue;
        for (const value of values) for (const item of items.under(value)) take(item);
      }
    }
  }
}

class DimensionItems<T> {
  readonly #model: Model;
  readonly #parentProperty: string | undefined;
  readonly #byKey = new Map<string, T[]>();
  /**
   * What was found for a resource, as long as somebody has it in memory: thousands of owners are in one department. A view
   * shows a resource as it was loaded, so that the answer stays right as long as the view does.
   */
  readonly #known = new WeakMap<ResourceView, readonly T[]>();

  constructor(model: Model, parentProperty: string | undefined) {
    this.#model = model;
    this.#parentProperty = parentProperty;
  }

  add(key: string, item: T): void {
    const items = this.#byKey.get(key);
    if (items === undefined) this.#byKey.set(key, [item]);
    else items.push(item);
  }

  /** Of the value itself and of all above it, each once. */
  under(value: ResourceView): readonly T[] {
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    const found = new Set<T>();
    // Data may hold a cycle of parents.
    const seen = new Set<number>();
    for (let each: ResourceView | null = value; each !== null && !seen.has(each.id); ) {
      seen.add(each.id);
      for (const property of this.#model.entityModel.entityTypes.get(each.entityType)?.keys ?? []) {
        const key = each.scalar(property);
        if (key !== null) for (const item of this.#byKey.get(key) ?? []) found.add(item);
      }
      each = this.#parentProperty === undefined ? null : each.one(this.#parentProperty);
    }
    const items = [...found];
    this.#known.set(value, items);
    return items;
  }
}
