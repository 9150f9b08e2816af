/** Orders on their way: intents before the managed system is touched, outcomes after, many of them in one statement each. */
import type { SqlValue } from '../dialect.ts';
import type { StoreTransaction } from '../open-store.ts';
import type { OrderStatus, ProvisioningOrderRow } from '../tables.ts';
import { keepVersions, startOfVersion } from './history-assignments.ts';
import type { OrderOutcome } from './orders.ts';

/**
 * Stored before the managed system is touched: after a crash it says that the outcome is unknown. Returns the orders that
 * are still to be carried out; a person may have cancelled one since it was listed.
 */
export async function writeIntents(
  { tx, dialect }: StoreTransaction,
  ids: readonly number[],
  intent: { readonly at: string; readonly fence: number },
): Promise<ReadonlySet<number>> {
  const open = tx('provisioning_orders')
    .whereIn('id', [...ids])
    .whereIn('status', ['generated', 'intent'])
    .select('id');
  const rows = dialect.forUpdate === '' ? await open : await open.forUpdate();
  const begun = rows.map((row) => Number(row.id));
  await tx('provisioning_orders')
    .whereIn('id', begun)
    .update({
      status: 'intent',
      intent_at: intent.at,
      fence: intent.fence,
      next_attempt_at: null,
      attempts: tx.raw('attempts + 1'),
    });
  return new Set(begun);
}

/** Takes back the intents of orders that were not handed to anybody after all. */
export async function withdrawIntents(
  { tx }: StoreTransaction,
  ids: readonly number[],
): Promise<void> {
  await tx('provisioning_orders')
    .whereIn('id', [...ids])
    .where('status', 'intent')
    .update({
      status: 'generated',
      intent_at: null,
      fence: null,
      attempts: tx.raw('attempts - 1'),
    });
}

/** Orders whose outcome stays unknown: when they are looked at again, and whether the attempt counts. */
export async function postponeOrders(
  { tx }: StoreTransaction,
  orders: readonly {
    readonly id: number;
    readonly nextAttemptAt: string | null;
    readonly isCounted: boolean;
    readonly message: string | null;
    readonly errorCode: string | null;
  }[],
): Promise<void> {
  for (const { id, nextAttemptAt, isCounted, message, errorCode } of orders)
    await tx('provisioning_orders')
      .where({ id, status: 'intent' })
      .update({
        next_attempt_at: nextAttemptAt,
        message,
        error_code: errorCode,
        ...(isCounted ? {} : { attempts: tx.raw('attempts - 1') }),
      });
}

export interface OrderResult {
  readonly orderId: number;
  readonly outcome: OrderOutcome;
}

/** Returns the ids that were settled: an order that had its outcome before keeps it, whoever reports again. */
export async function writeOutcomes(
  { tx, dialect }: StoreTransaction,
  from: readonly OrderStatus[],
  results: readonly OrderResult[],
): Promise<ReadonlySet<number>> {
  const settled = new Set<number>();
  const columns = ['status', 'at', 'message', 'error_code', 'written', 'decided_by'];
  const perStatement = Math.floor((dialect.maxParameters - from.length) / (columns.length + 1));
  for (let start = 0; start < results.length; start += perStatement) {
    const chunk = results.slice(start, start + perStatement);
    const values = chunk.flatMap(({ orderId, outcome }): SqlValue[] => [
      String(orderId),
      outcome.status,
      outcome.at,
      outcome.message,
      outcome.errorCode,
      outcome.writtenValues === null ? null : JSON.stringify(outcome.writtenValues),
      outcome.decidedBy,
    ]);
    const open = tx('provisioning_orders')
      .whereIn(
        'id',
        chunk.map(({ orderId }) => orderId),
      )
      .whereIn('status', [...from])
      .select('id');
    for (const { id } of dialect.forUpdate === '' ? await open : await open.forUpdate())
      settled.add(Number(id));
    const row = `(${['id', ...columns].map(() => 'cast(? as text)').join(', ')})`;
    await tx.raw(
      `with v(id, ${columns.join(', ')}) as (values ${chunk.map(() => row).join(', ')})
       update provisioning_orders set status = v.status, outcome_at = v.at, message = v.message,
         error_code = v.error_code, written_values = v.written, decided_by = v.decided_by, next_attempt_at = null
       from v where provisioning_orders.id = cast(v.id as bigint)
         and provisioning_orders.status in (${from.map(() => '?').join(', ')})`,
      [...values, ...from],
    );
  }
  return settled;
}

/** What one outcome does to the assignment that the order carries. */
export interface OrderedMove {
  readonly orderId: number;
  readonly assignmentId: number;
  readonly provisioningState: number;
  readonly lastError: string | null;
}

/**
 * Moves assigned resource types and the values that orders carry, together. Those that do not wait for the order any more
 * stay as they are; returns the orders that moved something.
 */
export async function moveDelivered(
  transaction: StoreTransaction,
  moves: readonly OrderedMove[],
  run: { readonly id: number; readonly at: string; readonly ignoreHistorization?: boolean },
): Promise<ReadonlySet<number>> {
  const moved = new Set<number>();
  const { tx, dialect } = transaction;
  const perStatement = Math.floor((dialect.maxParameters - 10) / 8);
  for (let start = 0; start < moves.length; start += perStatement) {
    const chunk = moves.slice(start, start + perStatement);
    for (const table of ['assigned_resource_types', 'assigned_values'] as const) {
      const owner = table === 'assigned_values' ? 'assigned_resource_type_id' : 'id';
      const assignments = chunk.map((move) => move.assignmentId);
      const orders = chunk.map((move) => move.orderId);
      const waiting = await tx(table)
        .where({ provisioning_state: 2 })
        .whereIn(owner, assignments)
        .whereIn('order_id', orders)
        .select('order_id');
      if (waiting.length === 0) continue;
      for (const row of waiting) moved.add(Number(row.order_id));
      await keepVersions(transaction, table, run, (rows) =>
        rows
          .where({ provisioning_state: 2 })
          .whereIn(owner, assignments)
          .whereIn('order_id', orders),
      );
      const row = `(${Array.from({ length: 4 }, () => 'cast(? as text)').join(', ')})`;
      // The state stands in an expression: by its index SQLite would go through all that waits, for every batch.
      await tx.raw(
        `with v(order_id, assignment, state, error) as (values ${chunk.map(() => row).join(', ')})
         update ${table} set provisioning_state = cast(v.state as integer), last_error = v.error,
           state_since = ?, run_id = ?, valid_from = ?
         from v where ${table}.${owner} = cast(v.assignment as bigint)
           and ${table}.order_id = cast(v.order_id as bigint) and ${table}.provisioning_state + 0 = 2`,
        [
          ...chunk.flatMap((move): SqlValue[] => [
            String(move.orderId),
            String(move.assignmentId),
            String(move.provisioningState),
            move.lastError,
          ]),
          run.at,
          run.id,
          startOfVersion(transaction, run),
        ],
      );
    }
  }
  return moved;
}

/** Of these orders those that an assignment, or one of its values, still waits for. */
export async function findAwaitedOrders(
  { tx }: StoreTransaction,
  orders: readonly Pick<
    ProvisioningOrderRow,
    'id' | 'assigned_resource_type_id' | 'undoes' | 'resets_password'
  >[],
): Promise<ReadonlySet<number>> {
  const ids = orders.map((order) => order.id);
  const assignments = orders.map((order) => order.assigned_resource_type_id);
  const types = await tx('assigned_resource_types')
    .where({ provisioning_state: 2 })
    .whereIn('id', assignments)
    .whereIn('order_id', ids)
    .select('order_id');
  const awaited = new Set<number>(types.map((row) => Number(row.order_id)));
  if (awaited.size === ids.length) return awaited;
  const values = await tx('assigned_values')
    .where({ provisioning_state: 2 })
    .whereIn('assigned_resource_type_id', assignments)
    .whereIn('order_id', ids)
    .distinct('order_id');
  for (const row of values) awaited.add(Number(row.order_id));
  // A person waits for these, though no assignment does.
  for (const order of orders) if (isOfPerson(order)) awaited.add(order.id);
  return awaited;
}

/** It takes another order back or replaces a password: no assignment waits for it. */
export function isOfPerson(
  order: Pick<ProvisioningOrderRow, 'undoes' | 'resets_password'>,
): boolean {
  return order.undoes !== null || order.resets_password === 1;
}

/**
 * Orders of these resource types that nobody waits for any more and that are not at the connector: they time out with
 * their assignment. Returns how many.
 */
export async function expireOrders(
  transaction: StoreTransaction,
  resourceTypes: readonly string[],
  at: string,
): Promise<number> {
  const { tx } = transaction;
  const waits = (table: string, owner: string) =>
    tx(table)
      .select(tx.raw('1'))
      .whereRaw('?? = provisioning_orders.assigned_resource_type_id', [`${table}.${owner}`])
      .whereRaw('?? = provisioning_orders.id', [`${table}.order_id`])
      .where(`${table}.provisioning_state`, 2);
  return tx('provisioning_orders')
    .whereIn('status', ['generated', 'ticket'])
    .whereIn('resource_type', [...resourceTypes])
    .whereNull('undoes')
    .whereNull('resets_password')
    .whereNotExists(waits('assigned_resource_types', 'id'))
    .whereNotExists(waits('assigned_values', 'assigned_resource_type_id'))
    .update({
      status: 'expired',
      outcome_at: at,
      next_attempt_at: null,
      message: 'Nobody waited for it any more: it had timed out, or another order took its place.',
    });
}

/** Owners with orders of a connection that wait for another attempt, and the least position of those. */
export async function listWaitingOwners(
  { tx }: StoreTransaction,
  connection: string,
  now: string,
): Promise<ReadonlyMap<number, number>> {
  const rows = await tx('provisioning_orders')
    .where({ connection })
    .whereIn('status', ['generated', 'intent'])
    .where('next_attempt_at', '>', now)
    .whereNotNull('owner_id')
    .groupBy('owner_id')
    .select('owner_id')
    .min({ position: 'position' });
  return new Map(
    rows.map((row: Readonly<Record<string, unknown>>) => [
      Number(row['owner_id']),
      Number(row['position']),
    ]),
  );
}

/** Of these owners those that have an open deletion of one of these resource types, over whatever connection. */
export async function listOwnersWithDeletions(
  { tx }: StoreTransaction,
  owners: readonly number[],
  resourceTypes: readonly string[],
): Promise<ReadonlySet<number>> {
  if (owners.length === 0 || resourceTypes.length === 0) return new Set();
  const rows = await tx('provisioning_orders')
    .whereIn('owner_id', [...owners])
    .whereIn('status', ['generated', 'intent'])
    .where('change_type', 'deleted')
    .whereIn('resource_type', [...resourceTypes])
    .distinct('owner_id');
  return new Set(rows.map((row) => Number(row.owner_id)));
}

/** When the next order of a connection is tried again; `null`: none waits for that. */
export async function readNextAttempt(
  { tx }: StoreTransaction,
  connection: string,
): Promise<string | null> {
  const row = await tx('provisioning_orders')
    .where({ connection })
    .whereIn('status', ['generated', 'intent'])
    .whereNotNull('next_attempt_at')
    .min({ at: 'next_attempt_at' })
    .first();
  return (row?.['at'] as string | null | undefined) ?? null;
}

/** Orders by their ids that are not settled and no tickets, or all of a connection that wait for another attempt. */
export async function listOpenOrdersById(
  { tx }: StoreTransaction,
  what: { readonly orderIds: readonly number[]; readonly connection: string | null },
): Promise<readonly ProvisioningOrderRow[]> {
  const query = tx<ProvisioningOrderRow>('provisioning_orders')
    .whereIn('status', ['held', 'generated', 'intent'])
    .orderBy('id');
  if (what.connection === null) query.whereIn('id', [...what.orderIds]);
  else query.where('connection', what.connection).whereNotNull('next_attempt_at');
  return query;
}

/** These orders are due at once. */
export async function clearWaits(
  { tx }: StoreTransaction,
  orderIds: readonly number[],
): Promise<void> {
  await tx('provisioning_orders')
    .whereIn('id', [...orderIds])
    .update({ next_attempt_at: null });
}

/** Settles orders that nobody has begun, and moves what they carry to a state. */
export async function cancelOrders(
  transaction: StoreTransaction,
  orders: readonly ProvisioningOrderRow[],
  cancellation: {
    readonly at: string;
    readonly person: string;
    readonly message: string;
    readonly provisioningState: number;
    readonly runId: number;
  },
): Promise<void> {
  const { at, person, message, provisioningState, runId } = cancellation;
  const outcome: OrderOutcome = {
    status: 'cancelled',
    at,
    message,
    errorCode: null,
    writtenValues: null,
    decidedBy: person,
  };
  const settled = await writeOutcomes(
    transaction,
    ['held', 'generated'],
    orders.map((order) => ({ orderId: order.id, outcome })),
  );
  await moveDelivered(
    transaction,
    orders
      .filter((order) => settled.has(order.id))
      .map((order) => ({
        orderId: order.id,
        assignmentId: order.assigned_resource_type_id,
        provisioningState,
        lastError: message,
      })),
    { id: runId, at },
  );
  // Waiting without a reason is waiting for a person, whatever the rules block.
  for (const table of ['assigned_resource_types', 'assigned_values'])
    await transaction
      .tx(table)
      .whereIn('order_id', [...settled])
      .where({ provisioning_state: provisioningState })
      .update({ blocked_by: '[]' });
}
