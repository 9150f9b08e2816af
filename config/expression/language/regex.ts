/** Regular expressions with the interface of .NET on a linear-time engine: `Regex`, `Match`, `Group`. */
import { type Matcher, RE2JS } from 're2js';
import { failed } from '../expression-error.ts';
import { type PatternProblem, regexFlags, translatePattern } from './regex-syntax.ts';
import {
  asText,
  charge,
  chargeGrowth,
  chargeText,
  type Frame,
  maxTextLength,
  type Value,
  type ValueObject,
} from './runtime.ts';

/** Longer patterns are no pattern a person wrote. */
const maxPatternLength = 1_000;
/** Larger programs cost too much for one text. */
const maxProgramSize = 5_000;
/** Letters, digits and connectors outside ASCII, beside which the engine finds no word boundary. */
const foreignWord = /[^\P{L}a-zA-Z]|[^\P{Mn}]|[^\P{Nd}0-9]|[^\P{Pc}_]/u;

/** `Regex`: a pattern ready to be used. */
export class CompiledRegex implements ValueObject {
  readonly isObject = true;
  readonly #engine: RE2JS;
  readonly #usesWordBoundary: boolean;
  /** By number as .NET counts them, the number the engine knows the group by: groups with a name come last. */
  readonly #groups: readonly number[];
  readonly #names: ReadonlyMap<string, number>;
  /** Steps for each 64 characters. */
  readonly #cost: number;

  constructor(
    engine: RE2JS,
    groupNames: readonly (string | undefined)[],
    usesWordBoundary: boolean,
  ) {
    this.#engine = engine;
    this.#usesWordBoundary = usesWordBoundary;
    const numbers = groupNames.map((_, index) => index + 1);
    const unnamed = numbers.filter((number) => groupNames[number - 1] === undefined);
    const named = numbers.filter((number) => groupNames[number - 1] !== undefined);
    this.#groups = [0, ...unnamed, ...named];
    this.#names = new Map(
      named.map((number, index) => [groupNames[number - 1] ?? '', 1 + unnamed.length + index]),
    );
    this.#cost = 16 + engine.programSize();
  }

  /** The number of a group by its name or number, or `undefined`. */
  findGroup(name: string): number | undefined {
    const byName = this.#names.get(name);
    if (byName !== undefined) return byName;
    const number = /^\d{1,4}$/.test(name) ? Number(name) : -1;
    return this.#groups[number] === undefined ? undefined : number;
  }

  /** What compiling it costs when it is done while code runs. */
  get size(): number {
    return this.#engine.programSize();
  }

  get groupCount(): number {
    return this.#groups.length;
  }

  isMatch(frame: Frame, text: string): boolean {
    this.#charge(frame, text);
    return this.#engine.test(text);
  }

  /** Matches from left to right; every one is a step. */
  *matches(frame: Frame, text: string): Generator<RegexMatch> {
    this.#charge(frame, text);
    const matcher = this.#engine.matcher(text);
    while (matcher.find()) {
      charge(frame, 3 + (this.#groups.length >> 2));
      yield this.#readMatch(text, matcher);
    }
  }

  first(frame: Frame, text: string): RegexMatch {
    for (const match of this.matches(frame, text)) return match;
    return new RegexMatch(this, text, []);
  }

  #readMatch(text: string, matcher: Matcher): RegexMatch {
    const spans = this.#groups.map((group) => {
      const start = matcher.start(group);
      return start < 0 ? undefined : ([start, matcher.end(group)] as const);
    });
    return new RegexMatch(this, text, spans);
  }

  #charge(frame: Frame, text: string): void {
    charge(frame, 4 + ((text.length * this.#cost) >> 6));
    if (this.#usesWordBoundary && foreignWord.test(text)) {
      throw failed(
        'a pattern with \\b meets a letter outside ASCII, beside which word boundaries are not found.',
        'Write (^|[^\\p{L}]) instead of \\b, or remove diacritics first.',
      );
    }
  }
}

type Span = readonly [start: number, end: number];

/** One group of a match; `Match` itself is its group 0. */
export class RegexGroup implements ValueObject {
  readonly isObject = true;
  readonly text: string;
  readonly span: Span | undefined;

  constructor(text: string, span: Span | undefined) {
    this.text = text;
    this.span = span;
  }

  get isSuccess(): boolean {
    return this.span !== undefined;
  }

  get value(): string {
    return this.span === undefined ? '' : this.text.slice(this.span[0], this.span[1]);
  }
}

/** A match, or what stands for none. */
export class RegexMatch extends RegexGroup {
  readonly regex: CompiledRegex;
  readonly spans: readonly (Span | undefined)[];

  constructor(regex: CompiledRegex, text: string, spans: readonly (Span | undefined)[]) {
    super(text, spans[0]);
    this.regex = regex;
    this.spans = spans;
  }

  *[Symbol.iterator](): Generator<RegexGroup> {
    for (const span of this.spans) yield new RegexGroup(this.text, span);
  }

  group(name: string): RegexGroup {
    const number = this.regex.findGroup(name);
    return new RegexGroup(this.text, number === undefined ? undefined : this.spans[number]);
  }

  /** The match after this one. */
  next(frame: Frame): RegexMatch {
    if (this.span === undefined) return this;
    const [start, end] = this.span;
    for (const match of this.regex.matches(frame, this.text)) {
      const from = match.span?.[0] ?? 0;
      if (from > start && from >= end) return match;
    }
    return new RegexMatch(this.regex, this.text, []);
  }
}

/** Compiles a .NET pattern, or says what is wrong with it and where. */
export function compileRegex(pattern: string, options: number): CompiledRegex | PatternProblem {
  const whole = { offset: 0, length: Math.max(1, pattern.length) };
  if (pattern.length > maxPatternLength) {
    return { message: `A pattern has at most ${maxPatternLength} characters.`, ...whole };
  }
  const translated = translatePattern(pattern, options);
  if ('message' in translated) return translated;
  let flags = 0;
  if ((options & regexFlags.IgnoreCase) !== 0) flags |= RE2JS.CASE_INSENSITIVE;
  if ((options & regexFlags.Multiline) !== 0) flags |= RE2JS.MULTILINE;
  if ((options & regexFlags.Singleline) !== 0) flags |= RE2JS.DOTALL;
  try {
    const engine = RE2JS.compile(translated.source, flags);
    if (engine.programSize() > maxProgramSize) {
      return { message: 'This pattern is too large: its repetitions multiply.', ...whole };
    }
    return new CompiledRegex(engine, translated.groupNames, translated.usesWordBoundary);
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    return { message: `This is not a pattern: ${describe(thrown.message)}.`, ...whole };
  }
}

/** The engine's own words without its prefix, and without the translated pattern it quotes. */
function describe(message: string): string {
  return message.replace(/^error parsing regexp: /, '').replace(/: `[\s\S]*$/, '');
}

/** A pattern that is only known when it runs: compiled again only when it changes. */
export function createRegexCache(): (
  pattern: Value,
  options: Value,
  frame: Frame,
) => CompiledRegex {
  let last: { readonly key: string; readonly regex: CompiledRegex } | undefined;
  return (pattern, options, frame) => {
    const text = asText(pattern);
    const flags = typeof options === 'number' ? options : 0;
    const key = `${flags}/${text}`;
    if (last?.key === key) return last.regex;
    charge(frame, 50 + text.length);
    const regex = compileRegex(text, flags);
    if (regex instanceof CompiledRegex) {
      charge(frame, regex.size);
      last = { key, regex };
      return regex;
    }
    throw failed(`a pattern cannot be used at its character ${regex.offset + 1}. ${regex.message}`);
  };
}

/** The text with its matches replaced, at most `count` of them. */
export function replaceMatches(
  frame: Frame,
  regex: CompiledRegex,
  text: string,
  replace: (match: RegexMatch) => string,
  count = -1,
): string {
  let result = '';
  let end = 0;
  let left = count;
  for (const match of regex.matches(frame, text)) {
    if (left === 0) break;
    left--;
    const [start, stop] = match.span ?? [0, 0];
    result += text.slice(end, start) + replace(match);
    if (result.length > maxTextLength) chargeText(frame, result.length);
    end = stop;
  }
  if (end === 0 && result === '') return text;
  result += text.slice(end);
  chargeText(frame, result.length);
  return result;
}

type ReplacementPart = (match: RegexMatch) => string;
const substitution = /\$(?:(\$)|(\d{1,4})|\{(\w{1,100})\}|([&`'_+]))|[^$]+|\$/g;

/** A replacement text: `$1`, `${name}`, `$$`, `$&`, and what stands before, behind and around. */
export function readReplacement(
  regex: CompiledRegex,
  replacement: string,
): (match: RegexMatch) => string {
  const parts: ReplacementPart[] = [];
  for (const [whole, dollar, number, name, special] of replacement.matchAll(substitution)) {
    const group = regex.findGroup(number ?? name ?? '');
    if (dollar !== undefined) parts.push(() => '$');
    else if (special !== undefined) parts.push(specialParts[special] ?? (() => whole));
    else if (group !== undefined && whole.startsWith('$')) {
      parts.push((match) => new RegexGroup(match.text, match.spans[group]).value);
    } else parts.push(() => whole);
  }
  return (match) => {
    let text = '';
    for (const part of parts) text += part(match);
    return text;
  };
}

const specialParts: Readonly<Record<string, ReplacementPart>> = {
  '&': (match) => match.value,
  '`': (match) => match.text.slice(0, match.span?.[0] ?? 0),
  "'": (match) => match.text.slice(match.span?.[1] ?? 0),
  _: (match) => match.text,
  '+': (match) =>
    new RegexGroup(
      match.text,
      match.spans.findLast((span) => span !== undefined),
    ).value,
};

/** The text cut at the matches; what groups matched stands between the parts, as in .NET. */
export function splitAtMatches(frame: Frame, regex: CompiledRegex, text: string): string[] {
  const parts: string[] = [];
  let end = 0;
  for (const match of regex.matches(frame, text)) {
    const [start, stop] = match.span ?? [0, 0];
    parts.push(text.slice(end, start));
    for (const span of match.spans.slice(1)) {
      if (span !== undefined) parts.push(text.slice(span[0], span[1]));
    }
    chargeGrowth(frame, parts.length);
    end = stop;
  }
  parts.push(text.slice(end));
  return parts;
}

/** A text in which nothing has a meaning of its own in a pattern. */
export function escapePattern(text: string): string {
  const names = new Map([
    ['\n', '\\n'],
    ['\r', '\\r'],
    ['\t', '\\t'],
    ['\f', '\\f'],
  ]);
  return text.replace(/[\\*+?|{[()^$.# \n\r\t\f]/g, (one) => names.get(one) ?? `\\${one}`);
}
