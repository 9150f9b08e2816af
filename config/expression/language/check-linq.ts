/** LINQ on collections: operators with lambdas, evaluated lazily like their originals, every item a step. */
import { suggestName } from '../nearest-name.ts';
import type { ArgumentNode, ExpressionNode, Place } from './ast.ts';
import { areEqual } from './check-operators.ts';
import {
  broken,
  type CheckState,
  declareVariable,
  inScope,
  markAssigned,
  reject,
  type Typed,
  typed,
} from './check-state.ts';
import { convertOrReject, materialized } from './convert.ts';
import * as linq from './linq-runtime.ts';
import { asBool, asList, asNumber, type Run, toItems, type Value } from './runtime.ts';
import {
  acceptsNull,
  boolType,
  describeType,
  intType,
  listType,
  nullable,
  type StaticType,
  scalarType,
  unknownType,
} from './static-type.ts';

type MemberNode = ExpressionNode & { readonly kind: 'member' };
type ListType = StaticType & { readonly kind: 'list' };

/** One operator applied to a collection. */
interface Call {
  readonly state: CheckState;
  readonly node: Place;
  readonly name: string;
  readonly place: Place;
  readonly source: Run;
  readonly type: ListType;
  readonly arguments: readonly ArgumentNode[];
}

type Operator = (call: Call) => Typed;

export function checkLinq(
  state: CheckState,
  node: Place,
  target: MemberNode,
  receiver: Typed,
  nodes: readonly ArgumentNode[],
): Typed {
  const { name } = target;
  const place = { offset: target.nameOffset, length: name.length };
  const operator = operators.get(name);
  if (operator === undefined || receiver.type.kind !== 'list') {
    const message = `The method ${name} of collections is unknown or not supported yet.`;
    return reject(state, place, message, suggestName(name, operators.keys()));
  }
  return operator({
    state,
    node,
    name,
    place,
    source: receiver.run,
    type: receiver.type,
    arguments: nodes,
  });
}

/** True when collections have this method. */
export function isLinqMethod(name: string): boolean {
  return operators.has(name);
}

/** A lambda: its result type and how to apply it to an item. */
interface Lambda {
  readonly type: StaticType;
  readonly apply: linq.Apply;
}

function checkLambda(call: Call, argument: ArgumentNode | undefined, wanted?: StaticType): Lambda {
  const { state } = call;
  const none: Lambda = { type: unknownType, apply: () => null };
  if (argument?.kind !== 'value' || argument.value.kind !== 'lambda') {
    const at = argument ?? call.place;
    reject(state, at, `${call.name} needs a lambda here.`, `Write ${call.name}(x => …).`);
    return none;
  }
  const { parameters, body } = argument.value;
  const [parameter] = parameters;
  if (parameter === undefined || parameters.length > 1) {
    reject(state, argument, `The lambda of ${call.name} takes one parameter.`);
    return none;
  }
  return inScope(state, () => {
    const before = state.assigned;
    const { slot } = declareVariable(state, parameter.name, call.type.element, parameter, true);
    markAssigned(state, slot);
    const checked = materialized(state.check(body));
    const result =
      wanted === undefined
        ? checked
        : convertOrReject(state, checked, wanted, `The lambda of ${call.name}`);
    if (result.type.kind === 'void')
      reject(state, body, `The lambda of ${call.name} gives no value.`);
    state.assigned = before;
    const { run } = result;
    return {
      type: result.type,
      apply: (frame, item) => {
        frame.slots[slot] = item;
        return run(frame);
      },
    };
  });
}

/** Reports arguments an operator has no use for; true when there are none. */
function takes(call: Call, least: number, most: number): boolean {
  const count = call.arguments.length;
  if (count >= least && count <= most) return true;
  reject(call.state, call.place, `${call.name} does not take ${count} arguments, or not yet.`);
  return false;
}

/** The optional condition of First, Any, Count … */
function checkCondition(call: Call): linq.Apply | undefined {
  const [argument] = call.arguments;
  return argument === undefined ? undefined : checkLambda(call, argument, boolType).apply;
}

function filtered(call: Call): (frame: Parameters<Run>[0]) => Iterable<Value> {
  const condition = checkCondition(call);
  return (frame) => linq.where(frame, asList(call.source(frame)), condition);
}

const where: Operator = (call) => {
  if (!takes(call, 1, 1)) return broken(call.node);
  const source = filtered(call);
  return typed(call.node, listType(call.type.element), source);
};

const select: Operator = (call) => {
  if (!takes(call, 1, 1)) return broken(call.node);
  const { type, apply } = checkLambda(call, call.arguments[0]);
  const result = call.name === 'SelectMany' ? type : listType(type);
  if (type.kind === 'unknown') return broken(call.node);
  if (call.name === 'Select') {
    return typed(call.node, result, (frame) =>
      linq.select(frame, asList(call.source(frame)), apply),
    );
  }
  if (type.kind !== 'list')
    return reject(call.state, call.place, 'The lambda of SelectMany must give a collection.');
  return typed(call.node, listType(type.element), (frame) =>
    linq.selectMany(frame, asList(call.source(frame)), apply),
  );
};

const any: Operator = (call) => {
  if (!takes(call, 0, 1)) return broken(call.node);
  const source = filtered(call);
  return typed(call.node, boolType, (frame) => linq.hasAny(source(frame)));
};

const all: Operator = (call) => {
  if (!takes(call, 1, 1)) return broken(call.node);
  const { apply } = checkLambda(call, call.arguments[0], boolType);
  const fails: linq.Apply = (frame, item) => !asBool(apply(frame, item));
  return typed(
    call.node,
    boolType,
    (frame) => !linq.hasAny(linq.where(frame, asList(call.source(frame)), fails)),
  );
};

const count: Operator = (call) => {
  if (!takes(call, 0, 1)) return broken(call.node);
  if (call.arguments.length === 0) {
    return typed(call.node, intType, (frame) => toItems(frame, asList(call.source(frame))).length);
  }
  const source = filtered(call);
  return typed(call.node, intType, (frame) => toItems(frame, source(frame)).length);
};

/** First, Last, Single and their OrDefault forms. */
function pick(choose: linq.Choose, isOptional: boolean): Operator {
  return (call) => {
    if (!takes(call, 0, 1)) return broken(call.node);
    const { element } = call.type;
    const source = filtered(call);
    const missing = acceptsNull(element) ? null : defaultOf(element);
    // The default of a value type is a value: 0, false.
    return typed(call.node, element, (frame) =>
      choose(source(frame), isOptional ? { value: missing } : undefined, call.name),
    );
  };
}

function defaultOf(type: StaticType): Value {
  if (type.kind !== 'scalar') return null;
  if (type.scalar === 'bool') return false;
  if (type.scalar === 'long') return 0n;
  if (type.scalar === 'char') return '\0';
  return type.scalar === 'dateTime' ? -62_135_596_800_000 : 0;
}

function order(isDescending: boolean, isNext: boolean): Operator {
  return (call) => {
    if (!takes(call, 1, 1)) return broken(call.node);
    const { type, apply } = checkLambda(call, call.arguments[0]);
    const isSortable = type.kind === 'scalar' || type.kind === 'unknown' || type.kind === 'null';
    if (!isSortable)
      return reject(call.state, call.place, `${describeType(type)} has no order to sort by.`);
    if (isNext && !call.type.isOrdered) {
      return reject(call.state, call.place, `${call.name} must follow OrderBy.`);
    }
    return typed(call.node, listType(call.type.element, true), (frame) =>
      linq.orderBy(frame, asList(call.source(frame)), apply, isDescending, isNext),
    );
  };
}

function aggregate(fold: linq.Fold, isSum: boolean): Operator {
  return (call) => {
    if (!takes(call, 0, 1)) return broken(call.node);
    const [argument] = call.arguments;
    const lambda = argument === undefined ? undefined : checkLambda(call, argument);
    const type = lambda?.type ?? call.type.element;
    if (type.kind === 'unknown') return broken(call.node);
    const isNumber = type.kind === 'scalar' && ['int', 'long', 'double'].includes(type.scalar);
    if (type.kind !== 'scalar' || (isSum && !isNumber)) {
      return reject(call.state, call.place, `${call.name} does not fit ${describeType(type)}.`);
    }
    const { scalar } = type;
    return typed(call.node, isSum ? scalarType(scalar) : type, (frame) => {
      const items = asList(call.source(frame));
      const values = lambda === undefined ? items : linq.select(frame, items, lambda.apply);
      return fold(frame, values, { name: call.name, scalar, isNullAllowed: type.isNullable });
    });
  };
}

function cut(run: (items: readonly Value[], count: number) => readonly Value[]): Operator {
  return (call) => {
    const [argument] = call.arguments;
    if (!takes(call, 1, 1) || argument === undefined) return broken(call.node);
    if (argument.kind !== 'value') return reject(call.state, argument, 'out has no use here.');
    const number = convertOrReject(
      call.state,
      call.state.check(argument.value),
      intType,
      'The count',
    );
    return typed(call.node, listType(call.type.element), (frame) =>
      run(toItems(frame, asList(call.source(frame))), Math.max(0, asNumber(number.run(frame)))),
    );
  };
}

const contains: Operator = (call) => {
  const [argument] = call.arguments;
  if (!takes(call, 1, 1) || argument?.kind !== 'value') return broken(call.node);
  const wanted = convertOrReject(
    call.state,
    call.state.check(argument.value),
    nullable(call.type.element),
    'The item',
  );
  return typed(call.node, boolType, (frame) => {
    const value = wanted.run(frame);
    return linq.hasAny(
      linq.where(frame, asList(call.source(frame)), (_, item) => areEqual(item, value)),
    );
  });
};

const concat: Operator = (call) => {
  const [argument] = call.arguments;
  if (!takes(call, 1, 1) || argument?.kind !== 'value') return broken(call.node);
  const wanted = listType(call.type.element);
  const other = convertOrReject(
    call.state,
    call.state.check(argument.value),
    wanted,
    'The other collection',
  );
  const isDistinct = call.name === 'Union';
  const isKept = call.name === 'Intersect';
  return typed(call.node, wanted, (frame) => {
    const first = asList(call.source(frame));
    const second = asList(other.run(frame));
    if (call.name === 'Concat') return linq.concat(first, second);
    if (isDistinct) return linq.distinct(frame, linq.concat(first, second));
    return linq.keepIn(frame, first, second, isKept);
  });
};

/** Operators that take nothing and keep the type. */
function plain(
  run: (frame: Parameters<Run>[0], items: Iterable<Value>) => Iterable<Value>,
): Operator {
  return (call) =>
    takes(call, 0, 0)
      ? typed(call.node, listType(call.type.element), (frame) =>
          run(frame, asList(call.source(frame))),
        )
      : broken(call.node);
}

const operators: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['Where', where],
  ['Select', select],
  ['SelectMany', select],
  ['Any', any],
  ['All', all],
  ['Count', count],
  ['First', pick(linq.first, false)],
  ['FirstOrDefault', pick(linq.first, true)],
  ['Last', pick(linq.last, false)],
  ['LastOrDefault', pick(linq.last, true)],
  ['Single', pick(linq.single, false)],
  ['SingleOrDefault', pick(linq.single, true)],
  ['OrderBy', order(false, false)],
  ['OrderByDescending', order(true, false)],
  ['ThenBy', order(false, true)],
  ['ThenByDescending', order(true, true)],
  ['Min', aggregate(linq.least, false)],
  ['Max', aggregate(linq.greatest, false)],
  ['Sum', aggregate(linq.sum, true)],
  ['Skip', cut((items, number) => items.slice(number))],
  ['Take', cut((items, number) => items.slice(0, number))],
  ['SkipLast', cut((items, number) => items.slice(0, Math.max(0, items.length - number)))],
  ['TakeLast', cut((items, number) => items.slice(Math.max(0, items.length - number)))],
  ['Distinct', plain(linq.distinct)],
  ['Reverse', plain((frame, items) => toItems(frame, items).toReversed())],
  ['ToList', plain(toItems)],
  ['ToArray', plain(toItems)],
  ['ToHashSet', plain((frame, items) => toItems(frame, linq.distinct(frame, items)))],
  ['AsEnumerable', plain((_, items) => items)],
  ['Contains', contains],
  ['Concat', concat],
  ['Union', concat],
  ['Intersect', concat],
  ['Except', concat],
]);
