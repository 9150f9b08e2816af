/** `ToString()` of every scalar, culture invariant, as string concatenation and interpolation use it. */
import { failed } from '../expression-error.ts';
import { formatDate, readDateFormat } from '../functions/date-format.ts';
import { writeDouble } from '../scalar-text.ts';
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
    case 'string':
    case 'char':
    case 'int':
    case 'long':
    case 'guid':
    case 'bytes':
    case 'comparison':
    case 'culture':
    case 'splitOptions':
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

/** True of formats that {@link formatValue} carries out for this kind. */
export function isFormatOf(scalar: ScalarKind, format: string): boolean {
  if (format === '') return true;
  if (scalar === 'dateTime') return readDateFormat(format) !== undefined;
  if (scalar === 'int' || scalar === 'long') return /^(?:[dD]\d{0,2}|[0]{1,30})$/.test(format);
  if (scalar === 'double') return /^(?:[fF]\d{0,2}|0(?:\.0{1,15})?)$/.test(format);
  return false;
}

/** The text of a value in a .NET format: any for dates; `D2`, `000` for whole numbers; `F2`, `0.00` for others. */
export function formatValue(scalar: ScalarKind, value: Value, format: string): string {
  if (value === null || format === '') return textOf(scalar, value);
  if (!isFormatOf(scalar, format)) throw failed('a format is not supported yet.');
  if (scalar === 'dateTime') {
    return formatDate(readDateFormat(format) ?? defaultDate, asNumber(value));
  }
  const digits = Number(format.slice(1) || (scalar === 'double' ? 2 : 1));
  if (scalar === 'double') {
    const places = format.startsWith('0') ? Math.max(0, format.length - 2) : digits;
    return asNumber(value).toFixed(places);
  }
  const width = format.startsWith('0') ? format.length : digits;
  const text = String(value);
  return text.startsWith('-')
    ? `-${text.slice(1).padStart(width, '0')}`
    : text.padStart(width, '0');
}
