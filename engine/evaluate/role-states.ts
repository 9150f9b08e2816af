/** What the workflow states of roles mean to whoever computes them. */
import { type WorkflowState, workflowStates } from '../../config/index.ts';
import type { AssignedRole } from './types.ts';

const { calculated, calculatedMissingParameters, prolonged } = workflowStates;

/** States a computation gives and takes away by itself; rows in any other state are somebody's decision or request. */
export const computedStates: ReadonlySet<WorkflowState> = new Set([
  calculated,
  workflowStates.givenByRole,
  calculatedMissingParameters,
  prolonged,
  workflowStates.inactive,
  workflowStates.cancellation,
  workflowStates.suggested,
  workflowStates.suggestedExistingUser,
  workflowStates.automaticWithValidation,
]);

/** Held no more; listed while what the role gave is still being taken back. */
export const endedStates: ReadonlySet<WorkflowState> = new Set([
  workflowStates.inactive,
  workflowStates.cancellation,
]);

/** Computed ones that a person may have given parameters to. */
export const completableStates: ReadonlySet<WorkflowState> = new Set([
  calculated,
  calculatedMissingParameters,
]);

/** Found roles nobody has refused; a rule that explains them takes them over. */
export const toleratedStates: ReadonlySet<WorkflowState> = new Set([
  workflowStates.found,
  workflowStates.historic,
]);

/** Held by a person's decision, whatever the rules say. */
export const decidedStates: ReadonlySet<WorkflowState> = new Set([
  workflowStates.approved,
  workflowStates.questioned,
  workflowStates.approvedRisk,
]);

/** States in which a role counts as held, unless it is denied or comes from elsewhere. */
export const heldStates: ReadonlySet<WorkflowState> = new Set([
  ...toleratedStates,
  ...decidedStates,
  calculated,
  prolonged,
  workflowStates.givenByRole,
]);

/** Asked for, and neither held nor denied before somebody agrees. */
export const openRequestStates: ReadonlySet<WorkflowState> = new Set([
  workflowStates.requestedMissingParameters,
  workflowStates.requested,
  workflowStates.pendingApproval,
  workflowStates.pendingApproval1Of2,
  workflowStates.pendingApproval2Of2,
  workflowStates.pendingApproval1Of3,
  workflowStates.pendingApproval2Of3,
  workflowStates.pendingApproval3Of3,
  workflowStates.pendingApprovalRisk,
]);

/** Requests that nobody agreed to. */
export const refusedRequestStates: ReadonlySet<WorkflowState> = new Set([
  workflowStates.declined,
  workflowStates.blockedByRisk,
]);

/** Whether the row takes the role away: a denial somebody only asks for, or was refused, does not. */
export function isDenialInForce(row: Pick<AssignedRole, 'workflowState' | 'isDenied'>): boolean {
  const { workflowState, isDenied } = row;
  return (
    isDenied && !openRequestStates.has(workflowState) && !refusedRequestStates.has(workflowState)
  );
}

/** Held whatever the rules say: by decision, or found and not refused. */
export function isEffective(row: AssignedRole): boolean {
  if (row.isDenied || row.isIndirect) return false;
  return decidedStates.has(row.workflowState) || toleratedStates.has(row.workflowState);
}
