/** `+ - * / %` on numbers, dates and texts. */
import { failed } from '../expression-error.ts';
import type { Place } from './ast.ts';
import { broken, type CheckState, reject, type Typed, typed } from './check-state.ts';
import { convert } from './convert.ts';
import { divide, planInts, remainder } from './int-arithmetic.ts';
import { concatenate } from './join-texts.ts';
import { checkedMoment } from './moment.ts';
import {
  asLong,
  asNumber,
  checkedInt,
  checkedLong,
  type Run,
  type Value,
  wrapInt,
  wrapLong,
} from './runtime.ts';
import { describeType, type StaticType, scalarType } from './static-type.ts';

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';

type Operate = (a: Value, b: Value) => Value;

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
    const operate = state.isUnchecked ? wrapping(kind, operator) : arithmetic[kind][operator];
    const folded = fold(state, place, first, second, operate);
    if (folded === 'failed') return broken(place);
    const constant = folded === undefined ? {} : { constant: folded };
    if (!isNullable && kind === 'int' && !state.isUnchecked) {
      const { run, plan } = planInts(operator, first, second);
      return typed(place, type, run, { ...constant, ...(plan === undefined ? {} : { plan }) });
    }
    const run = isNullable ? lift(first.run, second.run, operate) : plain(first, second, operate);
    return typed(place, type, run, constant);
  }
  const [a, b] = [describeType(left.type), describeType(right.type)];
  return reject(state, place, `The operator ${operator} does not fit ${a} and ${b}.`);
}

/** The value of an operation on constants; what fails then fails when the configuration is checked. */
function fold(
  state: CheckState,
  place: Place,
  left: Typed,
  right: Typed,
  operate: Operate,
): Typed['constant'] | 'failed' {
  const isZero = right.constant?.value === 0 || right.constant?.value === 0n;
  if (left.constant === undefined || right.constant === undefined) {
    if (!isZero || operate === arithmetic.double['/'] || operate === arithmetic.double['%'])
      return undefined;
    // Only a division has no result with zero.
    if (operate !== arithmetic.int['/'] && operate !== arithmetic.int['%']) return undefined;
    reject(state, right, 'This divides by zero.');
    return 'failed';
  }
  try {
    return { value: operate(left.constant.value, right.constant.value) };
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    reject(
      state,
      isZero ? right : place,
      isZero && thrown.message.includes('zero')
        ? 'This divides by zero.'
        : `This constant cannot be computed: ${thrown.message}`,
      'Write 1L for a long, or unchecked(…) where the number may wrap around.',
    );
    return 'failed';
  }
}

function isText(type: StaticType): boolean {
  return type.kind === 'scalar' && type.scalar === 'string';
}

function lift(left: Run, right: Run, operate: Operate): Run {
  return (frame) => {
    const a = left(frame);
    const b = right(frame);
    return a === null || b === null ? null : operate(a, b);
  };
}

/** Neither side can be null; a constant on the right, as in `i + 1`, is not asked for each time. */
function plain(left: Typed, right: Typed, operate: Operate): Run {
  const { run: first } = left;
  const { run: second } = right;
  if (right.constant === undefined) return (frame) => operate(first(frame), second(frame));
  const { value } = right.constant;
  return (frame) => operate(first(frame), value);
}

function combineDates(
  place: Place,
  operator: ArithmeticOperator,
  left: Typed,
  right: Typed,
): Typed | undefined {
  if (left.type.kind !== 'scalar' || right.type.kind !== 'scalar') return undefined;
  const isNullable = [left.type, right.type].some((type) => type.isNullable && !type.isEither);
  const kinds = `${left.type.scalar}${operator}${right.type.scalar}`;
  if (kinds === 'dateTime-dateTime' || kinds === 'timeSpan-timeSpan') {
    const run = lift(left.run, right.run, (a, b) => asNumber(a) - asNumber(b));
    return typed(place, scalarType('timeSpan', isNullable), run);
  }
  if (kinds === 'timeSpan+timeSpan') {
    const run = lift(left.run, right.run, (a, b) => asNumber(a) + asNumber(b));
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

function nonZeroLong(value: bigint): bigint {
  if (value === 0n) throw failed('a number is divided by zero.');
  return value;
}

const arithmetic: Readonly<
  Record<'int' | 'long' | 'double', Readonly<Record<ArithmeticOperator, Operate>>>
> = {
  int: {
    '+': (a, b) => checkedInt(asNumber(a) + asNumber(b)),
    '-': (a, b) => checkedInt(asNumber(a) - asNumber(b)),
    '*': (a, b) => checkedInt(asNumber(a) * asNumber(b)),
    '/': (a, b) => divide(asNumber(a), asNumber(b)),
    '%': (a, b) => remainder(asNumber(a), asNumber(b)),
  },
  long: {
    '+': (a, b) => checkedLong(asLong(a) + asLong(b)),
    '-': (a, b) => checkedLong(asLong(a) - asLong(b)),
    '*': (a, b) => checkedLong(asLong(a) * asLong(b)),
    '/': (a, b) => checkedLong(asLong(a) / nonZeroLong(asLong(b))),
    '%': (a, b) => asLong(a) % nonZeroLong(asLong(b)),
  },
  double: {
    '+': (a, b) => asNumber(a) + asNumber(b),
    '-': (a, b) => asNumber(a) - asNumber(b),
    '*': (a, b) => asNumber(a) * asNumber(b),
    '/': (a, b) => asNumber(a) / asNumber(b),
    '%': (a, b) => asNumber(a) % asNumber(b),
  },
};

/** The operation inside `unchecked`. */
function wrapping(kind: 'int' | 'long' | 'double', operator: ArithmeticOperator): Operate {
  if (operator === '/' || operator === '%' || kind === 'double') return arithmetic[kind][operator];
  if (kind === 'int') {
    if (operator === '*') return (a, b) => Math.imul(asNumber(a), asNumber(b));
    const sign = operator === '+' ? 1 : -1;
    return (a, b) => wrapInt(asNumber(a) + sign * asNumber(b));
  }
  if (operator === '*') return (a, b) => wrapLong(asLong(a) * asLong(b));
  const sign = operator === '+' ? 1n : -1n;
  return (a, b) => wrapLong(asLong(a) + sign * asLong(b));
}
