/** What stands in the way of a request: what waits, what is denied, what is held by hand already. Pure. */
import {
  describeWorkflowState,
  type Model,
  type Role,
  type WorkflowState,
  workflowStates,
} from '../../../config/index.ts';
import {
  type AssignmentParameters,
  isDenialInForce,
  openRequestStates,
  takenParameters,
} from '../../evaluate/index.ts';
import type { RequestedKind, RequestedRow } from '../../store/index.ts';
import { nounOf } from './role-item.ts';
import { compareParameters, toRole } from './stored-role.ts';

export interface CheckedRequest {
  readonly action: 'assign' | 'deny';
  readonly kind: RequestedKind;
  readonly role: Role;
  readonly parameters: AssignmentParameters;
  /** Internal form. */
  readonly now: string;
}

export interface RequestObstacle {
  readonly code: 'REQUEST_EXISTS' | 'REQUEST_NOTHING_TO_DENY';
  /** Without the owner, and without its last full stop. */
  readonly message: string;
  readonly hint: string;
}

/** `stored`: what the owner has of the role, asked for or not. `null`: nothing stands in the way. */
export function findObstacle(
  model: Model,
  request: CheckedRequest,
  stored: readonly RequestedRow[],
): RequestObstacle | null {
  const { action, kind, now } = request;
  const noun = nounOf(kind);
  const rows = stored.filter((row) => row.end_date === null || row.end_date > now);
  const compared = compareParameters(request.parameters);
  // Where an owner has one account, it is asked for once, whatever its parameters are.
  const isSame = isOncePerOwner(model, request)
    ? () => true
    : (row: RequestedRow) => compared.isSame(row.parameters);
  const open = rows.find((row) => openRequestStates.has(row.workflow_state) && isSame(row));
  if (open !== undefined) return exists(describeOpen(open), hintForOpen(model, request, open));
  const isWhole = kind === 'resource-type' || compared.kept === 0;
  const denial = rows.find(
    (row) =>
      isDenialInForce(toRole(row)) &&
      (isWhole || compared.isSame(row.parameters) || row.parameters === '{}'),
  );
  if (denial !== undefined) {
    return exists(
      `The ${noun} is denied: number ${denial.id}`,
      `Take the denial back with "lockstep role cancel ${denial.id}".`,
    );
  }
  const manual = rows.find(
    (row) => row.is_denied === 0 && manualStates.has(row.workflow_state) && isSame(row),
  );
  if (manual !== undefined) {
    return exists(
      `The owner holds the ${noun} by hand already: ${describeRow(manual)}`,
      hintForHeld(model, request, manual),
    );
  }
  if (action === 'assign' || rows.some(isAutomatic)) return null;
  return {
    code: 'REQUEST_NOTHING_TO_DENY',
    message: `No rule gives the ${noun} to this owner`,
    hint: 'See what the owner holds with "lockstep role list --owner".',
  };
}

/** A resource type gives one account, unless it says that there may be several; then once per set of parameters, as roles. */
function isOncePerOwner(model: Model, { action, kind, role }: CheckedRequest): boolean {
  if (kind !== 'resource-type') return false;
  return action === 'deny' || !allowsSeveral(model, role);
}

/** It is for an account beside the one that the owner has or is given. */
export function isForFurtherAccount(model: Model, request: CheckedRequest): boolean {
  const { kind, role, parameters } = request;
  return (
    kind === 'resource-type' && allowsSeveral(model, role) && Object.keys(parameters).length > 0
  );
}

function allowsSeveral(model: Model, { identifier }: Role): boolean {
  return model.resourceTypes.get(identifier)?.correlateMultipleResources === true;
}

function exists(message: string, hint: string): RequestObstacle {
  return { code: 'REQUEST_EXISTS', message, hint };
}

const asked = {
  assign: 'The same has been asked for already, and waits',
  deny: 'A denial has been asked for already, and waits',
  cancel: 'A request to end it waits',
  prolong: 'A request to prolong it waits',
} as const;

function describeOpen(row: RequestedRow): string {
  return `${asked[row.request ?? 'assign']}: ${describeRow(row)}`;
}

/** `number 12, Approved, with Site LYON, asked for by eva`. */
function describeRow(row: RequestedRow): string {
  const { parameters, requestedBy } = toRole(row);
  const values = Object.entries(parameters).map(([name, key]) => `${name} ${key}`);
  return [
    `number ${row.id}`,
    describeWorkflowState(row.workflow_state),
    ...(values.length === 0 ? [] : [`with ${values.join(', ')}`]),
    ...(requestedBy === null ? [] : [`asked for by ${requestedBy}`]),
  ].join(', ');
}

function hintForOpen(model: Model, request: CheckedRequest, row: RequestedRow): string {
  const look = `See "lockstep role show ${row.id}".`;
  return request.action === 'deny' ? look : `${look}${hintForSecond(model, request, row)}`;
}

function hintForHeld(model: Model, request: CheckedRequest, row: RequestedRow): string {
  if (request.action === 'deny')
    return `It was given by hand: take it back with "lockstep role cancel ${row.id}".`;
  const change = `Change its end with "lockstep role prolong ${row.id}".`;
  return `${change}${hintForSecond(model, request, row)}`;
}

/** How an owner comes to a second account, where that is what was meant. */
function hintForSecond(model: Model, request: CheckedRequest, row: RequestedRow): string {
  const { kind, role, parameters } = request;
  if (kind !== 'resource-type') return '';
  if (!allowsSeveral(model, role)) {
    const isOther = !compareParameters(parameters).isSame(row.parameters);
    return isOther
      ? ` ${role.identifier} gives an owner one account, whatever its parameters are; with CorrelateMultipleResources it may give several.`
      : '';
  }
  const taken = [...takenParameters(model, kind, role.identifier)];
  return taken.length === 0
    ? ' A further account has to differ in a parameter, and the resource type has none.'
    : ` A further account has to differ in a parameter: ${taken.join(', ')}.`;
}

const manualStates: ReadonlySet<WorkflowState> = new Set([
  workflowStates.approved,
  workflowStates.approvedRisk,
]);

const automaticStates: ReadonlySet<WorkflowState> = new Set([
  workflowStates.calculated,
  workflowStates.calculatedMissingParameters,
  workflowStates.prolonged,
  workflowStates.givenByRole,
]);

function isAutomatic({ workflow_state }: RequestedRow): boolean {
  return automaticStates.has(workflow_state);
}
