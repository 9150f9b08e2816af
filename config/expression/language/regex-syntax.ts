/**
 * .NET patterns in the syntax of the linear-time engine. Classes such as `\w` mean what they mean in .NET: letters and digits
 * of all scripts. What cannot be had in linear time is refused with its place.
 * https://learn.microsoft.com/dotnet/standard/base-types/regular-expression-language-quick-reference
 */

/** Options of .NET that change how a pattern is read. */
export const regexFlags = {
  None: 0,
  IgnoreCase: 1,
  Multiline: 2,
  ExplicitCapture: 4,
  Compiled: 8,
  Singleline: 16,
  IgnorePatternWhitespace: 32,
  RightToLeft: 64,
  ECMAScript: 256,
  CultureInvariant: 512,
  NonBacktracking: 1024,
} as const;

export interface PatternProblem {
  readonly message: string;
  /** From 0, within the pattern. */
  readonly offset: number;
  readonly length: number;
}

export interface TranslatedPattern {
  readonly source: string;
  /** Names of groups by their number in the pattern's order; `undefined` for groups without one. */
  readonly groupNames: readonly (string | undefined)[];
  /** `\b` or `\B` occur: the engine knows the letters of ASCII only there. */
  readonly usesWordBoundary: boolean;
}

const word = '\\p{L}\\p{Mn}\\p{Nd}\\p{Pc}';
/** Connector punctuation without `_`. */
const wordWithoutUnderscore =
  '\\p{L}\\p{Mn}\\p{Nd}\\x{203F}\\x{2040}\\x{2054}\\x{FE33}\\x{FE34}\\x{FE4D}-\\x{FE4F}\\x{FF3F}';
const blank = '\\f\\n\\r\\t\\v\\x{85}\\p{Z}';

class Refusal extends Error {
  readonly offset: number;
  readonly length: number;

  constructor(message: string, offset: number, length: number) {
    super(message);
    this.offset = offset;
    this.length = length;
  }
}

/** The pattern for the engine, or what is wrong with it. */
export function translatePattern(
  pattern: string,
  options: number,
): TranslatedPattern | PatternProblem {
  try {
    if ((options & regexFlags.RightToLeft) !== 0)
      throw new Refusal('RegexOptions.RightToLeft is not supported.', 0, pattern.length);
    if ((options & regexFlags.ECMAScript) !== 0)
      throw new Refusal('RegexOptions.ECMAScript is not supported.', 0, pattern.length);
    return new Translation(pattern, options).run();
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown;
    return { message: thrown.message, offset: thrown.offset, length: Math.max(1, thrown.length) };
  }
}

class Translation {
  readonly #pattern: string;
  readonly #ignoresBlanks: boolean;
  readonly #namedOnly: boolean;
  readonly #groupNames: (string | undefined)[] = [];
  #usesWordBoundary = false;
  #at = 0;

  constructor(pattern: string, options: number) {
    this.#pattern = pattern;
    this.#ignoresBlanks = (options & regexFlags.IgnorePatternWhitespace) !== 0;
    this.#namedOnly = (options & regexFlags.ExplicitCapture) !== 0;
  }

  run(): TranslatedPattern {
    let source = '';
    while (this.#at < this.#pattern.length) source += this.#readOne();
    return {
      source,
      groupNames: this.#groupNames,
      usesWordBoundary: this.#usesWordBoundary,
    };
  }

  #refuse(message: string, length: number, offset = this.#at): Refusal {
    return new Refusal(message, offset, length);
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    const match = pattern.exec(this.#pattern.slice(this.#at, this.#at + 200));
    if (match === null) return undefined;
    this.#at += match[0].length;
    return match;
  }

  #readOne(): string {
    const character = this.#pattern.charAt(this.#at);
    if (character === '\\') return this.#readEscape();
    if (character === '[') return this.#readClass();
    if (character === '(') return this.#readGroup();
    this.#at++;
    if (this.#ignoresBlanks && /\s/.test(character)) return '';
    if (this.#ignoresBlanks && character === '#') {
      const end = this.#pattern.indexOf('\n', this.#at);
      this.#at = end < 0 ? this.#pattern.length : end + 1;
      return '';
    }
    return character;
  }

  #readEscape(): string {
    const letter = this.#pattern.charAt(this.#at + 1);
    if (letter === '') throw this.#refuse('The pattern ends with a \\ that escapes nothing.', 1);
    if (letter === 'b' || letter === 'B') {
      this.#usesWordBoundary = true;
      this.#at += 2;
      return `\\${letter}`;
    }
    const anchors: Readonly<Record<string, string>> = { A: '\\A', z: '\\z', Z: '\\z' };
    const anchor = Object.hasOwn(anchors, letter) ? anchors[letter] : undefined;
    if (anchor !== undefined) {
      this.#at += 2;
      return anchor;
    }
    if (/[1-9]/.test(letter) || letter === 'k') {
      const length =
        letter === 'k' ? 2 : (/^\\\d+/.exec(this.#pattern.slice(this.#at))?.[0].length ?? 2);
      throw this.#refuse('References back to a group cannot be matched in linear time.', length);
    }
    if (letter === 'G') throw this.#refuse('\\G is not supported.', 2);
    const negated: Readonly<Record<string, string>> = {
      D: '\\P{Nd}',
      W: `[^${word}]`,
      S: `[^${blank}]`,
    };
    const found = Object.hasOwn(negated, letter) ? negated[letter] : undefined;
    if (found !== undefined) {
      this.#at += 2;
      return found;
    }
    const inClass = this.#readClassEscape();
    return inClass.length > 2 && 'dws'.includes(letter) ? `[${inClass}]` : inClass;
  }

  /** An escape that may stand in a class too; `\d`, `\w` and `\s` give what stands between the brackets. */
  #readClassEscape(): string {
    const start = this.#at;
    const letter = this.#pattern.charAt(start + 1);
    const fixed: Readonly<Record<string, string>> = {
      d: '\\p{Nd}',
      w: word,
      s: blank,
      e: '\\x1b',
      a: '\\x07',
      f: '\\f',
      n: '\\n',
      r: '\\r',
      t: '\\t',
      v: '\\v',
      b: '\\x08',
      D: '\\P{Nd}',
    };
    const known = Object.hasOwn(fixed, letter) ? fixed[letter] : undefined;
    if (known !== undefined) {
      this.#at += 2;
      return known;
    }
    const category = this.#take(/^\\([pP])\{(\w{1,30})\}/);
    if (category !== undefined) {
      const [whole, kind = 'p', name = ''] = category;
      if (/^(?:L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?|Z[slp]?|C[cfsn]?)$/.test(name))
        return `\\${kind}{${name}}`;
      throw this.#refuse(`The character class ${name} is not supported.`, whole.length, start);
    }
    const code = this.#take(/^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|c([A-Za-z])|(0[0-7]{0,2}))/);
    if (code !== undefined) {
      const [, byte, unit, control, octal] = code;
      if (control !== undefined) return hex(control.toUpperCase().charCodeAt(0) - 64);
      return hex(Number.parseInt(byte ?? unit ?? octal ?? '0', octal === undefined ? 16 : 8));
    }
    if (/[\p{L}\p{N}_]/u.test(letter)) throw this.#refuse(`The escape \\${letter} is unknown.`, 2);
    this.#at += 2;
    return quote(letter);
  }

  #readClass(): string {
    const start = this.#at++;
    const isNegated = this.#take(/^\^/) !== undefined;
    let inside = '';
    const outside: string[] = [];
    let isFirst = true;
    while (true) {
      const character = this.#pattern.charAt(this.#at);
      if (character === '') throw this.#refuse('This [ is not closed.', 1, start);
      if (character === ']' && !isFirst) break;
      if (character === '-' && this.#pattern.charAt(this.#at + 1) === '[' && !isFirst) {
        throw this.#refuse('Subtracting one class from another is not supported.', 2);
      }
      isFirst = false;
      const next = this.#pattern.charAt(this.#at + 1);
      if (character === '\\' && (next === 'W' || next === 'S')) {
        outside.push(next);
        this.#at += 2;
      } else if (character === '\\') inside += this.#readClassEscape();
      else {
        this.#at++;
        inside += character === '-' ? '-' : quoteInClass(character);
      }
    }
    this.#at++;
    if (outside.length === 0) return `[${isNegated ? '^' : ''}${inside}]`;
    const complements = outside.map((letter) => `[^${letter === 'W' ? word : blank}]`);
    if (!isNegated)
      return `(?:${[...(inside === '' ? [] : [`[${inside}]`]), ...complements].join('|')})`;
    const [only, ...others] = outside;
    if (others.length === 0 && inside === '') return `[${only === 'W' ? word : blank}]`;
    if (others.length === 0 && only === 'W' && inside === '_') return `[${wordWithoutUnderscore}]`;
    const length = this.#at - start;
    throw this.#refuse(
      'This class cannot be carried over: name the characters it holds.',
      length,
      start,
    );
  }

  #readGroup(): string {
    const start = this.#at;
    if (this.#pattern.charAt(start + 1) !== '?') {
      this.#at++;
      if (this.#namedOnly) return '(?:';
      this.#groupNames.push(undefined);
      return '(';
    }
    const comment = this.#take(/^\(\?#[^)]*\)/);
    if (comment !== undefined) return '';
    const named = this.#take(/^\(\?(?:<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)')/);
    if (named !== undefined) {
      const name = named[1] ?? named[2] ?? '';
      if (this.#groupNames.includes(name))
        throw this.#refuse(`Two groups are named ${name}.`, named[0].length, start);
      this.#groupNames.push(name);
      return '(';
    }
    const flags = this.#take(/^\(\?[ims]*(?:-[ims]+)?[:)]/);
    if (flags !== undefined) return flags[0];
    const rest = this.#pattern.slice(start, start + 4);
    const look = /^\(\?(?:<?[=!])/.exec(rest)?.[0];
    if (look !== undefined) {
      const message = 'Looking ahead or back cannot be matched in linear time.';
      throw this.#refuse(
        `${message} Test twice, or take the part with a group.`,
        look.length,
        start,
      );
    }
    const what = new Map([
      ['(?>', 'Atomic groups are not supported: this engine never goes back anyway. Write (?:'],
      ['(?(', 'Alternation on a condition is not supported.'],
    ]).get(rest.slice(0, 3));
    throw this.#refuse(what ?? 'This kind of group is not supported.', 3, start);
  }
}

function hex(code: number): string {
  return `\\x{${code.toString(16)}}`;
}

function quote(character: string): string {
  return /[\\^$.|?*+()[\]{}#\s-]/.test(character) ? hex(character.codePointAt(0) ?? 0) : character;
}

function quoteInClass(character: string): string {
  return character === '[' || character === ']' || character === '^' || character === '&'
    ? `\\${character}`
    : character;
}
