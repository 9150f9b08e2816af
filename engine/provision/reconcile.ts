/** Resource reconciliation: accounts and values found in managed systems that no rule explains. */
import { type Model, provisioningStates, workflowStates } from '../../config/index.ts';
import {
  type AssignedResourceTypeRow,
  type AssignedValueRow,
  listFound,
  listOrphans,
  moveAssigned,
  type ResourceName,
  readNames,
  readTableMap,
  type Store,
  type StoreTransaction,
} from '../store/index.ts';
import { DecisionError } from './errors.ts';
import { type Decision, recordRun } from './review.ts';
import { describeValue, readLinkedNames } from './show-values.ts';

export interface Gap {
  readonly kind: 'property' | 'unauthorized-account' | 'orphan';
  /** `null` for orphans: nobody owns them. */
  readonly assignmentId: number | null;
  readonly resourceType: string | null;
  readonly entityType: string;
  readonly owner: ResourceName | null;
  readonly target: { readonly id: number; readonly key: string };
  readonly property: string | null;
  readonly proposed: string | null;
  readonly current: string | null;
  readonly workflowState: number;
  readonly since: string | null;
}

/** Orphans listed per entity type at most; `status` counts them all. */
const orphanLimit = 1_000;
const foundStates: ReadonlySet<number> = new Set([workflowStates.found, workflowStates.historic]);

export async function listGaps(store: Store, model: Model): Promise<readonly Gap[]> {
  return store.read(async (t) => {
    const rows = await listFound(t);
    const valuesByAssignment = Map.groupBy(rows.values, (value) => value.assigned_resource_type_id);
    const gaps: Gap[] = [];
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
      const targets = await readNames(
        t,
        model.entityModel,
        type.targetEntityType,
        assignments.map((row) => row.target_id ?? 0),
      );
      const ownValues = assignments.flatMap((row) => valuesByAssignment.get(row.id) ?? []);
      const names = await readLinkedNames(t, model, type, [], ownValues);
      for (const row of assignments) {
        const target = targets.get(row.target_id ?? 0);
        if (target === undefined) continue;
        const about = {
          assignmentId: row.id,
          resourceType: identifier,
          entityType: type.targetEntityType,
          owner: owners.get(row.owner_id) ?? null,
          target: { id: target.id, key: target.key },
        };
        if (foundStates.has(row.workflow_state)) {
          gaps.push({
            kind: 'unauthorized-account',
            ...about,
            property: null,
            proposed: null,
            current: target.key,
            workflowState: row.workflow_state,
            since: row.state_since,
          });
        }
        for (const value of valuesByAssignment.get(row.id) ?? []) {
          const { property, proposed, current } = describeValue(names, value);
          gaps.push({
            kind: 'property',
            ...about,
            property,
            proposed,
            current,
            workflowState: value.workflow_state,
            since: value.state_since,
          });
        }
      }
    }
    return [...gaps, ...(await describeOrphans(t, model))];
  });
}

async function describeOrphans(t: StoreTransaction, model: Model): Promise<readonly Gap[]> {
  const tables = await readTableMap(t);
  const gaps: Gap[] = [];
  for (const [entityType, types] of Map.groupBy(
    model.resourceTypes.values(),
    (type) => type.targetEntityType,
  )) {
    const entity = tables.entities.get(entityType);
    if (entity === undefined) continue;
    const ids = await listOrphans(
      t,
      entity.table,
      types.map((type) => type.identifier),
      orphanLimit,
    );
    const names = await readNames(t, model.entityModel, entityType, ids);
    for (const id of ids) {
      const name = names.get(id);
      if (name === undefined) continue;
      gaps.push({
        kind: 'orphan',
        assignmentId: null,
        resourceType: null,
        entityType,
        owner: null,
        target: { id, key: name.key },
        property: null,
        proposed: null,
        current: name.key,
        workflowState: workflowStates.found,
        since: null,
      });
    }
  }
  return gaps;
}

/**
 * `keep` leaves what was found as it is, and the policy's value away from it; `accept` orders the policy's value; `delete`
 * orders the deletion of an unauthorised account. Decisions about accounts and values cannot be undone.
 */
export async function decideGaps(
  store: Store,
  model: Model,
  decision: Decision & { readonly decision: 'keep' | 'accept' | 'delete' },
): Promise<{ readonly changed: number }> {
  return store.transaction(async (t) => {
    const rows = await listFound(t);
    const wanted = new Set(decision.assignmentIds);
    const accounts =
      decision.property === undefined && decision.decision !== 'accept'
        ? rows.resourceTypes.filter(
            (row) => wanted.has(row.id) && foundStates.has(row.workflow_state),
          )
        : [];
    const values =
      decision.decision === 'delete'
        ? []
        : chooseValues(rows.values, decision, new Set(accounts.map((row) => row.id)));
    refuseUndecidable(decision, accounts, values);
    const changed = accounts.length + values.length;
    if (decision.isDryRun) return { changed };
    const runId = await recordRun(t, model, decision, `reconcile ${decision.decision}`);
    const stamp = { state_since: decision.at, run_id: runId };
    const accountIds = accounts.map((row) => row.id);
    const valueIds = values.map((row) => row.id);
    switch (decision.decision) {
      case 'keep':
        await moveAssigned(t, 'assigned_resource_types', accountIds, {
          ...stamp,
          workflow_state: workflowStates.approved,
          provisioning_state: provisioningStates.verified,
        });
        await moveAssigned(t, 'assigned_values', valueIds, {
          ...stamp,
          workflow_state: workflowStates.approved,
          provisioning_state: provisioningStates.none,
        });
        break;
      case 'accept':
        await moveAssigned(t, 'assigned_values', valueIds, {
          ...stamp,
          workflow_state: workflowStates.calculated,
          provisioning_state: provisioningStates.pending,
        });
        break;
      case 'delete':
        await moveAssigned(t, 'assigned_resource_types', accountIds, {
          ...stamp,
          workflow_state: workflowStates.cancellation,
          provisioning_state: provisioningStates.pending,
        });
        break;
    }
    return { changed };
  });
}

/** Keeping an account does not settle the gaps of its values: those are decided by themselves. */
function chooseValues(
  values: readonly AssignedValueRow[],
  decision: Decision,
  accounts: ReadonlySet<number>,
): readonly AssignedValueRow[] {
  const wanted = new Set(decision.assignmentIds);
  return values.filter(
    (row) =>
      wanted.has(row.assigned_resource_type_id) &&
      !accounts.has(row.assigned_resource_type_id) &&
      (decision.property === undefined || decision.property === row.property),
  );
}

function refuseUndecidable(
  decision: Decision & { readonly decision: string },
  accounts: readonly AssignedResourceTypeRow[],
  values: readonly AssignedValueRow[],
): void {
  const decidable = new Set([
    ...accounts.map((row) => row.id),
    ...values.map((row) => row.assigned_resource_type_id),
  ]);
  const stuck = decision.assignmentIds.find((id) => !decidable.has(id));
  if (stuck === undefined) return;
  throw new DecisionError(
    'DECISION_NOT_OPEN',
    `There is nothing to ${decision.decision} for ${stuck}${decision.property === undefined ? '' : ` (${decision.property})`}.`,
    {
      hint: 'Nothing was changed. See what is open with "lockstep reconcile list": values are kept or accepted, accounts are kept or deleted.',
      details: { assignmentId: stuck },
    },
  );
}
