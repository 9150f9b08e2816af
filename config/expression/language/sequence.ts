/**
 * Collections whose items pass through conditions and changes one by one, `xs.Where(…).Select(…)`. What comes after knows
 * the stages when it is checked, so that one loop carries all of them out, and stops where no further item is asked for.
 */
import type { Typed } from './check-state.ts';
import { identityOf } from './collections.ts';
import type { Stage } from './plan.ts';
import {
  asBool,
  asList,
  charge,
  type Frame,
  type Run,
  toItems,
  type Value,
  type ValueList,
  type ValueObject,
} from './runtime.ts';

export interface Sequence {
  readonly source: Run;
  readonly stages: readonly Stage[];
}

/** The value as a sequence; one without a plan has no stages. */
export function sequenceOf(value: Typed): Sequence {
  const { plan, run } = value;
  if (plan?.run !== run) return { source: run, stages: [] };
  if (plan.kind === 'sequence') return plan;
  return { source: plan.kind === 'ordered' ? plan.sorted : run, stages: [] };
}

/** The sequence with one more stage. */
export function passThrough(
  { source, stages: before }: Sequence,
  stage: Stage,
): Pick<Typed, 'run' | 'plan'> {
  const stages = [...before, stage];
  const run: Run = (frame) => walk(frame, asList(source(frame)), stages);
  return { run, plan: { kind: 'sequence', run, source, stages } };
}

/** All items, in an array that may belong to somebody else. */
export function itemsOf({ source, stages }: Sequence): (frame: Frame) => readonly Value[] {
  if (stages.length === 0) return (frame) => toItems(frame, asList(source(frame)));
  return (frame) => {
    const list = asList(source(frame));
    begin(frame, stages);
    const kept: Value[] = [];
    if (!Array.isArray(list)) {
      for (const item of list) {
        const found = pass(frame, item, stages);
        if (found !== undefined) kept.push(found);
      }
      return kept;
    }
    const items: readonly Value[] = list;
    for (let index = 0; index < items.length; index++) {
      const found = pass(frame, items[index] ?? null, stages);
      if (found !== undefined) kept.push(found);
    }
    return kept;
  };
}

/** The first item, `undefined` when there is none; no further one is asked for. */
export function firstOf({ source, stages }: Sequence): (frame: Frame) => Value | undefined {
  if (stages.length === 0) {
    return (frame) => {
      const list = asList(source(frame));
      charge(frame, 1);
      if (Array.isArray(list)) return (list as readonly Value[])[0];
      for (const item of list) return item;
      return undefined;
    };
  }
  return (frame) => {
    const list = asList(source(frame));
    begin(frame, stages);
    if (!Array.isArray(list)) {
      for (const item of list) {
        const found = pass(frame, item, stages);
        if (found !== undefined) return found;
      }
      return undefined;
    }
    const items: readonly Value[] = list;
    charge(frame, 1);
    for (let index = 0; index < items.length; index++) {
      const found = pass(frame, items[index] ?? null, stages);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

function* walk(frame: Frame, list: ValueList, stages: readonly Stage[]): Generator<Value> {
  begin(frame, stages);
  for (const item of list) {
    const found = pass(frame, item, stages);
    if (found !== undefined) yield found;
  }
}

/** Values that came before. */
class Seen implements ValueObject {
  readonly isObject = true;
  readonly identities = new Set<Value>();
}

function begin(frame: Frame, stages: readonly Stage[]): void {
  for (let index = 0; index < stages.length; index++) {
    const stage = stages[index];
    if (stage?.kind === 'distinct') frame.slots[stage.slot] = new Seen();
  }
}

/** What comes out behind the last stage; `undefined` when the item is dropped on the way. */
function pass(frame: Frame, item: Value, stages: readonly Stage[]): Value | undefined {
  let value = item;
  for (let index = 0; index < stages.length; index++) {
    const stage = stages[index];
    if (stage === undefined) break;
    charge(frame, 1);
    const { kind, slot } = stage;
    if (kind === 'distinct') {
      const seen = frame.slots[slot];
      const identity = identityOf(value);
      if (!(seen instanceof Seen) || seen.identities.has(identity)) return undefined;
      seen.identities.add(identity);
      continue;
    }
    frame.slots[slot] = value;
    const found = stage.body(frame);
    if (kind === 'select') value = found;
    else if (asBool(found) !== (kind === 'where')) return undefined;
  }
  return value;
}
