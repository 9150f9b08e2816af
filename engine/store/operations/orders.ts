/** Provisioning orders: written once, then moved through intent and outcome. */
import { moveProvisioning, provisioningStates } from '../../../config/index.ts';
import type { SqlValue } from '../dialect.ts';
import type { StoreTransaction } from '../open-store.ts';
import type { AssignedResourceTypeRow, OrderStatus, ProvisioningOrderRow } from '../tables.ts';
import { keepVersions, startOfVersion } from './history-assignments.ts';

export type NewOrder = Omit<
  ProvisioningOrderRow,
  | 'attempts'
  | 'fence'
  | 'intent_at'
  | 'outcome_at'
  | 'message'
  | 'error_code'
  | 'written_values'
  | 'decided_by'
  | 'taken_by'
  | 'taken_at'
  | 'status'
  | 'next_attempt_at'
  | 'undoes'
  | 'resets_password'
> & { readonly undoes?: number; readonly resets_password?: 1 };

export async function insertOrders(
  { tx, dialect }: StoreTransaction,
  orders: readonly NewOrder[],
  status: 'generated' | 'held' = 'generated',
): Promise<void> {
  const [first] = orders;
  if (first === undefined) return;
  const columns = Object.keys(first) as (keyof NewOrder)[];
  await dialect.insertRows(
    tx,
    'provisioning_orders',
    [...columns, 'attempts', 'status'],
    orders.map((order) => [...columns.map((column): SqlValue => order[column] ?? null), 0, status]),
  );
}

/** Up to `limit` orders of a connection in one status, in their order, behind `after`; with `dueAt` those due by then. */
export async function listOpenOrders(
  { tx }: StoreTransaction,
  connection: string,
  page: {
    readonly status: 'intent' | 'generated';
    readonly after: Pick<ProvisioningOrderRow, 'position' | 'id'> | null;
    readonly limit: number;
    readonly dueAt?: string;
    /** Only those that this run made. */
    readonly ofRun?: number;
  },
): Promise<readonly ProvisioningOrderRow[]> {
  const query = tx<ProvisioningOrderRow>('provisioning_orders')
    .where({ connection, status: page.status })
    .orderBy(['position', 'id'])
    .limit(page.limit);
  const { after, dueAt, ofRun } = page;
  if (ofRun !== undefined) query.where('run_id', ofRun);
  if (dueAt !== undefined)
    query.andWhere((q) => q.whereNull('next_attempt_at').orWhere('next_attempt_at', '<=', dueAt));
  if (after !== null)
    query.andWhere((q) =>
      q
        .where('position', '>', after.position)
        .orWhere((same) => same.where('position', after.position).where('id', '>', after.id)),
    );
  return query;
}

/** Up to `limit` orders that a run made, by ascending id, behind `after`. */
export async function listOrdersOfRun(
  { tx }: StoreTransaction,
  runId: number,
  page: { readonly after: number; readonly limit: number },
): Promise<readonly ProvisioningOrderRow[]> {
  return tx<ProvisioningOrderRow>('provisioning_orders')
    .where('id', '>', page.after)
    .where('run_id', runId)
    .orderBy('id')
    .limit(page.limit);
}

/** Takes back the orders a run has made in this very transaction. */
export async function removeOrdersOfRun({ tx }: StoreTransaction, runId: number): Promise<void> {
  await tx('provisioning_orders').where('id', '>', runId).where('run_id', runId).delete();
}

/** How many orders of a connection can be taken up. */
export async function countOpenOrders(
  { tx }: StoreTransaction,
  connection: string,
  ofRun?: number,
): Promise<number> {
  const row = await tx('provisioning_orders')
    .where(ofRun === undefined ? { connection } : { connection, run_id: ofRun })
    .whereIn('status', ['intent', 'generated'])
    .count({ n: '*' })
    .first();
  return Number(row?.n ?? 0);
}

export async function listOrders(
  { tx }: StoreTransaction,
  filter: {
    readonly statuses?: readonly OrderStatus[];
    readonly assignmentIds?: readonly number[];
    readonly limit: number;
  },
): Promise<readonly ProvisioningOrderRow[]> {
  const query = tx<ProvisioningOrderRow>('provisioning_orders')
    .orderBy('id', 'desc')
    .limit(filter.limit);
  if (filter.statuses !== undefined) query.whereIn('status', [...filter.statuses]);
  if (filter.assignmentIds !== undefined)
    query.whereIn('assigned_resource_type_id', [...filter.assignmentIds]);
  return query;
}

export async function readOrder(
  { tx }: StoreTransaction,
  id: number,
): Promise<ProvisioningOrderRow | undefined> {
  return tx<ProvisioningOrderRow>('provisioning_orders').where({ id }).first();
}

export interface OrderOutcome {
  readonly status:
    | 'executed'
    | 'errored'
    | 'ticket'
    | 'generated'
    | 'conflict'
    | 'expired'
    | 'cancelled'
    | 'superseded';
  readonly at: string;
  readonly message: string | null;
  readonly errorCode: string | null;
  readonly writtenValues: Readonly<Record<string, string | null>> | null;
  readonly decidedBy: string | null;
}

/** Returns false when the order was settled before: a late or second report changes nothing. */
export async function writeOutcome(
  { tx }: StoreTransaction,
  id: number,
  from: readonly OrderStatus[],
  outcome: OrderOutcome,
): Promise<boolean> {
  const changed = await tx('provisioning_orders')
    .where({ id })
    .whereIn('status', [...from])
    .update({
      status: outcome.status,
      outcome_at: outcome.at,
      message: outcome.message,
      error_code: outcome.errorCode,
      written_values: outcome.writtenValues === null ? null : JSON.stringify(outcome.writtenValues),
      decided_by: outcome.decidedBy,
    });
  return changed === 1;
}

/** Moves an assigned resource type and the values that an order carries, together, to a state. */
export async function moveOrderedAssignments(
  transaction: StoreTransaction,
  order: { readonly id: number; readonly assigned_resource_type_id: number },
  to: {
    readonly provisioningState: number;
    readonly at: string;
    readonly lastError: string | null;
    readonly runId: number;
    /** Keep no version of the state that is left. */
    readonly ignoreHistorization?: boolean;
  },
): Promise<void> {
  const { tx } = transaction;
  const { ignoreHistorization = false } = to;
  const run = { id: to.runId, at: to.at, ignoreHistorization };
  const change = {
    provisioning_state: to.provisioningState,
    state_since: to.at,
    last_error: to.lastError,
    run_id: to.runId,
    valid_from: startOfVersion(transaction, run),
  };
  const ordered = { order_id: order.id, provisioning_state: 2 };
  const assignment = order.assigned_resource_type_id;
  const type = { id: assignment, ...ordered };
  await keepVersions(transaction, 'assigned_resource_types', run, (rows) => rows.where(type));
  await tx('assigned_resource_types').where(type).update(change);
  const values = { assigned_resource_type_id: assignment, ...ordered };
  await keepVersions(transaction, 'assigned_values', run, (rows) => rows.where(values));
  await tx('assigned_values').where(values).update(change);
}

/** What is pending under a resource type, itself or some of its values, by ascending owner and id. */
export async function listPendingAssignments(
  { tx }: StoreTransaction,
  resourceType: string,
): Promise<readonly Pick<AssignedResourceTypeRow, 'id' | 'workflow_state'>[]> {
  const pending = 1;
  return (
    tx<AssignedResourceTypeRow>('assigned_resource_types as a')
      // By id: with its index SQLite would look at all assignments of the type.
      .whereRaw("a.resource_type || '' = ?", [resourceType])
      .whereIn(
        'a.id',
        tx('assigned_resource_types')
          .where({ resource_type: resourceType, provisioning_state: pending })
          .select('id')
          .union(
            tx('assigned_values')
              .where('provisioning_state', pending)
              .select('assigned_resource_type_id'),
          ),
      )
      // What an earlier order did is found out before another one is made.
      .whereNotExists(
        tx('provisioning_orders as o')
          .select(tx.raw('1'))
          .whereRaw('o.assigned_resource_type_id = a.id')
          .where('o.status', 'intent'),
      )
      .orderBy(['a.owner_id', 'a.id'])
      .select('a.id', 'a.workflow_state')
  );
}

/** These assignments, by ascending owner and id; no more ids than the dialect has parameters. */
export async function readAssignedResourceTypes(
  { tx }: StoreTransaction,
  ids: readonly number[],
): Promise<readonly AssignedResourceTypeRow[]> {
  return tx<AssignedResourceTypeRow>('assigned_resource_types')
    .whereIn('id', [...ids])
    .orderBy(['owner_id', 'id']);
}

/** Assignments of another resource type to the same owners. */
export async function listSiblings(
  { tx, dialect }: StoreTransaction,
  resourceType: string,
  ownerIds: readonly number[],
): Promise<readonly AssignedResourceTypeRow[]> {
  const rows: AssignedResourceTypeRow[] = [];
  for (let start = 0; start < ownerIds.length; start += dialect.maxParameters - 10) {
    const chunk = ownerIds.slice(start, start + dialect.maxParameters - 10);
    rows.push(
      ...(await tx<AssignedResourceTypeRow>('assigned_resource_types')
        .where('resource_type', resourceType)
        .whereIn('owner_id', chunk)),
    );
  }
  return rows;
}

/** How many assignments of a type have a target; counts no further than `enough`. */
export async function countTargets(
  { tx }: StoreTransaction,
  resourceType: string,
  enough: number,
): Promise<number> {
  const some = tx('assigned_resource_types')
    .where({ resource_type: resourceType })
    .whereNotNull('target_id')
    .limit(enough)
    .select('id');
  const row = await tx.from(some.as('some')).count({ n: '*' }).first();
  return Number(row?.n ?? 0);
}

/** Moves what the orders of a run carry from Pending to Transmitted: resources themselves, or their pending values. */
export async function markTransmitted(
  transaction: StoreTransaction,
  runId: number,
  at: string,
): Promise<void> {
  const { tx } = transaction;
  const run = { id: runId, at };
  const ordered = (table: string, column: string, isOfValues: boolean) => {
    // Ids rise: those of this run's orders come after its own.
    const own = tx('provisioning_orders as o').where('o.id', '>', runId).where('o.run_id', runId);
    if (isOfValues) own.where('o.change_type', 'modified');
    else own.whereNot('o.change_type', 'modified');
    return {
      ids: own.clone().select('o.assigned_resource_type_id'),
      order: own
        .clone()
        .whereRaw('?? = ??', ['o.assigned_resource_type_id', `${table}.${column}`])
        .select('o.id'),
    };
  };
  const change = {
    provisioning_state: moveProvisioning(provisioningStates.pending, 'generated'),
    state_since: at,
    run_id: runId,
    valid_from: startOfVersion(transaction, run),
  };
  const types = ordered('assigned_resource_types', 'id', false);
  await keepVersions(transaction, 'assigned_resource_types', run, (rows) =>
    rows.whereIn('id', types.ids.clone()),
  );
  await tx('assigned_resource_types')
    .whereIn('id', types.ids)
    .update({ ...change, order_id: types.order });
  const values = ordered('assigned_values', 'assigned_resource_type_id', true);
  await keepVersions(transaction, 'assigned_values', run, (rows) =>
    rows.where({ provisioning_state: 1 }).whereIn('assigned_resource_type_id', values.ids.clone()),
  );
  await tx('assigned_values')
    .where({ provisioning_state: 1 })
    .whereIn('assigned_resource_type_id', values.ids)
    .update({ ...change, order_id: values.order });
}

/** Orders of these resource types that no package has finished with. */
export async function countWaitingOrders(
  { tx }: StoreTransaction,
  resourceTypes: readonly string[],
): Promise<number> {
  const row = await tx('provisioning_orders')
    .whereIn('resource_type', [...resourceTypes])
    .whereIn('status', ['generated', 'intent'])
    .count({ n: '*' })
    .first();
  return Number(row?.n ?? 0);
}

/** How many orders are in which status. */
export async function countOrders({
  tx,
}: StoreTransaction): Promise<Readonly<Record<string, number>>> {
  const rows = await tx('provisioning_orders').groupBy('status').select('status').count({ n: '*' });
  return Object.fromEntries(
    rows.map((row: Readonly<Record<string, string | number | undefined>>) => [
      String(row['status']),
      Number(row['n']),
    ]),
  );
}
