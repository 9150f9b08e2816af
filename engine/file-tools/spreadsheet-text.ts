/** Text that a spreadsheet shows as it is: never a formula, never half of a character. */

/**
 * What makes a spreadsheet read a cell of a CSV file as a formula, or as something else than its text: an operator at the
 * beginning (also in its full width), or a tab or line end that hides one.
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
const formulaStart = /^[=+\-@\t\r\n＝＋－＠]/u;

/**
 * What ends a cell where a spreadsheet splits lines in another way than they were written: many take a semicolon or a tab for
 * the separator, and then no quote in the middle of a line keeps a value together.
 */
const innerStart = /([;\t\r\n])(?=[=+\-@＝＋－＠])/gu;

/**
 * The text with an apostrophe before what a spreadsheet would compute, at its beginning and wherever a cell may begin in it:
 * spreadsheets read it as the mark of text.
 */
export function guardFormula(text: string): string {
  const guarded = text.replace(innerStart, "$1'");
  return formulaStart.test(guarded) ? `'${guarded}` : guarded;
}

/** Characters that no XML file may hold, halves of surrogate pairs among them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unwritable = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFD-\uFFFF]/g;
/** Spreadsheets read `_x0041_` as the character it names. */
const escapeLike = /_(?=x[0-9A-Fa-f]{4}_)/g;
/** Most characters one cell may hold. https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3 */
const maxCellLength = 32_767;
const cutMark = '… (cut)';

/** Text for a cell of a workbook: what a file cannot hold becomes `?`, what a cell cannot hold is cut, and says so. */
export function toCellText(text: string): string {
  const writable = text.toWellFormed().replace(unwritable, '?').replace(escapeLike, '_x005F_');
  if (writable.length <= maxCellLength) return writable;
  return `${writable.slice(0, maxCellLength - cutMark.length).toWellFormed()}${cutMark}`;
}

const maxNameLength = 31;

/** A name that a workbook accepts for a sheet and that none of `taken` has, which it joins; letter case does not count. */
export function nameSheet(wanted: string, taken: Set<string>): string {
  const plain = toCellText(wanted)
    .replace(/[[\]/\\:*?\s]+/gu, ' ')
    .replace(/^[' ]+|[' ]+$/gu, '');
  const base = plain === '' || plain.toLowerCase() === 'history' ? `Sheet ${plain}`.trim() : plain;
  for (let number = 1; ; number++) {
    const end = number === 1 ? '' : ` (${number})`;
    const name = `${cutText(base, maxNameLength - end.length)}${end}`;
    if (taken.has(name.toLowerCase())) continue;
    taken.add(name.toLowerCase());
    return name;
  }
}

/** At most so many UTF-16 units, and no half character. */
function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  const cut = text.slice(0, length);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}
