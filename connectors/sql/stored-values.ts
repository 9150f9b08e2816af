/** Values between their internal form, the parameters of statements, and the text a database gives back. */

import type { Bound, Dialect } from '../spi/database/database.ts';
import { plainDecimal } from '../spi/database/text.ts';
import { parseDate } from '../spi/date-formats.ts';
import { ConnectorError } from '../spi/errors.ts';
import { parseFormat, toExternalValue } from '../spi/value-formats.ts';
import type { CatalogColumn } from './catalog.ts';

/** A column as a mapping uses it. */
export interface MappedColumn {
  readonly property: string;
  readonly column: CatalogColumn;
  readonly format?: string | undefined;
}

/**
 * The parameter for a value in the internal form. Values the column's type cannot hold are refused here, as some databases
 * quietly make something else of them (MySQL finds the row 12 for `12 or 1=1`). Throws `invalid-value` without the value.
 */
export function toBound(mapped: MappedColumn, value: string | null, dialect: Dialect): Bound {
  const { column } = mapped;
  const external = toExternalValue(column.name, mapped.format, value, 'plain');
  if (external === null) return null;
  switch (column.kind) {
    case 'integer':
      if (!/^\s*[+-]?\d+\s*$/.test(external)) throw refused(mapped, 'a whole number');
      return external.trim();
    case 'decimal':
    case 'float':
      if (!/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?\s*$/i.test(external)) {
        throw refused(mapped, 'a number');
      }
      return plainDecimal(external.trim());
    case 'boolean': {
      const word = /^\s*(?:(true|t|1|yes)|(false|f|0|no))\s*$/i.exec(external);
      if (word === null) throw refused(mapped, 'true or false');
      const isTrue = word[1] !== undefined;
      if (dialect.name === 'PostgreSQL') return isTrue ? 'true' : 'false';
      return isTrue ? 1 : 0;
    }
    case 'date':
    case 'timestamp':
    case 'zoned-timestamp':
      return toDateText(mapped, external, dialect);
    case 'binary': {
      const bytes = Buffer.from(external, 'base64');
      const isBase64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(external);
      if (!isBase64) throw refused(mapped, 'bytes in Base64');
      return bytes;
    }
    case 'guid':
      if (!/^[0-9a-f]{32}$/i.test(external)) return external;
      return external.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    case 'text':
    case 'time':
    case 'other':
      return external;
  }
}

/** ISO with a `T` is the one form no database reads by its language settings; sessions run in UTC. */
function toDateText(mapped: MappedColumn, external: string, dialect: Dialect): string {
  const date = parseDate(external);
  if (date === undefined) {
    // SQLite keeps what it is given; all others would refuse it, or worse, guess.
    if (dialect.name === 'SQLite' || /^-?infinity$/.test(external)) return external;
    throw refused(mapped, 'a date');
  }
  const text = new Date(date.time).toISOString();
  if (mapped.column.kind === 'date') return text.slice(0, 10);
  // What was read is cut to seconds; a fraction the source gave is kept.
  const fraction = /\d:\d\d([.,]\d+)/.exec(external)?.[1]?.replace(',', '.') ?? '';
  return text.slice(0, 19) + fraction;
}

function refused(mapped: MappedColumn, wanted: string): ConnectorError {
  return new ConnectorError(
    'invalid-value',
    `The value of the property "${mapped.property}" cannot go into the column "${mapped.column.name}", which holds ${wanted}.`,
    {
      hint: 'Correct the rule that computes the property, or give its mapping a Format.',
      details: { property: mapped.property, column: mapped.column.name },
    },
  );
}

/** A cell as the store would hold it after the next export: `Format` applied, empty text as no value. */
export function toInternal(mapped: MappedColumn, text: string | null): string | null {
  if (text === null || text === '') return null;
  if (mapped.format === undefined) return text;
  const internal = parseFormat(mapped.format)?.toInternal(text);
  // A value the format does not allow is kept as it is, so that it differs from any expected one.
  return internal === undefined ? text : internal;
}

/** Whether a cell holds what an internal value would become there; empty text and NULL are one, as in the exported file. */
export function isSameValue(
  mapped: MappedColumn,
  stored: string | null,
  internal: string | null,
  dialect: Dialect,
): boolean {
  let bound: Bound;
  try {
    bound = toBound(mapped, internal, dialect);
  } catch (error) {
    if (error instanceof ConnectorError && error.kind === 'invalid-value') return false;
    throw error;
  }
  const wanted = bound instanceof Uint8Array ? Buffer.from(bound).toString('base64') : bound;
  const isWantedEmpty = wanted === null || wanted === '';
  const isStoredEmpty = stored === null || stored === '';
  if (isWantedEmpty || isStoredEmpty) return isWantedEmpty && isStoredEmpty;
  return canonical(mapped.column, stored) === canonical(mapped.column, String(wanted));
}

function canonical(column: CatalogColumn, text: string): string {
  switch (column.kind) {
    case 'integer':
    case 'decimal':
    case 'float':
      return canonicalNumber(text);
    case 'boolean':
      return /^(true|t|1)$/i.test(text) ? 'true' : 'false';
    case 'date':
    case 'timestamp':
    case 'zoned-timestamp': {
      const date = parseDate(text);
      return date === undefined ? text : String(date.time);
    }
    case 'guid':
      return text.replaceAll(/[-{}]/g, '').toLowerCase();
    default:
      // char(n) columns come back padded.
      return /^n?char(acter)?\b(?!.*var)/i.test(column.type) ? text.trimEnd() : text;
  }
}

function canonicalNumber(text: string): string {
  const plain = plainDecimal(text.trim()).replace(/^\+/, '');
  const match = /^(-?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(plain);
  if (match === null) return plain;
  const [, sign = '', whole = '', fraction = ''] = match;
  if (whole === '' && fraction === '') return '0';
  return `${sign}${whole === '' ? '0' : whole}${fraction === '' ? '' : `.${fraction}`}`;
}
