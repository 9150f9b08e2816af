/** Runs a program to its end and keeps what it printed, within limits. */
import { ConnectorError } from '../errors.ts';
import { type ProgramEnd, type ProgramRequest, startProgram } from './start-program.ts';

export interface FinishedProgram extends ProgramEnd {
  readonly stdout: Buffer;
  /** The last lines, without secrets. */
  readonly stderr: readonly string[];
}

export interface RunProgramOptions extends Omit<ProgramRequest, 'takesOutput' | 'onLine'> {
  /** Bytes of standard output that are taken; a program that prints more is ended. */
  readonly maxOutputBytes: number;
}

/** Lines of standard error that are kept. */
const keptLines = 20;

/**
 * For programs that answer in little. Throws a `ConnectorError`: `timeout` past its time, `incomplete` when it prints more
 * than is taken; what stopped the run, when the signal did. Any exit code is given back. Memory: `maxOutputBytes`.
 */
export async function runProgram(options: RunProgramOptions): Promise<FinishedProgram> {
  const stderr: string[] = [];
  await using running = await startProgram({
    ...options,
    takesOutput: true,
    onLine: (line) => keepLast(stderr, line, keptLines),
  });
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of running.output) {
    bytes += chunk.length;
    if (bytes > options.maxOutputBytes) {
      await running.stop();
      throw new ConnectorError(
        'incomplete',
        `The program ${options.program} printed more than ${options.maxOutputBytes} bytes and was ended.`,
        { hint: 'See what it prints.', details: { program: options.program } },
      );
    }
    chunks.push(chunk);
  }
  const end = await running.end;
  options.signal.throwIfAborted();
  if (end.endedBy === 'timeout') throw describeTimeout(options.program, options.timeoutMs);
  return { ...end, stdout: Buffer.concat(chunks), stderr };
}

export function describeTimeout(program: string, timeoutMs: number): ConnectorError {
  return new ConnectorError(
    'timeout',
    `The program ${program} took longer than ${timeoutMs / 1_000} seconds and was ended.`,
    { hint: 'See what keeps it busy, or raise TimeoutSeconds.', details: { program } },
  );
}

/** Adds a line to the last ones. */
export function keepLast(lines: string[], line: string, most: number): void {
  lines.push(line);
  if (lines.length > most) lines.shift();
}
