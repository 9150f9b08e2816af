/** One call of the command, from its arguments to its exit code. */
import { resolve } from 'node:path';
import { type Command, CommanderError } from 'commander';
import type { Environment } from '../config/index.ts';
import type { CommandContext, CommandResult } from './command-context.ts';
import { describeError, formatError, formatStack, toCodedError } from './error-text.ts';
import { CliError } from './errors.ts';
import { type ExitCode, exitCodeOfError, exitCodes } from './exit-codes.ts';
import { listenForInterruption, type SignalSource } from './interruption.ts';
import { formatJson } from './json-text.ts';
import { type CliLogger, createLogger, type LogLevel } from './log.ts';
import { createOutput, type Output, type TerminalStream } from './output.ts';
import { createProgram } from './program.ts';

/** The world as the command sees it. */
export interface Surroundings {
  readonly environment: Environment;
  readonly workingFolder: string;
  readonly stdout: TerminalStream;
  readonly stderr: TerminalStream;
  readonly signals: SignalSource;
  readonly now: () => number;
  /** Sets `now` by a clock that more machines share; absent: it stays as it is. */
  readonly setClock?: (byMs: number) => void;
  readonly person: string;
  readonly version: string;
  /** What is piped in; absent: nothing. */
  readonly readInput?: () => Promise<string>;
  /** Asks the person at the terminal; absent: nobody sits there. */
  readonly ask?: (question: string) => Promise<string>;
  /** Leaves at once. */
  readonly exit: (code: number) => void;
}

/** Options every command knows. */
interface GlobalOptions {
  readonly project: string;
  readonly json?: true;
  readonly logLevel: LogLevel;
}

/** Runs the command of these arguments (without Node and script) and returns its exit code. Never throws. */
export async function runCommandLine(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { environment, now } = surroundings;
  const output = createOutput(surroundings.stdout, surroundings.stderr, { environment, now });
  let exitCode: ExitCode = exitCodes.done;
  const program = createProgram({
    version: surroundings.version,
    write: (text) => output.print(text),
    run: async (command, work) => {
      exitCode = await runWork(command, work, { output, surroundings });
    },
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    exitCode = tellUsage(error, { isJson: args.includes('--json'), output });
  }
  const failure = await output.readFailure();
  if (failure === null) return exitCode;
  const lost = new CliError('OUTPUT_NOT_WRITABLE', 'The result could not be written to stdout.', {
    hint: 'The command itself has ended. Free space or name another place, and look with a command that only reads.',
    cause: failure,
  });
  output.note(formatError(lost, output.stderrPalette));
  return exitCodes.failed;
}

interface Run {
  readonly output: Output;
  readonly surroundings: Surroundings;
}

async function runWork(
  command: Command,
  work: (context: CommandContext) => Promise<CommandResult>,
  { output, surroundings }: Run,
): Promise<ExitCode> {
  // The options of the program, in the shape it declares.
  const options = command.optsWithGlobals() as GlobalOptions;
  const isJson = options.json === true;
  const isSilent = options.logLevel === 'silent';
  const note = (text: string): void => {
    if (!isSilent) output.note(text);
  };
  const logger = createLogger({
    level: options.logLevel,
    isTerminal: output.isStderrTerminal,
    palette: output.stderrPalette,
    write: output.writeError,
  });
  using interruption = listenForInterruption(surroundings.signals, {
    note,
    exit: surroundings.exit,
  });
  const { signal } = interruption;
  try {
    const result = await work(
      createContext(options, { note, logger, signal, output, surroundings }),
    );
    if (isJson) output.print(formatJson(result.document));
    // What is empty was written on the way.
    else if (result.text !== '') output.print(result.text);
    const isCutShort = signal.aborted && result.exitCode === exitCodes.done;
    return isCutShort ? exitCodes.interrupted : result.exitCode;
  } catch (error) {
    return tell(error, { isJson, signal, logger, output });
  }
}

function createContext(
  options: GlobalOptions,
  parts: Run & {
    readonly note: (text: string) => void;
    readonly logger: CliLogger;
    readonly signal: AbortSignal;
  },
): CommandContext {
  const { note, logger, signal, output, surroundings } = parts;
  const { environment, workingFolder, now, person } = surroundings;
  const isSilent = options.logLevel === 'silent';
  return {
    folder: resolve(workingFolder, options.project),
    workingFolder,
    environment,
    palette: output.palette,
    logger,
    progress: {
      report: (task, done, total) => {
        if (!isSilent) output.progress.report(task, done, total);
      },
    },
    now,
    ...(surroundings.setClock === undefined ? {} : { setClock: surroundings.setClock }),
    signal,
    person,
    loadEngine: () => import('../engine/index.ts'),
    note,
    writeResult: output.writeResult,
    readInput: surroundings.readInput ?? (async () => ''),
    ...(surroundings.ask === undefined || options.json === true ? {} : { ask: surroundings.ask }),
  };
}

function tell(
  error: unknown,
  at: {
    readonly isJson: boolean;
    readonly signal: AbortSignal;
    readonly logger: CliLogger;
    readonly output: Output;
  },
): ExitCode {
  const { isJson, signal, logger, output } = at;
  const coded = signal.aborted ? toInterruption(error) : toCodedError(error);
  if (isJson) output.print(formatJson(describeError(coded)));
  else output.note(formatError(coded, output.stderrPalette));
  if (logger.isLevelEnabled('debug')) output.note(formatStack(coded));
  return signal.aborted ? exitCodes.interrupted : exitCodeOfError(coded);
}

/** What the engine says when it is stopped is not what went wrong; an error of its own is. */
function toInterruption(error: unknown): CliError | ReturnType<typeof toCodedError> {
  const coded = toCodedError(error);
  const isOwn = coded.code !== 'UNEXPECTED' && coded.code !== 'CONNECTOR_STOPPED';
  if (isOwn) return coded;
  return new CliError('RUN_INTERRUPTED', 'The command was stopped before its end.', {
    hint: 'Run it again: nothing is applied twice. A job goes on where it stopped with --resume.',
    cause: error,
  });
}

/** Help and version end parsing by an error of commander that is none; everything else is wrong usage. */
function tellUsage(
  error: unknown,
  { isJson, output }: { readonly isJson: boolean; readonly output: Output },
): ExitCode {
  if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.done;
  const coded =
    error instanceof CommanderError
      ? new CliError('USAGE_INVALID', describeUsage(error), {
          hint: 'Add --help to a command to see its arguments and options.',
        })
      : toCodedError(error);
  if (isJson) output.print(formatJson(describeError(coded)));
  else output.note(formatError(coded, output.stderrPalette));
  return exitCodeOfError(coded);
}

function describeUsage(error: CommanderError): string {
  if (error.code === 'commander.help') return 'The command is not complete.';
  const [line = '', ...rest] = error.message.replace(/^error: /u, '').split('\n');
  const sentence = `${line.charAt(0).toUpperCase()}${line.slice(1)}`;
  const ended = /[.?!)]$/u.test(sentence) ? sentence : `${sentence}.`;
  return [ended, ...rest].join(' ').trim();
}
