/** The resources that queries look through, with an index for every property they are looked up by. */
import type { QueryHost, ResourceView } from '../values.ts';

type Key = string | boolean | null;

/**
 * Resources of whole entity types, loaded by the holder before anything is evaluated. An index on a property is made the
 * first time it is needed and holds one entry per resource; it is as old as the resources are.
 */
export class QueryResources implements QueryHost {
  readonly #resourcesOf: (entityType: string) => readonly ResourceView[];
  readonly #resources = new Map<string, readonly ResourceView[]>();
  readonly #indexes = new Map<string, ReadonlyMap<Key, readonly ResourceView[]>>();

  /** `resourcesOf` gives all resources of a type in ascending order of id; it is asked once per type. */
  constructor(resourcesOf: (entityType: string) => readonly ResourceView[]) {
    this.#resourcesOf = resourcesOf;
  }

  resourcesOf(entityType: string): readonly ResourceView[] {
    const known = this.#resources.get(entityType);
    if (known !== undefined) return known;
    const resources = this.#resourcesOf(entityType);
    this.#resources.set(entityType, resources);
    return resources;
  }

  lookUp(
    entityType: string,
    property: string,
    key: Key,
    keyOf: (resource: ResourceView) => Key,
  ): readonly ResourceView[] {
    const name = `${entityType}:${property}`;
    const index = this.#indexes.get(name) ?? Map.groupBy(this.resourcesOf(entityType), keyOf);
    this.#indexes.set(name, index);
    return index.get(key) ?? [];
  }
}
