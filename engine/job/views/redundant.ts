/**
 * Assignments that a person approved and that a rule gives as well by now. Merging them hands them back to the rules: inside
 * the rule's time they are calculated, outside they stay approved.
 */
import { type Model, moveWorkflow, workflowStates } from '../../../config/index.ts';
import {
  type AssignedResourceType,
  type AssignedRole,
  type EvaluationOptions,
  evaluateOwner,
  isFurtherAccount,
  type OwnerState,
} from '../../evaluate/index.ts';
import { DecisionError } from '../../provision/index.ts';
import {
  copyAssignedRoles,
  finishRun,
  listManualOwners,
  moveAssigned,
  type ResourceName,
  readAssignedRoles,
  readNames,
  recordDecisions,
  recordMatchChanges,
  type StoreTransaction,
  startRun,
  writePeriod,
} from '../../store/index.ts';
import { runClock } from '../run-clock.ts';
import { EvaluationSession } from '../tasks/evaluation-session.ts';
import type { Workspace } from '../workspace.ts';

interface Period {
  /** Internal form; `null` is unbounded. */
  readonly startDate: string | null;
  readonly endDate: string | null;
}

export interface RedundantAssignment {
  readonly id: number;
  readonly kind: 'role' | 'resource-type';
  /** The role or the resource type. */
  readonly item: string;
  readonly ownerType: string;
  readonly owner: ResourceName;
  readonly manual: Period;
  /** When the rule gives it. */
  readonly rule: Period;
  /** What stays approved by hand: times outside those of the rule. */
  readonly remains: readonly Period[];
}

export interface RedundantFilter {
  readonly item?: string;
}

/** Owners looked at together. */
const pageSize = 500;
const { approved, approvedRisk, questioned, calculated, givenByRole } = workflowStates;
const manualStates: readonly number[] = [approved, approvedRisk, questioned];
const givenStates: readonly number[] = [calculated, givenByRole];

/** All of them, found by evaluating each owner as if nobody had approved. Memory: one page of owners, and what is found. */
export async function listRedundant(
  workspace: Workspace,
  filter: RedundantFilter = {},
): Promise<readonly RedundantAssignment[]> {
  return workspace.store.read((t) => findRedundant(t, workspace, filter));
}

async function findRedundant(
  t: StoreTransaction,
  workspace: Workspace,
  filter: RedundantFilter,
): Promise<readonly RedundantAssignment[]> {
  const { model, effects } = workspace;
  const clock = runClock(effects.now());
  const found: RedundantAssignment[] = [];
  for (const entityType of ownerTypesOf(model)) {
    const session = await EvaluationSession.open(t, model, entityType);
    const options = await session.readOptions(t, clock);
    const own = [...model.resourceTypes.values()]
      .filter((type) => type.sourceEntityType === entityType)
      .map((type) => type.identifier);
    for (let after = 0; ; ) {
      effects.signal.throwIfAborted();
      const ids = await listManualOwners(t, entityType, own, { after, limit: pageSize });
      if (ids.length === 0) break;
      after = ids.at(-1) ?? after;
      const { stored, matches, view } = await session.prepare(t, ids);
      const names = await readNames(t, model.entityModel, entityType, ids);
      for (const id of ids) {
        const owner = view(id);
        const name = names.get(id);
        const before = stored.get(id);
        if (owner === null || name === undefined || before === undefined) continue;
        const state = { owner, ...before };
        for (const one of redundantOf(model, state, matches, options))
          if (filter.item === undefined || one.item === filter.item)
            found.push({ ...one, ownerType: entityType, owner: name });
      }
    }
  }
  return found;
}

function ownerTypesOf(model: Model): readonly string[] {
  const types = [
    ...[...model.resourceTypes.values()].map((type) => type.sourceEntityType),
    ...[...model.singleRoles.values()].map((role) => role.entityType),
    ...[...model.compositeRoles.values()].map((role) => role.entityType),
  ];
  return [...new Set(types)].sort();
}

type Found = Omit<RedundantAssignment, 'ownerType' | 'owner'>;

/** One by one: each approval is left out alone, so that one may still be given because of another. */
function redundantOf(
  model: Model,
  state: OwnerState,
  matches: Parameters<typeof evaluateOwner>[2],
  options: EvaluationOptions,
): readonly Found[] {
  const evaluate = (changed: Partial<OwnerState>) =>
    evaluateOwner(model, { ...state, ...changed }, matches, options);
  const found: Found[] = [];
  for (const role of state.roles.filter(isManual)) {
    const roles = state.roles.map((one) => (one === role ? asCalculated(one) : one));
    const given = evaluate({ roles }).roles.find((one) => one.id === role.id);
    if (given === undefined || !givenStates.includes(given.workflowState)) continue;
    const remains = subtract(role, given).filter((part) => !isPast(part, options.now));
    found.push(describe('role', role.role, role, given, remains));
  }
  // What was asked for beside another account, no rule gives.
  const isFurther = (row: AssignedResourceType): boolean =>
    isFurtherAccount(model.resourceTypes.get(row.resourceType), row);
  for (const type of state.resourceTypes.filter((row) => isManual(row) && !isFurther(row))) {
    const resourceTypes = state.resourceTypes.map((one) =>
      one === type ? asCalculated(one) : one,
    );
    const given = evaluate({ resourceTypes }).resourceTypes.find((one) => one.id === type.id);
    if (given === undefined || !givenStates.includes(given.workflowState)) continue;
    const remains = subtract(type, given).filter((part) => !isPast(part, options.now));
    // One account is one row: what a rule gives for a part of the time only stays as a person has it.
    if (remains.length > 0) continue;
    found.push(describe('resource-type', type.resourceType, type, given, []));
  }
  return found;
}

function isManual(one: AssignedRole | AssignedResourceType): boolean {
  const isIndirect = 'isIndirect' in one && one.isIndirect;
  return (
    one.id !== null && !one.isDenied && !isIndirect && manualStates.includes(one.workflowState)
  );
}

function asCalculated<T extends AssignedRole | AssignedResourceType>(one: T): T {
  return { ...one, workflowState: calculated, request: null };
}

function describe(
  kind: RedundantAssignment['kind'],
  item: string,
  manual: AssignedRole | AssignedResourceType,
  rule: Period,
  remains: readonly Period[],
): Found {
  const id = manual.id ?? 0;
  return { id, kind, item, manual: periodOf(manual), rule: periodOf(rule), remains };
}

function periodOf({ startDate, endDate }: Period): Period {
  return { startDate, endDate };
}

/** Times of the one outside the other. */
function subtract(one: Period, other: Period): readonly Period[] {
  const { startDate: start, endDate: end } = one;
  const parts: Period[] = [];
  const { startDate, endDate } = other;
  if (startDate !== null && (start === null || start < startDate))
    parts.push({ startDate: start, endDate: end !== null && end < startDate ? end : startDate });
  if (endDate !== null && (end === null || end > endDate))
    parts.push({ startDate: start !== null && start > endDate ? start : endDate, endDate: end });
  return parts;
}

function isPast({ endDate }: Period, now: string): boolean {
  return endDate !== null && endDate <= now;
}

export interface RedundantDecision {
  /** Empty: all that the filter lets through. */
  readonly ids: readonly number[];
  readonly filter: RedundantFilter;
  readonly person: string;
  readonly comment: string | null;
  readonly at: string;
  readonly isDryRun: boolean;
}

/** Found anew and merged in one transaction: what is no longer redundant is refused, or left alone. */
export async function mergeRedundant(
  workspace: Workspace,
  decision: RedundantDecision,
): Promise<{ readonly changed: number; readonly ids: readonly number[] }> {
  const { store, model } = workspace;
  return store.transaction(async (t) => {
    const all = await findRedundant(t, workspace, decision.filter);
    const known = new Map(all.map((one) => [one.id, one]));
    const stuck = decision.ids.find((id) => !known.has(id));
    if (stuck !== undefined) {
      throw new DecisionError('DECISION_NOT_OPEN', `No rule gives what ${stuck} stands for.`, {
        hint: 'Nothing was changed. See what rules give as well with "lockstep reconcile redundant list".',
        details: { assignmentId: stuck },
      });
    }
    const chosen =
      decision.ids.length === 0 ? all : decision.ids.flatMap((id) => known.get(id) ?? []);
    const ids = [...new Set(chosen.map((one) => one.id))];
    if (decision.isDryRun || chosen.length === 0) return { changed: chosen.length, ids };
    const runId = await startRun(t, {
      kind: 'decision',
      subject: 'reconcile redundant',
      configurationHash: model.hash,
      startedAt: decision.at,
    });
    await merge(t, chosen, { id: runId, at: decision.at });
    await keep(t, decision, chosen, runId);
    await finishRun(t, runId, {
      status: 'done',
      finishedAt: decision.at,
      details: { assignments: chosen.length, person: decision.person },
    });
    return { changed: chosen.length, ids };
  });
}

async function merge(
  t: StoreTransaction,
  chosen: readonly RedundantAssignment[],
  run: { readonly id: number; readonly at: string },
): Promise<void> {
  const to = {
    workflow_state: moveWorkflow(approved, 'redundant'),
    state_since: run.at,
    run_id: run.id,
  };
  const roles = chosen.filter((one) => one.kind === 'role');
  const rows = await readAssignedRoles(
    t,
    roles.map((one) => one.id),
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  await copyAssignedRoles(
    t,
    roles.flatMap((one) => {
      const of = byId.get(one.id);
      return of === undefined ? [] : one.remains.map((period) => ({ of, ...period }));
    }),
    run,
  );
  for (const [kind, own] of Map.groupBy(chosen, (one) => one.kind)) {
    const table = kind === 'role' ? 'assigned_roles' : 'assigned_resource_types';
    await moveAssigned(
      t,
      table,
      own.map((one) => one.id),
      to,
    );
    for (const { id, rule } of own) await writePeriod(t, table, id, rule);
  }
}

async function keep(
  t: StoreTransaction,
  decision: RedundantDecision,
  chosen: readonly RedundantAssignment[],
  runId: number,
): Promise<void> {
  await recordDecisions(
    t,
    chosen.map((one) => ({
      kind: 'reconcile redundant',
      assigned_resource_type_id: one.id,
      subject: '',
      decided_by: decision.person,
      decided_at: decision.at,
      comment: decision.comment,
      run_id: runId,
      owner_type: one.ownerType,
      owner_id: one.owner.id,
      item: one.item,
    })),
  );
  for (const [entityType, own] of Map.groupBy(chosen, (one) => one.ownerType)) {
    const owners = [...new Set(own.map((one) => one.owner.id))].sort((a, b) => a - b);
    await recordMatchChanges(t, entityType, owners, runId);
  }
}
