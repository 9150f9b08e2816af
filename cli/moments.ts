/** Times given on the command line. */
import { InvalidArgumentError } from 'commander';

const dayMs = 86_400_000;

/**
 * A day means its end, so that what happened on it counts: `20260131` and `2026-01-31` give the last millisecond of the day,
 * UTC. A time is what it says; without a zone it is UTC. Gives UTC ISO; throws commander's error.
 */
export function parseMoment(text: string): string {
  const day = readDay(text);
  if (day !== null) return new Date(day + dayMs - 1).toISOString();
  const time =
    /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:?\d\d)?$/u.exec(text);
  const compact = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/u.exec(text);
  const iso = time !== null ? `${time[1]}T${time[2]}${time[3] ?? 'Z'}` : spell(compact);
  const moment = Date.parse(iso);
  if (readDay(iso.slice(0, 10)) !== null && Number.isFinite(moment))
    return new Date(moment).toISOString();
  throw new InvalidArgumentError('It must be a day (20260131) or a time (2026-01-31T12:00:00Z).');
}

function spell(compact: readonly string[] | null): string {
  if (compact === null) return '';
  const [, year, month, day, hour, minute, second] = compact;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
}

/** The beginning of a day, UTC, as ISO: what ended before it is older than the day. Throws commander's error. */
export function parseDay(text: string): string {
  const day = readDay(text);
  if (day !== null) return new Date(day).toISOString();
  throw new InvalidArgumentError('It must be a day, as 20260131.');
}

/** A date in the internal form as people write it: the day, and the time unless it is midnight. */
export function formatDay(date: string | null): string | null {
  if (date === null) return null;
  const day = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6, 8)}`;
  const time = date.slice(8);
  return time === '000000' ? day : `${day} ${time.slice(0, 2)}:${time.slice(2, 4)}`;
}

/** From when until when something holds, in the internal form. */
export function formatPeriod(period: {
  readonly startDate: string | null;
  readonly endDate: string | null;
}): string {
  return `${formatDay(period.startDate) ?? 'always'} to ${formatDay(period.endDate) ?? 'open'}`;
}

/** The same time of day so many months before; where the month is too short, on its last day. */
export function monthsBefore(now: number, months: number): string {
  const date = new Date(now);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() - months);
  const days = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, days));
  return date.toISOString();
}

/** Milliseconds since the epoch; `null` when it is no day of the calendar. */
function readDay(text: string): number | null {
  const match = /^(\d{4})-?(\d\d)-?(\d\d)$/u.exec(text);
  if (match === null) return null;
  const [, year = '', month = '', day = ''] = match;
  const iso = `${year}-${month}-${day}`;
  const moment = Date.parse(`${iso}T00:00:00.000Z`);
  if (!Number.isFinite(moment)) return null;
  return new Date(moment).toISOString().startsWith(iso) ? moment : null;
}
