/** What is known of null at a place of the code: facts that conditions bring, and how branches join. */

import type { Place } from './ast.ts';
import type { CheckState, Facts, Nullness, Typed } from './check-state.ts';

/** A moment of the check: variables that hold a value, and what is known of null. */
export interface Flow {
  readonly assigned: ReadonlySet<number>;
  readonly known: Facts;
}

export const noFacts: Facts = new Map();

export function saveFlow(state: CheckState): Flow {
  return { assigned: state.assigned, known: state.known };
}

export function restoreFlow(state: CheckState, flow: Flow): void {
  state.assigned = flow.assigned;
  state.known = flow.known;
}

/** What holds after either of two branches. */
export function joinFlows(a: Flow, b: Flow): Flow {
  if (a.assigned === b.assigned && a.known === b.known) return a;
  return {
    assigned: new Set([...a.assigned].filter((slot) => b.assigned.has(slot))),
    known: joinFacts(a.known, b.known),
  };
}

/** What holds when one of the two holds: never null only where both say so, maybe null where one says so. */
export function joinFacts(a: Facts, b: Facts): Facts {
  if (a === b) return a;
  const joined = new Map<string, Nullness>();
  for (const [path, nullness] of a) {
    if (nullness === 'maybe' || b.get(path) === 'never') joined.set(path, nullness);
  }
  for (const [path, nullness] of b) if (nullness === 'maybe') joined.set(path, nullness);
  return joined;
}

/** What holds when both hold; the second is the later one. */
export function uniteFacts(a: Facts | undefined, b: Facts | undefined): Facts {
  if (a === undefined || a.size === 0) return b ?? noFacts;
  return b === undefined || b.size === 0 ? a : new Map([...a, ...b]);
}

/** From here on these facts hold. */
export function assume(state: CheckState, facts: Facts | undefined): void {
  if (facts !== undefined && facts.size > 0) state.known = uniteFacts(state.known, facts);
}

export function factsOf(paths: readonly string[] | undefined, nullness: Nullness): Facts {
  return paths === undefined ? noFacts : new Map(paths.map((path) => [path, nullness]));
}

/** Nothing is known any more of a variable that gets another value. */
export function forget(state: CheckState, slot: number): void {
  const prefix = `${slot}.`;
  const kept = [...state.known].filter(([path]) => path !== `${slot}` && !path.startsWith(prefix));
  state.known = new Map(kept);
}

/** The facts of `value == null` (or `!= null`). */
export function nullTest(value: Typed, isEqual: boolean): Pick<Typed, 'whenTrue' | 'whenFalse'> {
  const isNull = factsOf(value.path === undefined ? undefined : [value.path], 'maybe');
  const hasValue = factsOf(value.implies, 'never');
  return isEqual
    ? { whenTrue: isNull, whenFalse: hasValue }
    : { whenTrue: hasValue, whenFalse: isNull };
}

/** Warns where something is read of a value that may be null; after that the value counts as tested. */
export function warnIfNull(state: CheckState, value: Typed, place: Place, name: string): void {
  if (value.nullness !== 'maybe') return;
  const what =
    value.type.kind === 'entity'
      ? `There may be no ${value.type.entityType} here`
      : 'This may be empty';
  state.findings.warning(
    place.offset,
    place.length,
    `${what}, and reading ${name} of it fails then.`,
    name === 'Value'
      ? 'Test HasValue before, or use GetValueOrDefault() or ??.'
      : `Write ?.${name}, or test it with != null before.`,
  );
  assume(state, factsOf(value.implies, 'never'));
}
