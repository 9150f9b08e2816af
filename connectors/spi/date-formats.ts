/**
 * Dates between managed systems and the internal form, `yyyyMMddHHmmss` in UTC. Text without a zone is taken as UTC:
 * the zone of the machine must not change what a run computes. Fractions of a second are cut off.
 */

/** The ways a text can say a date: which one it used decides how a shifted date is written back. */
export type DateForm = 'internal' | 'generalized' | 'iso-date' | 'iso-local' | 'iso-zone';

export interface ParsedDate {
  /** Milliseconds since the epoch, whole seconds. */
  readonly time: number;
  readonly form: DateForm;
}

/** https://www.rfc-editor.org/rfc/rfc4517#section-3.3.13, seconds and minutes optional as there. */
const generalizedTime =
  /^(\d{4})(\d\d)(\d\d)(\d\d)(?:(\d\d)(\d\d)?)?(?:[.,]\d+)?(Z|[+-]\d\d(?:\d\d)?)$/;
const internalDate = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/;
const isoDate =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

/** Reads generalized time, ISO 8601 (date, or date and time) and the internal form; `undefined` when it is none. */
export function parseDate(text: string): ParsedDate | undefined {
  const trimmed = text.trim();
  const internal = internalDate.exec(trimmed);
  if (internal !== null) return withForm(readParts(internal), 'internal');
  const generalized = generalizedTime.exec(trimmed);
  if (generalized !== null) return withForm(readParts(generalized), 'generalized');
  const iso = isoDate.exec(trimmed);
  if (iso === null) return undefined;
  if (iso[4] === undefined) return withForm(readParts(iso), 'iso-date');
  return withForm(readParts(iso), iso[7] === undefined ? 'iso-local' : 'iso-zone');
}

/** `yyyyMMddHHmmss` of a moment; `undefined` outside the years 1 to 9999. */
export function formatInternalDate(time: number): string | undefined {
  const iso = toIso(time);
  return iso?.slice(0, 19).replace(/[-T:]/g, '');
}

/** The moment in the given form; `undefined` outside the years 1 to 9999. */
export function formatDate(time: number, form: DateForm): string | undefined {
  const iso = toIso(time);
  const internal = formatInternalDate(time);
  if (iso === undefined || internal === undefined) return undefined;
  switch (form) {
    case 'internal':
      return internal;
    case 'generalized':
      return `${internal}Z`;
    case 'iso-date':
      // A shift by part of a day leaves a time that a bare date cannot carry.
      return iso.slice(11, 19) === '00:00:00' ? iso.slice(0, 10) : iso.slice(0, 19);
    case 'iso-local':
      return iso.slice(0, 19);
    case 'iso-zone':
      return `${iso.slice(0, 19)}Z`;
  }
}

/** The year of a moment, in UTC. */
export function readYear(time: number): number {
  return new Date(time).getUTCFullYear();
}

/** The moment of year, month … second; `undefined` when there is no such day or time. */
export function composeTime(
  parts: readonly [number, number, number, number, number, number],
): number | undefined {
  const [year, month, day, hour, minute, second] = parts;
  if (year < 1 || month < 1 || month > 12 || day < 1) return undefined;
  // A leap second is written 60; it counts as the second after.
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  date.setUTCHours(hour, minute, second, 0);
  return date.getTime();
}

function withForm(time: number | undefined, form: DateForm): ParsedDate | undefined {
  return time === undefined ? undefined : { time, form };
}

function readParts(match: RegExpExecArray): number | undefined {
  const [, year, month, day, hour, minute, second, zone] = match;
  const time = composeTime([
    Number(year),
    Number(month),
    Number(day),
    Number(hour ?? 0),
    Number(minute ?? 0),
    Number(second ?? 0),
  ]);
  const offset = readOffset(zone);
  if (time === undefined || offset === undefined) return undefined;
  const moment = time - offset;
  return toIso(moment) === undefined ? undefined : moment;
}

/** Milliseconds east of UTC. */
function readOffset(zone: string | undefined): number | undefined {
  if (zone === undefined || zone.toUpperCase() === 'Z') return 0;
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  const hours = Number(digits.slice(0, 2));
  const minutes = Number(digits.slice(2));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** ISO text of a moment in the years 1 to 9999, where it is 24 characters long. */
function toIso(time: number): string | undefined {
  if (!Number.isFinite(time) || Math.abs(time) > 8.64e15) return undefined;
  const year = readYear(time);
  return year >= 1 && year <= 9999 ? new Date(time).toISOString() : undefined;
}
