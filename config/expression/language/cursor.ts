/** Walks over tokens; shared by the parts of the parser. */
import type { Findings } from '../finding.ts';
import type { StatementNode, Tree } from './ast.ts';
import type { Token } from './token.ts';

/** Taller trees, and deeper nesting while parsing, are refused: recursion over them must stay far from the stack's end. */
const maxHeight = 256;

/** Thrown inside the parser only: the rest of this statement cannot be read. */
export class SyntaxStop extends Error {}

/** What stands where nothing of the language can, and what is meant by it. */
const strangers: ReadonlyMap<string, string> = new Map([
  ['and', 'Write &&.'],
  ['AND', 'Write &&.'],
  ['or', 'Write ||.'],
  ['OR', 'Write ||.'],
  ['not', 'Write !(…).'],
  ['elseif', 'Write else if (…).'],
  ['^', 'Write Last(), or [x.Length - 1].'],
  ['..', 'Write Substring(…) of a text, Skip(…) and Take(…) of a collection.'],
]);

type BlockReader = (cursor: Cursor) => StatementNode & { readonly kind: 'block' };

export class Cursor {
  readonly #tokens: readonly Token[];
  readonly #last: Token;
  readonly findings: Findings;
  #index = 0;
  #depth: number;
  /** How a block is read: expressions hold blocks and blocks expressions, and modules import in one direction. */
  readonly #readBlock: BlockReader;

  constructor(tokens: readonly Token[], findings: Findings, readBlock: BlockReader, depth = 0) {
    this.#readBlock = readBlock;
    this.#tokens = tokens;
    this.#last = tokens.at(-1) ?? { kind: 'end', offset: 0, length: 1 };
    this.findings = findings;
    this.#depth = depth;
  }

  /** A cursor over other tokens of the same text, one level deeper. */
  over(tokens: readonly Token[]): Cursor {
    return new Cursor(tokens, this.findings, this.#readBlock, this.#depth + 1);
  }

  /** Reads the block in `{ }` that begins here. */
  readBlock(): StatementNode & { readonly kind: 'block' } {
    return this.#readBlock(this);
  }

  get index(): number {
    return this.#index;
  }

  /** Goes back to an index read before: for looking ahead. */
  set index(value: number) {
    this.#index = value;
  }

  get current(): Token {
    return this.peek(0);
  }

  get isAtEnd(): boolean {
    return this.current.kind === 'end';
  }

  peek(distance: number): Token {
    return this.#tokens[this.#index + distance] ?? this.#last;
  }

  advance(): Token {
    const token = this.current;
    if (this.#index < this.#tokens.length - 1) this.#index++;
    return token;
  }

  isSymbol(text: string, distance = 0): boolean {
    const token = this.peek(distance);
    return token.kind === 'symbol' && token.text === text;
  }

  isWord(text: string, distance = 0): boolean {
    const token = this.peek(distance);
    return token.kind === 'name' && token.text === text;
  }

  /** Takes the symbol when it is next. */
  takeSymbol(text: string): boolean {
    if (!this.isSymbol(text)) return false;
    this.advance();
    return true;
  }

  takeWord(text: string): boolean {
    if (!this.isWord(text)) return false;
    this.advance();
    return true;
  }

  expectSymbol(text: string): Token {
    if (this.isSymbol(text)) return this.advance();
    throw this.stop(`${text} is expected here.`);
  }

  expectName(what: string): Token & { kind: 'name' } {
    const token = this.current;
    if (token.kind !== 'name' || token.isKeyword) throw this.stop(`${what} is expected here.`);
    this.advance();
    return token;
  }

  /** Reports a problem at the current token and gives what to throw. */
  stop(message: string, hint?: string): SyntaxStop {
    const { offset, length } = this.current;
    this.findings.error(offset, length, message, hint ?? this.#hintHere());
    return new SyntaxStop(message);
  }

  /** What to write instead of what other languages, or later ones, have here. */
  #hintHere(): string | undefined {
    const previous = this.#tokens[this.#index - 1];
    if (previous?.kind === 'name' && previous.text === 'from' && this.current.kind === 'name') {
      return 'Write it with methods, as in .Where(x => …).Select(x => …).';
    }
    const token = this.current;
    return token.kind === 'name' || token.kind === 'symbol' ? strangers.get(token.text) : undefined;
  }

  /** Runs `read` one level deeper, and refuses to go too deep. */
  nested<T>(read: () => T): T {
    if (this.#depth >= maxHeight) throw this.stop('The expression is nested too deeply.');
    this.#depth++;
    try {
      return read();
    } finally {
      this.#depth--;
    }
  }

  /** The place from an offset to the end of the token before the current one, and the height over the parts. */
  span(offset: number, ...parts: readonly (Tree | undefined)[]): Tree {
    const previous = this.#tokens[this.#index - 1] ?? this.current;
    let height = 0;
    for (const part of parts) if (part !== undefined && part.height > height) height = part.height;
    if (height >= maxHeight) {
      this.findings.error(offset, 1, 'The expression is nested too deeply.');
      throw new SyntaxStop();
    }
    const length = Math.max(1, previous.offset + previous.length - offset);
    return { offset, length, height: height + 1 };
  }
}
