/** A part of the resource graph in memory, loaded in sets, seen through `ResourceView`. */
import type { EntityModel, ReadPair, ResourceView } from '../../config/index.ts';
import type { SqlValue } from './dialect.ts';
import { readTableMap, type TableMap } from './entity-tables.ts';
import { StoreError } from './errors.ts';
import type { StoreTransaction } from './open-store.ts';
import { findByKeys } from './operations/list-resources.ts';

/** Entity types up to this many rows may be loaded whole, and stay. */
const wholeTypeLimit = 50_000;
/** They are when a page needs at least one in so many of their rows: a few resources are looked up one by one. */
const wholeTypeShare = 20;
/** Largest entity type that can be loaded whole on purpose. */
const maxKeptResources = 500_000;
/**
 * Of a larger type so many resources stay to which links led, and nobody asked for by itself: the managers of one page are
 * those of the next as well.
 */
const maxLinkedKept = 20_000;
/** An id no resource has: asking for it loads the type. */
const noResource = 0;

interface LoadedType {
  readonly entityType: string;
  /** Place of a property in the rows, which begin with the id. */
  readonly scalarIndex: ReadonlyMap<string, number>;
  readonly resources: Map<number, StoredResource>;
  readonly navigations: Map<string, Navigation>;
  readonly isDeclared: (property: string) => boolean;
  /** What was asked for by itself, for the present page. */
  readonly roots: Set<number>;
  isWhole: boolean;
}

interface Navigation {
  readonly target: LoadedType;
  readonly association: string;
  readonly side: 1 | 2;
  /** Linked ids in ascending order. Absent id: no link. */
  readonly links: Map<number, number[]>;
}

/**
 * Resources of the store, read in sets. What may be asked is fixed by `reads`: everything reachable from the loaded
 * roots over navigation properties in `reads` is loaded with them. Memory: types of up to 50,000 rows of which a page needs
 * many stay, unless files are read of them; what else is loaded is kept for the present page of roots only (`forgetPage`),
 * but for up to 20,000 of each type to which links led.
 */
export class ResourceGraph {
  readonly #entityModel: EntityModel;
  readonly #tables: TableMap;
  readonly #types = new Map<string, LoadedType>();
  readonly #kept = new Set<string>();
  /** Resources in memory whose links were followed for the present page. */
  readonly #followed = new Set<StoredResource>();

  private constructor(entityModel: EntityModel, tables: TableMap, reads: ReadonlySet<ReadPair>) {
    this.#entityModel = entityModel;
    this.#tables = tables;
    const navigations: { readonly entityType: string; readonly name: string }[] = [];
    const scalars = new Map<string, Set<string>>();
    const touch = (entityType: string): void => {
      if (scalars.has(entityType)) return;
      const type = entityModel.entityTypes.get(entityType);
      if (type === undefined) return;
      scalars.set(
        entityType,
        new Set(
          [...type.keys, type.displayProperty].filter(
            (p) => type.properties.get(p)?.kind === 'scalar',
          ),
        ),
      );
    };
    for (const pair of [...reads].sort()) {
      const [entityType = '', name = ''] = pair.split(':');
      touch(entityType);
      const property = entityModel.entityTypes.get(entityType)?.properties.get(name);
      if (property === undefined) continue;
      if (property.kind === 'scalar') scalars.get(entityType)?.add(name);
      else {
        navigations.push({ entityType, name });
        touch(property.target);
      }
    }
    for (const [entityType, names] of scalars)
      this.#types.set(entityType, newLoadedType(entityModel, entityType, [...names]));
    for (const { entityType, name } of navigations) this.#addNavigation(entityType, name);
  }

  static async open(
    transaction: StoreTransaction,
    entityModel: EntityModel,
    reads: ReadonlySet<ReadPair>,
  ): Promise<ResourceGraph> {
    return ResourceGraph.over(await readTableMap(transaction), entityModel, reads);
  }

  /** The same for those who know the tables. */
  static over(
    tables: TableMap,
    entityModel: EntityModel,
    reads: ReadonlySet<ReadPair>,
  ): ResourceGraph {
    return new ResourceGraph(entityModel, tables, reads);
  }

  /** Loads these resources and all that `reads` can reach from them. */
  async load(
    transaction: StoreTransaction,
    entityType: string,
    ids: readonly number[],
  ): Promise<void> {
    const root = this.#types.get(entityType);
    if (root === undefined) return;
    if (!root.isWhole) for (const id of ids) root.roots.add(id);
    const queue: { type: LoadedType; ids: Iterable<number> }[] = [{ type: root, ids }];
    for (let step = queue.shift(); step !== undefined; step = queue.shift()) {
      const { type } = step;
      // Those in memory stay there; what they lead to may have gone with the last page.
      const known = !type.isWhole || leadsOut(type) ? this.#takeFresh(type, step.ids) : [];
      const missing = type.isWhole ? [] : listMissing(type, step.ids);
      const loaded =
        missing.length === 0 ? noIds : await this.#loadRows(transaction, type, missing);
      for (const navigation of type.navigations.values()) {
        const linked = await this.#loadLinks(transaction, navigation, loaded);
        for (const { id } of known)
          for (const other of navigation.links.get(id) ?? noIds) linked.add(other);
        if (linked.size > 0) queue.push({ type: navigation.target, ids: linked });
      }
    }
  }

  /**
   * Loads all resources of these types, however many up to {@link maxKeptResources} each, and all that `reads` can reach
   * from them. They stay until the graph goes. Throws `StoreError` for a larger type, before anything is loaded.
   */
  async loadWhole(transaction: StoreTransaction, entityTypes: readonly string[]): Promise<void> {
    for (const entityType of entityTypes) {
      const count = this.#tables.entities.get(entityType)?.rowCount ?? 0;
      if (count <= maxKeptResources) continue;
      throw new StoreError(
        'STORE_QUERY_TOO_LARGE',
        `An expression queries ${entityType}, which has ${count} resources; at most ${maxKeptResources} can be queried.`,
        { hint: 'Follow navigation properties in the expression instead of queryHandler.' },
      );
    }
    for (const entityType of entityTypes) {
      this.#kept.add(entityType);
      await this.load(transaction, entityType, [noResource]);
    }
  }

  /**
   * Ids of resources one of whose key properties, or whose mapping key, holds one of these texts; the resources are loaded.
   * Where as many are asked for as make it worth loading the type whole, they are found in memory.
   */
  async findByKeys(
    transaction: StoreTransaction,
    entityType: string,
    keys: ReadonlySet<string>,
  ): Promise<ReadonlyMap<string, number>> {
    const table = this.#tables.entities.get(entityType);
    if (table === undefined) return new Map();
    const properties = this.#entityModel.entityTypes.get(entityType)?.keys ?? [];
    const type = this.#types.get(entityType);
    const found = new Map<string, number>();
    const isInMemory = type !== undefined && (type.isWhole || this.#isWorthAll(type, keys.size));
    if (isInMemory) {
      this.#kept.add(entityType);
      await this.load(transaction, entityType, [noResource]);
      for (const property of properties) findInMemory(type, property, keys, found);
    }
    const rest = [...keys].filter((key) => !found.has(key));
    const columns = isInMemory ? [] : properties;
    for (const [key, id] of await findByKeys(transaction, table, columns, rest)) found.set(key, id);
    await this.load(transaction, entityType, [...found.values()]);
    return found;
  }

  /** The loaded resources of a type, by ascending id. */
  viewsOf(entityType: string): readonly ResourceView[] {
    const resources = [...(this.#types.get(entityType)?.resources.values() ?? [])];
    return resources.sort((a, b) => a.id - b.id);
  }

  /** The resource, or `null` when the store does not hold it (or it was not loaded). */
  view(entityType: string, id: number): ResourceView | null {
    return this.#types.get(entityType)?.resources.get(id) ?? null;
  }

  /** Drops what belongs to the present page of roots. */
  forgetPage(): void {
    this.#followed.clear();
    for (const type of this.#types.values()) {
      if (type.isWhole) continue;
      const { resources, roots } = type;
      const links = [...type.navigations.values()].map((navigation) => navigation.links);
      if (resources.size - roots.size > maxLinkedKept || this.#holdsFiles(type)) {
        for (const each of [resources, ...links]) each.clear();
      } else {
        for (const id of roots) for (const each of [resources, ...links]) each.delete(id);
      }
      roots.clear();
    }
  }

  /** Those of the ids' resources that are in memory and were not followed yet. */
  #takeFresh({ resources }: LoadedType, ids: Iterable<number>): readonly StoredResource[] {
    const fresh: StoredResource[] = [];
    for (const id of ids) {
      const resource = resources.get(id);
      if (resource === undefined || this.#followed.has(resource)) continue;
      this.#followed.add(resource);
      fresh.push(resource);
    }
    return fresh;
  }

  #addNavigation(entityType: string, name: string): void {
    const property = this.#entityModel.entityTypes.get(entityType)?.properties.get(name);
    if (property?.kind !== 'navigation') return;
    const target =
      this.#types.get(property.target) ?? newLoadedType(this.#entityModel, property.target, []);
    const { association, side } = property;
    const navigation = { target, association, side, links: new Map() };
    this.#types.get(entityType)?.navigations.set(name, navigation);
  }

  /** Files are kept for the present page only. */
  #holdsFiles({ entityType, scalarIndex }: LoadedType): boolean {
    const declared = this.#entityModel.entityTypes.get(entityType)?.properties;
    return [...scalarIndex.keys()].some((name) => {
      const property = declared?.get(name);
      return property?.kind === 'scalar' && property.type === 'Binary';
    });
  }

  #isWorthAll(type: LoadedType, wanted: number): boolean {
    const rowCount = this.#tables.entities.get(type.entityType)?.rowCount ?? 0;
    const isSmall = rowCount <= wholeTypeLimit && rowCount <= wanted * wholeTypeShare;
    return isSmall && !this.#holdsFiles(type);
  }

  async #loadRows(
    transaction: StoreTransaction,
    type: LoadedType,
    missing: readonly number[],
  ): Promise<readonly number[] | 'all'> {
    const table = this.#tables.entities.get(type.entityType);
    if (table === undefined) return [];
    const { tx, dialect } = transaction;
    const columns = [
      'id',
      ...[...type.scalarIndex.keys()].map((property) => table.columns.get(property) ?? ''),
    ];
    const keep = (row: readonly SqlValue[]): void => {
      const resource = new StoredResource(type, row);
      type.resources.set(resource.id, resource);
    };
    if (this.#isWorthAll(type, missing.length) || this.#kept.has(type.entityType)) {
      for (const row of await dialect.readAll(tx, table.table, columns)) keep(row);
      type.isWhole = true;
      return 'all';
    }
    for (const row of await dialect.readByIds(tx, table.table, columns, missing)) keep(row);
    return missing;
  }

  /** Returns the ids the navigation property leads to. */
  async #loadLinks(
    { tx, dialect }: StoreTransaction,
    { association, side, links }: Navigation,
    ids: readonly number[] | 'all',
  ): Promise<Set<number>> {
    const table = this.#tables.associations.get(association)?.table;
    const linked = new Set<number>();
    if (table === undefined || ids.length === 0) return linked;
    const columns = side === 1 ? (['id1', 'id2'] as const) : (['id2', 'id1'] as const);
    const fresh = new Map<number, number[]>();
    const take = (own: unknown, other: unknown): void => {
      // An end that is not there (yet).
      if (typeof own !== 'number' || typeof other !== 'number') return;
      const list = fresh.get(own);
      if (list === undefined) fresh.set(own, [other]);
      else list.push(other);
      linked.add(other);
    };
    const pairs =
      ids === 'all'
        ? await dialect.readAll(tx, table, columns)
        : await dialect.readByIds(tx, table, columns, ids);
    for (const [own, other] of pairs) take(own, other);
    for (const [own, others] of fresh) links.set(own, ascending(others));
    return linked;
  }
}

function newLoadedType(
  entityModel: EntityModel,
  entityType: string,
  scalars: readonly string[],
): LoadedType {
  const declared = entityModel.entityTypes.get(entityType)?.properties;
  return {
    entityType,
    scalarIndex: new Map(scalars.map((property, index) => [property, index + 1])),
    resources: new Map(),
    navigations: new Map(),
    isDeclared: (property) => declared?.has(property) === true,
    roots: new Set(),
    isWhole: false,
  };
}

/** Adds the first resource with each key that was not found yet. */
function findInMemory(
  { scalarIndex, resources }: LoadedType,
  property: string,
  keys: ReadonlySet<string>,
  found: Map<string, number>,
): void {
  if (!scalarIndex.has(property)) return;
  const fresh = new Map<string, number>();
  for (const resource of resources.values()) {
    const key = resource.scalar(property);
    if (key === null || !keys.has(key) || found.has(key)) continue;
    fresh.set(key, Math.min(resource.id, fresh.get(key) ?? resource.id));
  }
  for (const [key, id] of fresh) found.set(key, id);
}

/** Something that is loaded for a page only can be reached from the type. */
function leadsOut(type: LoadedType): boolean {
  const seen = new Set([type]);
  for (const each of seen) {
    if (!each.isWhole) return true;
    for (const { target } of each.navigations.values()) seen.add(target);
  }
  return false;
}

/** Those of the ids that are not in memory, each once. */
function listMissing({ resources }: LoadedType, ids: Iterable<number>): readonly number[] {
  return [...new Set(ids)].filter((id) => !resources.has(id));
}

/** Each once, in order. Nearly always they are already. */
function ascending(ids: number[]): number[] {
  let last = Number.NEGATIVE_INFINITY;
  for (const id of ids) {
    if (id <= last) return [...new Set(ids)].sort((a, b) => a - b);
    last = id;
  }
  return ids;
}

class StoredResource implements ResourceView {
  readonly id: number;
  readonly #type: LoadedType;
  readonly #row: readonly SqlValue[];

  constructor(type: LoadedType, row: readonly SqlValue[]) {
    this.id = Number(row[0]);
    this.#type = type;
    this.#row = row;
  }

  get entityType(): string {
    return this.#type.entityType;
  }

  scalar(property: string): string | null {
    const index = this.#type.scalarIndex.get(property);
    if (index === undefined) throw this.#unknown(property);
    // Entity tables have an integer id and columns of text only.
    return (this.#row[index] ?? null) as string | null;
  }

  one(property: string): ResourceView | null {
    const navigation = this.#navigation(property);
    for (const id of navigation?.links.get(this.id) ?? noIds) {
      const resource = navigation?.target.resources.get(id);
      if (resource !== undefined) return resource;
    }
    return null;
  }

  many(property: string): readonly ResourceView[] {
    const navigation = this.#navigation(property);
    const found: ResourceView[] = [];
    for (const id of navigation?.links.get(this.id) ?? noIds) {
      const resource = navigation?.target.resources.get(id);
      if (resource !== undefined) found.push(resource);
    }
    return found;
  }

  #navigation(property: string): Navigation | undefined {
    const navigation = this.#type.navigations.get(property);
    if (navigation === undefined && !this.#type.isDeclared(property)) throw this.#unknown(property);
    return navigation;
  }

  #unknown(property: string): RangeError {
    return new RangeError(`${this.entityType}:${property} was not announced as read.`);
  }
}

const noIds: readonly number[] = [];
