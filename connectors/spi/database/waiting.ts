/** Waiting for a server that may never answer. */
import { ConnectorError } from '../errors.ts';

export interface WaitLimits {
  /** 0: no limit. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Lets go of the server at once; called when time is up or the run is stopped. */
  readonly giveUp: () => void;
}

/**
 * Gives a function that waits for one promise after another. All waits of one such function share `timeoutMs`: what the
 * caller does in between does not count. Time up: `giveUp`, then a `timeout` error. Abort: `giveUp`, then the signal's reason.
 */
export function createPatience(limits: WaitLimits): <T>(work: Promise<T>) => Promise<T> {
  let leftMs = limits.timeoutMs;
  return async <T>(work: Promise<T>): Promise<T> => {
    // Whoever loses the race may still fail later, when nobody listens any more.
    work.catch(() => undefined);
    if (limits.signal.aborted) {
      limits.giveUp();
      throw limits.signal.reason;
    }
    const started = performance.now();
    let release = (): void => undefined;
    const limit = new Promise<never>((_resolve, reject) => {
      const stop = (reason: unknown): void => {
        limits.giveUp();
        reject(reason);
      };
      const onAbort = (): void => stop(limits.signal.reason);
      limits.signal.addEventListener('abort', onAbort, { once: true });
      const timer =
        limits.timeoutMs === 0
          ? undefined
          : setTimeout(() => stop(timeUp(limits.timeoutMs)), Math.max(0, leftMs));
      release = () => {
        limits.signal.removeEventListener('abort', onAbort);
        clearTimeout(timer);
      };
    });
    limit.catch(() => undefined);
    try {
      return await Promise.race([work, limit]);
    } finally {
      release();
      leftMs -= performance.now() - started;
    }
  };
}

function timeUp(timeoutMs: number): ConnectorError {
  return new ConnectorError(
    'timeout',
    `The database did not answer within ${timeoutMs / 1000} seconds.`,
    {
      hint: 'See whether the server is overloaded or the query waits for a lock; a slow query needs a higher Timeout.',
      details: { timeoutMs },
    },
  );
}
