/** Requests about assignments that are there: end them, put off their end, give the parameters they lack. */
import {
  type ClosingCause,
  type Model,
  moveWorkflow,
  type Role,
  type WorkflowState,
  workflowStates,
} from '../../../config/index.ts';
import { type OwnerFacts, openRequestStates, refusedRequestStates } from '../../evaluate/index.ts';
import {
  type AssignmentRun,
  changeRequested,
  closeRequested,
  insertRequested,
  listAmending,
  type RequestedChanges,
  type RequestedRow,
  readRequested,
  type StoreTransaction,
} from '../../store/index.ts';
import { isApprover, isSamePerson } from './approvers.ts';
import { type CircuitState, enterCircuit, type RiskVerdict } from './circuit.ts';
import { endAssignments } from './end-assignments.ts';
import { RequestError } from './request-error.ts';
import { checkParameters } from './request-parameters.ts';
import { requestPeriod } from './request-period.ts';
import { type RequestRisk, verdictOf } from './risks.ts';
import { keepRoleDecisions, openDecisionRun, type RoleDecisionBasics } from './role-decision.ts';
import { checkRequestable, findRole, ownerTypesOf, toApproved } from './role-item.ts';
import { risksOfEach } from './stored-risks.ts';
import { parametersText, type RequestedAssignment, toRole } from './stored-role.ts';

export interface RoleAmendment extends RoleDecisionBasics {
  readonly action: 'cancel' | 'prolong' | 'complete';
  readonly ids: readonly number[];
  /** Internal form; what `prolong` asks for, `null`: as long as the owner's records. */
  readonly end: string | null;
  readonly parameters: Readonly<Record<string, string>>;
  /** Of the owners of one entity type. */
  readonly factsOf: (
    ownerType: string,
    ownerIds: readonly number[],
  ) => Promise<ReadonlyMap<number, OwnerFacts>>;
}

export interface AmendedRole {
  readonly row: RequestedRow;
  /** Of the assignment, or of the request that waits; `null`: the assignment ends. */
  readonly workflowState: WorkflowState | null;
  readonly endDate: string | null;
  /** Nothing waits for anybody. */
  readonly isDone: boolean;
  /** What a request that gets its parameters would bring together with what the owner holds. */
  readonly risks: readonly RequestRisk[];
}

interface Planned extends AmendedRole {
  readonly approvals: CircuitState['approvals'];
  readonly change:
    | { readonly kind: 'close'; readonly cause: ClosingCause }
    | { readonly kind: 'end' }
    | { readonly kind: 'ask' }
    | { readonly kind: 'move'; readonly changes: RequestedChanges };
}

/** All or none. Throws `RequestError` before anything is written. */
export async function amendRoles(
  t: StoreTransaction,
  model: Model,
  amendment: RoleAmendment,
): Promise<readonly AmendedRole[]> {
  const rows = await readRows(t, model, amendment.ids);
  await checkParameters(t, model, requestablesOf(model, rows), amendment.parameters);
  const waiting = await readWaiting(t, rows);
  const risks = await findRisks(t, amendment, rows);
  // What was asked for together is refused together: a risk that blocks one of them blocks all.
  const isBlocked = [...risks.values()].some((own) => verdictOf(own) === 'blocking');
  const planned: Planned[] = [];
  for (const [ownerType, own] of Map.groupBy(rows, (row) => row.owner_type)) {
    const ownerIds = [...new Set(own.map((row) => row.owner_id))].sort((a, b) => a - b);
    const facts = await amendment.factsOf(ownerType, ownerIds);
    for (const row of own) {
      if (waiting.has(row.id)) refuse(row, 'a request about it waits already');
      const found = risks.get(row.id) ?? [];
      const risk = isBlocked ? 'blocking' : verdictOf(found);
      const about = { facts: facts.get(row.owner_id), risk };
      planned.push({ ...plan(model, amendment, row, about), risks: found });
    }
  }
  if (!amendment.isDryRun) await write(t, model, amendment, planned);
  return planned.map(({ row, workflowState, endDate, isDone, risks: found }) => ({
    ...{ row, workflowState, endDate, isDone },
    risks: found,
  }));
}

/** A request that lacked parameters meets its risks when it gets them; nothing else here adds anything. */
async function findRisks(
  t: StoreTransaction,
  { action, parameters, risksOf }: RoleAmendment,
  rows: readonly RequestedRow[],
): Promise<ReadonlyMap<number, readonly RequestRisk[]>> {
  const open = rows.filter(
    (row) =>
      action === 'complete' && row.workflow_state === workflowStates.requestedMissingParameters,
  );
  return risksOfEach(t, risksOf, open, parameters);
}

async function readRows(
  t: StoreTransaction,
  model: Model,
  ids: readonly number[],
): Promise<readonly RequestedRow[]> {
  const rows = await readRequested(t, ownerTypesOf(model), [...new Set(ids)]);
  const known = new Set(rows.map((row) => row.id));
  const missing = ids.find((id) => !known.has(id));
  const unknown = rows.find((row) => findRole(model, row.kind, row.role) === undefined);
  if (unknown !== undefined) refuse(unknown, 'the configuration does not know it');
  if (missing === undefined) return rows;
  throw new RequestError('REQUEST_NOT_OPEN', `There is no assigned role ${missing}.`, {
    hint: 'Nothing was changed. See the numbers with "lockstep role list".',
  });
}

/** What these rows are of, each once. */
function requestablesOf(
  model: Model,
  rows: readonly RequestedRow[],
): readonly { readonly kind: RequestedRow['kind']; readonly role: Role }[] {
  const named = new Map(rows.map((row) => [`${row.kind} ${row.role}`, row]));
  return [...named.values()].flatMap(({ kind, role: name }) => {
    const role = findRole(model, kind, name);
    return role === undefined ? [] : [{ kind, role }];
  });
}

/** Assignments that a request waits about. */
async function readWaiting(
  t: StoreTransaction,
  rows: readonly RequestedRow[],
): Promise<ReadonlySet<number>> {
  const ids = rows.map((row) => row.id);
  const amending = await listAmending(t, ids);
  return new Set(
    amending.filter(({ state }) => openRequestStates.has(state)).map(({ amends }) => amends),
  );
}

function refuse(row: RequestedRow, why: string): never {
  throw new RequestError(
    'REQUEST_NOT_OPEN',
    `Nothing can be asked for about ${row.id} (${row.role}): ${why}.`,
    { hint: 'Nothing was changed. See the numbers and states with "lockstep role list".' },
  );
}

type PlannedRow = Omit<Planned, 'risks'>;

function plan(
  model: Model,
  amendment: RoleAmendment,
  row: RequestedRow,
  { facts, risk }: { readonly facts: OwnerFacts | undefined; readonly risk: RiskVerdict },
): PlannedRow {
  const role = findRole(model, row.kind, row.role);
  if (role === undefined) return refuse(row, 'the configuration does not know the role');
  checkRequestable(model, row.kind, role);
  const stored = toRole(row);
  switch (amendment.action) {
    case 'cancel':
      return planEnd(model, amendment, row, role, stored);
    case 'prolong':
      return planProlongation(model, amendment, row, role, facts);
    case 'complete':
      return planCompletion(model, amendment, row, { role, stored, risk });
  }
}

const held: readonly WorkflowState[] = [
  workflowStates.approved,
  workflowStates.approvedRisk,
  workflowStates.questioned,
];

function isManual(row: RequestedRow): boolean {
  return held.includes(row.workflow_state);
}

function planEnd(
  model: Model,
  amendment: RoleAmendment,
  row: RequestedRow,
  role: Role,
  stored: RequestedAssignment,
): PlannedRow {
  const close = (change: PlannedRow['change']): PlannedRow => ({
    row,
    workflowState: null,
    endDate: null,
    isDone: true,
    approvals: [],
    change,
  });
  if (refusedRequestStates.has(stored.workflowState))
    return close({ kind: 'close', cause: 'refusal-cleared' });
  if (openRequestStates.has(stored.workflowState)) {
    const isOwn = isSamePerson(row.requested_by ?? '', amendment.person);
    if (!isOwn)
      refuse(row, `only ${row.requested_by ?? 'the requester'} can take the request back`);
    return close({ kind: 'close', cause: 'request-withdrawn' });
  }
  if (!isManual(row)) refuse(row, 'it was not given by hand; deny what rules give');
  const state = enter(model, amendment, role);
  const handedBack = close({ kind: 'end' });
  if (state.workflowState === workflowStates.approved) return handedBack;
  return { ...handedBack, ...state, endDate: row.end_date, isDone: false, change: { kind: 'ask' } };
}

/** Requests about something that is there carry no new risk. */
function enter(model: Model, amendment: RoleAmendment, role: Role): CircuitState {
  const { person, at, approvers } = amendment;
  const approved = toApproved(model, role);
  return enterCircuit(workflowStates.none, { settings: role, person, at, risk: 'none' }, (step) =>
    isApprover(approvers, approved, step, person),
  );
}

function planProlongation(
  model: Model,
  amendment: RoleAmendment,
  row: RequestedRow,
  role: Role,
  facts: OwnerFacts | undefined,
): PlannedRow {
  if (!isManual(row) || row.is_denied === 1) refuse(row, 'it was not given by hand');
  const span = facts?.span ?? null;
  if (span === null) return refuse(row, 'its owner has no period in which a role could be held');
  const asked = { start: null, end: amendment.end };
  const { endDate } = requestPeriod(role, asked, span, amendment.now);
  const isLater = row.end_date !== null && (endDate === null || endDate > row.end_date);
  const state: CircuitState =
    isLater && role.prolongsWithoutApproval
      ? { workflowState: workflowStates.approved, approvals: [] }
      : enter(model, amendment, role);
  const isDone = state.workflowState === workflowStates.approved;
  return {
    row,
    ...state,
    endDate,
    isDone,
    change: isDone ? { kind: 'move', changes: { end_date: endDate } } : { kind: 'ask' },
  };
}

/** A computed role takes effect with its parameters; a request goes on its way. */
function planCompletion(
  model: Model,
  amendment: RoleAmendment,
  row: RequestedRow,
  about: { readonly role: Role; readonly stored: RequestedAssignment; readonly risk: RiskVerdict },
): PlannedRow {
  const { role, stored, risk } = about;
  const { requestedMissingParameters, calculatedMissingParameters } = workflowStates;
  const parameters = { ...stored.parameters, ...amendment.parameters };
  const missing = role.requiredParameters.filter((one) => parameters[one] === undefined);
  if (missing.length > 0) refuse(row, `it still lacks ${missing.join(', ')}`);
  const text = parametersText(parameters);
  const base = { row, endDate: row.end_date, isDone: true };
  if (stored.workflowState === calculatedMissingParameters) {
    const workflowState = moveWorkflow(stored.workflowState, 'given');
    const changes = {
      workflow_state: workflowState,
      parameters: text,
      requested_by: amendment.person,
    };
    return { ...base, workflowState, approvals: [], change: { kind: 'move', changes } };
  }
  if (stored.workflowState !== requestedMissingParameters) refuse(row, 'it lacks no parameter');
  const person = row.requested_by ?? amendment.person;
  const approved = toApproved(model, role);
  const state = enterCircuit(
    stored.workflowState,
    { settings: role, person, at: amendment.at, risk },
    (step) => isApprover(amendment.approvers, approved, step, person),
  );
  const changes = {
    workflow_state: state.workflowState,
    parameters: text,
    approvals: JSON.stringify(state.approvals),
  };
  const isDone = state.workflowState === workflowStates.approved;
  return { ...base, ...state, isDone, change: { kind: 'move', changes } };
}

async function write(
  t: StoreTransaction,
  model: Model,
  amendment: RoleAmendment,
  planned: readonly Planned[],
): Promise<void> {
  const subject = `role ${amendment.action}`;
  const runId = await openDecisionRun(t, model, amendment, subject);
  const run: AssignmentRun = { id: runId, at: amendment.at };
  const closed = Map.groupBy(planned, ({ change }) =>
    change.kind === 'close' ? change.cause : null,
  );
  for (const [cause, own] of closed) {
    if (cause === null) continue;
    await closeRequested(
      t,
      own.map(({ row }) => row),
      cause,
      run,
    );
  }
  const ended = planned.filter(({ change }) => change.kind === 'end');
  await endAssignments(
    t,
    ended.map(({ row }) => row),
    amendment.now,
    run,
  );
  const moved = Map.groupBy(
    planned.filter(({ change }) => change.kind === 'move'),
    ({ change }) => JSON.stringify(change),
  );
  for (const [, own] of moved) {
    const change = own[0]?.change;
    if (change?.kind !== 'move') continue;
    await changeRequested(
      t,
      own.map(({ row }) => row),
      { ...change.changes, state_since: amendment.at },
      run,
    );
  }
  const asked = planned.filter(({ change }) => change.kind === 'ask');
  for (const [kind, own] of Map.groupBy(asked, ({ row }) => row.kind)) {
    await insertRequested(
      t,
      kind,
      own.map((one) => toRequestRow(amendment, one)),
      run,
    );
  }
  const decided = planned.map(({ row }) => ({
    id: row.id,
    role: row.role,
    ownerType: row.owner_type,
    ownerId: row.owner_id,
  }));
  await keepRoleDecisions(t, amendment, subject, decided, runId);
}

/** A row of its own, beside the assignment it is about, which holds as it is until somebody agrees. */
function toRequestRow(
  amendment: RoleAmendment,
  { row, workflowState, endDate, approvals }: Planned,
): Omit<RequestedRow, 'id' | 'kind' | 'run_id' | 'valid_from'> {
  const { role, owner_type, owner_id, parameters, start_date } = row;
  return {
    ...{ role, owner_type, owner_id, parameters, start_date },
    workflow_state: workflowState ?? workflowStates.none,
    is_denied: 0,
    is_inferred: 0,
    is_indirect: 0,
    end_date: endDate,
    cause: 'request',
    basis: null,
    state_since: amendment.at,
    request: amendment.action === 'cancel' ? 'cancel' : 'prolong',
    amends: row.id,
    requested_by: amendment.person,
    approvals: JSON.stringify(approvals),
  };
}
