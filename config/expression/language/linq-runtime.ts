/** What LINQ operators do while they run. Sequences are generators: an item that is never asked for is never computed. */
import { failed } from '../expression-error.ts';
import { identityOf } from './collections.ts';
import {
  asBool,
  asList,
  charge,
  checkedInt,
  checkedLong,
  type Frame,
  type Value,
} from './runtime.ts';
import { compareKeys } from './sorting.ts';

/** A lambda applied to an item. */
export type Apply = (frame: Frame, item: Value) => Value;

/** Items with their places. */
export function* selectIndexed(
  frame: Frame,
  items: Iterable<Value>,
  apply: (frame: Frame, item: Value, index: number) => Value,
): Generator<Value> {
  let index = 0;
  for (const item of items) {
    charge(frame, 1);
    yield apply(frame, item, index++);
  }
}

export function* selectMany(frame: Frame, items: Iterable<Value>, apply: Apply): Generator<Value> {
  for (const item of items) {
    charge(frame, 1);
    for (const inner of asList(apply(frame, item))) {
      charge(frame, 1);
      yield inner;
    }
  }
}

export function* concat(first: Iterable<Value>, second: Iterable<Value>): Generator<Value> {
  yield* first;
  yield* second;
}

export function* distinct(
  frame: Frame,
  items: Iterable<Value>,
  identify: (value: Value) => Value = identityOf,
): Generator<Value> {
  const seen = new Set<Value>();
  for (const item of items) {
    charge(frame, 1);
    const identity = identify(item);
    if (seen.has(identity)) continue;
    seen.add(identity);
    yield item;
  }
}

/** The first item of each key. */
export function* distinctBy(frame: Frame, items: Iterable<Value>, apply: Apply): Generator<Value> {
  const seen = new Set<Value>();
  for (const item of items) {
    charge(frame, 1);
    const identity = identityOf(apply(frame, item));
    if (seen.has(identity)) continue;
    seen.add(identity);
    yield item;
  }
}

/** Distinct items of `first` that `second` holds (`isKept`), or does not hold. */
export function* keepIn(
  frame: Frame,
  first: Iterable<Value>,
  second: Iterable<Value>,
  isKept: boolean,
  identify: (value: Value) => Value = identityOf,
): Generator<Value> {
  const held = new Set<Value>();
  for (const item of second) {
    charge(frame, 1);
    held.add(identify(item));
  }
  for (const item of distinct(frame, first, identify)) {
    if (held.has(identify(item)) === isKept) yield item;
  }
}

/** The first `count` items; no further one is asked for. */
export function* take(frame: Frame, items: Iterable<Value>, count: number): Generator<Value> {
  if (count <= 0) return;
  let left = count;
  for (const item of items) {
    charge(frame, 1);
    yield item;
    left--;
    if (left === 0) return;
  }
}

/** Items up to the first that fails the condition (`isTake`), or from it on. */
export function* cutWhile(
  frame: Frame,
  items: Iterable<Value>,
  condition: Apply,
  isTake: boolean,
): Generator<Value> {
  let isInside = true;
  for (const item of items) {
    charge(frame, 1);
    isInside = isInside && asBool(condition(frame, item));
    if (isInside === isTake) yield item;
    else if (isTake) return;
  }
}

/** Takes one item; `missing` stands in when there is none, and without it that is a failure. */
export type Choose = (
  items: Iterable<Value>,
  missing: { readonly value: Value } | undefined,
  name: string,
) => Value;

export function noItem(missing: { readonly value: Value } | undefined, name: string): Value {
  if (missing !== undefined) return missing.value;
  throw failed(`${name} finds no item.`, `Use ${name}OrDefault where there may be none.`);
}

export const last: Choose = (items, missing, name) => {
  let found: { readonly value: Value } | undefined;
  for (const value of items) found = { value };
  return found === undefined ? noItem(missing, name) : found.value;
};

export const single: Choose = (items, missing, name) => {
  let found: { readonly value: Value } | undefined;
  for (const value of items) {
    if (found !== undefined) {
      throw failed(`${name} finds more than one item.`, 'Use First where there may be several.');
    }
    found = { value };
  }
  return found === undefined ? noItem(missing, name) : found.value;
};

interface FoldOptions {
  readonly name: string;
  readonly scalar: string;
  readonly isNullAllowed: boolean;
}

/** Reduces a sequence to one value. */
export type Fold = (frame: Frame, items: Iterable<Value>, options: FoldOptions) => Value;

function extreme(isBetter: (order: number) => boolean): Fold {
  return (frame, items, { name, isNullAllowed }) => {
    let best: Value = null;
    for (const item of items) {
      charge(frame, 1);
      if (item !== null && (best === null || isBetter(compareKeys(item, best)))) best = item;
    }
    if (best !== null || isNullAllowed) return best;
    throw failed(`${name} finds no item.`, 'Test with Any() first.');
  };
}

export const least: Fold = extreme((order) => order < 0);
export const greatest: Fold = extreme((order) => order > 0);

export const sum: Fold = (frame, items, { scalar }) => {
  let number = 0;
  let long = 0n;
  for (const item of items) {
    charge(frame, 1);
    if (typeof item === 'bigint') long = checkedLong(long + item);
    else if (typeof item === 'number')
      number = scalar === 'int' ? checkedInt(number + item) : number + item;
  }
  return scalar === 'long' ? long : number;
};

/** The mean of what is not null; of whole numbers a `double` too. */
export const average: Fold = (frame, items, { name, isNullAllowed }) => {
  let total = 0;
  let count = 0;
  for (const item of items) {
    charge(frame, 1);
    if (item === null) continue;
    total += Number(item);
    count++;
  }
  if (count > 0) return total / count;
  if (isNullAllowed) return null;
  throw failed(`${name} finds no item.`, 'Test with Any() first.');
};
