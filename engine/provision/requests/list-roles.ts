/** Assigned roles, and resource types that were asked for, as people see them: who holds, asks for, or is denied what. */
import { type Model, shownWorkflowState, type WorkflowState } from '../../../config/index.ts';
import type { Approval, AssignmentParameters } from '../../evaluate/index.ts';
import {
  countRequested,
  listRequested,
  type RequestedFilter,
  type RequestedKind,
  type RequestedRow,
  type ResourceName,
  readNames,
  type Store,
  type StoreTransaction,
} from '../../store/index.ts';
import { type ApproverLists, approversOf } from './approvers.ts';
import { openStep, stepsOf } from './circuit.ts';
import { findRole, ownerTypesOf, toApproved } from './role-item.ts';
import { toRole } from './stored-role.ts';

export interface ShownRole {
  readonly id: number;
  readonly kind: RequestedKind;
  /** Of a resource type: its identifier. */
  readonly role: string;
  readonly owner: ResourceName & { readonly entityType: string };
  /** Given by a Role (118) for a calculated one that another role brought. */
  readonly workflowState: WorkflowState;
  readonly isDenied: boolean;
  /** Held through groups of groups or another system only: nobody gave it, and nobody decides about it. */
  readonly isIndirect: boolean;
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly parameters: AssignmentParameters;
  readonly since: string;
  readonly request: RequestedRow['request'];
  readonly amends: number | null;
  readonly requestedBy: string | null;
  readonly approvals: readonly Approval[];
  /** What waits: the step, of how many, and who may take it (`null`: anybody else than the requester). */
  readonly waiting: {
    readonly step: number;
    readonly of: number;
    readonly approvers: readonly string[] | null;
  } | null;
}

export interface RolePage {
  readonly roles: readonly ShownRole[];
  readonly total: number;
  /** Where the next page begins; `null`: this was the last. */
  readonly next: number | null;
}

export async function listRolePage(
  store: Store,
  model: Model,
  approvers: ApproverLists,
  filter: RequestedFilter,
  page: { readonly after: number; readonly limit: number },
): Promise<RolePage> {
  return store.read(async (t) => {
    const ownerTypes = ownerTypesOf(model);
    const rows = await listRequested(t, ownerTypes, filter, page);
    const total = await countRequested(t, ownerTypes, filter);
    const next = rows.length < page.limit ? null : (rows.at(-1)?.id ?? null);
    return { roles: await describeRoles(t, model, approvers, rows), total, next };
  });
}

async function describeRoles(
  t: StoreTransaction,
  model: Model,
  approvers: ApproverLists,
  rows: readonly RequestedRow[],
): Promise<readonly ShownRole[]> {
  const names = new Map<string, ReadonlyMap<number, ResourceName>>();
  for (const [entityType, own] of Map.groupBy(rows, (row) => row.owner_type)) {
    // Of a resource type that the configuration does not know any more nobody knows who its owners are.
    if (entityType === '') continue;
    const ids = [...new Set(own.map((row) => row.owner_id))];
    names.set(entityType, await readNames(t, model.entityModel, entityType, ids));
  }
  return rows.map((row) => {
    const stored = toRole(row);
    const unknown = { id: row.owner_id, key: `#${row.owner_id}`, name: '' };
    const owner = names.get(row.owner_type)?.get(row.owner_id) ?? unknown;
    return {
      id: row.id,
      kind: row.kind,
      role: row.role,
      owner: { ...owner, entityType: row.owner_type },
      workflowState: shownWorkflowState(row.workflow_state, row.is_inferred === 1),
      isDenied: stored.isDenied,
      isIndirect: stored.isIndirect,
      startDate: row.start_date,
      endDate: row.end_date,
      parameters: stored.parameters,
      since: row.state_since,
      request: row.request,
      amends: row.amends === null ? null : Number(row.amends),
      requestedBy: row.requested_by,
      approvals: stored.approvals,
      waiting: waitingOf(model, approvers, row),
    };
  });
}

function waitingOf(
  model: Model,
  approvers: ApproverLists,
  row: RequestedRow,
): ShownRole['waiting'] {
  const step = openStep(row.workflow_state);
  const role = findRole(model, row.kind, row.role);
  if (step === null || role === undefined) return null;
  const steps = stepsOf(role.approvalWorkflowType);
  return {
    step: Math.min(step, steps + 1),
    of: steps,
    approvers: approversOf(approvers, toApproved(model, role), step),
  };
}
