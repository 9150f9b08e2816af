/** What a password must look like, as regular expressions in linear time. */
import { RE2JS, RE2JSException } from 're2js';
import { FileToolError } from './errors.ts';

/**
 * True for a text in which each expression is found. Throws `USAGE_INVALID` for one that cannot be read: look-ahead, which others
 * use to say several things at once, is not available; several expressions are.
 */
export function compileStrengthCheck(expressions: readonly string[]): (text: string) => boolean {
  const compiled = expressions.map(compile);
  return (text) => compiled.every((expression) => expression.matcher(text).find());
}

function compile(expression: string): RE2JS {
  try {
    return RE2JS.compile(expression);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    const hasLookAround = /\(\?<?[=!]/.test(expression);
    throw new FileToolError('USAGE_INVALID', 'The strength check is no regular expression.', {
      hint: hasLookAround
        ? 'Look-ahead and look-behind are not available: give --strength-check several times, all must be found.'
        : `${error.message.replace(/\.?$/, '.')} The syntax is that of RE2.`,
      cause: error,
    });
  }
}
