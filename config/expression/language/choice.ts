/** How a `switch` finds what to do: by a table where it can, else case by case. */
import type { Frame, Run, Value } from './runtime.ts';

/** The part of a pattern that a choice needs. */
interface Test {
  test(value: Value, frame: Frame): boolean;
  readonly constants?: readonly Value[];
  readonly range?: readonly [least: number, greatest: number];
  readonly isTotal: boolean;
}

/** One arm or section. */
interface Case<T> {
  readonly labels: readonly { readonly pattern: Test; readonly guard: Run | undefined }[];
  readonly result: T;
}

/** What the first case that takes the value of `operand` leads to. */
export type Choose<T> = (frame: Frame) => T | undefined;

export function planChoice<T>(operand: Run, cases: readonly Case<T>[]): Choose<T> {
  return byConstants(operand, cases) ?? byRanges(operand, cases) ?? oneByOne(operand, cases);
}

const minInt = -2_147_483_648;
const maxInt = 2_147_483_647;

/** All cases are constants, and perhaps one takes the rest. */
function byConstants<T>(operand: Run, cases: readonly Case<T>[]): Choose<T> | undefined {
  const table = new Map<Value, T>();
  let rest: T | undefined;
  for (const { labels, result } of cases) {
    for (const { pattern, guard } of labels) {
      if (guard !== undefined) return undefined;
      if (pattern.isTotal) rest ??= result;
      else if (pattern.constants === undefined) return undefined;
      for (const value of pattern.constants ?? []) {
        // A map takes NaN for equal to itself, which it is not.
        if (typeof value === 'number' && !Number.isInteger(value)) return undefined;
        if (rest === undefined && !table.has(value)) table.set(value, result);
      }
    }
  }
  return (frame) => table.get(operand(frame)) ?? rest;
}

/** Whole numbers: cases are ranges of them, null, or take the rest. */
function byRanges<T>(operand: Run, cases: readonly Case<T>[]): Choose<T> | undefined {
  const bounds: number[] = [];
  const results: T[] = [];
  let rest: T | undefined;
  let ofNull: T | undefined;
  for (const { labels, result } of cases) {
    for (const { pattern, guard } of labels) {
      if (guard !== undefined) return undefined;
      if (rest !== undefined) continue;
      if (pattern.isTotal) rest = result;
      else if (pattern.range !== undefined) {
        // Within the bounds of int, so that comparing stays a matter of whole numbers.
        bounds.push(Math.max(minInt, pattern.range[0]), Math.min(maxInt, pattern.range[1]));
        results.push(result);
      } else if (pattern.constants?.every((value) => value === null) === true) ofNull ??= result;
      else return undefined;
    }
  }
  return (frame) => {
    const value = operand(frame);
    if (typeof value !== 'number') return ofNull ?? rest;
    for (let index = 0; index < results.length; index++) {
      if (value >= (bounds[index * 2] ?? 0) && value <= (bounds[index * 2 + 1] ?? 0)) {
        return results[index];
      }
    }
    return rest;
  };
}

function oneByOne<T>(operand: Run, cases: readonly Case<T>[]): Choose<T> {
  const labels = cases.flatMap(({ labels: own, result }) =>
    own.map(({ pattern, guard }) => ({ pattern, guard, result })),
  );
  return (frame) => {
    const value = operand(frame);
    for (const { pattern, guard, result } of labels) {
      if (pattern.test(value, frame) && (guard === undefined || guard(frame) === true)) {
        return result;
      }
    }
    return undefined;
  };
}
