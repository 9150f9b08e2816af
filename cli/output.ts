/** The only place that writes to the terminal: results to stdout, everything else to stderr. */
import type { Environment } from '../config/index.ts';
import { createPalette, type Palette, plainPalette } from './palette.ts';
import { toTerminalText } from './printable-text.ts';
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

/**
 * What a stream is given of a text. A terminal acts on what stands in it, wherever it comes from: what a file or a system
 * holds never moves the cursor. Files and pipes get what there is.
 */
function createGuard({
  isTTY,
}: TerminalStream): <T extends string | Uint8Array>(text: T, palette: Palette) => T | string {
  if (isTTY !== true) return (text) => text;
  const decoder = new TextDecoder();
  return (text, palette) => {
    const decoded = typeof text === 'string' ? text : decoder.decode(text, { stream: true });
    return toTerminalText(decoded, palette !== plainPalette);
  };
}

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
  const palette = createPalette(stdout.isTTY === true, environment);
  const stderrPalette = createPalette(isStderrTerminal, environment);
  const guardStdout = createGuard(stdout);
  const guardStderr = createGuard(stderr);
  const writeError = (text: string): void => {
    progress.clear();
    toStderr(guardStderr(text, stderrPalette));
  };
  return {
    palette,
    stderrPalette,
    isStderrTerminal,
    progress,
    print(text) {
      progress.clear();
      toStdout(guardStdout(text.endsWith('\n') ? text : `${text}\n`, palette));
    },
    writeResult(text) {
      progress.clear();
      // Data as they are: colours in them are not ours.
      return new Promise((resolve) => toStdout(guardStdout(text, plainPalette), resolve));
    },
    note: (text) => writeError(`${text}\n`),
    writeError,
    async readFailure() {
      // The line of work that has ended is not left for the prompt to stand behind.
      progress.clear();
      // Streams tell of failures after the code that wrote has ended.
      await new Promise((resolve) => setImmediate(resolve));
      return failure;
    },
  };
}
