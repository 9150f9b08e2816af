/** Implicit and explicit conversions between types. */
import { failed } from '../expression-error.ts';
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
import {
  acceptsNull,
  describeType,
  isSameType,
  kindOfTypeName,
  listType,
  type ScalarKind,
  type StaticType,
  scalarType,
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
    return { ...value, type: target, run: lift(run, change) };
  }
  if (type.kind === 'list' && target.kind === 'list') {
    return convert({ ...value, type: type.element }, target.element) !== undefined &&
      isSameType(withoutNull(type.element), withoutNull(target.element))
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
      return typed(value, target, lift(run, change));
    }
  }
  return reject(
    state,
    value,
    `${describeType(type)} cannot be cast to ${describeType(target)}.`,
    hintFor(type, target),
  );
}

const listNames = new Set([
  'List',
  'IEnumerable',
  'IList',
  'ICollection',
  'IReadOnlyList',
  'HashSet',
  'IReadOnlyCollection',
]);

/** The type a type node names; an unknown one is reported. */
export function resolveType(state: CheckState, node: TypeNode): StaticType {
  let type = resolveName(state, node);
  if (type.kind === 'unknown') {
    const message = `The type ${node.name} is not supported yet.`;
    state.findings.error(
      node.offset,
      node.length,
      message,
      'Use var, string, int, long, double, bool or DateTime.',
    );
    return type;
  }
  if (node.isNullable && type.kind === 'scalar') type = scalarType(type.scalar, true);
  for (let rank = 0; rank < node.arrayRank; rank++) type = listType(type);
  return type;
}

function resolveName(state: CheckState, node: TypeNode): StaticType {
  const [argument, ...others] = node.arguments;
  if (argument !== undefined) {
    if (others.length > 0) return unknownType;
    if (node.name === 'Nullable') {
      const type = resolveType(state, argument);
      return type.kind === 'scalar' ? scalarType(type.scalar, true) : unknownType;
    }
    return listNames.has(node.name) ? listType(resolveType(state, argument)) : unknownType;
  }
  const scalar = kindOfTypeName(node.name);
  if (scalar !== undefined) return scalarType(scalar);
  return state.model.entityTypes.has(node.name)
    ? { kind: 'entity', entityType: node.name }
    : unknownType;
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

function candidates(a: StaticType, b: StaticType): readonly StaticType[] {
  if (a.kind === 'null' && b.kind === 'null') return [a];
  const scalars = [a, b].filter((type) => type.kind === 'scalar');
  const isAnyNull = [a, b].some(
    (type) => type.kind === 'null' || (type.kind === 'scalar' && type.isNullable),
  );
  return [a, b, ...(isAnyNull ? scalars.map((type) => scalarType(type.scalar, true)) : [])].filter(
    (type) => type.kind !== 'null',
  );
}

/** A sequence finished before it is stored: what it reads may change, or be read twice. */
export function materialized(value: Typed): Typed {
  if (value.type.kind !== 'list') return value;
  const { run } = value;
  return {
    ...value,
    run: (frame) => {
      const list = run(frame);
      if (list === null || typeof list !== 'object' || !(Symbol.iterator in list)) return list;
      return toItems(frame, list) as readonly Value[] & Value;
    },
  };
}
