/** Loops: foreach, for, while, do. */
import { failed } from '../expression-error.ts';
import { listAssigned } from './assigned-names.ts';
import type { ExpressionNode, StatementNode } from './ast.ts';
import { checkCondition } from './check-expression.ts';
import {
  type CheckState,
  declareVariable,
  findVariable,
  inScope,
  markAssigned,
  reject,
  type Typed,
  typed,
} from './check-state.ts';
import { ValueMap, ValueSet } from './collections.ts';
import { convertOrReject, materialized, resolveType } from './convert.ts';
import {
  assume,
  type Flow,
  factsOf,
  forget,
  joinFlows,
  restoreFlow,
  saveFlow,
  uniteFacts,
  warnIfNull,
} from './flow.ts';
import { asBool, asList, asNumber, charge, checkedInt, type Frame, type Value } from './runtime.ts';
import {
  type CheckedStatement,
  type Completion,
  type Context,
  inStatementScope,
  leaveLoop,
} from './statement-context.ts';
import {
  describeType,
  elementType,
  isSameType,
  type StaticType,
  unknownType,
} from './static-type.ts';

/** Checks the body of a loop; `run` is called with what leaves it by `break`. */
function inLoop<T>(
  context: Context,
  parts: readonly (StatementNode | ExpressionNode | undefined)[],
  run: (inner: Context & { readonly breaks: Flow[] }) => T,
): T {
  const { state } = context;
  // The loop may come round with other values in the variables it assigns.
  for (const name of listAssigned(parts)) {
    const variable = findVariable(state, name);
    if (variable !== undefined) forget(state, variable.slot);
  }
  state.loopDepth++;
  const result = run({ ...context, breaks: [] });
  state.loopDepth--;
  return result;
}

export function checkForeach(
  context: Context,
  node: StatementNode & { kind: 'foreach' },
): CheckedStatement {
  const { state } = context;
  const place = { offset: node.nameOffset, length: node.name.length };
  const items = materialized(state.check(node.items));
  warnIfNull(state, items, items, 'its items');
  const element = elementOf(state, items);
  const type = node.type === undefined ? element : resolveType(state, node.type);
  return inScope(state, () =>
    inLoop(context, [node.body], (inner) => {
      const before = saveFlow(state);
      const { slot } = declareVariable(state, node.name, type, place, true);
      markAssigned(state, slot);
      assume(
        state,
        factsOf(
          items.itemFacts?.map((path) => slot + path),
          'never',
        ),
      );
      const { run: runItems } = items;
      const item = typed(items, element, (frame) => frame.slots[slot] ?? null);
      const { run: convertItem } = convertOrReject(state, item, type, `The variable ${node.name}`);
      const isSame = isSameType(element, type);
      const body = inStatementScope(state, () => inner.checkOne(inner, node.body));
      restoreFlow(state, [saveFlow(state), ...inner.breaks].reduce(joinFlows, before));
      const { run: runBody } = body;
      return {
        completes: true,
        run(frame) {
          const list = runItems(frame);
          if (isSame && Array.isArray(list)) return goThrough(frame, list, slot, runBody);
          const values = typeof list === 'string' ? list.split('') : asList(list);
          const size = sizeOf(values);
          for (const value of values) {
            charge(frame, 1);
            frame.slots[slot] = value;
            if (!isSame) frame.slots[slot] = convertItem(frame);
            const completion = runBody(frame);
            if (completion === 'break') break;
            if (completion === 'return') return 'return';
            if (sizeOf(values) !== size) throw failed(changed, 'Go through a copy: .ToList().');
          }
          return 'next';
        },
      };
    }),
  );
}

function goThrough(
  frame: Frame,
  items: readonly Value[],
  slot: number,
  body: CheckedStatement['run'],
): Completion {
  const size = items.length;
  for (let index = 0; index < size; index++) {
    charge(frame, 1);
    frame.slots[slot] = items[index] ?? null;
    const completion = body(frame);
    if (completion === 'break') break;
    if (completion === 'return') return 'return';
    if (items.length !== size) throw failed(changed, 'Go through a copy: .ToList().');
  }
  return 'next';
}

const changed = 'a collection is changed while foreach goes through it.';

/** How many items a collection holds that could be changed; `undefined` for others. */
function sizeOf(values: unknown): number | undefined {
  if (Array.isArray(values)) return values.length;
  return values instanceof ValueSet || values instanceof ValueMap ? values.size : undefined;
}

export function checkFor(
  context: Context,
  node: StatementNode & { kind: 'for' },
): CheckedStatement {
  const { state } = context;
  return inStatementScope(state, () => {
    const start = node.start === undefined ? undefined : context.checkOne(context, node.start);
    return inLoop(context, [node.condition, node.body, ...node.step], (inner) => {
      const condition =
        node.condition === undefined ? undefined : checkCondition(state, node.condition);
      const exit = conditionExit(state, condition);
      assume(state, condition?.whenTrue);
      const body = inStatementScope(state, () => inner.checkOne(inner, node.body));
      const steps = node.step.map((step) => inner.checkOne(inner, step));
      const isEndless = condition === undefined || condition.constant?.value === true;
      leaveLoop(state, isEndless ? inner.breaks : [exit, ...inner.breaks], exit);
      return {
        completes: !isEndless || inner.breaks.length > 0,
        run: countingFor(start, condition, steps, body) ?? runFor(start, condition, steps, body),
      };
    });
  });
}

function runFor(
  start: CheckedStatement | undefined,
  condition: Typed | undefined,
  steps: readonly CheckedStatement[],
  body: CheckedStatement,
): CheckedStatement['run'] {
  const { run: runBody } = body;
  const test = condition?.run;
  return (frame) => {
    start?.run(frame);
    while (test === undefined || asBool(test(frame))) {
      charge(frame, 1);
      const completion = runBody(frame);
      if (completion === 'break') break;
      if (completion === 'return') return 'return';
      for (const step of steps) step.run(frame);
    }
    return 'next';
  };
}

/** `for (…; i < 100; i++)`, where condition and step are a comparison and an addition. */
function countingFor(
  start: CheckedStatement | undefined,
  condition: Typed | undefined,
  steps: readonly CheckedStatement[],
  body: CheckedStatement,
): CheckedStatement['run'] | undefined {
  const plan = condition?.plan;
  const [step] = steps;
  const counts = step?.counts;
  if (plan?.kind !== 'bound' || plan.run !== condition?.run) return undefined;
  if (counts === undefined || steps.length > 1) return undefined;
  const { run: runBody } = body;
  const { slot, operator, limit } = plan;
  const isUp = operator === '<' || operator === '<=';
  // Of whole numbers `<= n` says the same as `< n + 1`.
  const bound = limit + Number(operator === '<=') - Number(operator === '>=');
  const { adds } = body;
  const { by } = counts;
  if (adds !== undefined && isUp && counts.slot === slot && by > 0) {
    const { slot: sum, isSum, run: runAdded } = adds;
    return (frame) => {
      start?.run(frame);
      const { slots } = frame;
      for (let number = asNumber(slots[slot]); number < bound; ) {
        charge(frame, 2);
        const before = asNumber(slots[sum]) | 0;
        const added = asNumber(runAdded(frame)) | 0;
        slots[sum] = checkedInt(before + (isSum ? added : -added));
        number = checkedInt(asNumber(slots[slot]) + by);
        slots[slot] = number;
      }
      return 'next';
    };
  }
  return (frame) => {
    start?.run(frame);
    const { slots } = frame;
    while (true) {
      const number = asNumber(slots[slot]);
      if (isUp ? number >= bound : number <= bound) break;
      charge(frame, 1);
      const completion = runBody(frame);
      if (completion === 'break') break;
      if (completion === 'return') return 'return';
      slots[counts.slot] = checkedInt(asNumber(slots[counts.slot]) + counts.by);
    }
    return 'next';
  };
}

/** What holds when the condition of a loop no longer does. */
function conditionExit(state: CheckState, condition: Typed | undefined): Flow {
  const { assigned, known } = saveFlow(state);
  return { assigned, known: uniteFacts(known, condition?.whenFalse) };
}

export function checkWhile(
  context: Context,
  node: StatementNode & { kind: 'while' | 'do' },
): CheckedStatement {
  const { state } = context;
  const isDo = node.kind === 'do';
  return inLoop(context, [node.condition, node.body], (inner) => {
    const before = isDo ? undefined : checkCondition(state, node.condition);
    const early = before === undefined ? undefined : conditionExit(state, before);
    assume(state, before?.whenTrue);
    const body = inStatementScope(state, () => inner.checkOne(inner, node.body));
    const condition = before ?? checkCondition(state, node.condition);
    const exit = early ?? conditionExit(state, condition);
    const isEndless = condition.constant?.value === true;
    const { run: test } = condition;
    const { run: runBody } = body;
    leaveLoop(state, isEndless ? inner.breaks : [exit, ...inner.breaks], exit);
    return {
      completes: !isEndless || inner.breaks.length > 0,
      run(frame) {
        if (!isDo && !asBool(test(frame))) return 'next';
        do {
          charge(frame, 1);
          const completion = runBody(frame);
          if (completion === 'break') return 'next';
          if (completion === 'return') return 'return';
        } while (asBool(test(frame)));
        return 'next';
      },
    };
  });
}

function elementOf(state: CheckState, items: Typed): StaticType {
  const element = elementType(items.type);
  if (element !== undefined) return element;
  if (items.type.kind !== 'unknown')
    reject(state, items, `${describeType(items.type)} has no items to go through.`);
  return unknownType;
}
