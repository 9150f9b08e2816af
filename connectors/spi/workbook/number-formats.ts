/** Number formats of a workbook: which say dates, which pad with zeros. ECMA-376 part 1, 18.8.30 and 18.8.31. */

/** How the number of a cell becomes text. */
export type NumberFormat =
  | { readonly kind: 'number' }
  /** Whole numbers get zeros in front up to `width` digits. */
  | { readonly kind: 'padded'; readonly width: number }
  | {
      readonly kind: 'date';
      /** Only hours, minutes and seconds are shown. */
      readonly isTime: boolean;
      /** Hours past 24 are counted on: a length of time. */
      readonly isElapsed: boolean;
      readonly hasFractions: boolean;
    };

const plainNumber: NumberFormat = { kind: 'number' };
type DateFormat = Extract<NumberFormat, { readonly kind: 'date' }>;
const date: DateFormat = { kind: 'date', isTime: false, isElapsed: false, hasFractions: false };
const time: DateFormat = { ...date, isTime: true };

/** The formats that have a number and no code; those with other numbers are declared by the workbook. */
export function findBuiltInFormat(id: number): NumberFormat {
  if ((id >= 18 && id <= 21) || id === 45) return time;
  if (id === 46) return { ...time, isElapsed: true };
  if (id === 47) return { ...time, hasFractions: true };
  // 27 to 36 and 50 to 58 are dates of East Asian calendars.
  const isDate = (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 50 && id <= 58);
  return isDate ? date : plainNumber;
}

/** Quoted text, escaped characters, widths and fillers: none of them means a part of a date. */
const literals = /"[^"]*"?|\\.|_.|\*./gsu;
const elapsed = /\[(h+|m+|s+)\]/i;
const brackets = /\[[^\]]*\]?/g;

/** What a format code means for the text of a cell; of its sections, the first is that of positive numbers. */
export function parseFormatCode(code: string): NumberFormat {
  const bare = code.replace(literals, '');
  const isElapsed = elapsed.test(bare);
  const [section = ''] = bare
    .replace(new RegExp(elapsed, 'gi'), '$1')
    .replace(brackets, '')
    .split(';');
  if (/^0{2,}$/.test(section) && section === code.split(';')[0]) {
    return { kind: 'padded', width: section.length };
  }
  const letters = section.replace(/general/gi, '').toLowerCase();
  if (!/[dmyhs]/.test(letters)) return plainNumber;
  return {
    kind: 'date',
    isTime: !/[dy]/.test(letters) && /[hs]/.test(letters),
    isElapsed,
    hasFractions: /[sS][.,]0/.test(section),
  };
}
