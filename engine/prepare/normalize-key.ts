/**
 * The form in which keys are stored and compared: Unicode NFC, without white space at the ends. `null` when nothing is
 * left, so that a key of blanks is no key.
 */
export function normalizeKey(text: string | null | undefined): string | null {
  if (text === null || text === undefined) return null;
  const key = text.normalize('NFC').trim();
  return key === '' ? null : key;
}

/** Two keys that fold alike are taken for one and the same: they differ in letter case only, if at all. */
export function foldKey(key: string): string {
  return key.toLowerCase();
}
