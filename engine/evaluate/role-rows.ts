/** The rows of one role of one owner: what rules give, what people decided, what a change of rules took away. */
import { type MovingCause, moveWorkflow, workflowStates } from '../../config/index.ts';
import {
  type ComputedGroup,
  completeGroup,
  fixedParameters,
  shownParameters,
  subtractDenials,
} from './complete-group.ts';
import { byStateAndId, FreeRows, hasEnded } from './free-role-rows.ts';
import { contextSpan } from './owner-facts.ts';
import {
  covers,
  currentOrNext,
  intersectPeriods,
  isOver,
  mergePeriods,
  type Period,
} from './periods.ts';
import { prolongedPeriod } from './role-grace.ts';
import { grantGroups, type HeldPiece, noParameters, parametersKey } from './role-grants.ts';
import type { RoleInputs } from './role-inputs.ts';
import {
  computedStates,
  decidedStates,
  isDenialInForce,
  isEffective,
  openRequestStates,
  toleratedStates,
} from './role-states.ts';
import { type AssignedRole, noRequest } from './types.ts';

export interface RoleRows {
  readonly rows: readonly AssignedRole[];
  readonly held: readonly HeldPiece[];
  /** Rows of the past: they stay, as Inactive (19), while something they gave is still being withdrawn. */
  readonly ended: readonly AssignedRole[];
}

const { calculated, prolonged } = workflowStates;

export function computeRoleRows(inputs: RoleInputs): RoleRows {
  const { stored, now } = inputs;
  const denials = stored.filter((row) => isDenialInForce(row) && !isOver(row, now));
  const groups = grantGroups(inputs, inputs.rules, 'Required')
    .map((group) => completeGroup(inputs, group, denials))
    .filter((group) => group.periods.length > 0);
  const isGiven = groups.some((group) => group.complete.length > 0);
  const kept = stored.filter((row) => isKept(inputs, row, isGiven));
  const decided = kept.filter(isEffective);
  const free = new FreeRows(stored.filter((row) => !kept.includes(row)));

  const rows: AssignedRole[] = [...kept];
  const held: HeldPiece[] = decided.flatMap((row) => decidedPieces(inputs, row, denials));
  for (const group of groups) {
    held.push(...group.complete.map((period) => pieceOf(group, period)));
    const row = isDecided(inputs, group, decided)
      ? null
      : givenRow(inputs, group, free, () => isProlonged(inputs, free, rows, denials));
    if (row !== null) rows.push(row);
  }
  for (const row of free.prolongable(rows)) {
    const grace = prolong(inputs, row, denials);
    if (grace === null) continue;
    free.take(row);
    rows.push(grace);
    held.push(...prolongedPieces(grace));
  }
  if (!rows.some(leavesNothingToPropose)) {
    const proposal = proposedRow(inputs, denials, free);
    if (proposal !== null) rows.push(proposal);
  }
  return { rows: rows.toSorted(byStateAndId), held, ended: free.ended(inputs) };
}

function isKept(inputs: RoleInputs, row: AssignedRole, isGiven: boolean): boolean {
  if (hasEnded(inputs, row)) return false;
  // What is held indirectly follows from memberships, and is neither given nor taken by rules about the role.
  if (row.isDenied || row.isIndirect) return true;
  if (computedStates.has(row.workflowState)) return false;
  return !(isGiven && toleratedStates.has(row.workflowState));
}

/** Held, asked for, or given by a rule already. */
function leavesNothingToPropose(row: AssignedRole): boolean {
  const { workflowState, isDenied } = row;
  if (isDenied) return false;
  return (
    isEffective(row) || openRequestStates.has(workflowState) || computedStates.has(workflowState)
  );
}

function pieceOf(group: ComputedGroup, period: Period): HeldPiece {
  const { parameters, usesContexts } = group;
  return { ...period, parameters, usesContexts, isInferred: false };
}

/**
 * What a person asked for has the parameters he gave and no others; what he only kept goes by the owner's contexts. Both
 * end with the owner's records; what was merely found is not taken away by itself.
 */
function decidedPieces(
  inputs: RoleInputs,
  row: AssignedRole,
  denials: readonly AssignedRole[],
): readonly HeldPiece[] {
  const parameters = { ...row.parameters, ...fixedParameters(inputs) };
  const usesContexts = row.request === null || inputs.dimensions.size === 0;
  const isDecision = decidedStates.has(row.workflowState);
  const span = isDecision ? contextSpan(inputs.contexts) : null;
  const periods = span === null ? mergePeriods([row]) : intersectPeriods([row], [span]);
  return subtractDenials(periods, row.parameters, denials).map((period) => ({
    ...period,
    parameters,
    usesContexts,
    isInferred: false,
  }));
}

/** Somebody decided about the same role with the same parameters: no row is computed beside that. */
function isDecided(
  inputs: RoleInputs,
  group: ComputedGroup,
  decided: readonly AssignedRole[],
): boolean {
  // What somebody decided for other times leaves room for what the rule gives.
  const rows = decided.filter(
    (row) =>
      decidedStates.has(row.workflowState) && intersectPeriods(group.periods, [row]).length > 0,
  );
  if (rows.length === 0 || group.completedBy !== null) return false;
  const key = parametersKey(shownParameters(inputs, group, inputs.now));
  return rows.some(
    (row) => parametersKey({ ...row.parameters, ...fixedParameters(inputs) }) === key,
  );
}

/** What the rules give now, or next when nothing that was given before has to go on first. */
function givenRow(
  inputs: RoleInputs,
  group: ComputedGroup,
  free: FreeRows,
  goesOn: () => boolean,
): AssignedRole | null {
  const { now } = inputs;
  const isNow = group.complete.some((period) => covers(period, now));
  const given = isNow || !group.periods.some((period) => covers(period, now));
  const period = given ? currentOrNext(group.complete, now) : null;
  if (period === null) {
    const incomplete = currentOrNext(group.periods, now);
    if (incomplete === null) return null;
    const row = { ...incomplete, parameters: group.parameters, requestedBy: group.completedBy };
    return computedRow(inputs, 'given-incomplete', row, free);
  }
  if (!isNow && goesOn()) return null;
  const instant = isNow ? now : (period.startDate ?? now);
  const parameters = shownParameters(inputs, group, instant);
  const isInferred = !group.direct.some((one) => covers(one, instant));
  const requestedBy = group.completedBy;
  return computedRow(inputs, 'given', { ...period, parameters, isInferred, requestedBy }, free);
}

/** Beside these rows something that was given before goes on for now. */
function isProlonged(
  inputs: RoleInputs,
  free: FreeRows,
  rows: readonly AssignedRole[],
  denials: readonly AssignedRole[],
): boolean {
  return free.prolongable(rows).some((row) => prolong(inputs, row, denials) !== null);
}

/** Only proposed: listed, never effective. */
function proposedRow(
  inputs: RoleInputs,
  denials: readonly AssignedRole[],
  free: FreeRows,
): AssignedRole | null {
  const { rules, now } = inputs;
  const propose = (type: 'RequestedAutomatically' | 'Suggested'): Period | null => {
    const groups = grantGroups(inputs, rules, type);
    const periods = groups.flatMap((one) => subtractDenials(one.periods, one.parameters, denials));
    return currentOrNext(mergePeriods(periods), now);
  };
  const proposed = propose('RequestedAutomatically');
  if (proposed !== null) {
    const cause = inputs.isNewOwner ? 'proposed-new' : 'proposed';
    return computedRow(inputs, cause, proposed, free);
  }
  const suggested = propose('Suggested');
  return suggested === null ? null : computedRow(inputs, 'suggested', suggested, free);
}

/** The row takes over the oldest stored row that is free, so that its history goes on. */
function computedRow(
  inputs: RoleInputs,
  cause: MovingCause,
  wanted: Period & Partial<Pick<AssignedRole, 'parameters' | 'isInferred' | 'requestedBy'>>,
  free: FreeRows,
): AssignedRole {
  const parameters = wanted.parameters ?? noParameters;
  const previous = free.reuse(parameters);
  const from = previous?.workflowState ?? workflowStates.none;
  const workflowState = moveWorkflow(from, cause);
  return {
    id: previous?.id ?? null,
    kind: inputs.kind,
    role: inputs.name,
    workflowState,
    isDenied: false,
    isInferred: wanted.isInferred ?? false,
    isIndirect: false,
    startDate: wanted.startDate,
    endDate: wanted.endDate,
    cause: 'rule',
    basis: workflowState === calculated ? basisOf(inputs, previous) : null,
    stateSince: previous?.workflowState === workflowState ? previous.stateSince : inputs.timestamp,
    ...noRequest,
    parameters,
    requestedBy: wanted.requestedBy ?? null,
  };
}

/**
 * The rules by which the role is held: as long as those it was first given by would still give it, these. Only a row that
 * the change of rules matters to is written.
 */
function basisOf(inputs: RoleInputs, previous: AssignedRole | null): string | null {
  const { digest, now } = inputs;
  const known = previous?.basis ?? null;
  if (known === null || known === digest) return digest;
  const former = inputs.formerRules(known);
  if (former === null) return digest;
  const groups = grantGroups(inputs, former, 'Required');
  return groups.some((group) => group.periods.some((period) => covers(period, now)))
    ? known
    : digest;
}

/** The row goes on as Prolonged, when it was the rules that changed; `null`: it is lost. */
function prolong(
  inputs: RoleInputs,
  row: AssignedRole,
  denials: readonly AssignedRole[],
): AssignedRole | null {
  const period = prolongedPeriod(inputs, row);
  if (period === null) return null;
  const left = subtractDenials([period], row.parameters, denials);
  if (!left.some((one) => covers(one, inputs.now))) return null;
  return {
    ...row,
    ...period,
    workflowState: moveWorkflow(row.workflowState, 'graced'),
    stateSince: row.workflowState === prolonged ? row.stateSince : inputs.timestamp,
  };
}

function prolongedPieces(row: AssignedRole): readonly HeldPiece[] {
  return mergePeriods([row]).map((period) => ({
    ...period,
    parameters: row.parameters,
    usesContexts: true,
    isInferred: false,
  }));
}
