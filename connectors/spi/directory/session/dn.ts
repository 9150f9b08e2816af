/** Distinguished names (RFC 4514): parsing, escaping, parents and comparison. https://www.rfc-editor.org/rfc/rfc4514 */
import { ConnectorError } from '../../errors.ts';

/** One `type=value`; `isHex` marks a `#…` value, kept as its hexadecimal text. */
export interface NamePart {
  readonly type: string;
  readonly value: string;
  readonly isHex: boolean;
}

/** The parts of one relative name; more than one when joined by `+`. */
export type RelativeName = readonly NamePart[];

const typePattern = /^(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)*)$/;
const hexPair = /^[0-9A-Fa-f]{2}$/;
const escapable = ' "#+,;<=>\\';
/** Windows and Samba want the equals sign escaped, too; everybody else takes it either way. */
const alwaysEscaped = '"+,;<=>\\';
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The relative names of a DN, the leftmost first; the empty DN has none. Throws `invalid-value` for anything malformed. */
export function parseDn(text: string): readonly RelativeName[] {
  if (text.trim() === '') return [];
  return splitUnescaped(text, ',').map((relativeName) =>
    splitUnescaped(relativeName, '+').map((part) => parsePart(part, text)),
  );
}

/** The text of the first relative name, as written. */
export function firstRelativeName(dn: string): string {
  const end = indexOfUnescaped(dn, ',');
  return trimUnescaped(end === -1 ? dn : dn.slice(0, end));
}

/** The text after the first unescaped comma, as written; empty for a name without a parent. Never throws. */
export function parentOf(dn: string): string {
  const end = indexOfUnescaped(dn, ',');
  return end === -1 ? '' : trimUnescaped(dn.slice(end + 1));
}

/** The unescaped value of the first relative name (`Roy, Ana` of `cn=Roy\, Ana,ou=Staff`). */
export function firstNameValue(dn: string): string {
  return parseDn(dn)[0]?.[0]?.value ?? '';
}

/** One `type=value`, with everything in the value that means something in a DN escaped. */
export function formatRelativeName(type: string, value: string): string {
  if (!typePattern.test(type)) {
    throw new ConnectorError(
      'invalid-value',
      `"${type}" is not the name of a directory attribute.`,
      {
        hint: 'Correct RDNAttributeIdentifier of the resource type mapping.',
      },
    );
  }
  return `${type}=${escapeNameValue(value)}`;
}

/** A value made safe for a DN: read back by any server it is the same text. Throws for an empty or broken text. */
export function escapeNameValue(value: string): string {
  if (value === '') {
    throw new ConnectorError('invalid-value', 'A name in the directory cannot be empty.', {
      hint: 'Check the rule that computes the name of the entry.',
    });
  }
  if (!value.isWellFormed()) {
    throw new ConnectorError('invalid-value', 'A name holds half of a Unicode character.', {
      hint: 'Check the rule or the source that the value comes from.',
    });
  }
  let escaped = '';
  for (let index = 0; index < value.length; index += 1) {
    const character = value.charAt(index);
    const code = value.charCodeAt(index);
    const isEdgeSpace = character === ' ' && (index === 0 || index === value.length - 1);
    if (code < 0x20 || code === 0x7f) {
      escaped += `\\${code.toString(16).padStart(2, '0')}`;
    } else if (
      alwaysEscaped.includes(character) ||
      isEdgeSpace ||
      (character === '#' && index === 0)
    ) {
      escaped += `\\${character}`;
    } else {
      escaped += character;
    }
  }
  return escaped;
}

/** The DN of `relativeName` below `parent`. */
export function joinDn(relativeName: string, parent: string): string {
  return parent === '' ? relativeName : `${relativeName},${parent}`;
}

/**
 * The name with every special character escaped in the shortest form and no spaces around separators: servers differ (`\\2C` and `\\,`), and one
 * name must be one text wherever it stands. What is no name is given as it is; nothing else about the name changes.
 */
export function respellDn(dn: string): string {
  if (!/\\|[,+=] | [,+=]|=[^,+]*=/.test(dn)) return dn;
  try {
    return parseDn(dn)
      .map((relativeName) => relativeName.map(formatPart).join('+'))
      .join(',');
  } catch (error) {
    if (error instanceof ConnectorError) return dn;
    throw error;
  }
}

/** One `type=value` as a DN holds it. */
export function formatPart(part: NamePart): string {
  return part.isHex ? `${part.type}=#${part.value}` : formatRelativeName(part.type, part.value);
}

/**
 * One text for all spellings of a DN: types and values without case, inner spaces folded, escapes resolved, the parts of a
 * relative name in order. For comparison only; values whose attribute is case-sensitive compare equal here too.
 */
export function dnKey(dn: string): string {
  return relativeKeys(dn).join(',');
}

/** Whether two texts name one entry. A text that is no DN is equal only to itself. */
export function areSameDn(one: string, other: string): boolean {
  if (one === other) return true;
  try {
    return dnKey(one) === dnKey(other);
  } catch (error) {
    if (error instanceof ConnectorError) return false;
    throw error;
  }
}

function relativeKeys(dn: string): readonly string[] {
  return parseDn(dn).map((relativeName) =>
    relativeName
      .map((part) => {
        const folded = part.isHex
          ? part.value.toLowerCase()
          : part.value.normalize('NFC').toLowerCase().replaceAll(/ +/g, ' ').trim();
        return `${part.type.toLowerCase()}=${part.isHex ? '#' : ''}${encodeURIComponent(folded)}`;
      })
      .sort()
      .join('+'),
  );
}

function indexOfUnescaped(text: string, separator: string, from = 0): number {
  for (let index = from; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === '\\') index += 1;
    else if (character === separator) return index;
  }
  return -1;
}

function splitUnescaped(text: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  for (;;) {
    const end = indexOfUnescaped(text, separator, start);
    if (end === -1) {
      parts.push(text.slice(start));
      return parts;
    }
    parts.push(text.slice(start, end));
    start = end + 1;
  }
}

function parsePart(text: string, dn: string): NamePart {
  const equals = text.indexOf('=');
  const type = equals === -1 ? '' : text.slice(0, equals).trim();
  if (!typePattern.test(type)) throw notADn(dn, 'a part has no attribute name before "="');
  const raw = trimUnescaped(text.slice(equals + 1));
  if (raw.startsWith('#')) {
    if (!/^#(?:[0-9A-Fa-f]{2})+$/.test(raw)) throw notADn(dn, 'a "#" value is not hexadecimal');
    return { type, value: raw.slice(1), isHex: true };
  }
  return { type, value: unescapeValue(raw, dn), isHex: false };
}

/** Spaces around a value do not count, unless the last one is escaped. */
function trimUnescaped(text: string): string {
  let start = 0;
  while (text.charAt(start) === ' ') start += 1;
  let end = start;
  for (let index = start; index < text.length; index += 1) {
    if (text.charAt(index) === '\\') {
      index += 1;
      end = index + 1;
    } else if (text.charAt(index) !== ' ') {
      end = index + 1;
    }
  }
  return text.slice(start, end);
}

function unescapeValue(text: string, dn: string): string {
  const bytes: Buffer[] = [];
  let literal = '';
  const flush = () => {
    if (literal !== '') bytes.push(Buffer.from(literal, 'utf8'));
    literal = '';
  };
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character !== '\\') {
      if ('";<>\0'.includes(character)) throw notADn(dn, 'a special character is not escaped');
      literal += character;
      continue;
    }
    const next = text.charAt(index + 1);
    const pair = text.slice(index + 1, index + 3);
    if (hexPair.test(pair)) {
      flush();
      bytes.push(Buffer.from(pair, 'hex'));
      index += 2;
    } else if (next !== '' && escapable.includes(next)) {
      literal += next;
      index += 1;
    } else {
      throw notADn(dn, 'a backslash escapes nothing');
    }
  }
  flush();
  try {
    return strictUtf8.decode(Buffer.concat(bytes));
  } catch (cause) {
    throw notADn(dn, 'escaped bytes are not UTF-8', cause);
  }
}

function notADn(dn: string, reason: string, cause?: unknown): ConnectorError {
  const shown = dn.length > 200 ? `${dn.slice(0, 200)}…` : dn;
  return new ConnectorError(
    'invalid-value',
    `"${shown}" is not a distinguished name: ${reason}.`,
    cause === undefined
      ? {
          hint: 'Write it like cn=Roy\\, Ana,ou=Staff,dc=example,dc=test, with special characters escaped.',
        }
      : { hint: 'Write special characters escaped, like cn=Roy\\, Ana,ou=Staff.', cause },
  );
}
