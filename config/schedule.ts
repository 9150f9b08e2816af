/** When a job's schedule comes: cron expressions of five fields, or of six with seconds first. */
import { Cron } from 'croner';

/** A schedule that has been read. Instants are milliseconds since the epoch, whole seconds. */
export interface Schedule {
  /** The first `count` occurrences strictly after `after`; fewer when there are no more. */
  next(after: number, count: number): readonly number[];
  /** The last occurrence at or before `at`; `null` when there is none. */
  last(at: number): number | null;
}

export type ParsedSchedule =
  | { readonly status: 'parsed'; readonly schedule: Schedule }
  | { readonly status: 'invalid'; readonly text: string; readonly what: string };

interface Field {
  readonly name: string;
  readonly minimum: number;
  readonly maximum: number;
}

const fields: readonly Field[] = [
  { name: 'second', minimum: 0, maximum: 59 },
  { name: 'minute', minimum: 0, maximum: 59 },
  { name: 'hour', minimum: 0, maximum: 23 },
  { name: 'day', minimum: 1, maximum: 31 },
  { name: 'month', minimum: 1, maximum: 12 },
  { name: 'weekday', minimum: 0, maximum: 7 },
];

/**
 * Reads an expression. Weekdays count from 0 or 7, Sunday; `L`, `W`, `#`, names, steps and `?` (for "any") are understood.
 * Local times that do not exist on a day come at the next moment that does; those that exist twice come once, unless the
 * hour or the minute is a pattern (`*`, `/`). `timeZone` is an IANA name; the machine's own when it is not given.
 */
export function parseSchedule(text: string, timeZone?: string): ParsedSchedule {
  const problem = findProblem(text);
  if (problem !== undefined) return { status: 'invalid', ...problem };
  try {
    const cron = new Cron(text, {
      mode: '5-or-6-parts',
      sloppyRanges: true,
      fixedTimeRule: 'no-wildcard',
      // Without the names of time zones, whose tables take ten milliseconds to load.
      ...(timeZone === 'UTC'
        ? { utcOffset: 0 }
        : { timezone: timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone }),
    });
    return { status: 'parsed', schedule: createSchedule(cron) };
  } catch {
    return { status: 'invalid', text, what: 'not a schedule' };
  }
}

function createSchedule(cron: Cron): Schedule {
  const before = (at: number): number | null => {
    const [found] = cron.previousRuns(1, new Date(at));
    return found === undefined ? null : found.getTime();
  };
  return {
    next: (after, count) => cron.nextRuns(count, new Date(after)).map((date) => date.getTime()),
    // What croner looks for lies strictly before.
    last: (at) => before(Math.floor(at / 1_000) * 1_000 + 1_000),
  };
}

interface Problem {
  readonly text: string;
  readonly what: string;
}

function findProblem(text: string): Problem | undefined {
  const parts = text.trim().split(/\s+/);
  const known = fields.slice(-parts.length);
  const isSound = parts.every((part) => /^[\d*/,\-?LW#A-Za-z]+$/.test(part));
  if (parts.length < 5 || parts.length > 6 || !isSound) return { text, what: 'not a schedule' };
  for (const [index, field] of known.entries()) {
    const wrong = parts[index]?.split(',').find((range) => !isWithin(range, field));
    if (wrong === undefined) continue;
    const { name, minimum, maximum } = field;
    return {
      text: wrong,
      what: `no ${name}, which is a number from ${minimum} to ${maximum}`,
    };
  }
  return findQuestionMark(parts);
}

/** Who writes `?` may count weekdays from 1, Sunday; the same number would be another day. */
function findQuestionMark(parts: readonly string[]): Problem | undefined {
  const weekday = parts.at(-1) ?? '';
  const free = [parts.at(-3), weekday];
  const misplaced = parts.find(
    (part) => part.includes('?') && (part !== '?' || !free.includes(part)),
  );
  const elsewhere = parts.some(
    (part, index) => part === '?' && index !== parts.length - 1 && index !== parts.length - 3,
  );
  if (misplaced !== undefined || elsewhere) {
    return { text: misplaced ?? '?', what: 'of use for a day or a weekday only, and alone' };
  }
  const isAmbiguous = parts.includes('?') && /(?<![#/\d])\d/.test(weekday);
  return isAmbiguous
    ? { text: weekday, what: 'not clear beside "?", where some count Sunday as 1' }
    : undefined;
}

/** Names (`MON`), `*`, `L` and steps after `/` are left alone; `15W` and `5#3` begin with their number. */
function isWithin(range: string, { minimum, maximum }: Field): boolean {
  const [bounds = ''] = range.split('/');
  return bounds.split('-').every((bound) => {
    const digits = /^\d+/.exec(bound);
    if (digits === null) return true;
    const value = Number(digits[0]);
    return value >= minimum && value <= maximum;
  });
}
