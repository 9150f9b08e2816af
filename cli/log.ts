/** The log: JSON lines for machines, short lines for a person at a terminal. */
import { type DestinationStream, pino } from 'pino';
import type { Palette } from './palette.ts';
import { toPrintableLine } from './printable-text.ts';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export type CliLogger = ReturnType<typeof createLogger>;

export interface LogOptions {
  readonly level: LogLevel;
  /** People read short lines; whatever else listens gets JSON. */
  readonly isTerminal: boolean;
  readonly palette: Palette;
  readonly write: (text: string) => void;
}

export function createLogger(options: LogOptions) {
  const { level, isTerminal, palette, write } = options;
  const stream: DestinationStream = {
    write: (line) => write(isTerminal ? formatLogLine(line, palette) : line),
  };
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
}

/** `12:30:01 warn  The message. connector=HR rows=12`; a line that is not JSON is passed on. */
export function formatLogLine(line: string, palette: Palette): string {
  let entry: Readonly<Record<string, unknown>>;
  try {
    // Written by pino a moment ago: an object with level, time and msg.
    entry = JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return line;
  }
  const { level, time, msg, ...fields } = entry;
  const name = String(level ?? '');
  const shown = Object.entries(fields).map(
    ([field, value]) => `${field}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const clock = String(time ?? '').slice(11, 19);
  const text = [String(msg ?? ''), ...shown].filter((part) => part !== '').join(' ');
  return `${palette.dim(clock)} ${paint(name, palette)} ${toPrintableLine(text)}\n`;
}

function paint(level: string, palette: Palette): string {
  const padded = level.padEnd(5);
  if (level === 'error' || level === 'fatal') return palette.red(padded);
  return level === 'warn' ? palette.yellow(padded) : padded;
}
