/** The base of all errors Lockstep raises on purpose, and the shape of configuration findings. */

/** Options of a {@link CodedError}. */
export interface CodedErrorOptions {
  /** What to do next, in one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** Facts a program may read: names, counts, paths. Never secrets, never people's property values. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * An error an operator can act on. `code` reads `AREA_WHAT_HAPPENED`, is listed once in
 * `config/error-codes.ts` and is never renamed; `message` says what happened from the operator's side.
 */
export class CodedError extends Error {
  readonly code: string;
  readonly hint?: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, options: CodedErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    if (options.hint !== undefined) this.hint = options.hint;
    this.details = options.details ?? {};
  }
}

/** A place in a configuration file. Lines and columns count from 1; `file` is relative to the configuration folder. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export type Severity = 'error' | 'warning' | 'info';

/** One finding about a configuration. Findings are values: a check reports all of them, sorted by place. */
export interface Diagnostic extends Position {
  readonly code: string;
  readonly severity: Severity;
  /** A full sentence that says what is wrong. */
  readonly message: string;
  /** The cure, with the nearest known name where there is one. */
  readonly hint?: string;
  /** Number of characters the finding covers; 1 when unknown. */
  readonly length: number;
}
