/** `value[index]`, read and written. */
import { failed } from '../expression-error.ts';
import type { ExpressionNode } from './ast.ts';
import { broken, type CheckState, reject, type Typed, typed } from './check-state.ts';
import { ValueMap } from './collections.ts';
import { convertOrReject } from './convert.ts';
import { warnIfNull } from './flow.ts';
import { ParameterValues } from './parameter-values.ts';
import { RegexMatch } from './regex.ts';
import {
  asList,
  asNumber,
  asObject,
  asText,
  chargeGrowth,
  type Frame,
  toItems,
  type Value,
} from './runtime.ts';
import { describeType, intType, type StaticType, scalarType, stringType } from './static-type.ts';

type IndexNode = ExpressionNode & { readonly kind: 'index' };

const outside = 'An index lies outside the text or collection.';

export function checkIndex(state: CheckState, node: IndexNode): Typed {
  const target = state.check(node.target);
  const { type } = target;
  const given = state.check(node.index);
  if (type.kind === 'unknown' || given.type.kind === 'unknown') return broken(node);
  warnIfNull(state, target, node, '[ ]');
  if (type.kind === 'dictionary') {
    const key = convertOrReject(state, given, type.key, 'The key');
    return typed(node, type.value, (frame) => {
      const found = asObject(target.run(frame), ValueMap).get(key.run(frame));
      if (found !== undefined) return found;
      throw failed('a dictionary has no such key.', 'Use TryGetValue or ContainsKey.');
    });
  }
  if (type.kind === 'object') return checkObjectIndex(state, node, type, target, given);
  const isText = type.kind === 'scalar' && type.scalar === 'string';
  const isList = type.kind === 'list' && type.shape !== 'set';
  if (!isText && !isList) {
    const hint = type.kind === 'entity' ? 'Properties follow a dot, as in x.Name.' : undefined;
    return reject(state, node, `${describeType(type)} has no items to index.`, hint);
  }
  const index = convertOrReject(state, given, intType, 'An index');
  if (type.kind !== 'list') {
    return typed(node, scalarType('char'), (frame) => {
      const character = asText(target.run(frame)).charAt(position(index.run(frame)));
      if (character === '') throw failed(outside);
      return character;
    });
  }
  return typed(node, type.element, (frame) => {
    const item = toItems(frame, asList(target.run(frame)))[position(index.run(frame))];
    if (item === undefined) throw failed(outside);
    return item;
  });
}

function checkObjectIndex(
  state: CheckState,
  node: IndexNode,
  type: StaticType & { readonly kind: 'object' },
  target: Typed,
  given: Typed,
): Typed {
  if (type.name === 'ParametersValues') {
    const name = convertOrReject(state, given, stringType, 'The name of a parameter');
    return typed(
      node,
      stringType,
      (frame) => asObject(target.run(frame), ParameterValues).get(asText(name.run(frame))),
      { nullness: 'maybe' },
    );
  }
  if (type.name !== 'GroupCollection') {
    return reject(state, node, `${describeType(type)} has no items to index.`);
  }
  const isName = given.type.kind === 'scalar' && given.type.scalar === 'string';
  const key = convertOrReject(state, given, isName ? stringType : intType, 'A group');
  return typed(node, { kind: 'object', name: 'Group' }, (frame) => {
    const match = asObject(target.run(frame), RegexMatch);
    return match.group(String(key.run(frame)));
  });
}

function position(value: Value): number {
  const index = asNumber(value);
  if (index < 0) throw failed('An index is negative.');
  return index;
}

/** Stores into `target[index]`: dictionaries, lists and arrays. */
export interface IndexStore {
  readonly type: StaticType;
  store(frame: Frame, value: Value): void;
}

export function checkIndexStore(state: CheckState, node: IndexNode): IndexStore | undefined {
  const target = state.check(node.target);
  const given = state.check(node.index);
  const { type } = target;
  if (type.kind === 'unknown' || given.type.kind === 'unknown') return undefined;
  if (type.kind === 'dictionary') {
    const key = convertOrReject(state, given, type.key, 'The key');
    return {
      type: type.value,
      store(frame, value) {
        const map = asObject(target.run(frame), ValueMap);
        map.set(key.run(frame), value);
        chargeGrowth(frame, map.size);
      },
    };
  }
  if (type.kind !== 'list' || (type.shape !== 'array' && type.shape !== 'list')) {
    const hint = type.kind === 'list' ? 'Make it a list with .ToList() first.' : undefined;
    reject(state, node, `The items of ${describeType(type)} cannot be assigned to.`, hint);
    return undefined;
  }
  const index = convertOrReject(state, given, intType, 'An index');
  return {
    type: type.element,
    store(frame, value) {
      const items = target.run(frame);
      const at = position(index.run(frame));
      // Arrays and lists are JavaScript arrays of their own.
      if (!Array.isArray(items) || at >= items.length) throw failed(outside);
      items[at] = value;
    },
  };
}
