/** What the parts of the checker share. */
import type { EntityModel } from '../../entity-model.ts';
import type { Findings } from '../finding.ts';
import type { ReadPair } from '../values.ts';
import type { ExpressionNode, Place, StatementNode } from './ast.ts';
import type { Plan } from './plan.ts';
import type { Frame, Run, Value } from './runtime.ts';
import { type StaticType, unknownType } from './static-type.ts';

/** One part of a text that is put together: as it is, or computed; null counts as empty. */
export type TextPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'hole'; readonly run: (frame: Frame) => string | null };

/** Whether a value is null here, where that is known. */
export type Nullness = 'never' | 'maybe';

/** What is known of values by their path, such as `3.Site` for a property of the variable in slot 3. */
export type Facts = ReadonlyMap<string, Nullness>;

/** A checked expression: its type and how to compute it. */
export interface Typed extends Place {
  readonly type: StaticType;
  readonly run: Run;
  /** Given when the value is known before anything runs. */
  readonly constant?: { readonly value: Value };
  /** Written `null`. */
  readonly isNull?: boolean;
  /** Names what is read, when reading it again gives the same. */
  readonly path?: string;
  /** Paths that are not null when this value is not null. */
  readonly implies?: readonly string[];
  readonly nullness?: Nullness;
  /** Of collections: what is never null of each item, such as `.Owner` after `Where(g => g.Owner != null)`. */
  readonly itemFacts?: readonly string[];
  /** Given for texts that are put together: what they are put together of. */
  readonly textParts?: readonly TextPart[];
  readonly plan?: Plan;
  /** What a condition says when it holds, and when it does not. */
  readonly whenTrue?: Facts;
  readonly whenFalse?: Facts;
}

export interface Variable {
  readonly name: string;
  readonly type: StaticType;
  readonly slot: number;
  /** The parameter and lambda and loop variables cannot be assigned to. */
  readonly isFixed: boolean;
  isRead: boolean;
  /** Where a statement declares it; absent for parameters and variables of loops and `out`. */
  declaredAt?: Place;
}

export interface CheckState {
  readonly model: EntityModel;
  readonly findings: Findings;
  readonly reads: Set<ReadPair>;
  /** What queries read of any resource. */
  readonly queried: Set<ReadPair>;
  /** Entity type that a provisioning order is about, where there is one: its changes have these properties. */
  readonly orderOf?: string;
  /** Innermost scope last. */
  readonly scopes: Map<string, Variable>[];
  /** Slots of variables that certainly hold a value here. */
  assigned: ReadonlySet<number>;
  /** What is known here of values that may be null. */
  known: Facts;
  /** The text being checked, for comparing conditions. */
  readonly text: string;
  /** Inside `unchecked(…)`. */
  isUnchecked: boolean;
  /** Told of every checked expression, for editors. */
  readonly watch?: (node: ExpressionNode, value: Typed, state: CheckState) => void;
  /** Told of every name of the entity model, for editors. */
  readonly refer?: (entityType: string, property: string | undefined, place: Place) => void;
  slotCount: number;
  readsClock: boolean;
  /** More of the clock than the date. */
  readsTimeOfDay: boolean;
  /** Subjects of the `?.` around, innermost last. */
  readonly subjects: Typed[];
  /** How many loops are around. */
  loopDepth: number;
  /** How many `switch` statements are around: `break` leaves them too. */
  switchDepth: number;
  check(node: ExpressionNode): Typed;
  /** Checks the block of a lambda with statements. */
  checkBlock(node: StatementNode & { readonly kind: 'block' }): CheckedBlock;
}

/** The body of a lambda with statements: what it returns, and how to compute it. */
export type CheckedBlock = Pick<Typed, 'type' | 'run'>;

/** Something already reported, or reported by this call. */
export function broken(place: Place): Typed {
  return { type: unknownType, run: () => null, offset: place.offset, length: place.length };
}

/** Reports a problem and gives the typed stand-in for what is wrong. */
export function reject(state: CheckState, place: Place, message: string, hint?: string): Typed {
  state.findings.error(place.offset, place.length, message, hint);
  return broken(place);
}

export function typed(
  place: Place,
  type: StaticType,
  run: Run,
  more?: Omit<Typed, 'type' | 'run' | 'offset' | 'length'>,
): Typed {
  const value = { type, run, offset: place.offset, length: place.length };
  return more === undefined ? value : { ...value, ...more };
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
  const variable = { name, type, slot: state.slotCount++, isFixed, isRead: false };
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
