/** The predefined functions: `Name` or `Name:arg2|arg3`; the bound value is the first argument. */
import type { ScalarType } from '../entity-model.ts';
import { invalidValue } from './expression-error.ts';
import type { Findings } from './finding.ts';
import type { Argument } from './form.ts';
import { type DateFormat, formatDate, parseDate, readDateFormat } from './functions/date-format.ts';
import { maxMoment, minMoment, readDate, writeDate } from './functions/date-text.ts';
import { removeDiacritics, simplify } from './functions/diacritics.ts';
import { toDoubleMetaphone } from './functions/double-metaphone.ts';
import { toFormattedDn } from './functions/formatted-dn.ts';
import {
  toFirstName,
  toLowerInvariant,
  toTitle,
  toUpperInvariant,
} from './functions/letter-case.ts';
import { toSoundex } from './functions/soundex.ts';
import { findTimeZone, listWindowsZones, type TimeZone } from './functions/time-zones.ts';
import { trim, trimEnd, trimStart } from './functions/white-space.ts';
import { suggestName } from './nearest-name.ts';

/** A function with its further arguments read; the input is never empty, its text as stored. */
interface PreparedFunction {
  readonly result: Extract<ScalarType, 'String' | 'DateTime'>;
  run(input: string): string | null;
}

/** Functions of one text, which code may also call on a string (`x.Simplify()`). */
export const textFunctions: ReadonlyMap<string, (text: string) => string> = new Map([
  ['ToUpper', toUpperInvariant],
  ['ToLower', toLowerInvariant],
  ['Trim', trim],
  ['TrimStart', trimStart],
  ['TrimEnd', trimEnd],
  ['ToTitle', toTitle],
  ['ToFirstName', toFirstName],
  ['RemoveDiacritics', removeDiacritics],
  ['Simplify', simplify],
  ['ToSoundex', toSoundex],
  ['ToDoubleMetaphone', toDoubleMetaphone],
  ['ToFormatedDN', toFormattedDn],
]);

interface DateFunction {
  /** What the arguments after the input are, in order. */
  readonly parameters: readonly ('zone' | 'format' | 'minutes')[];
  readonly result: PreparedFunction['result'];
}

const dateFunctions: ReadonlyMap<string, readonly DateFunction[]> = new Map([
  ['ParseLocalDate', [{ parameters: ['zone', 'format'], result: 'DateTime' }]],
  [
    'ParseLocalDateThenAddMinutes',
    [{ parameters: ['zone', 'format', 'minutes'], result: 'DateTime' }],
  ],
  ['ParseUniversalDate', [{ parameters: ['format'], result: 'DateTime' }]],
  [
    'ParseUniversalDateThenAddMinutes',
    // The published table names a time zone that a universal date has no use for; both spellings are taken.
    [
      { parameters: ['format', 'minutes'], result: 'DateTime' },
      { parameters: ['zone', 'format', 'minutes'], result: 'DateTime' },
    ],
  ],
  ['FormatLocalDate', [{ parameters: ['zone', 'format'], result: 'String' }]],
]);

/** Every predefined function with the way it is written and what it gives, for editors. */
export function listPredefined(): readonly {
  readonly name: string;
  readonly usage: string;
  readonly result: string;
}[] {
  const ofTexts = [...textFunctions.keys()].map((name) => ({
    name,
    usage: name,
    result: 'String',
  }));
  const ofDates = [...dateFunctions].map(([name, [overload]]) => ({
    name,
    usage: `${name}:${overload?.parameters.map((item) => names[item]).join('|') ?? ''}`,
    result: overload?.result ?? '',
  }));
  return [...ofTexts, ...ofDates];
}

/** True when `name` is a predefined function. */
export function isPredefined(name: string): boolean {
  return textFunctions.has(name) || dateFunctions.has(name);
}

/** Finds the function and checks its further arguments; problems go to `findings`, and then there is no result. */
export function preparePredefined(
  name: string,
  offset: number,
  given: readonly Argument[],
  findings: Findings,
): PreparedFunction | undefined {
  const textFunction = textFunctions.get(name);
  if (textFunction !== undefined) {
    const [surplus] = given;
    if (surplus !== undefined && given.some((argument) => argument.text.trim() !== '')) {
      findings.error(surplus.offset, surplus.text.length, `${name} takes no further argument.`);
      return undefined;
    }
    return { result: 'String', run: textFunction };
  }
  const overloads = dateFunctions.get(name);
  if (overloads === undefined) {
    const known = [...textFunctions.keys(), ...dateFunctions.keys()];
    const otherwise = 'Write Literal:<text>, a function name, or C#:<parameter>:<statements>.';
    findings.error(
      offset,
      name.length,
      `${name === '' ? 'An empty text' : 'This'} is neither a literal, nor a predefined function, nor C#.`,
      suggestName(name, known, otherwise),
    );
    return undefined;
  }
  const overload = overloads.find((candidate) => candidate.parameters.length === given.length);
  if (overload === undefined) {
    const wanted = overloads.map((one) => one.parameters.map((item) => names[item]).join('|'));
    findings.error(
      offset,
      name.length,
      `${name} needs other arguments than these.`,
      `Write ${wanted.map((text) => `${name}:${text}`).join(' or ')}.`,
    );
    return undefined;
  }
  return prepareDate(name, overload, given, findings);
}

const names = { zone: '<time zone id>', format: '<format>', minutes: '<minutes>' } as const;

function prepareDate(
  name: string,
  overload: DateFunction,
  given: readonly Argument[],
  findings: Findings,
): PreparedFunction | undefined {
  let zone: TimeZone | undefined;
  let format: DateFormat | undefined;
  let minutes = 0;
  for (const [index, parameter] of overload.parameters.entries()) {
    const { text, offset } = given[index] ?? { text: '', offset: 0 };
    if (parameter === 'zone') {
      zone = findTimeZone(text);
      if (zone === undefined) {
        const hint = suggestName(
          text,
          listWindowsZones(),
          'Write one such as Romance Standard Time.',
        );
        findings.error(offset, text.length, 'This is not a time zone id.', hint);
      }
    } else if (parameter === 'format') {
      format = readDateFormat(text);
      if (format === undefined) {
        findings.error(
          offset,
          text.length,
          'This is not a date format.',
          'Write one such as dd/MM/yyyy.',
        );
      }
    } else if (/^\s*[+-]?\d{1,9}\s*$/.test(text)) minutes = Number(text);
    else findings.error(offset, text.length, 'A whole number of minutes is expected here.');
  }
  if (findings.hasErrors || format === undefined) return undefined;
  const known = format;
  if (name === 'FormatLocalDate') {
    const local = zone;
    if (local === undefined) return undefined;
    return { result: 'String', run: (input) => formatLocal(known, local, input) };
  }
  const localZone = name.startsWith('ParseLocal') ? zone : undefined;
  return { result: 'DateTime', run: (input) => parse(name, known, localZone, minutes, input) };
}

function formatLocal(format: DateFormat, zone: TimeZone, input: string): string {
  const moment = readDate(input);
  if (moment === undefined) throw invalidValue('the input of FormatLocalDate is not a date.');
  return formatDate(format, moment, zone.offsetAt(moment), false);
}

function parse(
  name: string,
  format: DateFormat,
  zone: TimeZone | undefined,
  minutes: number,
  input: string,
): string {
  const parsed = parseDate(format, input.trim());
  if (parsed === undefined) {
    throw invalidValue(
      `the input of ${name} does not follow the format.`,
      'Correct the value in the source, or the format in the configuration.',
    );
  }
  const { wallTime, offsetMs } = parsed;
  const local = zone?.momentAt(wallTime) ?? wallTime;
  const moment = (offsetMs === undefined ? local : wallTime - offsetMs) + minutes * 60_000;
  if (moment < minMoment || moment > maxMoment) {
    throw invalidValue(`the result of ${name} lies outside the years 1 to 9999.`);
  }
  return writeDate(moment);
}
