/** Numbers of cells as text: plain decimals, dates without a zone. */
import type { NumberFormat } from './number-formats.ts';

/** The text of a number cell; `undefined` when what stands there is no number. */
export function formatNumberCell(
  written: string,
  format: NumberFormat,
  is1904: boolean,
): string | undefined {
  const text = written.trim();
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return undefined;
  const number = Number(text);
  if (!Number.isFinite(number)) return undefined;
  if (format.kind === 'date') return formatSerial(number, format, is1904) ?? plain(number, text);
  const digits = plain(number, text);
  if (format.kind === 'padded' && /^\d+$/.test(digits)) return digits.padStart(format.width, '0');
  return digits;
}

/** Shortest digits that mean the same number, without an exponent. Whole numbers longer than a number holds stay as written. */
function plain(number: number, written: string): string {
  if (/^[1-9]\d{15,}$/.test(written)) return written;
  const text = String(Object.is(number, -0) ? 0 : number);
  return text.includes('e') ? withoutExponent(text) : text;
}

function withoutExponent(text: string): string {
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign = '', first = '', rest = '', power = '0'] = match;
  const digits = `${first}${rest}`;
  const point = 1 + Number(power);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, '0')}`;
}

const day = 86_400_000;
/** Day 0 of the calendar from 1 March 1900 on; before, days are one later: the calendar has a 29 February 1900. */
const dayZero = Date.UTC(1899, 11, 30);
const daysOf1904 = 1_462;
/** 31 December 9999. */
const lastDay = 2_958_465;

/** `YYYY-MM-DD`, `YYYY-MM-DDTHH:mm:ss` or `HH:mm:ss`; `undefined` for numbers that are no date. */
function formatSerial(
  number: number,
  format: Extract<NumberFormat, { readonly kind: 'date' }>,
  is1904: boolean,
): string | undefined {
  const unit = format.hasFractions ? 1 : 1_000;
  const duration = Math.round((number * day) / unit) * unit;
  if (duration >= 0 && (format.isElapsed || (format.isTime && duration < day))) {
    return formatTime(duration, format.hasFractions);
  }
  const time = duration + (is1904 ? daysOf1904 * day : 0);
  const serial = Math.floor(time / day);
  if (serial < 0 || serial > lastDay || format.isElapsed) return undefined;
  // The day that never was is told as the workbook tells it: a mapping that wants a date refuses it.
  const shown =
    serial === 60
      ? '1900-02-29'
      : new Date(dayZero + (serial < 60 ? serial + 1 : serial) * day).toISOString().slice(0, 10);
  const rest = time % day;
  return rest === 0 ? shown : `${shown}T${formatTime(rest, format.hasFractions)}`;
}

function formatTime(duration: number, hasFractions: boolean): string {
  const seconds = Math.floor(duration / 1_000);
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  const text = parts.map((part) => String(part).padStart(2, '0')).join(':');
  const fraction = duration % 1_000;
  return hasFractions && fraction !== 0 ? `${text}.${String(fraction).padStart(3, '0')}` : text;
}

/** A date of a cell that holds ISO 8601 text: without a time where it is midnight, and without a zone. */
export function formatIsoCell(text: string): string {
  const match = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(\.\d+)?Z?)?$/.exec(text.trim());
  if (match === null) return text;
  const [, shown = '', time, fraction = ''] = match;
  const rest = fraction.replace(/0+$/, '').replace(/^\.$/, '');
  return time === undefined || (time === '00:00:00' && rest === '')
    ? shown
    : `${shown}T${time}${rest}`;
}

const escaped = /_x([0-9A-Fa-f]{4})_/g;

/** Text with its `_x000D_` escapes read: characters XML cannot hold are written so. */
export function unescapeCellText(text: string): string {
  if (!text.includes('_x')) return text;
  return text.replace(escaped, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
