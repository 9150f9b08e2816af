/** Checks expressions against the entity model and turns them into closures. */
import { failed } from '../expression-error.ts';
import { suggestName } from '../nearest-name.ts';
import type { ExpressionNode } from './ast.ts';
import { checkCall } from './check-call.ts';
import { checkMember } from './check-member.ts';
import { checkBinary, checkNegation, checkNot } from './check-operators.ts';
import { broken, type CheckState, findVariable, reject, type Typed, typed } from './check-state.ts';
import {
  checkCast,
  convert,
  convertOrReject,
  materialized,
  resolveType,
  unify,
} from './convert.ts';
import { makeDate } from './date-methods.ts';
import {
  asBool,
  asList,
  asNumber,
  asText,
  built,
  charge,
  maxTextLength,
  type Run,
  toItems,
  type Value,
} from './runtime.ts';
import {
  acceptsNull,
  boolType,
  describeType,
  intType,
  listType,
  longType,
  nullable,
  nullType,
  type StaticType,
  scalarType,
  stringType,
  withoutNull,
} from './static-type.ts';
import { formatValue, isFormatOf } from './value-text.ts';

/** The expression, checked; problems are reported and give an unknown type. */
export function checkExpression(state: CheckState, node: ExpressionNode): Typed {
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
      return constant(node, nullType, null);
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
    case 'conditional':
      return checkConditional(state, node);
    case 'cast':
      return checkCast(state, state.check(node.operand), resolveType(state, node.type));
    case 'list':
      return checkList(state, node);
    case 'new':
      return checkNew(state, node);
    case 'lambda':
      return reject(state, node, 'A lambda can only be an argument, as in Where(x => …).');
    case 'broken':
      return broken(node);
  }
}

function constant(node: ExpressionNode, type: StaticType, value: Value): Typed {
  return typed(node, type, () => value);
}

function checkDefault(state: CheckState, node: ExpressionNode & { kind: 'default' }): Typed {
  if (node.type === undefined) return constant(node, nullType, null);
  const type = resolveType(state, node.type);
  if (type.kind === 'unknown') return broken(node);
  if (acceptsNull(type)) return constant(node, type, null);
  const zeros = new Map<string, Value>([
    ['int', 0],
    ['double', 0],
    ['long', 0n],
    ['bool', false],
  ]);
  const zero = type.kind === 'scalar' ? zeros.get(type.scalar) : undefined;
  if (zero !== undefined) return constant(node, type, zero);
  return reject(state, node, `default(${describeType(type)}) is not supported yet.`);
}

function checkInterpolated(
  state: CheckState,
  node: ExpressionNode & { kind: 'interpolated' },
): Typed {
  const parts = node.parts.map((part): Run => {
    if (part.kind === 'text') return () => part.text;
    const value = state.check(part.value);
    const { type, run } = value;
    if (type.kind === 'unknown' || type.kind === 'null') return () => '';
    if (type.kind !== 'scalar') {
      reject(
        state,
        value,
        `${describeType(type)} cannot stand in a text.`,
        'Name one of its properties.',
      );
      return () => '';
    }
    const format = part.format ?? '';
    if (!isFormatOf(type.scalar, format)) {
      reject(state, value, `The format ${format} of ${describeType(type)} is not supported yet.`);
    }
    return (frame) => formatValue(type.scalar, run(frame), format);
  });
  return typed(node, stringType, (frame) => {
    let text = '';
    for (const part of parts) text = built(frame, text + asText(part(frame)));
    return text;
  });
}

function checkName(state: CheckState, node: ExpressionNode & { kind: 'name' }): Typed {
  const { name } = node;
  const variable = findVariable(state, name);
  if (variable !== undefined) {
    const { slot, type } = variable;
    if (!state.assigned.has(slot)) {
      return reject(state, node, `The variable ${name} may be used before it has a value.`);
    }
    return typed(node, type, (frame) => frame.slots[slot] ?? null);
  }
  if (name === 'queryHandler' || name === 'provisioningOrder' || name === 'iteration') {
    return reject(state, node, `${name} is not supported yet.`);
  }
  const known = [...state.scopes.flatMap((scope) => [...scope.keys()]), 'assignment', 'logger'];
  const hint = suggestName(name, known, 'Declare it, or name the parameter after C#:.');
  return reject(state, node, `There is no variable ${name} here.`, hint);
}

function checkIndex(state: CheckState, node: ExpressionNode & { kind: 'index' }): Typed {
  const target = state.check(node.target);
  const index = convertOrReject(state, state.check(node.index), intType, 'An index');
  const { type } = target;
  if (type.kind === 'unknown' || index.type.kind === 'unknown') return broken(node);
  const outside = 'An index lies outside the text or collection.';
  if (type.kind === 'scalar' && type.scalar === 'string') {
    return typed(node, scalarType('char'), (frame) => {
      const character = asText(target.run(frame)).charAt(indexOf(asNumber(index.run(frame))));
      if (character === '') throw failed(outside);
      return character;
    });
  }
  if (type.kind === 'list') {
    return typed(node, type.element, (frame) => {
      const item = toItems(frame, asList(target.run(frame)))[indexOf(asNumber(index.run(frame)))];
      if (item === undefined) throw failed(outside);
      return item;
    });
  }
  return reject(state, node, `${describeType(type)} has no items to index.`);
}

function indexOf(index: number): number {
  if (index < 0) throw failed('An index is negative.');
  return index;
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
  state.subjects.push(
    typed(target, withoutNull(target.type), (frame) => frame.slots[slot] ?? null),
  );
  const rest = state.check(node.rest);
  state.subjects.pop();
  const type = rest.type.kind === 'void' ? rest.type : nullable(rest.type);
  return typed(node, type, (frame) => {
    const value = target.run(frame);
    if (value === null) return null;
    frame.slots[slot] = value;
    return rest.run(frame);
  });
}

function checkIsNull(state: CheckState, node: ExpressionNode & { kind: 'isNull' }): Typed {
  const { run, type } = state.check(node.operand);
  if (type.kind === 'void') return reject(state, node, 'This gives no value to test.');
  const { isNegated } = node;
  return typed(node, boolType, (frame) => (run(frame) === null) !== isNegated);
}

function checkConditional(
  state: CheckState,
  node: ExpressionNode & { kind: 'conditional' },
): Typed {
  const condition = convertOrReject(state, state.check(node.condition), boolType, 'A condition');
  const before = state.assigned;
  const whenTrue = state.check(node.whenTrue);
  state.assigned = before;
  const whenFalse = state.check(node.whenFalse);
  state.assigned = before;
  const unified = unify(materialized(whenTrue), materialized(whenFalse));
  if (unified === undefined) {
    const [a, b] = [describeType(whenTrue.type), describeType(whenFalse.type)];
    return reject(state, node, `The two sides of ?: are ${a} and ${b}, which do not fit together.`);
  }
  const [first, second, type] = unified;
  return typed(node, type, (frame) =>
    asBool(condition.run(frame)) ? first.run(frame) : second.run(frame),
  );
}

function checkList(state: CheckState, node: ExpressionNode & { kind: 'list' }): Typed {
  const items = node.items.map((item) => state.check(item));
  let element = node.elementType === undefined ? undefined : resolveType(state, node.elementType);
  if (element === undefined) {
    for (const item of items) {
      if (element === undefined) element = item.type;
      else {
        const unified = unify({ ...item, type: element }, item);
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
  return typed(node, listType(known), (frame) => {
    charge(frame, runs.length);
    return runs.map((run) => run(frame));
  });
}

function checkNew(state: CheckState, node: ExpressionNode & { kind: 'new' }): Typed {
  const { name } = node.type;
  const values = node.arguments.map((argument) =>
    argument.kind === 'value'
      ? state.check(argument.value)
      : reject(state, argument, 'out has no use here.'),
  );
  if (name === 'DateTime') {
    if (![3, 6, 7].includes(values.length)) {
      return reject(
        state,
        node,
        'new DateTime takes 3, 6 or 7 numbers.',
        'Write new DateTime(2024, 12, 31).',
      );
    }
    const runs = values.map(
      (value) => convertOrReject(state, value, intType, 'A part of a date').run,
    );
    return typed(node, scalarType('dateTime'), (frame) => makeDate(runs.map((run) => run(frame))));
  }
  const [first, second] = values;
  if ((name === 'string' || name === 'String') && first !== undefined) {
    const list = convert(first, listType(scalarType('char')));
    if (list !== undefined && second === undefined) {
      return typed(node, stringType, (frame) =>
        built(frame, toItems(frame, asList(list.run(frame))).join('')),
      );
    }
    const character = convert(first, scalarType('char'));
    if (character !== undefined && second !== undefined && values.length === 2) {
      const count = convertOrReject(state, second, intType, 'A count');
      return typed(node, stringType, (frame) => {
        const length = indexOf(asNumber(count.run(frame)));
        charge(frame, length >> 3);
        return built(
          frame,
          asText(character.run(frame)).repeat(Math.min(length, maxTextLength + 1)),
        );
      });
    }
  }
  return reject(state, node, `new ${name} is not supported yet.`);
}
