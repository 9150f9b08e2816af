/** Asking for a role or a resource type, or against one that rules give. */
import {
  type Model,
  moveWorkflow,
  type Role,
  type WorkflowState,
  workflowStates,
} from '../../../config/index.ts';
import {
  type AssignmentParameters,
  isDenialInForce,
  type OwnerFacts,
  openRequestStates,
  type Period,
} from '../../evaluate/index.ts';
import {
  closeRequested,
  finishRun,
  insertRequested,
  listRequested,
  type RequestedKind,
  type RequestedRow,
  recordDecisions,
  recordMatchChanges,
  type StoreTransaction,
  startRun,
} from '../../store/index.ts';
import { type ApproverLists, isApprover } from './approvers.ts';
import { type CircuitState, enterCircuit, type RiskVerdict } from './circuit.ts';
import { RequestError } from './request-error.ts';
import { type AskedPeriod, requestPeriod } from './request-period.ts';
import {
  describeRisks,
  overrideKind,
  type RequestRisk,
  type RisksOfWishes,
  type RoleWish,
  verdictOf,
} from './risks.ts';
import { checkRequestable, findRole, nounOf, ownerTypesOf, toApproved } from './role-item.ts';
import { compareParameters, toRole } from './stored-role.ts';

/** What all requests and decisions about roles have in common. */
export interface RoleDecisionBasics {
  readonly person: string;
  readonly comment: string | null;
  /** UTC ISO. */
  readonly at: string;
  /** The same instant in the internal form. */
  readonly now: string;
  readonly isDryRun: boolean;
  readonly approvers: ApproverLists;
  /** The risks that owners of this entity type would have with these roles, and have not without them. */
  readonly risksOf: (ownerType: string, wishes: readonly RoleWish[]) => Promise<RisksOfWishes>;
}

export interface RoleRequest extends RoleDecisionBasics {
  readonly action: 'assign' | 'deny';
  readonly kind: RequestedKind;
  /** Of a resource type: its identifier. */
  readonly role: string;
  readonly owners: ReadonlyMap<number, OwnerFacts>;
  readonly asked: AskedPeriod;
  /** `null`: deliberately left empty, whatever the owner's context suggests. */
  readonly parameters: Readonly<Record<string, string | null>>;
  /** The person stands in for risks that leave it to a profile. */
  readonly overridesRisks?: boolean;
}

export interface RequestedRole {
  /** `null` in a dry run. */
  readonly id: number | null;
  readonly ownerId: number;
  readonly workflowState: WorkflowState;
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly parameters: AssignmentParameters;
  /** Required parameters without a value. */
  readonly missing: readonly string[];
  /** What the role would bring together with what the owner holds. */
  readonly risks: readonly RequestRisk[];
}

/** A request before the risks have their say. */
interface Proposal
  extends Pick<RequestedRole, 'ownerId' | 'startDate' | 'endDate' | 'parameters' | 'missing'> {
  readonly suggestion: RequestedRow | undefined;
}

interface PlannedRequest extends Omit<RequestedRole, 'id'> {
  readonly approvals: CircuitState['approvals'];
  /** A suggestion that the request takes up. */
  readonly replaces: number | null;
}

const suggestions: readonly WorkflowState[] = [
  workflowStates.suggested,
  workflowStates.suggestedExistingUser,
  workflowStates.automaticWithValidation,
];

/** Makes one request per owner, all or none. Throws `RequestError` before anything is written. */
export async function requestRole(
  t: StoreTransaction,
  model: Model,
  request: RoleRequest,
): Promise<readonly RequestedRole[]> {
  const role = findRole(model, request.kind, request.role);
  if (role === undefined) {
    const noun = nounOf(request.kind);
    throw new RequestError('REQUEST_ROLE_UNKNOWN', `There is no ${noun} "${request.role}".`, {
      hint: 'List the roles with "lockstep role list --defined".',
    });
  }
  checkRequestable(model, request.kind, role);
  checkParameters(model, request.parameters);
  const ownerIds = [...request.owners.keys()].sort((a, b) => a - b);
  const stored = await readStored(t, model, role, request, ownerIds);
  const proposals = ownerIds.map((ownerId) =>
    propose(role, request, ownerId, stored.get(ownerId) ?? []),
  );
  const risks = await findRisks(role, request, proposals);
  const verdicts = new Map([...risks].map(([ownerId, own]) => [ownerId, verdictOf(own)]));
  // One request is one set: what must not be for one of its owners is refused for all.
  const isBlocked = [...verdicts.values()].includes('blocking');
  const planned = proposals.map((proposal) => {
    const risk = isBlocked ? 'blocking' : (verdicts.get(proposal.ownerId) ?? 'none');
    return plan(model, role, request, proposal, { risk, risks: risks.get(proposal.ownerId) ?? [] });
  });
  const ids = request.isDryRun ? [] : await write(t, model, role, request, planned);
  return planned.map(({ approvals: _, replaces: __, ...shown }, index) => ({
    id: ids[index] ?? null,
    ...shown,
  }));
}

/** Throws `RequestError` for a dimension that there is not. */
export function checkParameters(
  model: Model,
  parameters: Readonly<Record<string, string | null>>,
): void {
  const unknown = Object.keys(parameters).find((dimension) => !model.dimensions.has(dimension));
  if (unknown === undefined) return;
  throw new RequestError('REQUEST_PARAMETER_UNKNOWN', `There is no dimension "${unknown}".`, {
    hint: `Nothing was changed. Dimensions are: ${[...model.dimensions.keys()].join(', ') || '(none)'}.`,
  });
}

async function readStored(
  t: StoreTransaction,
  model: Model,
  role: Role,
  { kind }: RoleRequest,
  ownerIds: readonly number[],
): Promise<ReadonlyMap<number, readonly RequestedRow[]>> {
  const rows: RequestedRow[] = [];
  const ownerTypes = ownerTypesOf(model);
  const chunkSize = t.dialect.maxParameters - 20;
  for (let start = 0; start < ownerIds.length; start += chunkSize) {
    const chunk = ownerIds.slice(start, start + chunkSize);
    const filter = { ownerType: role.entityType, ownerIds: chunk, kind, role: role.identifier };
    const page = { after: 0, limit: Number.MAX_SAFE_INTEGER };
    rows.push(...(await listRequested(t, ownerTypes, filter, page)));
  }
  return Map.groupBy(rows, (row) => row.owner_id);
}

/** What still lacks parameters is looked at once it has them. */
async function findRisks(
  role: Role,
  request: RoleRequest,
  proposals: readonly Proposal[],
): Promise<ReadonlyMap<number, readonly RequestRisk[]>> {
  if (request.action === 'deny') return new Map();
  const wishes = proposals
    .filter(({ missing }) => missing.length === 0)
    .map(({ ownerId, parameters, startDate, endDate, suggestion }) => ({
      ...{ ownerId, kind: request.kind, role: role.identifier, parameters, startDate, endDate },
      replaces: suggestion === undefined ? [] : [suggestion.id],
    }));
  const found = await request.risksOf(role.entityType, wishes);
  return new Map(
    [...found].map(([ownerId, own]) => [
      ownerId,
      describeRisks(own, request.overridesRisks === true),
    ]),
  );
}

function propose(
  role: Role,
  request: RoleRequest,
  ownerId: number,
  stored: readonly RequestedRow[],
): Proposal {
  const facts = request.owners.get(ownerId);
  if (facts === undefined || facts.span === null) {
    throw new RequestError(
      'REQUEST_OWNER_OUTSIDE',
      `The owner #${ownerId} has no period in which a role could be held.`,
      { hint: 'Nothing was changed. The context rule gives no context for this owner.' },
    );
  }
  const isDenial = request.action === 'deny';
  const parameters = isDenial
    ? given(request.parameters)
    : parametersOf(role, request.parameters, facts);
  checkStored(role, request, stored, parameters);
  const missing = isDenial
    ? []
    : role.requiredParameters.filter((dimension) => parameters[dimension] === undefined);
  const period: Period = isDenial
    ? { startDate: request.asked.start, endDate: request.asked.end }
    : requestPeriod(role, request.asked, facts.span, request.now);
  const suggestion = isDenial
    ? undefined
    : stored.find((row) => suggestions.includes(row.workflow_state));
  return { ownerId, ...period, parameters, missing, suggestion };
}

function plan(
  model: Model,
  role: Role,
  request: RoleRequest,
  { suggestion, ...proposal }: Proposal,
  about: { readonly risk: RiskVerdict; readonly risks: readonly RequestRisk[] },
): PlannedRequest {
  const { risk, risks } = about;
  const from = suggestion?.workflow_state ?? workflowStates.none;
  const mayApprove = (step: number): boolean =>
    isApprover(request.approvers, toApproved(model, role), step, request.person);
  const step = { settings: role, person: request.person, at: request.at, risk };
  const state: CircuitState =
    proposal.missing.length > 0 && risk !== 'blocking'
      ? { workflowState: moveWorkflow(from, 'requested-incomplete'), approvals: [] }
      : enterCircuit(from, step, mayApprove);
  // Refused, it takes up no suggestion.
  const replaces = risk === 'blocking' ? null : (suggestion?.id ?? null);
  return { ...proposal, ...state, risks, replaces };
}

function given(parameters: RoleRequest['parameters']): AssignmentParameters {
  return Object.fromEntries(
    Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}

/** What was given, what the role fixes, and for required ones what the owner's context suggests. */
function parametersOf(
  role: Role,
  asked: RoleRequest['parameters'],
  facts: OwnerFacts,
): AssignmentParameters {
  const fixed = role.dimensions.map(({ dimension, value }) => [dimension, value] as const);
  const suggested = role.requiredParameters
    .filter((dimension) => asked[dimension] === undefined)
    .map((dimension) => [dimension, facts.suggested.get(dimension) ?? null] as const);
  return {
    ...given(Object.fromEntries(suggested)),
    ...given(asked),
    ...Object.fromEntries(fixed),
  };
}

/** Refuses what is there already, what is denied, and what there is nothing to deny of. */
function checkStored(
  role: Role,
  request: RoleRequest,
  all: readonly RequestedRow[],
  parameters: AssignmentParameters,
): void {
  const compared = compareParameters(parameters);
  // A role may be held once per set of parameters; an account there is one, whatever its parameters are.
  const isType = request.kind === 'resource-type';
  const kept = isType ? 0 : compared.kept;
  const isSame = isType ? () => true : compared.isSame;
  const noun = nounOf(request.kind);
  const stored = all.filter((row) => row.end_date === null || row.end_date > request.now);
  const open = stored.filter(
    (row) => openRequestStates.has(row.workflow_state) && isSame(row.parameters),
  );
  const refuse = (message: string, hint: string): never => {
    throw new RequestError(
      'REQUEST_EXISTS',
      `${message} (${role.identifier}, owner #${stored[0]?.owner_id ?? 0}).`,
      {
        hint: `Nothing was changed. ${hint}`,
      },
    );
  };
  if (open.length > 0)
    refuse('The same has been asked for already, and waits', 'See "lockstep role list --open".');
  const denial = stored.find(
    (row) =>
      isDenialInForce(toRole(row)) &&
      (kept === 0 || isSame(row.parameters) || row.parameters === '{}'),
  );
  if (denial !== undefined)
    refuse(
      `The ${noun} is denied`,
      `Take the denial back with "lockstep role cancel ${denial.id}".`,
    );
  const manual = stored.find(
    (row) =>
      row.is_denied === 0 &&
      (row.workflow_state === workflowStates.approved ||
        row.workflow_state === workflowStates.approvedRisk) &&
      isSame(row.parameters),
  );
  if (manual !== undefined) {
    const hint =
      request.action === 'deny'
        ? `It was given by hand: take it back with "lockstep role cancel ${manual.id}".`
        : `Change its end with "lockstep role prolong ${manual.id}".`;
    refuse(`The owner holds the ${noun} by hand already`, hint);
  }
  if (request.action === 'deny' && !stored.some(isAutomatic)) {
    throw new RequestError(
      'REQUEST_NOTHING_TO_DENY',
      `No rule gives ${noun} ${role.identifier} to this owner.`,
      { hint: 'Nothing was changed. See what the owner holds with "lockstep role list --owner".' },
    );
  }
}

function isAutomatic({ workflow_state: state }: RequestedRow): boolean {
  const { calculated, calculatedMissingParameters, prolonged, givenByRole } = workflowStates;
  return [calculated, calculatedMissingParameters, prolonged, givenByRole].some(
    (one) => one === state,
  );
}

async function write(
  t: StoreTransaction,
  model: Model,
  role: Role,
  request: RoleRequest,
  planned: readonly PlannedRequest[],
): Promise<readonly number[]> {
  const subject = request.overridesRisks === true ? overrideKind : `role ${request.action}`;
  const runId = await openDecisionRun(t, model, request, subject);
  const run = { id: runId, at: request.at };
  const replaced = planned.map((one) => one.replaces).filter((id) => id !== null);
  await closeRequested(
    t,
    replaced.map((id) => ({ id, kind: request.kind })),
    'taken-up',
    run,
  );
  const ids = await insertRequested(
    t,
    request.kind,
    planned.map((one) => ({
      role: role.identifier,
      owner_type: role.entityType,
      owner_id: one.ownerId,
      workflow_state: one.workflowState,
      is_denied: request.action === 'deny' ? 1 : 0,
      is_inferred: 0,
      is_indirect: 0,
      start_date: one.startDate,
      end_date: one.endDate,
      parameters: compareParameters(one.parameters).text,
      cause: 'request' as const,
      basis: null,
      state_since: request.at,
      request: request.action,
      amends: null,
      requested_by: request.person,
      approvals: JSON.stringify(one.approvals),
    })),
    run,
  );
  await keepRoleDecisions(
    t,
    request,
    subject,
    planned.map((one, index) => ({
      id: ids[index] ?? 0,
      role: role.identifier,
      ownerType: role.entityType,
      ownerId: one.ownerId,
    })),
    runId,
  );
  return ids;
}

export async function openDecisionRun(
  t: StoreTransaction,
  model: Model,
  { at }: Pick<RoleDecisionBasics, 'at'>,
  subject: string,
): Promise<number> {
  return startRun(t, {
    kind: 'decision',
    subject,
    configurationHash: model.hash,
    startedAt: at,
  });
}

/** Keeps who decided what and why, marks the owners as touched, and ends the run. */
export async function keepRoleDecisions(
  t: StoreTransaction,
  decision: Pick<RoleDecisionBasics, 'person' | 'comment' | 'at'>,
  kind: string,
  rows: readonly {
    readonly id: number;
    readonly role: string;
    readonly ownerType: string;
    readonly ownerId: number;
  }[],
  runId: number,
): Promise<void> {
  await recordDecisions(
    t,
    rows.map((row) => ({
      kind,
      assigned_resource_type_id: row.id,
      subject: '',
      decided_by: decision.person,
      decided_at: decision.at,
      comment: decision.comment,
      run_id: runId,
      owner_type: row.ownerType,
      owner_id: row.ownerId,
      item: row.role,
    })),
  );
  for (const [ownerType, own] of Map.groupBy(rows, (row) => row.ownerType)) {
    const owners = [...new Set(own.map((row) => row.ownerId))].sort((a, b) => a - b);
    await recordMatchChanges(t, ownerType, owners, runId);
  }
  await finishRun(t, runId, {
    status: 'done',
    finishedAt: decision.at,
    details: { roles: rows.length, person: decision.person },
  });
}
