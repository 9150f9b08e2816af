/** Calls: methods of values, static methods, LINQ, `logger`. */
import { failed } from '../expression-error.ts';
import { isPredefined } from '../predefined.ts';
import type { ArgumentNode, ExpressionNode, Place } from './ast.ts';
import { checkCollectionMethod } from './check-collection.ts';
import { checkFormat } from './check-format.ts';
import { checkLinq, isLinqMethod } from './check-linq.ts';
import { findClass, findRefusedClass } from './check-member.ts';
import { coalesce } from './check-operators.ts';
import { checkOrderMethod, isOrderType } from './check-order.ts';
import { checkTryParse } from './check-out.ts';
import { checkQueryCall } from './check-query.ts';
import { checkRegexMethod, checkRegexStatic } from './check-regex.ts';
import { broken, type CheckState, findVariable, reject, type Typed, typed } from './check-state.ts';
import { convert, convertOrReject, requireValue } from './convert.ts';
import { defaultOf } from './default-value.ts';
import { factsOf, nullTest, warnIfNull } from './flow.ts';
import { adviseOn } from './instead-of.ts';
import { objectMethods } from './object-members.ts';
import { ParameterValues } from './parameter-values.ts';
import { methodsOf } from './plain-methods.ts';
import {
  asObject,
  asText,
  charge,
  chargeTexts,
  chargeValue,
  type Run,
  type Value,
} from './runtime.ts';
import { itemsOf, sequenceOf } from './sequence.ts';
import { describeParameters, type Overload, type Parameter } from './signature.ts';
import { staticClasses } from './static-methods.ts';
import {
  acceptsNull,
  describeType,
  elementType,
  isNullableValue,
  listType,
  type StaticType,
  scalarType,
  stringType,
  voidType,
  withoutNull,
} from './static-type.ts';
import { stringMethods } from './string-methods.ts';
import { isFormatOf, textOf } from './value-text.ts';

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
    const message = `${refused}.${target.name} is not supported yet.`;
    return reject(state, target, message, adviseOn(refused, []));
  }
  if (target.target.kind === 'name' && findVariable(state, target.target.name) === undefined) {
    const { name } = target.target;
    if (name === 'logger') return checkLogger(state, node, target);
    if (name === 'queryHandler') return checkQueryCall(state, node, target);
    if (name === 'assignment') {
      return reject(state, target, `${name}.${target.name} is not supported yet.`);
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
  if (target.name === 'TryParseExact') {
    return checkTryParse(state, node, className, place, true);
  }
  if (className === 'Regex') return checkRegexStatic(state, node, target.name, place);
  const refusal = refusedStatics.get(`${className}.${target.name}`);
  if (refusal !== undefined) return reject(state, place, ...refusal);
  const values = checkValues(state, node.arguments);
  const isString = className === 'string' || className === 'String';
  if (target.name === 'Format' && isString) {
    return checkFormat(state, node, node.arguments, values);
  }
  const table = staticClasses.get(className);
  const overloads = table?.get(target.name);
  if (table === undefined || overloads === undefined) {
    const message = `${className}.${target.name} is unknown or not supported yet.`;
    return reject(state, place, message, adviseOn(target.name, table?.keys() ?? []));
  }
  const result = choose(state, node, `${className}.${target.name}`, overloads, values, place);
  return isString ? { ...result, ...textFacts(target.name, values) } : result;
}

/** `string.IsNullOrEmpty(x)` says that x holds something where it is false; Equals with a text where it is true. */
function textFacts(
  name: string,
  [first, second]: readonly Typed[],
): Pick<Typed, 'whenTrue' | 'whenFalse'> {
  if (first === undefined) return {};
  if (name === 'IsNullOrEmpty' || name === 'IsNullOrWhiteSpace') return nullTest(first, true);
  if (name !== 'Equals' || second === undefined) return {};
  const paths = [
    ...(second.constant === undefined ? [] : (first.implies ?? [])),
    ...(first.constant === undefined ? [] : (second.implies ?? [])),
  ];
  return { whenTrue: factsOf(paths, 'never') };
}

/** What .NET has and a repeatable evaluation cannot have. */
const refusedStatics: ReadonlyMap<string, readonly [message: string, hint: string]> = new Map([
  [
    'Guid.NewGuid',
    [
      'Guid.NewGuid is refused: two evaluations of the same data would give different values.',
      'Derive the value from data, such as a number or a key.',
    ],
  ],
]);

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
  if (isOrderType(type)) return checkOrderMethod(state, node, target, receiver);
  if (type.kind !== 'scalar') {
    if (!isMemberOfNone(type)) warnIfNull(state, receiver, place, name);
    if (type.kind === 'object') return checkObjectMethod(state, node, name, place, receiver, type);
    const own = checkCollectionMethod(state, node, target, receiver);
    if (own !== undefined) return own;
    const element = elementType(type);
    if (element !== undefined) {
      const sequence = type.kind === 'list' ? receiver : { ...receiver, type: listType(element) };
      return checkLinq(state, node, target, sequence, node.arguments);
    }
    return reject(state, place, `${describeType(type)} has no method ${name}.`);
  }
  if (type.scalar === 'string' && !stringMethods.has(name) && isLinqMethod(name)) {
    warnIfNull(state, receiver, place, name);
    return checkLinq(state, node, target, charactersOf(receiver), node.arguments);
  }
  const values = checkValues(state, node.arguments);
  if (isNullableValue(type)) return checkNullableCall(state, node, target, receiver, values);
  const table = methodsOf(type.scalar);
  const overloads = table.get(name);
  if (overloads === undefined) {
    const message = `The method ${name} of ${describeType(type)} is unknown or not supported yet.`;
    return reject(state, place, message, adviseOn(name, table.keys()));
  }
  if (overloads[0]?.parameters[0]?.isNullAllowed !== true) {
    warnIfNull(state, receiver, place, name);
  }
  const format = name === 'ToString' ? values[0]?.constant?.value : undefined;
  if (typeof format === 'string' && values[0] !== undefined && !isFormatOf(type.scalar, format)) {
    const message = `The format ${format} of ${describeType(type)} is not supported yet.`;
    return reject(state, values[0], message);
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
    const bareType = withoutNull(type);
    const zero = defaultOf(bareType);
    const otherwise = first ?? typed(node, bareType, () => zero, { constant: { value: zero } });
    return coalesce(state, node, receiver, otherwise);
  }
  if (name === 'ToString' && first === undefined) {
    return typed(node, stringType, (frame) => textOf(type.scalar, receiver.run(frame)));
  }
  if (name === 'Equals' && first !== undefined) {
    const other = convertOrReject(state, first, type, 'The argument');
    return typed(node, scalarType('bool'), (frame) => receiver.run(frame) === other.run(frame));
  }
  const overloads = methodsOf(type.scalar).get(name);
  if (overloads !== undefined && type.isEither === true) {
    return choose(state, node, name, overloads, [bare, ...values], place);
  }
  const hint =
    overloads === undefined
      ? adviseOn(name, [...methodsOf(type.scalar).keys(), 'GetValueOrDefault'])
      : `The value may be empty: write ?.${name}(…) or .Value.${name}(…).`;
  return reject(state, place, `${describeType(type)} has no method ${name}.`, hint);
}

function checkObjectMethod(
  state: CheckState,
  node: CallNode,
  name: string,
  place: Place,
  receiver: Typed,
  type: StaticType & { readonly kind: 'object' },
): Typed {
  if (type.name === 'Regex') return checkRegexMethod(state, node, name, place, receiver);
  if (type.name === 'GroupCollection' && isLinqMethod(name)) {
    const groups = listType({ kind: 'object', name: 'Group' });
    return checkLinq(
      state,
      node,
      node.target as MemberNode,
      { ...receiver, type: groups },
      node.arguments,
    );
  }
  const values = checkValues(state, node.arguments);
  if (type.name === 'ParametersValues') {
    return checkParameterMethod(state, node, name, place, receiver, values);
  }
  const table = objectMethods.get(type.name);
  const overloads = table?.get(name);
  if (overloads === undefined) {
    const message = `The method ${name} of ${type.name} is unknown or not supported yet.`;
    return reject(state, place, message, adviseOn(name, table?.keys() ?? []));
  }
  return choose(state, node, name, overloads, [receiver, ...values], place);
}

/** `ContainsKey` and `GetValueOrDefault` of `assignment.ParametersValues`. */
function checkParameterMethod(
  state: CheckState,
  node: CallNode,
  name: string,
  place: Place,
  receiver: Typed,
  [first]: readonly Typed[],
): Typed {
  if (first === undefined || (name !== 'ContainsKey' && name !== 'GetValueOrDefault')) {
    const hint = 'Write assignment.ParametersValues["Name"].';
    return reject(state, place, `ParametersValues has no ${name} of this kind.`, hint);
  }
  const key = convertOrReject(state, first, stringType, 'The name of a parameter');
  const isTest = name === 'ContainsKey';
  return typed(
    node,
    isTest ? scalarType('bool') : stringType,
    (frame) => {
      const values = asObject(receiver.run(frame), ParameterValues);
      const wanted = asText(key.run(frame));
      return isTest ? values.has(wanted) : values.get(wanted);
    },
    isTest ? {} : { nullness: 'maybe' },
  );
}

/** Queries and orders have rules of their own. */
function isMemberOfNone(type: StaticType): boolean {
  return type.kind === 'object' && type.name.startsWith('ProvisioningOrder');
}

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
  // The receiver of a method is not among what stands in its parentheses.
  const isMethod = node.target.kind === 'member' && !name.includes('.');
  const from = isMethod ? 1 : 0;
  const given = values.slice(from).map((value) => describeType(value.type));
  const forms = overloads.slice(0, 6).map((one) => `${name}(${describeParameters(one, from)})`);
  const empty = values.find((value) => isNullableValue(value.type));
  const hint =
    empty === undefined
      ? `Write ${forms.join(' or ')}.`
      : `A value of type ${describeType(empty.type)} may be empty: add ?? with a default, or .Value.`;
  return reject(state, place, `${name} does not take (${given.join(', ')}), or not yet.`, hint);
}

function call(node: Place, candidate: Overload, runs: readonly Run[]): Typed {
  const { run } = candidate;
  const [first, second, third] = runs;
  if (first !== undefined && second !== undefined && third !== undefined && runs.length === 3) {
    return typed(node, candidate.result, (frame) => {
      const [a, b, c] = [first(frame), second(frame), third(frame)];
      chargeValue(frame, a);
      chargeValue(frame, b);
      chargeValue(frame, c);
      return run([a, b, c], frame);
    });
  }
  if (first !== undefined && runs.length === 1) {
    return typed(node, candidate.result, (frame) => {
      const value = first(frame);
      chargeValue(frame, value);
      return run([value], frame);
    });
  }
  if (first !== undefined && second !== undefined && runs.length === 2) {
    return typed(node, candidate.result, (frame) => {
      const [a, b] = [first(frame), second(frame)];
      chargeValue(frame, a);
      chargeValue(frame, b);
      return run([a, b], frame);
    });
  }
  return typed(node, candidate.result, (frame) => {
    const values = runs.map((one) => one(frame));
    chargeTexts(frame, values);
    return run(values, frame);
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
  const element = type.kind === 'list' || type.kind === 'group' ? type.element : undefined;
  if (element?.kind !== 'scalar') return undefined;
  const { scalar } = element;
  const collect = itemsOf(sequenceOf(value));
  // Texts are taken as they are; null counts as empty wherever any value is taken.
  if (scalar === 'string') return (frame) => collect(frame) as readonly Value[] & Value;
  return (frame) => collect(frame).map((item) => textOf(scalar, item));
}
