/** Operators: comparison, equality, logic, `??`; arithmetic is next door. */
import { areEqual } from './are-equal.ts';
import { combine } from './arithmetic.ts';
import type { ExpressionNode, Place } from './ast.ts';
import { broken, type CheckState, reject, type Typed, typed } from './check-state.ts';
import { convert, convertOrReject, materialized, unify } from './convert.ts';
import {
  assume,
  factsOf,
  joinFacts,
  joinFlows,
  nullTest,
  restoreFlow,
  saveFlow,
  uniteFacts,
} from './flow.ts';
import { compareReading, slotOf } from './reading.ts';
import {
  asBool,
  asLong,
  asNumber,
  charge,
  checkedInt,
  checkedLong,
  type Run,
  type Value,
  wrapInt,
  wrapLong,
} from './runtime.ts';
import {
  acceptsNull,
  boolType,
  describeType,
  nullable,
  type ScalarKind,
  scalarType,
  withoutNull,
} from './static-type.ts';

type BinaryNode = ExpressionNode & { readonly kind: 'binary' };

export function checkNot(state: CheckState, place: Place, operand: ExpressionNode): Typed {
  const value = convertOrReject(state, state.check(operand), boolType, 'What ! negates');
  const { run, whenTrue, whenFalse, constant } = value;
  return typed(place, boolType, (frame) => !asBool(run(frame)), {
    ...(whenFalse === undefined ? {} : { whenTrue: whenFalse }),
    ...(whenTrue === undefined ? {} : { whenFalse: whenTrue }),
    ...(typeof constant?.value === 'boolean' ? { constant: { value: !constant.value } } : {}),
  });
}

/** `-x` and `+x`. */
export function checkNegation(
  state: CheckState,
  place: Place,
  operand: ExpressionNode,
  isNegative: boolean,
): Typed {
  // -2147483648 is read as a minus before a number one too large for int.
  if (operand.kind === 'int' && operand.value === 2_147_483_648n && isNegative) {
    return typed(place, scalarType('int'), () => -2_147_483_648, {
      constant: { value: -2_147_483_648 },
    });
  }
  const value = state.check(operand);
  const { type, run } = value;
  if (type.kind === 'unknown') return broken(place);
  if (type.kind === 'scalar' && type.scalar === 'timeSpan') {
    return typed(place, type, (frame) => {
      const span = run(frame);
      return span === null || !isNegative ? span : -asNumber(span);
    });
  }
  if (type.kind !== 'scalar' || !['int', 'long', 'double', 'char'].includes(type.scalar)) {
    return reject(state, place, `${describeType(type)} is no number.`);
  }
  const wanted = type.scalar === 'char' ? scalarType('int', type.isNullable) : type;
  const number = convert(value, wanted) ?? value;
  if (!isNegative) return { ...number, offset: place.offset, length: place.length };
  const kind = type.scalar === 'long' ? 'long' : type.scalar === 'double' ? 'double' : 'int';
  const negate = (state.isUnchecked ? wrappingNegations : negations)[kind];
  const constant = number.constant;
  return typed(
    place,
    wanted,
    (frame) => {
      const found = number.run(frame);
      return found === null ? null : negate(found);
    },
    constant === undefined || constant.value === null
      ? {}
      : { constant: { value: negate(constant.value) } },
  );
}

const negations: Readonly<Record<'int' | 'long' | 'double', (value: Value) => Value>> = {
  int: (value) => checkedInt(-asNumber(value)),
  long: (value) => checkedLong(-asLong(value)),
  double: (value) => -asNumber(value),
};

const wrappingNegations: typeof negations = {
  int: (value) => wrapInt(-asNumber(value)),
  long: (value) => wrapLong(-asLong(value)),
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
    case '&':
    case '|':
    case '^':
      return checkBits(state, node);
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
  const isOr = node.operator === '||';
  const left = convertOrReject(state, state.check(node.left), boolType, what);
  const before = saveFlow(state);
  assume(state, isOr ? left.whenFalse : left.whenTrue);
  const right = convertOrReject(state, state.check(node.right), boolType, what);
  const after = saveFlow(state);
  restoreFlow(state, joinFlows(before, after));
  // Variables of `out` on the right side of && are assigned where the whole is true; close enough to keep them.
  if (!isOr) state.assigned = after.assigned;
  // Where the right side decides, the left one has let it.
  const passed = isOr ? left.whenFalse : left.whenTrue;
  const [decisive, other] = isOr
    ? [joinFacts(left.whenTrue ?? none, uniteFacts(passed, right.whenTrue)), right.whenFalse]
    : [joinFacts(left.whenFalse ?? none, uniteFacts(passed, right.whenFalse)), right.whenTrue];
  const both = uniteFacts(passed, other);
  const { run: runLeft } = left;
  const { run: runRight } = right;
  const [a, b] = [left.constant?.value, right.constant?.value];
  const constant = a === isOr ? a : typeof a === 'boolean' ? b : undefined;
  return typed(
    node,
    boolType,
    isOr
      ? (frame) => asBool(runLeft(frame)) || asBool(runRight(frame))
      : (frame) => asBool(runLeft(frame)) && asBool(runRight(frame)),
    {
      ...(isOr ? { whenTrue: decisive, whenFalse: both } : { whenTrue: both, whenFalse: decisive }),
      ...(constant === undefined ? {} : { constant: { value: constant } }),
    },
  );
}

const none: NonNullable<Typed['whenTrue']> = new Map();

function checkCoalesce(state: CheckState, node: BinaryNode): Typed {
  const left = materialized(state.check(node.left));
  const before = saveFlow(state);
  const right = materialized(state.check(node.right));
  restoreFlow(state, joinFlows(before, saveFlow(state)));
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
  const nullness = right.type.kind === 'null' ? 'maybe' : right.nullness;
  const { run: runFirst } = first;
  const { run: runSecond, constant } = second;
  const otherwise = constant?.value;
  return typed(
    place,
    type,
    otherwise === undefined
      ? (frame) => runFirst(frame) ?? runSecond(frame)
      : (frame) => runFirst(frame) ?? otherwise,
    nullness === undefined ? {} : { nullness },
  );
}

function checkEquality(state: CheckState, node: BinaryNode): Typed {
  const left = state.check(node.left);
  const right = state.check(node.right);
  if (left.type.kind === 'unknown' || right.type.kind === 'unknown') return broken(node);
  const isEqual = node.operator === '==';
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
      isText ? hintForText(left, right) : undefined,
    );
  }
  warnIfNeverNull(state, node, left, right, isEqual);
  const [first, second] = unified;
  const folded = foldEquality(first, second, isEqual);
  const isPlain = [first.type, second.type].every(
    (type) => type.kind === 'scalar' && type.scalar !== 'string',
  );
  const facts = { ...equalityFacts(left, right, isEqual), ...folded };
  const fixed = fixedSide(first, second) ?? fixedSide(second, first);
  if (fixed !== undefined) {
    const [side, value] = fixed;
    const { run } = side;
    const compare = isEqual ? compareReading(side, value) : undefined;
    if (compare !== undefined) return typed(node, boolType, compare, facts);
    return typed(
      node,
      boolType,
      isEqual ? (frame) => run(frame) === value : (frame) => run(frame) !== value,
      facts,
    );
  }
  const { run: a } = first;
  const { run: b } = second;
  if (isPlain) {
    const run: Run = isEqual ? (frame) => a(frame) === b(frame) : (frame) => a(frame) !== b(frame);
    return typed(node, boolType, run, facts);
  }
  return typed(
    node,
    boolType,
    (frame) => {
      const one = a(frame);
      const other = b(frame);
      if (typeof one === 'string' && one.length > 64) charge(frame, one.length >> 6);
      return areEqual(one, other) === isEqual;
    },
    facts,
  );
}

/** What to write instead of comparing something with a text. */
function hintForText(left: Typed, right: Typed): string {
  const isLeftText = left.type.kind === 'scalar' && left.type.scalar === 'string';
  const [text, other] = isLeftText ? [left, right] : [right, left];
  if (text.constant?.value === '') return 'Compare with null where no value is meant.';
  if (other.type.kind === 'entity') return 'Name one of its properties.';
  const isDate = other.type.kind === 'scalar' && other.type.scalar === 'dateTime';
  return isDate
    ? 'Compare with a date, as in new DateTime(2024, 1, 31).'
    : 'Add .ToString() to the other side.';
}

/** One side, and the other where it is null or a constant: it is not computed each time. */
function fixedSide(side: Typed, other: Typed): readonly [Typed, Value] | undefined {
  if (other.constant !== undefined) return [side, other.constant.value];
  return other.isNull === true ? [side, null] : undefined;
}

/** A value that is never null is compared with null: the answer never changes. */
function warnIfNeverNull(
  state: CheckState,
  node: BinaryNode,
  left: Typed,
  right: Typed,
  isEqual: boolean,
): void {
  const other = right.type.kind === 'null' ? left : left.type.kind === 'null' ? right : undefined;
  if (other === undefined || acceptsNull(other.type)) return;
  const message = `${describeType(other.type)} is never null: this is always ${String(!isEqual)}.`;
  state.findings.warning(node.offset, node.length, message, 'Remove the comparison.');
}

function foldEquality(left: Typed, right: Typed, isEqual: boolean): Pick<Typed, 'constant'> {
  if (left.constant === undefined || right.constant === undefined) return {};
  return { constant: { value: areEqual(left.constant.value, right.constant.value) === isEqual } };
}

/** `a == null` says that a is null; `a == b` where b is never null says that a is not. */
function equalityFacts(
  left: Typed,
  right: Typed,
  isEqual: boolean,
): Pick<Typed, 'whenTrue' | 'whenFalse'> {
  if (right.type.kind === 'null') return nullTest(left, isEqual);
  if (left.type.kind === 'null') return nullTest(right, isEqual);
  const paths = [
    ...(isNeverNull(right) ? (left.implies ?? []) : []),
    ...(isNeverNull(left) ? (right.implies ?? []) : []),
  ];
  if (paths.length === 0) return {};
  return isEqual ? { whenTrue: factsOf(paths, 'never') } : { whenFalse: factsOf(paths, 'never') };
}

function isNeverNull(value: Typed): boolean {
  if (value.nullness === 'never') return true;
  if (value.constant !== undefined) return value.constant.value !== null;
  return value.type.kind === 'scalar' && !value.type.isNullable;
}

function widen(value: Typed): Typed {
  return { ...value, type: nullable(value.type) };
}

const ordered: ReadonlySet<ScalarKind> = new Set([
  'int',
  'long',
  'double',
  'char',
  'dateTime',
  'timeSpan',
  'dayOfWeek',
]);

function checkOrder(state: CheckState, node: BinaryNode): Typed {
  const left = state.check(node.left);
  const right = state.check(node.right);
  return order(state, node, node.operator as keyof typeof orderTests, left, right);
}

/** `left < right` and its like. */
export function order(
  state: CheckState,
  place: Place,
  operator: keyof typeof orderTests,
  left: Typed,
  right: Typed,
): Typed {
  if (left.type.kind === 'unknown' || right.type.kind === 'unknown') return broken(place);
  const unified = unify(left, right);
  const type = unified?.[2];
  if (unified === undefined || type?.kind !== 'scalar' || !ordered.has(type.scalar)) {
    const [a, b] = [describeType(left.type), describeType(right.type)];
    const isDate = [a, b].some((one) => one.startsWith('DateTime'));
    const textHint = isDate
      ? 'Compare with a date, as in new DateTime(2024, 1, 31).'
      : 'Use string.Compare(a, b) and compare the result with 0.';
    const hint = [a, b].includes('string') ? textHint : undefined;
    return reject(state, place, `${a} and ${b} have no order for ${operator}.`, hint);
  }
  const [first, second] = unified;
  const test = orderTests[operator];
  const compare = (a: Value, b: Value): boolean =>
    // A comparison with null is false, as in C#.
    a !== null && b !== null && test(comparable(a), comparable(b));
  const isConstant = first.constant !== undefined && second.constant !== undefined;
  const isNumber = type.scalar !== 'long' && type.scalar !== 'char';
  const { run: a } = first;
  const { run: b } = second;
  const limit = second.constant?.value;
  const run: Run = !isNumber
    ? (frame) => compare(a(frame), b(frame))
    : typeof limit === 'number'
      ? limitTests[operator](a, limit)
      : numericTests[operator](a, b);
  const slot = slotOf(first);
  const isBound = slot !== undefined && type.scalar === 'int' && !type.isNullable;
  return typed(place, boolType, run, {
    ...(isBound && typeof limit === 'number'
      ? { plan: { kind: 'bound', run, slot, operator, limit } }
      : {}),
    whenTrue: factsOf([...(left.implies ?? []), ...(right.implies ?? [])], 'never'),
    ...(isConstant
      ? { constant: { value: compare(first.constant.value, second.constant.value) } }
      : {}),
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

/** The same for numbers; a comparison with null is false, as in C#. */
const numericTests: Readonly<Record<keyof typeof orderTests, (a: Run, b: Run) => Run>> = {
  '<': (a, b) => (frame) => {
    const [left, right] = [a(frame), b(frame)];
    return typeof left === 'number' && typeof right === 'number' && left < right;
  },
  '<=': (a, b) => (frame) => {
    const [left, right] = [a(frame), b(frame)];
    return typeof left === 'number' && typeof right === 'number' && left <= right;
  },
  '>': (a, b) => (frame) => {
    const [left, right] = [a(frame), b(frame)];
    return typeof left === 'number' && typeof right === 'number' && left > right;
  },
  '>=': (a, b) => (frame) => {
    const [left, right] = [a(frame), b(frame)];
    return typeof left === 'number' && typeof right === 'number' && left >= right;
  },
};

/** The same with a constant. */
const limitTests: Readonly<Record<keyof typeof orderTests, (a: Run, limit: number) => Run>> = {
  '<': (a, limit) => (frame) => {
    const value = a(frame);
    return typeof value === 'number' && value < limit;
  },
  '<=': (a, limit) => (frame) => {
    const value = a(frame);
    return typeof value === 'number' && value <= limit;
  },
  '>': (a, limit) => (frame) => {
    const value = a(frame);
    return typeof value === 'number' && value > limit;
  },
  '>=': (a, limit) => (frame) => {
    const value = a(frame);
    return typeof value === 'number' && value >= limit;
  },
};

/** `& | ^` on conditions, whole numbers and options. */
function checkBits(state: CheckState, node: BinaryNode): Typed {
  const left = state.check(node.left);
  const right = state.check(node.right);
  if (left.type.kind === 'unknown' || right.type.kind === 'unknown') return broken(node);
  const unified = unify(left, right);
  const type = unified?.[2];
  const fits = [
    'bool',
    'int',
    'long',
    'regexOptions',
    'splitOptions',
    'dateStyles',
    'numberStyles',
  ];
  if (unified === undefined || type?.kind !== 'scalar' || !fits.includes(type.scalar)) {
    const [a, b] = [describeType(left.type), describeType(right.type)];
    const hint =
      node.operator === '^' ? 'Use != instead.' : `Use ${node.operator.repeat(2)} instead.`;
    return reject(state, node, `The operator ${node.operator} does not fit ${a} and ${b}.`, hint);
  }
  const [first, second] = unified;
  const { operator } = node;
  const operate = (a: Value, b: Value): Value => {
    if (a === null || b === null) {
      // What is not known does not matter beside false for &, beside true for |.
      const isDecided = type.scalar === 'bool' && (a ?? b) === (operator === '|');
      return isDecided && operator !== '^' ? (a ?? b) : null;
    }
    // Styles and split options are names; together they are all their names.
    if (typeof a === 'string' && typeof b === 'string') return `${a},${b}`;
    if (typeof a === 'bigint' && typeof b === 'bigint') return bitsOfLong(operator, a, b);
    if (typeof a === 'boolean') return bits(operator, Number(a), Number(b)) !== 0;
    return bits(operator, asNumber(a), asNumber(b));
  };
  const isConstant = first.constant !== undefined && second.constant !== undefined;
  return typed(
    node,
    type,
    (frame) => operate(first.run(frame), second.run(frame)),
    isConstant ? { constant: { value: operate(first.constant.value, second.constant.value) } } : {},
  );
}

function bits(operator: BinaryNode['operator'], a: number, b: number): number {
  if (operator === '&') return a & b;
  return operator === '|' ? a | b : a ^ b;
}

function bitsOfLong(operator: BinaryNode['operator'], a: bigint, b: bigint): bigint {
  if (operator === '&') return a & b;
  return operator === '|' ? a | b : a ^ b;
}
