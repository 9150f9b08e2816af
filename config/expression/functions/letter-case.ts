/** Case conversion as .NET's invariant culture does it: letter by letter, never changing the length. */

// The invariant culture leaves the Turkish dotless and dotted i alone; full Unicode mapping would not.
const dotlessSmallI = '\u0131';
const dottedCapitalI = '\u0130';
const ascii = /^[\0-\x7f]*$/;

/** Upper case, invariant: `ß` and other letters without a single capital stay. */
export function toUpperInvariant(text: string): string {
  if (ascii.test(text)) return text.toUpperCase();
  let result = '';
  for (const letter of text) {
    const upper = letter.toUpperCase();
    result += letter === dotlessSmallI || upper.length !== letter.length ? letter : upper;
  }
  return result;
}

/** Lower case, invariant. */
export function toLowerInvariant(text: string): string {
  if (ascii.test(text)) return text.toLowerCase();
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
