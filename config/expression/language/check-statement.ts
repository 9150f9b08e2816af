/** Checks statements: scopes, definite assignment, what is never reached, and turns them into closures. */

import { suggestName } from '../nearest-name.ts';
import type { ExpressionResult } from '../values.ts';
import type { StatementNode } from './ast.ts';
import { type ArithmeticOperator, coalesce, combine } from './check-operators.ts';
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
import { convertOrReject, materialized, resolveType } from './convert.ts';
import { asBool, asList, charge, type Frame } from './runtime.ts';
import { boolType, describeType, type StaticType, unknownType } from './static-type.ts';

/** How a statement ended. */
type Completion = 'next' | 'break' | 'continue' | 'return';

interface CheckedStatement {
  /** Whether the statement after this one can be reached. */
  readonly completes: boolean;
  run(frame: Frame): Completion;
}

/** Turns a returned value into the result; reports what does not fit. */
type CheckResult = (value: Typed) => (frame: Frame) => ExpressionResult;

interface Context {
  readonly state: CheckState;
  readonly checkResult: CheckResult;
}

/** Statements in order, in the scope that is open. */
export function checkStatements(
  state: CheckState,
  nodes: readonly StatementNode[],
  checkResult: CheckResult,
): CheckedStatement {
  return checkAll({ state, checkResult }, nodes);
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
    case 'evaluate':
      return checkEvaluation(state, node);
    case 'if':
      return checkIf(context, node);
    case 'foreach':
      return checkForeach(context, node);
    case 'return':
      return checkReturn(context, node);
    case 'break':
    case 'continue': {
      if (state.loopDepth === 0) reject(state, node, `${node.kind} has no loop around it.`);
      const { kind } = node;
      return { completes: false, run: () => kind };
    }
    case 'block':
      return inScope(state, () => checkAll(context, node.statements));
    case 'sequence':
      return checkAll(context, node.statements);
  }
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
  const declared = node.type === undefined ? undefined : resolveType(state, node.type);
  const value = node.value === undefined ? undefined : materialized(state.check(node.value));
  let type: StaticType = declared ?? value?.type ?? unknownType;
  let run = value?.run;
  if (value === undefined) {
    if (declared === undefined) reject(state, place, 'A variable declared with var needs a value.');
  } else if (declared !== undefined)
    run = convertOrReject(state, value, declared, `The value of ${node.name}`).run;
  else if (type.kind === 'null' || type.kind === 'void') {
    const message = `The type of ${node.name} cannot be told from ${describeType(type)}.`;
    reject(state, place, message, 'Write the type instead of var.');
    type = unknownType;
  }
  const { slot } = declareVariable(state, node.name, type, place, false);
  if (value !== undefined || type.kind === 'unknown') markAssigned(state, slot);
  const compute = run;
  return doing((frame) => {
    frame.slots[slot] = compute === undefined ? null : compute(frame);
  });
}

function checkAssignment(
  state: CheckState,
  node: StatementNode & { kind: 'assign' },
): CheckedStatement {
  const place = { offset: node.offset, length: node.name.length };
  const value = materialized(state.check(node.value));
  const variable = findVariable(state, node.name);
  if (variable === undefined) {
    const known = state.scopes.flatMap((scope) => [...scope.keys()]);
    reject(
      state,
      place,
      `There is no variable ${node.name} here.`,
      suggestName(node.name, known, 'Declare it with var.'),
    );
    return doing(() => undefined);
  }
  const { slot, type } = variable;
  if (variable.isFixed)
    reject(state, place, `${node.name} cannot be assigned to.`, 'Declare a variable of your own.');
  let assigned = value;
  if (node.operator !== '=') {
    if (!state.assigned.has(slot))
      reject(state, place, `The variable ${node.name} may be used before it has a value.`);
    const current = typed(place, type, (frame) => frame.slots[slot] ?? null);
    assigned =
      node.operator === '??='
        ? coalesce(state, node, current, value)
        : combine(state, node, node.operator.charAt(0) as ArithmeticOperator, current, value);
  }
  const { run } = convertOrReject(state, assigned, type, `The value of ${node.name}`);
  markAssigned(state, slot);
  return doing((frame) => {
    frame.slots[slot] = run(frame);
  });
}

function checkEvaluation(
  state: CheckState,
  node: StatementNode & { kind: 'evaluate' },
): CheckedStatement {
  const { run, type } = state.check(node.value);
  const { kind } = node.value;
  if (kind !== 'call' && kind !== 'conditionalAccess' && type.kind !== 'unknown') {
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

function checkIf(context: Context, node: StatementNode & { kind: 'if' }): CheckedStatement {
  const { state } = context;
  const condition = convertOrReject(state, state.check(node.condition), boolType, 'A condition');
  const before = state.assigned;
  const whenTrue = inScope(state, () => checkOne(context, node.whenTrue));
  const afterTrue = state.assigned;
  state.assigned = before;
  const { whenFalse: otherwise } = node;
  const whenFalse =
    otherwise === undefined ? undefined : inScope(state, () => checkOne(context, otherwise));
  const afterFalse = state.assigned;
  if (!whenTrue.completes) state.assigned = afterFalse;
  else if (whenFalse !== undefined && !whenFalse.completes) state.assigned = afterTrue;
  else state.assigned = new Set([...afterTrue].filter((slot) => afterFalse.has(slot)));
  return {
    completes: whenTrue.completes || (whenFalse?.completes ?? true),
    run(frame) {
      if (asBool(condition.run(frame))) return whenTrue.run(frame);
      return whenFalse === undefined ? 'next' : whenFalse.run(frame);
    },
  };
}

function checkForeach(
  context: Context,
  node: StatementNode & { kind: 'foreach' },
): CheckedStatement {
  const { state } = context;
  const place = { offset: node.nameOffset, length: node.name.length };
  const items = materialized(state.check(node.items));
  const element = elementOf(state, items);
  const type = node.type === undefined ? element : resolveType(state, node.type);
  return inScope(state, () => {
    const before = state.assigned;
    const { slot } = declareVariable(state, node.name, type, place, true);
    markAssigned(state, slot);
    const item = typed(items, element, (frame) => frame.slots[slot] ?? null);
    const { run: convertItem } = convertOrReject(state, item, type, `The variable ${node.name}`);
    state.loopDepth++;
    const body = inScope(state, () => checkOne(context, node.body));
    state.loopDepth--;
    state.assigned = before;
    return {
      completes: true,
      run(frame) {
        const list = items.run(frame);
        for (const value of typeof list === 'string' ? list.split('') : asList(list)) {
          charge(frame, 1);
          frame.slots[slot] = value;
          frame.slots[slot] = convertItem(frame);
          const completion = body.run(frame);
          if (completion === 'break') break;
          if (completion === 'return') return 'return';
        }
        return 'next';
      },
    };
  });
}

function elementOf(state: CheckState, items: Typed): StaticType {
  const { type } = items;
  if (type.kind === 'list') return type.element;
  if (type.kind === 'scalar' && type.scalar === 'string') {
    return { kind: 'scalar', scalar: 'char', isNullable: false };
  }
  if (type.kind !== 'unknown')
    reject(state, items, `${describeType(type)} has no items to go through.`);
  return unknownType;
}

function checkReturn(context: Context, node: StatementNode & { kind: 'return' }): CheckedStatement {
  if (node.value === undefined) {
    reject(context.state, node, 'return needs a value.', 'Write return null; for no value.');
    return { completes: false, run: () => 'return' };
  }
  const toResult = context.checkResult(context.state.check(node.value));
  return {
    completes: false,
    run(frame) {
      frame.result = toResult(frame);
      return 'return';
    },
  };
}
