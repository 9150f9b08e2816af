/** White space as `Char.IsWhiteSpace` has it: U+0085 counts, the byte order mark U+FEFF does not; in JavaScript it is the reverse. */

const blanks = '\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const leading = new RegExp(`^[${blanks}]+`);
const one = new RegExp(`^[${blanks}]$`);

/** True of a single blank character. */
export function isWhiteSpace(character: string): boolean {
  return one.test(character);
}

/** The text without white space at its start. */
export function trimStart(text: string): string {
  return text.replace(leading, '');
}

/** The text without white space at its end. */
export function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isWhiteSpace(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/** The text without white space at both ends. */
export function trim(text: string): string {
  return trimEnd(trimStart(text));
}
