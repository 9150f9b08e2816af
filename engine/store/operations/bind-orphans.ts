/** Assignments that people make of resources that nobody owned. */
import type { ProvisioningState, WorkflowState } from '../../../config/index.ts';
import type { StoreTransaction } from '../open-store.ts';
import { allocateIds } from './allocate-ids.ts';
import { type AssignmentRun, keepVersions } from './history-assignments.ts';

export interface BoundOrphan {
  readonly resourceType: string;
  /** 0: nobody. Such an assignment lasts until its target is deleted. */
  readonly ownerId: number;
  readonly targetId: number;
  readonly workflowState: WorkflowState;
  readonly provisioningState: ProvisioningState;
}

const columns = [
  'id',
  'resource_type',
  'owner_id',
  'target_id',
  'workflow_state',
  'provisioning_state',
  'is_denied',
  'blocked_by',
  'policy_values',
  'state_since',
  'run_id',
  'valid_from',
] as const;

/**
 * Makes an assignment of each, and takes out what stood in its way: matches with the same owner that somebody had declined,
 * and what was known of the resource without an owner. Returns the ids, in the order given.
 */
export async function bindOrphans(
  transaction: StoreTransaction,
  orphans: readonly BoundOrphan[],
  run: AssignmentRun,
): Promise<readonly number[]> {
  if (orphans.length === 0) return [];
  const { tx, dialect } = transaction;
  const targets = orphans.map(({ targetId }) => targetId);
  const owners = [...new Set(orphans.map(({ ownerId }) => ownerId))];
  for (let start = 0; start < targets.length; start += 5_000) {
    const chunk = targets.slice(start, start + 5_000);
    const declined = await tx('assigned_resource_types')
      .whereIn('target_id', chunk)
      .whereIn('owner_id', owners)
      .where('is_denied', 1)
      .whereNotNull('confidence')
      .select('id');
    const ids = declined.map((row) => Number(row.id));
    await keepVersions(transaction, 'assigned_resource_types', run, (rows) =>
      rows.whereIn('id', ids),
    );
    await tx('assigned_resource_types').whereIn('id', ids).delete();
    await tx('classified_resources').whereIn('resource_id', chunk).delete();
  }
  const first = await allocateIds(transaction, orphans.length);
  await dialect.insertRows(
    tx,
    'assigned_resource_types',
    [...columns],
    orphans.map((orphan, index) => [
      first + index,
      orphan.resourceType,
      orphan.ownerId,
      orphan.targetId,
      orphan.workflowState,
      orphan.provisioningState,
      0,
      '[]',
      '{}',
      run.at,
      run.id,
      run.at,
    ]),
  );
  return orphans.map((_, index) => first + index);
}

/** How many targets of the resource type this owner holds, those that await confirmation left out. */
export async function countHeldTargets(
  { tx }: StoreTransaction,
  resourceType: string,
  ownerId: number,
): Promise<number> {
  const row = await tx('assigned_resource_types')
    .where({ resource_type: resourceType, owner_id: ownerId, is_denied: 0 })
    .whereNotNull('target_id')
    .whereNot('blocked_by', 'like', '%"confidence"%')
    .count({ n: '*' })
    .first();
  return Number(row?.n ?? 0);
}
