/** Stretches of time in the internal form `yyyyMMddHHmmss` (UTC). Starts are inclusive, ends exclusive. */
import type { TimeOffset } from '../../config/index.ts';

export interface Period {
  /** `null`: since ever. */
  readonly startDate: string | null;
  /** `null`: for ever. */
  readonly endDate: string | null;
}

export const unbounded: Period = Object.freeze({ startDate: null, endDate: null });

/** The vocabulary's widest bounds: at or beyond them a date says "always" or "still". */
const firstInstant = '19000101000000';
const lastInstant = '20790606000000';

// Digits sort after '' and before '~', so the two ends of time compare as text with any instant.
/** The start, or a text before that of every instant. */
export const startOf = (period: Period): string => period.startDate ?? '';
/** The end, or a text after that of every instant. */
export const endOf = (period: Period): string => period.endDate ?? '~';
/** The period between two texts that `startOf` and `endOf` gave. */
export const fromEdges = (start: string, end: string): Period => ({
  startDate: start === '' ? null : start,
  endDate: end === '~' ? null : end,
});
export const earlier = (left: string, right: string): string => (left < right ? left : right);
export const later = (left: string, right: string): string => (left > right ? left : right);

/** Milliseconds since 1970 of an instant in the internal form; `null` when the text is no such instant. */
export function parseInstant(text: string): number | null {
  if (!/^\d{14}$/.test(text)) return null;
  const part = (from: number, to: number): number => Number(text.slice(from, to));
  const [month, day] = [part(4, 6) - 1, part(6, 8)];
  const [hours, minutes, seconds] = [part(8, 10), part(10, 12), part(12, 14)];
  const date = new Date(0);
  // setUTCFullYear, because Date.UTC reads years below 100 as 19xx.
  date.setUTCFullYear(part(0, 4), month, day);
  // What there is no such day or month of runs over into another.
  if (date.getUTCMonth() !== month || date.getUTCDate() !== day) return null;
  if (hours > 23 || minutes > 59 || seconds > 59) return null;
  date.setUTCHours(hours, minutes, seconds);
  return date.getTime();
}

function formatInstant(milliseconds: number): string {
  const date = new Date(milliseconds);
  const pad = (value: number, width: number): string => String(value).padStart(width, '0');
  return (
    pad(date.getUTCFullYear(), 4) +
    pad(date.getUTCMonth() + 1, 2) +
    pad(date.getUTCDate(), 2) +
    pad(date.getUTCHours(), 2) +
    pad(date.getUTCMinutes(), 2) +
    pad(date.getUTCSeconds(), 2)
  );
}

/** The instant so many seconds later, kept within the years 0001 to 9999. Text that is no instant comes back unchanged. */
export function addSeconds(instant: string, seconds: number): string {
  const milliseconds = parseInstant(instant);
  if (milliseconds === null) return instant;
  const moved = milliseconds + seconds * 1000;
  if (moved < Date.parse('0001-01-01T00:00:00Z')) return '00010101000000';
  if (!(moved <= Date.parse('9999-12-31T23:59:59Z'))) return '99991231235959';
  return formatInstant(moved);
}

/** A start date as read: empty or at the vocabulary's lower bound is unbounded. A start in the far future stays one. */
export function readStart(text: string | null): string | null {
  return text === null || text === '' || text <= firstInstant ? null : text;
}

/** An end date as read: empty, or at or beyond the vocabulary's upper bound (such as 9999-12-31), is unbounded. */
export function readEnd(text: string | null): string | null {
  return text === null || text === '' || text >= lastInstant ? null : text;
}

/** Whether the period holds no instant at all. */
export function isEmpty(period: Period): boolean {
  return startOf(period) >= endOf(period);
}

function isSamePeriod(left: Period, right: Period): boolean {
  return left.startDate === right.startDate && left.endDate === right.endDate;
}

export function covers(period: Period, instant: string): boolean {
  return startOf(period) <= instant && instant < endOf(period);
}

export function isOver(period: Period, now: string): boolean {
  return endOf(period) <= now;
}

/** The union: overlapping and adjacent periods become one; ascending. */
export function mergePeriods(periods: readonly Period[]): readonly Period[] {
  // By far the most frequent cases, a dozen times for every rule of every owner.
  const [first, second] = periods;
  if (first === undefined) return [];
  if (second === undefined) {
    return isEmpty(first) ? [] : [{ startDate: first.startDate, endDate: first.endDate }];
  }
  if (periods.every((one) => isSamePeriod(one, first))) return mergePeriods([first]);
  const sorted = periods
    .filter((period) => !isEmpty(period))
    .toSorted((left, right) => (startOf(left) < startOf(right) ? -1 : 1));
  const merged: Period[] = [];
  for (const period of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && startOf(period) <= endOf(last)) {
      merged[merged.length - 1] = fromEdges(startOf(last), later(endOf(last), endOf(period)));
    } else {
      merged.push({ startDate: period.startDate, endDate: period.endDate });
    }
  }
  return merged;
}

export function intersectPeriods(
  left: readonly Period[],
  right: readonly Period[],
): readonly Period[] {
  const [one, other] = [left[0], right[0]];
  if (one === undefined || other === undefined) return [];
  if (left.length === 1 && right.length === 1 && isSamePeriod(one, other))
    return mergePeriods(left);
  const common = left.flatMap((one) =>
    right.map((other) =>
      fromEdges(later(startOf(one), startOf(other)), earlier(endOf(one), endOf(other))),
    ),
  );
  return mergePeriods(common);
}

/** What remains of `periods` outside `removed`. */
export function subtractPeriods(
  periods: readonly Period[],
  removed: readonly Period[],
): readonly Period[] {
  let rest = mergePeriods(periods);
  if (removed.length === 0) return rest;
  for (const hole of mergePeriods(removed)) {
    rest = rest.flatMap((period) =>
      [
        fromEdges(startOf(period), earlier(endOf(period), startOf(hole))),
        fromEdges(later(startOf(period), endOf(hole)), endOf(period)),
      ].filter((piece) => !isEmpty(piece)),
    );
  }
  return rest;
}

/** The shortest period that holds both. */
export function spanOf(left: Period, right: Period): Period {
  return fromEdges(earlier(startOf(left), startOf(right)), later(endOf(left), endOf(right)));
}

/** The period that covers `now`, or else the next one to come; `null` when all are over. `periods` ascending. */
export function currentOrNext(periods: readonly Period[], now: string): Period | null {
  return periods.find((period) => !isOver(period, now)) ?? null;
}

/**
 * The window a rule's time offset cuts from a reference period; `null` when it holds nothing: a window around a
 * start or end that does not exist never comes.
 */
export function windowOf(offset: TimeOffset, reference: Period): Period | null {
  const { startDate, endDate } = reference;
  const move = (instant: string | null, minutes: number): string | null =>
    instant === null ? null : addSeconds(instant, minutes * 60);
  let window: Period;
  switch (offset.reference) {
    case 'Default':
      window = reference;
      break;
    case 'Around':
      window = {
        startDate: move(startDate, offset.beforeMinutes),
        endDate: move(endDate, offset.afterMinutes),
      };
      break;
    case 'Before':
      if (startDate === null) return null;
      window = {
        startDate: move(startDate, offset.beforeMinutes),
        endDate: move(startDate, offset.afterMinutes),
      };
      break;
    case 'After':
      if (endDate === null) return null;
      window = {
        startDate: move(endDate, offset.beforeMinutes),
        endDate: move(endDate, offset.afterMinutes),
      };
      break;
  }
  return isEmpty(window) ? null : window;
}

/** Starts and ends of all these periods, those that exist, each once. */
export function boundariesOf(...lists: readonly (readonly Period[])[]): readonly string[] {
  const found = new Set<string>();
  for (const periods of lists) {
    for (const { startDate, endDate } of periods) {
      if (startDate !== null) found.add(startDate);
      if (endDate !== null) found.add(endDate);
    }
  }
  return [...found];
}
