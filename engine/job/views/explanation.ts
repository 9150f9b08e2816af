/** What an explanation tells, and rows of the store as it tells them. */
import { describeProvisioningState, describeWorkflowState } from '../../../config/index.ts';
import type {
  AssignedResourceTypeRow,
  DecisionRow,
  ProvisioningOrderRow,
} from '../../store/index.ts';
import type { Absence } from './explain-absences.ts';
import type { Delay } from './explain-delays.ts';
import type { ExplainedEntry } from './explain-entries.ts';
import type { ExplainedIndirect } from './explain-indirect.ts';
import type { ExplainedRiskPart } from './explain-risks.ts';
import type { ExplainedRequest, ExplainedRole } from './explain-roles.ts';

/** A change of state of an assignment or of one of its values. */
export interface ExplainedChange {
  readonly at: string;
  readonly run: number | null;
  readonly kind: 'role' | 'resource-type' | 'value' | 'indirect-link';
  readonly name: string;
  readonly property: string | null;
  readonly change: 'given' | 'changed' | 'ended';
  readonly fields: readonly {
    readonly field: string;
    readonly from: string | null;
    readonly to: string | null;
  }[];
}

export interface Explanation {
  readonly resource: { readonly entityType: string; readonly key: string; readonly name: string };
  readonly owner: { readonly entityType: string; readonly key: string; readonly name: string };
  /** The configuration whose files and lines are named. */
  readonly configuration: { readonly hash: string; readonly deployedAt: string };
  readonly entries: readonly ExplainedEntry[];
  /** What was asked for by name, or, of an owner who is given nothing, every resource type. */
  readonly absences: readonly Absence[];
  readonly roles: readonly ExplainedRole[];
  /** Resource types that somebody asked for, or asked not to be given. */
  readonly requests: readonly ExplainedRequest[];
  /** What is held without having been given. */
  readonly indirect: readonly ExplainedIndirect[];
  /** Risks that it is part of. */
  readonly risks: readonly ExplainedRiskPart[];
  /** Why something has not been delivered. */
  readonly delays: readonly Delay[];
  /** What cannot be told, and why. */
  readonly notes: readonly string[];
  readonly assignments: readonly {
    readonly assignmentId: number;
    readonly resourceType: string;
    readonly workflowState: string;
    readonly provisioningState: string;
    readonly lastError: string | null;
    readonly since: string;
    readonly run: number;
  }[];
  readonly decisions: readonly {
    readonly kind: string;
    readonly subject: string;
    readonly by: string;
    readonly at: string;
    readonly comment: string | null;
  }[];
  readonly orders: readonly {
    readonly id: number;
    readonly changeType: string;
    readonly status: string;
    readonly generatedAt: string;
    readonly outcomeAt: string | null;
    readonly message: string | null;
  }[];
  /** The newest first. */
  readonly history: readonly ExplainedChange[];
}

export function toAssignment(row: AssignedResourceTypeRow): Explanation['assignments'][number] {
  return {
    assignmentId: row.id,
    resourceType: row.resource_type,
    workflowState: describeWorkflowState(row.workflow_state),
    provisioningState: describeProvisioningState(row.provisioning_state),
    lastError: row.last_error,
    since: row.state_since,
    run: row.run_id,
  };
}

export function toDecision(row: DecisionRow): Explanation['decisions'][number] {
  return {
    kind: row.kind,
    subject: row.subject,
    by: row.decided_by,
    at: row.decided_at,
    comment: row.comment,
  };
}

export function toOrder(row: ProvisioningOrderRow): Explanation['orders'][number] {
  return {
    id: row.id,
    changeType: row.change_type,
    status: row.status,
    generatedAt: row.generated_at,
    outcomeAt: row.outcome_at,
    message: row.message,
  };
}
