/** The types the checker knows. */
import type { ScalarType } from '../../entity-model.ts';
import type { Selection } from '../query/selection.ts';

export type ScalarKind =
  | 'string'
  | 'bool'
  | 'char'
  | 'int'
  | 'long'
  | 'double'
  | 'dateTime'
  | 'timeSpan'
  | 'guid'
  | 'bytes'
  | 'comparison'
  | 'culture'
  | 'splitOptions'
  | 'dayOfWeek'
  | 'regexOptions'
  | 'comparer'
  | 'dateStyles'
  | 'numberStyles'
  | 'dateKind'
  | 'rounding';

/** Classes whose values are neither scalars nor collections. */
export type ObjectName =
  | 'Regex'
  | 'Match'
  | 'Group'
  | 'GroupCollection'
  | 'StringBuilder'
  | 'ParametersValues'
  | 'ProvisioningOrder'
  | 'ProvisioningOrderChangeType';

/** What a collection is besides something to go through; absent for sequences. */
export type ListShape = 'array' | 'list' | 'set';

export type StaticType =
  | {
      readonly kind: 'scalar';
      readonly scalar: ScalarKind;
      /** May be null: `T?`, and always true of strings and bytes. */
      readonly isNullable: boolean;
      /** Taken both as `T` and as `T?`: the reference does not say which of the two it is. */
      readonly isEither?: boolean;
    }
  | {
      readonly kind: 'entity';
      readonly entityType: string;
      /** What can be read of it, when a query found it. */
      readonly selection?: Selection;
    }
  | {
      readonly kind: 'list';
      readonly element: StaticType;
      readonly isOrdered: boolean;
      readonly shape?: ListShape;
    }
  | { readonly kind: 'dictionary'; readonly key: StaticType; readonly value: StaticType }
  /** One entry of a dictionary. */
  | { readonly kind: 'pair'; readonly key: StaticType; readonly value: StaticType }
  /** What GroupBy gives: a key, and items to go through. */
  | { readonly kind: 'group'; readonly key: StaticType; readonly element: StaticType }
  | { readonly kind: 'object'; readonly name: ObjectName }
  | { readonly kind: 'null' }
  | { readonly kind: 'void' }
  /** Of something already reported: fits everywhere, so that one mistake is one finding. */
  | { readonly kind: 'unknown' };

const references: ReadonlySet<ScalarKind> = new Set(['string', 'bytes', 'culture', 'comparer']);

/** A scalar type; strings are nullable whatever is asked. */
export function scalarType(scalar: ScalarKind, isNullable = false): StaticType {
  return { kind: 'scalar', scalar, isNullable: isNullable || references.has(scalar) };
}

export function listType(element: StaticType, isOrdered = false): StaticType {
  return { kind: 'list', element, isOrdered };
}

/** An array, a `List<T>` or a `HashSet<T>`. */
export function shapedType(element: StaticType, shape: ListShape): StaticType {
  return { kind: 'list', element, isOrdered: false, shape };
}

/** What one meets going through a value of this type, or `undefined` when that is not possible. */
export function elementType(type: StaticType): StaticType | undefined {
  if (type.kind === 'list' || type.kind === 'group') return type.element;
  if (type.kind === 'dictionary') return { kind: 'pair', key: type.key, value: type.value };
  if (type.kind === 'scalar' && type.scalar === 'string') return scalarType('char');
  return type.kind === 'object' && type.name === 'GroupCollection'
    ? { kind: 'object', name: 'Group' }
    : undefined;
}

export const stringType: StaticType = scalarType('string');
export const boolType: StaticType = scalarType('bool');
export const intType: StaticType = scalarType('int');
export const longType: StaticType = scalarType('long');
export const nullType: StaticType = { kind: 'null' };
export const voidType: StaticType = { kind: 'void' };
export const unknownType: StaticType = { kind: 'unknown' };

/** The type that also holds null. */
export function nullable(type: StaticType): StaticType {
  return type.kind === 'scalar' ? scalarType(type.scalar, true) : type;
}

/** The type without null. */
export function withoutNull(type: StaticType): StaticType {
  return type.kind === 'scalar' ? scalarType(type.scalar, false) : type;
}

/** True of value types that may be null: they have `HasValue` and `Value`. */
export function isNullableValue(type: StaticType): boolean {
  return type.kind === 'scalar' && type.isNullable && !references.has(type.scalar);
}

/** True of what a null may stand for. */
export function acceptsNull(type: StaticType): boolean {
  return type.kind !== 'void' && (type.kind !== 'scalar' || type.isNullable);
}

export function isSameType(a: StaticType, b: StaticType): boolean {
  if (a.kind === 'scalar' && b.kind === 'scalar') {
    return a.scalar === b.scalar && a.isNullable === b.isNullable;
  }
  if (a.kind === 'entity' && b.kind === 'entity') return a.entityType === b.entityType;
  if (a.kind === 'list' && b.kind === 'list') {
    return a.shape === b.shape && isSameType(a.element, b.element);
  }
  if (a.kind === 'group' && b.kind === 'group') {
    return isSameType(a.key, b.key) && isSameType(a.element, b.element);
  }
  if (a.kind === 'object' && b.kind === 'object') return a.name === b.name;
  if (
    (a.kind === 'dictionary' && b.kind === 'dictionary') ||
    (a.kind === 'pair' && b.kind === 'pair')
  ) {
    return isSameType(a.key, b.key) && isSameType(a.value, b.value);
  }
  return a.kind === b.kind;
}

const displayNames: Readonly<Record<ScalarKind, string>> = {
  string: 'string',
  bool: 'bool',
  char: 'char',
  int: 'int',
  long: 'long',
  double: 'double',
  dateTime: 'DateTime',
  timeSpan: 'TimeSpan',
  guid: 'Guid',
  bytes: 'byte[]',
  comparison: 'StringComparison',
  culture: 'CultureInfo',
  splitOptions: 'StringSplitOptions',
  dayOfWeek: 'DayOfWeek',
  regexOptions: 'RegexOptions',
  comparer: 'StringComparer',
  dateStyles: 'DateTimeStyles',
  numberStyles: 'NumberStyles',
  dateKind: 'DateTimeKind',
  rounding: 'MidpointRounding',
};

const shapeNames: Readonly<Record<Exclude<ListShape, 'array'>, string>> = {
  list: 'List',
  set: 'HashSet',
};

/** The type as an author writes it. */
export function describeType(type: StaticType): string {
  switch (type.kind) {
    case 'scalar':
      return displayNames[type.scalar] + (isNullableValue(type) ? '?' : '');
    case 'entity':
      return type.entityType;
    case 'list': {
      const element = describeType(type.element);
      if (type.shape === 'array') return `${element}[]`;
      return `${type.shape === undefined ? 'IEnumerable' : shapeNames[type.shape]}<${element}>`;
    }
    case 'dictionary':
      return `Dictionary<${describeType(type.key)}, ${describeType(type.value)}>`;
    case 'pair':
      return `KeyValuePair<${describeType(type.key)}, ${describeType(type.value)}>`;
    case 'group':
      return `IGrouping<${describeType(type.key)}, ${describeType(type.element)}>`;
    case 'object':
      return type.name;
    case 'null':
      return 'null';
    case 'void':
      return 'nothing';
    case 'unknown':
      return 'unknown';
  }
}

/** The type of a property's value in code: everything may be empty. */
export function typeOfProperty(type: ScalarType): StaticType {
  return scalarType(kindOfProperty(type), true);
}

function kindOfProperty(type: ScalarType): ScalarKind {
  switch (type) {
    case 'String':
    case 'Option':
      return 'string';
    case 'Bytes':
    case 'Binary':
      return 'bytes';
    case 'Byte':
    case 'Int16':
    case 'Int32':
      return 'int';
    case 'Int64':
      return 'long';
    case 'Double':
      return 'double';
    case 'Bool':
      return 'bool';
    case 'Guid':
      return 'guid';
    case 'DateTime':
      return 'dateTime';
  }
}

const kindByName: ReadonlyMap<string, ScalarKind> = new Map([
  ['string', 'string'],
  ['String', 'string'],
  ['bool', 'bool'],
  ['Boolean', 'bool'],
  ['char', 'char'],
  ['Char', 'char'],
  ['int', 'int'],
  ['Int32', 'int'],
  ['short', 'int'],
  ['Int16', 'int'],
  ['byte', 'int'],
  ['Byte', 'int'],
  ['long', 'long'],
  ['Int64', 'long'],
  ['double', 'double'],
  ['Double', 'double'],
  ['DateTime', 'dateTime'],
  ['TimeSpan', 'timeSpan'],
  ['Guid', 'guid'],
  ['StringComparison', 'comparison'],
  ['CultureInfo', 'culture'],
  ['StringSplitOptions', 'splitOptions'],
  ['DayOfWeek', 'dayOfWeek'],
  ['RegexOptions', 'regexOptions'],
  ['StringComparer', 'comparer'],
  ['IFormatProvider', 'culture'],
  ['DateTimeStyles', 'dateStyles'],
  ['NumberStyles', 'numberStyles'],
  ['DateTimeKind', 'dateKind'],
  ['MidpointRounding', 'rounding'],
]);

const objectNames: ReadonlySet<string> = new Set<ObjectName>([
  'Regex',
  'Match',
  'Group',
  'GroupCollection',
  'StringBuilder',
  'ParametersValues',
]);

/** The class a type name stands for, or `undefined`. */
export function objectOfTypeName(name: string): StaticType | undefined {
  if (name === 'MatchCollection') return listType({ kind: 'object', name: 'Match' });
  // The set holds exactly the names of the union.
  return objectNames.has(name) ? { kind: 'object', name: name as ObjectName } : undefined;
}

/** The scalar a type name stands for, or `undefined`. Short integers are read as `int`, which holds them. */
export function kindOfTypeName(name: string): ScalarKind | undefined {
  return kindByName.get(name);
}
