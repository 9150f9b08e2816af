/** Checks expressions against the entity model and turns them into closures. */
import { failed } from '../expression-error.ts';
import type { ExpressionNode } from './ast.ts';
import { checkCall } from './check-call.ts';
import { checkIndex } from './check-index.ts';
import { checkMember } from './check-member.ts';
import { checkNew } from './check-new.ts';
import { checkBinary, checkNegation, checkNot } from './check-operators.ts';
import { checkOrderName } from './check-order.ts';
import { checkMatches, checkSwitch } from './check-pattern.ts';
import {
  broken,
  type CheckState,
  findVariable,
  reject,
  type TextPart,
  type Typed,
  typed,
} from './check-state.ts';
import { checkCast, convertOrReject, materialized, resolveType, unify } from './convert.ts';
import { defaultOf } from './default-value.ts';
import { assume, factsOf, joinFlows, nullTest, restoreFlow, saveFlow } from './flow.ts';
import { adviseOn } from './instead-of.ts';
import { joinParts, textPart, writtenPart } from './join-texts.ts';
import { joinReadings } from './reading.ts';
import { asBool, asNumber, charge, type Run, type Value } from './runtime.ts';
import {
  acceptsNull,
  boolType,
  describeType,
  intType,
  longType,
  nullable,
  nullType,
  type StaticType,
  scalarType,
  shapedType,
  stringType,
  withoutNull,
} from './static-type.ts';
import { formatterOf, isFormatOf } from './value-text.ts';

/** The expression, checked; problems are reported and give an unknown type. */
export function checkExpression(state: CheckState, node: ExpressionNode): Typed {
  const value = checkKind(state, node);
  state.watch?.(node, value, state);
  return value;
}

function checkKind(state: CheckState, node: ExpressionNode): Typed {
  switch (node.kind) {
    case 'string':
      return constant(node, stringType, node.value);
    case 'char':
      return constant(node, scalarType('char'), node.value);
    case 'int':
      return node.isLong
        ? constant(node, longType, node.value)
        : constant(node, intType, Number(node.value));
    case 'double':
      return constant(node, scalarType('double'), node.value);
    case 'bool':
      return constant(node, boolType, node.value);
    case 'null':
      return typed(node, nullType, () => null, { nullness: 'maybe', isNull: true });
    case 'default':
      return checkDefault(state, node);
    case 'interpolated':
      return checkInterpolated(state, node);
    case 'name':
      return checkName(state, node);
    case 'subject':
      return state.subjects.at(-1) ?? broken(node);
    case 'member':
      return checkMember(state, node);
    case 'call':
      return checkCall(state, node);
    case 'index':
      return checkIndex(state, node);
    case 'conditionalAccess':
      return checkConditionalAccess(state, node);
    case 'not':
      return checkNot(state, node, node.operand);
    case 'negate':
    case 'plus':
      return checkNegation(state, node, node.operand, node.kind === 'negate');
    case 'binary':
      return checkBinary(state, node);
    case 'isNull':
      return checkIsNull(state, node);
    case 'matches':
      return checkMatches(state, node);
    case 'switch':
      return checkSwitch(state, node);
    case 'conditional':
      return checkConditional(state, node);
    case 'cast':
      return checkCast(state, state.check(node.operand), resolveType(state, node.type));
    case 'unchecked':
    case 'checked':
      return checkOverflowMode(state, node);
    case 'list':
      return checkList(state, node);
    case 'array':
      return checkArray(state, node);
    case 'new':
      return checkNew(state, node);
    case 'lambda':
      return reject(state, node, 'A lambda can only be an argument, as in Where(x => …).');
    case 'broken':
      return broken(node);
  }
}

function checkOverflowMode(
  state: CheckState,
  node: ExpressionNode & { kind: 'checked' | 'unchecked' },
): Typed {
  const before = state.isUnchecked;
  state.isUnchecked = node.kind === 'unchecked';
  const value = state.check(node.operand);
  state.isUnchecked = before;
  return { ...value, offset: node.offset, length: node.length };
}

function constant(node: ExpressionNode, type: StaticType, value: Value): Typed {
  return typed(node, type, () => value, { constant: { value }, nullness: 'never' });
}

function checkDefault(state: CheckState, node: ExpressionNode & { kind: 'default' }): Typed {
  if (node.type === undefined) return constant(node, nullType, null);
  const type = resolveType(state, node.type);
  if (type.kind === 'unknown') return broken(node);
  const zero = defaultOf(type);
  return zero === null
    ? typed(node, type, () => null, { nullness: 'maybe' })
    : constant(node, type, zero);
}

const noText: TextPart = { kind: 'text', text: '' };

function checkInterpolated(
  state: CheckState,
  node: ExpressionNode & { kind: 'interpolated' },
): Typed {
  const parts = node.parts.map((part): TextPart => {
    if (part.kind === 'text') return part;
    const value = state.check(part.value);
    const { type, run } = value;
    const { alignment = 0 } = part;
    const width = Math.abs(alignment);
    const align = (text: string): string =>
      alignment > 0 ? text.padStart(width) : text.padEnd(width);
    if (type.kind === 'unknown') return noText;
    if (type.kind === 'null') return { kind: 'text', text: align('') };
    if (type.kind !== 'scalar') {
      reject(
        state,
        value,
        `${describeType(type)} cannot stand in a text.`,
        'Name one of its properties.',
      );
      return noText;
    }
    const format = part.format ?? '';
    const { scalar } = type;
    if (!isFormatOf(scalar, format)) {
      reject(state, value, `The format ${format} of ${describeType(type)} is not supported yet.`);
      return noText;
    }
    const write = formatterOf(scalar, format);
    if (alignment !== 0) return { kind: 'hole', run: (frame) => align(write(run(frame))) };
    return format === '' ? textPart(value, scalar) : writtenPart(run, write);
  });
  return joinParts(node, parts);
}

function checkName(state: CheckState, node: ExpressionNode & { kind: 'name' }): Typed {
  const { name } = node;
  const variable = findVariable(state, name);
  if (variable !== undefined) {
    const { slot, type } = variable;
    variable.isRead = true;
    if (!state.assigned.has(slot)) {
      return reject(state, node, `The variable ${name} may be used before it has a value.`);
    }
    const path = `${slot}`;
    const nullness = state.known.get(path);
    const run: Run = (frame) => frame.slots[slot] ?? null;
    return typed(node, type, run, {
      path,
      plan: { kind: 'slot', run, slot },
      implies: [path],
      ...(nullness === undefined ? {} : { nullness }),
    });
  }
  if (name === 'provisioningOrder') return checkOrderName(state, node);
  if (name === 'queryHandler' || name === 'iteration') {
    return reject(state, node, `${name} is not supported yet.`);
  }
  const known = [...state.scopes.flatMap((scope) => [...scope.keys()]), 'assignment', 'logger'];
  const hint = adviseOn(name, known) ?? 'Declare it, or name the parameter after C#:.';
  return reject(state, node, `There is no variable ${name} here.`, hint);
}

function checkConditionalAccess(
  state: CheckState,
  node: ExpressionNode & { kind: 'conditionalAccess' },
): Typed {
  const target = state.check(node.target);
  if (target.type.kind === 'unknown') return broken(node);
  if (!acceptsNull(target.type)) {
    const message = `${describeType(target.type)} is never null here: ?. has no use.`;
    return reject(state, target, message, 'Write . instead.');
  }
  const slot = state.slotCount++;
  const before = saveFlow(state);
  const { path, implies } = target;
  assume(state, factsOf(implies, 'never'));
  const readSubject: Run = (frame) => frame.slots[slot] ?? null;
  state.subjects.push(
    typed(target, withoutNull(target.type), readSubject, {
      plan: { kind: 'slot', run: readSubject, slot },
      ...(path === undefined ? {} : { path }),
      ...(implies === undefined ? {} : { implies }),
      nullness: 'never',
    }),
  );
  const rest = state.check(node.rest);
  state.subjects.pop();
  restoreFlow(state, joinFlows(before, saveFlow(state)));
  // Who asks with ?. thinks that it may be empty.
  if (path !== undefined && target.nullness !== 'never') assume(state, factsOf([path], 'maybe'));
  const type = rest.type.kind === 'void' ? rest.type : nullable(rest.type);
  const { run: runTarget } = target;
  const { run: runRest } = rest;
  const joined = joinReadings(target, rest, slot);
  return typed(
    node,
    type,
    joined?.run ??
      ((frame) => {
        const value = runTarget(frame);
        if (value === null) return null;
        frame.slots[slot] = value;
        return runRest(frame);
      }),
    {
      ...(joined?.plan === undefined ? {} : { plan: joined.plan }),
      ...(rest.path === undefined ? {} : { path: rest.path }),
      implies: [...(implies ?? []), ...(rest.implies ?? [])],
      nullness: target.nullness === 'never' ? (rest.nullness ?? 'never') : 'maybe',
    },
  );
}

function checkIsNull(state: CheckState, node: ExpressionNode & { kind: 'isNull' }): Typed {
  const operand = state.check(node.operand);
  const { run, type } = operand;
  if (type.kind === 'void') return reject(state, node, 'This gives no value to test.');
  const { isNegated } = node;
  if (type.kind !== 'unknown' && !acceptsNull(type)) {
    const message = `${describeType(type)} is never null: this is always ${String(isNegated)}.`;
    state.findings.warning(node.offset, node.length, message, 'Remove the comparison.');
  }
  return typed(
    node,
    boolType,
    (frame) => (run(frame) === null) !== isNegated,
    nullTest(operand, !isNegated),
  );
}

function checkConditional(
  state: CheckState,
  node: ExpressionNode & { kind: 'conditional' },
): Typed {
  const condition = checkCondition(state, node.condition);
  const before = saveFlow(state);
  assume(state, condition.whenTrue);
  const whenTrue = materialized(state.check(node.whenTrue));
  const afterTrue = saveFlow(state);
  restoreFlow(state, before);
  assume(state, condition.whenFalse);
  const whenFalse = materialized(state.check(node.whenFalse));
  restoreFlow(state, joinFlows(afterTrue, saveFlow(state)));
  const unified = unify(whenTrue, whenFalse);
  if (unified === undefined) {
    const [a, b] = [describeType(whenTrue.type), describeType(whenFalse.type)];
    return reject(state, node, `The two sides of ?: are ${a} and ${b}, which do not fit together.`);
  }
  const [first, second, type] = unified;
  const { run: test } = condition;
  const { run: runTrue } = first;
  const { run: runFalse } = second;
  const sides = [whenTrue.nullness, whenFalse.nullness];
  const nullness = sides.includes('maybe')
    ? 'maybe'
    : sides.includes(undefined)
      ? undefined
      : 'never';
  return typed(
    node,
    type,
    (frame) => (asBool(test(frame)) ? runTrue(frame) : runFalse(frame)),
    nullness === undefined ? {} : { nullness },
  );
}

/** A condition; one that never changes is worth a warning. */
export function checkCondition(state: CheckState, node: ExpressionNode): Typed {
  const condition = convertOrReject(state, state.check(node), boolType, 'A condition');
  const { constant } = condition;
  if (constant !== undefined && node.kind !== 'bool') {
    const message = `This condition is always ${String(constant.value)}.`;
    state.findings.warning(node.offset, node.length, message, 'Remove it, or correct it.');
  }
  return condition;
}

function checkList(state: CheckState, node: ExpressionNode & { kind: 'list' }): Typed {
  const items = node.items.map((item) => state.check(item));
  let element = node.elementType === undefined ? undefined : resolveType(state, node.elementType);
  if (element === undefined) {
    for (const item of items) {
      if (element === undefined) element = item.type;
      else {
        const unified = unify(typed(item, element, item.run), item);
        if (unified === undefined)
          return reject(state, item, 'The items of this list do not fit together.');
        element = unified[2];
      }
    }
  }
  if (element === undefined || element.kind === 'null') {
    return reject(
      state,
      node,
      'The type of this list cannot be told.',
      'Write new string[] { … }.',
    );
  }
  const known = element;
  const runs = items.map((item) => convertOrReject(state, item, known, 'An item').run);
  return typed(
    node,
    shapedType(known, 'array'),
    (frame) => {
      charge(frame, runs.length);
      return runs.map((run) => run(frame));
    },
    { nullness: 'never' },
  );
}

/** `new string[n]`: n times the default. */
function checkArray(state: CheckState, node: ExpressionNode & { kind: 'array' }): Typed {
  const element = resolveType(state, node.elementType);
  const size = convertOrReject(state, state.check(node.size), intType, 'The size of an array');
  const zero = defaultOf(element);
  return typed(
    node,
    shapedType(element, 'array'),
    (frame) => {
      const count = asNumber(size.run(frame));
      if (count < 0) throw failed('the size of an array is negative.');
      charge(frame, count);
      return new Array<Value>(count).fill(zero);
    },
    { nullness: 'never' },
  );
}
