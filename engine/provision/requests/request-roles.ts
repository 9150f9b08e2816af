/** Asking for a role or a resource type, or against one that rules give. */
import {
  type Model,
  moveWorkflow,
  type Role,
  type WorkflowState,
  workflowStates,
} from '../../../config/index.ts';
import type { AssignmentParameters, OwnerFacts, Period } from '../../evaluate/index.ts';
import {
  closeRequested,
  insertRequested,
  listRequested,
  type RequestedKind,
  type RequestedRow,
  readNames,
  type StoreTransaction,
} from '../../store/index.ts';
import { isApprover } from './approvers.ts';
import { findObstacle, isForFurtherAccount, type RequestObstacle } from './check-request.ts';
import { type CircuitState, enterCircuit, type RiskVerdict } from './circuit.ts';
import { RequestError } from './request-error.ts';
import {
  type AskedParameters,
  checkParameters,
  completeParameters,
  given,
} from './request-parameters.ts';
import { type AskedPeriod, requestPeriod } from './request-period.ts';
import { describeRisks, overrideKind, type RequestRisk, verdictOf } from './risks.ts';
import { keepRoleDecisions, openDecisionRun, type RoleDecisionBasics } from './role-decision.ts';
import { checkRequestable, findRole, nounOf, ownerTypesOf, toApproved } from './role-item.ts';
import { compareParameters } from './stored-role.ts';

export interface RoleRequest extends RoleDecisionBasics {
  readonly action: 'assign' | 'deny';
  readonly kind: RequestedKind;
  /** Of a resource type: its identifier. */
  readonly role: string;
  readonly owners: ReadonlyMap<number, OwnerFacts>;
  readonly asked: AskedPeriod;
  /** `null`: deliberately left empty, whatever the owner's context suggests. */
  readonly parameters: AskedParameters;
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
  await checkParameters(t, model, [{ kind: request.kind, role }], request.parameters);
  const ownerIds = [...request.owners.keys()].sort((a, b) => a - b);
  const stored = await readStored(t, model, role, request, ownerIds);
  const proposals: Proposal[] = [];
  for (const ownerId of ownerIds) {
    const own = stored.get(ownerId) ?? [];
    const { facts, span } = factsOf(request, ownerId);
    const isDenial = request.action === 'deny';
    const parameters = isDenial
      ? given(request.parameters)
      : completeParameters(role, request.parameters, facts);
    const checked = { ...request, role, parameters };
    const obstacle = findObstacle(model, checked, own);
    if (obstacle !== null) throw await refuse(t, model, role, ownerId, obstacle);
    // What rules propose is another account than one that is asked for beside it.
    const proposed = isForFurtherAccount(model, checked) ? [] : own;
    proposals.push(propose(role, request, { ownerId, span, parameters }, proposed));
  }
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

function factsOf(
  { owners }: RoleRequest,
  ownerId: number,
): { readonly facts: OwnerFacts; readonly span: Period } {
  const facts = owners.get(ownerId);
  const span = facts?.span ?? null;
  if (facts !== undefined && span !== null) return { facts, span };
  throw new RequestError(
    'REQUEST_OWNER_OUTSIDE',
    `The owner #${ownerId} has no period in which a role could be held.`,
    { hint: 'Nothing was changed. The context rule gives no context for this owner.' },
  );
}

function propose(
  role: Role,
  request: RoleRequest,
  about: {
    readonly ownerId: number;
    readonly span: Period;
    readonly parameters: AssignmentParameters;
  },
  stored: readonly RequestedRow[],
): Proposal {
  const { ownerId, span, parameters } = about;
  if (request.action === 'deny') {
    const { start: startDate, end: endDate } = request.asked;
    return { ownerId, startDate, endDate, parameters, missing: [], suggestion: undefined };
  }
  const missing = role.requiredParameters.filter(
    (dimension) => parameters[dimension] === undefined,
  );
  const period = requestPeriod(role, request.asked, span, request.now);
  const suggestion = stored.find((row) => suggestions.includes(row.workflow_state));
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

async function refuse(
  t: StoreTransaction,
  { entityModel }: Model,
  { identifier, entityType }: Role,
  ownerId: number,
  { code, message, hint }: RequestObstacle,
): Promise<RequestError> {
  const { key = `#${ownerId}` } =
    (await readNames(t, entityModel, entityType, [ownerId])).get(ownerId) ?? {};
  return new RequestError(code, `${message} (${identifier}, ${entityType}:${key}).`, {
    hint: `Nothing was changed. ${hint}`,
  });
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
