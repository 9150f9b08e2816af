/** Ctrl-C and the wish of the system to stop: once politely, twice at once. */
import { exitCodes } from './exit-codes.ts';

export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}

export interface Interruption extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * Listens until disposed. The first signal aborts `signal` and says so; the second leaves at once by `exit`, which is safe
 * because nothing is applied twice and nothing is lost when a process dies.
 */
export function listenForInterruption(
  source: SignalSource,
  effects: { readonly note: (text: string) => void; readonly exit: (code: number) => void },
): Interruption {
  const controller = new AbortController();
  const listener = (): void => {
    if (controller.signal.aborted) {
      effects.exit(exitCodes.interrupted);
      return;
    }
    effects.note('Stopping at the next safe point. Press Ctrl-C again to stop at once.');
    controller.abort();
  };
  source.on('SIGINT', listener);
  source.on('SIGTERM', listener);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      source.off('SIGINT', listener);
      source.off('SIGTERM', listener);
    },
  };
}
