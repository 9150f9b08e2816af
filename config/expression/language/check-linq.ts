/** LINQ on collections: operators with lambdas, evaluated lazily like their originals, every item a step. */

import { failed } from '../expression-error.ts';
import { areEqual } from './are-equal.ts';
import type { ArgumentNode, ExpressionNode, Place } from './ast.ts';
import { checkLambda as checkOneLambda, countParameters, type Lambda } from './check-lambda.ts';
import { broken, type CheckState, reject, type Typed, typed } from './check-state.ts';
import { identityFor, ValueGroup, ValueMap, ValueSet } from './collections.ts';
import { convertOrReject } from './convert.ts';
import { defaultOf } from './default-value.ts';
import { adviseOn } from './instead-of.ts';
import * as linq from './linq-runtime.ts';
import type { SortKey, Stage } from './plan.ts';
import {
  asList,
  asNumber,
  charge,
  chargeGrowth,
  copyItems,
  type Frame,
  type Run,
  toItems,
  type Value,
} from './runtime.ts';
import { firstOf, itemsOf, passThrough, type Sequence, sequenceOf } from './sequence.ts';
import { firstInOrder, sortItems, sortRemembering } from './sorting.ts';
import {
  acceptsNull,
  boolType,
  describeType,
  elementType,
  intType,
  listType,
  nullable,
  type ScalarKind,
  type StaticType,
  scalarType,
  shapedType,
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
  /** The same with the stages the items pass through. */
  readonly sequence: Sequence;
  readonly receiver: Typed;
  readonly type: ListType;
  readonly arguments: readonly ArgumentNode[];
  /** What earlier conditions say of each item. */
  readonly known: readonly string[];
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
    return reject(state, place, message, adviseOn(name, operators.keys()));
  }
  const known = receiver.itemFacts ?? [];
  const result = operator({
    state,
    node,
    name,
    place,
    source: receiver.run,
    sequence: sequenceOf(receiver),
    receiver,
    type: receiver.type,
    arguments: nodes,
    known,
  });
  if (!keepsItems.has(name)) return result;
  const itemFacts = [...known, ...(result.itemFacts ?? [])];
  return itemFacts.length === 0 ? result : { ...result, itemFacts };
}

/** Operators whose result holds items of their source and no others. */
const keepsItems: ReadonlySet<string> = new Set([
  'Where',
  'FindAll',
  'OrderBy',
  'OrderByDescending',
  'ThenBy',
  'ThenByDescending',
  'Take',
  'Skip',
  'TakeLast',
  'SkipLast',
  'Distinct',
  'DistinctBy',
  'Reverse',
  'ToList',
  'ToArray',
  'AsEnumerable',
]);

/** True when collections have this method. */
export function isLinqMethod(name: string): boolean {
  return operators.has(name);
}

function checkLambda(call: Call, argument: ArgumentNode | undefined, wanted?: StaticType): Lambda {
  return checkOneLambda(call.state, argument, {
    name: call.name,
    place: call.place,
    parameters: [call.type.element],
    facts: call.known,
    ...(wanted === undefined ? {} : { result: wanted }),
  });
}

/** Reports arguments an operator has no use for; true when there are none. */
function takes(call: Call, least: number, most: number): boolean {
  const count = call.arguments.length;
  if (count >= least && count <= most) return true;
  const message = `${call.name} does not take ${count === 1 ? '1 argument' : `${count} arguments`}, or not yet.`;
  reject(call.state, call.place, message, adviseOn(call.name, []));
  return false;
}

/** The items that meet the optional condition of First, Any, Count … */
function filtered(call: Call): Sequence {
  const [argument] = call.arguments;
  if (argument === undefined) return call.sequence;
  return addStage(call.sequence, 'where', checkLambda(call, argument, boolType));
}

function addStage(before: Sequence, kind: Stage['kind'], { slot, body }: Lambda): Sequence {
  return { source: before.source, stages: [...before.stages, { kind, slot, body }] };
}

/** The sequence as a lazy one, for what does not know stages. */
function lazily(sequence: Sequence): (frame: Frame) => Iterable<Value> {
  const { stages, source } = sequence;
  const [last] = stages.slice(-1);
  if (last !== undefined) {
    const { run } = passThrough({ source, stages: stages.slice(0, -1) }, last);
    return (frame) => asList(run(frame));
  }
  return (frame) => {
    const list = asList(source(frame));
    // A finished collection is gone through many times faster than a sequence, and costs accordingly.
    if (Array.isArray(list)) charge(frame, 1 + (list.length >> 6));
    return list;
  };
}

const where: Operator = (call) => {
  if (!takes(call, 1, 1)) return broken(call.node);
  const { slot, body, proven } = checkLambda(call, call.arguments[0], boolType);
  const { run, plan } = passThrough(call.sequence, { kind: 'where', slot, body });
  return typed(call.node, listType(call.type.element), run, {
    itemFacts: proven,
    ...(plan === undefined ? {} : { plan }),
  });
};

const select: Operator = (call) => {
  if (!takes(call, 1, 1)) return broken(call.node);
  const [argument] = call.arguments;
  if (call.name === 'Select' && countParameters(argument) === 2) {
    const { type, apply } = checkOneLambda(call.state, argument, {
      name: call.name,
      place: call.place,
      parameters: [call.type.element, intType],
    });
    return typed(call.node, listType(type), (frame) =>
      linq.selectIndexed(frame, asList(call.source(frame)), apply),
    );
  }
  const { type, apply, slot, body } = checkLambda(call, argument);
  if (type.kind === 'unknown') return broken(call.node);
  if (call.name === 'Select') {
    const { run, plan } = passThrough(call.sequence, { kind: 'select', slot, body });
    return typed(call.node, listType(type), run, plan === undefined ? {} : { plan });
  }
  const inner = elementType(type);
  if (inner === undefined || type.kind === 'scalar')
    return reject(call.state, call.place, 'The lambda of SelectMany must give a collection.');
  return typed(call.node, listType(inner), (frame) =>
    linq.selectMany(frame, asList(call.source(frame)), apply),
  );
};

const any: Operator = (call) => {
  if (!takes(call, 0, 1)) return broken(call.node);
  const find = firstOf(filtered(call));
  return typed(call.node, boolType, (frame) => find(frame) !== undefined);
};

const all: Operator = (call) => {
  if (!takes(call, 1, 1)) return broken(call.node);
  const lambda = checkLambda(call, call.arguments[0], boolType);
  const findFailing = firstOf(addStage(call.sequence, 'whereNot', lambda));
  return typed(call.node, boolType, (frame) => findFailing(frame) === undefined);
};

const count: Operator = (call) => {
  if (!takes(call, 0, 1)) return broken(call.node);
  const collect = itemsOf(filtered(call));
  return typed(call.node, intType, (frame) => collect(frame).length);
};

function findFirst(call: Call): (frame: Frame) => Value | undefined {
  const { plan, run } = call.receiver;
  const [key, ...others] = plan?.kind === 'ordered' && plan.run === run ? plan.keys : [];
  if (plan?.kind !== 'ordered' || key === undefined || others.length > 0) {
    return firstOf(filtered(call));
  }
  if (call.arguments.length > 0) return firstOf(filtered(call));
  const { items } = plan;
  return (frame) => firstInOrder(frame, items(frame), key);
}

/** First and FirstOrDefault. */
function pickFirst(isOptional: boolean): Operator {
  return (call) => {
    if (!takes(call, 0, 1)) return broken(call.node);
    const { element } = call.type;
    const { name } = call;
    const find = findFirst(call);
    const missing = isOptional ? { value: defaultOf(element) } : undefined;
    return typed(
      call.node,
      element,
      (frame) => find(frame) ?? linq.noItem(missing, name),
      isOptional && acceptsNull(element) ? { nullness: 'maybe' } : {},
    );
  };
}

/** Last, Single and their OrDefault forms. */
function pick(choose: linq.Choose, isOptional: boolean): Operator {
  return (call) => {
    if (!takes(call, 0, 1)) return broken(call.node);
    const { element } = call.type;
    const source = lazily(filtered(call));
    const missing = defaultOf(element);
    // The default of a value type is a value: 0, false.
    return typed(
      call.node,
      element,
      (frame) => choose(source(frame), isOptional ? { value: missing } : undefined, call.name),
      isOptional && acceptsNull(element) ? { nullness: 'maybe' } : {},
    );
  };
}

function order(isDescending: boolean, isNext: boolean): Operator {
  return (call) => {
    if (!takes(call, 1, 1)) return broken(call.node);
    const { type, slot, body } = checkLambda(call, call.arguments[0]);
    const isSortable = type.kind === 'scalar' || type.kind === 'unknown' || type.kind === 'null';
    if (!isSortable)
      return reject(call.state, call.place, `${describeType(type)} has no order to sort by.`);
    if (isNext && !call.type.isOrdered) {
      return reject(call.state, call.place, `${call.name} must follow OrderBy.`);
    }
    return orderedBy(call, { slot, body, isDescending }, isNext);
  };
}

function orderedBy(call: Call, key: SortKey, isNext: boolean): Typed {
  const { plan } = call.receiver;
  const before =
    isNext && plan?.kind === 'ordered' && plan.run === call.receiver.run ? plan : undefined;
  const type = listType(call.type.element, true);
  const { source } = call;
  if (isNext && before === undefined) {
    return typed(call.node, type, (frame) =>
      asValue(sortRemembering(frame, toItems(frame, asList(source(frame))), [key], true)),
    );
  }
  const items = before?.items ?? itemsOf(call.sequence);
  const keys = [...(before?.keys ?? []), key];
  const run: Run = (frame) => asValue(sortRemembering(frame, items(frame), keys, false));
  const sorted: Run = (frame) => asValue(sortItems(frame, items(frame), keys));
  return typed(call.node, type, run, { plan: { kind: 'ordered', run, sorted, items, keys } });
}

/** Arrays are sequences. */
function asValue(items: readonly Value[]): Value {
  return items as readonly Value[] & Value;
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
    const result = aggregateType(call.name, scalar, type);
    const values = lazily(
      lambda === undefined ? call.sequence : addStage(call.sequence, 'select', lambda),
    );
    const options = { name: call.name, scalar, isNullAllowed: type.isNullable };
    return typed(call.node, result, (frame) => fold(frame, values(frame), options));
  };
}

function aggregateType(name: string, scalar: ScalarKind, type: StaticType): StaticType {
  if (name === 'Sum') return scalarType(scalar);
  if (name !== 'Average') return type;
  return scalarType('double', type.kind === 'scalar' && type.isNullable);
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
    return typed(call.node, listType(call.type.element), (frame) => {
      const items = toItems(frame, asList(call.source(frame)));
      charge(frame, 1 + (items.length >> 3));
      return run(items, Math.max(0, asNumber(number.run(frame))));
    });
  };
}

/** Take and Skip read no further than they must. */
const take: Operator = (call) => {
  const [argument] = call.arguments;
  if (!takes(call, 1, 1) || argument?.kind !== 'value') return broken(call.node);
  const count = convertOrReject(call.state, call.state.check(argument.value), intType, 'The count');
  return typed(call.node, listType(call.type.element), (frame) =>
    linq.take(frame, asList(call.source(frame)), asNumber(count.run(frame))),
  );
};

/** TakeWhile and SkipWhile. */
const cutWhile: Operator = (call) => {
  if (!takes(call, 1, 1)) return broken(call.node);
  const { apply } = checkLambda(call, call.arguments[0], boolType);
  const isTake = call.name === 'TakeWhile';
  return typed(call.node, listType(call.type.element), (frame) =>
    linq.cutWhile(frame, asList(call.source(frame)), apply, isTake),
  );
};

/** `GroupBy(key)`, `GroupBy(key, item)`: groups in the order of their first item. */
const groupBy: Operator = (call) => {
  if (!takes(call, 1, 2)) return broken(call.node);
  const key = checkLambda(call, call.arguments[0]);
  const [, second] = call.arguments;
  const value = second === undefined ? undefined : checkLambda(call, second);
  const type: StaticType = {
    kind: 'group',
    key: key.type,
    element: value?.type ?? call.type.element,
  };
  return typed(call.node, listType(type), (frame) => {
    const groups = new ValueMap();
    for (const item of asList(call.source(frame))) {
      charge(frame, 2);
      const found = key.apply(frame, item);
      // A group without a key has one that nothing else has.
      const name = found ?? noKey;
      const known = groups.get(name);
      const group = known instanceof ValueGroup ? known : new ValueGroup(found);
      if (known === undefined) groups.set(name, group);
      group.items.push(value === undefined ? item : value.apply(frame, item));
    }
    return Array.from(groups.entries(), (entry) => entry.value);
  });
};

const noKey = new ValueGroup(null);

/** `ToDictionary(key)`, `ToDictionary(key, value)`. */
const toDictionary: Operator = (call) => {
  if (!takes(call, 1, 3)) return broken(call.node);
  const key = checkLambda(call, call.arguments[0]);
  const [, second, third] = call.arguments;
  const isComparer = second?.kind === 'value' && !['lambda', 'member'].includes(second.value.kind);
  const value = second === undefined || isComparer ? undefined : checkLambda(call, second);
  const comparer = third?.kind === 'value' ? call.state.check(third.value).run : undefined;
  const type: StaticType = {
    kind: 'dictionary',
    key: key.type,
    value: value?.type ?? call.type.element,
  };
  return typed(call.node, type, (frame) => {
    const map = new ValueMap(identityFor(comparer?.(frame)));
    for (const item of asList(call.source(frame))) {
      const name = key.apply(frame, item);
      if (map.has(name)) {
        const hint =
          'Group the items first, or take one with GroupBy(…).ToDictionary(g => g.Key, g => g.First()).';
        throw failed('ToDictionary meets one key twice.', hint);
      }
      map.set(name, value === undefined ? item : value.apply(frame, item));
      chargeGrowth(frame, map.size);
    }
    return map;
  });
};

/** `Append(item)`, `Prepend(item)`. */
const append: Operator = (call) => {
  const [argument] = call.arguments;
  if (!takes(call, 1, 1) || argument?.kind !== 'value') return broken(call.node);
  const item = convertOrReject(
    call.state,
    call.state.check(argument.value),
    call.type.element,
    'The item',
  );
  const isFirst = call.name === 'Prepend';
  return typed(call.node, listType(call.type.element), (frame) => {
    const one = [item.run(frame)];
    const list = asList(call.source(frame));
    return isFirst ? linq.concat(one, list) : linq.concat(list, one);
  });
};

/** `ElementAt(n)`, `ElementAtOrDefault(n)`. */
const elementAt: Operator = (call) => {
  const [argument] = call.arguments;
  if (!takes(call, 1, 1) || argument?.kind !== 'value') return broken(call.node);
  const index = convertOrReject(call.state, call.state.check(argument.value), intType, 'An index');
  const { element } = call.type;
  const isOptional = call.name === 'ElementAtOrDefault';
  return typed(
    call.node,
    element,
    (frame) => {
      const items = toItems(frame, asList(call.source(frame)));
      const item = items[asNumber(index.run(frame))];
      if (item !== undefined) return item;
      if (isOptional) return defaultOf(element);
      throw failed('An index lies outside the text or collection.');
    },
    isOptional && acceptsNull(element) ? { nullness: 'maybe' } : {},
  );
};

/** `Aggregate(seed, (sum, item) => …)`. */
const fold: Operator = (call) => {
  const [seed, lambda] = call.arguments;
  if (!takes(call, 2, 2) || seed?.kind !== 'value') return broken(call.node);
  const start = call.state.check(seed.value);
  const { apply } = checkOneLambda(call.state, lambda, {
    name: call.name,
    place: call.place,
    parameters: [start.type, call.type.element],
    result: start.type,
  });
  return typed(call.node, start.type, (frame) => {
    let result = start.run(frame);
    for (const item of asList(call.source(frame))) {
      charge(frame, 1);
      result = apply(frame, result, item);
    }
    return result;
  });
};

/** `SequenceEqual(other)`. */
const sequenceEqual: Operator = (call) => {
  const [argument] = call.arguments;
  if (!takes(call, 1, 1) || argument?.kind !== 'value') return broken(call.node);
  const wanted = listType(call.type.element);
  const other = convertOrReject(call.state, call.state.check(argument.value), wanted, 'The other');
  return typed(call.node, boolType, (frame) => {
    const a = toItems(frame, asList(call.source(frame)));
    const b = toItems(frame, asList(other.run(frame)));
    charge(frame, 1 + (a.length >> 2));
    return a.length === b.length && a.every((item, index) => areEqual(item, b[index] ?? null));
  });
};

/** Finishes a sequence as a collection of its own. */
function finish(shape: 'array' | 'list'): Operator {
  return (call) => {
    if (!takes(call, 0, 0)) return broken(call.node);
    const { source, stages } = call.sequence;
    const collect = itemsOf(call.sequence);
    const run: Run =
      stages.length === 0
        ? (frame) => copyItems(frame, asList(source(frame)))
        : (frame) => asValue(collect(frame));
    return typed(call.node, shapedType(call.type.element, shape), run, { nullness: 'never' });
  };
}

const toSet: Operator = (call) => {
  if (!takes(call, 0, 1)) return broken(call.node);
  const [argument] = call.arguments;
  const comparer = argument?.kind === 'value' ? call.state.check(argument.value).run : undefined;
  return typed(
    call.node,
    shapedType(call.type.element, 'set'),
    (frame) => {
      const set = new ValueSet(identityFor(comparer?.(frame)));
      for (const item of asList(call.source(frame))) {
        set.add(item);
        chargeGrowth(frame, set.size);
      }
      return set;
    },
    { nullness: 'never' },
  );
};

function checkComparer(call: Call, argument: ArgumentNode | undefined): Run | undefined {
  if (argument?.kind !== 'value') return undefined;
  const value = call.state.check(argument.value);
  return convertOrReject(call.state, value, scalarType('comparer'), 'A comparer').run;
}

const contains: Operator = (call) => {
  const [argument, second] = call.arguments;
  if (!takes(call, 1, 2) || argument?.kind !== 'value') return broken(call.node);
  const wanted = convertOrReject(
    call.state,
    call.state.check(argument.value),
    nullable(call.type.element),
    'The item',
  );
  const comparer = checkComparer(call, second);
  const items = lazily(call.sequence);
  return typed(call.node, boolType, (frame) => {
    const value = wanted.run(frame);
    const identify = comparer === undefined ? undefined : identityFor(comparer(frame));
    const identity = identify?.(value);
    for (const item of items(frame)) {
      charge(frame, 1);
      if (identify === undefined ? areEqual(item, value) : identify(item) === identity) return true;
    }
    return false;
  });
};

const concat: Operator = (call) => {
  const [argument, second] = call.arguments;
  if (!takes(call, 1, call.name === 'Concat' ? 1 : 2) || argument?.kind !== 'value')
    return broken(call.node);
  const wanted = listType(call.type.element);
  const other = convertOrReject(
    call.state,
    call.state.check(argument.value),
    wanted,
    'The other collection',
  );
  const comparer = checkComparer(call, second);
  const isDistinct = call.name === 'Union';
  const isKept = call.name === 'Intersect';
  return typed(call.node, wanted, (frame) => {
    const first = asList(call.source(frame));
    const more = asList(other.run(frame));
    if (call.name === 'Concat') return linq.concat(first, more);
    const identify = identityFor(comparer?.(frame));
    if (isDistinct) return linq.distinct(frame, linq.concat(first, more), identify);
    return linq.keepIn(frame, first, more, isKept, identify);
  });
};

/** Operators that take nothing and keep the type. */
function plain(run: (frame: Frame, items: Iterable<Value>) => Iterable<Value>): Operator {
  return (call) =>
    takes(call, 0, 0)
      ? typed(call.node, listType(call.type.element), (frame) =>
          run(frame, asList(call.source(frame))),
        )
      : broken(call.node);
}

const distinct: Operator = (call) => {
  if (!takes(call, 0, 1)) return broken(call.node);
  const comparer = checkComparer(call, call.arguments[0]);
  if (comparer === undefined) {
    const slot = call.state.slotCount++;
    const stage: Stage = { kind: 'distinct', slot, body: () => null };
    const { run, plan } = passThrough(call.sequence, stage);
    return typed(call.node, listType(call.type.element), run, plan === undefined ? {} : { plan });
  }
  return typed(call.node, listType(call.type.element), (frame) =>
    linq.distinct(frame, asList(call.source(frame)), identityFor(comparer(frame))),
  );
};

const distinctBy: Operator = (call) => {
  if (!takes(call, 1, 1)) return broken(call.node);
  const { apply } = checkLambda(call, call.arguments[0]);
  return typed(call.node, listType(call.type.element), (frame) =>
    linq.distinctBy(frame, asList(call.source(frame)), apply),
  );
};

const operators: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['Where', where],
  ['Select', select],
  ['SelectMany', select],
  ['Any', any],
  ['All', all],
  ['Count', count],
  ['First', pickFirst(false)],
  ['FirstOrDefault', pickFirst(true)],
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
  ['Average', aggregate(linq.average, true)],
  ['Aggregate', fold],
  ['Skip', cut((items, number) => items.slice(number))],
  ['Take', take],
  ['SkipLast', cut((items, number) => items.slice(0, Math.max(0, items.length - number)))],
  ['TakeLast', cut((items, number) => items.slice(Math.max(0, items.length - number)))],
  ['TakeWhile', cutWhile],
  ['SkipWhile', cutWhile],
  ['Distinct', distinct],
  ['DistinctBy', distinctBy],
  ['Reverse', plain((frame, items) => copyItems(frame, items).reverse())],
  ['ToList', finish('list')],
  ['ToArray', finish('array')],
  ['ToHashSet', toSet],
  ['ToDictionary', toDictionary],
  ['GroupBy', groupBy],
  ['AsEnumerable', plain((_, items) => items)],
  ['Append', append],
  ['Prepend', append],
  ['ElementAt', elementAt],
  ['ElementAtOrDefault', elementAt],
  ['SequenceEqual', sequenceEqual],
  ['Contains', contains],
  ['Concat', concat],
  ['Union', concat],
  ['Intersect', concat],
  ['Except', concat],
  // Methods of List<T> that say the same with another name.
  ['Exists', any],
  ['TrueForAll', all],
  ['Find', pickFirst(true)],
  ['FindAll', where],
]);

/** Names of all operators, for suggestions and editors. */
export const linqNames: readonly string[] = [...operators.keys()];
