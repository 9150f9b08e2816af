/** How the state of an assigned role is told, wherever it is. */
import {
  describeWorkflowState,
  shownWorkflowState,
  type WorkflowState,
} from '../../../config/index.ts';

/** The label of the state, and whether it is a denial or comes through memberships only. */
export function describeRoleState(row: {
  readonly workflow_state: WorkflowState;
  readonly is_denied: number;
  readonly is_indirect: number;
  readonly is_inferred: number;
}): string {
  const state = describeWorkflowState(
    shownWorkflowState(row.workflow_state, row.is_inferred === 1),
  );
  if (row.is_indirect === 1) return `${state}, indirect`;
  return row.is_denied === 1 ? `Denied, ${state}` : state;
}
