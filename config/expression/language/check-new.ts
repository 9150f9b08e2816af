/** `new T(…) { … }`. */
import { failed } from '../expression-error.ts';
import type { ExpressionNode, InitializerNode, TypeNode } from './ast.ts';
import { makeRegex } from './check-regex.ts';
import { broken, type CheckState, reject, type Typed, typed } from './check-state.ts';
import { identityFor, ValueMap, ValueSet } from './collections.ts';
import { convert, convertOrReject, resolveType } from './convert.ts';
import { makeDate } from './date-methods.ts';
import { adviseOn } from './instead-of.ts';
import {
  asList,
  asNumber,
  asText,
  built,
  charge,
  chargeGrowth,
  copyItems,
  maxTextLength,
  type Run,
  toItems,
} from './runtime.ts';
import { textReaders } from './static-methods.ts';
import {
  describeType,
  intType,
  listType,
  longType,
  type StaticType,
  scalarType,
  shapedType,
  stringType,
} from './static-type.ts';
import { TextBuilder } from './text-builder.ts';

type NewNode = ExpressionNode & { readonly kind: 'new' };

type Maker = (state: CheckState, node: NewNode, values: readonly Typed[]) => Typed | undefined;

/** Classes whose new values would differ each time. */
const unrepeatable = new Set(['Random']);

export function checkNew(state: CheckState, node: NewNode): Typed {
  const { name } = node.type;
  const values = node.arguments.map((argument) =>
    argument.kind === 'value'
      ? state.check(argument.value)
      : reject(state, argument, 'out has no use here.'),
  );
  if (values.some((value) => value.type.kind === 'unknown')) return broken(node);
  if (unrepeatable.has(name)) {
    return reject(
      state,
      node,
      `new ${name} is refused: two evaluations of the same data would give different values.`,
      'Derive the value from data, such as a number or a key.',
    );
  }
  const maker = makers.get(name);
  const made = maker?.(state, node, values);
  if (made === undefined) {
    const given = values.map((value) => describeType(value.type)).join(', ');
    const what = maker === undefined ? `new ${name}` : `new ${name}(${given})`;
    const hint = adviseOn(name, makers.keys());
    return reject(state, node.type, `${what} is unknown or not supported yet.`, hint);
  }
  if (node.initializers.length > 0 && !collections.has(name))
    return reject(state, node, `new ${name} takes no values in { }.`);
  return { ...made, nullness: 'never' };
}

const collections = new Set(['List', 'HashSet', 'Dictionary']);

const makeDateTime: Maker = (state, node, values) => {
  const numbers = values.filter(
    (value) => value.type.kind === 'scalar' && value.type.scalar !== 'dateKind',
  );
  if (
    numbers.length === 1 &&
    numbers[0]?.type.kind === 'scalar' &&
    numbers[0].type.scalar === 'long'
  ) {
    const ticks = numbers[0];
    return typed(
      node,
      scalarType('dateTime'),
      (frame) => Number(ticks.run(frame)) / 10_000 - 62_135_596_800_000,
    );
  }
  if (![3, 6, 7].includes(numbers.length)) {
    return reject(
      state,
      node,
      'new DateTime takes 3, 6 or 7 numbers.',
      'Write new DateTime(2024, 12, 31).',
    );
  }
  const parts = numbers.map((value) => convertOrReject(state, value, intType, 'A part of a date'));
  const runs = parts.map((part) => part.run);
  if (parts.every((part) => part.constant !== undefined)) {
    const constants = parts.map((part) => part.constant?.value ?? null);
    try {
      const value = makeDate(constants);
      return typed(node, scalarType('dateTime'), () => value, { constant: { value } });
    } catch (thrown) {
      if (!(thrown instanceof Error)) throw thrown;
      return reject(state, node, 'There is no such date.');
    }
  }
  return typed(node, scalarType('dateTime'), (frame) => makeDate(runs.map((run) => run(frame))));
};

const makeTimeSpan: Maker = (state, node, values) => {
  const [only] = values;
  const type = scalarType('timeSpan');
  if (values.length === 1 && only !== undefined) {
    const ticks = convertOrReject(state, only, longType, 'The ticks of a TimeSpan');
    return typed(node, type, (frame) => Number(ticks.run(frame)) / 10_000);
  }
  if (values.length < 3 || values.length > 5) return undefined;
  const units = [86_400_000, 3_600_000, 60_000, 1000, 1].slice(values.length === 3 ? 1 : 0);
  const runs = values.map(
    (value) => convertOrReject(state, value, intType, 'A part of a TimeSpan').run,
  );
  return typed(node, type, (frame) =>
    runs.reduce((sum, run, index) => sum + asNumber(run(frame)) * (units[index] ?? 0), 0),
  );
};

const makeString: Maker = (state, node, [first, second, ...others]) => {
  if (first === undefined || others.length > 0) return undefined;
  const list = convert(first, listType(scalarType('char')));
  if (list !== undefined && second === undefined) {
    return typed(node, stringType, (frame) =>
      built(frame, toItems(frame, asList(list.run(frame))).join('')),
    );
  }
  const character = convert(first, scalarType('char'));
  if (character === undefined || second === undefined) return undefined;
  const count = convertOrReject(state, second, intType, 'A count');
  return typed(node, stringType, (frame) => {
    const length = asNumber(count.run(frame));
    if (length < 0) throw failed('a count is negative.');
    charge(frame, length >> 3);
    return built(frame, asText(character.run(frame)).repeat(Math.min(length, maxTextLength + 1)));
  });
};

const makeGuid: Maker = (state, node, [text, ...others]) => {
  if (text === undefined || others.length > 0) return undefined;
  const given = convertOrReject(state, text, stringType, 'The text of a Guid');
  return typed(node, scalarType('guid'), (frame) => {
    const value = textReaders.get('guid')?.(asText(given.run(frame)));
    if (value !== undefined) return value;
    throw failed('new Guid is given a text that is no GUID.', 'Use Guid.TryParse.');
  });
};

/** The single item of each initializer. */
function readItems(state: CheckState, node: NewNode, element: StaticType): readonly Run[] {
  return node.initializers.flatMap((item) => {
    const [value, ...others] = item.values;
    if (value === undefined || others.length > 0) {
      reject(state, item, 'One item is expected here.');
      return [];
    }
    return [convertOrReject(state, state.check(value), element, 'An item').run];
  });
}

function elementOf(state: CheckState, type: TypeNode): StaticType | undefined {
  const resolved = resolveType(state, type);
  return resolved.kind === 'list' ? resolved.element : undefined;
}

const makeList: Maker = (state, node, values) => {
  const element = elementOf(state, node.type);
  if (element === undefined) return broken(node);
  const [source, ...others] = values;
  if (others.length > 0) return undefined;
  const isCapacity = source?.type.kind === 'scalar' && source.type.scalar === 'int';
  const from =
    source === undefined || isCapacity
      ? undefined
      : convertOrReject(state, source, listType(element), 'The items of a list');
  const runs = readItems(state, node, element);
  return typed(node, shapedType(element, 'list'), (frame) => {
    const items = from === undefined ? [] : copyItems(frame, asList(from.run(frame)));
    charge(frame, 1 + runs.length);
    for (const run of runs) items.push(run(frame));
    return items;
  });
};

/** Takes the `StringComparer` out of the arguments of a constructor. */
function splitComparer(values: readonly Typed[]): {
  readonly comparer: Run | undefined;
  readonly source: Typed | undefined;
  readonly isSurplus: boolean;
} {
  const isComparer = (value: Typed): boolean =>
    value.type.kind === 'scalar' && value.type.scalar === 'comparer';
  const isCapacity = (value: Typed): boolean =>
    value.type.kind === 'scalar' && value.type.scalar === 'int';
  const sources = values.filter((value) => !isComparer(value) && !isCapacity(value));
  return {
    comparer: values.find(isComparer)?.run,
    source: sources[0],
    isSurplus: sources.length > 1,
  };
}

const makeSet: Maker = (state, node, values) => {
  const element = elementOf(state, node.type);
  if (element === undefined) return broken(node);
  const { comparer, source, isSurplus } = splitComparer(values);
  if (isSurplus) return undefined;
  const from =
    source === undefined
      ? undefined
      : convertOrReject(state, source, listType(element), 'The items of a set');
  const runs = readItems(state, node, element);
  return typed(node, shapedType(element, 'set'), (frame) => {
    const set = new ValueSet(identityFor(comparer?.(frame)));
    charge(frame, 1 + runs.length);
    for (const item of from === undefined ? [] : asList(from.run(frame))) {
      set.add(item);
      chargeGrowth(frame, set.size);
    }
    for (const run of runs) set.add(run(frame));
    return set;
  });
};

const makeDictionary: Maker = (state, node, values) => {
  const type = resolveType(state, node.type);
  if (type.kind !== 'dictionary') return broken(node);
  const { comparer, source, isSurplus } = splitComparer(values);
  if (isSurplus) return undefined;
  const from =
    source === undefined ? undefined : convertOrReject(state, source, type, 'The entries');
  const entries = node.initializers.flatMap((item) => readEntry(state, item, type));
  const isIndexed = state.text.charAt(node.initializers[0]?.offset ?? 0) === '[';
  return typed(node, type, (frame) => {
    const map = new ValueMap(identityFor(comparer?.(frame)));
    charge(frame, 1 + entries.length);
    const known = from?.run(frame);
    if (known instanceof ValueMap) {
      for (const { key, value } of known.entries()) {
        map.set(key, value);
        chargeGrowth(frame, map.size);
      }
    }
    for (const [key, value] of entries) {
      const name = key(frame);
      if (!isIndexed && map.has(name)) throw failed('a dictionary is given one key twice.');
      map.set(name, value(frame));
    }
    return map;
  });
};

function readEntry(
  state: CheckState,
  item: InitializerNode,
  type: StaticType & { readonly kind: 'dictionary' },
): readonly (readonly [Run, Run])[] {
  const [key, value, ...others] = item.values;
  if (key === undefined || value === undefined || others.length > 0) {
    reject(
      state,
      item,
      'A key and a value are expected here.',
      'Write { "key", value } or ["key"] = value.',
    );
    return [];
  }
  const checkedKey = convertOrReject(state, state.check(key), type.key, 'The key');
  const checkedValue = convertOrReject(state, state.check(value), type.value, 'The value');
  return [[checkedKey.run, checkedValue.run]];
}

const makeBuilder: Maker = (state, node, [text, ...others]) => {
  if (others.length > 0) return undefined;
  const start =
    text === undefined ? undefined : convertOrReject(state, text, stringType, 'The text');
  return typed(node, { kind: 'object', name: 'StringBuilder' }, (frame) => {
    const builder = new TextBuilder();
    const value = start?.run(frame);
    if (typeof value === 'string') builder.append(frame, value);
    return builder;
  });
};

const makers: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  ['DateTime', makeDateTime],
  ['TimeSpan', makeTimeSpan],
  ['string', makeString],
  ['String', makeString],
  ['Guid', makeGuid],
  ['List', makeList],
  ['HashSet', makeSet],
  ['Dictionary', makeDictionary],
  ['StringBuilder', makeBuilder],
  ['Regex', (state, node, values) => makeRegex(state, node, values)],
]);
