/** Decisions about accounts and values found in managed systems. */
import {
  type Model,
  moveProvisioning,
  moveWorkflow,
  provisioningStates,
  workflowStates,
} from '../../config/index.ts';
import { moveAssigned, type Store, type StoreTransaction } from '../store/index.ts';
import {
  type ApplyDecision,
  type Chosen,
  type Decision,
  type DecisionResult,
  takeDecision,
} from './decision.ts';
import { postponeRows } from './postpone.ts';

export interface GapDecision extends Decision {
  readonly decision: 'keep' | 'accept' | 'delete' | 'postpone';
  /** UTC ISO; of `postpone` only. */
  readonly until?: string;
}

const { none } = provisioningStates;
const { found, historic } = workflowStates;

/**
 * `keep` leaves what was found as it is, and the policy's value away from it; `accept` orders the policy's value; `delete`
 * orders the deletion of an unauthorised account; `postpone` leaves it out of lists for a time. Decisions about accounts
 * and values cannot be undone.
 */
export async function decideGaps(
  store: Store,
  model: Model,
  decision: GapDecision,
): Promise<DecisionResult> {
  return store.transaction((t) => decideGapsIn(t, model, decision));
}

export async function decideGapsIn(
  t: StoreTransaction,
  model: Model,
  decision: GapDecision,
): Promise<DecisionResult> {
  const { decision: verb } = decision;
  return takeDecision(
    t,
    model,
    {
      ...decision,
      kind: `reconcile ${verb}`,
      verb,
      hint: 'See what is open with "lockstep reconcile list": values are kept or accepted, accounts are kept or deleted.',
    },
    { decidable: 'found', choose: (chosen) => chooseGaps(chosen, verb) },
    applyGaps(t, decision),
  );
}

/** Keeping an account does not settle the gaps of its values: those are decided by themselves. */
function chooseGaps(chosen: Chosen, verb: GapDecision['decision']): Chosen | null {
  const isOwn = chosen.isOwn && verb !== 'accept';
  const values = verb === 'delete' || (verb === 'keep' && isOwn) ? [] : chosen.values;
  return isOwn || values.length > 0 ? { ...chosen, isOwn, values } : null;
}

function applyGaps(t: StoreTransaction, decision: GapDecision): ApplyDecision {
  return async (chosen, runId) => {
    const accounts = chosen.filter((one) => one.isOwn).map((one) => one.row);
    const values = chosen.flatMap((one) => one.values);
    if (runId === null) return accounts.length + values.length;
    const stamp = { state_since: decision.at, run_id: runId };
    const accountIds = accounts.map((row) => row.id);
    const valueIds = values.map((row) => row.id);
    switch (decision.decision) {
      case 'keep':
        await moveAssigned(t, 'assigned_resource_types', accountIds, {
          ...stamp,
          workflow_state: moveWorkflow(found, 'kept'),
          provisioning_state: moveProvisioning(none, 'account-kept'),
        });
        await moveAssigned(t, 'assigned_values', valueIds, {
          ...stamp,
          workflow_state: moveWorkflow(historic, 'kept'),
          provisioning_state: moveProvisioning(none, 'kept'),
        });
        break;
      case 'accept':
        await moveAssigned(t, 'assigned_values', valueIds, {
          ...stamp,
          workflow_state: moveWorkflow(found, 'accepted'),
          provisioning_state: moveProvisioning(none, 'accepted'),
        });
        break;
      case 'delete':
        await moveAssigned(t, 'assigned_resource_types', accountIds, {
          ...stamp,
          workflow_state: moveWorkflow(found, 'deleted'),
          provisioning_state: moveProvisioning(none, 'deletion-decided'),
        });
        break;
      case 'postpone':
        await postponeRows(t, decision, [...accounts, ...values]);
        break;
    }
    return accounts.length + values.length;
  };
}
