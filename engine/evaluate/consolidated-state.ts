/** One state for an assigned resource type together with its values. */
import {
  type ProvisioningState,
  provisioningStates,
  type WorkflowState,
  workflowStates,
} from '../../config/index.ts';

export interface ConsolidatedState {
  /** The most urgent of all: computation failed, delivery failed, waits for review, pending, on its way, carried out, verified. */
  readonly provisioningState: ProvisioningState;
  /** Of the approval of a request; `null`: none is open. */
  readonly reviewState: WorkflowState | null;
  /** How many wait for the review of their order. */
  readonly blocked: number;
  /** How many were found in the managed system and wait for a decision. */
  readonly found: number;
  /** Non-conforming if any is, else pre-existing; `null`: nothing was found. */
  readonly foundState: WorkflowState | null;
}

export interface StatedPart {
  readonly workflowState: WorkflowState;
  readonly provisioningState: ProvisioningState;
}

const { error, errored, awaitingApproval, pending, transmitted, executed, verified } =
  provisioningStates;
const mostUrgentFirst: readonly ProvisioningState[] = [
  error,
  errored,
  awaitingApproval,
  pending,
  transmitted,
  executed,
  verified,
];

const { found, historic } = workflowStates;
const inReview: ReadonlySet<WorkflowState> = new Set([
  workflowStates.requested,
  workflowStates.pendingApproval,
  workflowStates.pendingApproval1Of2,
  workflowStates.pendingApproval2Of2,
  workflowStates.pendingApproval1Of3,
  workflowStates.pendingApproval2Of3,
  workflowStates.pendingApproval3Of3,
  workflowStates.pendingApprovalRisk,
]);

/** Values that need no row are verified, and change nothing here; neither does one that was written once. */
export function consolidate(own: StatedPart, values: readonly StatedPart[]): ConsolidatedState {
  const compared = values.filter(
    ({ workflowState }) => workflowState !== workflowStates.calculatedWithChanges,
  );
  const parts = [own, ...compared];
  const states = new Set(parts.map((part) => part.provisioningState));
  const gaps = parts.filter(
    (part) => part.workflowState === found || part.workflowState === historic,
  );
  return {
    provisioningState: mostUrgentFirst.find((state) => states.has(state)) ?? own.provisioningState,
    reviewState: inReview.has(own.workflowState) ? own.workflowState : null,
    blocked: parts.filter((part) => part.provisioningState === awaitingApproval).length,
    found: gaps.length,
    foundState: foundStateOf(gaps),
  };
}

function foundStateOf(gaps: readonly StatedPart[]): WorkflowState | null {
  if (gaps.length === 0) return null;
  return gaps.some((gap) => gap.workflowState === found) ? found : historic;
}
