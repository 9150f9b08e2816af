/** Property values between their internal text and typed values. */
import type { ScalarType } from '../entity-model.ts';
import { readDate, writeDate } from './functions/date-text.ts';

/** Inclusive bounds of the integer types. */
const integerBounds: Readonly<
  Record<'Byte' | 'Int16' | 'Int32' | 'Int64', readonly [bigint, bigint]>
> = {
  Byte: [0n, 255n],
  Int16: [-32_768n, 32_767n],
  Int32: [-2_147_483_648n, 2_147_483_647n],
  Int64: [-(2n ** 63n), 2n ** 63n - 1n],
};

const integerText = /^\s*[+-]?\d{1,20}\s*$/;
const doubleText = /^\s*[+-]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:[eE][+-]?\d{1,4})?\s*$/;
const guidText = /^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$/;
const base64Text = /^[A-Za-z0-9+/]*={0,2}$/;
const internalDate = /^\d{14}$/;

/** The integer a text holds, or `undefined` when it is none or lies outside the type. */
export function readInteger(type: keyof typeof integerBounds, text: string): bigint | undefined {
  if (!integerText.test(text)) return undefined;
  const value = BigInt(text.trim().replace(/^\+/, ''));
  const [least, most] = integerBounds[type];
  return value >= least && value <= most ? value : undefined;
}

/** The finite number a text holds in invariant form, or `undefined`. */
export function readDouble(text: string): number | undefined {
  if (!doubleText.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** The boolean a text holds: `true`, `false` in any case, `1`, `0`; else `undefined`. */
export function readBool(text: string): boolean | undefined {
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  const lower = text.trim().toLowerCase();
  if (lower === 'true') return true;
  return lower === 'false' ? false : undefined;
}

/** The GUID a text holds in lower case, braces removed, or `undefined`. */
export function readGuid(text: string): string | undefined {
  const trimmed = text.trim();
  const bare = trimmed.startsWith('{') && trimmed.endsWith('}') ? trimmed.slice(1, -1) : trimmed;
  return guidText.test(bare) ? bare.toLowerCase() : undefined;
}

/** The text of a number as .NET writes it: the shortest that reads back, exponents from 1E+15 and below 1E-04. */
export function writeDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa = '0', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 15) return String(value);
  const sign = exponent < 0 ? '-' : '+';
  return `${mantissa}E${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/**
 * The internal form of a text read as a value of `type`, or `undefined` when the text is no such value.
 * Dates may come in as any form {@link readDate} knows; text, bytes and options are taken as they are.
 */
export function normalizeScalar(type: ScalarType, text: string): string | undefined {
  switch (type) {
    case 'String':
    case 'Option':
    case 'Binary':
      return text;
    case 'Bytes':
      return text.length % 4 === 0 && base64Text.test(text) ? text : undefined;
    case 'Byte':
    case 'Int16':
    case 'Int32':
    case 'Int64':
      return readInteger(type, text)?.toString();
    case 'Double': {
      const value = readDouble(text);
      return value === undefined ? undefined : writeDouble(value);
    }
    case 'Bool': {
      const value = readBool(text);
      return value === undefined ? undefined : String(value);
    }
    case 'Guid':
      return readGuid(text);
    case 'DateTime': {
      const value = readDate(text);
      if (value === undefined) return undefined;
      return internalDate.test(text) ? text : writeDate(value);
    }
  }
}
