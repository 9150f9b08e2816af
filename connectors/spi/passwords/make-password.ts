/** Passwords that pass the checks of their settings. */
import { RE2JS, RE2JSException } from 're2js';
import { ConnectorError } from '../errors.ts';
import { Secret } from '../secret.ts';
import { generatePassword, type PasswordRecipe } from './generate-password.ts';

export interface PasswordRequest {
  readonly recipe: PasswordRecipe;
  /** Regular expressions in the syntax of RE2; each must be found in the password. */
  readonly strengthChecks: readonly string[];
  /** A whole number below its argument, each with the same probability, from a cryptographic source. */
  readonly random: (below: number) => number;
}

/** Passwords drawn at most until one passes. */
export const maxPasswordAttempts = 1_000;

/**
 * Draws until a password passes every check. Throws `invalid-value` after {@link maxPasswordAttempts}, or for a check that
 * cannot be read; no password is ever part of a message.
 */
export function makePassword({ recipe, strengthChecks, random }: PasswordRequest): Secret {
  const isStrong = compileChecks(strengthChecks);
  for (let attempt = 0; attempt < maxPasswordAttempts; attempt += 1) {
    const password = generatePassword(recipe, random);
    if (password !== '' && isStrong(password)) return new Secret(password);
  }
  throw new ConnectorError(
    'invalid-value',
    `None of ${maxPasswordAttempts} passwords passed the strength check.`,
    { hint: 'Ask for the characters that StrengthCheck wants, and for enough of them.' },
  );
}

/** Throws `invalid-value` for a password that was chosen and does not pass. */
export function refuseWeak(password: Secret, strengthChecks: readonly string[]): void {
  const text = password.reveal();
  if (text !== '' && compileChecks(strengthChecks)(text)) return;
  throw new ConnectorError('invalid-value', 'The default password does not pass StrengthCheck.', {
    hint: 'Choose another one, or let it be generated.',
  });
}

function compileChecks(expressions: readonly string[]): (text: string) => boolean {
  const compiled = expressions.map((expression) => {
    try {
      return RE2JS.compile(expression);
    } catch (error) {
      if (!(error instanceof RE2JSException)) throw error;
      throw new ConnectorError('invalid-value', 'A check of StrengthCheck cannot be read.', {
        hint: 'Run "lockstep validate" to see which, and correct it.',
        cause: error,
      });
    }
  });
  return (text) => compiled.every((expression) => expression.matcher(text).find());
}
