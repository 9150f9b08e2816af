/** Patterns of `is`, switch expressions and switch statements. */

import { failed } from '../expression-error.ts';
import type { ExpressionNode, PatternNode } from './ast.ts';
import { order } from './check-operators.ts';
import { broken, type CheckState, type Facts, reject, type Typed, typed } from './check-state.ts';
import { planChoice } from './choice.ts';
import { commonType, convert, convertOrReject, materialized } from './convert.ts';
import {
  assume,
  factsOf,
  joinFacts,
  joinFlows,
  noFacts,
  nullTest,
  restoreFlow,
  saveFlow,
  uniteFacts,
} from './flow.ts';
import type { Frame, Run, Value } from './runtime.ts';
import { acceptsNull, boolType, describeType, nullable } from './static-type.ts';

export interface CheckedPattern {
  test(value: Value, frame: Frame): boolean;
  readonly whenTrue: Facts;
  readonly whenFalse: Facts;
  /** Everything matches. */
  readonly isTotal: boolean;
  /** The constants the pattern consists of, when it is nothing else. */
  readonly constants?: readonly Value[];
  /** Of whole numbers: the least and the greatest that match, when those between match and nothing else does. */
  readonly range?: Range;
}

type Range = readonly [least: number, greatest: number];

const total: CheckedPattern = {
  test: () => true,
  whenTrue: noFacts,
  whenFalse: noFacts,
  isTotal: true,
};

/** A pattern against the operand it tests. */
export function checkPattern(
  state: CheckState,
  operand: Typed,
  pattern: PatternNode,
): CheckedPattern {
  switch (pattern.kind) {
    case 'discard':
      return total;
    case 'constant':
      return checkConstant(state, operand, pattern.value);
    case 'relation':
      return checkRelation(state, operand, pattern);
    case 'notPattern': {
      const inner = checkPattern(state, operand, pattern.operand);
      return {
        test: (value, frame) => !inner.test(value, frame),
        whenTrue: inner.whenFalse,
        whenFalse: inner.whenTrue,
        isTotal: false,
      };
    }
    case 'andPattern':
    case 'orPattern': {
      const left = checkPattern(state, operand, pattern.left);
      const right = checkPattern(state, operand, pattern.right);
      if (pattern.kind === 'andPattern') {
        return {
          test: (value, frame) => left.test(value, frame) && right.test(value, frame),
          whenTrue: uniteFacts(left.whenTrue, right.whenTrue),
          whenFalse: joinFacts(left.whenFalse, right.whenFalse),
          isTotal: left.isTotal && right.isTotal,
          ...overlap(left.range, right.range),
        };
      }
      const constants =
        left.constants === undefined || right.constants === undefined
          ? {}
          : { constants: [...left.constants, ...right.constants] };
      return {
        test: (value, frame) => left.test(value, frame) || right.test(value, frame),
        whenTrue: joinFacts(left.whenTrue, right.whenTrue),
        whenFalse: uniteFacts(left.whenFalse, right.whenFalse),
        isTotal: left.isTotal || right.isTotal,
        ...constants,
      };
    }
  }
}

function checkConstant(state: CheckState, operand: Typed, node: ExpressionNode): CheckedPattern {
  const value = state.check(node);
  if (value.type.kind === 'unknown' || operand.type.kind === 'unknown') return total;
  if (value.constant === undefined && value.type.kind !== 'null') {
    const hint = 'Compare with == where the other side is computed.';
    reject(state, value, 'A pattern is a constant.', hint);
    return total;
  }
  if (value.type.kind === 'null') {
    if (!acceptsNull(operand.type)) {
      const message = `${describeType(operand.type)} is never null.`;
      state.findings.warning(value.offset, value.length, message, 'Remove this test.');
    }
    const { whenTrue = noFacts, whenFalse = noFacts } = nullTest(operand, true);
    return {
      test: (found) => found === null,
      whenTrue,
      whenFalse,
      isTotal: false,
      constants: [null],
    };
  }
  const converted = convert(value, nullable(operand.type));
  const constant = converted?.constant;
  if (constant === undefined) {
    const [a, b] = [describeType(operand.type), describeType(value.type)];
    reject(state, value, `${a} is never ${b}: this pattern does not fit.`);
    return total;
  }
  const { value: wanted } = constant;
  // Constants are scalars: two that are equal are the same.
  return {
    test: (found) => found === wanted,
    whenTrue: factsOf(operand.implies, 'never'),
    whenFalse: noFacts,
    isTotal: false,
    constants: [wanted],
    ...(isInt(operand) && typeof wanted === 'number' ? { range: [wanted, wanted] } : {}),
  };
}

function checkRelation(
  state: CheckState,
  operand: Typed,
  pattern: PatternNode & { readonly kind: 'relation' },
): CheckedPattern {
  const slot = state.slotCount++;
  const tested = typed(pattern, operand.type, (frame) => frame.slots[slot] ?? null);
  const value = state.check(pattern.value);
  if (value.constant === undefined && value.type.kind !== 'unknown') {
    reject(state, value, 'A pattern is a constant.', `Use ${pattern.operator} outside a pattern.`);
  }
  const { run } = order(state, pattern, pattern.operator, tested, value);
  const limit = value.constant?.value;
  const range =
    isInt(operand) && typeof limit === 'number' && Number.isInteger(limit)
      ? rangeOf(pattern.operator, limit)
      : undefined;
  const [least, greatest] = range ?? [0, 0];
  return {
    test:
      range === undefined
        ? (found, frame) => {
            frame.slots[slot] = found;
            return run(frame) === true;
          }
        : (found) => typeof found === 'number' && found >= least && found <= greatest,
    ...(range === undefined ? {} : { range }),
    whenTrue: factsOf(operand.implies, 'never'),
    whenFalse: noFacts,
    isTotal: false,
  };
}

function isInt({ type }: Typed): boolean {
  return type.kind === 'scalar' && type.scalar === 'int';
}

function rangeOf(operator: '<' | '<=' | '>' | '>=', limit: number): Range {
  if (operator === '<') return [-Infinity, limit - 1];
  if (operator === '<=') return [-Infinity, limit];
  return [operator === '>' ? limit + 1 : limit, Infinity];
}

function overlap(a: Range | undefined, b: Range | undefined): Pick<CheckedPattern, 'range'> {
  if (a === undefined || b === undefined) return {};
  return { range: [Math.max(a[0], b[0]), Math.min(a[1], b[1])] };
}

/** `operand is pattern`. */
export function checkMatches(
  state: CheckState,
  node: ExpressionNode & { readonly kind: 'matches' },
): Typed {
  const operand = state.check(node.operand);
  if (operand.type.kind === 'void') return reject(state, node, 'This gives no value to test.');
  const { test, whenTrue, whenFalse } = checkPattern(state, operand, node.pattern);
  const { run } = operand;
  return typed(node, boolType, (frame) => test(run(frame), frame), {
    whenTrue,
    whenFalse,
  });
}

/** Which constants were handled; a constant that comes again is reported. */
export class HandledCases {
  readonly #seen = new Set<Value>();
  #isTotal = false;

  /** True when nothing is left to handle. */
  get isTotal(): boolean {
    return this.#isTotal || (this.#seen.has(true) && this.#seen.has(false));
  }

  add(
    state: CheckState,
    node: PatternNode | undefined,
    pattern: CheckedPattern,
    isGuarded: boolean,
  ): void {
    const place = node ?? { offset: 0, length: 1 };
    if (this.#isTotal && node !== undefined) {
      reject(state, place, 'This is never reached: a case before it takes everything.');
    }
    const isRepeated = pattern.constants?.some((value) => this.#seen.has(value));
    if (isRepeated === true && !isGuarded) {
      reject(state, place, 'This case was handled before.', 'Remove one of the two.');
    }
    if (isGuarded) return;
    for (const value of pattern.constants ?? []) this.#seen.add(value);
    if (pattern.isTotal) this.#isTotal = true;
  }
}

/** `operand switch { … }`. */
export function checkSwitch(
  state: CheckState,
  node: ExpressionNode & { readonly kind: 'switch' },
): Typed {
  const operand = state.check(node.operand);
  if (operand.type.kind === 'void') return reject(state, node, 'This gives no value to test.');
  const handled = new HandledCases();
  const before = saveFlow(state);
  let remaining = before;
  let after: typeof before | undefined;
  const arms = node.arms.map((arm) => {
    restoreFlow(state, remaining);
    const pattern = checkPattern(state, operand, arm.pattern);
    handled.add(state, arm.pattern, pattern, arm.guard !== undefined);
    const left = saveFlow(state);
    assume(state, pattern.whenTrue);
    const guard =
      arm.guard === undefined
        ? undefined
        : convertOrReject(state, state.check(arm.guard), boolType, 'A condition');
    assume(state, guard?.whenTrue);
    const value = materialized(state.check(arm.value));
    after = after === undefined ? saveFlow(state) : joinFlows(after, saveFlow(state));
    restoreFlow(state, left);
    if (guard === undefined) assume(state, pattern.whenFalse);
    remaining = saveFlow(state);
    return { pattern, guard: guard?.run, value };
  });
  restoreFlow(state, after ?? before);
  if (!handled.isTotal) {
    const message = 'Values that no arm takes make this fail.';
    state.findings.warning(node.offset, node.length, message, 'End with _ => and a value.');
  }
  const unified = commonType(arms.map((arm) => arm.value));
  if (unified === undefined) {
    return reject(state, node, 'The arms of this switch give values that do not fit together.');
  }
  if (unified.type.kind === 'unknown') return broken(node);
  const isMaybe = arms.some(
    ({ value }) => value.nullness === 'maybe' || value.type.kind === 'null',
  );
  return typed(
    node,
    unified.type,
    runSwitch(operand.run, arms, unified.runs, unified.constants),
    isMaybe ? { nullness: 'maybe' } : {},
  );
}

interface Arm {
  readonly pattern: CheckedPattern;
  readonly guard: Run | undefined;
}

function runSwitch(
  operand: Run,
  arms: readonly Arm[],
  runs: readonly Run[],
  constants: readonly (Value | undefined)[],
): Run {
  const casesOf = <T>(results: readonly T[]) =>
    arms.flatMap(({ pattern, guard }, index) => {
      const result = results[index];
      return result === undefined ? [] : [{ labels: [{ pattern, guard }], result }];
    });
  if (constants.every((value) => value !== undefined && value !== null)) {
    const choose = planChoice(operand, casesOf(constants));
    const isTotal = arms.some(({ pattern, guard }) => pattern.isTotal && guard === undefined);
    // Where one arm takes the rest there is always a result.
    return isTotal ? (choose as Run) : (frame) => choose(frame) ?? untaken();
  }
  const choose = planChoice(operand, casesOf(runs));
  return (frame) => {
    const run = choose(frame);
    return run === undefined ? untaken() : run(frame);
  };
}

function untaken(): never {
  throw failed('no arm of a switch takes the value.', 'End the switch with _ => and a value.');
}
