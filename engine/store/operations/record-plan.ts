/** Plans that were applied. */
import type { StoreTransaction } from '../open-store.ts';
import type { AppliedPlanRow } from '../tables.ts';

export async function readAppliedPlan(
  { tx }: StoreTransaction,
  id: string,
): Promise<AppliedPlanRow | undefined> {
  return tx<AppliedPlanRow>('applied_plans').where({ id }).first();
}

export async function recordAppliedPlan(
  { tx }: StoreTransaction,
  plan: AppliedPlanRow,
): Promise<void> {
  await tx('applied_plans').insert({ ...plan });
}

export async function finishAppliedPlan(
  { tx }: StoreTransaction,
  id: string,
  at: string,
): Promise<void> {
  await tx('applied_plans').where({ id }).whereNull('finished_at').update({ finished_at: at });
}

/** How many orders of a run are in which status. */
export async function countOrdersOfRun(
  { tx }: StoreTransaction,
  runId: number,
): Promise<ReadonlyMap<string, number>> {
  const rows = await tx('provisioning_orders')
    .where('id', '>', runId)
    .where('run_id', runId)
    .groupBy('status')
    .select('status')
    .count({ n: '*' });
  return new Map(
    rows.map((row: Readonly<Record<string, unknown>>) => [String(row['status']), Number(row['n'])]),
  );
}

/** Connections that orders of a run go to, in the order of their names. */
export async function listConnectionsOfRun(
  { tx }: StoreTransaction,
  runId: number,
): Promise<readonly string[]> {
  const rows = await tx('provisioning_orders')
    .where('id', '>', runId)
    .where('run_id', runId)
    .distinct('connection')
    .orderBy('connection');
  return rows.map((row) => row.connection);
}

export interface PastOrders {
  readonly runId: number;
  readonly connector: string;
  readonly changeType: 'added' | 'modified' | 'deleted';
  readonly count: number;
}

/** What the latest runs ordered, by connector and kind. */
export async function countPastOrders(
  { tx }: StoreTransaction,
  runs: number,
): Promise<readonly PastOrders[]> {
  const latest = await tx('runs')
    .whereIn('kind', ['generate', 'undo'])
    .where('status', 'done')
    .orderBy('id', 'desc')
    .limit(runs)
    .pluck('id');
  if (latest.length === 0) return [];
  const rows = await tx('provisioning_orders')
    .whereIn('run_id', latest)
    .groupBy('run_id', 'connector', 'change_type')
    .select('run_id', 'connector', 'change_type')
    .count({ n: '*' });
  return rows.map((row: Readonly<Record<string, unknown>>) => ({
    runId: Number(row['run_id']),
    connector: String(row['connector']),
    // Written by order generation.
    changeType: row['change_type'] as PastOrders['changeType'],
    count: Number(row['n']),
  }));
}

/** An owner whose date fell due between two times (internal form), the earliest; `undefined`: nobody's did. */
export async function findDueBetween(
  { tx }: StoreTransaction,
  after: string,
  until: string,
): Promise<
  { readonly entityType: string; readonly ownerId: number; readonly at: string } | undefined
> {
  const row = await tx('evaluation_dues')
    .where('due_at', '>', after)
    .where('due_at', '<=', until)
    .orderBy(['due_at', 'entity_type', 'owner_id'])
    .first();
  if (row === undefined) return undefined;
  return { entityType: row.entity_type, ownerId: Number(row.owner_id), at: row.due_at };
}

/** How many assigned resource types wait for a review, themselves or some of their values, by resource type. */
export async function countAwaitingApproval({
  tx,
}: StoreTransaction): Promise<ReadonlyMap<string, number>> {
  const awaiting = 5;
  const rows = await tx('assigned_resource_types as a')
    .whereIn(
      'a.id',
      tx('assigned_resource_types')
        .where('provisioning_state', awaiting)
        .select('id')
        .union(
          tx('assigned_values')
            .where('provisioning_state', awaiting)
            .select('assigned_resource_type_id'),
        ),
    )
    .groupBy('a.resource_type')
    .orderBy('a.resource_type')
    .select('a.resource_type')
    .count({ n: '*' });
  return new Map(
    rows.map((row: Readonly<Record<string, unknown>>) => [
      String(row['resource_type']),
      Number(row['n']),
    ]),
  );
}
