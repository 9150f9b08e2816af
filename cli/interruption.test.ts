import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { listenForInterruption } from './interruption.ts';

function listen() {
  const source = new EventEmitter();
  const notes: string[] = [];
  const exits: number[] = [];
  const interruption = listenForInterruption(source, {
    note: (text) => notes.push(text),
    exit: (code) => exits.push(code),
  });
  return { source, notes, exits, interruption };
}

describe('interruption', () => {
  it.each(['SIGINT', 'SIGTERM'])('by %s asks the work to stop, and says so', (signal) => {
    const { source, notes, exits, interruption } = listen();

    source.emit(signal);

    expect(interruption.signal.aborted).toBe(true);
    expect(notes).toEqual([expect.stringContaining('next safe point')]);
    expect(exits).toEqual([]);
  });

  it('leaves at once at the second signal', () => {
    const { source, notes, exits } = listen();

    source.emit('SIGTERM');
    source.emit('SIGINT');

    expect(exits).toEqual([130]);
    expect(notes).toHaveLength(1);
  });

  it('stops listening when disposed', () => {
    const { source, interruption } = listen();

    interruption[Symbol.dispose]();
    source.emit('SIGINT');

    expect(interruption.signal.aborted).toBe(false);
    expect(source.listenerCount('SIGINT')).toBe(0);
  });
});
