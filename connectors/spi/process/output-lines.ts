/** What a program prints, as lines: bounded in length, whatever its bytes are, without secrets. */
import { StringDecoder } from 'node:string_decoder';
import { createRedaction, longestForm } from './redaction.ts';

export interface OutputLinesOptions {
  readonly secrets: readonly string[];
  /** Characters of a line that are kept; the rest of it is left out. */
  readonly maxLength: number;
  readonly onLine: (line: string) => void;
}

/** Takes bytes as they come. Memory: one line of at most `maxLength` characters and the longest secret. */
export class OutputLines {
  readonly #options: OutputLinesOptions;
  readonly #redact: (text: string) => string;
  readonly #kept: number;
  readonly #decoder = new StringDecoder('utf8');
  #line = '';
  #isCut = false;

  constructor(options: OutputLinesOptions) {
    this.#options = options;
    this.#redact = createRedaction(options.secrets);
    // A secret that begins within the part that is kept is seen whole.
    this.#kept = options.maxLength + longestForm(options.secrets);
  }

  take(bytes: Buffer): void {
    this.#add(this.#decoder.write(bytes));
  }

  end(): void {
    this.#add(this.#decoder.end());
    if (this.#line !== '') this.#give();
  }

  #add(text: string): void {
    let start = 0;
    for (;;) {
      const end = text.indexOf('\n', start);
      this.#keep(end === -1 ? text.slice(start) : text.slice(start, end));
      if (end === -1) return;
      this.#give();
      start = end + 1;
    }
  }

  #keep(part: string): void {
    const room = this.#kept - this.#line.length;
    if (part.length > room) this.#isCut = true;
    this.#line += room > 0 ? part.slice(0, room) : '';
  }

  #give(): void {
    const { maxLength, onLine } = this.#options;
    const clean = clear(this.#redact(this.#line));
    const isLong = this.#isCut || clean.length > maxLength;
    onLine(isLong ? `${clean.slice(0, maxLength)} …` : clean);
    this.#line = '';
    this.#isCut = false;
  }
}

/** Without colours and other control characters, which have no place in a log. */
function clear(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  const plain = line.replaceAll(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return plain.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '');
}
