/** Numbers as sources and spreadsheets write them. */
import type { Family, Reading } from './family.ts';

const patterns: readonly (readonly [RegExp, (text: string) => Reading])[] = [
  [/^-?(0|[1-9]\d*)$/, (text) => ['plain digits', toPlain(text)]],
  [/^-?0\d+$/, (text) => ['leading zeros', toPlain(text)]],
  [/^-?\d+\.\d+$/, (text) => ['a decimal point', toPlain(text)]],
  [/^-?\d+,\d+$/, (text) => ['a decimal comma', toPlain(text.replace(',', '.'))]],
  [
    /^-?\d{1,3}(,\d{3})+(\.\d+)?$/,
    (text) => ['commas between thousands', toPlain(text.replaceAll(',', ''))],
  ],
  [
    /^-?\d{1,3}(\.\d{3})+(,\d+)?$/,
    (text) => ['points between thousands', toPlain(text.replaceAll('.', '').replace(',', '.'))],
  ],
  [
    /^-?\d{1,3}([ \u00a0\u202f'\u2019]\d{3})+([.,]\d+)?$/,
    (text) => [
      'gaps between thousands',
      toPlain(text.replaceAll(/[ \u00a0\u202f'\u2019]/g, '').replace(',', '.')),
    ],
  ],
  [
    /^-?\d(?:[.,]\d+)?e[+-]?\d+$/i,
    (text) => ['scientific notation', `~${text.replace(',', '.').toLowerCase()}`],
  ],
  [
    /^-?\d+(?:[.,]\d+)? ?%$/,
    (text) => ['percent signs', toPlain(movePoint(text.replace(',', '.').replace(/ ?%/, '')))],
  ],
];

export const numberFamily: Family = {
  aspect: 'number format',
  read: (text) =>
    /\d/.test(text) && text.length < 40
      ? patterns.filter(([pattern]) => pattern.test(text)).map(([, read]) => read(text))
      : [],
  isSame: (a, b) => {
    if (a === b) return true;
    const [short, long] = a.startsWith('~') ? [a, b] : [b, a];
    if (!short.startsWith('~')) return false;
    // Scientific notation keeps as many digits as it shows.
    const mantissa = short.slice(1).split('e')[0] ?? '';
    const digits = mantissa.replaceAll(/[-.]/g, '').length;
    return Number(Number(long).toPrecision(digits)) === Number(short.slice(1));
  },
};

/** Without leading zeros, and without zeros that say nothing after the point. Text all the way: digits are not rounded. */
function toPlain(text: string): string {
  const isNegative = text.startsWith('-');
  const [whole = '', fraction = ''] = text.replace('-', '').split('.');
  const plain = whole.replace(/^0+(?=\d)/, '');
  const rest = fraction.replace(/0+$/, '');
  return `${isNegative ? '-' : ''}${plain}${rest === '' ? '' : `.${rest}`}`;
}

/** A hundredth, by moving the point. */
function movePoint(text: string): string {
  const isNegative = text.startsWith('-');
  const [whole = '', fraction = ''] = text.replace('-', '').split('.');
  const digits = whole.padStart(3, '0');
  return `${isNegative ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}${fraction}`;
}
