/** Rows of assigned roles as requests look at them. */
import type { Approval, AssignedRole, AssignmentParameters } from '../../evaluate/index.ts';
import type { AssignedRoleRow, RequestColumns, RequestedKind } from '../../store/index.ts';

/** A role or a resource type of somebody, as requests and decisions look at it. */
export type RequestedAssignment<K extends RequestedKind = RequestedKind> = Omit<
  AssignedRole,
  'kind'
> & { readonly kind: K };

export function toRole<K extends RequestedKind>(
  row: Omit<AssignedRoleRow, 'kind'> & { readonly kind: K },
): RequestedAssignment<K> {
  return {
    id: row.id,
    kind: row.kind,
    role: row.role,
    workflowState: row.workflow_state,
    isDenied: row.is_denied === 1,
    isInferred: row.is_inferred === 1,
    isIndirect: row.is_indirect === 1,
    startDate: row.start_date,
    endDate: row.end_date,
    cause: row.cause,
    basis: row.basis,
    stateSince: row.state_since,
    ...toRequest(row),
  };
}

const noParameters: AssignmentParameters = Object.freeze({});
const noApprovals: readonly Approval[] = Object.freeze([]);

/** What a row says of the request it came from. Parameters and approvals are written as JSON by requests and evaluations. */
export function toRequest(
  row: RequestColumns & { readonly parameters: string },
): Pick<AssignedRole, 'parameters' | 'request' | 'amends' | 'requestedBy' | 'approvals'> {
  return {
    parameters:
      row.parameters === '{}' ? noParameters : (JSON.parse(row.parameters) as AssignmentParameters),
    request: row.request,
    amends: row.amends,
    requestedBy: row.requested_by,
    approvals:
      row.approvals === '[]' ? noApprovals : (JSON.parse(row.approvals) as readonly Approval[]),
  };
}

/** Parameters as the store keeps them: by dimension in ordinal order, so that equal ones are equal text. */
export function parametersText(parameters: AssignmentParameters): string {
  // By far the most frequent.
  if (Object.keys(parameters).length === 0) return '{}';
  const sorted = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(sorted));
}

/** Whether stored parameters, as text, are these. */
export function compareParameters(parameters: AssignmentParameters): {
  readonly text: string;
  readonly kept: number;
  readonly isSame: (stored: string) => boolean;
} {
  const text = parametersText(parameters);
  return {
    text,
    kept: Object.keys(parameters).length,
    isSame: (stored) => stored === text,
  };
}
