/** What a person can do about orders on their way: have them tried at once, or take them back. */
import { type Model, moveProvisioning, provisioningStates } from '../../config/index.ts';
import {
  cancelOrders,
  clearWaits,
  finishRun,
  listOpenOrdersById,
  type OrderStatus,
  type ProvisioningOrderRow,
  readCircuit,
  readOrder,
  recordAssignmentChanges,
  recordDecisions,
  recordOrderEvents,
  type Store,
  type StoreTransaction,
  startRun,
  writeCircuit,
} from '../store/index.ts';
import { closedCircuit } from './circuit.ts';
import { FulfilError } from './errors.ts';

export interface OrderDecision {
  readonly person: string;
  readonly comment: string | null;
  readonly at: string;
  readonly isDryRun: boolean;
}

/** One of the two. */
export interface RetryWhat {
  readonly orderIds: readonly number[];
  readonly connection: string | null;
}

/**
 * Orders that wait for another attempt are due at once, and the system behind the connection is tried again. Throws
 * `ORDER_NOT_WAITING`, having changed nothing, for an order that does not wait; `ORDER_UNKNOWN` where there is none.
 */
export async function retryOrders(
  store: Store,
  model: Model,
  what: RetryWhat,
  decision: OrderDecision,
): Promise<{ readonly orderIds: readonly number[]; readonly connections: readonly string[] }> {
  return store.transaction(async (t) => {
    const rows = (await listOpenOrdersById(t, what)).filter((row) => row.status !== 'held');
    await refuseOthers(t, what.orderIds, rows, {
      code: 'ORDER_NOT_WAITING',
      what: 'does not wait for another attempt',
      hint: 'See what waits with "lockstep order list --status generated --status intent"; what was refused is tried again with "lockstep review unblock".',
    });
    const connections =
      what.connection === null
        ? [...new Set(rows.map((row) => row.connection))]
        : [what.connection];
    const resting: string[] = [];
    for (const connection of connections)
      if ((await readCircuit(t, connection))?.state === 'open') resting.push(connection);
    const waiting = rows.filter((row) => row.next_attempt_at !== null);
    const orderIds = waiting.map((row) => row.id);
    if (decision.isDryRun || (orderIds.length === 0 && resting.length === 0))
      return { orderIds, connections: resting };
    await clearWaits(t, orderIds);
    for (const connection of resting) await writeCircuit(t, closedCircuit(connection, decision.at));
    await keep(t, model, { kind: 'order retry', rows: waiting, decision, resting });
    await recordOrderEvents(
      t,
      orderIds.map((id) => eventOf(id, 'retry-now', decision)),
    );
    return { orderIds, connections: resting };
  });
}

/**
 * Takes back orders that no connector has begun: what they were for waits for a person, but for resets of passwords. Throws `ORDER_NOT_CANCELLABLE`,
 * having changed nothing, for an order that was begun: what became of it has to be found out first.
 */
export async function withdrawOrders(
  store: Store,
  model: Model,
  orderIds: readonly number[],
  decision: OrderDecision,
): Promise<{ readonly orderIds: readonly number[]; readonly resets: number }> {
  return store.transaction(async (t) => {
    const rows = await listOpenOrdersById(t, { orderIds, connection: null });
    const fresh = rows.filter((row) => row.status !== 'intent');
    const resets = fresh.filter((row) => row.resets_password === 1).length;
    await refuseOthers(t, orderIds, fresh, {
      code: 'ORDER_NOT_CANCELLABLE',
      what: 'cannot be taken back',
      hint: 'Tickets are closed with "lockstep ticket fail". An order whose outcome is unknown is read by the next fulfilment.',
    });
    if (decision.isDryRun) return { orderIds, resets };
    const runId = await keep(t, model, {
      kind: 'order cancel',
      rows: fresh,
      decision,
      resting: [],
    });
    const why = decision.comment === null ? '' : ` ${decision.comment}`;
    await cancelOrders(t, fresh, {
      at: decision.at,
      person: decision.person,
      message: `Taken back by ${decision.person}.${why}`,
      provisioningState: moveProvisioning(provisioningStates.transmitted, 'order-cancelled'),
      runId,
    });
    await recordAssignmentChanges(
      t,
      model,
      fresh.map((row) => row.assigned_resource_type_id),
      runId,
    );
    await recordOrderEvents(
      t,
      orderIds.map((id) => eventOf(id, 'cancelled', decision)),
    );
    return { orderIds, resets };
  });
}

function eventOf(orderId: number, kind: 'retry-now' | 'cancelled', decision: OrderDecision) {
  return {
    order_id: orderId,
    kind,
    at: decision.at,
    error_code: null,
    message: decision.comment,
    person: decision.person,
  };
}

/** Names the first wanted order that is not among the possible ones, and how far it is. */
async function refuseOthers(
  t: StoreTransaction,
  wanted: readonly number[],
  possible: readonly ProvisioningOrderRow[],
  refusal: {
    readonly code: 'ORDER_NOT_WAITING' | 'ORDER_NOT_CANCELLABLE';
    readonly what: string;
    readonly hint: string;
  },
): Promise<void> {
  const ids = new Set(possible.map(({ id }) => id));
  const stuck = wanted.find((id) => !ids.has(id));
  if (stuck === undefined) return;
  const details = { orderId: stuck };
  const row = await readOrder(t, stuck);
  if (row === undefined) {
    throw new FulfilError('ORDER_UNKNOWN', `There is no order ${stuck}.`, {
      hint: 'Nothing was changed. "lockstep order list" shows the orders.',
      details,
    });
  }
  const { code, what, hint } = refusal;
  throw new FulfilError(code, `Order ${stuck} ${what}: ${standing[row.status]}.`, {
    hint: `Nothing was changed. ${hint}`,
    details,
  });
}

/** How far an order is, for people. */
const standing: Readonly<Record<OrderStatus, string>> = {
  held: 'it waits for the approval of another person',
  generated: 'it waits for its turn',
  intent: 'it was handed over, and its outcome is not known yet',
  ticket: 'it is a ticket',
  executed: 'it was carried out',
  errored: 'it failed',
  conflict: 'somebody else had changed what it was about',
  expired: 'it is no longer wanted',
  cancelled: 'it was taken back before',
  superseded: 'a newer order stands in its place',
};

/** One run, and a kept decision for each order and connection. */
async function keep(
  t: StoreTransaction,
  model: Model,
  about: {
    readonly kind: 'order retry' | 'order cancel';
    readonly rows: readonly ProvisioningOrderRow[];
    readonly decision: OrderDecision;
    readonly resting: readonly string[];
  },
): Promise<number> {
  const { kind, rows, decision, resting } = about;
  const { person, comment, at } = decision;
  const runId = await startRun(t, {
    kind: 'decision',
    subject: kind,
    configurationHash: model.hash,
    startedAt: at,
  });
  const shared = { kind, decided_by: person, decided_at: at, comment };
  await recordDecisions(t, [
    ...rows.map((row) => ({
      ...shared,
      assigned_resource_type_id: row.assigned_resource_type_id,
      subject: `order ${row.id}`,
      run_id: runId,
      owner_type: model.resourceTypes.get(row.resource_type)?.sourceEntityType ?? null,
      owner_id: row.owner_id,
      item: row.resource_type,
    })),
    ...resting.map((connection) => ({
      ...shared,
      assigned_resource_type_id: 0,
      subject: `connection ${connection}`,
      run_id: runId,
    })),
  ]);
  await finishRun(t, runId, {
    status: 'done',
    finishedAt: at,
    details: { orders: rows.length, connections: resting, person },
  });
  return runId;
}
