/** What a program prints, on its way to the log: bounded in number. */
import type { Logger } from '../package.ts';

/** Lines of one run that reach the log. */
const maxLines = 5_000;
/** Lines of errors that a failure quotes. */
const quotedLines = 5;

/** Standard output at `info`, errors at `error`, as fields: the message is fixed. The last lines are kept for errors. */
export class ProgramLog {
  readonly #logger: Logger;
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #lastErrors: string[] = [];
  readonly #lastLines: string[] = [];
  #lines = 0;

  constructor(logger: Logger, fields: Readonly<Record<string, unknown>>) {
    this.#logger = logger;
    this.#fields = fields;
  }

  readonly take = (line: string, stream: 'stdout' | 'stderr'): void => {
    if (line.trim() === '') return;
    const kept = stream === 'stderr' ? this.#lastErrors : this.#lastLines;
    kept.push(line);
    if (kept.length > quotedLines) kept.shift();
    this.#lines += 1;
    if (this.#lines > maxLines) return;
    const fields = { ...this.#fields, stream, line };
    if (stream === 'stderr') this.#logger.error(fields, 'Output of the program.');
    else this.#logger.info(fields, 'Output of the program.');
    if (this.#lines === maxLines) {
      this.#logger.warn(this.#fields, 'Further output of the program is left out.');
    }
  };

  /** What it said last, errors first choice; empty when it said nothing. Without secrets. */
  quote(): string {
    const lines = this.#lastErrors.length > 0 ? this.#lastErrors : this.#lastLines;
    return lines.length === 0 ? '' : ` It said last: ${lines.join(' / ')}`;
  }
}
