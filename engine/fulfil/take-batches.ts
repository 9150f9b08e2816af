/** Which orders are carried out together, and in which order. */
import type { Model } from '../../config/index.ts';
import {
  listOpenOrders,
  listOwnersWithDeletions,
  type ProvisioningOrderRow,
  type Store,
} from '../store/index.ts';

/** Orders read at a time. */
const pageSize = 1_000;

export interface BatchRequest {
  readonly model: Model;
  readonly connection: string;
  /** Orders that wait for another attempt come when it is due. */
  readonly dueAt: string;
  /** Only orders that this run made. */
  readonly ofRun?: number;
  /** Asked before each batch: most orders it may have. */
  readonly size: () => number;
  /** Owners with an order that waits for another attempt, and its position; those that fail meanwhile are added. */
  readonly waiting: ReadonlyMap<number, number>;
}

/**
 * Open orders in batches: of one position each, so that none of them waits for another, and on different objects. What is in
 * doubt comes first: a later order may build on it. Left out are orders behind one of the same owner that is tried again
 * later, and deletions behind those of resource types that depend on theirs. Memory: one page of orders.
 */
export async function* takeBatches(
  store: Store,
  request: BatchRequest,
): AsyncGenerator<readonly ProvisioningOrderRow[]> {
  const dependants = dependantsOf(request.model);
  for (const status of ['intent', 'generated'] as const) {
    let after: ProvisioningOrderRow | null = null;
    for (;;) {
      const page: readonly ProvisioningOrderRow[] = await store.transaction((t) =>
        listOpenOrders(t, request.connection, {
          status,
          after,
          limit: pageSize,
          dueAt: request.dueAt,
          ...(request.ofRun === undefined ? {} : { ofRun: request.ofRun }),
        }),
      );
      for (let start = 0; start < page.length; ) {
        const { batch, next } = cutBatch(page, start, request);
        const ready = await withoutOvertaking(store, batch, dependants);
        if (ready.length > 0) yield ready;
        start = next;
      }
      after = page.at(-1) ?? null;
      if (page.length < pageSize) break;
    }
  }
}

function cutBatch(
  page: readonly ProvisioningOrderRow[],
  start: number,
  { waiting, size }: BatchRequest,
): { readonly batch: readonly ProvisioningOrderRow[]; readonly next: number } {
  const batch: ProvisioningOrderRow[] = [];
  const objects = new Set<number>();
  const most = size();
  let index = start;
  for (; index < page.length && batch.length < most; index += 1) {
    const order = page[index];
    if (order === undefined) break;
    if (isBehind(order, waiting)) continue;
    const isOfBatch = order.position === (batch[0]?.position ?? order.position);
    if (!isOfBatch || objects.has(order.assigned_resource_type_id)) break;
    objects.add(order.assigned_resource_type_id);
    batch.push(order);
  }
  return { batch, next: index };
}

/** An order that is in doubt itself waits for nothing but its own time. */
function isBehind(order: ProvisioningOrderRow, waiting: ReadonlyMap<number, number>): boolean {
  if (order.owner_id === null || order.status === 'intent') return false;
  const position = waiting.get(order.owner_id);
  return position !== undefined && position < order.position;
}

async function withoutOvertaking(
  store: Store,
  batch: readonly ProvisioningOrderRow[],
  dependants: ReadonlyMap<string, readonly string[]>,
): Promise<readonly ProvisioningOrderRow[]> {
  const deletions = batch.filter(
    (order) =>
      order.change_type === 'deleted' &&
      order.status === 'generated' &&
      dependants.has(order.resource_type),
  );
  if (deletions.length === 0) return batch;
  const held = new Set<number>();
  for (const [type, orders] of Map.groupBy(deletions, (order) => order.resource_type)) {
    const owners = orders.map((order) => order.owner_id).filter((id) => id !== null);
    const busy = await store.transaction((t) =>
      listOwnersWithDeletions(t, owners, dependants.get(type) ?? []),
    );
    for (const order of orders)
      if (order.owner_id !== null && busy.has(order.owner_id)) held.add(order.id);
  }
  return batch.filter((order) => !held.has(order.id));
}

/** By resource type: those that depend on it. */
function dependantsOf(model: Model): ReadonlyMap<string, readonly string[]> {
  const dependants = new Map<string, string[]>();
  for (const { identifier, dependsOn } of model.resourceTypes.values()) {
    if (dependsOn === undefined || dependsOn === identifier) continue;
    dependants.set(dependsOn, [...(dependants.get(dependsOn) ?? []), identifier]);
  }
  return dependants;
}
