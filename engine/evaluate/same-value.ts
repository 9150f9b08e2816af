/** Whether a value of the policy and a value of the managed system are the same. */
import { type ComparisonType, compareValues } from '../../config/index.ts';

/** An empty text is no value: the files that bring values in and carry them out cannot tell the two apart. */
export function emptyToNull(value: string | null): string | null {
  return value === '' ? null : value;
}

/** Compares as the rule says; no value equals only no value. */
export function isSameValue(
  left: string | null,
  right: string | null,
  comparison: ComparisonType,
): boolean {
  if (left === right) return true;
  if (left === null || right === null) return false;
  return compareValues(comparison, left, right);
}
