/** Methods that only lists, sets and dictionaries have; what any sequence can do is LINQ. */
import { failed } from '../expression-error.ts';
import { areEqual } from './are-equal.ts';
import type { ArgumentNode, ExpressionNode, Place } from './ast.ts';
import { checkLambda } from './check-lambda.ts';
import { coalesce } from './check-operators.ts';
import { declareOut } from './check-out.ts';
import { broken, type CheckState, reject, type Typed, typed } from './check-state.ts';
import { ValueMap, ValueSet } from './collections.ts';
import { convertOrReject } from './convert.ts';
import { defaultOf } from './default-value.ts';
import { assume, factsOf } from './flow.ts';
import {
  asBool,
  asList,
  asNumber,
  asObject,
  charge,
  chargeGrowth,
  type Frame,
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
  nullable,
  type StaticType,
  voidType,
} from './static-type.ts';

type MemberNode = ExpressionNode & { readonly kind: 'member' };

interface Call {
  readonly state: CheckState;
  readonly node: Place;
  readonly place: Place;
  readonly name: string;
  readonly receiver: Typed;
  readonly element: StaticType;
  readonly arguments: readonly ArgumentNode[];
}

type Method = (call: Call) => Typed;

/** The call, when the type of the receiver has a method of this name of its own. */
export function checkCollectionMethod(
  state: CheckState,
  node: Place & { readonly arguments: readonly ArgumentNode[] },
  target: MemberNode,
  receiver: Typed,
): Typed | undefined {
  const { type } = receiver;
  const { name } = target;
  const place = { offset: target.nameOffset, length: name.length };
  const call = { state, node, place, name, receiver, arguments: node.arguments };
  if (type.kind === 'dictionary') {
    return dictionaryMethods.get(name)?.({ ...call, type, element: type.value });
  }
  if (type.kind !== 'list') return undefined;
  const own = type.shape === 'list' ? listMethods : type.shape === 'set' ? setMethods : undefined;
  const method = own?.get(name);
  if (method !== undefined) return method({ ...call, element: type.element });
  if (listMethods.has(name) && name !== 'Contains') {
    return reject(
      state,
      place,
      `${describeType(type)} has no method ${name}.`,
      'Make it a list with .ToList() first.',
    );
  }
  return undefined;
}

/** The runs of exactly these arguments, or `undefined` after a report. */
function take(call: Call, ...types: readonly StaticType[]): readonly Run[] | undefined {
  const { state, place, name } = call;
  if (call.arguments.length !== types.length) {
    const count = types.length === 1 ? 'one argument' : `${types.length} arguments`;
    reject(state, place, `${name} takes ${count} here.`);
    return undefined;
  }
  return types.map((type, index) => {
    const argument = call.arguments[index];
    if (argument?.kind !== 'value') {
      return reject(state, argument ?? place, 'out has no use here.').run;
    }
    return convertOrReject(state, state.check(argument.value), type, `The argument of ${name}`).run;
  });
}

/** The array behind a list. */
function itemsOf(call: Call, frame: Frame): Value[] {
  const items = call.receiver.run(frame);
  if (Array.isArray(items)) return items;
  throw failed(`${call.name} is called on a list that is empty where one is needed.`);
}

function setOf(call: Call, frame: Frame): ValueSet {
  return asObject(call.receiver.run(frame), ValueSet);
}

function position(value: Value, limit: number, name: string): number {
  const index = asNumber(value);
  if (index < 0 || index > limit) throw failed(`${name} is given a position outside the list.`);
  return index;
}

const add: Method = (call) => {
  const [item] = take(call, call.element) ?? [];
  if (item === undefined) return broken(call.node);
  return typed(call.node, voidType, (frame) => {
    const items = itemsOf(call, frame);
    items.push(item(frame));
    chargeGrowth(frame, items.length);
    return null;
  });
};

const addRange: Method = (call) => {
  const [more] = take(call, listType(call.element)) ?? [];
  if (more === undefined) return broken(call.node);
  return typed(call.node, voidType, (frame) => {
    const items = itemsOf(call, frame);
    for (const item of [...toItems(frame, asList(more(frame)))]) {
      items.push(item);
      chargeGrowth(frame, items.length);
    }
    return null;
  });
};

const insert: Method = (call) => {
  const [at, item] = take(call, intType, call.element) ?? [];
  if (at === undefined || item === undefined) return broken(call.node);
  return typed(call.node, voidType, (frame) => {
    const items = itemsOf(call, frame);
    charge(frame, 1 + (items.length >> 3));
    items.splice(position(at(frame), items.length, 'Insert'), 0, item(frame));
    chargeGrowth(frame, items.length);
    return null;
  });
};

const removeFromList: Method = (call) => {
  const [item] = take(call, call.element) ?? [];
  if (item === undefined) return broken(call.node);
  return typed(call.node, boolType, (frame) => {
    const items = itemsOf(call, frame);
    charge(frame, 1 + (items.length >> 3));
    const wanted = item(frame);
    const index = items.findIndex((one) => areEqual(one, wanted));
    if (index >= 0) items.splice(index, 1);
    return index >= 0;
  });
};

const removeAt: Method = (call) => {
  const [at] = take(call, intType) ?? [];
  if (at === undefined) return broken(call.node);
  return typed(call.node, voidType, (frame) => {
    const items = itemsOf(call, frame);
    charge(frame, 1 + (items.length >> 3));
    items.splice(position(at(frame), items.length - 1, 'RemoveAt'), 1);
    return null;
  });
};

const removeAll: Method = (call) => {
  const { state, place, name, element } = call;
  const { apply } = checkLambda(state, call.arguments[0], {
    name,
    place,
    parameters: [element],
    result: boolType,
  });
  return typed(call.node, intType, (frame) => {
    const items = itemsOf(call, frame);
    const kept = items.filter((item) => {
      charge(frame, 1);
      return !asBool(apply(frame, item));
    });
    const count = items.length - kept.length;
    items.splice(0, items.length, ...kept);
    return count;
  });
};

const indexOf: Method = (call) => {
  const [item] = take(call, nullable(call.element)) ?? [];
  if (item === undefined) return broken(call.node);
  return typed(call.node, intType, (frame) => {
    const items = itemsOf(call, frame);
    charge(frame, 1 + (items.length >> 2));
    const wanted = item(frame);
    return items.findIndex((one) => areEqual(one, wanted));
  });
};

const clear: Method = (call) => {
  if (take(call) === undefined) return broken(call.node);
  return typed(call.node, voidType, (frame) => {
    const value = call.receiver.run(frame);
    if (value instanceof ValueSet || value instanceof ValueMap) value.clear();
    else itemsOf(call, frame).length = 0;
    return null;
  });
};

const listMethods: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['Add', add],
  ['AddRange', addRange],
  ['Insert', insert],
  ['Remove', removeFromList],
  ['RemoveAt', removeAt],
  ['RemoveAll', removeAll],
  ['IndexOf', indexOf],
  ['Clear', clear],
]);

function ofSet(change: (set: ValueSet, item: Value) => boolean): Method {
  return (call) => {
    const [item] = take(call, call.element) ?? [];
    if (item === undefined) return broken(call.node);
    return typed(call.node, boolType, (frame) => {
      const set = setOf(call, frame);
      chargeGrowth(frame, set.size);
      return change(set, item(frame));
    });
  };
}

function withOther(change: (set: ValueSet, other: readonly Value[]) => void): Method {
  return (call) => {
    const [other] = take(call, listType(call.element)) ?? [];
    if (other === undefined) return broken(call.node);
    return typed(call.node, voidType, (frame) => {
      const set = setOf(call, frame);
      const items = [...toItems(frame, asList(other(frame)))];
      charge(frame, items.length + set.size);
      change(set, items);
      chargeGrowth(frame, set.size);
      return null;
    });
  };
}

const setMethods: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['Add', ofSet((set, item) => set.add(item))],
  ['Remove', ofSet((set, item) => set.delete(item))],
  ['Contains', ofSet((set, item) => set.has(item))],
  ['Clear', clear],
  [
    'UnionWith',
    withOther((set, items) => {
      for (const item of items) set.add(item);
    }),
  ],
  [
    'ExceptWith',
    withOther((set, items) => {
      for (const item of items) set.delete(item);
    }),
  ],
  [
    'IntersectWith',
    withOther((set, items) => {
      const kept = new ValueSet();
      for (const item of items) kept.add(item);
      for (const item of [...set]) if (!kept.has(item)) set.delete(item);
    }),
  ],
]);

interface DictionaryCall extends Call {
  readonly type: StaticType & { readonly kind: 'dictionary' };
}

function mapOf(call: Call, frame: Frame): ValueMap {
  return asObject(call.receiver.run(frame), ValueMap);
}

const addEntry =
  (isTry: boolean) =>
  (call: DictionaryCall): Typed => {
    const [key, value] = take(call, call.type.key, call.type.value) ?? [];
    if (key === undefined || value === undefined) return broken(call.node);
    return typed(call.node, isTry ? boolType : voidType, (frame) => {
      const map = mapOf(call, frame);
      const name = key(frame);
      if (map.has(name)) {
        if (isTry) return false;
        throw failed(
          'a dictionary is given one key twice.',
          'Write dictionary[key] = value to replace.',
        );
      }
      map.set(name, value(frame));
      chargeGrowth(frame, map.size);
      return isTry ? true : null;
    });
  };

const tryGetValue = (call: DictionaryCall): Typed => {
  const { state, node, place } = call;
  const [first, out, ...others] = call.arguments;
  if (first?.kind !== 'value' || out?.kind !== 'out' || others.length > 0) {
    const hint = 'Write TryGetValue(key, out var value).';
    return reject(state, place, 'TryGetValue takes a key and an out variable.', hint);
  }
  const key = convertOrReject(state, state.check(first.value), call.type.key, 'The key');
  const slot = declareOut(state, out, call.type.value, 'TryGetValue');
  if (slot === undefined) return broken(node);
  const missing = defaultOf(call.type.value);
  const isReference = acceptsNull(call.type.value);
  if (isReference) assume(state, factsOf([`${slot}`], 'maybe'));
  return typed(
    node,
    boolType,
    (frame) => {
      const found = mapOf(call, frame).get(key.run(frame));
      frame.slots[slot] = found ?? missing;
      return found !== undefined;
    },
    isReference ? { whenTrue: factsOf([`${slot}`], 'never') } : {},
  );
};

const getValueOrDefault = (call: DictionaryCall): Typed => {
  const { state, node } = call;
  const [first, second] = call.arguments;
  if (first?.kind !== 'value') return reject(state, call.place, 'GetValueOrDefault needs a key.');
  const key = convertOrReject(state, state.check(first.value), call.type.key, 'The key');
  const missing = defaultOf(call.type.value);
  const found = typed(
    node,
    nullable(call.type.value),
    (frame) => {
      return mapOf(call, frame).get(key.run(frame)) ?? missing;
    },
    acceptsNull(call.type.value) ? { nullness: 'maybe' } : {},
  );
  if (second?.kind === 'value') return coalesce(state, node, found, state.check(second.value));
  return { ...found, type: call.type.value };
};

function lookUp(
  types: (call: DictionaryCall) => StaticType,
  run: (map: ValueMap, item: Value, frame: Frame) => boolean,
): (call: DictionaryCall) => Typed {
  return (call) => {
    const [item] = take(call, types(call)) ?? [];
    if (item === undefined) return broken(call.node);
    return typed(call.node, boolType, (frame) => run(mapOf(call, frame), item(frame), frame));
  };
}

const dictionaryMethods: ReadonlyMap<string, (call: DictionaryCall) => Typed> = new Map([
  ['Add', addEntry(false)],
  ['TryAdd', addEntry(true)],
  ['TryGetValue', tryGetValue],
  ['GetValueOrDefault', getValueOrDefault],
  [
    'ContainsKey',
    lookUp(
      (call) => call.type.key,
      (map, key) => map.has(key),
    ),
  ],
  [
    'Remove',
    lookUp(
      (call) => call.type.key,
      (map, key) => map.delete(key),
    ),
  ],
  [
    'ContainsValue',
    lookUp(
      (call) => call.type.value,
      (map, wanted, frame) => {
        charge(frame, map.size);
        for (const { value } of map.entries()) if (areEqual(value, wanted)) return true;
        return false;
      },
    ),
  ],
  ['Clear', clear],
]);

/** Names of the methods of a type, for suggestions and editors. */
export function collectionMethodNames(type: StaticType): readonly string[] {
  if (type.kind === 'dictionary') return [...dictionaryMethods.keys()];
  if (type.kind !== 'list') return [];
  if (type.shape === 'list') return [...listMethods.keys()];
  return type.shape === 'set' ? [...setMethods.keys()] : [];
}
