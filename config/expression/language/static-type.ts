/** The types the checker knows. */
import type { ScalarType } from '../../entity-model.ts';

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
  | 'splitOptions';

export type StaticType =
  | {
      readonly kind: 'scalar';
      readonly scalar: ScalarKind;
      /** May be null: `T?`, and always true of strings and bytes. */
      readonly isNullable: boolean;
      /** Taken both as `T` and as `T?`: the reference does not say which of the two it is. */
      readonly isEither?: boolean;
    }
  | { readonly kind: 'entity'; readonly entityType: string }
  | { readonly kind: 'list'; readonly element: StaticType; readonly isOrdered: boolean }
  | { readonly kind: 'null' }
  | { readonly kind: 'void' }
  /** Of something already reported: fits everywhere, so that one mistake is one finding. */
  | { readonly kind: 'unknown' };

const references: ReadonlySet<ScalarKind> = new Set(['string', 'bytes', 'culture']);

/** A scalar type; strings are nullable whatever is asked. */
export function scalarType(scalar: ScalarKind, isNullable = false): StaticType {
  return { kind: 'scalar', scalar, isNullable: isNullable || references.has(scalar) };
}

export function listType(element: StaticType, isOrdered = false): StaticType {
  return { kind: 'list', element, isOrdered };
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
  if (a.kind === 'list' && b.kind === 'list') return isSameType(a.element, b.element);
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
};

/** The type as an author writes it. */
export function describeType(type: StaticType): string {
  switch (type.kind) {
    case 'scalar':
      return displayNames[type.scalar] + (isNullableValue(type) ? '?' : '');
    case 'entity':
      return type.entityType;
    case 'list':
      return `IEnumerable<${describeType(type.element)}>`;
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
]);

/** The scalar a type name stands for, or `undefined`. Short integers are read as `int`, which holds them. */
export function kindOfTypeName(name: string): ScalarKind | undefined {
  return kindByName.get(name);
}
