import { randomInt } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from '../secret.ts';
import { makePassword, maxPasswordAttempts, refuseWeak } from './make-password.ts';

const usual = { lowerCase: 6, upperCase: 2, digits: 2, symbols: 2, length: 12 };
const random = (below: number): number => randomInt(below);

describe('a password that is made', () => {
  it('passes every check and is never the same', () => {
    const strengthChecks = ['^[A-Za-z]', '[0-9].*[0-9]', '[^A-Za-z0-9]'];
    const made = Array.from({ length: 200 }, () =>
      makePassword({ recipe: usual, strengthChecks, random }).reveal(),
    );

    for (const password of made) {
      expect(password).toHaveLength(12);
      expect(password).toMatch(/^[A-Za-z]/);
    }
    expect(new Set(made).size).toBe(200);
  });

  it('is drawn a bounded number of times', () => {
    let calls = 0;
    const counting = (below: number): number => {
      calls += 1;
      return randomInt(below);
    };

    let thrown: unknown;
    try {
      makePassword({ recipe: usual, strengthChecks: ['^.{99,}$'], random: counting });
    } catch (error) {
      thrown = error;
    }

    expect(thrown).toMatchObject({ kind: 'invalid-value' });
    // 12 characters and 11 exchanges for each.
    expect(calls).toBe(maxPasswordAttempts * 23);
  });

  it('prints as what it is not', () => {
    const password = makePassword({ recipe: usual, strengthChecks: [], random });
    const value = password.reveal();

    for (const text of [String(password), JSON.stringify({ password }), inspect({ password })])
      expect(text).not.toContain(value);
  });

  it('is refused when nothing was asked for', () => {
    const recipe = { lowerCase: 0, upperCase: 0, digits: 0, symbols: 0, length: 0 };

    expect(() => makePassword({ recipe, strengthChecks: [], random })).toThrow(
      expect.objectContaining({ kind: 'invalid-value' }),
    );
  });
});

describe('a password that is given', () => {
  it('must pass the same checks, and stays out of the refusal', () => {
    refuseWeak(new Secret('Summer-2025!'), ['[0-9]', '[A-Z]']);

    for (const [text, checks] of [
      ['summer', ['[0-9]']],
      ['', []],
      ['x', ['(']],
    ] as const) {
      let message = '';
      try {
        refuseWeak(new Secret(text), checks);
      } catch (error) {
        message = inspect(error);
      }
      expect(message).toContain('StrengthCheck');
      expect(message).not.toContain('summer');
    }
  });
});
