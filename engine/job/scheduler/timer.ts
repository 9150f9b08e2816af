/** How the scheduler lets time pass; tests bring a clock of their own. */
import { setTimeout } from 'node:timers/promises';

export interface Timer {
  /** Ends after `ms`, or at once when the signal is aborted; never throws. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export const realTimer: Timer = {
  wait: (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => undefined),
};
