/** `Regex`: construction, static methods and methods of a pattern that was made before. */

import { failed } from '../expression-error.ts';
import { suggestName } from '../nearest-name.ts';
import type { ArgumentNode, Place } from './ast.ts';
import { checkLambda } from './check-lambda.ts';
import { broken, type CheckState, reject, type Typed, typed } from './check-state.ts';
import { convertOrReject } from './convert.ts';
import {
  CompiledRegex,
  compileRegex,
  createRegexCache,
  escapePattern,
  type RegexMatch,
  readReplacement,
  replaceMatches,
  splitAtMatches,
} from './regex.ts';
import { asNumber, asObject, asText, built, type Frame, type Run, type Value } from './runtime.ts';
import {
  boolType,
  intType,
  listType,
  type StaticType,
  scalarType,
  shapedType,
  stringType,
} from './static-type.ts';

const regexType: StaticType = { kind: 'object', name: 'Regex' };
const matchType: StaticType = { kind: 'object', name: 'Match' };
const optionsType = scalarType('regexOptions');

type GetRegex = (frame: Frame) => CompiledRegex;

/** `new Regex(pattern)`, `new Regex(pattern, options)`. */
export function makeRegex(
  state: CheckState,
  node: Place,
  [pattern, options, ...others]: readonly Typed[],
): Typed | undefined {
  if (pattern === undefined || others.length > 1) return undefined;
  const get = compilePattern(state, pattern, options);
  return typed(node, regexType, get);
}

/** The pattern, compiled once when it is constant; what is wrong with it is reported at its place inside the pattern. */
function compilePattern(state: CheckState, pattern: Typed, options: Typed | undefined): GetRegex {
  const text = convertOrReject(state, pattern, stringType, 'A pattern');
  const flags =
    options === undefined
      ? undefined
      : convertOrReject(state, options, optionsType, 'The options of a pattern');
  const isConstant = flags === undefined || flags.constant !== undefined;
  if (typeof text.constant?.value === 'string' && isConstant) {
    const number = flags?.constant?.value;
    const regex = compileRegex(text.constant.value, typeof number === 'number' ? number : 0);
    if (regex instanceof CompiledRegex) return () => regex;
    const [start, end] = placeInLiteral(state.text, pattern, regex.offset, regex.length);
    const hint = 'Patterns are those of .NET without look-around and references back to groups.';
    reject(state, { offset: start, length: end - start }, regex.message, hint);
  }
  const compile = createRegexCache();
  return (frame) => compile(text.run(frame), flags?.run(frame) ?? 0, frame);
}

/** Where a stretch of the value of a string literal stands in the code; the whole literal when that cannot be told. */
function placeInLiteral(
  code: string,
  literal: Place,
  offset: number,
  length: number,
): readonly [start: number, end: number] {
  const end = literal.offset + literal.length;
  const isVerbatim = code.charAt(literal.offset) === '@';
  let at = literal.offset + (isVerbatim ? 2 : 1);
  if (code.charAt(at - 1) !== '"') return [literal.offset, end];
  const starts: number[] = [];
  while (at < end - 1) {
    starts.push(at);
    const rest = code.slice(at, at + 10);
    const escaped = isVerbatim
      ? /^""/.exec(rest)
      : /^\\(?:x[0-9a-fA-F]{1,4}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)/.exec(rest);
    at += escaped?.[0].length ?? 1;
  }
  return [starts[offset] ?? literal.offset, starts[offset + length] ?? end - 1];
}

interface RegexCall {
  readonly state: CheckState;
  readonly node: Place;
  readonly place: Place;
  readonly name: string;
  readonly regex: GetRegex;
  readonly text: Run;
  /** What comes behind the text. */
  readonly rest: readonly ArgumentNode[];
}

type Method = (call: RegexCall) => Typed;

/** A method of a pattern in a variable: `pattern.Replace(text, replacement)`. */
export function checkRegexMethod(
  state: CheckState,
  node: Place & { readonly arguments: readonly ArgumentNode[] },
  name: string,
  place: Place,
  receiver: Typed,
): Typed {
  const [first, ...rest] = node.arguments;
  if (name === 'ToString')
    return reject(state, place, 'ToString of a pattern is not supported yet.');
  const method = methods.get(name);
  if (method === undefined) return rejectMethod(state, place, name, methods.keys());
  if (first?.kind !== 'value') return reject(state, place, `${name} needs a text.`);
  const text = convertOrReject(state, state.check(first.value), stringType, 'The text');
  return method({
    state,
    node,
    place,
    name,
    regex: (frame) => asObject(receiver.run(frame), CompiledRegex),
    text: text.run,
    rest,
  });
}

/** `Regex.Replace(text, pattern, replacement, options)` and its like. */
export function checkRegexStatic(
  state: CheckState,
  node: Place & { readonly arguments: readonly ArgumentNode[] },
  name: string,
  place: Place,
): Typed {
  const [first, second, ...rest] = node.arguments;
  if (first?.kind !== 'value') return reject(state, place, `Regex.${name} needs a text.`);
  const text = convertOrReject(state, state.check(first.value), stringType, 'The text');
  if (name === 'Escape' && second === undefined) {
    return typed(node, stringType, (frame) => built(frame, escapePattern(asText(text.run(frame)))));
  }
  const method = methods.get(name);
  if (method === undefined)
    return rejectMethod(state, place, `Regex.${name}`, [...methods.keys(), 'Escape']);
  if (second?.kind !== 'value') {
    return reject(state, place, `Regex.${name} needs a text and a pattern.`);
  }
  const pattern = state.check(second.value);
  // The options come last.
  const last = rest.at(-1);
  const needed = name === 'Replace' ? 2 : 1;
  const hasOptions = last?.kind === 'value' && rest.length >= needed;
  const options = hasOptions ? state.check(last.value) : undefined;
  if (pattern.type.kind === 'unknown' || options?.type.kind === 'unknown') return broken(node);
  const regex = compilePattern(state, pattern, options);
  return method({
    state,
    node,
    place,
    name,
    regex,
    text: text.run,
    rest: hasOptions ? rest.slice(0, -1) : rest,
  });
}

function rejectMethod(
  state: CheckState,
  place: Place,
  name: string,
  known: Iterable<string>,
): Typed {
  const short = name.replace('Regex.', '');
  return reject(
    state,
    place,
    `${name} is unknown or not supported yet.`,
    suggestName(short, known),
  );
}

/** Reports arguments a method has no use for. */
function takes(call: RegexCall, most: number): boolean {
  if (call.rest.length <= most) return true;
  reject(call.state, call.place, `${call.name} is given more than it takes.`);
  return false;
}

function textOf(call: RegexCall, frame: Frame): string {
  const text = call.text(frame);
  if (typeof text === 'string') return text;
  throw failed(
    `${call.name} is given a text that is empty.`,
    'Write ?? "" where the text may be empty.',
  );
}

function checkCount(call: RegexCall, argument: ArgumentNode | undefined): Run | undefined {
  if (argument?.kind !== 'value') return undefined;
  return convertOrReject(call.state, call.state.check(argument.value), intType, 'The count').run;
}

const replace: Method = (call) => {
  const { state, node, regex } = call;
  const [replacement, counted] = call.rest;
  if (replacement === undefined || !takes(call, 2)) {
    return reject(state, call.place, `${call.name} needs a text and what replaces it.`);
  }
  const count = checkCount(call, counted);
  const countOf = (frame: Frame): number => (count === undefined ? -1 : asNumber(count(frame)));
  const isLambda =
    replacement.kind === 'value' && ['lambda', 'member'].includes(replacement.value.kind);
  if (isLambda && replacement.value.kind === 'lambda') {
    const lambda = checkLambda(state, replacement, {
      name: call.name,
      place: call.place,
      parameters: [matchType],
      result: stringType,
    });
    return typed(node, stringType, (frame) => {
      const one = (match: RegexMatch): string => {
        const value = lambda.apply(frame, match);
        return typeof value === 'string' ? value : '';
      };
      return replaceMatches(frame, regex(frame), textOf(call, frame), one, countOf(frame));
    });
  }
  if (replacement.kind !== 'value') return reject(state, replacement, 'out has no use here.');
  const given = convertOrReject(
    state,
    state.check(replacement.value),
    stringType,
    'The replacement',
  );
  let last: { regex: CompiledRegex; text: string; run: (match: RegexMatch) => string } | undefined;
  return typed(node, stringType, (frame) => {
    const pattern = regex(frame);
    const text = asText(given.run(frame));
    if (last?.regex !== pattern || last.text !== text) {
      last = { regex: pattern, text, run: readReplacement(pattern, text) };
    }
    return replaceMatches(frame, pattern, textOf(call, frame), last.run, countOf(frame));
  });
};

function simple(
  type: StaticType,
  run: (regex: CompiledRegex, text: string, frame: Frame) => Value,
): Method {
  return (call) => {
    if (!takes(call, 0)) return broken(call.node);
    const { regex } = call;
    return typed(call.node, type, (frame) => run(regex(frame), textOf(call, frame), frame));
  };
}

const methods: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['IsMatch', simple(boolType, (regex, text, frame) => regex.isMatch(frame, text))],
  ['Match', simple(matchType, (regex, text, frame) => regex.first(frame, text))],
  ['Matches', simple(listType(matchType), (regex, text, frame) => [...regex.matches(frame, text)])],
  ['Count', simple(intType, (regex, text, frame) => [...regex.matches(frame, text)].length)],
  [
    'Split',
    simple(shapedType(stringType, 'array'), (regex, text, frame) =>
      splitAtMatches(frame, regex, text),
    ),
  ],
  ['Replace', replace],
]);
