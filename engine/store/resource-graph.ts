/** A part of the resource graph in memory, loaded in sets, seen through `ResourceView`. */
import type { EntityModel, ReadPair, ResourceView } from '../../config/index.ts';
import { readTableMap, type TableMap } from './entity-tables.ts';
import { StoreError } from './errors.ts';
import type { StoreTransaction } from './open-store.ts';

/** Entity types up to this many rows may be loaded whole, and stay. */
const wholeTypeLimit = 50_000;
/** They are when a page needs at least one in so many of their rows: a few resources are looked up one by one. */
const wholeTypeShare = 20;
/** Largest entity type that can be loaded whole on purpose. */
const maxKeptResources = 500_000;
/** An id no resource has: asking for it loads the type. */
const noResource = 0;

interface LoadedType {
  readonly scalarIndex: ReadonlyMap<string, number>;
  readonly rows: Map<number, readonly (string | null)[]>;
  readonly views: Map<number, StoredResource>;
  /** By navigation property: linked ids in ascending order. Absent id: no link. */
  readonly links: Map<string, Map<number, number[]>>;
  isWhole: boolean;
}

/**
 * Resources of the store, read in sets. What may be asked is fixed by `reads`: everything reachable from the loaded
 * roots over navigation properties in `reads` is loaded with them. Memory: types of up to 50,000 rows of which a page needs
 * many stay, unless files are read of them; what else is loaded is kept for the present page of roots only (`forgetPage`).
 */
export class ResourceGraph {
  readonly #entityModel: EntityModel;
  readonly #tables: TableMap;
  readonly #types = new Map<string, LoadedType>();
  readonly #navigations = new Map<string, readonly string[]>();
  readonly #kept = new Set<string>();

  private constructor(entityModel: EntityModel, tables: TableMap, reads: ReadonlySet<ReadPair>) {
    this.#entityModel = entityModel;
    this.#tables = tables;
    const scalars = new Map<string, Set<string>>();
    const navigations = new Map<string, Set<string>>();
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
      navigations.set(entityType, new Set());
    };
    for (const pair of [...reads].sort()) {
      const [entityType = '', name = ''] = pair.split(':');
      touch(entityType);
      const property = entityModel.entityTypes.get(entityType)?.properties.get(name);
      if (property === undefined) continue;
      if (property.kind === 'scalar') scalars.get(entityType)?.add(name);
      else {
        navigations.get(entityType)?.add(name);
        touch(property.target);
      }
    }
    for (const [entityType, names] of scalars) {
      this.#types.set(entityType, newLoadedType([...names]));
      this.#navigations.set(entityType, [...(navigations.get(entityType) ?? [])]);
    }
  }

  static async open(
    transaction: StoreTransaction,
    entityModel: EntityModel,
    reads: ReadonlySet<ReadPair>,
  ): Promise<ResourceGraph> {
    return new ResourceGraph(entityModel, await readTableMap(transaction), reads);
  }

  /** Loads these resources and all that `reads` can reach from them. */
  async load(
    transaction: StoreTransaction,
    entityType: string,
    ids: readonly number[],
  ): Promise<void> {
    const queue: { entityType: string; ids: readonly number[] }[] = [{ entityType, ids }];
    for (let step = queue.shift(); step !== undefined; step = queue.shift()) {
      const type = this.#types.get(step.entityType);
      if (type === undefined || type.isWhole) continue;
      const missing = [...new Set(step.ids)].filter((id) => !type.rows.has(id));
      if (missing.length === 0) continue;
      const loaded = await this.#loadRows(transaction, step.entityType, type, missing);
      for (const name of this.#navigations.get(step.entityType) ?? []) {
        const property = this.#entityModel.entityTypes.get(step.entityType)?.properties.get(name);
        if (property?.kind !== 'navigation') continue;
        const linked = await this.#loadLinks(transaction, step.entityType, type, name, loaded);
        if (linked.length > 0) queue.push({ entityType: property.target, ids: linked });
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

  /** The loaded resources of a type, by ascending id. */
  viewsOf(entityType: string): readonly ResourceView[] {
    const ids = [...(this.#types.get(entityType)?.rows.keys() ?? [])].sort((a, b) => a - b);
    return ids.map((id) => this.#view(entityType, id)).filter((view) => view !== null);
  }

  /** The resource, or `null` when the store does not hold it (or it was not loaded). */
  view(entityType: string, id: number): ResourceView | null {
    return this.#view(entityType, id);
  }

  /** Drops what belongs to the present page of roots. */
  forgetPage(): void {
    for (const type of this.#types.values()) {
      if (type.isWhole) continue;
      type.rows.clear();
      type.views.clear();
      type.links.clear();
    }
  }

  #view(entityType: string, id: number): StoredResource | null {
    const type = this.#types.get(entityType);
    const row = type?.rows.get(id);
    if (type === undefined || row === undefined) return null;
    const known = type.views.get(id);
    if (known !== undefined) return known;
    const view = new StoredResource(
      entityType,
      id,
      type,
      row,
      (target, linkedId) => this.#view(target, linkedId),
      this.#entityModel,
    );
    type.views.set(id, view);
    return view;
  }

  /** Files are kept for the present page only. */
  #holdsFiles(entityType: string, { scalarIndex }: LoadedType): boolean {
    const declared = this.#entityModel.entityTypes.get(entityType)?.properties;
    return [...scalarIndex.keys()].some((name) => {
      const property = declared?.get(name);
      return property?.kind === 'scalar' && property.type === 'Binary';
    });
  }

  async #loadRows(
    transaction: StoreTransaction,
    entityType: string,
    type: LoadedType,
    missing: readonly number[],
  ): Promise<readonly number[] | 'all'> {
    const table = this.#tables.entities.get(entityType);
    if (table === undefined) return [];
    const { tx, dialect } = transaction;
    const columns = [...type.scalarIndex.keys()].map(
      (property) => table.columns.get(property) ?? '',
    );
    const isWorthAll =
      table.rowCount <= wholeTypeLimit &&
      table.rowCount <= missing.length * wholeTypeShare &&
      !this.#holdsFiles(entityType, type);
    if (isWorthAll || this.#kept.has(entityType)) {
      for (const row of await tx(table.table).select('id', ...columns)) keep(type, columns, row);
      type.isWhole = true;
      return 'all';
    }
    for (let start = 0; start < missing.length; start += dialect.maxParameters) {
      const chunk = missing.slice(start, start + dialect.maxParameters);
      for (const row of await tx(table.table)
        .whereIn('id', chunk)
        .select('id', ...columns))
        keep(type, columns, row);
    }
    return missing;
  }

  /** Returns the ids the navigation property leads to. */
  async #loadLinks(
    transaction: StoreTransaction,
    entityType: string,
    type: LoadedType,
    name: string,
    ids: readonly number[] | 'all',
  ): Promise<readonly number[]> {
    const property = this.#entityModel.entityTypes.get(entityType)?.properties.get(name);
    if (property?.kind !== 'navigation') return [];
    const table = this.#tables.associations.get(property.association);
    if (table === undefined) return [];
    const [own, other] = property.side === 1 ? ['id1', 'id2'] : ['id2', 'id1'];
    const { tx, dialect } = transaction;
    const links = type.links.get(name) ?? new Map<number, number[]>();
    type.links.set(name, links);
    const linked = new Set<number>();
    const query = () =>
      tx(table.table)
        .whereNotNull(own)
        .whereNotNull(other)
        .select({ own, other })
        .orderBy([own, other]);
    const take = (rows: readonly { own: number; other: number }[]): void => {
      for (const row of rows) {
        const list = links.get(row.own);
        if (list === undefined) links.set(row.own, [row.other]);
        else if (list.at(-1) !== row.other) list.push(row.other);
        linked.add(row.other);
      }
    };
    if (ids === 'all') take(await query());
    else {
      for (let start = 0; start < ids.length; start += dialect.maxParameters) {
        take(await query().whereIn(own, ids.slice(start, start + dialect.maxParameters)));
      }
    }
    return [...linked];
  }
}

function newLoadedType(scalars: readonly string[]): LoadedType {
  return {
    scalarIndex: new Map(scalars.map((property, index) => [property, index])),
    rows: new Map(),
    views: new Map(),
    links: new Map(),
    isWhole: false,
  };
}

function keep(
  type: LoadedType,
  columns: readonly string[],
  row: Readonly<Record<string, unknown>>,
): void {
  type.rows.set(
    row['id'] as number, // Entity tables have an integer id and text columns only.
    columns.map((column) => row[column] as string | null),
  );
}

class StoredResource implements ResourceView {
  readonly id: number;
  readonly entityType: string;
  readonly #type: LoadedType;
  readonly #row: readonly (string | null)[];
  readonly #find: (entityType: string, id: number) => StoredResource | null;
  readonly #entityModel: EntityModel;

  constructor(
    entityType: string,
    id: number,
    type: LoadedType,
    row: readonly (string | null)[],
    find: (entityType: string, id: number) => StoredResource | null,
    entityModel: EntityModel,
  ) {
    this.entityType = entityType;
    this.id = id;
    this.#type = type;
    this.#row = row;
    this.#find = find;
    this.#entityModel = entityModel;
  }

  scalar(property: string): string | null {
    const index = this.#type.scalarIndex.get(property);
    if (index === undefined)
      throw new RangeError(`${this.entityType}:${property} was not announced as read.`);
    return this.#row[index] ?? null;
  }

  one(property: string): ResourceView | null {
    return this.many(property)[0] ?? null;
  }

  many(property: string): readonly ResourceView[] {
    const navigation = this.#entityModel.entityTypes.get(this.entityType)?.properties.get(property);
    const links = this.#type.links.get(property);
    if (navigation?.kind !== 'navigation' || links === undefined) {
      if (this.#isAnnounced(property)) return [];
      throw new RangeError(`${this.entityType}:${property} was not announced as read.`);
    }
    const found: ResourceView[] = [];
    for (const id of links.get(this.id) ?? []) {
      const view = this.#find(navigation.target, id);
      if (view !== null) found.push(view);
    }
    return found;
  }

  #isAnnounced(property: string): boolean {
    return this.#entityModel.entityTypes.get(this.entityType)?.properties.has(property) === true;
  }
}
