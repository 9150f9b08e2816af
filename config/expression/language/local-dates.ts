/** The predefined date functions in the spelling of extension methods: `text.ParseLocalDate("Romance Standard Time", "dd/MM/yyyy")`. */
import { failed, invalidValue } from '../expression-error.ts';
import { formatDate, parseDate, readDateFormat } from '../functions/date-format.ts';
import { findTimeZone } from '../functions/time-zones.ts';
import { checkedMoment } from './moment.ts';
import { asNumber, asText, type Value } from './runtime.ts';

type Entry = readonly [string, string, (values: readonly Value[]) => Value];

function parse(
  name: string,
  text: Value | undefined,
  zone: Value | undefined,
  format: Value | undefined,
  minutes: number,
): Value {
  if (text === null || text === undefined || text === '') return null;
  const known = readDateFormat(asText(format));
  const timeZone = zone === undefined ? undefined : findTimeZone(asText(zone));
  if (known === undefined || (zone !== undefined && timeZone === undefined)) {
    throw failed(`${name} is given a format or a time zone that there is not.`);
  }
  const parsed = parseDate(known, asText(text).trim());
  if (parsed === undefined) {
    throw invalidValue(
      `the input of ${name} does not follow the format.`,
      'Correct the value in the source, or the format in the configuration.',
    );
  }
  const { wallTime, offsetMs } = parsed;
  const local = timeZone?.momentAt(wallTime) ?? wallTime;
  return checkedMoment((offsetMs === undefined ? local : wallTime - offsetMs) + minutes * 60_000);
}

/** Methods of texts. */
export const localDateParsers: readonly Entry[] = [
  [
    'ParseLocalDate',
    'string?,string,string->DateTime?',
    ([text, zone, format]) => parse('ParseLocalDate', text, zone, format, 0),
  ],
  [
    'ParseLocalDateThenAddMinutes',
    'string?,string,string,int->DateTime?',
    ([text, zone, format, minutes]) =>
      parse('ParseLocalDateThenAddMinutes', text, zone, format, asNumber(minutes)),
  ],
  [
    'ParseUniversalDate',
    'string?,string->DateTime?',
    ([text, format]) => parse('ParseUniversalDate', text, undefined, format, 0),
  ],
  [
    'ParseUniversalDateThenAddMinutes',
    'string?,string,int->DateTime?',
    ([text, format, minutes]) =>
      parse('ParseUniversalDateThenAddMinutes', text, undefined, format, asNumber(minutes)),
  ],
];

/** Methods of dates. */
export const localDateFormatters: readonly Entry[] = [
  [
    'FormatLocalDate',
    'DateTime,string,string->string',
    ([date, zone, format]) => {
      const timeZone = findTimeZone(asText(zone));
      const known = readDateFormat(asText(format));
      if (timeZone === undefined || known === undefined) {
        throw failed('FormatLocalDate is given a format or a time zone that there is not.');
      }
      const moment = asNumber(date);
      return formatDate(known, moment, timeZone.offsetAt(moment), false);
    },
  ],
];
