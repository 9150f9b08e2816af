/** Operators: arithmetic, comparison, equality, logic, `??`. */
import { failed } from '../expression-error.ts';
import type { ExpressionNode, Place } from './ast.ts';
import { broken, type CheckState, reject, type Typed, typed } from './check-state.ts';
import { convert, convertOrReject, materialized, unify } from './convert.ts';
import { checkedMoment } from './date-methods.ts';
import {
  asBool,
  asLong,
  asNumber,
  asResource,
  asText,
  built,
  charge,
  checkedInt,
  checkedLong,
  type Run,
  type Value,
} from './runtime.ts';
import {
  acceptsNull,
  boolType,
  describeType,
  nullable,
  type ScalarKind,
  type StaticType,
  scalarType,
  stringType,
  withoutNull,
} from './static-type.ts';
import { textOf } from './value-text.ts';

type BinaryNode = ExpressionNode & { readonly kind: 'binary' };

export function checkNot(state: CheckState, place: Place, operand: ExpressionNode): Typed {
  const value = convertOrReject(state, state.check(operand), boolType, 'What ! negates');
  return typed(place, boolType, (frame) => !asBool(value.run(frame)));
}

/** `-x` and `+x`. */
export function checkNegation(
  state: CheckState,
  place: Place,
  operand: ExpressionNode,
  isNegative: boolean,
): Typed {
  const value = state.check(operand);
  const { type, run } = value;
  if (type.kind === 'unknown') return broken(place);
  if (type.kind !== 'scalar' || !['int', 'long', 'double'].includes(type.scalar)) {
    return reject(state, place, `${describeType(type)} is no number.`);
  }
  // -2147483648 is read as a minus before a number one too large for int.
  if (operand.kind === 'int' && operand.value === 2_147_483_648n && isNegative) {
    return typed(place, scalarType('int'), () => -2_147_483_648);
  }
  if (!isNegative) return typed(place, type, run);
  const negate =
    negations[type.scalar === 'long' ? 'long' : type.scalar === 'int' ? 'int' : 'double'];
  return typed(place, type, (frame) => {
    const number = run(frame);
    return number === null ? null : negate(number);
  });
}

const negations: Readonly<Record<'int' | 'long' | 'double', (value: Value) => Value>> = {
  int: (value) => checkedInt(-asNumber(value)),
  long: (value) => checkedLong(-asLong(value)),
  double: (value) => -asNumber(value),
};

/** Any operator between two operands. */
export function checkBinary(state: CheckState, node: BinaryNode): Typed {
  switch (node.operator) {
    case '&&':
    case '||':
      return checkLogic(state, node);
    case '??':
      return checkCoalesce(state, node);
    case '==':
    case '!=':
      return checkEquality(state, node);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return checkOrder(state, node);
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return combine(state, node, node.operator, state.check(node.left), state.check(node.right));
  }
}

function checkLogic(state: CheckState, node: BinaryNode): Typed {
  const what = `What stands beside ${node.operator}`;
  const left = convertOrReject(state, state.check(node.left), boolType, what);
  const before = state.assigned;
  const right = convertOrReject(state, state.check(node.right), boolType, what);
  // Variables of `out` on the right side of && are assigned where the whole is true; close enough to keep them.
  if (node.operator === '||') state.assigned = before;
  const decided = node.operator === '||';
  return typed(node, boolType, (frame) =>
    asBool(left.run(frame)) === decided ? decided : asBool(right.run(frame)),
  );
}

function checkCoalesce(state: CheckState, node: BinaryNode): Typed {
  const left = materialized(state.check(node.left));
  const right = materialized(state.check(node.right));
  return coalesce(state, node, left, right);
}

/** `left ?? right`. */
export function coalesce(state: CheckState, place: Place, left: Typed, right: Typed): Typed {
  if (left.type.kind === 'unknown' || right.type.kind === 'unknown') return broken(place);
  if (!acceptsNull(left.type)) {
    return reject(state, left, `${describeType(left.type)} is never null here: ?? has no use.`);
  }
  const bare = { ...left, type: withoutNull(left.type) };
  const unified = unify(bare, right);
  if (unified === undefined) {
    const [a, b] = [describeType(left.type), describeType(right.type)];
    return reject(
      state,
      right,
      `The two sides of ?? are ${a} and ${b}, which do not fit together.`,
    );
  }
  const [first, second, type] = unified;
  return typed(place, type, (frame) => first.run(frame) ?? second.run(frame));
}

function checkEquality(state: CheckState, node: BinaryNode): Typed {
  const left = state.check(node.left);
  const right = state.check(node.right);
  if (left.type.kind === 'unknown' || right.type.kind === 'unknown') return broken(node);
  const unified = unify(left, right) ?? unify(widen(left), widen(right));
  const kinds = [left.type.kind, right.type.kind];
  if (
    unified === undefined ||
    kinds.includes('void') ||
    (kinds.includes('list') && !kinds.includes('null'))
  ) {
    const [a, b] = [describeType(left.type), describeType(right.type)];
    const isText = [a, b].includes('string');
    return reject(
      state,
      node,
      `${a} and ${b} cannot be compared.`,
      isText ? 'Add .ToString() to the other side.' : undefined,
    );
  }
  const [first, second] = unified;
  const isEqual = node.operator === '==';
  return typed(node, boolType, (frame) => {
    const a = first.run(frame);
    const b = second.run(frame);
    if (typeof a === 'string') charge(frame, a.length >> 6);
    return areEqual(a, b) === isEqual;
  });
}

function widen(value: Typed): Typed {
  return { ...value, type: nullable(value.type) };
}

/** Equality of two values of one type: resources by id, all else by value; texts by code units. */
export function areEqual(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (!('entityType' in a) || !('entityType' in b)) return false;
  return asResource(a).id === asResource(b).id && a.entityType === b.entityType;
}

const ordered: ReadonlySet<ScalarKind> = new Set([
  'int',
  'long',
  'double',
  'char',
  'dateTime',
  'timeSpan',
]);

function checkOrder(state: CheckState, node: BinaryNode): Typed {
  const left = state.check(node.left);
  const right = state.check(node.right);
  if (left.type.kind === 'unknown' || right.type.kind === 'unknown') return broken(node);
  const unified = unify(left, right);
  const type = unified?.[2];
  if (unified === undefined || type?.kind !== 'scalar' || !ordered.has(type.scalar)) {
    const [a, b] = [describeType(left.type), describeType(right.type)];
    const hint = [a, b].includes('string')
      ? 'Use string.Compare(a, b) and compare the result with 0.'
      : undefined;
    return reject(state, node, `${a} and ${b} have no order for ${node.operator}.`, hint);
  }
  const [first, second] = unified;
  const test = orderTests[node.operator as keyof typeof orderTests];
  return typed(node, boolType, (frame) => {
    const a = first.run(frame);
    const b = second.run(frame);
    // A comparison with null is false, as in C#.
    return a !== null && b !== null && test(comparable(a), comparable(b));
  });
}

type Comparable = number | bigint | string;

function comparable(value: Value): Comparable {
  return typeof value === 'bigint' || typeof value === 'string' ? value : asNumber(value);
}

const orderTests = {
  '<': (a: Comparable, b: Comparable): boolean => a < b,
  '<=': (a: Comparable, b: Comparable): boolean => a <= b,
  '>': (a: Comparable, b: Comparable): boolean => a > b,
  '>=': (a: Comparable, b: Comparable): boolean => a >= b,
} as const;

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';

/** `left operator right`, concatenation and dates included. */
export function combine(
  state: CheckState,
  place: Place,
  operator: ArithmeticOperator,
  left: Typed,
  right: Typed,
): Typed {
  if (left.type.kind === 'unknown' || right.type.kind === 'unknown') return broken(place);
  if (operator === '+' && (isText(left.type) || isText(right.type))) {
    return concatenate(state, place, left, right);
  }
  const date = combineDates(place, operator, left, right);
  if (date !== undefined) return date;
  for (const kind of ['int', 'long', 'double'] as const) {
    const isNullable = [left, right].some(
      (side) => side.type.kind === 'scalar' && side.type.isNullable && side.type.isEither !== true,
    );
    const type = scalarType(kind, isNullable);
    const first = convert(left, type);
    const second = convert(right, type);
    if (first === undefined || second === undefined) continue;
    if (left.type.kind === 'null' || right.type.kind === 'null') break;
    return typed(place, type, lift(first.run, second.run, arithmetic[kind](operator)));
  }
  const [a, b] = [describeType(left.type), describeType(right.type)];
  return reject(state, place, `The operator ${operator} does not fit ${a} and ${b}.`);
}

function isText(type: StaticType): boolean {
  return type.kind === 'scalar' && type.scalar === 'string';
}

function lift(left: Run, right: Run, operate: (a: Value, b: Value) => Value): Run {
  return (frame) => {
    const a = left(frame);
    const b = right(frame);
    return a === null || b === null ? null : operate(a, b);
  };
}

function concatenate(state: CheckState, place: Place, left: Typed, right: Typed): Typed {
  const [first, second] = [left, right].map((side): Run => {
    const { type, run } = side;
    if (type.kind === 'null') return () => '';
    if (type.kind === 'scalar') return (frame) => textOf(type.scalar, run(frame));
    reject(
      state,
      side,
      `${describeType(type)} cannot become part of a text.`,
      'Name one of its properties.',
    );
    return () => '';
  });
  return typed(place, stringType, (frame) =>
    built(frame, asText(first?.(frame)) + asText(second?.(frame))),
  );
}

function combineDates(
  place: Place,
  operator: ArithmeticOperator,
  left: Typed,
  right: Typed,
): Typed | undefined {
  if (left.type.kind !== 'scalar' || right.type.kind !== 'scalar') return undefined;
  const isNullable = left.type.isNullable || right.type.isNullable;
  const kinds = `${left.type.scalar}${operator}${right.type.scalar}`;
  if (kinds === 'dateTime-dateTime') {
    const run = lift(left.run, right.run, (a, b) => asNumber(a) - asNumber(b));
    return typed(place, scalarType('timeSpan', isNullable), run);
  }
  if (kinds === 'dateTime-timeSpan' || kinds === 'dateTime+timeSpan') {
    const sign = operator === '+' ? 1 : -1;
    const run = lift(left.run, right.run, (a, b) =>
      checkedMoment(asNumber(a) + sign * asNumber(b)),
    );
    return typed(place, scalarType('dateTime', isNullable), run);
  }
  return undefined;
}

const arithmetic = {
  int: (operator: ArithmeticOperator) => (a: Value, b: Value) =>
    checkedInt(operateWhole(operator, asNumber(a), asNumber(b))),
  long: (operator: ArithmeticOperator) => (a: Value, b: Value) =>
    checkedLong(operateLong(operator, asLong(a), asLong(b))),
  double: (operator: ArithmeticOperator) => (a: Value, b: Value) =>
    operateDouble(operator, asNumber(a), asNumber(b)),
} as const;

function operateWhole(operator: ArithmeticOperator, a: number, b: number): number {
  if (operator === '/' || operator === '%') {
    if (b === 0) throw failed('a number is divided by zero.');
    return operator === '/' ? Math.trunc(a / b) : a % b;
  }
  return operateDouble(operator, a, b);
}

function operateDouble(operator: ArithmeticOperator, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
  }
}

function operateLong(operator: ArithmeticOperator, a: bigint, b: bigint): bigint {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
    case '%':
      if (b === 0n) throw failed('a number is divided by zero.');
      return operator === '/' ? a / b : a % b;
  }
}
