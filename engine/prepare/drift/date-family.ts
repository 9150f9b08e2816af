/** Dates and times as sources write them, for telling that a column changed from one way to another. */
import type { Family, Reading } from './family.ts';

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Order of the parts of a date between separators, by the name people know it by. */
const orders = [
  ['yyyy', 'MM', 'dd'],
  ['dd', 'MM', 'yyyy'],
  ['MM', 'dd', 'yyyy'],
  ['dd', 'MM', 'yy'],
  ['MM', 'dd', 'yy'],
  ['yy', 'MM', 'dd'],
] as const;

const dayMs = 86_400_000;
/** Days from Excel's day 0 to 1970-01-01. */
const excelEpochDays = 25_569;
/** Seconds from 1601-01-01, where Windows starts to count, to 1970-01-01. */
const windowsEpochSeconds = 11_644_473_600;

export const dateFamily: Family = {
  aspect: 'date format',
  read: (text) => [...readSeparated(text), ...readPacked(text), ...readCounted(text)],
  isSame: isSameMoment,
};

/** One without a time fits any time of its day; one without a century any century. */
function isSameMoment(a: string, b: string): boolean {
  const [left, right] =
    a.startsWith('--') || b.startsWith('--') ? [a.slice(2), b.slice(2)] : [a, b];
  return left.startsWith(right) || right.startsWith(left);
}

function readSeparated(text: string): Reading[] {
  const match =
    /^(\d{1,4})([-/. ])(\d{1,2}|[a-z]{3})\2(\d{1,4})(?:[T ](\d{1,2}:\d{2}(?::\d{2})?)(?:\.\d+)? ?(Z|[ap]m|[+-]\d{2}:?\d{2})?)?$/i.exec(
      text,
    );
  if (match === null) return [];
  const [, first = '', separator = '', middle = '', last = '', time, zone] = match;
  const readings: Reading[] = [];
  for (const order of orders) {
    const parts = new Map(
      order.map((part, index) => [part[0], [first, middle, last][index] ?? '']),
    );
    const widths = order.every((part, index) => fits(part, [first, middle, last][index] ?? ''));
    const date = widths ? toDate(parts) : null;
    if (date === null) continue;
    const isShort = [first, middle, last].some((each) => each.length === 1);
    const isNamed = /[a-z]/i.test(middle);
    const name = order
      .map((part) => (isNamed && part === 'MM' ? 'MMM' : part))
      .join(separator)
      .replaceAll(/dd|MM(?!M)/g, (part) => (isShort ? (part[0] ?? '') : part));
    const suffix =
      time === undefined ? '' : ` with time${zone === undefined ? '' : ` and ${nameZone(zone)}`}`;
    readings.push([
      `${name}${suffix}`,
      time === undefined ? date : `${date}T${to24Hours(time, zone)}`,
    ]);
  }
  return readings;
}

function nameZone(zone: string): string {
  if (/[ap]m/i.test(zone)) return 'AM or PM';
  return zone.toUpperCase() === 'Z' ? 'Z' : 'offset';
}

function to24Hours(time: string, zone: string | undefined): string {
  const [hour = '0', ...rest] = time.split(':');
  const shift =
    zone !== undefined && /[ap]m/i.test(zone)
      ? (Number(hour) % 12) + (/p/i.test(zone) ? 12 : 0)
      : Number(hour);
  return [String(shift).padStart(2, '0'), ...rest].join(':');
}

function fits(part: string, digits: string): boolean {
  if (part === 'yyyy') return digits.length === 4;
  if (part === 'yy') return digits.length === 2 && /\d/.test(digits);
  return digits.length <= 2 || (part === 'MM' && /^[a-z]{3}$/i.test(digits));
}

function toDate(parts: ReadonlyMap<string | undefined, string>): string | null {
  const year = parts.get('y') ?? '';
  const written = parts.get('M') ?? '';
  const month = /\d/.test(written) ? Number(written) : months.indexOf(written.toLowerCase()) + 1;
  const day = Number(parts.get('d'));
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= 31)) return null;
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${year.length === 4 ? year : `--${year}`}-${two(month)}-${two(day)}`;
}

function readPacked(text: string): Reading[] {
  const match = /^((?:19|20|99)\d{2})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})(?:\.\d+)?(Z?))?$/.exec(
    text,
  );
  if (match === null) return [];
  const [, year = '', month = '', day = '', hour, minute, second, zone = ''] = match;
  const date = toDate(
    new Map([
      ['y', year],
      ['M', month],
      ['d', day],
    ]),
  );
  if (date === null) return [];
  if (hour === undefined) return [['yyyyMMdd', date]];
  return [[`yyyyMMddHHmmss${zone}`, `${date}T${hour}:${minute}:${second}`]];
}

/** Numbers that count days or seconds: only beside a column of dates are they ever taken for one. */
function readCounted(text: string): Reading[] {
  if (!/^\d{5}(?:\.\d+)?$|^\d{10}$|^\d{13}$|^\d{18}$/.test(text)) return [];
  const number = Number(text);
  const whole = text.split('.')[0] ?? '';
  switch (whole.length) {
    case 5:
      return [
        [
          'a count of days, as spreadsheets keep dates',
          toIso((number - excelEpochDays) * dayMs, text.includes('.')),
        ],
      ];
    case 10:
      return [['seconds since 1970', toIso(number * 1_000, true)]];
    case 13:
      return [['milliseconds since 1970', toIso(number, true)]];
    default:
      return [
        ['100 nanoseconds since 1601', toIso((number / 1e7 - windowsEpochSeconds) * 1_000, true)],
      ];
  }
}

function toIso(ms: number, hasTime: boolean): string {
  const date = new Date(Math.round(ms / 1_000) * 1_000);
  if (Number.isNaN(date.getTime())) return '';
  return date.toISOString().slice(0, hasTime ? 19 : 10);
}

/** Milliseconds of a value of a written date format (never of a plain count), for telling a shift; `null` for others. */
export function readMoment(text: string): number | null {
  const [reading] = [...readSeparated(text), ...readPacked(text)];
  if (reading === undefined || reading[1].startsWith('--')) return null;
  const ms = Date.parse(reading[1].includes('T') ? `${reading[1]}Z` : reading[1]);
  return Number.isNaN(ms) ? null : ms;
}
