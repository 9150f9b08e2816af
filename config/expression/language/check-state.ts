/** What the parts of the checker share. */
import type { EntityModel } from '../../entity-model.ts';
import type { Findings } from '../finding.ts';
import type { ReadPair } from '../values.ts';
import type { ExpressionNode, Place } from './ast.ts';
import type { Run } from './runtime.ts';
import { type StaticType, unknownType } from './static-type.ts';

/** A checked expression: its type and how to compute it. */
export interface Typed extends Place {
  readonly type: StaticType;
  readonly run: Run;
}

interface Variable {
  readonly name: string;
  readonly type: StaticType;
  readonly slot: number;
  /** The parameter and lambda and loop variables cannot be assigned to. */
  readonly isFixed: boolean;
}

export interface CheckState {
  readonly model: EntityModel;
  readonly findings: Findings;
  readonly reads: Set<ReadPair>;
  /** Innermost scope last. */
  readonly scopes: Map<string, Variable>[];
  /** Slots of variables that certainly hold a value here. */
  assigned: ReadonlySet<number>;
  slotCount: number;
  readsClock: boolean;
  /** More of the clock than the date. */
  readsTimeOfDay: boolean;
  /** Subjects of the `?.` around, innermost last. */
  readonly subjects: Typed[];
  /** How many loops are around. */
  loopDepth: number;
  check(node: ExpressionNode): Typed;
}

/** Something already reported, or reported by this call. */
export function broken(place: Place): Typed {
  return { type: unknownType, run: () => null, offset: place.offset, length: place.length };
}

/** Reports a problem and gives the typed stand-in for what is wrong. */
export function reject(state: CheckState, place: Place, message: string, hint?: string): Typed {
  state.findings.error(place.offset, place.length, message, hint);
  return broken(place);
}

export function typed(place: Place, type: StaticType, run: Run): Typed {
  return { type, run, offset: place.offset, length: place.length };
}

export function findVariable(state: CheckState, name: string): Variable | undefined {
  return state.scopes.findLast((scope) => scope.has(name))?.get(name);
}

/** Declares a variable in the innermost scope; a name that is taken is reported. */
export function declareVariable(
  state: CheckState,
  name: string,
  type: StaticType,
  place: Place,
  isFixed: boolean,
): Variable {
  if (findVariable(state, name) !== undefined) {
    state.findings.error(place.offset, place.length, `A variable ${name} exists here already.`);
  }
  const variable = { name, type, slot: state.slotCount++, isFixed };
  state.scopes.at(-1)?.set(name, variable);
  return variable;
}

export function markAssigned(state: CheckState, slot: number): void {
  if (!state.assigned.has(slot)) state.assigned = new Set([...state.assigned, slot]);
}

/** Runs a check inside a scope of its own. */
export function inScope<T>(state: CheckState, run: () => T): T {
  state.scopes.push(new Map());
  try {
    return run();
  } finally {
    state.scopes.pop();
  }
}
