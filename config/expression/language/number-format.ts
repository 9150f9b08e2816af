/**
 * Numbers in .NET formats with the invariant culture.
 * https://learn.microsoft.com/dotnet/standard/base-types/standard-numeric-format-strings
 * https://learn.microsoft.com/dotnet/standard/base-types/custom-numeric-format-strings
 */
import { writeDouble } from '../scalar-text.ts';

type Numeric = number | bigint;

const standard = /^([DdEeFfGgNnPpRrXx])(\d{0,2})$/;
/** A letter alone or with digits is a standard format, known or not. */
const standardLike = /^[A-Za-z]\d{0,9}$/;

/** True of formats that {@link formatNumber} carries out. */
export function isNumberFormat(format: string, isWhole: boolean): boolean {
  const match = standard.exec(format);
  if (match === null) return !standardLike.test(format) && format.length <= 100;
  const [, letter = ''] = match;
  return isWhole ? !'Rr'.includes(letter) : !'DdXx'.includes(letter);
}

/** The text of a number in a format that {@link isNumberFormat} knows. */
export function formatNumber(value: Numeric, format: string, isWhole: boolean): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return writeDouble(value);
  const match = standard.exec(format);
  if (match === null) return formatCustom(value, format);
  const [, letter = 'G', count] = match;
  const digits = count === '' || count === undefined ? undefined : Number(count);
  switch (letter.toUpperCase()) {
    case 'D':
      return signed(value, whole(value).padStart(digits ?? 1, '0'));
    case 'E':
      return exponential(value, digits ?? 6, letter);
    case 'F':
      return fixed(value, digits ?? 2);
    case 'N':
      return grouped(fixed(value, digits ?? 2));
    case 'P':
      return `${grouped(fixed(typeof value === 'bigint' ? value * 100n : value * 100, digits ?? 2))} %`;
    case 'X':
      return hexadecimal(value, digits ?? 1, letter);
    default:
      return general(value, digits, isWhole);
  }
}

/** Writes whole numbers in a format that {@link isNumberFormat} knows. */
export function numberWriter(format: string): (value: number) => string {
  const [, count = ''] = /^[Dd](\d{0,2})$/.exec(format) ?? [];
  // By far the most common: so many digits.
  if (count === '') return (value) => formatNumber(value, format, true);
  const digits = Number(count);
  const zeros = '0'.repeat(digits);
  return (value) => {
    if (value < 0) return formatNumber(value, format, true);
    const text = `${value}`;
    return text.length < digits ? zeros.slice(text.length) + text : text;
  };
}

function whole(value: Numeric): string {
  const text = String(value);
  return text.startsWith('-') ? text.slice(1) : text;
}

function signed(value: Numeric, text: string): string {
  return value < 0 ? `-${text}` : text;
}

function fixed(value: Numeric, places: number): string {
  if (typeof value === 'bigint')
    return places === 0 ? `${value}` : `${value}.${'0'.repeat(places)}`;
  if (Math.abs(value) < 1e21) return value.toFixed(places);
  return fixed(BigInt(value), places);
}

function grouped(text: string): string {
  const [integer = '', fraction] = text.split('.');
  const parted = integer.replace(/\B(?=(?:\d{3})+$)/g, ',');
  return fraction === undefined ? parted : `${parted}.${fraction}`;
}

function exponential(value: Numeric, digits: number, letter: string): string {
  const [mantissa = '0', exponent = '0'] = Number(value).toExponential(digits).split('e');
  return `${mantissa}${letter}${exponent.startsWith('-') ? '-' : '+'}${exponent.replace(/^[+-]/, '').padStart(3, '0')}`;
}

function hexadecimal(value: Numeric, digits: number, letter: string): string {
  const bits = typeof value === 'bigint' ? 64 : 32;
  const text = BigInt.asUintN(bits, BigInt(value)).toString(16).padStart(digits, '0');
  return letter === 'X' ? text.toUpperCase() : text;
}

function general(value: Numeric, digits: number | undefined, isWhole: boolean): string {
  if (digits === undefined || digits === 0)
    return isWhole ? String(value) : writeDouble(Number(value));
  const [mantissa = '0', exponentText = '0'] = Number(value)
    .toExponential(digits - 1)
    .split('e');
  const exponent = Number(exponentText);
  const short = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  if (exponent >= digits || exponent < -5) {
    return `${short}E${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const text = Number(value).toPrecision(digits);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** A number as decimal digits: `digits` with the point after the first `point` of them. */
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

function toDecimal(value: Numeric): Decimal {
  if (typeof value === 'bigint' || Number.isInteger(value)) {
    const digits = whole(typeof value === 'bigint' ? value : BigInt(value));
    return digits === '0' ? { digits: '', point: 0 } : { digits, point: digits.length };
  }
  // A custom format sees fifteen digits of a double.
  const [mantissa = '0', exponent = '0'] = Math.abs(value).toExponential(14).split('e');
  return { digits: mantissa.replace('.', '').replace(/0+$/, ''), point: Number(exponent) + 1 };
}

/** Rounded to so many decimals, halves away from zero. */
function round({ digits, point }: Decimal, places: number): Decimal {
  const kept = point + places;
  if (kept >= digits.length) return { digits, point };
  if (kept < 0) return { digits: '', point: 0 };
  const isUp = digits.charAt(kept) >= '5';
  const cut = digits.slice(0, kept);
  if (!isUp) return { digits: cut.replace(/0+$/, ''), point };
  const raised = (BigInt(cut === '' ? '0' : cut) + 1n).toString().padStart(cut.length, '0');
  return { digits: raised, point: point + raised.length - cut.length };
}

type Token =
  | { readonly kind: '0' | '#' | '.' | ',' | '%' }
  | { readonly kind: 'text'; readonly text: string };

function readSection(section: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let index = 0; index < section.length; index++) {
    const character = section.charAt(index);
    if (
      character === '0' ||
      character === '#' ||
      character === '.' ||
      character === ',' ||
      character === '%'
    ) {
      tokens.push({ kind: character });
      if (character === '%') tokens.push({ kind: 'text', text: '%' });
    } else if (character === '\\') tokens.push({ kind: 'text', text: section.charAt(++index) });
    else if (character === '"' || character === "'") {
      const end = section.indexOf(character, index + 1);
      const stop = end < 0 ? section.length : end;
      tokens.push({ kind: 'text', text: section.slice(index + 1, stop) });
      index = stop;
    } else tokens.push({ kind: 'text', text: character });
  }
  return tokens;
}

function splitSections(format: string): readonly string[] {
  return format.match(/(?:\\.|"[^"]*"|'[^']*'|[^;])+|(?<=;)(?=;|$)/g) ?? [''];
}

function formatCustom(value: Numeric, format: string): string {
  const sections = splitSections(format);
  const [positive = '', negative, zero] = sections;
  const isNegative = value < 0;
  const magnitude = isNegative ? -value : value;
  if (isNegative && negative !== undefined && negative !== '')
    return writeSection(magnitude, negative);
  const text = writeSection(magnitude, positive);
  const isZero = !/[1-9]/.test(text.replace(/\D/g, ''));
  if (isZero && zero !== undefined) return writeSection(0, zero);
  return isNegative && !isZero ? `-${text}` : text;
}

function writeSection(value: Numeric, section: string): string {
  const tokens = readSection(section);
  const pointAt = tokens.findIndex((token) => token.kind === '.');
  const isDigit = (token: Token): boolean => token.kind === '0' || token.kind === '#';
  const before = pointAt < 0 ? tokens : tokens.slice(0, pointAt);
  const after = pointAt < 0 ? [] : tokens.slice(pointAt + 1).filter((token) => token.kind !== '.');
  const scaled = tokens.some((token) => token.kind === '%')
    ? typeof value === 'bigint'
      ? value * 100n
      : value * 100
    : value;
  const places = after.filter(isDigit).length;
  const rounded = round(toDecimal(scaled), places);
  const integer = rounded.digits
    .slice(0, Math.max(0, rounded.point))
    .padEnd(Math.max(0, rounded.point), '0');
  const fraction = (
    '0'.repeat(Math.max(0, -rounded.point)) + rounded.digits.slice(Math.max(0, rounded.point))
  ).slice(0, places);
  return writeInteger(before, integer) + writeFraction(after, fraction);
}

function writeInteger(tokens: readonly Token[], integer: string): string {
  const firstZero = tokens.findIndex((token) => token.kind === '0');
  const slots = tokens.filter(
    (token, index) =>
      token.kind === '0' || (token.kind === '#' && firstZero >= 0 && index > firstZero),
  );
  const padded = integer.padStart(slots.length, '0');
  const firstDigit = tokens.findIndex((token) => token.kind === '0' || token.kind === '#');
  const lastDigit = tokens.findLastIndex((token) => token.kind === '0' || token.kind === '#');
  const isGrouped = tokens.some(
    (token, index) => token.kind === ',' && index > firstDigit && index < lastDigit,
  );
  let result = '';
  let left = padded.length;
  let written = 0;
  const take = (): void => {
    left--;
    if (isGrouped && written > 0 && written % 3 === 0) result = `,${result}`;
    result = padded.charAt(left) + result;
    written++;
  };
  for (let index = tokens.length - 1; index >= 0; index--) {
    const token = tokens[index];
    if (token?.kind === 'text') result = token.text + result;
    else if (token?.kind === '0' || token?.kind === '#') {
      if (left > 0) take();
      if (index === firstDigit) while (left > 0) take();
    }
  }
  return result;
}

function writeFraction(tokens: readonly Token[], fraction: string): string {
  const lastZero = tokens.findLastIndex((token) => token.kind === '0');
  const significant = fraction.replace(/0+$/, '').length;
  let result = '';
  let digits = '';
  let at = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.kind === 'text') result += token.text;
    else if (token.kind === '0' || token.kind === '#') {
      if (at < significant || index <= lastZero) {
        const digit = fraction.charAt(at) || '0';
        result += digit;
        digits += digit;
      }
      at++;
    }
  }
  return digits === '' ? result : `.${result}`;
}
