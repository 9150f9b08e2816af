/** How a computed value and the value found in a managed system are compared. */
import type { ComparisonType } from '../model.ts';
import { removeDiacritics } from './functions/diacritics.ts';
import { toUpperInvariant } from './functions/letter-case.ts';

/** True when the two values count as the same; a missing value and an empty text are one. */
export function compareValues(
  comparisonType: ComparisonType,
  a: string | null,
  b: string | null,
): boolean {
  const left = a ?? '';
  const right = b ?? '';
  if (left === right) return true;
  if (left === '' || right === '') return false;
  return (
    normalizeForComparison(comparisonType, left) === normalizeForComparison(comparisonType, right)
  );
}

/** The form in which values that count as the same are equal: for indexes and for comparing many with many. */
export function normalizeForComparison(comparisonType: ComparisonType, value: string): string {
  switch (comparisonType) {
    case 'CaseSensitive':
      return value;
    case 'IgnoreCase':
      return toUpperInvariant(value);
    case 'IgnoreDiacritics':
      return removeDiacritics(value);
    case 'Simplified':
      return lettersOf(value);
    case 'Approximate':
      return approximate(lettersOf(value));
  }
}

/**
 * Upper-case letters without diacritics. A value without any letter is compared whole: taken literally, the rule would make
 * all numbers equal, and a changed number would never be written.
 */
function lettersOf(value: string): string {
  const upper = toUpperInvariant(removeDiacritics(value));
  const letters = upper.replace(/\P{L}/gu, '');
  return letters === '' ? upper : letters;
}

const alike: ReadonlyMap<string, string> = new Map([
  ['Z', 'S'],
  ['Y', 'I'],
  ['W', 'V'],
  ['K', 'C'],
  ['H', ''],
]);

/**
 * Z as S, Y as I, W as V, K as C, no H, SS as C, doubled letters once, without T, D and S at the end: all of them, so that
 * Schmidt is Schmid, and what equals a third value equals the second.
 */
function approximate(letters: string): string {
  let text = '';
  for (const letter of letters) text += alike.get(letter) ?? letter;
  const folded = text.replaceAll('SS', 'C').replace(/(\p{L})\1+/gu, '$1');
  // The first letter stays, whatever it is.
  let end = folded.length;
  while (end > 1 && 'TDS'.includes(folded.charAt(end - 1))) end--;
  return folded.slice(0, end);
}
