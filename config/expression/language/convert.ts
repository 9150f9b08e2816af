/** Implicit and explicit conversions between types. */
import { failed } from '../expression-error.ts';
import { suggestName } from '../nearest-name.ts';
import type { TypeNode } from './ast.ts';
import { type CheckState, reject, type Typed, typed } from './check-state.ts';
import {
  asLong,
  asNumber,
  asText,
  checkedInt,
  checkedLong,
  type Run,
  toItems,
  type Value,
} from './runtime.ts';
import { itemsOf } from './sequence.ts';
import {
  acceptsNull,
  describeType,
  elementType,
  isSameType,
  kindOfTypeName,
  type ListShape,
  listType,
  objectOfTypeName,
  type ScalarKind,
  type StaticType,
  scalarType,
  shapedType,
  unknownType,
  withoutNull,
} from './static-type.ts';

type Change = (value: Value) => Value;

const charToInt: Change = (value) => asText(value).charCodeAt(0);
const intToLong: Change = (value) => BigInt(asNumber(value));
const longToDouble: Change = (value) => Number(asLong(value));
const same: Change = (value) => value;

/** Conversions that never lose anything. */
const widenings: ReadonlyMap<string, Change> = new Map<string, Change>([
  ['char>int', charToInt],
  ['char>long', (value) => intToLong(charToInt(value))],
  ['char>double', charToInt],
  ['int>long', intToLong],
  ['int>double', same],
  ['long>double', longToDouble],
]);

/** Conversions that are written as a cast. */
const casts: ReadonlyMap<string, Change> = new Map<string, Change>([
  ['long>int', (value) => checkedInt(Number(asLong(value)))],
  ['double>int', (value) => checkedInt(Math.trunc(finite(value)))],
  ['double>long', (value) => checkedLong(BigInt(Math.trunc(finite(value))))],
  ['int>char', (value) => String.fromCharCode(charCode(asNumber(value)))],
  ['dayOfWeek>int', same],
  ['int>dayOfWeek', same],
]);

function finite(value: Value): number {
  const number = asNumber(value);
  if (Number.isFinite(number)) return number;
  throw failed('a number is too large for the type it is cast to.');
}

function charCode(value: number): number {
  if (value >= 0 && value <= 0xffff) return value;
  throw failed('a number is no character.');
}

/** How a value of a kind becomes one of another without loss, or `undefined`. */
function findWidening(from: ScalarKind, to: ScalarKind): Change | undefined {
  return from === to ? same : widenings.get(`${from}>${to}`);
}

/** Runs a change, leaving null alone. */
export function lift(run: Run, change: Change): Run {
  if (change === same) return run;
  return (frame) => {
    const value = run(frame);
    return value === null ? null : change(value);
  };
}

/** The value as `target` where C# converts by itself; `undefined` where it does not. */
export function convert(value: Typed, target: StaticType): Typed | undefined {
  const { type } = value;
  if (type.kind === 'unknown' || target.kind === 'unknown') return value;
  if (type.kind === 'null') return acceptsNull(target) ? { ...value, type: target } : undefined;
  if (type.kind === 'scalar' && target.kind === 'scalar') {
    const change = findWidening(type.scalar, target.scalar);
    if (change === undefined) return undefined;
    const losesNull = type.isNullable && !target.isNullable;
    if (losesNull && type.isEither !== true) return undefined;
    const run = losesNull ? requireValue(value.run, describeType(type)) : value.run;
    const converted = { ...value, type: target, run: lift(run, change) };
    const { constant } = value;
    if (constant === undefined || constant.value === null || change === same) return converted;
    const changed = change(constant.value);
    return { ...converted, run: () => changed, constant: { value: changed } };
  }
  if (type.kind === 'scalar' && type.scalar === 'string' && target.kind === 'list') {
    return undefined;
  }
  const element = elementType(type);
  if (element !== undefined && target.kind === 'list') {
    if (target.shape !== undefined && (type.kind !== 'list' || type.shape !== target.shape))
      return undefined;
    return convert({ ...value, type: element }, target.element) !== undefined &&
      isSameType(withoutNull(element), withoutNull(target.element))
      ? { ...value, type: target }
      : undefined;
  }
  return isSameType(type, target) ? value : undefined;
}

/** The value, which must not be null. */
export function requireValue(run: Run, what: string): Run {
  return (frame) => {
    const value = run(frame);
    if (value === null) throw failed(`a value of type ${what} is empty where one is needed.`);
    return value;
  };
}

/** Converts or reports: `what` begins the message. */
export function convertOrReject(
  state: CheckState,
  value: Typed,
  target: StaticType,
  what: string,
): Typed {
  const converted = convert(value, target);
  if (converted !== undefined) return converted;
  if (value.type.kind === 'void')
    return reject(state, value, `${what} needs a value, and this gives none.`);
  const found = describeType(value.type);
  const wanted = describeType(target);
  return reject(
    state,
    value,
    `${what} must be ${wanted}, but this is ${found}.`,
    hintFor(value.type, target),
  );
}

function hintFor(from: StaticType, to: StaticType): string | undefined {
  if (from.kind === 'list' && to.kind === 'list' && to.shape !== undefined) {
    const method = { array: 'ToArray', list: 'ToList', set: 'ToHashSet' }[to.shape];
    return `Add .${method}().`;
  }
  if (from.kind !== 'scalar' || to.kind !== 'scalar') {
    return from.kind === 'list' && to.kind !== 'list'
      ? 'Take one item, as with FirstOrDefault().'
      : undefined;
  }
  if (from.scalar === to.scalar) {
    if (from.scalar === 'bool') return 'The value may be empty: compare it, as in == true.';
    return 'The value may be empty: add ?? with a default, or .Value.';
  }
  if (to.scalar === 'string') return 'Add .ToString().';
  if (from.scalar === 'string')
    return `Convert it, as with ${describeType(withoutNull(to))}.Parse(…).`;
  return casts.has(`${from.scalar}>${to.scalar}`)
    ? `Write (${describeType(withoutNull(to))}) before it.`
    : undefined;
}

/** A cast of a constant is done once; one that loses something is reported. */
function castConstant(state: CheckState, value: Typed, change: Change): Pick<Typed, 'constant'> {
  const { constant } = value;
  if (constant === undefined || constant.value === null) return {};
  try {
    return { constant: { value: change(constant.value) } };
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    reject(state, value, `This constant cannot be cast: ${thrown.message}`);
    return {};
  }
}

/** `(type)value`. */
export function checkCast(state: CheckState, value: Typed, target: StaticType): Typed {
  const converted = convert(value, target);
  if (converted !== undefined) return converted;
  const { type } = value;
  if (type.kind === 'scalar' && target.kind === 'scalar') {
    const change =
      findWidening(type.scalar, target.scalar) ?? casts.get(`${type.scalar}>${target.scalar}`);
    if (change !== undefined) {
      const needsValue = type.isNullable && !target.isNullable;
      const run = needsValue ? requireValue(value.run, describeType(type)) : value.run;
      return typed(value, target, lift(run, change), castConstant(state, value, change));
    }
  }
  return reject(
    state,
    value,
    `${describeType(type)} cannot be cast to ${describeType(target)}.`,
    hintFor(type, target),
  );
}

const listNames: ReadonlyMap<string, ListShape | undefined> = new Map([
  ['List', 'list'],
  ['IList', 'list'],
  ['ICollection', 'list'],
  ['HashSet', 'set'],
  ['ISet', 'set'],
  ['IEnumerable', undefined],
  ['IReadOnlyList', undefined],
  ['IReadOnlyCollection', undefined],
  ['IOrderedEnumerable', undefined],
]);
const dictionaryNames = new Set(['Dictionary', 'IDictionary', 'IReadOnlyDictionary']);

/** Type names, for suggestions. */
const typeNames = [
  'string',
  'int',
  'long',
  'double',
  'bool',
  'char',
  'DateTime',
  'TimeSpan',
  'Guid',
  'Regex',
  'Match',
  'StringBuilder',
  ...listNames.keys(),
  ...dictionaryNames,
];

/** The type a type node names; an unknown one is reported. */
export function resolveType(state: CheckState, node: TypeNode): StaticType {
  let type = resolveName(state, node);
  if (type.kind === 'unknown') {
    const message = `The type ${node.name} is unknown or not supported yet.`;
    const known = [...typeNames, ...state.model.entityTypes.keys()];
    const otherwise = 'Use var, string, int, long, double, bool or DateTime.';
    state.findings.error(
      node.offset,
      node.length,
      message,
      suggestName(node.name, known, otherwise),
    );
    return type;
  }
  if (type.kind === 'entity') state.refer?.(type.entityType, undefined, node);
  if (node.isNullable && type.kind === 'scalar') type = scalarType(type.scalar, true);
  for (let rank = 0; rank < node.arrayRank; rank++) type = shapedType(type, 'array');
  return type;
}

function resolveName(state: CheckState, node: TypeNode): StaticType {
  const [argument, ...others] = node.arguments;
  if (argument !== undefined) {
    const [second, ...rest] = others;
    if (second !== undefined) {
      if (rest.length > 0) return unknownType;
      const [key, value] = [resolveType(state, argument), resolveType(state, second)];
      if (node.name === 'KeyValuePair') return { kind: 'pair', key, value };
      if (node.name === 'IGrouping') return { kind: 'group', key, element: value };
      return dictionaryNames.has(node.name) ? { kind: 'dictionary', key, value } : unknownType;
    }
    if (node.name === 'Nullable') {
      const type = resolveType(state, argument);
      return type.kind === 'scalar' ? scalarType(type.scalar, true) : unknownType;
    }
    if (!listNames.has(node.name)) return unknownType;
    const shape = listNames.get(node.name);
    const element = resolveType(state, argument);
    return shape === undefined ? listType(element) : shapedType(element, shape);
  }
  const scalar = kindOfTypeName(node.name);
  if (scalar !== undefined) return scalarType(scalar);
  // An entity type may be named as a class is, such as Group: it is the one that is meant.
  if (state.model.entityTypes.has(node.name)) return { kind: 'entity', entityType: node.name };
  return objectOfTypeName(node.name) ?? unknownType;
}

/** The type both values convert to, with both converted; `undefined` when there is none. */
export function unify(left: Typed, right: Typed): readonly [Typed, Typed, StaticType] | undefined {
  if (left.type.kind === 'unknown') return [left, right, right.type];
  if (right.type.kind === 'unknown') return [left, right, left.type];
  for (const target of candidates(left.type, right.type)) {
    const a = convert(left, target);
    const b = convert(right, target);
    if (a !== undefined && b !== undefined) return [a, b, target];
  }
  return undefined;
}

/** The type all values convert to, and the values converted; `undefined` when there is none. */
export function commonType(values: readonly Typed[]):
  | {
      readonly type: StaticType;
      readonly runs: readonly Run[];
      readonly constants: readonly (Value | undefined)[];
    }
  | undefined {
  const [first, ...others] = values;
  if (first === undefined) return undefined;
  let { type } = first;
  for (const other of others) {
    const unified = unify({ ...first, type }, other);
    if (unified === undefined) return undefined;
    type = unified[2];
  }
  const runs: Run[] = [];
  const constants: (Value | undefined)[] = [];
  for (const value of values) {
    const converted = convert(value, type);
    if (converted === undefined) return undefined;
    runs.push(converted.run);
    constants.push(converted.constant?.value);
  }
  return { type, runs, constants };
}

function candidates(a: StaticType, b: StaticType): readonly StaticType[] {
  if (a.kind === 'null' && b.kind === 'null') return [a];
  const scalars = [a, b].filter((type) => type.kind === 'scalar');
  const isAnyNull = [a, b].some(
    (type) => type.kind === 'null' || (type.kind === 'scalar' && type.isNullable),
  );
  return [
    a,
    b,
    ...(isAnyNull ? scalars.map((type) => scalarType(type.scalar, true)) : []),
    ...(a.kind === 'list' && b.kind === 'list' ? [listType(a.element)] : []),
  ].filter((type) => type.kind !== 'null');
}

/** A sequence finished before it is stored: what it reads may change, or be read twice. */
export function materialized(value: Typed): Typed {
  if (value.type.kind !== 'list' || value.type.shape !== undefined) return value;
  const { run, plan } = value;
  if (plan?.kind === 'sequence' && plan.run === run) {
    const collect = itemsOf(plan);
    return { ...value, run: (frame) => collect(frame) as readonly Value[] & Value };
  }
  return {
    ...value,
    run: (frame) => {
      const list = run(frame);
      if (list === null || typeof list !== 'object' || !(Symbol.iterator in list)) return list;
      return toItems(frame, list) as readonly Value[] & Value;
    },
  };
}
