/** Decisions about roles that were found: keep them, or take them away with all they stand for. They can be revised. */
import {
  type CommentedDecision,
  type Model,
  type MovingCause,
  moveWorkflow,
  type WorkflowState,
  workflowStates,
} from '../../config/index.ts';
import {
  type AssignedRoleRow,
  type FoundRoleFilter,
  finishRun,
  listDecidedRoles,
  listFoundRoles,
  moveAssigned,
  readTableMap,
  type StoreTransaction,
} from '../store/index.ts';
import { type CommentedItem, checkComment } from './comments.ts';
import { type Decision, type DecisionResult, describeLastDecision, openRun } from './decision.ts';
import { DecisionError } from './errors.ts';
import { ownerConditions } from './item-filter.ts';
import type { GapFilter } from './reconcile.ts';
import { recordRoleDecisions } from './record-role-decisions.ts';

export interface RoleDecision extends Omit<Decision, 'assignmentIds' | 'filter' | 'property'> {
  /** Of assigned roles; empty: everything the filter lets through. */
  readonly roleIds: readonly number[];
  readonly decision: 'keep' | 'delete';
  readonly filter: GapFilter;
}

const commented = {
  keep: 'keepGapInReconciliation',
  delete: 'deleteGapInReconciliation',
} as const satisfies Readonly<Record<RoleDecision['decision'], CommentedDecision>>;

const pageSize = 2_000;

/**
 * Keeping makes the role Approved, deleting Declined; the evaluation that follows goes on giving what it stands for, or takes
 * it back. Throws `DecisionError` when one of the ids is not open, and when a comment is missing.
 */
export async function decideRolesIn(
  t: StoreTransaction,
  model: Model,
  decision: RoleDecision,
): Promise<DecisionResult> {
  const runId = decision.isDryRun
    ? null
    : await openRun(t, model, { at: decision.at, kind: `reconcile ${decision.decision}` });
  const ids: number[] = [];
  for await (const rows of pagesOf(t, model, decision)) {
    const items = rows.map((row) => describeRole(model, row));
    const comment = checkComment(model, items, commented[decision.decision], decision.comment);
    for (const row of rows) ids.push(row.id);
    if (runId !== null) await applyToPage(t, { ...decision, comment }, rows, runId);
  }
  if (runId !== null)
    await finishRun(t, runId, {
      status: 'done',
      finishedAt: decision.at,
      details: { roles: ids.length, person: decision.person },
    });
  return { changed: ids.length, ids };
}

async function* pagesOf(
  t: StoreTransaction,
  model: Model,
  decision: RoleDecision,
): AsyncGenerator<readonly AssignedRoleRow[]> {
  const { roleIds, filter } = decision;
  if (roleIds.length > 0) {
    const sorted = [...new Set(roleIds)].sort((a, b) => a - b);
    while (sorted.length > 0) yield await readNamed(t, decision, sorted.splice(0, pageSize));
    return;
  }
  const narrowed: FoundRoleFilter = {
    ...(filter.role === undefined ? {} : { roles: [filter.role] }),
    ...(filter.since === undefined ? {} : { since: filter.since }),
    ...(filter.owner === undefined
      ? {}
      : { owners: ownerConditions(model, await readTableMap(t), filter.owner) }),
  };
  for (let after = 0; ; ) {
    const rows = await listFoundRoles(t, narrowed, { after, limit: pageSize });
    if (rows.length === 0) return;
    after = rows.at(-1)?.id ?? after;
    yield rows;
  }
}

async function readNamed(
  t: StoreTransaction,
  { decision }: RoleDecision,
  ids: readonly number[],
): Promise<readonly AssignedRoleRow[]> {
  const page = { after: 0, limit: ids.length };
  const found = await listFoundRoles(t, { ids }, page);
  const revisable = await listDecidedRoles(t, { ids }, page);
  const state = decision === 'keep' ? workflowStates.approved : workflowStates.declined;
  const open = new Map([...found, ...revisable].map((row) => [row.id, row]));
  const stuck = ids.find(
    (id) => open.get(id) === undefined || open.get(id)?.workflow_state === state,
  );
  const indirect = found.find((row) => row.is_indirect === 1);
  if (stuck === undefined && indirect === undefined) return [...open.values()];
  throw new DecisionError(
    'DECISION_NOT_OPEN',
    indirect === undefined
      ? `There is nothing to ${decision} for ${stuck}.${await describeLastDecision(t, stuck ?? 0)}`
      : `Role ${indirect.role} is held indirectly, through memberships: it can be neither kept nor deleted for ${indirect.id}.`,
    {
      hint: 'Nothing was changed. See what is open with "lockstep reconcile list --kind role", and what was decided with --decided.',
      details: { assignedRoleId: stuck ?? indirect?.id },
    },
  );
}

function describeRole(model: Model, row: AssignedRoleRow): CommentedItem {
  const roles = row.kind === 'single' ? model.singleRoles : model.compositeRoles;
  return roles.get(row.role) ?? { identifier: row.role, policy: '' };
}

async function applyToPage(
  t: StoreTransaction,
  decision: RoleDecision,
  rows: readonly AssignedRoleRow[],
  runId: number,
): Promise<void> {
  for (const [state, own] of Map.groupBy(rows, (row) => row.workflow_state)) {
    await moveAssigned(
      t,
      'assigned_roles',
      own.map((row) => row.id),
      {
        workflow_state: moveWorkflow(state, causeOf(decision.decision, state)),
        state_since: decision.at,
        run_id: runId,
      },
    );
  }
  await recordRoleDecisions(
    t,
    { ...decision, kind: `reconcile ${decision.decision}` },
    rows.map(({ id, role, owner_type, owner_id }) => ({
      ...{ id, role },
      ownerType: owner_type,
      ownerId: owner_id,
    })),
    runId,
  );
}

function causeOf(decision: RoleDecision['decision'], state: WorkflowState): MovingCause {
  if (decision === 'keep')
    return state === workflowStates.declined ? 'role-kept-after-all' : 'kept';
  return state === workflowStates.approved ? 'role-deleted-after-all' : 'role-deleted';
}
