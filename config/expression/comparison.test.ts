import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ComparisonType } from '../model.ts';
import { compareValues, normalizeForComparison } from './comparison.ts';

describe('compareValues', () => {
  it.each([
    ['CaseSensitive', 'Ann', 'Ann', true],
    ['CaseSensitive', 'Ann', 'ann', false],
    ['IgnoreCase', 'Ann', 'aNN', true],
    ['IgnoreCase', 'René', 'Rene', false],
    ['IgnoreDiacritics', 'René', 'Rene', true],
    ['IgnoreDiacritics', 'Müller', 'Mueller', true],
    ['IgnoreDiacritics', 'René', 'rene', false],
    ['Simplified', "Jean-René d'Or 2", 'jeanrenedor', true],
    ['Simplified', 'Jean', 'Jeanne', false],
    ['Approximate', 'Zimmer', 'Simer', true],
    ['Approximate', 'Meyer', 'Meier', true],
    ['Approximate', 'Wagner', 'Vagner', true],
    ['Approximate', 'Karl', 'Carl', true],
    ['Approximate', 'Garsson', 'Garcon', true],
    ['Approximate', 'Thomas', 'Toma', true],
    ['Approximate', 'Schmidt', 'Schmid', true],
    ['Approximate', 'Anna', 'Ana', true],
    ['Approximate', 'Anna', 'Anno', false],
  ] as const)('%s: %s and %s → %s', (type, a, b, isSame) => {
    expect(compareValues(type, a, b)).toBe(isSame);
    expect(compareValues(type, b, a)).toBe(isSame);
  });

  it('takes a missing value and an empty text as one, and as nothing else', () => {
    expect(compareValues('CaseSensitive', null, '')).toBe(true);
    expect(compareValues('Simplified', null, '--')).toBe(false);
  });

  it('does not take all numbers for equal', () => {
    expect(compareValues('Simplified', '1234', '5678')).toBe(false);
    expect(compareValues('Approximate', '+33 1', '+33 2')).toBe(false);
  });

  it('is coarser with every step, and agrees with the normalized form', () => {
    const finer: readonly ComparisonType[] = [
      'CaseSensitive',
      'IgnoreDiacritics',
      'Simplified',
      'Approximate',
    ];
    const word = fc.string({
      unit: fc.constantFrom('a', 'A', 'é', 'e', 'ß', 's', 'z', '-', '1', 'h'),
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(word, word, (a, b) => {
        for (const [index, type] of finer.entries()) {
          const isSame = compareValues(type, a, b);
          expect(isSame).toBe(normalizeForComparison(type, a) === normalizeForComparison(type, b));
          const coarser = finer[index + 1];
          if (isSame && coarser !== undefined) expect(compareValues(coarser, a, b)).toBe(true);
        }
      }),
    );
  });
});
