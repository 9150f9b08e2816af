/**
 * .NET date formats with the invariant culture, for writing and for exact reading.
 * https://learn.microsoft.com/dotnet/standard/base-types/custom-date-and-time-format-strings
 */
import {
  type DateParts,
  type Moment,
  maxMoment,
  minMoment,
  momentOf,
  partsOf,
} from './date-text.ts';

const dayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** Standard formats of one letter; the invariant culture has no seconds of its own in `g` and `f`. */
const standardFormats: ReadonlyMap<string, string> = new Map([
  ['d', 'MM/dd/yyyy'],
  ['D', 'dddd, dd MMMM yyyy'],
  ['f', 'dddd, dd MMMM yyyy HH:mm'],
  ['F', 'dddd, dd MMMM yyyy HH:mm:ss'],
  ['g', 'MM/dd/yyyy HH:mm'],
  ['G', 'MM/dd/yyyy HH:mm:ss'],
  ['m', 'MMMM dd'],
  ['M', 'MMMM dd'],
  ['o', "yyyy-MM-dd'T'HH:mm:ss.fffffffK"],
  ['O', "yyyy-MM-dd'T'HH:mm:ss.fffffffK"],
  ['r', "ddd, dd MMM yyyy HH:mm:ss 'GMT'"],
  ['R', "ddd, dd MMM yyyy HH:mm:ss 'GMT'"],
  ['s', "yyyy-MM-dd'T'HH:mm:ss"],
  ['t', 'HH:mm'],
  ['T', 'HH:mm:ss'],
  ['u', "yyyy-MM-dd HH:mm:ss'Z'"],
  ['U', 'dddd, dd MMMM yyyy HH:mm:ss'],
  ['y', 'yyyy MMMM'],
  ['Y', 'yyyy MMMM'],
]);

type FormatPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'field'; readonly letter: string; readonly width: number };

/** A format read once; `parts` in order. */
export interface DateFormat {
  readonly parts: readonly FormatPart[];
}

const fieldLetters = 'dfFghHKmMstyz';
const maxFormatLength = 200;

/** Reads a format: the standard letters, else custom fields. `undefined` when it is no format. */
export function readDateFormat(format: string): DateFormat | undefined {
  if (format === '' || format.length > maxFormatLength) return undefined;
  const text = format.length === 1 ? standardFormats.get(format) : format;
  if (text === undefined) return undefined;
  const parts: FormatPart[] = [];
  let index = 0;
  while (index < text.length) {
    const character = text.charAt(index);
    if (fieldLetters.includes(character)) {
      let width = 1;
      while (text.charAt(index + width) === character) width++;
      if (width > 7) return undefined;
      parts.push({ kind: 'field', letter: character, width });
      index += width;
    } else if (character === "'" || character === '"') {
      const end = text.indexOf(character, index + 1);
      if (end < 0) return undefined;
      parts.push({ kind: 'text', text: text.slice(index + 1, end) });
      index = end + 1;
    } else if (character === '\\') {
      if (index + 1 >= text.length) return undefined;
      parts.push({ kind: 'text', text: text.charAt(index + 1) });
      index += 2;
    } else if (character === '%') {
      if (!fieldLetters.includes(text.charAt(index + 1)) || index + 1 >= text.length)
        return undefined;
      index++;
    } else {
      parts.push({ kind: 'text', text: character });
      index++;
    }
  }
  return { parts };
}

/** Writes a moment; `offsetMs` moves it to the wall clock of a zone and feeds `z`. */
export function formatDate(format: DateFormat, moment: Moment, offsetMs = 0, isUtc = true): string {
  const wall = Math.min(maxMoment, Math.max(minMoment, moment + offsetMs));
  const parts = partsOf(wall);
  const weekday = new Date(wall).getUTCDay();
  let result = '';
  for (const part of format.parts) {
    if (part.kind === 'text') {
      result += part.text;
      continue;
    }
    const text = formatField(part, parts, weekday, offsetMs, isUtc);
    // A fraction that is left out takes its point along.
    if (part.letter === 'F' && text === '' && result.endsWith('.')) result = result.slice(0, -1);
    result += text;
  }
  return result;
}

function formatField(
  field: { readonly letter: string; readonly width: number },
  parts: DateParts,
  weekday: number,
  offsetMs: number,
  isUtc: boolean,
): string {
  const { letter, width } = field;
  const two = Math.min(width, 2);
  switch (letter) {
    case 'd':
      if (width === 3) return (dayNames[weekday] ?? '').slice(0, 3);
      return width > 3 ? (dayNames[weekday] ?? '') : pad(parts.day, two);
    case 'M': {
      const name = monthNames[parts.month - 1] ?? '';
      if (width === 3) return name.slice(0, 3);
      return width > 3 ? name : pad(parts.month, two);
    }
    case 'y':
      return width <= 2 ? pad(parts.year % 100, width) : pad(parts.year, width);
    case 'H':
      return pad(parts.hour, two);
    case 'h':
      return pad(parts.hour % 12 === 0 ? 12 : parts.hour % 12, two);
    case 'm':
      return pad(parts.minute, two);
    case 's':
      return pad(parts.second, two);
    case 'f':
      return pad(parts.millisecond, 3).padEnd(7, '0').slice(0, width);
    case 'F':
      return pad(parts.millisecond, 3).padEnd(7, '0').slice(0, width).replace(/0+$/, '');
    case 't':
      return (parts.hour < 12 ? 'AM' : 'PM').slice(0, two);
    case 'g':
      return 'A.D.';
    case 'K':
      return isUtc ? 'Z' : formatOffset(offsetMs, 3);
    default:
      return formatOffset(offsetMs, width);
  }
}

function formatOffset(offsetMs: number, width: number): string {
  const minutes = Math.round(Math.abs(offsetMs) / 60_000);
  const hours = pad(Math.floor(minutes / 60), width === 1 ? 1 : 2);
  const sign = offsetMs < 0 ? '-' : '+';
  return width < 3 ? sign + hours : `${sign}${hours}:${pad(minutes % 60, 2)}`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

/** What exact reading found: the wall time as if it were UTC, and the offset when the text names one. */
export interface ParsedDate {
  readonly wallTime: Moment;
  readonly offsetMs?: number;
}

/** Reads a text that follows the format exactly; `undefined` when it does not. Missing parts count as the first of January, 0 h, year 1. */
export function parseDate(format: DateFormat, text: string): ParsedDate | undefined {
  const found = { y: 1, M: 1, d: 1, H: 0, m: 0, s: 0, f: 0 };
  let isAfternoon: boolean | undefined;
  let usesTwelveHours = false;
  let offset: number | undefined;
  let rest = text;
  const take = (pattern: RegExp): string | undefined => {
    const match = pattern.exec(rest);
    if (match === null) return undefined;
    rest = rest.slice(match[0].length);
    return match[0];
  };
  for (const [index, part] of format.parts.entries()) {
    if (part.kind === 'text') {
      if (!rest.startsWith(part.text)) {
        if (part.text === '.' && isOptionalFraction(format.parts[index + 1])) continue;
        return undefined;
      }
      rest = rest.slice(part.text.length);
      continue;
    }
    const { letter, width } = part;
    if ((letter === 'M' || letter === 'd') && width >= 3) {
      const names = letter === 'M' ? monthNames : dayNames;
      const index = findName(names, width, rest);
      if (index < 0) return undefined;
      rest = rest.slice(width === 3 ? 3 : (names[index] ?? '').length);
      if (letter === 'M') found.M = index + 1;
      continue;
    }
    if (letter === 't') {
      const mark = take(width === 1 ? /^[AP]/i : /^[AP]M/i);
      if (mark === undefined) return undefined;
      isAfternoon = mark.toUpperCase().startsWith('P');
      continue;
    }
    if (letter === 'g') {
      if (take(/^A\.D\.|^AD/i) === undefined) return undefined;
      continue;
    }
    if (letter === 'K' || letter === 'z') {
      const mark = take(letter === 'K' ? /^(?:Z|[+-]\d\d:\d\d)?/ : offsetPattern(width));
      if (mark === undefined) return undefined;
      if (mark !== '') offset = readOffset(mark);
      continue;
    }
    if (letter === 'f' || letter === 'F') {
      const digits = take(
        letter === 'f' ? new RegExp(`^\\d{${width}}`) : new RegExp(`^\\d{0,${width}}`),
      );
      if (digits === undefined) return undefined;
      found.f = Number(digits.padEnd(3, '0').slice(0, 3));
      continue;
    }
    const digits = take(numberPattern(letter, width));
    if (digits === undefined) return undefined;
    if (letter === 'h') usesTwelveHours = true;
    if (letter === 'y' && width <= 2)
      found.y = Number(digits) + (Number(digits) < 50 ? 2000 : 1900);
    else if (letter === 'y' || letter === 'M' || letter === 'd') found[letter] = Number(digits);
    else if (letter === 'H' || letter === 'h') found.H = Number(digits);
    else if (letter === 'm' || letter === 's') found[letter] = Number(digits);
  }
  if (rest !== '') return undefined;
  if (usesTwelveHours && (found.H < 1 || found.H > 12)) return undefined;
  if (isAfternoon !== undefined && found.H <= 12) found.H = (found.H % 12) + (isAfternoon ? 12 : 0);
  const wallTime = momentOf({
    year: found.y,
    month: found.M,
    day: found.d,
    hour: found.H,
    minute: found.m,
    second: found.s,
    millisecond: found.f,
  });
  if (wallTime === undefined) return undefined;
  return offset === undefined ? { wallTime } : { wallTime, offsetMs: offset };
}

/** `F` reads a fraction that may be missing, with its point. */
function isOptionalFraction(part: FormatPart | undefined): boolean {
  return part?.kind === 'field' && part.letter === 'F';
}

function findName(names: readonly string[], width: number, text: string): number {
  const lower = text.toLowerCase();
  return names.findIndex((name) =>
    lower.startsWith((width === 3 ? name.slice(0, 3) : name).toLowerCase()),
  );
}

function numberPattern(letter: string, width: number): RegExp {
  if (letter === 'y' && width > 2) return new RegExp(`^\\d{${width}}`);
  return width === 1 ? /^\d{1,2}/ : /^\d{2}/;
}

function offsetPattern(width: number): RegExp {
  if (width === 1) return /^[+-]\d{1,2}/;
  return width === 2 ? /^[+-]\d{2}/ : /^[+-]\d{2}:\d{2}/;
}

function readOffset(mark: string): number {
  if (mark === 'Z') return 0;
  const [hours = '0', minutes = '0'] = mark.slice(1).split(':');
  const value = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return mark.startsWith('-') ? -value : value;
}
