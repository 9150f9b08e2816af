/** Requests about assignments that are there: end them, put off their end, give the parameters they lack. */
import {
  type Model,
  moveWorkflow,
  type Role,
  type WorkflowState,
  workflowStates,
} from '../../../config/index.ts';
import {
  type AssignedRole,
  type OwnerFacts,
  openRequestStates,
  refusedRequestStates,
} from '../../evaluate/index.ts';
import {
  type AssignedRoleRow,
  type AssignmentRun,
  changeAssignedRoles,
  closeAssignedRoles,
  insertAssignedRoles,
  readAssignedRoles,
  type StoreTransaction,
} from '../../store/index.ts';
import { isApprover, isSamePerson } from './approvers.ts';
import { type CircuitState, enterCircuit, type RiskVerdict } from './circuit.ts';
import { RequestError } from './request-error.ts';
import { requestPeriod } from './request-period.ts';
import { keepRoleDecisions, openDecisionRun, type RoleDecisionBasics } from './request-roles.ts';
import { describeRisks, type RoleWish, verdictOf } from './risks.ts';
import { checkRequestable, findRole, toApproved } from './role-item.ts';
import { parametersText, toRole } from './stored-role.ts';

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
  readonly row: AssignedRoleRow;
  /** Of the assignment, or of the request that waits; `null`: the assignment ends. */
  readonly workflowState: WorkflowState | null;
  readonly endDate: string | null;
  /** Nothing waits for anybody. */
  readonly isDone: boolean;
}

interface Planned extends AmendedRole {
  readonly approvals: CircuitState['approvals'];
  readonly change:
    | { readonly kind: 'close' }
    | { readonly kind: 'ask' }
    | { readonly kind: 'move'; readonly changes: Partial<AssignedRoleRow> };
}

/** All or none. Throws `RequestError` before anything is written. */
export async function amendRoles(
  t: StoreTransaction,
  model: Model,
  amendment: RoleAmendment,
): Promise<readonly AmendedRole[]> {
  const rows = await readRows(t, amendment.ids);
  const waiting = await readWaiting(t, rows);
  const planned: Planned[] = [];
  for (const [ownerType, own] of Map.groupBy(rows, (row) => row.owner_type)) {
    const ownerIds = [...new Set(own.map((row) => row.owner_id))].sort((a, b) => a - b);
    const facts = await amendment.factsOf(ownerType, ownerIds);
    const risks = await findRisks(amendment, ownerType, own);
    for (const row of own) {
      if (waiting.has(row.id)) refuse(row, 'a request about it waits already');
      const about = { facts: facts.get(row.owner_id), risk: risks.get(row.owner_id) ?? 'none' };
      planned.push(await plan(model, amendment, row, about));
    }
  }
  if (!amendment.isDryRun) await write(t, model, amendment, planned);
  return planned.map(({ row, workflowState, endDate, isDone }) => ({
    row,
    workflowState,
    endDate,
    isDone,
  }));
}

/** A request that lacked parameters meets its risks when it gets them; nothing else here adds a role. */
async function findRisks(
  amendment: RoleAmendment,
  ownerType: string,
  rows: readonly AssignedRoleRow[],
): Promise<ReadonlyMap<number, RiskVerdict>> {
  const open = rows.filter(
    (row) =>
      amendment.action === 'complete' &&
      row.workflow_state === workflowStates.requestedMissingParameters,
  );
  if (open.length === 0) return new Map();
  const wishes = open.map((row): RoleWish => {
    const { kind, role, startDate, endDate, parameters } = toRole(row);
    return {
      ...{ ownerId: row.owner_id, kind, role, startDate, endDate },
      parameters: { ...parameters, ...amendment.parameters },
      replaces: [row.id],
    };
  });
  const found = await amendment.risksOf(ownerType, wishes);
  return new Map([...found].map(([id, risks]) => [id, verdictOf(describeRisks(risks, false))]));
}

async function readRows(
  t: StoreTransaction,
  ids: readonly number[],
): Promise<readonly AssignedRoleRow[]> {
  const rows = await readAssignedRoles(t, [...new Set(ids)]);
  const known = new Set(rows.map((row) => row.id));
  const missing = ids.find((id) => !known.has(id));
  if (missing === undefined) return rows;
  throw new RequestError('REQUEST_NOT_OPEN', `There is no assigned role ${missing}.`, {
    hint: 'Nothing was changed. See the numbers with "lockstep role list".',
  });
}

/** Assignments that a request waits about. */
async function readWaiting(
  t: StoreTransaction,
  rows: readonly AssignedRoleRow[],
): Promise<ReadonlySet<number>> {
  const found = new Set<number>();
  const ids = rows.map((row) => row.id);
  for (let start = 0; start < ids.length; start += t.dialect.maxParameters - 10) {
    const chunk = ids.slice(start, start + t.dialect.maxParameters - 10);
    for (const { amends, workflow_state: state } of await t
      .tx<AssignedRoleRow>('assigned_roles')
      .whereIn('amends', chunk)
      .select('amends', 'workflow_state')) {
      if (openRequestStates.has(state)) found.add(Number(amends));
    }
  }
  return found;
}

function refuse(row: AssignedRoleRow, why: string): never {
  throw new RequestError(
    'REQUEST_NOT_OPEN',
    `Nothing can be asked for about ${row.id} (${row.role}): ${why}.`,
    { hint: 'Nothing was changed. See the numbers and states with "lockstep role list".' },
  );
}

async function plan(
  model: Model,
  amendment: RoleAmendment,
  row: AssignedRoleRow,
  { facts, risk }: { readonly facts: OwnerFacts | undefined; readonly risk: RiskVerdict },
): Promise<Planned> {
  const role = findRole(model, row.kind, row.role);
  if (role === undefined) return refuse(row, 'the configuration does not know the role');
  checkRequestable(model, role);
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

function isManual(row: AssignedRoleRow): boolean {
  return held.includes(row.workflow_state);
}

function planEnd(
  model: Model,
  amendment: RoleAmendment,
  row: AssignedRoleRow,
  role: Role,
  stored: AssignedRole,
): Planned {
  const closed: Planned = {
    row,
    workflowState: null,
    endDate: null,
    isDone: true,
    approvals: [],
    change: { kind: 'close' },
  };
  if (refusedRequestStates.has(stored.workflowState)) return closed;
  if (openRequestStates.has(stored.workflowState)) {
    const isOwn = isSamePerson(row.requested_by ?? '', amendment.person);
    if (!isOwn)
      refuse(row, `only ${row.requested_by ?? 'the requester'} can take the request back`);
    return closed;
  }
  if (!isManual(row)) refuse(row, 'it was not given by hand; deny what rules give');
  const state = enter(model, amendment, role);
  if (state.workflowState === workflowStates.approved) return closed;
  return { ...closed, ...state, endDate: row.end_date, isDone: false, change: { kind: 'ask' } };
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
  row: AssignedRoleRow,
  role: Role,
  facts: OwnerFacts | undefined,
): Planned {
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
  row: AssignedRoleRow,
  about: { readonly role: Role; readonly stored: AssignedRole; readonly risk: RiskVerdict },
): Planned {
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
  const closed = planned.filter(({ change }) => change.kind === 'close');
  await closeAssignedRoles(
    t,
    closed.map(({ row }) => row.id),
    run,
  );
  const moved = Map.groupBy(
    planned.filter(({ change }) => change.kind === 'move'),
    ({ change }) => JSON.stringify(change),
  );
  for (const [, own] of moved) {
    const change = own[0]?.change;
    if (change?.kind !== 'move') continue;
    await changeAssignedRoles(
      t,
      own.map(({ row }) => row.id),
      { ...change.changes, state_since: amendment.at },
      run,
    );
  }
  const asked = planned.filter(({ change }) => change.kind === 'ask');
  await insertAssignedRoles(
    t,
    asked.map((one) => toRequestRow(amendment, one)),
    run,
  );
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
): Omit<AssignedRoleRow, 'id' | 'run_id' | 'valid_from'> {
  const { kind, role, owner_type, owner_id, parameters, start_date } = row;
  return {
    ...{ kind, role, owner_type, owner_id, parameters, start_date },
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
