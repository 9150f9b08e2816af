/**
 * Who has to be evaluated again after some resources changed. What an evaluation may read is known from the expressions
 * (`readsOf`); the changes are followed backwards over exactly those navigation properties, at any distance, on the links
 * as they are now. That is exact: an owner that read a changed resource over a link that has gone since is reached
 * through the end of that link, which counts as changed itself.
 */
import type { EntityModel, ReadPair } from '../../../config/index.ts';
import {
  listNeighbours,
  type ResourceChangeRow,
  readChanges,
  type StoreTransaction,
  type TableMap,
} from '../../store/index.ts';

/** Ids by entity type. */
export type Touched = ReadonlyMap<string, ReadonlySet<number>>;

/**
 * Resources with a change after `lastChangeId` that the reads can see. Resources of `roots` count as they come and go even
 * when nothing of them is read: a rule may give everybody the same.
 */
export async function readTouched(
  transaction: StoreTransaction,
  reads: ReadonlySet<ReadPair>,
  roots: readonly string[],
  lastChangeId: number,
): Promise<Touched> {
  const [touched = new Map()] = await readTouchedBy(transaction, [reads], roots, lastChangeId);
  return touched;
}

/** What changed after `lastChangeId`, and everything from which it can be read, by entity type: group of reads by group. */
export async function findReached(
  transaction: StoreTransaction,
  { entityModel, tables }: { readonly entityModel: EntityModel; readonly tables: TableMap },
  groups: readonly ReadonlySet<ReadPair>[],
  roots: readonly string[],
  lastChangeId: number,
): Promise<Touched> {
  const all = await readTouchedBy(transaction, groups, roots, lastChangeId);
  const reached = new Map<string, Set<number>>();
  for (const [index, touched] of all.entries()) {
    const reads = groups[index] ?? new Set();
    const found = await followReads(transaction, entityModel, tables, reads, touched);
    for (const [entityType, ids] of found) {
      const known = reached.get(entityType) ?? new Set<number>();
      reached.set(entityType, known);
      for (const id of ids) known.add(id);
    }
  }
  return reached;
}

/** The same as `readTouched` for several groups of reads at once, in their order; `roots` belong to the first. */
async function readTouchedBy(
  transaction: StoreTransaction,
  groups: readonly ReadonlySet<ReadPair>[],
  roots: readonly string[],
  lastChangeId: number,
): Promise<readonly Touched[]> {
  const found = groups.map((reads, index) => {
    const types = [...reads].map((pair) => pair.slice(0, pair.indexOf(':')));
    const touched = new Map<string, Set<number>>();
    return { reads, types: new Set(index === 0 ? [...roots, ...types] : types), touched };
  });
  for await (const batch of readChanges(transaction, lastChangeId)) {
    for (const change of batch) {
      for (const { reads, types, touched } of found) {
        if (!types.has(change.entity_type) || !isSeen(change, reads)) continue;
        const ids = touched.get(change.entity_type) ?? new Set<number>();
        for (let id = change.resource_id; id <= (change.last_id ?? change.resource_id); id += 1)
          ids.add(id);
        touched.set(change.entity_type, ids);
      }
    }
  }
  return found.map(({ touched }) => touched);
}

/**
 * Whether any resource changed, appeared or vanished after `lastChangeId` in a way that a query with these pairs can see.
 * Then its result may be another for everybody.
 */
export async function isQueriedTouched(
  transaction: StoreTransaction,
  queried: ReadonlySet<ReadPair>,
  lastChangeId: number,
): Promise<boolean> {
  if (queried.size === 0) return false;
  const types = new Set([...queried].map((pair) => pair.slice(0, pair.indexOf(':'))));
  for await (const batch of readChanges(transaction, lastChangeId)) {
    for (const change of batch) {
      if (!types.has(change.entity_type)) continue;
      if (change.kind !== 'update') return true;
      // Written by the store: an array of property identifiers; `*` says nothing of properties.
      const properties = JSON.parse(change.properties) as readonly string[];
      if (properties.some((name) => queried.has(`${change.entity_type}:${name}`))) return true;
    }
  }
  return false;
}

/** Whether one of these pairs changed after `lastChangeId` in a resource that was there before. */
export async function isAnyUpdated(
  transaction: StoreTransaction,
  pairs: ReadonlySet<ReadPair>,
  lastChangeId: number,
): Promise<boolean> {
  if (pairs.size === 0) return false;
  const types = new Set([...pairs].map((pair) => pair.slice(0, pair.indexOf(':'))));
  for await (const batch of readChanges(transaction, lastChangeId)) {
    for (const change of batch) {
      if (change.kind !== 'update' || !types.has(change.entity_type)) continue;
      // Written by the store: an array of property identifiers.
      const properties = JSON.parse(change.properties) as readonly string[];
      if (properties.some((name) => pairs.has(`${change.entity_type}:${name}`))) return true;
    }
  }
  return false;
}

/** Everything from which a touched resource can be read, itself included, by entity type. */
export async function followReads(
  transaction: StoreTransaction,
  entityModel: EntityModel,
  tables: TableMap,
  reads: ReadonlySet<ReadPair>,
  touched: Touched,
): Promise<Touched> {
  const reached = new Map<string, Set<number>>();
  const queue: { entityType: string; ids: readonly number[] }[] = [];
  const reach = (entityType: string, ids: Iterable<number>): void => {
    const known = reached.get(entityType) ?? new Set<number>();
    reached.set(entityType, known);
    const fresh = [...ids].filter((id) => !known.has(id));
    for (const id of fresh) known.add(id);
    if (fresh.length > 0) queue.push({ entityType, ids: fresh });
  };
  for (const [entityType, ids] of touched) reach(entityType, ids);
  const steps = navigationSteps(entityModel, reads);
  for (let step = queue.shift(); step !== undefined; step = queue.shift()) {
    for (const { from, association, fromSide } of steps.filter(
      (candidate) => candidate.to === step?.entityType,
    )) {
      reach(from, await listNeighbours(transaction, tables, { association, fromSide }, step.ids));
    }
  }
  return reached;
}

interface NavigationStep {
  readonly from: string;
  readonly to: string;
  readonly association: string;
  /** The side of the association that `to` stands on. */
  readonly fromSide: 1 | 2;
}

function navigationSteps(
  entityModel: EntityModel,
  reads: ReadonlySet<ReadPair>,
): readonly NavigationStep[] {
  const steps: NavigationStep[] = [];
  for (const pair of reads) {
    const [entityType = '', name = ''] = pair.split(':');
    const property = entityModel.entityTypes.get(entityType)?.properties.get(name);
    if (property?.kind !== 'navigation') continue;
    steps.push({
      from: entityType,
      to: property.target,
      association: property.association,
      fromSide: property.side === 1 ? 2 : 1,
    });
  }
  return steps;
}

function isSeen(change: ResourceChangeRow, reads: ReadonlySet<ReadPair>): boolean {
  if (change.kind !== 'update') return true;
  // Written by the store: an array of property identifiers; `*` stands for what the resource is matched with.
  const properties = JSON.parse(change.properties) as readonly string[];
  return properties.some(
    (property) => property === '*' || reads.has(`${change.entity_type}:${property}`),
  );
}
