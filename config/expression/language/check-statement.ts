/** Checks statements: scopes, definite assignment, what is never reached, and turns them into closures. */

import { suggestName } from '../nearest-name.ts';
import type { ExpressionResult } from '../values.ts';
import { type ArithmeticOperator, combine } from './arithmetic.ts';
import type { StatementNode } from './ast.ts';
import { checkCondition } from './check-expression.ts';
import { checkIndexStore } from './check-index.ts';
import { checkFor, checkForeach, checkWhile } from './check-loop.ts';
import { coalesce } from './check-operators.ts';
import {
  type CheckState,
  declareVariable,
  findVariable,
  markAssigned,
  reject,
  type Typed,
  typed,
} from './check-state.ts';
import { checkSwitchStatement } from './check-switch.ts';
import { commonType, convertOrReject, materialized, resolveType } from './convert.ts';
import { assume, factsOf, forget, joinFlows, restoreFlow, saveFlow } from './flow.ts';
import { asBool, asNumber, charge, checkedInt, type Frame, type Run } from './runtime.ts';
import {
  type CheckedStatement,
  type CheckResult,
  type Completion,
  type Context,
  inStatementScope,
  reportUnread,
} from './statement-context.ts';
import { intType, isSameType, type StaticType, unknownType } from './static-type.ts';

/** Statements in order, in the scope that is open. */
export function checkStatements(
  state: CheckState,
  nodes: readonly StatementNode[],
  checkResult: CheckResult<ExpressionResult>,
): CheckedStatement {
  let last: ((frame: Frame) => ExpressionResult) | undefined;
  const store: CheckResult<Completion> = (value) => {
    const toResult = checkResult(value);
    last = toResult;
    return (frame) => {
      frame.result = toResult(frame);
      return 'return';
    };
  };
  const checked = checkAll({ state, checkResult: store, checkOne, checkAll }, nodes);
  reportUnread(state);
  const isReturn = nodes.length === 1 && nodes[0]?.kind === 'return';
  return isReturn && last !== undefined ? { ...checked, result: last } : checked;
}

function checkAll(context: Context, nodes: readonly StatementNode[]): CheckedStatement {
  const { findings } = context.state;
  const checked: CheckedStatement[] = [];
  let completes = true;
  for (const node of nodes) {
    if (!completes) {
      findings.warning(node.offset, node.length, 'This is never reached.', 'Remove it.');
      // Checked all the same: what it reads counts, and its mistakes are mistakes.
      checkOne(context, node);
      break;
    }
    const statement = checkOne(context, node);
    checked.push(statement);
    completes = statement.completes;
  }
  const [only] = checked;
  if (only !== undefined && checked.length === 1) {
    const { run } = only;
    return {
      completes,
      run(frame) {
        charge(frame, 1);
        return run(frame);
      },
    };
  }
  const [first, second, third] = checked;
  if (first !== undefined && second !== undefined && third !== undefined && checked.length === 3) {
    const { run: runFirst } = first;
    const { run: runSecond } = second;
    const { run: runThird } = third;
    return {
      completes,
      run(frame) {
        charge(frame, 3);
        const completion = runFirst(frame);
        if (completion !== 'next') return completion;
        const next = runSecond(frame);
        return next === 'next' ? runThird(frame) : next;
      },
    };
  }
  if (first !== undefined && second !== undefined && checked.length === 2) {
    const { run: runFirst } = first;
    const { run: runSecond } = second;
    return {
      completes,
      run(frame) {
        charge(frame, 2);
        const completion = runFirst(frame);
        return completion === 'next' ? runSecond(frame) : completion;
      },
    };
  }
  return {
    completes,
    run(frame) {
      for (const statement of checked) {
        charge(frame, 1);
        const completion = statement.run(frame);
        if (completion !== 'next') return completion;
      }
      return 'next';
    },
  };
}

function checkOne(context: Context, node: StatementNode): CheckedStatement {
  const { state } = context;
  switch (node.kind) {
    case 'declare':
      return checkDeclaration(state, node);
    case 'assign':
      return checkAssignment(state, node);
    case 'assignIndex':
      return checkIndexAssignment(state, node);
    case 'evaluate':
      return checkEvaluation(state, node);
    case 'if':
      return checkIf(context, node, []);
    case 'foreach':
      return checkForeach(context, node);
    case 'for':
      return checkFor(context, node);
    case 'while':
    case 'do':
      return checkWhile(context, node);
    case 'switchStatement':
      return checkSwitchStatement(context, node);
    case 'return':
      return checkReturn(context, node);
    case 'break':
    case 'continue': {
      const { kind } = node;
      if (state.loopDepth === 0 && (kind === 'continue' || state.switchDepth === 0)) {
        reject(state, node, `${kind} has no loop around it.`);
      }
      if (kind === 'break') context.breaks?.push(saveFlow(state));
      return { completes: false, run: () => kind };
    }
    case 'block':
      return inStatementScope(state, () => checkAll(context, node.statements));
    case 'sequence':
      return checkAll(context, node.statements);
  }
}

/** Keeps a value in a slot. */
function storing(slot: number, run: Run): CheckedStatement {
  return {
    completes: true,
    run(frame) {
      frame.slots[slot] = run(frame);
      return 'next';
    },
  };
}

function doing(run: (frame: Frame) => void): CheckedStatement {
  return {
    completes: true,
    run(frame) {
      run(frame);
      return 'next';
    },
  };
}

function checkDeclaration(
  state: CheckState,
  node: StatementNode & { kind: 'declare' },
): CheckedStatement {
  const place = { offset: node.nameOffset, length: node.name.length };
  const value = node.value === undefined ? undefined : materialized(state.check(node.value));
  const type =
    node.type === undefined ? inferType(state, node, value) : resolveType(state, node.type);
  const converted =
    value === undefined
      ? undefined
      : convertOrReject(state, value, type, `The value of ${node.name}`);
  const variable = declareVariable(state, node.name, type, place, false);
  variable.declaredAt = place;
  const { slot } = variable;
  // Inside a loop a declaration without a value begins anew each time.
  if (converted === undefined) {
    return doing((frame) => {
      frame.slots[slot] = null;
    });
  }
  markAssigned(state, slot);
  learnAssignment(state, slot, value ?? converted);
  return storing(slot, converted.run);
}

function inferType(
  state: CheckState,
  node: StatementNode & { kind: 'declare' },
  value: Typed | undefined,
): StaticType {
  if (value === undefined) {
    reject(state, node, 'var needs a value.', 'Write the type, or assign a value.');
    return unknownType;
  }
  if (value.type.kind === 'null' || value.type.kind === 'void') {
    reject(
      state,
      value,
      `The type of ${node.name} cannot be told.`,
      'Write its type instead of var.',
    );
    return unknownType;
  }
  return value.type;
}

/** The variable is now as null as its value. */
function learnAssignment(state: CheckState, slot: number, value: Typed): void {
  forget(state, slot);
  const nullness = value.type.kind === 'null' ? 'maybe' : value.nullness;
  if (nullness !== undefined) assume(state, factsOf([`${slot}`], nullness));
}

function checkAssignment(
  state: CheckState,
  node: StatementNode & { kind: 'assign' },
): CheckedStatement {
  const value = materialized(state.check(node.value));
  const variable = findVariable(state, node.name);
  const place = { offset: node.offset, length: node.name.length };
  if (variable === undefined) {
    const known = state.scopes.flatMap((scope) => [...scope.keys()]);
    const hint = suggestName(node.name, known, 'Declare it with var first.');
    reject(state, place, `There is no variable ${node.name} here.`, hint);
    return doing(() => undefined);
  }
  const { slot, type } = variable;
  if (variable.isFixed)
    reject(state, place, `${node.name} cannot be assigned to.`, 'Declare a variable of your own.');
  const path = `${slot}`;
  let assigned = value;
  if (node.operator !== '=') {
    if (!state.assigned.has(slot))
      reject(state, place, `The variable ${node.name} may be used before it has a value.`);
    const nullness = state.known.get(path);
    const readSlot: Run = (frame) => frame.slots[slot] ?? null;
    const current = typed(place, type, readSlot, {
      path,
      plan: { kind: 'slot', run: readSlot, slot },
      ...(nullness === undefined ? {} : { nullness }),
    });
    assigned = applyOperator(state, node, current, value);
  }
  const converted = convertOrReject(state, assigned, type, `The value of ${node.name}`);
  markAssigned(state, slot);
  learnAssignment(state, slot, assigned);
  return addToInt(state, node, slot, type, value) ?? storing(slot, converted.run);
}

/** `sum += x` and `sum -= x` of `int`, which loops consist of. */
function addToInt(
  state: CheckState,
  { operator }: StatementNode & { kind: 'assign' },
  slot: number,
  type: StaticType,
  value: Typed,
): CheckedStatement | undefined {
  if ((operator !== '+=' && operator !== '-=') || state.isUnchecked) return undefined;
  if (!isSameType(type, intType) || !isSameType(value.type, intType)) return undefined;
  const { run } = value;
  const constant = value.constant?.value;
  if (typeof constant !== 'number') {
    const isSum = operator === '+=';
    return {
      completes: true,
      adds: { slot, isSum, run },
      run(frame) {
        // The variable is read first: what is added may assign it.
        const before = asNumber(frame.slots[slot]);
        const added = asNumber(run(frame));
        frame.slots[slot] = checkedInt(isSum ? before + added : before - added);
        return 'next';
      },
    };
  }
  const by = operator === '+=' ? constant : -constant;
  return {
    completes: true,
    counts: { slot, by },
    run(frame) {
      frame.slots[slot] = checkedInt(asNumber(frame.slots[slot]) + by);
      return 'next';
    },
  };
}

function applyOperator(
  state: CheckState,
  node: StatementNode & { kind: 'assign' | 'assignIndex' },
  current: Typed,
  value: Typed,
): Typed {
  if (node.operator === '??=') return coalesce(state, node, current, value);
  return combine(state, node, node.operator.charAt(0) as ArithmeticOperator, current, value);
}

function checkIndexAssignment(
  state: CheckState,
  node: StatementNode & { kind: 'assignIndex' },
): CheckedStatement {
  const value = materialized(state.check(node.value));
  const store = checkIndexStore(state, node.target);
  if (store === undefined) return doing(() => undefined);
  const assigned =
    node.operator === '=' ? value : applyOperator(state, node, state.check(node.target), value);
  const { run } = convertOrReject(state, assigned, store.type, 'The assigned value');
  return doing((frame) => {
    store.store(frame, run(frame));
  });
}

function checkEvaluation(
  state: CheckState,
  node: StatementNode & { kind: 'evaluate' },
): CheckedStatement {
  const { run, type } = state.check(node.value);
  const { kind } = node.value;
  const isAction = kind === 'call' || kind === 'conditionalAccess';
  if (!isAction && type.kind !== 'unknown') {
    reject(
      state,
      node,
      'This statement has no effect.',
      'Write return before it, or assign it to a variable.',
    );
  }
  return doing((frame) => {
    run(frame);
  });
}

function checkIf(
  context: Context,
  node: StatementNode & { kind: 'if' },
  before: readonly string[],
): CheckedStatement {
  const { state } = context;
  const condition = checkCondition(state, node.condition);
  const text = state.text
    .slice(node.condition.offset, node.condition.offset + node.condition.length)
    .replace(/\s+/g, ' ');
  if (before.includes(text)) {
    state.findings.warning(
      node.condition.offset,
      node.condition.length,
      'This condition was tested before: it never holds here.',
      'Correct it, or remove the branch.',
    );
  }
  const start = saveFlow(state);
  // A condition that is computed from constants has a warning of its own.
  const isWritten = node.condition.kind === 'bool';
  if (isWritten) warnDeadBranch(state, condition, false, node.whenTrue);
  assume(state, condition.whenTrue);
  const whenTrue = inStatementScope(state, () => checkOne(context, node.whenTrue));
  const afterTrue = saveFlow(state);
  restoreFlow(state, start);
  assume(state, condition.whenFalse);
  const { whenFalse: otherwise } = node;
  if (otherwise !== undefined && isWritten) warnDeadBranch(state, condition, true, otherwise);
  const whenFalse =
    otherwise === undefined
      ? undefined
      : inStatementScope(state, () =>
          otherwise.kind === 'if'
            ? checkIf(context, otherwise, [...before, text])
            : checkOne(context, otherwise),
        );
  const afterFalse = saveFlow(state);
  const constant = condition.constant?.value;
  const reachesTrue = whenTrue.completes && constant !== false;
  const reachesFalse = (whenFalse?.completes ?? true) && constant !== true;
  if (!reachesTrue) restoreFlow(state, afterFalse);
  else if (!reachesFalse) restoreFlow(state, afterTrue);
  else restoreFlow(state, joinFlows(afterTrue, afterFalse));
  const { run: test } = condition;
  const { run: runTrue } = whenTrue;
  const runFalse = whenFalse?.run;
  return {
    completes: reachesTrue || reachesFalse,
    run:
      runFalse === undefined
        ? (frame) => (asBool(test(frame)) ? runTrue(frame) : 'next')
        : (frame) => (asBool(test(frame)) ? runTrue(frame) : runFalse(frame)),
  };
}

function warnDeadBranch(
  state: CheckState,
  condition: Typed,
  value: boolean,
  branch: StatementNode,
): void {
  if (condition.constant?.value !== value) return;
  state.findings.warning(branch.offset, branch.length, 'This is never reached.', 'Remove it.');
}

function checkReturn(context: Context, node: StatementNode & { kind: 'return' }): CheckedStatement {
  if (node.value === undefined) {
    reject(context.state, node, 'return needs a value.', 'Write return null; for no value.');
    return { completes: false, run: () => 'return' };
  }
  return { completes: false, run: context.checkResult(context.state.check(node.value)) };
}

/** The block of a lambda: its values are converted to the type they have in common. */
export function checkLambdaBlock(
  state: CheckState,
  node: StatementNode & { readonly kind: 'block' },
): Pick<Typed, 'type' | 'run'> {
  const slot = state.slotCount++;
  const returned: { readonly value: Typed; run: Run }[] = [];
  const { loopDepth, switchDepth } = state;
  state.loopDepth = 0;
  state.switchDepth = 0;
  const checkResult: CheckResult<Completion> = (given) => {
    const value = materialized(given);
    const entry = { value, run: value.run };
    returned.push(entry);
    return (frame) => {
      frame.slots[slot] = entry.run(frame);
      return 'return';
    };
  };
  const body = inStatementScope(state, () =>
    checkAll({ state, checkResult, checkOne, checkAll }, node.statements),
  );
  state.loopDepth = loopDepth;
  state.switchDepth = switchDepth;
  if (body.completes) reject(state, node, 'Not every path of this lambda returns a value.');
  const common = commonType(returned.map(({ value }) => value));
  if (common === undefined) {
    if (returned.length > 0)
      reject(state, node, 'The values this lambda returns do not fit together.');
    return { type: unknownType, run: () => null };
  }
  for (const [index, entry] of returned.entries()) entry.run = common.runs[index] ?? entry.run;
  return {
    type: common.type,
    run(frame) {
      body.run(frame);
      return frame.slots[slot] ?? null;
    },
  };
}
