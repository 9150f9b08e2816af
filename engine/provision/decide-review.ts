/** Decisions about orders that wait: approve, decline, postpone; try again; take a decline back. */
import { type Model, moveProvisioning, provisioningStates } from '../../config/index.ts';
import {
  type AssignedMove,
  moveAssigned,
  type Store,
  type StoreTransaction,
} from '../store/index.ts';
import {
  type ApplyDecision,
  type Chosen,
  type Decision,
  type DecisionResult,
  takeDecision,
} from './decision.ts';
import { postponeRows } from './postpone.ts';
import { kindOf } from './review.ts';

export interface ReviewDecision extends Decision {
  readonly decision: 'approve' | 'decline' | 'unblock' | 'postpone' | 'reopen';
  /** UTC ISO; of `postpone` only. */
  readonly until?: string;
}

const { awaitingApproval, errored, none } = provisioningStates;

/** The states in which a decision finds what it is about. */
const openStates: Readonly<Record<ReviewDecision['decision'], readonly number[]>> = {
  approve: [awaitingApproval],
  decline: [awaitingApproval],
  postpone: [awaitingApproval, errored],
  unblock: [errored],
  reopen: [none],
};

/**
 * `approve` releases what waits; `decline` keeps it from being proposed until the policy's value changes, `reopen` takes
 * that back; `postpone` leaves it out of lists until a time, or until it changes; `unblock` has a refused order tried again.
 */
export async function decideReview(
  store: Store,
  model: Model,
  decision: ReviewDecision,
): Promise<DecisionResult> {
  const { decision: verb } = decision;
  return store.transaction((t) =>
    takeDecision(
      t,
      model,
      {
        ...decision,
        kind: `review ${verb}`,
        verb,
        hint:
          verb === 'reopen'
            ? 'See what was declined with "lockstep review list --declined".'
            : 'See what is open with "lockstep review list".',
      },
      {
        decidable: verb === 'reopen' ? 'declined' : 'review',
        choose: (chosen) => chooseOpen(chosen, openStates[verb]),
      },
      applyReview(t, model, decision),
    ),
  );
}

/** What of it is in one of these states. */
function chooseOpen(chosen: Chosen, states: readonly number[]): Chosen | null {
  const isOwn = chosen.isOwn && states.includes(chosen.row.provisioning_state);
  const values = chosen.values.filter((value) => states.includes(value.provisioning_state));
  return isOwn || values.length > 0 ? { ...chosen, isOwn, values } : null;
}

function applyReview(t: StoreTransaction, model: Model, decision: ReviewDecision): ApplyDecision {
  return async (chosen, runId) => {
    const own = chosen.filter((one) => one.isOwn).map((one) => one.row);
    const values = chosen.flatMap((one) => one.values);
    if (runId === null) return own.length + values.length;
    const stamp = { state_since: decision.at, run_id: runId };
    const move = async (to: AssignedMove, rows: typeof own): Promise<void> => {
      const ids = rows.map((row) => row.id);
      await moveAssigned(t, 'assigned_resource_types', ids, to);
    };
    const moveValues = async (to: AssignedMove, some = values): Promise<void> => {
      const ids = some.map((value) => value.id);
      await moveAssigned(t, 'assigned_values', ids, to);
    };
    const isAssociation = (row: (typeof own)[number]): boolean =>
      kindOf(row, true) === 'association';
    switch (decision.decision) {
      case 'approve': {
        const released = moveProvisioning(awaitingApproval, 'approved');
        // Confirming who owns an account sends nothing; its values follow by themselves.
        const confirmed = moveProvisioning(awaitingApproval, 'owner-confirmed');
        await move({ ...stamp, provisioning_state: confirmed }, own.filter(isAssociation));
        await move(
          { ...stamp, provisioning_state: released },
          own.filter((row) => !isAssociation(row)),
        );
        await moveValues({ ...stamp, provisioning_state: released });
        break;
      }
      case 'decline': {
        const declined = moveProvisioning(awaitingApproval, 'declined');
        await move({ ...stamp, provisioning_state: declined, is_denied: 1 }, own);
        await moveValues({ ...stamp, provisioning_state: declined, is_denied: 1 });
        break;
      }
      case 'unblock': {
        const released = moveProvisioning(errored, 'unblocked');
        await move({ ...stamp, provisioning_state: released }, own);
        await moveValues({ ...stamp, provisioning_state: released });
        break;
      }
      case 'reopen': {
        const waiting = moveProvisioning(none, 'taken-back');
        const back = { ...stamp, provisioning_state: waiting, is_denied: 0 } as const;
        // The account still has to be confirmed as the owner's.
        await move({ ...back, blocked_by: '["confidence"]' }, own.filter(isDeclinedMatch));
        const others = own.filter((row) => !isDeclinedMatch(row));
        for (const [reasons, rows] of Map.groupBy(others, (row) => reasonsOf(model, row)))
          await move({ ...back, blocked_by: reasons }, rows);
        for (const [reasons, ones] of Map.groupBy(chosen, ({ row }) => reasonsOf(model, row)))
          await moveValues(
            { ...back, blocked_by: reasons },
            ones.flatMap((one) => one.values),
          );
        break;
      }
      case 'postpone':
        await postponeRows(t, decision, [...own, ...values]);
        break;
    }
    return own.length + values.length;
  };
}

/** Why it waits again, as the next evaluation will say. */
function reasonsOf(model: Model, { resource_type: type }: Chosen['row']): string {
  const isHeldByType = model.resourceTypes.get(type)?.blockProvisioning === true;
  return JSON.stringify(isHeldByType ? ['resource-type'] : []);
}

function isDeclinedMatch(row: Chosen['row']): boolean {
  return row.confidence !== null && kindOf(row, true) === 'association';
}
