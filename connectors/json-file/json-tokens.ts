/**
 * Reads JSON text piece by piece and tells what it holds, in order: nothing is held but the token that a piece cuts in two.
 * Strict: https://www.rfc-editor.org/rfc/rfc8259
 */
import { ConnectorError } from '../spi/errors.ts';
import { JsonNumber } from './json-value.ts';

export interface JsonEvents {
  startObject(): void;
  key(name: string): void;
  endObject(): void;
  startList(): void;
  endList(): void;
  scalar(value: string | boolean | null | JsonNumber): void;
}

export interface TokenLimits {
  /** Objects and lists may lie this deep. */
  readonly depth: number;
  /** Characters one token may have. */
  readonly token: number;
}

/** What may come next. */
type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or ]' | ', or }' | 'end';

const numberPattern = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const words: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };
const quote = 34;
const backslash = 92;
const lineFeed = 10;

export class JsonTokens {
  readonly #events: JsonEvents;
  readonly #limits: TokenLimits;
  readonly #file: string;
  #line: number;
  #text = '';
  #at = 0;
  /** How far into an unfinished token has been looked. */
  #looked = 0;
  #expected: Expected = 'value';
  /** `}` or `]` of each level. */
  readonly #open: string[] = [];

  constructor(events: JsonEvents, file: string, limits: TokenLimits, firstLine = 1) {
    this.#events = events;
    this.#file = file;
    this.#limits = limits;
    this.#line = firstLine;
  }

  /** Line of the file that is being read. */
  get line(): number {
    return this.#line;
  }

  push(text: string): void {
    this.#text = this.#text.slice(this.#at) + text;
    this.#at = 0;
    while (this.#readToken(false));
    if (this.#text.length - this.#at > this.#limits.token) {
      throw this.#refuse('invalid-value', 'has a value past all limits');
    }
  }

  /** Throws `incomplete` when the text is not whole. */
  end(): void {
    while (this.#readToken(true));
    if (this.#expected === 'end' && this.#at === this.#text.length) return;
    throw this.#refuse('incomplete', 'ends in the middle of the JSON text: it was cut off');
  }

  /** False when the rest of the text is no whole token. */
  #readToken(isLast: boolean): boolean {
    this.#skipSpace();
    const text = this.#text;
    if (this.#at >= text.length) return false;
    const code = text.charCodeAt(this.#at);
    if (code === quote) return this.#readString();
    const mark = text[this.#at] ?? '';
    if ('{}[]:,'.includes(mark)) {
      this.#at += 1;
      this.#takeMark(mark);
      return true;
    }
    return this.#readWord(isLast);
  }

  #skipSpace(): void {
    const text = this.#text;
    let at = this.#at;
    for (; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code === lineFeed) this.#line += 1;
      else if (code !== 32 && code !== 13 && code !== 9) break;
    }
    this.#at = at;
  }

  #readString(): boolean {
    const text = this.#text;
    const start = this.#at + 1;
    let hasEscape = false;
    for (let at = Math.max(start, this.#at + this.#looked); at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code === backslash) {
        // An escaped quote may be cut off: looked at again from the backslash on.
        if (at + 1 >= text.length) {
          this.#looked = at - this.#at;
          return false;
        }
        hasEscape = true;
        at += 1;
      } else if (code === quote) {
        const isEscaped = hasEscape || text.slice(start, at).includes('\\');
        this.#takeString(
          isEscaped ? this.#unescape(text.slice(this.#at, at + 1)) : text.slice(start, at),
        );
        this.#at = at + 1;
        this.#looked = 0;
        return true;
      } else if (code < 32) {
        throw this.#refuse('invalid-value', 'has a control character or line break inside a text');
      }
    }
    this.#looked = text.length - this.#at;
    return false;
  }

  /** Escapes are the language's own. */
  #unescape(quoted: string): string {
    try {
      const value: unknown = JSON.parse(quoted);
      return String(value);
    } catch {
      throw this.#refuse('invalid-value', 'has an escape that is none');
    }
  }

  #readWord(isLast: boolean): boolean {
    const text = this.#text;
    let end = this.#at;
    while (end < text.length && !isDelimiter(text.charCodeAt(end))) end += 1;
    if (end === text.length && !isLast) return false;
    const word = text.slice(this.#at, end);
    const first = word.charCodeAt(0);
    this.#requireValue();
    if ((first >= 48 && first <= 57) || first === 45) {
      if (!numberPattern.test(word)) {
        // The end of the file may have cut it.
        throw this.#refuse(
          isLast && end === text.length ? 'incomplete' : 'invalid-value',
          'has a number that is none',
        );
      }
      this.#events.scalar(new JsonNumber(word));
    } else {
      if (!Object.hasOwn(words, word)) {
        throw this.#refuse(
          isLast && end === text.length ? 'incomplete' : 'invalid-value',
          'has something that is no JSON',
        );
      }
      this.#events.scalar(words[word] ?? null);
    }
    this.#at = end;
    this.#endValue();
    return true;
  }

  #takeString(value: string): void {
    if (this.#expected === 'key' || this.#expected === 'key or }') {
      this.#events.key(value);
      this.#expected = ':';
      return;
    }
    this.#requireValue();
    this.#events.scalar(value);
    this.#endValue();
  }

  #takeMark(mark: string): void {
    const expected = this.#expected;
    if (mark === ':' && expected === ':') this.#expected = 'value';
    else if (mark === ',' && expected === ', or ]') this.#expected = 'value';
    else if (mark === ',' && expected === ', or }') this.#expected = 'key';
    else if (mark === '}' && (expected === ', or }' || expected === 'key or }')) {
      this.#open.pop();
      this.#events.endObject();
      this.#endValue();
    } else if (mark === ']' && (expected === ', or ]' || expected === 'value or ]')) {
      this.#open.pop();
      this.#events.endList();
      this.#endValue();
    } else if (mark === '{' || mark === '[') this.#start(mark);
    else throw this.#refuse('invalid-value', `has a "${mark}" where none may be`);
  }

  #start(mark: '{' | '['): void {
    this.#requireValue();
    if (this.#open.length >= this.#limits.depth) {
      throw this.#refuse('invalid-value', `is nested more than ${this.#limits.depth} levels deep`);
    }
    if (mark === '{') {
      this.#open.push('}');
      this.#events.startObject();
      this.#expected = 'key or }';
    } else {
      this.#open.push(']');
      this.#events.startList();
      this.#expected = 'value or ]';
    }
  }

  #requireValue(): void {
    if (this.#expected === 'value' || this.#expected === 'value or ]') return;
    const what =
      this.#expected === 'end' ? 'goes on after its end' : 'has a value where none may be';
    throw this.#refuse('invalid-value', what);
  }

  #endValue(): void {
    const level = this.#open.at(-1);
    if (level === undefined) this.#expected = 'end';
    else this.#expected = level === '}' ? ', or }' : ', or ]';
  }

  #refuse(kind: 'invalid-value' | 'incomplete', what: string): ConnectorError {
    return describeJson(kind, this.#file, this.#line, what);
  }
}

/** An error at a line of a JSON file. */
export function describeJson(
  kind: 'invalid-value' | 'incomplete',
  file: string,
  line: number,
  what: string,
): ConnectorError {
  return new ConnectorError(kind, `The file ${file} ${what} (line ${line}).`, {
    hint:
      kind === 'incomplete'
        ? 'Have the file written again in full, then export again.'
        : 'Have the file written by a JSON library; Format says whether each line is a text of its own.',
    details: { file, line },
  });
}

/** White space, or one of `,:[]{}"`. */
function isDelimiter(code: number): boolean {
  return (
    code <= 32 ||
    code === 44 ||
    code === 58 ||
    code === 91 ||
    code === 93 ||
    code === 123 ||
    code === 125 ||
    code === quote
  );
}
