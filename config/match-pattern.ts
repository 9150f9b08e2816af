/** Patterns of the configuration, matched in time that grows with the text only. */
import { RE2JS, RE2JSException, RE2JSSyntaxException } from 're2js';

export type CompiledPattern =
  | { readonly status: 'compiled'; readonly matches: (value: string) => boolean }
  | {
      readonly status: 'rejected';
      readonly message: string;
      /** The part of the pattern that could not be read. */
      readonly offset: number;
      readonly length: number;
    };

/** The pattern matches a value as a whole. The syntax is that of [RE2](https://github.com/google/re2/wiki/Syntax). */
export function compilePattern(pattern: string, ignoresCase: boolean): CompiledPattern {
  try {
    const compiled = RE2JS.compile(pattern, ignoresCase ? RE2JS.CASE_INSENSITIVE : 0);
    return { status: 'compiled', matches: (value) => compiled.matches(value) };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    const part = error instanceof RE2JSSyntaxException ? (error.getPattern() ?? '') : '';
    const found = part === '' ? -1 : pattern.indexOf(part);
    const message = error instanceof RE2JSSyntaxException ? error.getDescription() : error.message;
    return {
      status: 'rejected',
      message,
      offset: Math.max(0, found),
      length: found < 0 ? pattern.length : part.length,
    };
  }
}

/** What to do about a pattern that was rejected. */
export function describePatternError(pattern: string): string {
  if (/\(\?<?[=!]/.test(pattern))
    return 'Look-ahead and look-behind are not available; write the test as two tests.';
  if (/\\[1-9]/.test(pattern)) return 'Back references are not available.';
  return 'Correct the pattern at the marked place.';
}
