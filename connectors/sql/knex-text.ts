/**
 * Question marks on their way through knex, which takes each for a parameter wherever it stands. Its own escape, a backslash,
 * is taken off again by its PostgreSQL client only, and there together with every other backslash in front of it: names and
 * queries would arrive changed. A NUL marks them instead, which stands in no name; `restoreText` puts them back.
 */

/** A text without parameters, so that `restoreText` gives it back to the letter whatever it holds. */
export function protectText(text: string): string {
  return text.replaceAll('\0', '\0z').replaceAll('?', '\0q');
}

/**
 * A statement of ours: each `?` outside quotes stays a parameter; names and literals, in `"`, `` ` `` or `'` with the quote
 * doubled inside, are protected.
 */
export function protectQuoted(text: string): string {
  return text.replaceAll(/"[^"]*"|`[^`]*`|'[^']*'/g, protectText);
}

/** The inverse of both. */
export function restoreText(text: string): string {
  return text.replaceAll(/\0([qz])/g, (_mark, kind) => (kind === 'q' ? '?' : '\0'));
}
