/**
 * The two independent states of an assignment, with the numbers of the vocabulary: how it came to be (workflow) and how
 * far its delivery has got (provisioning).
 */

export const workflowStates = {
  none: 0,
  found: 1,
  requestedMissingParameters: 2,
  historic: 3,
  requested: 4,
  calculatedMissingParameters: 5,
  pendingApproval: 8,
  pendingApproval1Of2: 9,
  pendingApproval2Of2: 10,
  pendingApproval1Of3: 11,
  pendingApproval2Of3: 12,
  pendingApproval3Of3: 13,
  approved: 16,
  declined: 17,
  calculated: 18,
  inactive: 19,
  cancellation: 20,
  suggested: 21,
  suggestedExistingUser: 22,
  automaticWithValidation: 23,
  questioned: 24,
  pendingApprovalRisk: 25,
  blockedByRisk: 26,
  prolonged: 27,
  approvedRisk: 116,
  givenByRole: 118,
  /** Our number: a variant of Calculated, as 118 is; the published states name it without one. */
  calculatedWithChanges: 218,
} as const;
export type WorkflowState = (typeof workflowStates)[keyof typeof workflowStates];

export const provisioningStates = {
  none: 0,
  pending: 1,
  transmitted: 2,
  errored: 3,
  verified: 4,
  awaitingApproval: 5,
  inactive: 6,
  error: 7,
  executed: 8,
} as const;
export type ProvisioningState = (typeof provisioningStates)[keyof typeof provisioningStates];

const workflowLabels: Readonly<Record<WorkflowState, string>> = {
  0: 'None',
  1: 'Non-conforming',
  2: 'Requested - Missing Parameters',
  3: 'Pre-existing',
  4: 'Requested',
  5: 'Calculated - Missing Parameters',
  8: 'Pending Approval',
  9: 'Pending Approval 1 of 2',
  10: 'Pending Approval 2 of 2',
  11: 'Pending Approval 1 of 3',
  12: 'Pending Approval 2 of 3',
  13: 'Pending Approval 3 of 3',
  16: 'Approved',
  17: 'Declined',
  18: 'Calculated',
  19: 'Inactive',
  20: 'Cancellation',
  21: 'Suggested',
  22: 'Suggested',
  23: 'Automatic but with validation',
  24: 'Approved - Questioned',
  25: 'Pending Approval - Risk',
  26: 'Blocked',
  27: 'Prolonged',
  116: 'Approved - Risk',
  118: 'Given by a Role',
  218: 'Calculated - With Changes',
};

const provisioningLabels: Readonly<Record<ProvisioningState, string>> = {
  0: 'None',
  1: 'Pending',
  2: 'Transmitted',
  3: 'Errored',
  4: 'Verified',
  5: 'Awaiting Approval',
  6: 'Inactive',
  7: 'Error',
  8: 'Executed',
};

/** What another role brought is stored as calculated, and has a number of its own for people. */
export function shownWorkflowState(state: WorkflowState, isInferred: boolean): WorkflowState {
  const { calculated, givenByRole } = workflowStates;
  return isInferred && state === calculated ? givenByRole : state;
}

/** The label people see. */
export function describeWorkflowState(state: WorkflowState): string {
  return workflowLabels[state];
}

/** The label people see. */
export function describeProvisioningState(state: ProvisioningState): string {
  return provisioningLabels[state];
}
