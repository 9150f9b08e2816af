/** `ToString()` of every scalar, culture invariant, as string concatenation and interpolation use it. */
import { failed } from '../expression-error.ts';
import { formatDate, readDateFormat } from '../functions/date-format.ts';
import { writeDouble } from '../scalar-text.ts';
import { formatNumber, isNumberFormat, numberWriter } from './number-format.ts';
import { asNumber, type Value } from './runtime.ts';
import type { ScalarKind } from './static-type.ts';

const defaultDate = readDateFormat('G') ?? { parts: [] };

/** The text of a value of this kind; null gives the empty text. */
export function textOf(scalar: ScalarKind, value: Value): string {
  if (value === null) return '';
  switch (scalar) {
    case 'bool':
      return value === true ? 'True' : 'False';
    case 'double':
      return writeDouble(asNumber(value));
    case 'dateTime':
      return formatDate(defaultDate, asNumber(value));
    case 'timeSpan':
      return spanText(asNumber(value));
    case 'dayOfWeek':
      return dayNames[asNumber(value)] ?? '';
    case 'string':
    case 'char':
    case 'int':
    case 'long':
    case 'guid':
    case 'bytes':
    case 'comparison':
    case 'culture':
    case 'splitOptions':
    case 'regexOptions':
    case 'comparer':
    case 'dateStyles':
    case 'numberStyles':
    case 'dateKind':
    case 'rounding':
      return String(value);
  }
}

/** The constant form of a span: `[-][d.]hh:mm:ss[.fffffff]`. */
function spanText(span: number): string {
  const total = Math.abs(span);
  const part = (unit: number, count: number): string =>
    String(Math.floor(total / unit) % count).padStart(2, '0');
  const days = Math.floor(total / 86_400_000);
  const milliseconds = Math.floor(total) % 1000;
  const fraction = milliseconds === 0 ? '' : `.${String(milliseconds).padStart(3, '0')}0000`;
  const clock = `${part(3_600_000, 24)}:${part(60_000, 60)}:${part(1000, 60)}${fraction}`;
  return `${span < 0 ? '-' : ''}${days === 0 ? '' : `${days}.`}${clock}`;
}

const dayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** True of formats that {@link formatValue} carries out for this kind. */
export function isFormatOf(scalar: ScalarKind, format: string): boolean {
  if (format === '') return true;
  switch (scalar) {
    case 'dateTime':
      return readDateFormat(format) !== undefined;
    case 'int':
    case 'long':
      return isNumberFormat(format, true);
    case 'double':
      return isNumberFormat(format, false);
    case 'guid':
      return /^[nNdDbBpP]$/.test(format);
    case 'timeSpan':
      return /^[ctT]$/.test(format) || readSpanFormat(format) !== undefined;
    case 'dayOfWeek':
      return /^[gGdDfF]$/.test(format);
    default:
      // .NET ignores the format of a text.
      return scalar === 'string' || scalar === 'char' || scalar === 'bool';
  }
}

/** The text of a value in a .NET format. */
export function formatValue(scalar: ScalarKind, value: Value, format: string): string {
  if (value === null || format === '') return textOf(scalar, value);
  if (!isFormatOf(scalar, format)) throw failed('a format is not supported yet.');
  switch (scalar) {
    case 'dateTime':
      return formatDate(readDateFormat(format) ?? defaultDate, asNumber(value));
    case 'int':
    case 'long':
    case 'double':
      return formatNumber(
        typeof value === 'bigint' ? value : asNumber(value),
        format,
        scalar !== 'double',
      );
    case 'guid':
      return formatGuid(String(value), format.toUpperCase());
    case 'timeSpan':
      return /^[ctT]$/.test(format) ? textOf(scalar, value) : formatSpan(asNumber(value), format);
    case 'dayOfWeek':
      return /[dD]/.test(format) ? String(value) : textOf(scalar, value);
    default:
      return textOf(scalar, value);
  }
}

/** Writes values of this kind in a format that {@link isFormatOf} knows; the format is read once. */
export function formatterOf(scalar: ScalarKind, format: string): (value: Value) => string {
  if (format === '') return (value) => textOf(scalar, value);
  if (scalar === 'dateTime') {
    const parts = readDateFormat(format) ?? defaultDate;
    return (value) => (value === null ? '' : formatDate(parts, asNumber(value)));
  }
  if (scalar === 'int') {
    const write = numberWriter(format);
    return (value) => (value === null ? '' : write(asNumber(value)));
  }
  return (value) => formatValue(scalar, value, format);
}

function formatGuid(text: string, format: string): string {
  if (format === 'N') return text.replaceAll('-', '');
  if (format === 'B') return `{${text}}`;
  return format === 'P' ? `(${text})` : text;
}

const spanParts = /\\(.)|'([^']*)'|%?(d{1,8}|h{1,2}|m{1,2}|s{1,2}|f{1,7})/gy;

/** The parts of a custom format of spans; every other character must be escaped, as in .NET. */
function readSpanFormat(format: string): readonly RegExpMatchArray[] | undefined {
  const parts = [...format.matchAll(spanParts)];
  const length = parts.reduce((sum, [part]) => sum + part.length, 0);
  return length === format.length ? parts : undefined;
}

function formatSpan(span: number, format: string): string {
  const total = Math.abs(span);
  const units: Readonly<Record<string, number>> = {
    d: Math.floor(total / 86_400_000),
    h: Math.floor(total / 3_600_000) % 24,
    m: Math.floor(total / 60_000) % 60,
    s: Math.floor(total / 1000) % 60,
  };
  let text = '';
  for (const [, escaped, quoted, field = ''] of readSpanFormat(format) ?? []) {
    const letter = field.charAt(0);
    if (letter === 'f') {
      const fraction = String(Math.floor(total) % 1000)
        .padStart(3, '0')
        .padEnd(7, '0');
      text += fraction.slice(0, field.length);
    } else if (letter !== '') text += String(units[letter] ?? 0).padStart(field.length, '0');
    else text += escaped ?? quoted ?? '';
  }
  return text;
}
