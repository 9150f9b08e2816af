/** What the dialects share. */
import type { Bound, ValueKind } from './database.ts';

/** Quotes a name, the closing mark doubled inside. */
export function quoteWith(opening: string, closing: string): (identifier: string) => string {
  return (identifier) => opening + identifier.replaceAll(closing, closing + closing) + closing;
}

/** Kinds shared by all: the names of standard SQL and what everybody calls its neighbours. */
export function commonKind(typeName: string): ValueKind {
  const name = typeName.toLowerCase();
  if (/^(tiny|small|medium|big)?int(eger)?\b|^int\d\b|^(small|big)?serial\b|^year\b/.test(name))
    return 'integer';
  if (/^(numeric|decimal|dec|number|money|smallmoney|fixed)\b/.test(name)) return 'decimal';
  if (/^(real|float\d*|double)\b/.test(name)) return 'float';
  if (/^bool(ean)?\b/.test(name)) return 'boolean';
  if (/^(timestamptz|timestamp.* with time zone|datetimeoffset)\b/.test(name))
    return 'zoned-timestamp';
  if (/^(timestamp|datetime2?|smalldatetime)\b/.test(name)) return 'timestamp';
  if (/^date\b/.test(name)) return 'date';
  if (/^time\b/.test(name)) return 'time';
  if (/^(bytea|(tiny|medium|long)?blob|(var)?binary|image|rowversion)\b/.test(name))
    return 'binary';
  if (/^(uuid|uniqueidentifier)\b/.test(name)) return 'guid';
  if (/char|text|clob|^(name|citext|enum|set|string)\b/.test(name)) return 'text';
  return 'other';
}

export function plainEquals(
  column: string,
  _kind: ValueKind,
  value: Bound,
  bind: (value: Bound) => string,
): string {
  return `${column} = ${bind(value)}`;
}
