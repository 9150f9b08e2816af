/** Streams and signals that tests look into. */
import { EventEmitter } from 'node:events';
import type { TerminalStream } from './output.ts';
import type { Surroundings } from './run.ts';

export interface WatchedStream extends Omit<TerminalStream, 'write'> {
  readonly emitter: EventEmitter;
  /** May be replaced, to act when something is said. */
  write: TerminalStream['write'];
  text(): string;
}

export function watchStream(options: { readonly isTTY?: boolean } = {}): WatchedStream {
  const written: string[] = [];
  const emitter = new EventEmitter();
  return {
    emitter,
    isTTY: options.isTTY,
    columns: 80,
    write: (text, done) => {
      written.push(typeof text === 'string' ? text : Buffer.from(text).toString('latin1'));
      done?.();
    },
    on: (event, listener) => emitter.on(event, listener),
    text: () => written.join(''),
  };
}

/** `now` stands still unless given. */
export function createSurroundings(
  workingFolder: string,
  now: () => number = () => Date.parse('2026-01-31T12:00:00Z'),
) {
  const stdout = watchStream();
  const stderr = watchStream();
  const signals = new EventEmitter();
  const exits: number[] = [];
  const surroundings: Surroundings = {
    environment: {},
    workingFolder,
    stdout,
    stderr,
    signals,
    now,
    person: 'Alex',
    version: '9.9.9',
    exit: (code) => exits.push(code),
  };
  return { surroundings, stdout, stderr, signals, exits };
}
