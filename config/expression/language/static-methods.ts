/** Classes with static members: conversions, numbers, helpers. */
import { failed, invalidValue } from '../expression-error.ts';
import { maxMoment, minMoment, readDate } from '../functions/date-text.ts';
import { buildUsername, buildUsernameWithInitials } from '../functions/user-name.ts';
import { readBool, readDouble, readGuid, readInteger } from '../scalar-text.ts';
import { dateStatics, spanStatics } from './date-methods.ts';
import { regexFlags } from './regex-syntax.ts';
import {
  asLong,
  asNumber,
  asText,
  built,
  charge,
  chargeGrowth,
  checkedInt,
  checkedLong,
  type Frame,
  type Value,
} from './runtime.ts';
import { type MethodTable, methodTable } from './signature.ts';
import { readSpan } from './span-text.ts';
import { charStatics, stringStatics } from './string-methods.ts';

/** Readers of texts; `undefined` when the text is no such value. `Parse` and `TryParse` are built on them. */
export const textReaders: ReadonlyMap<string, (text: string) => Value | undefined> = new Map([
  ['int', (text: string): Value | undefined => toNumber(readInteger('Int32', text))],
  ['long', (text: string): Value | undefined => readInteger('Int64', text)],
  ['double', readDouble],
  ['bool', readWordBool],
  ['guid', readGuid],
  ['dateTime', readDate],
  ['timeSpan', readSpan],
]);

function toNumber(value: bigint | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}

/** `bool.Parse` takes words, not digits. */
function readWordBool(text: string): boolean | undefined {
  return /^[01]$/.test(text) ? undefined : readBool(text);
}

function parser(kind: string, name: string): (values: readonly Value[]) => Value {
  return ([text]) => {
    const value = textReaders.get(kind)?.(asText(text));
    if (value !== undefined) return value;
    throw invalidValue(
      `${name} is given a text that is no such value.`,
      'Use TryParse where that may happen.',
    );
  };
}

function numberStatics(kind: string, type: string): MethodTable {
  return methodTable([
    ['Parse', `string->${type}`, parser(kind, `${type}.Parse`)],
    ['Parse', `string,CultureInfo?->${type}`, parser(kind, `${type}.Parse`)],
    ['Parse', `string,NumberStyles->${type}`, parser(kind, `${type}.Parse`)],
    ['Parse', `string,NumberStyles,CultureInfo?->${type}`, parser(kind, `${type}.Parse`)],
    ...(kind === 'double' ? doubleTests : []),
  ]);
}

const doubleTests: readonly (readonly [string, string, (values: readonly Value[]) => Value])[] = [
  ['IsNaN', 'double->bool', ([value]) => Number.isNaN(asNumber(value))],
  ['IsInfinity', 'double->bool', ([value]) => Math.abs(asNumber(value)) === Infinity],
];

/** Rounds halves to the even neighbour, as .NET does. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

function roundMode(value: number, mode: Value | undefined): number {
  if (mode === 'AwayFromZero') return Math.sign(value) * Math.floor(Math.abs(value) + 0.5);
  if (mode === 'ToZero') return Math.trunc(value);
  if (mode === 'ToNegativeInfinity') return Math.floor(value);
  return mode === 'ToPositiveInfinity' ? Math.ceil(value) : roundHalfEven(value);
}

function convertInt(value: number): number {
  if (!Number.isFinite(value)) throw failed('a number is too large or too small for int.');
  return checkedInt(roundHalfEven(value));
}

/** Digits of base 2, 8, 10 or 16; in the others than 10 the sign is in the bits, as in .NET. */
function parseBase(text: string, base: number, bits: number): bigint {
  const prefix = { 2: '0b', 8: '0o', 16: '0x', 10: '' }[base];
  const digits = text.replace(/^0[xX]/, '');
  const alphabet = { 2: /^[01]+$/, 8: /^[0-7]+$/, 10: /^-?\d+$/, 16: /^[0-9a-fA-F]+$/ }[base];
  if (prefix === undefined || alphabet === undefined) throw failed('a base is 2, 8, 10 or 16.');
  if (!alphabet.test(digits) || digits.length > 64)
    throw invalidValue('Convert is given a text that is no such number.');
  const value = BigInt(prefix + digits);
  return base === 10 ? value : BigInt.asIntN(bits, value);
}

function writeBase(value: number, base: number): string {
  if (![2, 8, 10, 16].includes(base)) throw failed('a base is 2, 8, 10 or 16.');
  return (base === 10 ? value : value >>> 0).toString(base);
}

const convertStatics = methodTable([
  ['ToInt32', 'int->int', ([value]) => asNumber(value)],
  ['ToInt32', 'long->int', ([value]) => checkedInt(Number(asLong(value)))],
  ['ToInt32', 'double->int', ([value]) => convertInt(asNumber(value))],
  ['ToInt32', 'bool->int', ([value]) => (value === true ? 1 : 0)],
  [
    'ToInt32',
    'string?->int',
    ([text]) => (text === null ? 0 : parser('int', 'Convert.ToInt32')([text ?? null])),
  ],
  ['ToInt32', 'char->int', ([value]) => asText(value).charCodeAt(0)],
  [
    'ToInt32',
    'string,int->int',
    ([text, base]) => checkedInt(Number(parseBase(asText(text), asNumber(base), 32))),
  ],
  [
    'ToInt64',
    'string,int->long',
    ([text, base]) => checkedLong(parseBase(asText(text), asNumber(base), 64)),
  ],
  ['ToString', 'int,int->string', ([value, base]) => writeBase(asNumber(value), asNumber(base))],
  ['ToChar', 'int->char', ([code]) => String.fromCharCode(asNumber(code))],
  [
    'ToChar',
    'string->char',
    ([text]) => {
      if (asText(text).length === 1) return asText(text);
      throw failed('Convert.ToChar is given a text that is no single character.');
    },
  ],
  ['ToInt64', 'bool->long', ([value]) => (value === true ? 1n : 0n)],
  ['ToInt64', 'long->long', ([value]) => asLong(value)],
  ['ToInt64', 'double->long', ([value]) => checkedLong(BigInt(roundHalfEven(finite(value))))],
  [
    'ToInt64',
    'string?->long',
    ([text]) => (text === null ? 0n : parser('long', 'Convert.ToInt64')([text ?? null])),
  ],
  ['ToDouble', 'double->double', ([value]) => asNumber(value)],
  [
    'ToDouble',
    'string?->double',
    ([text]) => (text === null ? 0 : parser('double', 'Convert.ToDouble')([text ?? null])),
  ],
  ['ToBoolean', 'bool->bool', ([value]) => value ?? null],
  ['ToBoolean', 'int->bool', ([value]) => value !== 0],
  [
    'ToBoolean',
    'string?->bool',
    ([text]) => (text === null ? false : parser('bool', 'Convert.ToBoolean')([text ?? null])),
  ],
  ['ToDateTime', 'DateTime->DateTime', ([value]) => asNumber(value)],
  ['ToDateTime', 'string->DateTime', parser('dateTime', 'Convert.ToDateTime')],
  ['ToString', 'object->string', ([text]) => text ?? null],
]);

function finite(value: Value | undefined): number {
  const number = asNumber(value);
  if (Number.isFinite(number)) return number;
  throw failed('a number is too large or too small.');
}

/** The smaller or the greater of two numbers. */
function choosers(
  name: string,
  isGreater: boolean,
): readonly (readonly [string, string, (values: readonly Value[]) => Value])[] {
  const run = ([a = null, b = null]: readonly Value[]): Value =>
    asComparable(a) > asComparable(b) === isGreater ? a : b;
  return [
    [name, 'int,int->int', run],
    [name, 'long,long->long', run],
    [name, 'double,double->double', run],
  ];
}

function asComparable(value: Value): number | bigint {
  return typeof value === 'bigint' ? value : asNumber(value);
}

const mathStatics = methodTable([
  ['Abs', 'int->int', ([value]) => checkedInt(Math.abs(asNumber(value)))],
  [
    'Abs',
    'long->long',
    ([value]) => checkedLong(asLong(value) < 0n ? -asLong(value) : asLong(value)),
  ],
  ['Abs', 'double->double', ([value]) => Math.abs(asNumber(value))],
  ...choosers('Min', false),
  ...choosers('Max', true),
  ['Round', 'double->double', ([value]) => roundHalfEven(asNumber(value))],
  [
    'Round',
    'double,int->double',
    ([value, places]) => {
      const count = asNumber(places);
      if (count < 0 || count > 15) throw failed('Math.Round takes 0 to 15 decimals.');
      return roundHalfEven(asNumber(value) * 10 ** count) / 10 ** count;
    },
  ],
  ['Round', 'double,MidpointRounding->double', ([value, mode]) => roundMode(asNumber(value), mode)],
  [
    'Round',
    'double,int,MidpointRounding->double',
    ([value, places, mode]) => {
      const scale = 10 ** asNumber(places);
      return roundMode(asNumber(value) * scale, mode) / scale;
    },
  ],
  [
    'Clamp',
    'int,int,int->int',
    ([value, low, high]) => Math.min(Math.max(asNumber(value), asNumber(low)), asNumber(high)),
  ],
  ['Floor', 'double->double', ([value]) => Math.floor(asNumber(value))],
  ['Ceiling', 'double->double', ([value]) => Math.ceil(asNumber(value))],
  ['Truncate', 'double->double', ([value]) => Math.trunc(asNumber(value))],
  ['Pow', 'double,double->double', ([a, b]) => asNumber(a) ** asNumber(b)],
  ['Sqrt', 'double->double', ([value]) => Math.sqrt(asNumber(value))],
  ['Sign', 'double->int', ([value]) => Math.sign(asNumber(value))],
]);

function optionalText(value: Value | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function optionalNumber(value: Value | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

function username(
  [first, last, separator, suffix, iteration]: readonly Value[],
  frame: Frame,
): Value {
  const name = buildUsername({
    firstName: optionalText(first),
    lastName: optionalText(last),
    separator: optionalText(separator),
    suffix: optionalText(suffix),
    iteration: optionalNumber(iteration),
  });
  return name === null ? null : built(frame, name);
}

function usernameWithInitials(values: readonly Value[], frame: Frame): Value {
  const [first, last, separator, suffix, maxLength, iteration] = values;
  const name = buildUsernameWithInitials({
    firstName: optionalText(first),
    lastName: optionalText(last),
    separator: optionalText(separator),
    suffix: optionalText(suffix),
    maxLength: optionalNumber(maxLength),
    iteration: optionalNumber(iteration),
  });
  return name === null ? null : built(frame, name);
}

const utilStatics = methodTable([
  ['BuildUsername', 'string?,string?,string?,string?,int?->string', username],
  ['BuildUsername', 'string?,string?,string?,string?->string', username],
  ['BuildUsername', 'string?,string?,string?->string', username],
  [
    'BuildUsernameWithInitials',
    'string?,string?,string?,string?,int?,int?->string',
    usernameWithInitials,
  ],
  [
    'BuildUsernameWithInitials',
    'string?,string?,string?,string?,int?->string',
    usernameWithInitials,
  ],
]);

const enumNames = [
  'StringComparison',
  'StringSplitOptions',
  'StringComparer',
  'RegexOptions',
  'DayOfWeek',
  'DateTimeStyles',
  'NumberStyles',
  'DateTimeKind',
  'MidpointRounding',
];

/** Static methods by class name; a class known by two names has two entries. */
export const staticClasses: ReadonlyMap<string, MethodTable> = new Map([
  ['string', stringStatics],
  ['String', stringStatics],
  ['char', charStatics],
  ['Char', charStatics],
  ['int', numberStatics('int', 'int')],
  ['Int32', numberStatics('int', 'int')],
  ['long', numberStatics('long', 'long')],
  ['Int64', numberStatics('long', 'long')],
  ['double', numberStatics('double', 'double')],
  ['Double', numberStatics('double', 'double')],
  ['bool', numberStatics('bool', 'bool')],
  ['Boolean', numberStatics('bool', 'bool')],
  ['Guid', numberStatics('guid', 'Guid')],
  ['DateTime', dateStatics],
  ['TimeSpan', spanStatics],
  ['Convert', convertStatics],
  ['Math', mathStatics],
  ['UtilExpressions', utilStatics],
  ['CultureInfo', methodTable([])],
  [
    'Enumerable',
    methodTable([
      [
        'Range',
        'int,int->int[]',
        ([start, count], frame) => {
          const length = asNumber(count);
          if (length < 0) throw failed('Enumerable.Range is given a negative count.');
          chargeGrowth(frame, length);
          charge(frame, length);
          return Array.from({ length }, (_, index) => checkedInt(asNumber(start) + index));
        },
      ],
    ]),
  ],
  ...enumNames.map((name): [string, MethodTable] => [name, methodTable([])]),
  // Methods of patterns are checked by themselves.
  ['Regex', methodTable([])],
]);

/** Constants by `Class.Name`: type name as in signatures, value. */
export const staticConstants: ReadonlyMap<string, readonly [string, Value]> = new Map([
  ...['string', 'String'].map((name): [string, [string, Value]] => [
    `${name}.Empty`,
    ['string', ''],
  ]),
  ...['int', 'Int32'].flatMap((name): [string, [string, Value]][] => [
    [`${name}.MaxValue`, ['int', 2_147_483_647]],
    [`${name}.MinValue`, ['int', -2_147_483_648]],
  ]),
  ...['long', 'Int64'].flatMap((name): [string, [string, Value]][] => [
    [`${name}.MaxValue`, ['long', 2n ** 63n - 1n]],
    [`${name}.MinValue`, ['long', -(2n ** 63n)]],
  ]),
  ...['double', 'Double'].flatMap((name): [string, [string, Value]][] => [
    [`${name}.MaxValue`, ['double', Number.MAX_VALUE]],
    [`${name}.MinValue`, ['double', -Number.MAX_VALUE]],
    [`${name}.NaN`, ['double', Number.NaN]],
    [`${name}.PositiveInfinity`, ['double', Infinity]],
    [`${name}.NegativeInfinity`, ['double', -Infinity]],
  ]),
  ['TimeSpan.Zero', ['TimeSpan', 0]],
  ['Math.E', ['double', Math.E]],
  ...Object.entries(regexFlags).map(([name, value]): [string, [string, Value]] => [
    `RegexOptions.${name}`,
    ['RegexOptions', value],
  ]),
  ...['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'].map(
    (name, index): [string, [string, Value]] => [`DayOfWeek.${name}`, ['DayOfWeek', index]],
  ),
  ...names('StringComparer', [
    'Ordinal',
    'OrdinalIgnoreCase',
    'InvariantCulture',
    'InvariantCultureIgnoreCase',
    'CurrentCulture',
    'CurrentCultureIgnoreCase',
  ]),
  ...names('DateTimeStyles', [
    'None',
    'AllowLeadingWhite',
    'AllowTrailingWhite',
    'AllowWhiteSpaces',
    'AssumeUniversal',
    'AdjustToUniversal',
    'RoundtripKind',
  ]),
  ...names('NumberStyles', ['None', 'Integer', 'Number', 'Float', 'Any', 'AllowLeadingSign']),
  ...names('DateTimeKind', ['Utc', 'Unspecified']),
  ...names('MidpointRounding', [
    'ToEven',
    'AwayFromZero',
    'ToZero',
    'ToNegativeInfinity',
    'ToPositiveInfinity',
  ]),
  ['DateTime.UnixEpoch', ['DateTime', 0]],
  ['DateTime.MaxValue', ['DateTime', maxMoment]],
  ['DateTime.MinValue', ['DateTime', minMoment]],
  ['Guid.Empty', ['Guid', '00000000-0000-0000-0000-000000000000']],
  ['Math.PI', ['double', Math.PI]],
  ['CultureInfo.InvariantCulture', ['CultureInfo', 'Invariant']],
  ['CultureInfo.CurrentCulture', ['CultureInfo', 'Invariant']],
  ...[
    'Ordinal',
    'OrdinalIgnoreCase',
    'InvariantCulture',
    'InvariantCultureIgnoreCase',
    'CurrentCulture',
    'CurrentCultureIgnoreCase',
  ].map((name): [string, [string, Value]] => [
    `StringComparison.${name}`,
    ['StringComparison', name],
  ]),
  ...['None', 'RemoveEmptyEntries', 'TrimEntries'].map((name): [string, [string, Value]] => [
    `StringSplitOptions.${name}`,
    ['StringSplitOptions', name],
  ]),
]);

/** Members of an enumeration, whose values are their names. */
function names(
  type: string,
  members: readonly string[],
): readonly (readonly [string, readonly [string, Value]])[] {
  return members.map((name) => [`${type}.${name}`, [type, name]]);
}
