/** Methods of dates and spans of time. Dates are UTC throughout; spans are milliseconds. */
import { failed, invalidValue } from '../expression-error.ts';
import { parseDate, readDateFormat } from '../functions/date-format.ts';
import {
  daysInMonth,
  type Moment,
  minMoment,
  momentOf,
  partsOf,
  readDate,
} from '../functions/date-text.ts';
import { localDateFormatters } from './local-dates.ts';
import { checkedMoment } from './moment.ts';
import { asList, asLong, asNumber, asText, type Value } from './runtime.ts';
import { type MethodTable, methodTable } from './signature.ts';
import { readSpan } from './span-text.ts';
import { formatValue, textOf } from './value-text.ts';

const day = 86_400_000;
const ticksPerMillisecond = 10_000n;
/** 1601-01-01, where LDAP's ticks begin. */
const ldapEpoch = -11_644_473_600_000;

function adder(unit: number): (values: readonly Value[]) => Value {
  return ([date, count]) => checkedMoment(asNumber(date) + asNumber(count) * unit);
}

function addMonths(date: Moment, months: number): Moment {
  const parts = partsOf(date);
  const index = parts.year * 12 + parts.month - 1 + months;
  const year = Math.floor(index / 12);
  const month = (index % 12) + 1;
  if (year < 1 || year > 9999) throw failed('a date lies outside the years 1 to 9999.');
  const lastDay = daysInMonth(year, month);
  return momentOf({ ...parts, year, month, day: Math.min(parts.day, lastDay) }) ?? date;
}

/** `new DateTime(…)`, and the parts of other constructors. */
export function makeDate(values: readonly Value[]): Moment {
  const [year = 1, month = 1, dayOfMonth = 1, hour = 0, minute = 0, second = 0, millisecond = 0] =
    values.map(asNumber);
  const isFraction = millisecond >= 0 && millisecond <= 999;
  const moment = momentOf({ year, month, day: dayOfMonth, hour, minute, second, millisecond });
  if (moment !== undefined && isFraction && hour >= 0 && minute >= 0 && second >= 0) return moment;
  throw failed('new DateTime is given numbers that are no date.');
}

function compareNumbers([a, b]: readonly Value[]): Value {
  return Math.sign(asNumber(a) - asNumber(b));
}

/** The ticks of a moment since 0001-01-01. */
function ticksOf(moment: Moment): bigint {
  return BigInt(moment - minMoment) * ticksPerMillisecond;
}

/** Methods of `DateTime`. */
export const dateMethods: MethodTable = methodTable([
  ['AddDays', 'DateTime,double->DateTime', adder(day)],
  ['AddHours', 'DateTime,double->DateTime', adder(3_600_000)],
  ['AddMinutes', 'DateTime,double->DateTime', adder(60_000)],
  ['AddSeconds', 'DateTime,double->DateTime', adder(1000)],
  ['AddMilliseconds', 'DateTime,double->DateTime', adder(1)],
  [
    'AddMonths',
    'DateTime,int->DateTime',
    ([date, count]) => addMonths(asNumber(date), asNumber(count)),
  ],
  [
    'AddYears',
    'DateTime,int->DateTime',
    ([date, count]) => addMonths(asNumber(date), asNumber(count) * 12),
  ],
  [
    'AddTicks',
    'DateTime,long->DateTime',
    ([date, ticks]) => checkedMoment(asNumber(date) + Number(asLong(ticks) / ticksPerMillisecond)),
  ],
  ['Add', 'DateTime,TimeSpan->DateTime', adder(1)],
  ['Subtract', 'DateTime,TimeSpan->DateTime', ([a, b]) => checkedMoment(asNumber(a) - asNumber(b))],
  ['Subtract', 'DateTime,DateTime->TimeSpan', ([a, b]) => asNumber(a) - asNumber(b)],
  ['CompareTo', 'DateTime,DateTime->int', compareNumbers],
  ['Equals', 'DateTime,DateTime->bool', ([a, b]) => a === b],
  ['ToUniversalTime', 'DateTime->DateTime', ([date]) => asNumber(date)],
  ['ToString', 'DateTime->string', ([date]) => textOf('dateTime', asNumber(date))],
  ['ToString', 'DateTime,CultureInfo->string', ([date]) => textOf('dateTime', asNumber(date))],
  ['ToString', 'DateTime,string->string', formatGiven],
  ['ToString', 'DateTime,string,CultureInfo->string', formatGiven],
  [
    'ToShortDateString',
    'DateTime->string',
    ([date]) => formatValue('dateTime', asNumber(date), 'd'),
  ],
  [
    'ToLongDateString',
    'DateTime->string',
    ([date]) => formatValue('dateTime', asNumber(date), 'D'),
  ],
  [
    'ToShortTimeString',
    'DateTime->string',
    ([date]) => formatValue('dateTime', asNumber(date), 't'),
  ],
  [
    'ToLongTimeString',
    'DateTime->string',
    ([date]) => formatValue('dateTime', asNumber(date), 'T'),
  ],
  ['ToFileTimeUtc', 'DateTime->long', ([date]) => fileTimeOf(asNumber(date))],
  ...localDateFormatters,
  ['ToSince1601DateString', 'DateTime->string', ([date]) => String(fileTimeOf(asNumber(date)))],
]);

/** Steps of 100 nanoseconds since 1601, as directories count time. */
function fileTimeOf(moment: Moment): bigint {
  return BigInt(Math.round(moment - ldapEpoch)) * ticksPerMillisecond;
}

function formatGiven([date, format]: readonly Value[]): Value {
  return formatValue('dateTime', asNumber(date), asText(format));
}

/** Properties of `DateTime`: result type and value. */
export const dateProperties: ReadonlyMap<
  string,
  readonly [
    'int' | 'long' | 'DateTime' | 'TimeSpan' | 'DayOfWeek' | 'DateTimeKind',
    (date: Moment) => Value,
  ]
> = new Map([
  ['Year', ['int', (date: Moment): Value => partsOf(date).year]],
  ['Month', ['int', (date: Moment): Value => partsOf(date).month]],
  ['Day', ['int', (date: Moment): Value => partsOf(date).day]],
  ['Hour', ['int', (date: Moment): Value => partsOf(date).hour]],
  ['Minute', ['int', (date: Moment): Value => partsOf(date).minute]],
  ['Second', ['int', (date: Moment): Value => partsOf(date).second]],
  ['Millisecond', ['int', (date: Moment): Value => partsOf(date).millisecond]],
  ['DayOfWeek', ['DayOfWeek', (date: Moment): Value => new Date(date).getUTCDay()]],
  ['Kind', ['DateTimeKind', (): Value => 'Utc']],
  ['DayOfYear', ['int', (date: Moment): Value => Math.floor((date - startOfYear(date)) / day) + 1]],
  ['Ticks', ['long', ticksOf]],
  ['Date', ['DateTime', startOfDay]],
  ['TimeOfDay', ['TimeSpan', (date: Moment): Value => date - startOfDay(date)]],
]);

function startOfYear(date: Moment): Moment {
  const { year } = partsOf(date);
  return makeDate([year, 1, 1]);
}

/** Midnight of the day of a moment. */
export function startOfDay(date: Moment): Moment {
  return Math.floor(date / day) * day;
}

/** Properties of `TimeSpan`: whole parts are `int`, totals `double`. */
export const spanProperties: ReadonlyMap<
  string,
  readonly ['int' | 'long' | 'double', (span: number) => Value]
> = new Map([
  ['Days', ['int', (span: number): number => Math.trunc(span / day)]],
  ['Hours', ['int', (span: number): number => Math.trunc(span / 3_600_000) % 24]],
  ['Minutes', ['int', (span: number): number => Math.trunc(span / 60_000) % 60]],
  ['Seconds', ['int', (span: number): number => Math.trunc(span / 1000) % 60]],
  ['Milliseconds', ['int', (span: number): number => Math.trunc(span) % 1000]],
  ['Ticks', ['long', (span: number): Value => BigInt(Math.round(span)) * ticksPerMillisecond]],
  ['TotalMilliseconds', ['double', (span: number): number => span]],
  ['TotalDays', ['double', (span: number): number => span / day]],
  ['TotalHours', ['double', (span: number): number => span / 3_600_000]],
  ['TotalMinutes', ['double', (span: number): number => span / 60_000]],
  ['TotalSeconds', ['double', (span: number): number => span / 1000]],
]);

function parseKnown([text]: readonly Value[]): Value {
  const moment = readDate(asText(text));
  if (moment !== undefined) return moment;
  throw invalidValue(
    'DateTime.Parse is given a text that is no date.',
    'Use DateTime.ParseExact with the format of the text.',
  );
}

function parseExact([text, format]: readonly Value[]): Value {
  const known = readDateFormat(asText(format));
  const parsed = known === undefined ? undefined : parseDate(known, asText(text));
  if (parsed === undefined) {
    throw invalidValue('DateTime.ParseExact is given a text that does not follow the format.');
  }
  return checkedMoment(parsed.wallTime - (parsed.offsetMs ?? 0));
}

function parseAny([text, formats]: readonly Value[]): Value {
  for (const format of asList(formats)) {
    const known = readDateFormat(asText(format));
    const parsed = known === undefined ? undefined : parseDate(known, asText(text));
    if (parsed !== undefined) return checkedMoment(parsed.wallTime - (parsed.offsetMs ?? 0));
  }
  throw invalidValue('DateTime.ParseExact is given a text that follows none of the formats.');
}

/** Static methods of `DateTime`. */
export const dateStatics: MethodTable = methodTable([
  ['Compare', 'DateTime,DateTime->int', compareNumbers],
  ['Equals', 'DateTime,DateTime->bool', ([a, b]) => a === b],
  ['Parse', 'string->DateTime', parseKnown],
  ['Parse', 'string,CultureInfo?->DateTime', parseKnown],
  ['Parse', 'string,CultureInfo?,DateTimeStyles->DateTime', parseKnown],
  ['ParseExact', 'string,string,CultureInfo?->DateTime', parseExact],
  ['ParseExact', 'string,string,CultureInfo?,DateTimeStyles->DateTime', parseExact],
  ['ParseExact', 'string,string[],CultureInfo?,DateTimeStyles->DateTime', parseAny],
  ['SpecifyKind', 'DateTime,DateTimeKind->DateTime', ([date]) => asNumber(date)],
  [
    'FromFileTimeUtc',
    'long->DateTime',
    ([ticks]) => checkedMoment(Number(asLong(ticks) / ticksPerMillisecond) + ldapEpoch),
  ],
  [
    'DaysInMonth',
    'int,int->int',
    ([year, month]) => {
      makeDate([year ?? null, month ?? null, 1]);
      return daysInMonth(asNumber(year), asNumber(month));
    },
  ],
  [
    'IsLeapYear',
    'int->bool',
    ([year]) => {
      makeDate([year ?? null, 1, 1]);
      return daysInMonth(asNumber(year), 2) === 29;
    },
  ],
]);

function parseSpan([text]: readonly Value[]): Value {
  const span = readSpan(asText(text));
  if (span !== undefined) return span;
  throw invalidValue('TimeSpan.Parse is given a text that is no span of time.', 'Write hh:mm:ss.');
}

/** Static methods of `TimeSpan`. */
export const spanStatics: MethodTable = methodTable([
  ['Parse', 'string->TimeSpan', parseSpan],
  ['Parse', 'string,CultureInfo?->TimeSpan', parseSpan],
  ['FromMilliseconds', 'double->TimeSpan', ([count]) => asNumber(count)],
  ['FromDays', 'double->TimeSpan', ([count]) => asNumber(count) * day],
  ['FromHours', 'double->TimeSpan', ([count]) => asNumber(count) * 3_600_000],
  ['FromMinutes', 'double->TimeSpan', ([count]) => asNumber(count) * 60_000],
  ['FromSeconds', 'double->TimeSpan', ([count]) => asNumber(count) * 1000],
]);
