/** The only place that writes to the terminal: results to stdout, everything else to stderr. */
import type { Environment } from '../config/index.ts';
import { createPalette, type Palette } from './palette.ts';
import { createProgress, type ProgressDisplay } from './progress.ts';

/** As much of a stream as is needed; Node's own fit. */
export interface TerminalStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  /** `done` is called once the text has been taken, or lost. */
  write(text: string | Uint8Array, done?: () => void): unknown;
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
}

export interface Output {
  /** For stdout. */
  readonly palette: Palette;
  /** For stderr. */
  readonly stderrPalette: Palette;
  readonly isStderrTerminal: boolean;
  readonly progress: ProgressDisplay;
  /** A result, to stdout; a line break is added where the last one is missing. */
  print(text: string): void;
  /** Text as it is, to stdout; settled once it has been taken, so that a slow reader is waited for. */
  writeResult(text: string | Uint8Array): Promise<void>;
  /** A line for people, to stderr. */
  note(text: string): void;
  /** Text as it is, to stderr; a progress line is taken off before. */
  writeError(text: string): void;
  /** Waits until the streams have had a chance to fail; why the result could not be written, or `null`. */
  readFailure(): Promise<Error | null>;
}

const defaultColumns = 80;

/** A reader that has gone away (`| head`) is no error: the work goes on, its output is dropped. */
export function createOutput(
  stdout: TerminalStream,
  stderr: TerminalStream,
  options: { readonly environment: Environment; readonly now: () => number },
): Output {
  const { environment, now } = options;
  let failure: Error | null = null;
  const open = (
    stream: TerminalStream,
    onFailure: (error: Error) => void,
  ): ((text: string | Uint8Array, done?: () => void) => void) => {
    let isGone = false;
    stream.on('error', (error) => {
      isGone = true;
      if (error.code !== 'EPIPE') onFailure(error);
    });
    return (text, done) => {
      if (isGone) done?.();
      else stream.write(text, done);
    };
  };
  const toStdout = open(stdout, (error) => {
    failure ??= error;
  });
  // A log that cannot be written keeps nobody from working.
  const toStderr = open(stderr, () => {});
  const isStderrTerminal = stderr.isTTY === true;
  const progress = createProgress({
    write: toStderr,
    isTerminal: isStderrTerminal && environment['TERM'] !== 'dumb',
    // A terminal without a known size says 0.
    columns: () => stderr.columns || defaultColumns,
    now,
  });
  const writeError = (text: string): void => {
    progress.clear();
    toStderr(text);
  };
  return {
    palette: createPalette(stdout.isTTY === true, environment),
    stderrPalette: createPalette(isStderrTerminal, environment),
    isStderrTerminal,
    progress,
    print(text) {
      progress.clear();
      toStdout(text.endsWith('\n') ? text : `${text}\n`);
    },
    writeResult(text) {
      progress.clear();
      return new Promise((resolve) => toStdout(text, resolve));
    },
    note: (text) => writeError(`${text}\n`),
    writeError,
    async readFailure() {
      // Streams tell of failures after the code that wrote has ended.
      await new Promise((resolve) => setImmediate(resolve));
      return failure;
    },
  };
}
