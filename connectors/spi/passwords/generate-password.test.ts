import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generatePassword, passwordSymbols } from './generate-password.ts';

const random = (below: number): number => randomInt(below);
const none = { digits: 0, lowerCase: 0, upperCase: 0, symbols: 0, length: 0 };

function countOf(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

describe('a generated password', () => {
  it('has what is asked for, and the length or the sum', () => {
    const counts = fc.nat({ max: 8 });
    const recipes = fc.record({
      digits: counts,
      lowerCase: counts,
      upperCase: counts,
      symbols: counts,
      length: fc.nat({ max: 40 }),
    });

    fc.assert(
      fc.property(recipes, (recipe) => {
        const password = generatePassword(recipe, random);
        const { digits, lowerCase, upperCase, symbols, length } = recipe;
        const sum = digits + lowerCase + upperCase + symbols;
        const found = {
          digits: countOf(password, /[0-9]/gu),
          lowerCase: countOf(password, /[a-z]/gu),
          upperCase: countOf(password, /[A-Z]/gu),
          symbols: [...password].filter((each) => passwordSymbols.includes(each)).length,
        };

        expect(password).toHaveLength(Math.max(length, sum));
        for (const kind of ['digits', 'lowerCase', 'upperCase', 'symbols'] as const) {
          expect(found[kind]).toBeGreaterThanOrEqual(recipe[kind]);
          // What is not asked for is not used to fill up, unless nothing is.
          if (recipe[kind] === 0 && (sum > 0 || kind !== 'lowerCase')) expect(found[kind]).toBe(0);
        }
      }),
    );
  });

  it('has its characters in any order', () => {
    const firsts = new Set(
      Array.from({ length: 200 }, () =>
        /[0-9]/u.test(generatePassword({ ...none, digits: 1, lowerCase: 1 }, random)[0] ?? ''),
      ),
    );

    expect(firsts.size).toBe(2);
  });

  it('takes each character as often as any other', () => {
    const digits = generatePassword({ ...none, digits: 1_000 }, random);
    const counts = Array.from({ length: 10 }, (_, digit) => digits.split(`${digit}`).length - 1);

    // Six standard deviations: once in some hundred million runs by chance.
    for (const count of counts) expect(Math.abs(count - 100)).toBeLessThan(57);
  });
});
