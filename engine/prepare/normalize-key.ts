/**
 * The form in which keys are stored and compared: Unicode NFC, without white space at the ends and without NUL
 * characters. `null` when nothing is left, so that a key of blanks is no key.
 */
export function normalizeKey(text: string | null | undefined): string | null {
  if (text === null || text === undefined) return null;
  const key = (withoutNul(text) ?? '').normalize('NFC').trim();
  return key === '' ? null : key;
}

/** A NUL character says nothing, and PostgreSQL holds no text with one: a single cell would stop its connector for good. */
export function withoutNul(text: string | null): string | null {
  return text?.includes('\u0000') === true ? text.replaceAll('\u0000', '') || null : text;
}

/** Two keys that fold alike are taken for one and the same: they differ in letter case only, if at all. */
export function foldKey(key: string): string {
  return key.toLowerCase();
}
