/** The way of a request through its approvals: pure, along the table of transitions. */
import {
  type ApprovalWorkflowType,
  moveWorkflow,
  type RequestSettings,
  type WorkflowState,
  workflowStates,
} from '../../../config/index.ts';
import type { Approval } from '../../evaluate/index.ts';

/** What the risks of a role say to whoever asks for it. */
export type RiskVerdict = 'none' | 'approval' | 'blocking';

export interface CircuitState {
  readonly workflowState: WorkflowState;
  readonly approvals: readonly Approval[];
}

/** What a step needs to know of who takes it. */
export interface Step {
  readonly settings: Pick<RequestSettings, 'approvalWorkflowType' | 'isApprovalImplicit'>;
  readonly person: string;
  /** UTC ISO. */
  readonly at: string;
  readonly risk: RiskVerdict;
}

const entries = {
  One: 'needs-one-approval',
  Two: 'needs-two-approvals',
  Three: 'needs-three-approvals',
} as const;

/** States that wait for a person in role review, and which step of how many each is. */
const stepOf: ReadonlyMap<WorkflowState, number> = new Map([
  [workflowStates.pendingApproval, 1],
  [workflowStates.pendingApproval1Of2, 1],
  [workflowStates.pendingApproval2Of2, 2],
  [workflowStates.pendingApproval1Of3, 1],
  [workflowStates.pendingApproval2Of3, 2],
  [workflowStates.pendingApproval3Of3, 3],
  // One more than there are: whoever approves a risk takes no step of the circuit.
  [workflowStates.pendingApprovalRisk, 4],
]);

/** What role review shows: requests in their circuit, risks, and what a change of rules took away. */
export const reviewStates: readonly WorkflowState[] = [...stepOf.keys(), workflowStates.prolonged];

/** The step that waits; `null`: none does. */
export function openStep(state: WorkflowState): number | null {
  return stepOf.get(state) ?? null;
}

export function stepsOf(type: ApprovalWorkflowType): number {
  const steps = { None: 0, One: 1, Two: 2, Three: 3, ManualAssignmentNotAllowed: 0 };
  return steps[type];
}

/**
 * Where a request stands once it is made: approved, refused because of a risk, or waiting for its first step. With implicit
 * approval, the first steps that the requester could take himself are taken.
 *
 * @param mayApprove whether the requester could take this step
 */
export function enterCircuit(
  from: WorkflowState,
  step: Step,
  mayApprove: (step: number) => boolean,
): CircuitState {
  const requested = moveWorkflow(from, 'requested');
  const { settings, person, at, risk } = step;
  if (risk === 'blocking') {
    return { workflowState: moveWorkflow(requested, 'risk-blocks'), approvals: [] };
  }
  const { approvalWorkflowType: type } = settings;
  if (type === 'None' || type === 'ManualAssignmentNotAllowed') {
    const cause = risk === 'approval' ? 'needs-risk-approval' : 'needs-no-approval';
    return { workflowState: moveWorkflow(requested, cause), approvals: [] };
  }
  let state: CircuitState = {
    workflowState: moveWorkflow(requested, entries[type]),
    approvals: [],
  };
  for (let open = openStep(state.workflowState); open !== null && open < 4; ) {
    if (!settings.isApprovalImplicit || !mayApprove(open)) break;
    const approval = { step: open, person, at, isImplicit: true };
    state = takeStep(state, approval, risk);
    open = openStep(state.workflowState);
  }
  return state;
}

/** The next state after one person approves. Throws `StateError` where nothing waits. */
export function approveStep(state: CircuitState, step: Omit<Step, 'settings'>): CircuitState {
  const { person, at, risk } = step;
  const open = openStep(state.workflowState) ?? 0;
  return takeStep(state, { step: open, person, at, isImplicit: false }, risk);
}

function takeStep(state: CircuitState, approval: Approval, risk: RiskVerdict): CircuitState {
  const { workflowState: from } = state;
  const approvals = [...state.approvals, approval];
  const next = (cause: Parameters<typeof moveWorkflow>[1]): CircuitState => ({
    workflowState: moveWorkflow(from, cause),
    approvals,
  });
  switch (from) {
    case workflowStates.pendingApproval1Of2:
      return next('approved-step-1-of-2');
    case workflowStates.pendingApproval1Of3:
      return next('approved-step-1-of-3');
    case workflowStates.pendingApproval2Of3:
      return next('approved-step-2-of-3');
    case workflowStates.pendingApprovalRisk:
      return next('risk-approved');
    case workflowStates.prolonged:
      return next('prolongation-approved');
    default:
      return next(risk === 'approval' ? 'needs-risk-approval' : 'approved');
  }
}

export function declineStep(state: WorkflowState): WorkflowState {
  const isProlonged = state === workflowStates.prolonged;
  return moveWorkflow(state, isProlonged ? 'prolongation-declined' : 'declined');
}
