/** What runs: values, the frame of one evaluation, and its limits. */
import { failed, limitExceeded } from '../expression-error.ts';
import type { EvaluationContext, ExpressionResult, ResourceView } from '../values.ts';

/** Steps one evaluation may take; a statement, an item, a call is one, long texts count by their length. */
const maxSteps = 100_000;
/** Longest text an expression may build, in UTF-16 code units. */
export const maxTextLength = 65_536;
/** Largest collection an expression may hold. */
const maxItems = 100_000;

/**
 * A value while code runs. Which of these it is, the checker knows: `int`, `double`, dates (milliseconds UTC) and spans
 * (milliseconds) are numbers, `long` is a bigint, `char` a text of one code unit, `Guid` and bytes texts.
 */
export type Value =
  | null
  | string
  | number
  | bigint
  | boolean
  | ResourceView
  | ValueList
  | ValueObject;

/** A value of a class of its own: regular expressions, matches, dictionary entries. */
export interface ValueObject {
  readonly isObject: true;
}

/** A sequence, evaluated while it is walked; stored ones are arrays. */
export interface ValueList {
  [Symbol.iterator](): Iterator<Value>;
}

/** One evaluation. Variables and lambda parameters live in numbered slots: nothing recurses into the same lambda. */
export interface Frame {
  readonly slots: Value[];
  readonly input: ResourceView | string | null;
  readonly context: EvaluationContext;
  steps: number;
  result: ExpressionResult;
}

export type Run = (frame: Frame) => Value;

const noResult: ExpressionResult = Object.freeze({ kind: 'text', value: null });

/** `empty` holds null for each slot; the frame has a copy, `first` in the first slot. */
export function createFrame(
  empty: readonly Value[],
  first: Value,
  input: Frame['input'],
  context: EvaluationContext,
): Frame {
  // A literal is made several times faster than a copy, and most expressions have few variables.
  if (empty.length <= 4) {
    return { slots: [first, null, null, null], input, context, steps: 0, result: noResult };
  }
  const slots = empty.slice();
  slots[0] = first;
  return { slots, input, context, steps: 0, result: noResult };
}

/** Counts steps and stops an evaluation that takes too many. */
export function charge(frame: Frame, steps: number): void {
  frame.steps += steps;
  if (frame.steps > maxSteps) throw tooManySteps();
}

function tooManySteps(): Error {
  return limitExceeded(`it took more than ${maxSteps} steps.`);
}

/** Counts work on a text. */
export function chargeText(frame: Frame, length: number): void {
  if (length > maxTextLength) {
    throw limitExceeded(`it builds a text of more than ${maxTextLength} characters.`);
  }
  charge(frame, 1 + (length >> 6));
}

/** Counts a search of one text in another, whose worst case is the product of the lengths. */
export function chargeSearch(frame: Frame, text: string, part: string): void {
  charge(frame, 1 + ((text.length * Math.min(part.length, text.length)) >> 9));
}

/** Counts a call on a value: one step, and more for a long text. */
export function chargeValue(frame: Frame, value: Value): void {
  charge(frame, typeof value === 'string' ? 1 + (value.length >> 6) : 1);
}

/** Counts work on the texts among these values. */
export function chargeTexts(frame: Frame, values: readonly Value[]): void {
  let length = 0;
  for (const value of values) if (typeof value === 'string') length += value.length;
  charge(frame, 1 + (length >> 6));
}

/** A text just built, checked against the limit. */
export function built(frame: Frame, text: string): string {
  chargeText(frame, text.length);
  return text;
}

/** A collection that grew by one item, checked against the limit. */
export function chargeGrowth(frame: Frame, size: number): void {
  charge(frame, 1);
  if (size > maxItems) {
    throw limitExceeded(`it builds a collection of more than ${maxItems} items.`);
  }
}

/** A sequence as an array of its own, which nobody else changes. */
export function copyItems(frame: Frame, list: ValueList): Value[] {
  const items = toItems(frame, list);
  if (items !== list) return items as Value[];
  charge(frame, 1 + (items.length >> 2));
  return [...items];
}

/** A sequence as an array, bounded. */
export function toItems(frame: Frame, list: ValueList): readonly Value[] {
  // Arrays are finished collections: of the store, or made here before.
  if (Array.isArray(list)) return list as readonly Value[];
  const items: Value[] = [];
  for (const item of list) {
    charge(frame, 1);
    items.push(item);
    if (items.length > maxItems) {
      throw limitExceeded(`it builds a collection of more than ${maxItems} items.`);
    }
  }
  return items;
}

const mismatch = 'a value is of another type than the checker found.';

/** The value as a text; the checker has made sure that it is one. */
export function asText(value: Value | undefined): string {
  if (typeof value === 'string') return value;
  throw failed(value === null ? 'a text is empty where one is needed.' : mismatch);
}

export function asNumber(value: Value | undefined): number {
  if (typeof value === 'number') return value;
  throw failed(value === null ? 'a number or date is empty where one is needed.' : mismatch);
}

export function asLong(value: Value | undefined): bigint {
  if (typeof value === 'bigint') return value;
  throw failed(value === null ? 'a number is empty where one is needed.' : mismatch);
}

export function asBool(value: Value | undefined): boolean {
  if (typeof value === 'boolean') return value;
  throw failed(value === null ? 'a condition is empty where true or false is needed.' : mismatch);
}

export function asList(value: Value | undefined): ValueList {
  if (typeof value === 'object' && value !== null && Symbol.iterator in value) return value;
  throw failed(value === null ? 'a collection is empty where one is needed.' : mismatch);
}

export function asResource(value: Value | undefined): ResourceView {
  if (typeof value === 'object' && value !== null && 'entityType' in value) return value;
  throw failed(value === null ? 'a resource is empty where one is needed.' : mismatch);
}

const minLong = -(2n ** 63n);
const maxLong = 2n ** 63n - 1n;

/** An `int`, or a failure: overflow never wraps around. */
export function checkedInt(value: number): number {
  const int = value | 0;
  // The engine then knows that it has a whole number of 32 bits, never -0.
  if (int === value) return int;
  throw outOfInt();
}

function outOfInt(): Error {
  return failed('a number is too large or too small for int.');
}

/** A `long`, or a failure. */
export function checkedLong(value: bigint): bigint {
  if (value >= minLong && value <= maxLong) return value;
  throw failed('a number is too large or too small for long.');
}

/** An `int` that wraps around, as in `unchecked`. */
export function wrapInt(value: number): number {
  return value | 0;
}

/** A `long` that wraps around, as in `unchecked`. */
export function wrapLong(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

/** The value as an object of a class; the checker has made sure of it. */
export function asObject<T extends ValueObject>(
  value: Value | undefined,
  type: new (...values: never[]) => T,
): T {
  if (value instanceof type) return value;
  throw failed(value === null ? 'a value is empty where one is needed.' : mismatch);
}
