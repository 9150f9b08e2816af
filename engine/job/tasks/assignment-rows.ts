/** Assignments between the store's rows and what the evaluation works with. */
import type {
  AssignedResourceType,
  AssignedRole,
  AssignedValue,
  BlockReason,
  PolicyValues,
} from '../../evaluate/index.ts';
import { parametersText, toRequest } from '../../provision/index.ts';
import type { AssignedResourceTypeRow, AssignedValueRow, SqlValue } from '../../store/index.ts';

const noReasons: readonly BlockReason[] = Object.freeze([]);

/** The columns are written by `resourceTypeRow` and `valueRow` below. */
function toReasons(text: string): readonly BlockReason[] {
  return text === '[]' ? noReasons : (JSON.parse(text) as readonly BlockReason[]);
}

function reasonsText(reasons: readonly BlockReason[]): string {
  return reasons.length === 0 ? '[]' : JSON.stringify(reasons);
}

function approvalsText(approvals: AssignedRole['approvals']): string {
  return approvals.length === 0 ? '[]' : JSON.stringify(approvals);
}

export function toResourceType(
  row: AssignedResourceTypeRow,
  values: readonly AssignedValueRow[],
): AssignedResourceType {
  return {
    id: row.id,
    resourceType: row.resource_type,
    ownerId: row.owner_id,
    targetId: row.target_id,
    workflowState: row.workflow_state,
    provisioningState: row.provisioning_state,
    isDenied: row.is_denied === 1,
    startDate: row.start_date,
    endDate: row.end_date,
    confidence: row.confidence,
    blockedBy: toReasons(row.blocked_by),
    // Written by `resourceTypeRow` below.
    policyValues: JSON.parse(row.policy_values) as PolicyValues,
    lastError: row.last_error,
    orderId: row.order_id,
    stateSince: row.state_since,
    ...toRequest(row),
    values: values.map(toValue),
  };
}

function toValue(row: AssignedValueRow): AssignedValue {
  return {
    id: row.id,
    kind: row.kind,
    property: row.property,
    linkedId: row.linked_id,
    policyValue: row.policy_value,
    currentValue: row.current_value,
    workflowState: row.workflow_state,
    provisioningState: row.provisioning_state,
    isDenied: row.is_denied === 1,
    blockedBy: toReasons(row.blocked_by),
    confidence: row.confidence,
    lastError: row.last_error,
    orderId: row.order_id,
    stateSince: row.state_since,
  };
}

export type WritableRow = Readonly<Record<string, SqlValue>> & { readonly id: number };

export function roleRow(
  role: AssignedRole,
  id: number,
  ownerType: string,
  ownerId: number,
  runId: number,
): WritableRow {
  return {
    id,
    kind: role.kind,
    role: role.role,
    owner_type: ownerType,
    owner_id: ownerId,
    workflow_state: role.workflowState,
    is_denied: role.isDenied ? 1 : 0,
    is_inferred: role.isInferred ? 1 : 0,
    is_indirect: role.isIndirect ? 1 : 0,
    start_date: role.startDate,
    end_date: role.endDate,
    cause: role.cause,
    basis: role.basis,
    state_since: role.stateSince,
    parameters: parametersText(role.parameters),
    request: role.request,
    amends: role.amends,
    requested_by: role.requestedBy,
    approvals: approvalsText(role.approvals),
    run_id: runId,
  };
}

export function resourceTypeRow(
  assigned: AssignedResourceType,
  id: number,
  runId: number,
): WritableRow {
  return {
    id,
    resource_type: assigned.resourceType,
    owner_id: assigned.ownerId,
    target_id: assigned.targetId,
    workflow_state: assigned.workflowState,
    provisioning_state: assigned.provisioningState,
    is_denied: assigned.isDenied ? 1 : 0,
    start_date: assigned.startDate,
    end_date: assigned.endDate,
    confidence: assigned.confidence,
    blocked_by: reasonsText(assigned.blockedBy),
    policy_values: JSON.stringify(sorted(assigned.policyValues)),
    last_error: assigned.lastError,
    order_id: assigned.orderId,
    state_since: assigned.stateSince,
    parameters: parametersText(assigned.parameters),
    request: assigned.request,
    amends: assigned.amends,
    requested_by: assigned.requestedBy,
    approvals: approvalsText(assigned.approvals),
    run_id: runId,
  };
}

export function valueRow(
  value: AssignedValue,
  id: number,
  assignmentId: number,
  runId: number,
): WritableRow {
  return {
    id,
    assigned_resource_type_id: assignmentId,
    kind: value.kind,
    property: value.property,
    linked_id: value.linkedId,
    policy_value: value.policyValue,
    current_value: value.currentValue,
    workflow_state: value.workflowState,
    provisioning_state: value.provisioningState,
    is_denied: value.isDenied ? 1 : 0,
    blocked_by: reasonsText(value.blockedBy),
    confidence: value.confidence,
    last_error: value.lastError,
    order_id: value.orderId,
    state_since: value.stateSince,
    run_id: runId,
  };
}

function sorted(values: PolicyValues): PolicyValues {
  const names = Object.keys(values);
  // The evaluation gives them in order.
  if (names.every((name, index) => index === 0 || (names[index - 1] ?? '') < name)) return values;
  return Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
}
