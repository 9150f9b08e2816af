/** From when until when something is asked for. */
import type { RequestSettings } from '../../../config/index.ts';
import { addSeconds, type Period } from '../../evaluate/index.ts';
import { RequestError } from './request-error.ts';

/** Dates as they were asked for, in the internal form; `null`: none. */
export interface AskedPeriod {
  readonly start: string | null;
  readonly end: string | null;
}

/**
 * The period of a manual assignment: what was asked for within the span of the owner's records, and no longer than the
 * role lasts. An end of `null` follows the records. Throws `RequestError`.
 */
export function requestPeriod(
  settings: Pick<RequestSettings, 'endDateLock' | 'maxDurationMinutes'>,
  asked: AskedPeriod,
  span: Period,
  now: string,
): Period {
  checkDates(settings, asked, now);
  const start = later(asked.start, span.startDate);
  const isFree = settings.endDateLock === 'ExplicitNotContextBoundByDefault';
  const whole = isFree ? span.endDate : null;
  const limit =
    settings.maxDurationMinutes === 0
      ? null
      : addSeconds(later(start, now) ?? now, settings.maxDurationMinutes * 60);
  const wanted = asked.end === null ? whole : earlier(asked.end, span.endDate);
  const period = { startDate: start, endDate: earlier(wanted, limit) };
  const last = earlier(period.endDate, span.endDate);
  if (last !== null && (last <= now || (start !== null && last <= start))) {
    throw new RequestError(
      'REQUEST_DATES_INVALID',
      'Nothing is left of the period that was asked for.',
      { hint: 'Nothing was changed. Ask for dates within those of the owner’s records.' },
    );
  }
  return period;
}

function checkDates(
  { endDateLock }: Pick<RequestSettings, 'endDateLock'>,
  { start, end }: AskedPeriod,
  now: string,
): void {
  if (start !== null && start.slice(0, 8) < now.slice(0, 8)) {
    throw new RequestError('REQUEST_DATES_INVALID', 'A role cannot be asked for from a past day.', {
      hint: 'Nothing was changed. Leave --from out, or give today or a later day.',
    });
  }
  if (end !== null && end <= (later(start, now) ?? now)) {
    throw new RequestError('REQUEST_DATES_INVALID', 'The end asked for is not after the start.', {
      hint: 'Nothing was changed. Give a later day with --until.',
    });
  }
  if (endDateLock === 'Never' && end === null) {
    throw new RequestError('REQUEST_END_REQUIRED', 'The role asks for an end date.', {
      hint: 'Nothing was changed. Give one with --until.',
    });
  }
  if (endDateLock === 'Always' && end !== null) {
    throw new RequestError(
      'REQUEST_END_LOCKED',
      'The role always ends with the records of its owner; it takes no end date.',
      { hint: 'Nothing was changed. Leave --until out.' },
    );
  }
}

function later(left: string | null, right: string | null): string | null {
  if (left === null || right === null) return left ?? right;
  return left > right ? left : right;
}

function earlier(left: string | null, right: string | null): string | null {
  if (left === null || right === null) return left ?? right;
  return left < right ? left : right;
}
