/** Methods of strings and characters. Comparison is ordinal everywhere, case conversion invariant. */
import { failed } from '../expression-error.ts';
import { toLowerInvariant, toUpperInvariant } from '../functions/letter-case.ts';
import { isWhiteSpace, trim } from '../functions/white-space.ts';
import { textFunctions } from '../predefined.ts';
import { localDateParsers } from './local-dates.ts';
import {
  asBool,
  asList,
  asNumber,
  asText,
  built,
  charge,
  chargeSearch,
  chargeText,
  type Frame,
  maxTextLength,
  toItems,
  type Value,
} from './runtime.ts';
import { type MethodTable, methodTable } from './signature.ts';

type Entry = readonly [string, string, (values: readonly Value[], frame: Frame) => Value];

/** True when the comparison ignores case. */
function ignoresCase(comparison: Value | undefined): boolean {
  return typeof comparison === 'string' && comparison.endsWith('IgnoreCase');
}

function fold(text: string, comparison: Value | undefined): string {
  return ignoresCase(comparison) ? toUpperInvariant(text) : text;
}

function outOfRange(method: string): Error {
  return failed(`${method} is given a position outside the text.`, 'Compare with Length first.');
}

function position(value: Value | undefined, limit: number, method: string): number {
  const index = asNumber(value);
  if (index < 0 || index > limit) throw outOfRange(method);
  return index;
}

type Search = (text: string, part: string) => Value;

/** A search in its four forms: text or character, with or without a comparison. */
function searches(name: string, result: string, search: Search): readonly Entry[] {
  const run = ([text, part, comparison]: readonly Value[], frame: Frame): Value => {
    const whole = asText(text);
    const wanted = asText(part);
    chargeSearch(frame, whole, wanted);
    return search(fold(whole, comparison), fold(wanted, comparison));
  };
  return [
    [name, `string,string->${result}`, run],
    [name, `string,char->${result}`, run],
    [name, `string,string,StringComparison->${result}`, run],
    [name, `string,char,StringComparison->${result}`, run],
  ];
}

function trims(name: string, isStart: boolean, isEnd: boolean): readonly Entry[] {
  const run = ([text, ...characters]: readonly Value[], frame: Frame): Value => {
    const whole = asText(text);
    chargeText(frame, whole.length);
    const first = characters[0];
    const isList = typeof first === 'object' && first !== null;
    const set = new Set(isList ? toItems(frame, asList(first)) : characters);
    const isTrimmed = (character: string): boolean =>
      set.size === 0 ? isWhiteSpace(character) : set.has(character);
    let start = 0;
    let end = whole.length;
    while (isStart && start < end && isTrimmed(whole.charAt(start))) start++;
    while (isEnd && end > start && isTrimmed(whole.charAt(end - 1))) end--;
    return whole.slice(start, end);
  };
  return [
    [name, 'string->string', run],
    [name, 'string,char[]->string', run],
    [name, 'string,char…->string', run],
  ];
}

function pads(
  name: string,
  pad: (text: string, width: number, filler: string) => string,
): readonly Entry[] {
  const run = ([text, width, filler]: readonly Value[], frame: Frame): Value => {
    const wanted = asNumber(width);
    if (wanted < 0) throw outOfRange(name);
    chargeText(frame, wanted);
    return built(frame, pad(asText(text), wanted, typeof filler === 'string' ? filler : ' '));
  };
  return [
    [name, 'string,int->string', run],
    [name, 'string,int,char->string', run],
  ];
}

function split(values: readonly Value[], frame: Frame): Value {
  const [text, separator, options] = values;
  const whole = asText(text);
  chargeText(frame, whole.length);
  const isList = typeof separator === 'object' && separator !== null;
  const given = isList ? toItems(frame, asList(separator)) : [separator];
  const named = given.map((item) => asText(item)).filter((item) => item !== '');
  // Without a separator white space separates.
  const separators = given.length === 0 ? blankSeparators : named;
  const most = values[3] === undefined ? Number.POSITIVE_INFINITY : asNumber(values[3]);
  if (most < 0) throw failed('Split is given a negative count.');
  if (most === 0) return [];
  const parts: string[] = [];
  let start = 0;
  for (let index = 0; index < whole.length && parts.length < most - 1; ) {
    const found = separators.find((item) => whole.startsWith(item, index));
    charge(frame, separators.length >> 3);
    if (found === undefined) index++;
    else {
      parts.push(whole.slice(start, index));
      index += found.length;
      start = index;
    }
  }
  parts.push(whole.slice(start));
  const chosen = typeof options === 'string' ? options : '';
  const trimmed = chosen.includes('TrimEntries') ? parts.map(trim) : parts;
  const kept = chosen.includes('RemoveEmptyEntries')
    ? trimmed.filter((part) => part !== '')
    : trimmed;
  charge(frame, parts.length);
  return kept;
}

const blankSeparators = Array.from(
  '\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000',
);

/** `Split(separator, count)`, with options or without. */
function splitAtMost([text, separator, count, options]: readonly Value[], frame: Frame): Value {
  return split([text ?? null, separator ?? null, options ?? null, count ?? 0], frame);
}

/** Separators that are each a parameter of their own. */
function splitAny([text, ...separators]: readonly Value[], frame: Frame): Value {
  return split([text ?? null, separators], frame);
}

function replace([text, from, to]: readonly Value[], frame: Frame): Value {
  const whole = asText(text);
  const wanted = asText(from);
  if (wanted === '') throw failed('Replace is given an empty text to look for.');
  chargeSearch(frame, whole, wanted);
  const parts = whole.split(wanted);
  charge(frame, parts.length >> 2);
  const replacement = to === null || to === undefined ? '' : asText(to);
  const length = whole.length + (parts.length - 1) * (replacement.length - wanted.length);
  chargeText(frame, length);
  return parts.join(replacement);
}

function indexFrom([text, part, start, comparison]: readonly Value[], frame: Frame): Value {
  const whole = asText(text);
  chargeSearch(frame, whole, asText(part));
  const from = position(start, whole.length, 'IndexOf');
  return fold(whole, comparison).indexOf(fold(asText(part), comparison), from);
}

/** The search runs backwards and the whole match lies at or before the position. */
function lastIndexFrom([text, part, start]: readonly Value[], frame: Frame): Value {
  const whole = asText(text);
  const wanted = asText(part);
  chargeSearch(frame, whole, wanted);
  const from = position(start, Math.max(0, whole.length - 1), 'LastIndexOf');
  return whole.lastIndexOf(wanted, from + 1 - wanted.length);
}

function indexOfAny(isLast: boolean): Entry[2] {
  return ([text, characters], frame) => {
    const whole = asText(text);
    chargeText(frame, whole.length);
    const set = new Set(toItems(frame, asList(characters)));
    const places = Array.from({ length: whole.length }, (_, index) => index);
    const isWanted = (index: number): boolean => set.has(whole.charAt(index));
    return (isLast ? places.findLast(isWanted) : places.find(isWanted)) ?? -1;
  };
}

function replaceComparing(values: readonly Value[], frame: Frame): Value {
  const [text, from, to, comparison] = values;
  if (!ignoresCase(comparison)) return replace([text ?? null, from ?? null, to ?? null], frame);
  const whole = asText(text);
  const wanted = fold(asText(from), comparison);
  if (wanted === '') throw failed('Replace is given an empty text to look for.');
  chargeSearch(frame, whole, wanted);
  const folded = fold(whole, comparison);
  const replacement = typeof to === 'string' ? to : '';
  let result = '';
  let start = 0;
  for (let at = folded.indexOf(wanted); at >= 0; at = folded.indexOf(wanted, start)) {
    charge(frame, 1);
    result += whole.slice(start, at) + replacement;
    if (result.length > maxTextLength) chargeText(frame, result.length);
    start = at + wanted.length;
  }
  return built(frame, result + whole.slice(start));
}

const entries: readonly Entry[] = [
  ...searches('Contains', 'bool', (text, part) => text.includes(part)),
  ...searches('StartsWith', 'bool', (text, part) => text.startsWith(part)),
  ...searches('EndsWith', 'bool', (text, part) => text.endsWith(part)),
  ...searches('IndexOf', 'int', (text, part) => text.indexOf(part)),
  ...searches('LastIndexOf', 'int', (text, part) => text.lastIndexOf(part)),
  ...trims('Trim', true, true),
  ...trims('TrimStart', true, false),
  ...trims('TrimEnd', false, true),
  ...pads('PadLeft', (text, width, filler) => text.padStart(width, filler)),
  ...pads('PadRight', (text, width, filler) => text.padEnd(width, filler)),
  [
    'IndexOf',
    'string,string,int->int',
    ([text, part, start], frame) => {
      const whole = asText(text);
      chargeSearch(frame, whole, asText(part));
      return whole.indexOf(asText(part), position(start, whole.length, 'IndexOf'));
    },
  ],
  [
    'Substring',
    'string,int->string',
    ([text, start]) => asText(text).slice(position(start, asText(text).length, 'Substring')),
  ],
  [
    'Substring',
    'string,int,int->string',
    ([text, start, length]) => {
      const whole = asText(text);
      const from = position(start, whole.length, 'Substring');
      return whole.slice(from, from + position(length, whole.length - from, 'Substring'));
    },
  ],
  [
    'Remove',
    'string,int->string',
    ([text, start]) => asText(text).slice(0, position(start, asText(text).length, 'Remove')),
  ],
  [
    'Remove',
    'string,int,int->string',
    ([text, start, length]) => {
      const whole = asText(text);
      const from = position(start, whole.length, 'Remove');
      return (
        whole.slice(0, from) + whole.slice(from + position(length, whole.length - from, 'Remove'))
      );
    },
  ],
  [
    'Insert',
    'string,int,string->string',
    ([text, start, part], frame) => {
      const whole = asText(text);
      const at = position(start, whole.length, 'Insert');
      return built(frame, whole.slice(0, at) + asText(part) + whole.slice(at));
    },
  ],
  ['IndexOf', 'string,char,int->int', indexFrom],
  ['IndexOf', 'string,string,int,StringComparison->int', indexFrom],
  ['LastIndexOf', 'string,string,int->int', lastIndexFrom],
  ['LastIndexOf', 'string,char,int->int', lastIndexFrom],
  ['IndexOfAny', 'string,char[]->int', indexOfAny(false)],
  ['LastIndexOfAny', 'string,char[]->int', indexOfAny(true)],
  [
    'Replace',
    'string,string,string?,StringComparison->string',
    (values, frame) => replaceComparing(values, frame),
  ],
  ['Normalize', 'string->string', ([text], frame) => built(frame, asText(text).normalize('NFC'))],
  ['Replace', 'string,char,char->string', replace],
  ['Replace', 'string,string,string?->string', replace],
  ['Split', 'string,char,StringSplitOptions->string[]', split],
  ['Split', 'string,string,StringSplitOptions->string[]', split],
  ['Split', 'string,char[],StringSplitOptions->string[]', split],
  ['Split', 'string,string[],StringSplitOptions->string[]', split],
  ['Split', 'string,char,int->string[]', splitAtMost],
  ['Split', 'string,string,int->string[]', splitAtMost],
  ['Split', 'string,char[],int->string[]', splitAtMost],
  ['Split', 'string,char,int,StringSplitOptions->string[]', splitAtMost],
  ['Split', 'string,string,int,StringSplitOptions->string[]', splitAtMost],
  ['Split', 'string,char[],int,StringSplitOptions->string[]', splitAtMost],
  ['Split', 'string->string[]', ([text = null], frame) => split([text, []], frame)],
  ['Split', 'string,char[]->string[]', split],
  ['Split', 'string,string->string[]', split],
  ['Split', 'string,char…->string[]', splitAny],
  [
    'ToCharArray',
    'string->char[]',
    ([text], frame) => {
      charge(frame, asText(text).length);
      return asText(text).split('');
    },
  ],
  [
    'ToUpperInvariant',
    'string->string',
    ([text], frame) => built(frame, toUpperInvariant(asText(text))),
  ],
  [
    'ToLowerInvariant',
    'string->string',
    ([text], frame) => built(frame, toLowerInvariant(asText(text))),
  ],
  [
    'ToUpper',
    'string,CultureInfo->string',
    ([text], frame) => built(frame, toUpperInvariant(asText(text))),
  ],
  [
    'ToLower',
    'string,CultureInfo->string',
    ([text], frame) => built(frame, toLowerInvariant(asText(text))),
  ],
  ['ToString', 'string->string', ([text]) => asText(text)],
  ['Equals', 'string,string?->bool', ([text, other]) => text === other],
  [
    'Equals',
    'string,string?,StringComparison->bool',
    ([text, other, comparison]) => equalsText(text, other, comparison),
  ],
  ['CompareTo', 'string,string?->int', ([text, other]) => compareText(text, other, null)],
];

/** Equality of two texts that may be null. */
function equalsText(
  a: Value | undefined,
  b: Value | undefined,
  comparison: Value | undefined,
): boolean {
  if (typeof a !== 'string' || typeof b !== 'string') return a === b;
  return fold(a, comparison) === fold(b, comparison);
}

/** -1, 0 or 1: null first, then by code units. */
export function compareText(
  a: Value | undefined,
  b: Value | undefined,
  comparison: Value | undefined,
): number {
  if (typeof a !== 'string' || typeof b !== 'string') {
    return Number(typeof a === 'string') - Number(typeof b === 'string');
  }
  const [left, right] = [fold(a, comparison), fold(b, comparison)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** A predefined function as a method: methods of .NET fail on null, the extension methods give null for null. */
function toEntry([name, run]: readonly [string, (text: string) => string]): Entry {
  const isOwn = name === 'ToUpper' || name === 'ToLower';
  return [
    name,
    isOwn ? 'string->string' : 'string?->string',
    ([text = null], frame) => {
      if (text === null) return null;
      charge(frame, asText(text).length);
      return built(frame, run(asText(text)));
    },
  ];
}

/** Methods of `string`; the predefined functions of one text are methods too. */
export const stringMethods: MethodTable = methodTable([
  ...entries,
  ...[...textFunctions].filter(([name]) => !name.startsWith('Trim')).map(toEntry),
  ...localDateParsers,
]);

/** Static methods of `string`. */
export const stringStatics: MethodTable = methodTable([
  ['IsNullOrEmpty', 'string?->bool', ([text]) => text === null || text === ''],
  ['IsNullOrWhiteSpace', 'string?->bool', ([text]) => text === null || trim(asText(text)) === ''],
  ['Equals', 'string?,string?->bool', ([a, b]) => a === b],
  ['Equals', 'string?,string?,StringComparison->bool', ([a, b, how]) => equalsText(a, b, how)],
  ['Compare', 'string?,string?->int', ([a, b]) => compareText(a, b, null)],
  [
    'Compare',
    'string?,string?,bool->int',
    ([a, b, how]) => compareText(a, b, asBool(how) ? 'IgnoreCase' : null),
  ],
  [
    'Compare',
    'string?,string?,bool,CultureInfo?->int',
    ([a, b, how]) => compareText(a, b, asBool(how) ? 'IgnoreCase' : null),
  ],
  ['Compare', 'string?,string?,StringComparison->int', ([a, b, how]) => compareText(a, b, how)],
  ['CompareOrdinal', 'string?,string?->int', ([a, b]) => compareText(a, b, null)],
  ['Concat', 'object[]->string', ([list], frame) => join('', toItems(frame, asList(list)), frame)],
  ['Concat', 'object…->string', (values, frame) => join('', values, frame)],
  [
    'Join',
    'string?,object[]->string',
    ([separator, list], frame) =>
      join(separator === null ? '' : asText(separator), toItems(frame, asList(list)), frame),
  ],
  [
    'Join',
    'char,object[]->string',
    ([separator, list], frame) => join(asText(separator), toItems(frame, asList(list)), frame),
  ],
  [
    'Join',
    'string?,object…->string',
    ([separator, ...values], frame) =>
      join(separator === null || separator === undefined ? '' : asText(separator), values, frame),
  ],
]);

function join(separator: string, values: readonly Value[], frame: Frame): string {
  let length = 0;
  for (const value of values) {
    length += separator.length + (value === null ? 0 : asText(value).length);
    if (length > maxTextLength + separator.length) chargeText(frame, length);
  }
  charge(frame, values.length);
  let text = '';
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? '';
    text += index === 0 ? asText(value) : separator + asText(value);
  }
  return built(frame, text);
}

function charTest(pattern: RegExp): Entry[2] {
  return ([character]) => pattern.test(asText(character));
}

/** Static methods of `char`. */
export const charStatics: MethodTable = methodTable([
  ['IsDigit', 'char->bool', charTest(/^\p{Nd}$/u)],
  ['IsNumber', 'char->bool', charTest(/^\p{N}$/u)],
  ['IsLetter', 'char->bool', charTest(/^\p{L}$/u)],
  ['IsLetterOrDigit', 'char->bool', charTest(/^[\p{L}\p{Nd}]$/u)],
  ['IsUpper', 'char->bool', charTest(/^\p{Lu}$/u)],
  ['IsLower', 'char->bool', charTest(/^\p{Ll}$/u)],
  ['IsWhiteSpace', 'char->bool', ([character]) => isWhiteSpace(asText(character))],
  ['IsSymbol', 'char->bool', charTest(/^\p{S}$/u)],
  ['IsControl', 'char->bool', charTest(/^\p{Cc}$/u)],
  ['IsSeparator', 'char->bool', charTest(/^\p{Z}$/u)],
  ['IsAscii', 'char->bool', charTest(/^[\0-\x7f]$/)],
  [
    'GetNumericValue',
    'char->double',
    ([character]) => {
      const text = asText(character);
      return /^[0-9]$/.test(text) ? Number(text) : -1;
    },
  ],
  [
    'Parse',
    'string->char',
    ([text]) => {
      if (asText(text).length !== 1) throw failed('char.Parse takes a text of one character.');
      return asText(text);
    },
  ],
  ['IsPunctuation', 'char->bool', charTest(/^\p{P}$/u)],
  ['ToUpper', 'char->char', ([character]) => toUpperInvariant(asText(character))],
  ['ToLower', 'char->char', ([character]) => toLowerInvariant(asText(character))],
  ['ToUpperInvariant', 'char->char', ([character]) => toUpperInvariant(asText(character))],
  ['ToLowerInvariant', 'char->char', ([character]) => toLowerInvariant(asText(character))],
  ['ToString', 'char->string', ([character]) => asText(character)],
]);
