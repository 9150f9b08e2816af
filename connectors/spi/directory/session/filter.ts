/** Filters (RFC 4515): those of the configuration are parsed, values are never pasted into one. https://www.rfc-editor.org/rfc/rfc4515 */
import {
  AndFilter,
  EqualityFilter,
  type Filter,
  FilterParser,
  GreaterThanEqualsFilter,
  PresenceFilter,
} from 'ldapts';
import { ConnectorError } from '../../errors.ts';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const attributePattern = /^(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)*)(?:;[A-Za-z0-9-]+)*$/;

/** Every entry there is. */
export const anything: Filter = new PresenceFilter({ attribute: 'objectClass' });

/** The filter of a text from the configuration. Throws `invalid-value`, naming the text. */
export function parseFilter(text: string): Filter {
  try {
    return FilterParser.parseString(joinEscapedBytes(text.trim()));
  } catch (cause) {
    throw new ConnectorError('invalid-value', `"${text}" is not a filter the connector can use.`, {
      hint: 'Check parentheses and escapes; attribute options, numeric attribute names and escaped bytes that are not UTF-8 are not supported.',
      cause,
    });
  }
}

/** `attribute = value`, the value taken literally. */
export function equals(attribute: string, value: string | Buffer): Filter {
  return new EqualityFilter({
    attribute: requireAttribute(attribute),
    value: typeof value === 'string' ? Buffer.from(value, 'utf8') : value,
  });
}

/** `attribute >= value`, in the order that the server has for the attribute. */
export function atLeast(attribute: string, value: string): Filter {
  return new GreaterThanEqualsFilter({ attribute: requireAttribute(attribute), value });
}

export function allOf(filters: readonly Filter[]): Filter {
  return new AndFilter({ filters: [...filters] });
}

/** The name itself when it can be one of an attribute; anything else is refused before it reaches a request. */
export function requireAttribute(name: string): string {
  if (attributePattern.test(name)) return name;
  throw new ConnectorError('invalid-value', `"${name}" is not the name of a directory attribute.`, {
    hint: 'Correct the connection column of the mapping, or the Table of the connection.',
  });
}

/**
 * ldapts turns each escaped byte of a filter into one character, which breaks every escaped character beyond ASCII;
 * here the bytes of such a run become the characters they stand for before ldapts sees them.
 */
function joinEscapedBytes(text: string): string {
  return text.replaceAll(/(?:\\[89A-Fa-f][0-9A-Fa-f])+/g, (run) =>
    strictUtf8.decode(Buffer.from(run.replaceAll('\\', ''), 'hex')),
  );
}
