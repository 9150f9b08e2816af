/** Provisioning review: orders that wait for a person before they leave, and orders that a system refused. */
import { type Model, provisioningStates, workflowStates } from '../../config/index.ts';
import {
  type AssignedResourceTypeRow,
  type AssignedValueRow,
  finishRun,
  listAwaitingReview,
  moveAssigned,
  type ResourceName,
  readNames,
  recordAssignmentChanges,
  recordDecision,
  type Store,
  type StoreTransaction,
  startRun,
} from '../store/index.ts';
import { DecisionError } from './errors.ts';
import { describeValues, readLinkedNames, type ShownValue } from './show-values.ts';

export interface ReviewItem {
  readonly assignmentId: number;
  readonly resourceType: string;
  readonly kind: 'addition' | 'association' | 'update' | 'deletion';
  readonly state: 'awaiting-approval' | 'errored';
  readonly owner: ResourceName;
  readonly target: { readonly id: number; readonly key: string } | null;
  /** Of the correlation that found the target, when it was not automatic. */
  readonly confidence: number | null;
  readonly blockedBy: readonly string[];
  readonly lastError: string | null;
  readonly since: string;
  readonly values: readonly ShownValue[];
}

export interface Decision {
  readonly assignmentIds: readonly number[];
  /** Decide about this property only. */
  readonly property?: string;
  readonly person: string;
  readonly comment: string | null;
  readonly at: string;
  readonly isDryRun: boolean;
}

const { awaitingApproval, errored, pending, none, verified } = provisioningStates;

export async function listReviewItems(store: Store, model: Model): Promise<readonly ReviewItem[]> {
  return store.read(async (t) => {
    const rows = await listAwaitingReview(t);
    const valuesByAssignment = Map.groupBy(rows.values, (value) => value.assigned_resource_type_id);
    const items: ReviewItem[] = [];
    for (const [identifier, assignments] of Map.groupBy(
      rows.resourceTypes,
      (row) => row.resource_type,
    )) {
      const type = model.resourceTypes.get(identifier);
      if (type === undefined) continue;
      const owners = await readNames(
        t,
        model.entityModel,
        type.sourceEntityType,
        assignments.map((row) => row.owner_id),
      );
      const targetIds = assignments.map((row) => row.target_id).filter((id) => id !== null);
      const targets = await readNames(t, model.entityModel, type.targetEntityType, targetIds);
      const ownValues = assignments.flatMap((row) => valuesByAssignment.get(row.id) ?? []);
      const names = await readLinkedNames(t, model, type, assignments, ownValues);
      for (const row of assignments) {
        const values = valuesByAssignment.get(row.id) ?? [];
        const owner = owners.get(row.owner_id);
        const target = row.target_id === null ? undefined : targets.get(row.target_id);
        if (owner === undefined) continue;
        items.push({
          assignmentId: row.id,
          resourceType: identifier,
          kind: kindOf(row),
          state: isErrored(row, values) ? 'errored' : 'awaiting-approval',
          owner,
          target: target === undefined ? null : { id: target.id, key: target.key },
          confidence: row.confidence,
          // Written by the evaluation as a JSON array.
          blockedBy: [
            ...new Set([row, ...values].flatMap((part) => JSON.parse(part.blocked_by) as string[])),
          ],
          lastError:
            row.last_error ?? values.find((value) => value.last_error !== null)?.last_error ?? null,
          since:
            row.provisioning_state === verified
              ? (values[0]?.state_since ?? row.state_since)
              : row.state_since,
          values: describeValues(names, row, values),
        });
      }
    }
    return items;
  });
}

/** Approve releases what waits; decline keeps it from being proposed until the policy's value changes; unblock tries an errored order again. */
export async function decideReview(
  store: Store,
  model: Model,
  decision: Decision & { readonly decision: 'approve' | 'decline' | 'unblock' },
): Promise<{ readonly changed: number }> {
  return store.transaction(async (t) => {
    const rows = await listAwaitingReview(t);
    const wanted = new Set(decision.assignmentIds);
    const state = decision.decision === 'unblock' ? errored : awaitingApproval;
    const types =
      decision.property === undefined
        ? rows.resourceTypes.filter((row) => wanted.has(row.id) && row.provisioning_state === state)
        : [];
    const values = rows.values.filter(
      (row) =>
        wanted.has(row.assigned_resource_type_id) &&
        row.provisioning_state === state &&
        (decision.property === undefined || decision.property === row.property),
    );
    refuseUndecidable(
      decision,
      new Set([
        ...types.map((row) => row.id),
        ...values.map((row) => row.assigned_resource_type_id),
      ]),
    );
    const changed = types.length + values.length;
    if (decision.isDryRun) return { changed };
    const runId = await recordRun(t, model, decision, `review ${decision.decision}`);
    const release = { provisioning_state: pending, state_since: decision.at, run_id: runId };
    if (decision.decision === 'decline') {
      const declined = {
        provisioning_state: none,
        is_denied: 1,
        state_since: decision.at,
        run_id: runId,
      } as const;
      await moveAssigned(
        t,
        'assigned_resource_types',
        types.map((row) => row.id),
        declined,
      );
      await moveAssigned(
        t,
        'assigned_values',
        values.map((row) => row.id),
        declined,
      );
    } else {
      const associations = types.filter((row) => kindOf(row) === 'association');
      // Confirming who owns an account sends nothing; its values follow by themselves.
      await moveAssigned(
        t,
        'assigned_resource_types',
        associations.map((row) => row.id),
        { ...release, provisioning_state: verified },
      );
      await moveAssigned(
        t,
        'assigned_resource_types',
        types.filter((row) => !associations.includes(row)).map((row) => row.id),
        release,
      );
      await moveAssigned(
        t,
        'assigned_values',
        values.map((row) => row.id),
        release,
      );
    }
    return { changed };
  });
}

function kindOf(row: AssignedResourceTypeRow): ReviewItem['kind'] {
  if (
    row.workflow_state === workflowStates.inactive ||
    row.workflow_state === workflowStates.cancellation
  )
    return 'deletion';
  if (row.target_id === null) return 'addition';
  return row.provisioning_state === awaitingApproval ? 'association' : 'update';
}

function isErrored(row: AssignedResourceTypeRow, values: readonly AssignedValueRow[]): boolean {
  return (
    row.provisioning_state === errored ||
    values.some((value) => value.provisioning_state === errored)
  );
}

function refuseUndecidable(
  decision: Decision & { readonly decision: string },
  decidable: ReadonlySet<number>,
): void {
  const stuck = decision.assignmentIds.find((id) => !decidable.has(id));
  if (stuck === undefined) return;
  throw new DecisionError(
    'DECISION_NOT_OPEN',
    `There is nothing to ${decision.decision} for ${stuck}${decision.property === undefined ? '' : ` (${decision.property})`}.`,
    {
      hint: 'Nothing was changed. See what is open with "lockstep review list".',
      details: { assignmentId: stuck },
    },
  );
}

/** One run and one kept decision per assignment. */
export async function recordRun(
  t: StoreTransaction,
  model: Model,
  decision: Decision,
  kind: string,
): Promise<number> {
  const runId = await startRun(t, {
    kind: 'decision',
    subject: kind,
    configurationHash: model.hash,
    startedAt: decision.at,
  });
  for (const id of decision.assignmentIds) {
    await recordDecision(t, {
      kind,
      assigned_resource_type_id: id,
      subject: decision.property ?? '',
      decided_by: decision.person,
      decided_at: decision.at,
      comment: decision.comment,
    });
  }
  await recordAssignmentChanges(t, model, decision.assignmentIds, runId);
  await finishRun(t, runId, {
    status: 'done',
    finishedAt: decision.at,
    details: { assignments: decision.assignmentIds.length, person: decision.person },
  });
  return runId;
}
