/**
 * `Format` of a mapping: how a value looks in the managed system. The internal form is what the store compares:
 * dates `yyyyMMddHHmmss` in UTC, booleans `true`/`false`, numbers in plain decimal, GUIDs as 32 lower-case hexadecimal
 * digits, binaries in Base64, lists joined by line feeds.
 */

import { findNearestName, valueFormatNames } from '../../config/index.ts';
import { formatDate, formatInternalDate, parseDate } from './date-formats.ts';
import { ConnectorError } from './errors.ts';

/** How the managed system spells booleans and dates: `TRUE` and generalized time, or `true` and ISO 8601. */
export type ExternalStyle = 'ldap' | 'plain';

/** A format, parsed. Conversions give `null` for "no value" and `undefined` for a value the format does not allow. */
export interface ValueFormat {
  /** As written in the mapping. */
  readonly written: string;
  /** Set for `bit:<property>:<n>` only. */
  readonly bit?: BitFormat;
  toInternal(text: string): string | null | undefined;
  toExternal(text: string, style: ExternalStyle): string | null | undefined;
}

/** One flag of a number. `position` counts from 1: position 2 is the mask 0x2. */
export interface BitFormat {
  readonly property: string;
  readonly position: number;
}

type Convert = (text: string) => string | null | undefined;

const plainFormats: Readonly<Record<string, Omit<ValueFormat, 'written'>>> = {
  bool: {
    toInternal: readBoolean,
    toExternal: (text, style) => {
      const word = readBoolean(text);
      return style === 'ldap' ? word?.toUpperCase() : word;
    },
  },
  byte: sameBothWays(readInteger(0n, 255n)),
  int16: sameBothWays(readInteger(-(2n ** 15n), 2n ** 15n - 1n)),
  int32: sameBothWays(readInteger(-(2n ** 31n), 2n ** 31n - 1n)),
  int64: sameBothWays(readInteger(-(2n ** 63n), 2n ** 63n - 1n)),
  double: sameBothWays(readDouble),
  bytes: sameBothWays(readBase64),
  binary: sameBothWays(readBase64),
  datetime: { toInternal: readDate, toExternal: writeDate },
  date: { toInternal: readDay, toExternal: writeDay },
  '1601date': { toInternal: readTicks, toExternal: writeTicks },
  guid: { toInternal: readGuid, toExternal: writeGuid },
  sid: sameBothWays(readSid),
  rdn: { toInternal: readFirstRdnValue, toExternal: (text) => text },
  multivaluedtext: { toInternal: sortLines, toExternal: sortLines },
};

/** The format of a mapping, whatever its case; `undefined` when there is none of that name. */
export function parseFormat(written: string): ValueFormat | undefined {
  const name = written.trim().toLowerCase();
  const plain = Object.hasOwn(plainFormats, name) ? plainFormats[name] : undefined;
  if (plain !== undefined) return { written, ...plain };
  if (name.startsWith('concat:')) return parseConcat(written);
  if (name.startsWith('bit:')) return parseBit(written);
  return undefined;
}

/** As {@link parseFormat}; an unknown format is a `ConnectorError` of kind `invalid-value` that names the nearest one. */
export function requireFormat(written: string, column: string): ValueFormat {
  const format = parseFormat(written);
  if (format !== undefined) return format;
  const nearest = findNearestName(written, Object.keys(plainFormats));
  throw new ConnectorError(
    'invalid-value',
    `The mapping of the column "${column}" has the format "${written}", which is not known.`,
    {
      hint:
        nearest === undefined
          ? `Use one of: ${valueFormatNames.join(', ')}.`
          : `Did you mean "${nearest}"?`,
      details: { column, format: written },
    },
  );
}

/** The value as the managed system wants it; a value the format does not allow is an `invalid-value` error without the value. */
export function toExternalValue(
  column: string,
  written: string | undefined,
  value: string | null,
  style: ExternalStyle,
): string | null {
  if (value === null || written === undefined) return value;
  const format = requireFormat(written, column);
  const external = format.toExternal(value, style);
  if (external !== undefined) return external;
  throw new ConnectorError(
    'invalid-value',
    `The value for the column "${column}" cannot be written in the format "${written}".`,
    {
      hint: `Correct the rule that computes this property, or the format of its mapping.`,
      details: { column, format: written },
    },
  );
}

/** The flag of `mask` as `1` or `0`; `undefined` when the mask is not a whole number. */
export function readBit(mask: string, bit: BitFormat): string | undefined {
  const number = parseInteger(mask);
  if (number === undefined) return undefined;
  return ((number >> BigInt(bit.position - 1)) & 1n) === 1n ? '1' : '0';
}

/**
 * The whole number to write after one flag has been set: the other flags of `mask` stay. A missing mask counts as 0.
 * `undefined` when the mask is not a number or `value` is no truth value. Numbers that were signed 32-bit stay so.
 */
export function writeBit(
  mask: string | null,
  bit: BitFormat,
  value: string | null,
): string | undefined {
  const number = parseInteger(mask ?? '0');
  const isSet = value === null ? 'false' : readBoolean(value);
  if (number === undefined || isSet === undefined) return undefined;
  const flag = 1n << BigInt(bit.position - 1);
  const changed = isSet === 'true' ? number | flag : number & ~flag;
  // Directories keep flags in signed 32-bit integers: bit 32 is the sign.
  const fits32 = number >= -(2n ** 31n) && number < 2n ** 31n && bit.position <= 32;
  return String(fits32 ? BigInt.asIntN(32, changed) : changed);
}

/** 32 hexadecimal digits of the 16 bytes of a GUID as Windows stores it: the first three groups are little-endian. */
export function formatGuidBytes(bytes: Uint8Array): string | undefined {
  if (bytes.length !== 16) return undefined;
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  return order.map((index) => (bytes[index] ?? 0).toString(16).padStart(2, '0')).join('');
}

/** `S-1-…` text of a binary security identifier: authority big-endian, sub-authorities little-endian. */
export function formatSidBytes(bytes: Uint8Array): string | undefined {
  const count = bytes[1] ?? 0;
  if (bytes.length < 8 || bytes.length !== 8 + 4 * count || bytes[0] !== 1) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const authority = view.getUint16(2) * 2 ** 32 + view.getUint32(4);
  let text = `S-1-${authority}`;
  for (let index = 0; index < count; index += 1) {
    text += `-${view.getUint32(8 + 4 * index, true)}`;
  }
  return text;
}

/** Compares as .NET's ordinal comparison that ignores case; equal but for case: by code unit. */
export function compareOrdinalIgnoreCase(a: string, b: string): number {
  const upperA = upperUnits(a);
  const upperB = upperUnits(b);
  if (upperA !== upperB) return upperA < upperB ? -1 : 1;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Upper case unit by unit: `ß` stays one unit, as in the invariant mapping. */
function upperUnits(text: string): string {
  const whole = text.toUpperCase();
  if (whole.length === text.length) return whole;
  let units = '';
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charAt(index);
    const upper = unit.toUpperCase();
    units += upper.length === 1 ? upper : unit;
  }
  return units;
}

function sameBothWays(convert: Convert): Omit<ValueFormat, 'written'> {
  return { toInternal: convert, toExternal: convert };
}

function parseConcat(written: string): ValueFormat | undefined {
  const separator = written.slice(written.indexOf(':') + 1);
  if (separator === '') return undefined;
  return {
    written,
    // The order is the system's own: it is kept, so that writing back what was read changes nothing.
    toInternal: (text) => text.split(separator).join('\n'),
    toExternal: (text) => {
      const values = text.split('\n');
      return values.some((value) => value.includes(separator)) ? undefined : values.join(separator);
    },
  };
}

function parseBit(written: string): ValueFormat | undefined {
  const match = /^bit:([^:]+):(\d{1,2})$/i.exec(written.trim());
  const position = Number(match?.[2]);
  const property = match?.[1];
  if (property === undefined || position < 1 || position > 64) return undefined;
  const bit: BitFormat = { property, position };
  return {
    written,
    bit,
    toInternal: (text) => readBit(text, bit),
    toExternal: (text) => {
      const word = readBoolean(text);
      if (word === undefined) return undefined;
      return word === 'true' ? '1' : '0';
    },
  };
}

function readBoolean(text: string): string | undefined {
  switch (text.trim().toLowerCase()) {
    case 'true':
    case 't':
    case '1':
    case 'yes':
    case 'y':
      return 'true';
    case 'false':
    case 'f':
    case '0':
    case 'no':
    case 'n':
      return 'false';
    default:
      return undefined;
  }
}

function parseInteger(text: string): bigint | undefined {
  const trimmed = text.trim();
  return /^[+-]?\d{1,40}$/.test(trimmed) ? BigInt(trimmed.replace('+', '')) : undefined;
}

function readInteger(minimum: bigint, maximum: bigint): Convert {
  return (text) => {
    const number = parseInteger(text);
    if (number === undefined || number < minimum || number > maximum) return undefined;
    return String(number);
  };
}

function readDouble(text: string): string | undefined {
  const trimmed = text.trim();
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(trimmed)) return undefined;
  const number = Number(trimmed);
  if (!Number.isFinite(number)) return undefined;
  return String(number === 0 ? 0 : number);
}

function readBase64(text: string): string | undefined {
  const compact = text.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) return undefined;
  const bytes = Buffer.from(compact, 'base64');
  const canonical = bytes.toString('base64');
  return canonical.replace(/=+$/, '') === compact.replace(/=+$/, '') ? canonical : undefined;
}

function readDate(text: string): string | undefined {
  const date = parseDate(text);
  return date && formatInternalDate(date.time);
}

function writeDate(text: string, style: ExternalStyle): string | undefined {
  const date = parseDate(text);
  return date && formatDate(date.time, style === 'ldap' ? 'generalized' : 'iso-zone');
}

function readDay(text: string): string | undefined {
  const date = readDate(text);
  return date && `${date.slice(0, 8)}000000`;
}

function writeDay(text: string): string | undefined {
  const date = parseDate(text);
  return date && formatDate(date.time, 'iso-zone')?.slice(0, 10);
}

/** Milliseconds between 1601-01-01, where Windows starts to count, and 1970-01-01. */
const windowsEpochOffset = 11_644_473_600_000n;

function readTicks(text: string): string | null | undefined {
  const ticks = parseInteger(text);
  if (ticks === undefined || ticks < 0n) return undefined;
  // Both mean "never": 0, and the largest 64-bit number.
  if (ticks === 0n || ticks === 2n ** 63n - 1n) return null;
  return formatInternalDate(Number(ticks / 10_000n - windowsEpochOffset));
}

function writeTicks(text: string): string | undefined {
  const date = parseDate(text);
  if (date === undefined) return undefined;
  const ticks = (BigInt(date.time) + windowsEpochOffset) * 10_000n;
  return ticks > 0n ? String(ticks) : undefined;
}

function readGuid(text: string): string | undefined {
  const trimmed = text.trim();
  const digits = trimmed.replace(/^[{(]|[)}]$/g, '').replaceAll('-', '');
  if (/^[0-9a-f]{32}$/i.test(digits)) return digits.toLowerCase();
  // 16 bytes in Base64: what a directory gives for a binary attribute.
  return /^[A-Za-z0-9+/]{22}==$/.test(trimmed)
    ? formatGuidBytes(Buffer.from(trimmed, 'base64'))
    : undefined;
}

function writeGuid(text: string): string | undefined {
  const digits = readGuid(text);
  return digits?.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function readSid(text: string): string | undefined {
  const trimmed = text.trim();
  if (/^S-1-\d{1,15}(-\d{1,10}){0,15}$/i.test(trimmed)) return trimmed.toUpperCase();
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(trimmed)) return undefined;
  return formatSidBytes(Buffer.from(trimmed, 'base64'));
}

/**
 * The value of the first RDN of a distinguished name, escapes undone
 * (https://www.rfc-editor.org/rfc/rfc4514#section-2.4). Text that is no distinguished name is given as it is.
 */
function readFirstRdnValue(text: string): string {
  const start = /^\s*[A-Za-z0-9.-]+\s*=\s*/.exec(text);
  if (start === null) return text;
  const bytes: number[] = [];
  let rest = start[0].length;
  let kept = 0;
  while (rest < text.length) {
    const character = text.charAt(rest);
    if (character === ',' || character === '+' || character === ';') break;
    const escaped = /^\\(?:([0-9a-fA-F]{2})|(.))/su.exec(text.slice(rest, rest + 3));
    if (escaped !== null) {
      if (escaped[1] === undefined) bytes.push(...Buffer.from(escaped[2] ?? ''));
      else bytes.push(Number.parseInt(escaped[1], 16));
      rest += escaped[0].length;
      kept = bytes.length;
      continue;
    }
    const point = String.fromCodePoint(text.codePointAt(rest) ?? 0);
    bytes.push(...Buffer.from(point));
    rest += point.length;
    if (character !== ' ') kept = bytes.length;
  }
  return Buffer.from(bytes.slice(0, kept)).toString('utf8');
}

function sortLines(text: string): string {
  return text
    .split(/\r\n|\n|\r/)
    .sort(compareOrdinalIgnoreCase)
    .join('\n');
}
