/** Calls: methods of values, static methods, LINQ, `logger`. */
import { failed } from '../expression-error.ts';
import { suggestName } from '../nearest-name.ts';
import { isPredefined } from '../predefined.ts';
import type { ArgumentNode, ExpressionNode, Place } from './ast.ts';
import { checkFormat } from './check-format.ts';
import { checkLinq, isLinqMethod } from './check-linq.ts';
import { findClass, findRefusedClass } from './check-member.ts';
import { coalesce } from './check-operators.ts';
import { checkTryParse } from './check-out.ts';
import { broken, type CheckState, findVariable, reject, type Typed, typed } from './check-state.ts';
import { convert, convertOrReject, requireValue } from './convert.ts';
import { dateMethods } from './date-methods.ts';
import {
  asList,
  asText,
  charge,
  chargeTexts,
  type Frame,
  type Run,
  type Value,
} from './runtime.ts';
import { type MethodTable, methodTable, type Overload, type Parameter } from './signature.ts';
import { staticClasses } from './static-methods.ts';
import {
  acceptsNull,
  describeType,
  isNullableValue,
  listType,
  type ScalarKind,
  type StaticType,
  scalarType,
  stringType,
  voidType,
  withoutNull,
} from './static-type.ts';
import { stringMethods } from './string-methods.ts';
import { formatValue, isFormatOf, textOf } from './value-text.ts';

type CallNode = ExpressionNode & { readonly kind: 'call' };
type MemberNode = ExpressionNode & { readonly kind: 'member' };

export function checkCall(state: CheckState, node: CallNode): Typed {
  const { target } = node;
  if (target.kind === 'name') return rejectFunction(state, node, target.name);
  if (target.kind !== 'member') return reject(state, node, 'This cannot be called.');
  const className = findClass(state, target.target);
  if (className !== undefined) return checkStaticCall(state, node, target, className);
  const refused = findRefusedClass(state, target.target);
  if (refused !== undefined) {
    return reject(state, target, `${refused}.${target.name} is not supported yet.`);
  }
  if (target.target.kind === 'name' && findVariable(state, target.target.name) === undefined) {
    const { name } = target.target;
    if (name === 'logger') return checkLogger(state, node, target);
    if (name === 'queryHandler' || name === 'provisioningOrder' || name === 'assignment') {
      const hint =
        name === 'queryHandler'
          ? 'Follow navigation properties of the parameter instead.'
          : undefined;
      return reject(state, target, `${name}.${target.name} is not supported yet.`, hint);
    }
  }
  return checkMethod(state, node, target, state.check(target.target));
}

function rejectFunction(state: CheckState, node: CallNode, name: string): Typed {
  const hint = isPredefined(name)
    ? `Call it on the text, as in x.${name}().`
    : 'Functions are called on a class or a value.';
  return reject(state, node.target, `The function ${name} is unknown or not supported yet.`, hint);
}

function checkLogger(state: CheckState, node: CallNode, target: MemberNode): Typed {
  checkValues(state, node.arguments);
  if (!/^Log(?:Debug|Trace|Information|Warning|Error)$/.test(target.name)) {
    return reject(
      state,
      target,
      `logger.${target.name} is not supported yet.`,
      'Use logger.LogDebug(…).',
    );
  }
  return typed(node, voidType, () => null);
}

/** All arguments as values; `out` is reported where it has no use. */
function checkValues(state: CheckState, nodes: readonly ArgumentNode[]): readonly Typed[] {
  return nodes.map((argument) =>
    argument.kind === 'value'
      ? state.check(argument.value)
      : reject(state, argument, 'out is not supported here yet.', 'It is with TryParse.'),
  );
}

function checkStaticCall(
  state: CheckState,
  node: CallNode,
  target: MemberNode,
  className: string,
): Typed {
  const place = { offset: target.nameOffset, length: target.name.length };
  if (target.name === 'TryParse') return checkTryParse(state, node, className, place);
  const values = checkValues(state, node.arguments);
  if (target.name === 'Format' && (className === 'string' || className === 'String')) {
    return checkFormat(state, node, node.arguments, values);
  }
  const table = staticClasses.get(className);
  const overloads = table?.get(target.name);
  if (table === undefined || overloads === undefined) {
    const message = `${className}.${target.name} is unknown or not supported yet.`;
    return reject(state, place, message, suggestName(target.name, table?.keys() ?? []));
  }
  return choose(state, node, `${className}.${target.name}`, overloads, values, place);
}

function checkMethod(
  state: CheckState,
  node: CallNode,
  target: MemberNode,
  receiver: Typed,
): Typed {
  const { type } = receiver;
  const { name } = target;
  const place = { offset: target.nameOffset, length: name.length };
  if (type.kind === 'unknown') {
    // The arguments are looked at for mistakes of their own, except lambdas, whose parameters have no type.
    checkValues(
      state,
      node.arguments.filter((one) => one.kind === 'value' && one.value.kind !== 'lambda'),
    );
    return broken(node);
  }
  if (type.kind === 'list') return checkLinq(state, node, target, receiver, node.arguments);
  if (type.kind !== 'scalar') {
    return reject(state, place, `${describeType(type)} has no method ${name}.`);
  }
  if (type.scalar === 'string' && !stringMethods.has(name) && isLinqMethod(name)) {
    return checkLinq(state, node, target, charactersOf(receiver), node.arguments);
  }
  const values = checkValues(state, node.arguments);
  if (isNullableValue(type)) return checkNullableCall(state, node, target, receiver, values);
  const table = tableOf(type.scalar);
  const overloads = table.get(name);
  if (overloads === undefined) {
    const message = `The method ${name} of ${describeType(type)} is unknown or not supported yet.`;
    return reject(state, place, message, suggestName(name, table.keys()));
  }
  return choose(state, node, name, overloads, [receiver, ...values], place);
}

function charactersOf(text: Typed): Typed {
  return typed(text, listType(scalarType('char')), (frame) => {
    const value = text.run(frame);
    if (value === null) throw failed('the characters of a text are read, but it is empty.');
    charge(frame, asText(value).length >> 3);
    return asText(value).split('');
  });
}

function checkNullableCall(
  state: CheckState,
  node: CallNode,
  target: MemberNode,
  receiver: Typed,
  values: readonly Typed[],
): Typed {
  const { type } = receiver;
  const { name } = target;
  const place = { offset: target.nameOffset, length: name.length };
  const bare = {
    ...receiver,
    type: withoutNull(type),
    run: requireValue(receiver.run, describeType(type)),
  };
  if (type.kind !== 'scalar') return broken(node);
  const [first] = values;
  if (name === 'GetValueOrDefault') {
    const otherwise = first ?? zeroOf(node, type.scalar);
    if (otherwise === undefined) return reject(state, place, `${name}() needs a default here.`);
    return coalesce(state, node, receiver, otherwise);
  }
  if (name === 'ToString' && first === undefined) {
    return typed(node, stringType, (frame) => textOf(type.scalar, receiver.run(frame)));
  }
  if (name === 'Equals' && first !== undefined) {
    const other = convertOrReject(state, first, type, 'The argument');
    return typed(node, scalarType('bool'), (frame) => receiver.run(frame) === other.run(frame));
  }
  const overloads = tableOf(type.scalar).get(name);
  if (overloads !== undefined && type.isEither === true) {
    return choose(state, node, name, overloads, [bare, ...values], place);
  }
  const hint =
    overloads === undefined
      ? suggestName(name, tableOf(type.scalar).keys())
      : `The value may be empty: write ?.${name}(…) or .Value.${name}(…).`;
  return reject(state, place, `${describeType(type)} has no method ${name}.`, hint);
}

function zeroOf(place: Place, scalar: ScalarKind): Typed | undefined {
  const zeros = new Map<ScalarKind, Value>([
    ['int', 0],
    ['double', 0],
    ['long', 0n],
    ['bool', false],
    ['dateTime', -62_135_596_800_000],
    ['timeSpan', 0],
  ]);
  const zero = zeros.get(scalar);
  return zero === undefined ? undefined : typed(place, scalarType(scalar), () => zero);
}

function tableOf(scalar: ScalarKind): MethodTable {
  if (scalar === 'string') return stringMethods;
  return scalar === 'dateTime' ? dateMethods : plainMethods(scalar);
}

/** What every other value type can do. */
function plainMethods(scalar: ScalarKind): MethodTable {
  const name = plainNames.get(scalar);
  if (name === undefined) return new Map();
  const format = ([value, how]: readonly Value[]): Value => {
    const text = asText(how);
    if (!isFormatOf(scalar, text)) throw failed('a format is not supported yet.');
    return formatValue(scalar, value ?? null, text);
  };
  return methodTable([
    ['ToString', `${name}->string`, ([value]) => textOf(scalar, value ?? null)],
    ['ToString', `${name},CultureInfo->string`, ([value]) => textOf(scalar, value ?? null)],
    ['ToString', `${name},string->string`, format],
    ['ToString', `${name},string,CultureInfo->string`, format],
    ['Equals', `${name},${name}?->bool`, ([a, b]) => a === b],
  ]);
}

const plainNames: ReadonlyMap<ScalarKind, string> = new Map([
  ['int', 'int'],
  ['long', 'long'],
  ['double', 'double'],
  ['bool', 'bool'],
  ['char', 'char'],
  ['guid', 'Guid'],
  ['timeSpan', 'TimeSpan'],
]);

/** The first overload that takes the values, called. */
function choose(
  state: CheckState,
  node: CallNode,
  name: string,
  overloads: readonly Overload[],
  values: readonly Typed[],
  place: Place,
): Typed {
  if (values.some((value) => value.type.kind === 'unknown')) return broken(node);
  for (const isExact of [true, false]) {
    for (const candidate of overloads) {
      const runs = fitAll(candidate, values, name, isExact);
      if (runs !== undefined) return call(node, candidate, runs);
    }
  }
  const given = values.map((value) => describeType(value.type)).join(', ');
  const empty = values.find((value) => isNullableValue(value.type));
  const hint =
    empty === undefined
      ? undefined
      : `A value of type ${describeType(empty.type)} may be empty: add ?? with a default, or .Value.`;
  return reject(state, place, `${name} does not take (${given}), or not yet.`, hint);
}

function call(node: Place, candidate: Overload, runs: readonly Run[]): Typed {
  return typed(node, candidate.result, (frame) => {
    const values = runs.map((run) => run(frame));
    chargeTexts(frame, values);
    return candidate.run(values, frame);
  });
}

function fitAll(
  candidate: Overload,
  values: readonly Typed[],
  name: string,
  isExact: boolean,
): readonly Run[] | undefined {
  const { parameters, isVariadic } = candidate;
  const fixed = isVariadic ? parameters.length - 1 : parameters.length;
  if (values.length < fixed || (!isVariadic && values.length > fixed)) return undefined;
  const runs: Run[] = [];
  for (const [index, value] of values.entries()) {
    const parameter = parameters[Math.min(index, parameters.length - 1)];
    const run = parameter === undefined ? undefined : fitOne(parameter, value, name, isExact);
    if (run === undefined) return undefined;
    runs.push(run);
  }
  return runs;
}

function fitOne(
  parameter: Parameter,
  value: Typed,
  name: string,
  isExact: boolean,
): Run | undefined {
  if (parameter.isAnyText) return fitText(parameter.type, value);
  const converted = convert(value, parameter.type);
  if (converted === undefined) return undefined;
  const { type } = value;
  const isWidened =
    type.kind === 'scalar' &&
    parameter.type.kind === 'scalar' &&
    type.scalar !== parameter.type.scalar;
  if (isExact && isWidened) return undefined;
  if (parameter.isNullAllowed || !acceptsNull(type)) return converted.run;
  return (frame) => {
    const result = converted.run(frame);
    if (result === null)
      throw failed(
        `${name} is given a value that is empty.`,
        'Write ?. or ?? where the value may be empty.',
      );
    return result;
  };
}

/** Any scalar as its text; a collection of scalars as a collection of texts. */
function fitText(target: StaticType, value: Typed): Run | undefined {
  const { type, run } = value;
  if (target.kind !== 'list') {
    if (type.kind === 'null') return () => null;
    if (type.kind !== 'scalar') return undefined;
    return type.scalar === 'string' ? run : (frame) => textOf(type.scalar, run(frame));
  }
  if (type.kind !== 'list' || type.element.kind !== 'scalar') return undefined;
  const { scalar } = type.element;
  return (frame) => textsOf(frame, scalar, run(frame));
}

function* mapTexts(frame: Frame, scalar: ScalarKind, list: Value): Generator<Value> {
  for (const item of asList(list)) {
    charge(frame, 1);
    yield textOf(scalar, item);
  }
}

function textsOf(frame: Frame, scalar: ScalarKind, list: Value): Value {
  if (list === null) throw failed('a collection is empty where one is needed.');
  return mapTexts(frame, scalar, list);
}
