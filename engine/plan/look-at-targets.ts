/** What the store knows of the targets of orders now, and of what they were linked to then; in sets. */
import type { EntityType, Model, ReadPair, ResourceView } from '../../config/index.ts';
import type { LinkedResource, ProvisioningOrder, Values } from '../../connectors/index.ts';
import { keyPropertiesOf } from '../provision/index.ts';
import {
  findByKeys,
  listMissing,
  type ProvisioningOrderRow,
  ResourceGraph,
  readLinksAt,
  readSynchronizedAt,
  readTableMap,
  type StoreTransaction,
} from '../store/index.ts';
import type { TargetNow } from './inverse-order.ts';

export interface LookedAt {
  readonly row: ProvisioningOrderRow;
  readonly order: ProvisioningOrder;
  /** Values that the system gave in the place of those ordered. */
  readonly written: Values;
  /** Of the assignment, where it knows a target. */
  readonly targetId: number | null;
}

/** By id of the order. Orders of one run: they were made at one time. */
export async function lookAtTargets(
  t: StoreTransaction,
  model: Model,
  orders: readonly LookedAt[],
): Promise<ReadonlyMap<number, TargetNow>> {
  const found = new Map<number, TargetNow>();
  const synchronizedAt = await readSynchronizedAt(t);
  const byType = Map.groupBy(orders, ({ order }) => order.resourceType.targetEntityType);
  for (const [name, own] of byType) {
    const type = model.entityModel.entityTypes.get(name);
    if (type === undefined) continue;
    const readAt = synchronizedAt.get(name) ?? '';
    for (const [id, target] of await lookAtType(t, model, type, own))
      found.set(id, { ...target, isRead: readAt > (rowOf(own, id)?.outcome_at ?? '') });
  }
  return found;
}

function rowOf(orders: readonly LookedAt[], id: number): ProvisioningOrderRow | undefined {
  return orders.find(({ row }) => row.id === id)?.row;
}

async function lookAtType(
  t: StoreTransaction,
  model: Model,
  type: EntityType,
  orders: readonly LookedAt[],
): Promise<ReadonlyMap<number, Omit<TargetNow, 'isRead'>>> {
  const graph = await ResourceGraph.open(t, model.entityModel, readsOf(model, type));
  const targets = await findTargets(t, model, type, orders);
  const ids = [...new Set(targets.values())];
  await graph.load(t, type.identifier, ids);
  const at = orders[0]?.row.generated_at ?? '';
  const former = await readFormerLinks(t, graph, type, ids, at);
  const name = (entityType: string, id: number): LinkedResource | null => {
    const view = graph.view(entityType, id);
    const declared = model.entityModel.entityTypes.get(entityType);
    if (view === null || declared === undefined) return null;
    return { id: String(id), entityType, values: scalarsOf(view, declared) };
  };
  const found = new Map<number, Omit<TargetNow, 'isRead'>>();
  for (const { row } of orders) {
    const id = targets.get(row.id);
    const view = id === undefined ? null : graph.view(type.identifier, id);
    const links = new Map<string, readonly LinkedResource[]>();
    const formerLinks = new Map<string, readonly LinkedResource[]>();
    for (const property of type.properties.values()) {
      if (property.kind !== 'navigation' || id === undefined) continue;
      const one = property.isCollection ? null : (view?.one(property.identifier) ?? null);
      const many = property.isCollection ? (view?.many(property.identifier) ?? []) : [];
      const present = one === null ? many : [one];
      links.set(
        property.identifier,
        present.map((each) => name(property.target, each.id)).filter((each) => each !== null),
      );
      const then = former.get(property.identifier)?.get(id) ?? [];
      formerLinks.set(
        property.identifier,
        then.map((each) => name(property.target, each)).filter((each) => each !== null),
      );
    }
    const resource = view === null ? null : { id: String(view.id), values: scalarsOf(view, type) };
    found.set(row.id, { resource, links, formerLinks });
  }
  return found;
}

/**
 * By id of the order: the target named by the order or its assignment; where it is not there, the one that has the key that
 * the order gave or left. A resource whose key was changed comes back from its system under another id.
 */
async function findTargets(
  t: StoreTransaction,
  model: Model,
  type: EntityType,
  orders: readonly LookedAt[],
): Promise<ReadonlyMap<number, number>> {
  const properties = keyPropertiesOf(model, type.identifier);
  const entity = (await readTableMap(t)).entities.get(type.identifier);
  const ids = new Map(
    orders.map(({ row, order, targetId }) => [row.id, Number(order.resource?.id ?? targetId ?? 0)]),
  );
  if (entity === undefined) return ids;
  const missing = new Set(await listMissing(t, entity.table, [...new Set(ids.values())]));
  const keys = new Map<number, string>();
  for (const { row, order, written } of orders) {
    if (!missing.has(ids.get(row.id) ?? 0)) continue;
    const known: Record<string, string | null> = { ...order.resource?.values };
    for (const change of order.changes)
      if (change.kind === 'set') known[change.property] = change.value;
    Object.assign(known, written);
    const key = properties.map((property) => known[property]).find((value) => value);
    if (key) keys.set(row.id, key);
  }
  if (keys.size === 0) return ids;
  const byKey = await findByKeys(t, entity, properties, [...new Set(keys.values())]);
  for (const [order, key] of keys) {
    const id = byKey.get(key);
    if (id !== undefined) ids.set(order, id);
  }
  return ids;
}

async function readFormerLinks(
  t: StoreTransaction,
  graph: ResourceGraph,
  type: EntityType,
  ids: readonly number[],
  at: string,
): Promise<ReadonlyMap<string, ReadonlyMap<number, readonly number[]>>> {
  const tables = await readTableMap(t);
  const found = new Map<string, ReadonlyMap<number, readonly number[]>>();
  for (const property of type.properties.values()) {
    if (property.kind !== 'navigation') continue;
    const { association, side: fromSide, identifier, target } = property;
    const links = await readLinksAt(t, tables, { association, fromSide }, ids, at);
    found.set(identifier, links);
    await graph.load(t, target, [...new Set([...links.values()].flat())]);
  }
  return found;
}

/** All scalars of the type and of what it links to. */
function readsOf(model: Model, type: EntityType): ReadonlySet<ReadPair> {
  const reads = new Set<ReadPair>();
  const addScalars = (of: EntityType | undefined): void => {
    for (const property of of?.properties.values() ?? [])
      if (property.kind === 'scalar') reads.add(`${of?.identifier ?? ''}:${property.identifier}`);
  };
  addScalars(type);
  for (const property of type.properties.values()) {
    if (property.kind !== 'navigation') continue;
    reads.add(`${type.identifier}:${property.identifier}`);
    addScalars(model.entityModel.entityTypes.get(property.target));
  }
  return reads;
}

function scalarsOf(view: ResourceView, type: EntityType): Values {
  const scalars = [...type.properties.values()].filter((property) => property.kind === 'scalar');
  return Object.fromEntries(scalars.map(({ identifier }) => [identifier, view.scalar(identifier)]));
}
