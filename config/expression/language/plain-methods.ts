/** Methods of the value types besides texts and dates. */
import { failed } from '../expression-error.ts';
import { dateMethods } from './date-methods.ts';
import { asNumber, asText, type Value } from './runtime.ts';
import { type MethodTable, methodTable } from './signature.ts';
import type { ScalarKind } from './static-type.ts';
import { stringMethods } from './string-methods.ts';
import { formatValue, isFormatOf, textOf } from './value-text.ts';

const plainNames: readonly (readonly [ScalarKind, string])[] = [
  ['int', 'int'],
  ['long', 'long'],
  ['double', 'double'],
  ['bool', 'bool'],
  ['char', 'char'],
  ['guid', 'Guid'],
  ['timeSpan', 'TimeSpan'],
  ['dayOfWeek', 'DayOfWeek'],
];

function plainMethods(scalar: ScalarKind, name: string): MethodTable {
  const format = ([value, how]: readonly Value[]): Value => {
    const text = how === null ? '' : asText(how);
    if (!isFormatOf(scalar, text)) throw failed('a format is not supported yet.');
    return formatValue(scalar, value ?? null, text);
  };
  return methodTable([
    ['ToString', `${name}->string`, ([value]) => textOf(scalar, value ?? null)],
    ['ToString', `${name},CultureInfo?->string`, ([value]) => textOf(scalar, value ?? null)],
    ['ToString', `${name},string?->string`, format],
    ['ToString', `${name},string?,CultureInfo?->string`, format],
    ['Equals', `${name},${name}?->bool`, ([a, b]) => a === b],
    ['CompareTo', `${name},${name}->int`, compare],
    ...(scalar === 'timeSpan' ? spanEntries : []),
  ]);
}

function compare([a, b]: readonly Value[]): Value {
  if (typeof a === 'boolean' || typeof b === 'boolean') return Number(a) - Number(b);
  if (a === b) return 0;
  // A character compares by the distance of its code, as in .NET.
  if (typeof a === 'string' && typeof b === 'string' && a.length === 1 && b.length === 1) {
    return a.charCodeAt(0) - b.charCodeAt(0);
  }
  return (a ?? 0) < (b ?? 0) ? -1 : 1;
}

const spanEntries: readonly (readonly [string, string, (values: readonly Value[]) => Value])[] = [
  ['Add', 'TimeSpan,TimeSpan->TimeSpan', ([a, b]) => asNumber(a) + asNumber(b)],
  ['Subtract', 'TimeSpan,TimeSpan->TimeSpan', ([a, b]) => asNumber(a) - asNumber(b)],
  ['Negate', 'TimeSpan->TimeSpan', ([a]) => -asNumber(a)],
  ['Duration', 'TimeSpan->TimeSpan', ([a]) => Math.abs(asNumber(a))],
];

const tables: ReadonlyMap<ScalarKind, MethodTable> = new Map<ScalarKind, MethodTable>([
  ...plainNames.map(([scalar, name]): [ScalarKind, MethodTable] => [
    scalar,
    plainMethods(scalar, name),
  ]),
  ['string', stringMethods],
  ['dateTime', dateMethods],
]);

const noMethods: MethodTable = new Map();

/** Methods of values of this kind. */
export function methodsOf(scalar: ScalarKind): MethodTable {
  return tables.get(scalar) ?? noMethods;
}
