/** Roles of one owner: composite ones, then the single ones they and other rules give, and when each is held. */
import type { Model } from '../../config/index.ts';
import type { Context } from './contexts.ts';
import { byStateAndId } from './free-role-rows.ts';
import { intersectPeriods, isOver, mergePeriods, type Period } from './periods.ts';
import { computePlainRole } from './plain-roles.ts';
import {
  type HeldPiece,
  noParameters,
  type ParametrisedPiece,
  resolveParameters,
} from './role-grants.ts';
import { computeRoleRows, type RoleRows } from './role-rows.ts';
import { type RoleModel, roleModelOf } from './role-rules.ts';
import { heldStates } from './role-states.ts';
import type { AssignedRole, EvaluationOptions, Matches, RoleKind } from './types.ts';

export interface RoleOutcome {
  /** The complete wanted rows, composite roles first, ordered by role, state and id. */
  readonly rows: readonly AssignedRole[];
  /** When each single role is effectively held; roles never held are absent. */
  readonly held: ReadonlyMap<string, readonly Period[]>;
  /** Of single roles whose dimensions are not simply those of the owner: when, and with which. */
  readonly assignments: ReadonlyMap<string, readonly ParametrisedPiece[]>;
  /** When each composite role is effectively held. */
  readonly composites: ReadonlyMap<string, readonly Period[]>;
  /** Rows of the past; see `keepEnded`. */
  readonly ended: readonly AssignedRole[];
}

type RoleOptions = Pick<EvaluationOptions, 'now' | 'timestamp' | 'formerRules'>;

interface Computation {
  readonly model: Model;
  readonly roles: RoleModel;
  readonly contexts: readonly Context[];
  readonly stored: ReadonlyMap<string, readonly AssignedRole[]>;
  readonly composites: Map<string, readonly HeldPiece[]>;
  readonly options: RoleOptions;
  readonly isNewOwner: boolean;
}

/**
 * A grant of a rule is effective unless a denying rule of the same or a smaller priority number matches at that time.
 * A stored denial takes the role away in its period, wherever it came from. A role held by decision keeps its row and
 * gets no calculated one beside it while the decision lasts.
 */
export function computeRoles(
  model: Model,
  entityType: string,
  contexts: readonly Context[],
  stored: readonly AssignedRole[],
  matches: Pick<Matches, 'byKey'>,
  options: RoleOptions,
): RoleOutcome {
  const computation: Computation = {
    model,
    roles: roleModelOf(model, entityType),
    contexts,
    stored: Map.groupBy(stored, (row) => `${row.kind}:${row.role}`),
    composites: new Map(),
    options,
    isNewOwner: isNewOwner(contexts, options.now),
  };
  const composites = computeComposites(computation);
  const singles = computeSingles(computation);
  const held = new Map<string, readonly Period[]>();
  const assignments = new Map<string, readonly ParametrisedPiece[]>();
  for (const [role, { held: pieces }] of singles) {
    if (pieces.length === 0) continue;
    held.set(role, mergePeriods(pieces));
    if (pieces.some((piece) => !isPlain(piece))) {
      assignments.set(
        role,
        pieces.map((piece) => resolveParameters(model, matches, piece)),
      );
    }
  }
  const outcomes = [...composites.values(), ...singles.values()];
  return {
    rows: outcomes.flatMap((outcome) => outcome.rows),
    held,
    assignments,
    composites: new Map(
      [...computation.composites].map(([role, pieces]) => [role, mergePeriods(pieces)]),
    ),
    ended: outcomes.flatMap((outcome) => outcome.ended),
  };
}

/** Its dimensions are those of the owner's contexts, all of them. */
function isPlain(piece: HeldPiece): boolean {
  const { usesContexts, parameters } = piece;
  return usesContexts && (parameters === noParameters || Object.keys(parameters).length === 0);
}

/** Nobody is new twice: until the first of his contexts has begun. */
export function isNewOwner(contexts: readonly Context[], now: string): boolean {
  return (
    contexts.length > 0 && contexts.every(({ startDate }) => startDate !== null && startDate > now)
  );
}

function namesOf(computation: Computation, kind: RoleKind): Set<string> {
  const names = computation.roles.candidates(kind, computation.contexts);
  for (const rows of computation.stored.values()) {
    const [row] = rows;
    if (row?.kind === kind) names.add(row.role);
  }
  return names;
}

/** In an order in which each role comes after those it may be given by; roles given by held ones join on the way. */
function computeComposites(computation: Computation): ReadonlyMap<string, RoleRows> {
  const { roles } = computation;
  const pending = namesOf(computation, 'composite');
  const outcomes = new Map<string, RoleRows>();
  if (pending.size === 0) return outcomes;
  while (pending.size > 0) {
    let name: string | undefined;
    for (const each of pending) {
      if (name === undefined || roles.rankOf(each) < roles.rankOf(name)) name = each;
    }
    if (name === undefined) break;
    pending.delete(name);
    const outcome = computeRole(computation, 'composite', name);
    outcomes.set(name, outcome);
    if (outcome.held.length === 0) continue;
    computation.composites.set(name, outcome.held);
    for (const given of roles.givenBy('composite', name)) {
      if (!outcomes.has(given)) pending.add(given);
    }
  }
  return new Map([...outcomes].sort(([left], [right]) => (left < right ? -1 : 1)));
}

function computeSingles(computation: Computation): ReadonlyMap<string, RoleRows> {
  const names = namesOf(computation, 'single');
  for (const composite of computation.composites.keys()) {
    for (const given of computation.roles.givenBy('single', composite)) names.add(given);
  }
  const outcomes = new Map<string, RoleRows>();
  for (const name of [...names].sort())
    outcomes.set(name, computeRole(computation, 'single', name));
  return outcomes;
}

function computeRole(computation: Computation, kind: RoleKind, name: string): RoleRows {
  const { model, roles, contexts, composites, options, isNewOwner: isNew } = computation;
  const stored =
    computation.stored.size === 0
      ? noStored
      : (computation.stored.get(`${kind}:${name}`) ?? noStored);
  if (roles.isExternal(kind, name)) return keepExternal(stored, options.now);
  const rules = roles.rulesOf(kind, name);
  const inputs = {
    model,
    contexts,
    composites,
    dimensions: roles.parametersOf(kind, name),
    kind,
    name,
    role: roles.roleOf(kind, name),
    rules: rules?.rules ?? [],
    isPlain: rules?.isPlain ?? false,
    digest: rules?.digest ?? null,
    formerRules: options.formerRules ?? noFormerRules,
    stored,
    isNewOwner: isNew,
    now: options.now,
    timestamp: options.timestamp,
  };
  return computePlainRole(inputs) ?? computeRoleRows(inputs);
}

const noFormerRules = (): null => null;
const noStored: readonly AssignedRole[] = [];

/** Roles that are kept elsewhere are neither given nor taken here. */
function keepExternal(stored: readonly AssignedRole[], now: string): RoleRows {
  const held = stored
    .filter((row) => heldStates.has(row.workflowState) && !row.isDenied && !row.isIndirect)
    .filter((row) => !isOver(row, now))
    .map((row) => ({
      startDate: row.startDate,
      endDate: row.endDate,
      parameters: row.parameters,
      usesContexts: true,
      isInferred: false,
    }));
  return { rows: stored.toSorted(byStateAndId), held, ended: [] };
}

/** When the role criterion of a rule holds; a rule without one holds whenever its contexts do. */
export function restrictToRole(
  periods: readonly Period[],
  role: string | undefined,
  held: ReadonlyMap<string, readonly Period[]>,
): readonly Period[] {
  if (role === undefined || periods.length === 0) return periods;
  return intersectPeriods(periods, held.get(role) ?? []);
}
