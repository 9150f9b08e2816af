/** Values of properties to and from values of attributes. */
import { ConnectorError } from '../../errors.ts';
import { compareOrdinalIgnoreCase, parseFormat, toExternalValue } from '../../value-formats.ts';
import { joinTexts, readTexts } from '../entries/entry-values.ts';
import { areSameDn } from '../session/dn.ts';
import type { RawEntry } from '../session/protocol.ts';
import type { ScalarPlan } from './target-plan.ts';

/** All values of an attribute, its options folded in. */
export function readValues(entry: RawEntry, attribute: string): readonly Buffer[] {
  const wanted = attribute.toLowerCase();
  return entry.attributes
    .filter(({ type }) => {
      const name = type.toLowerCase();
      return name === wanted || name.split(';')[0] === wanted;
    })
    .flatMap(({ values }) => values);
}

/** The property as the store would hold it after an export. */
export function decodeValue(scalar: ScalarPlan, values: readonly Buffer[]): string | null {
  const { texts } = readTexts(values, scalar.column);
  const joined = joinTexts(texts, scalar.column.isJoined || scalar.separator !== undefined);
  if (joined === null || scalar.format === undefined) {
    return scalar.separator === undefined
      ? joined
      : (joined?.replaceAll('\n', scalar.separator) ?? null);
  }
  const internal = parseFormat(scalar.format)?.toInternal(joined);
  return internal === undefined ? joined : internal;
}

/** Whether two values of a property are the same to the store; the order of a list of values does not count. */
export function isSameValue(scalar: ScalarPlan, one: string | null, other: string | null): boolean {
  if ((one ?? '') === (other ?? '')) return true;
  const isOneName = scalar.column.isName && !scalar.column.isJoined;
  if (isOneName && one && other) return areSameDn(one, other);
  const separator = scalar.separator ?? (scalar.column.isJoined ? '\n' : undefined);
  if (separator === undefined || one === null || other === null) return false;
  const sort = (text: string) =>
    text.split(separator).toSorted(compareOrdinalIgnoreCase).join(separator);
  return sort(one) === sort(other);
}

/** The values to write; none for an empty value. Throws `invalid-value` for what the format or the directory cannot hold. */
export function encodeValue(scalar: ScalarPlan, value: string | null): readonly Buffer[] {
  if (value === null || value === '') return [];
  const { column, format, separator } = scalar;
  const name = format?.trim().toLowerCase();
  if (name === 'rdn') {
    throw new ConnectorError(
      'unsupported',
      `The column "${column.column}" has the format rdn, which can be read but not written.`,
      { hint: 'Write the whole name through a property without this format.' },
    );
  }
  if (!value.isWellFormed()) {
    throw new ConnectorError(
      'invalid-value',
      `The value for the column "${column.column}" holds half of a Unicode character.`,
      { hint: 'Check the rule or the source that the value comes from.' },
    );
  }
  const external = toExternalValue(column.column, format, value, 'ldap') ?? '';
  if (column.isBinary) return [encodeBytes(column.column, name, external)];
  const texts = splitText(external, separator ?? (column.isJoined ? '\n' : undefined));
  return texts.map((text) => Buffer.from(text, 'utf8'));
}

function splitText(text: string, separator: string | undefined): readonly string[] {
  if (separator === undefined) return [text];
  return [...new Set(text.split(separator).filter((part) => part !== ''))];
}

function encodeBytes(column: string, format: string | undefined, text: string): Buffer {
  if (format === 'guid') {
    const bytes = Buffer.from(text.replaceAll('-', ''), 'hex');
    // Windows keeps the first three groups of a GUID with the low byte first.
    bytes.subarray(0, 4).reverse();
    bytes.subarray(4, 6).reverse();
    bytes.subarray(6, 8).reverse();
    return bytes;
  }
  const isBase64 = /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0;
  if (isBase64) return Buffer.from(text, 'base64');
  throw new ConnectorError(
    'invalid-value',
    `The column "${column}" holds bytes, and the value of the order is not Base64.`,
    { hint: 'Give the value in Base64; to set a password see the README of the connector.' },
  );
}
