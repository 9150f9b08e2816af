/** Arithmetic of `int`, which loops consist of: closures made for where the operands come from. */
import { failed } from '../expression-error.ts';
import type { Typed } from './check-state.ts';
import type { Plan } from './plan.ts';
import { slotOf } from './reading.ts';
import { asNumber, checkedInt, type Run } from './runtime.ts';

type Operator = '+' | '-' | '*' | '/' | '%';

/** The divisor, or a failure. */
function nonZero(value: number): number {
  if (value === 0) throw failed('a number is divided by zero.');
  return value;
}

/** `left operator right`, neither of which is null; overflow fails. */
export function planInts(
  operator: Operator,
  left: Typed,
  right: Typed,
): Pick<Typed, 'run' | 'plan'> {
  const { run: a } = left;
  const { run: b } = right;
  const slots = [slotOf(left), slotOf(right)] as const;
  const constant = right.constant?.value;
  // A division by a constant zero is refused before.
  if (typeof constant === 'number') {
    const inner = left.plan?.kind === 'ints' && left.plan.run === a ? left.plan : undefined;
    if (inner !== undefined) return { run: runTwo(inner, operator, constant) };
    const run = withConstant[operator](a, constant);
    if (slots[0] === undefined) return { run };
    return { run, plan: { kind: 'ints', run, operator, slot: slots[0], other: { constant } } };
  }
  if (slots[0] !== undefined && slots[1] !== undefined) {
    const run = ofVariables[operator](slots[0], slots[1]);
    return {
      run,
      plan: { kind: 'ints', run, operator, slot: slots[0], other: { slot: slots[1] } },
    };
  }
  return { run: ofValues[operator](a, b) };
}

type IntsPlan = Extract<Plan, { readonly kind: 'ints' }>;

/** Two operations in one go, such as `n * i % 11` or `i % 2 + 1`. */
function runTwo({ operator, slot, other }: IntsPlan, second: Operator, last: number): Run {
  const inner = codes[operator];
  const outer = codes[second];
  if ('slot' in other) {
    const { slot: otherSlot } = other;
    if (operator === '*' && second === '%') return productRemainder(slot, otherSlot, last);
    return ({ slots }) =>
      compute(outer, compute(inner, asNumber(slots[slot]), asNumber(slots[otherSlot])), last);
  }
  const { constant } = other;
  return ({ slots }) => compute(outer, compute(inner, asNumber(slots[slot]), constant), last);
}

/** `a * b % constant`, of which check digits are made. A constant zero is refused before. */
function productRemainder(a: number, b: number, constant: number): Run {
  const divisor = constant | 0;
  return ({ slots }) => (checkedInt(asNumber(slots[a]) * asNumber(slots[b])) % divisor) | 0;
}

/** Numbers are told apart faster than texts. */
const codes = { '+': 0, '-': 1, '*': 2, '%': 3, '/': 4 } as const;

function compute(code: (typeof codes)[Operator], a: number, b: number): number {
  switch (code) {
    case 0:
      return checkedInt(a + b);
    case 1:
      return checkedInt(a - b);
    case 2:
      return checkedInt(a * b);
    case 3:
      return remainder(a, b);
    case 4:
      return divide(a, b);
  }
}

/** Both are whole: `| 0` tells the engine so, which then divides as whole numbers, several times faster. */
export function divide(a: number, b: number): number {
  if (b === -1) return checkedInt(-a);
  return ((a | 0) / (nonZero(b) | 0)) | 0;
}

export function remainder(a: number, b: number): number {
  return ((a | 0) % (nonZero(b) | 0)) | 0;
}

const ofValues: Readonly<Record<Operator, (a: Run, b: Run) => Run>> = {
  '+': (a, b) => (frame) => checkedInt(asNumber(a(frame)) + asNumber(b(frame))),
  '-': (a, b) => (frame) => checkedInt(asNumber(a(frame)) - asNumber(b(frame))),
  '*': (a, b) => (frame) => checkedInt(asNumber(a(frame)) * asNumber(b(frame))),
  '/': (a, b) => (frame) => divide(asNumber(a(frame)), asNumber(b(frame))),
  '%': (a, b) => (frame) => remainder(asNumber(a(frame)), asNumber(b(frame))),
};

const withConstant: Readonly<Record<Operator, (a: Run, b: number) => Run>> = {
  '+': (a, b) => (frame) => checkedInt(asNumber(a(frame)) + b),
  '-': (a, b) => (frame) => checkedInt(asNumber(a(frame)) - b),
  '*': (a, b) => (frame) => checkedInt(asNumber(a(frame)) * b),
  '/': (a, b) => (frame) => divide(asNumber(a(frame)), b),
  '%': (a, b) => (frame) => remainder(asNumber(a(frame)), b),
};

const ofVariables: Readonly<Record<Operator, (a: number, b: number) => Run>> = {
  '+': (a, b) => (frame) => checkedInt(asNumber(frame.slots[a]) + asNumber(frame.slots[b])),
  '-': (a, b) => (frame) => checkedInt(asNumber(frame.slots[a]) - asNumber(frame.slots[b])),
  '*': (a, b) => (frame) => checkedInt(asNumber(frame.slots[a]) * asNumber(frame.slots[b])),
  '/': (a, b) => (frame) => divide(asNumber(frame.slots[a]), asNumber(frame.slots[b])),
  '%': (a, b) => (frame) => remainder(asNumber(frame.slots[a]), asNumber(frame.slots[b])),
};
