/** Role review: requests that wait for approval, risks that wait for one, and what a change of rules took away. */
import {
  type Model,
  type Role,
  type WorkflowState,
  workflowStates,
} from '../../../config/index.ts';
import type { OwnerFacts } from '../../evaluate/index.ts';
import {
  type AssignmentRun,
  changeRequested,
  closeRequested,
  listRequested,
  type RequestedChanges,
  type RequestedRow,
  readRequested,
  type StoreTransaction,
} from '../../store/index.ts';
import { checkComment } from '../comments.ts';
import { describeLastDecision } from '../decision.ts';
import { DecisionError } from '../errors.ts';
import { whyNot } from './approvers.ts';
import { approveStep, declineStep, openStep, type RiskVerdict, reviewStates } from './circuit.ts';
import { endAssignments } from './end-assignments.ts';
import { requestPeriod } from './request-period.ts';
import { type RequestRisk, verdictOf } from './risks.ts';
import { keepRoleDecisions, openDecisionRun, type RoleDecisionBasics } from './role-decision.ts';
import { findRole, ownerTypesOf, toApproved } from './role-item.ts';
import { risksOfEach } from './stored-risks.ts';
import { toRole } from './stored-role.ts';

export interface RoleReviewDecision extends RoleDecisionBasics {
  readonly decision: 'approve' | 'decline';
  /** Empty: everything that waits and the filter lets through. */
  readonly ids: readonly number[];
  readonly filter: { readonly role?: string; readonly owner?: RoleOwner };
  readonly factsOf: (
    ownerType: string,
    ownerIds: readonly number[],
  ) => Promise<ReadonlyMap<number, OwnerFacts>>;
}

export interface RoleOwner {
  readonly entityType: string;
  readonly id: number;
}

export interface ReviewedRole {
  readonly row: RequestedRow;
  /** `null`: the row ends. */
  readonly workflowState: WorkflowState | null;
}

interface Planned extends ReviewedRole {
  readonly changes: RequestedChanges;
}

const pageSize = 5_000;

/** One step of each, all or none. Throws `DecisionError` before anything is written. */
export async function reviewRoles(
  t: StoreTransaction,
  model: Model,
  decision: RoleReviewDecision,
): Promise<readonly ReviewedRole[]> {
  const rows = await readOpen(t, model, decision);
  const comment = checkComment(
    model,
    rows.map((row) => findRole(model, row.kind, row.role) ?? { identifier: row.role, policy: '' }),
    decision.decision === 'approve' ? 'approveInReview' : 'declineInReview',
    decision.comment,
  );
  const risks = await findRisks(t, decision, rows);
  const facts = await factsOf(decision, rows);
  const planned = rows.map((row) =>
    plan(model, decision, row, {
      risk: risks.get(row.id) ?? 'none',
      facts: facts.get(`${row.owner_type}:${row.owner_id}`),
    }),
  );
  if (!decision.isDryRun && rows.length > 0) {
    await write(t, model, { ...decision, comment }, planned);
  }
  return planned.map(({ row, workflowState }) => ({ row, workflowState }));
}

async function readOpen(
  t: StoreTransaction,
  model: Model,
  { decision, ids, filter }: RoleReviewDecision,
): Promise<readonly RequestedRow[]> {
  const ownerTypes = ownerTypesOf(model);
  if (ids.length > 0) {
    const rows = await readRequested(t, ownerTypes, [...new Set(ids)]);
    const open = rows.filter((row) => reviewStates.includes(row.workflow_state));
    const known = new Set(open.map((row) => row.id));
    const stuck = ids.find((id) => !known.has(id));
    if (stuck === undefined) return open;
    const last = await describeLastDecision(t, stuck);
    throw new DecisionError(
      'DECISION_NOT_OPEN',
      `There is nothing to ${decision} for ${stuck}.${last}`,
      {
        hint: 'Nothing was changed. See what waits with "lockstep role list --review".',
        details: { assignedRoleId: stuck },
      },
    );
  }
  const rows: RequestedRow[] = [];
  const chosen = {
    states: reviewStates,
    ...(filter.role === undefined ? {} : { role: filter.role }),
    ...(filter.owner === undefined
      ? {}
      : { ownerType: filter.owner.entityType, ownerIds: [filter.owner.id] }),
  };
  for (let after = 0; ; ) {
    const page = await listRequested(t, ownerTypes, chosen, { after, limit: pageSize });
    rows.push(...page);
    if (page.length < pageSize) return rows;
    after = page.at(-1)?.id ?? after;
  }
}

/** Everything that is agreed to at once is looked at together. Throws `DECISION_RISK_BLOCKS`. */
async function findRisks(
  t: StoreTransaction,
  decision: RoleReviewDecision,
  rows: readonly RequestedRow[],
): Promise<ReadonlyMap<number, RiskVerdict>> {
  const found = new Map<number, RiskVerdict>();
  if (decision.decision === 'decline') return found;
  const adding = rows.filter((row) => row.request === 'assign');
  const risks = await risksOfEach(t, decision.risksOf, adding);
  for (const row of adding) {
    const described = risks.get(row.id) ?? [];
    const verdict = verdictOf(described);
    if (verdict === 'blocking') refuseBlocked(row, described);
    found.set(row.id, verdict);
  }
  return found;
}

function refuseBlocked(row: RequestedRow, risks: readonly RequestRisk[]): never {
  const blocking = risks.filter(({ effect }) => effect === 'blocking');
  const names = blocking.map(({ name }) => name).join(', ');
  throw new DecisionError(
    'DECISION_RISK_BLOCKS',
    `${row.id} (${row.role}) cannot be approved: with what its owner holds by now it is a risk (${names}).`,
    {
      hint: 'Nothing was changed. Decline it, or take away first what it must not be held with.',
      details: { assignedRoleId: row.id, risks: blocking.map(({ risk }) => risk) },
    },
  );
}

/** Only what was prolonged needs a new end, and that an owner. */
async function factsOf(
  decision: RoleReviewDecision,
  rows: readonly RequestedRow[],
): Promise<ReadonlyMap<string, OwnerFacts>> {
  const found = new Map<string, OwnerFacts>();
  if (decision.decision === 'decline') return found;
  const prolonged = rows.filter((row) => row.workflow_state === workflowStates.prolonged);
  for (const [ownerType, own] of Map.groupBy(prolonged, (row) => row.owner_type)) {
    const ids = [...new Set(own.map((row) => row.owner_id))].sort((a, b) => a - b);
    for (const [id, facts] of await decision.factsOf(ownerType, ids))
      found.set(`${ownerType}:${id}`, facts);
  }
  return found;
}

function plan(
  model: Model,
  decision: RoleReviewDecision,
  row: RequestedRow,
  about: { readonly risk: RiskVerdict; readonly facts: OwnerFacts | undefined },
): Planned {
  const role = findRole(model, row.kind, row.role);
  if (role !== undefined) checkPerson(model, decision, row, role);
  return decision.decision === 'decline'
    ? planDecline(row)
    : planApproval(decision, row, role, about);
}

function checkPerson(
  model: Model,
  decision: RoleReviewDecision,
  row: RequestedRow,
  role: Role,
): void {
  const { approvals, requestedBy } = toRole(row);
  const step = openStep(row.workflow_state) ?? 1;
  // Whoever asked may think better of it; only approving one's own request is refused.
  const isDecline = decision.decision === 'decline';
  const request = { requestedBy: isDecline ? null : requestedBy, approvals, step };
  const reason = whyNot(
    decision.approvers,
    toApproved(model, role),
    isDecline ? { ...request, approvals: [] } : request,
    decision.person,
  );
  if (reason === null) return;
  throw new DecisionError(
    'DECISION_PERSON_REFUSED',
    `${row.id} (${row.role}) cannot be decided: ${reason}.`,
    {
      hint: 'Nothing was changed. Let somebody else decide; --by says who, and the setting RoleReview.Approvers who may.',
      details: { assignedRoleId: row.id },
    },
  );
}

function planDecline(row: RequestedRow): Planned {
  const workflowState = declineStep(row.workflow_state);
  // What was to end or to last longer goes on as it is.
  if (row.amends !== null) return { row, workflowState: null, changes: {} };
  return { row, workflowState, changes: { workflow_state: workflowState } };
}

function planApproval(
  decision: RoleReviewDecision,
  row: RequestedRow,
  role: Role | undefined,
  { risk, facts }: { readonly risk: RiskVerdict; readonly facts: OwnerFacts | undefined },
): Planned {
  const { person, at, now } = decision;
  const stored = toRole(row);
  const { workflowState, approvals } = approveStep(stored, { person, at, risk });
  const isApproved =
    workflowState === workflowStates.approved || workflowState === workflowStates.approvedRisk;
  if (row.amends !== null && isApproved) return { row, workflowState: null, changes: {} };
  const changes = { workflow_state: workflowState, approvals: JSON.stringify(approvals) };
  if (row.workflow_state !== workflowStates.prolonged || role === undefined) {
    return { row, workflowState, changes };
  }
  const span = facts?.span ?? { startDate: null, endDate: null };
  const settings = { ...role, endDateLock: 'ExplicitContextBoundByDefault' as const };
  const { endDate } = requestPeriod(settings, { start: null, end: null }, span, now);
  return { row, workflowState, changes: { ...changes, end_date: endDate } };
}

async function write(
  t: StoreTransaction,
  model: Model,
  decision: RoleReviewDecision,
  planned: readonly Planned[],
): Promise<void> {
  const subject = `role ${decision.decision}`;
  const runId = await openDecisionRun(t, model, decision, subject);
  const run: AssignmentRun = { id: runId, at: decision.at };
  const ended = planned.filter((one) => one.workflowState === null).map(({ row }) => row);
  if (decision.decision === 'approve') await amend(t, ended, decision.now, run);
  await closeRequested(t, ended, 'amendment-settled', run);
  const moved = planned.filter((one) => one.workflowState !== null);
  for (const [, own] of Map.groupBy(moved, ({ changes }) => JSON.stringify(changes))) {
    const rows = own.map(({ row }) => row);
    await changeRequested(t, rows, { ...own[0]?.changes, state_since: decision.at }, run);
  }
  const decided = planned.map(({ row }) => ({
    id: row.id,
    role: row.role,
    ownerType: row.owner_type,
    ownerId: row.owner_id,
  }));
  await keepRoleDecisions(t, decision, subject, decided, runId);
}

/** What was approved happens to the assignments it is about; one that is gone by now needs nothing. */
async function amend(
  t: StoreTransaction,
  requests: readonly RequestedRow[],
  now: string,
  run: AssignmentRun,
): Promise<void> {
  const amended = (rows: readonly RequestedRow[]): readonly Pick<RequestedRow, 'id' | 'kind'>[] =>
    rows.flatMap(({ amends, kind }) => (amends === null ? [] : [{ id: amends, kind }]));
  const { cancel = [], prolong = [] } = Object.groupBy(requests, (row) =>
    row.request === 'cancel' ? 'cancel' : 'prolong',
  );
  await endAssignments(t, amended(cancel), now, run);
  for (const [end, own] of Map.groupBy(prolong, (row) => row.end_date)) {
    await changeRequested(t, amended(own), { end_date: end, state_since: run.at }, run);
  }
}
