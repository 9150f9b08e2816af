/** Which occurrence of a schedule is due. Nothing but arithmetic: whoever asks brings the time. */
import type { Schedule } from '../../../config/index.ts';

export type Due =
  | { readonly status: 'due'; readonly at: number }
  /** Nothing to start; the schedule goes on from `from`. */
  | { readonly status: 'moved'; readonly from: number }
  | { readonly status: 'waiting' };

/**
 * However many occurrences were missed (the scheduler stood still, the clock jumped ahead), one is due: the last. A clock that
 * was set back goes on from where it is; occurrences that have been run already are known by their time and not run again.
 * `handledUntil` is `null` for a schedule that is new: it starts now.
 */
export function findDue(schedule: Schedule, handledUntil: number | null, now: number): Due {
  if (handledUntil === null || now < handledUntil) return { status: 'moved', from: now };
  const last = schedule.last(now);
  return last === null || last <= handledUntil
    ? { status: 'waiting' }
    : { status: 'due', at: last };
}
