import { describe, expect, it } from 'vitest';
import { compileStrengthCheck } from './strength-check.ts';

describe('a strength check', () => {
  it('finds every expression somewhere', () => {
    const isStrong = compileStrengthCheck(['[0-9]', '^.{8,}$']);

    expect(['abcdefg1', 'abcdefgh', 'abc1'].map(isStrong)).toEqual([true, false, false]);
    expect(compileStrengthCheck([])('')).toBe(true);
  });

  it.each([['(?=.*[0-9]).{8,}'], ['(']])('refuses %s', (expression) => {
    expect(() => compileStrengthCheck([expression])).toThrow(
      expect.objectContaining({ code: 'USAGE_INVALID' }),
    );
  });

  it('is not held up by an expression made for that', () => {
    const isStrong = compileStrengthCheck(['^(a+)+$']);

    expect(isStrong(`${'a'.repeat(5_000)}!`)).toBe(false);
  });
});
