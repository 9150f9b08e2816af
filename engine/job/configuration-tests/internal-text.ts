/** Between what people write in a test and the internal form of property values. */
import type { ScalarType } from '../../../config/index.ts';
import { parseFormat } from '../../../connectors/index.ts';

const formats: Readonly<Partial<Record<ScalarType, string>>> = {
  DateTime: 'datetime',
  Bool: 'bool',
  Int32: 'int32',
  Int64: 'int64',
  Int16: 'int16',
  Byte: 'byte',
  Double: 'double',
  Guid: 'guid',
  Bytes: 'bytes',
  Binary: 'binary',
};

/** The internal form; `undefined` when the text is no value of the type. Empty text is no value. */
export function toInternalText(type: ScalarType, text: string | null): string | null | undefined {
  if (text === null || text === '') return null;
  const format = formats[type];
  return format === undefined ? text : parseFormat(format)?.toInternal(text);
}

/** As people read it: dates as 2026-01-05, or 2026-01-05T12:00:00Z where they have a time. */
export function toReadableText(type: ScalarType, value: string | null): string {
  if (value === null) return '(none)';
  if (type !== 'DateTime' || !/^\d{14}$/u.test(value)) return value;
  const day = `${value.slice(0, 4)}-${value.slice(4, 6)}-${value.slice(6, 8)}`;
  const time = `${value.slice(8, 10)}:${value.slice(10, 12)}:${value.slice(12, 14)}`;
  return time === '00:00:00' ? day : `${day}T${time}Z`;
}
