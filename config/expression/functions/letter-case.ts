/** Case conversion as .NET's invariant culture does it: letter by letter, never changing the length. */

// The invariant culture leaves the Turkish dotless and dotted i alone; full Unicode mapping would not.
const dotlessSmallI = '\u0131';
const dottedCapitalI = '\u0130';
// Latin letters that have exactly one letter of the other case: the engine's own conversion does them right.
const plainToUpper = /^[\0-\u00de\u00e0-\u012f\u0132-\u0148\u014a-\u017e]*$/;
const plainToLower = /^[\0-\u012f\u0132-\u017e]*$/;

/** Upper case, invariant: `ß` and other letters without a single capital stay. */
export function toUpperInvariant(text: string): string {
  if (plainToUpper.test(text)) return text.toUpperCase();
  let result = '';
  for (const letter of text) {
    const upper = letter.toUpperCase();
    result += letter === dotlessSmallI || upper.length !== letter.length ? letter : upper;
  }
  return result;
}

/** Lower case, invariant. */
export function toLowerInvariant(text: string): string {
  if (plainToLower.test(text)) return text.toLowerCase();
  let result = '';
  for (const letter of text) {
    const lower = letter.toLowerCase();
    result += letter === dottedCapitalI || lower.length !== letter.length ? letter : lower;
  }
  return result;
}

/** The first character in upper case, the rest as it is. */
export function toTitle(text: string): string {
  const first = text.codePointAt(0);
  if (first === undefined) return text;
  const letter = String.fromCodePoint(first);
  return toUpperInvariant(letter) + text.slice(letter.length);
}

/** First names: words capitalized and joined by `-`, accents kept (`jean PAUL` gives `Jean-Paul`). */
export function toFirstName(text: string): string {
  return text
    .split(/[\s-]/u)
    .filter((word) => word !== '')
    .map((word) => toTitle(toLowerInvariant(word)))
    .join('-');
}
