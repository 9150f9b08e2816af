/** Methods as tables of signatures: `'string,int->string'`. The receiver, where there is one, is the first parameter. */
import type { Frame, Value } from './runtime.ts';
import {
  describeType,
  kindOfTypeName,
  listType,
  objectOfTypeName,
  type StaticType,
  scalarType,
  shapedType,
  voidType,
} from './static-type.ts';

export interface Parameter {
  readonly type: StaticType;
  /** Null is an ordinary argument; else it is a failure. */
  readonly isNullAllowed: boolean;
  /** Takes any scalar, handed over as its text. */
  readonly isAnyText: boolean;
}

export interface Overload {
  readonly parameters: readonly Parameter[];
  /** The last parameter may come any number of times. */
  readonly isVariadic: boolean;
  readonly result: StaticType;
  run(values: readonly Value[], frame: Frame): Value;
}

export type MethodTable = ReadonlyMap<string, readonly Overload[]>;

type Body = Overload['run'];

/**
 * One overload. Types: `string`, `int`, `long`, `double`, `bool`, `char`, `DateTime`, `TimeSpan`, `Guid`, each with `?` when null is
 * allowed; `object` for the text of any scalar; `[]` for collections; `…` at the end for any number of the last.
 */
export function overload(signature: string, run: Body): Overload {
  const [left = '', right = ''] = signature.split('->');
  const isVariadic = left.endsWith('…');
  const names = (isVariadic ? left.slice(0, -1) : left).split(',').filter((name) => name !== '');
  const result = right === 'void' ? voidType : readName(right, true).type;
  return { parameters: names.map((name) => readName(name)), isVariadic, result, run };
}

/** A table of overloads; the same name may come several times. */
export function methodTable(entries: readonly (readonly [string, string, Body])[]): MethodTable {
  const table = new Map<string, Overload[]>();
  for (const [name, signature, run] of entries) {
    const overloads = table.get(name) ?? [];
    overloads.push(overload(signature, run));
    table.set(name, overloads);
  }
  return table;
}

function readName(text: string, isResult = false): Parameter {
  const isList = text.endsWith('[]');
  const element = isList ? text.slice(0, -2) : text;
  const isNullable = element.endsWith('?');
  const name = isNullable ? element.slice(0, -1) : element;
  const isAnyText = name === 'object';
  const kind = kindOfTypeName(isAnyText ? 'string' : name) ?? 'string';
  const type = objectOfTypeName(name) ?? scalarType(kind, isNullable);
  // What a method gives is an array; what it takes may be any sequence.
  return {
    type: isList ? (isResult ? shapedType(type, 'array') : listType(type)) : type,
    isNullAllowed: isNullable || isAnyText,
    isAnyText,
  };
}

/** What stands in the parentheses of a call: `string, int`; `from` leaves out the receiver. */
export function describeParameters({ parameters, isVariadic }: Overload, from: number): string {
  const names = parameters.slice(from).map(describeParameter);
  return names.join(', ') + (isVariadic ? '…' : '');
}

function describeParameter({ type, isAnyText }: Parameter): string {
  if (!isAnyText) return describeType(type);
  return type.kind === 'list' ? 'object[]' : 'object';
}
