/** Which part of a value is replaced: all of it, the name in an address, the values of a distinguished name. */
import { suggestName } from '../../connectors/index.ts';
import { FileToolError } from './errors.ts';
import { createScramble, type Scramble } from './scramble.ts';

export const anonymizedTypes = ['string', 'mail', 'number', 'rdn'] as const;
export type AnonymizedType = (typeof anonymizedTypes)[number];

export interface AnonymizedColumn {
  readonly type: AnonymizedType;
  readonly name: string;
}

/** Reads `mail:Address,Name,number:Phone`; a column without a type is a `string`. Throws for a type that is not known. */
export function parseAnonymizedColumns(texts: readonly string[]): readonly AnonymizedColumn[] {
  const columns = texts
    .flatMap((text) => text.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map(parseColumn);
  const names = columns.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined && names.length > 0) return columns;
  const message =
    twice === undefined ? 'No column is named.' : `The column "${twice}" is named twice.`;
  throw new FileToolError('USAGE_INVALID', message, {
    hint: 'Write --columns string:LastName,mail:Email,number:Phone,rdn:Dn.',
  });
}

function parseColumn(text: string): AnonymizedColumn {
  const colon = text.indexOf(':');
  if (colon === -1) return { type: 'string', name: text };
  const word = text.slice(0, colon).trim().toLowerCase();
  const name = text.slice(colon + 1).trim();
  const type = anonymizedTypes.find((each) => each === word);
  if (type !== undefined && name !== '') return { type, name };
  throw new FileToolError('USAGE_INVALID', `"${text}" is no type and column.`, {
    hint:
      suggestName(word, anonymizedTypes) ??
      `Types are ${anonymizedTypes.join(', ')}; a column with a colon in its name is string:<name>.`,
  });
}

/** One function per type, all with one key. Words, names in addresses and values of names are replaced alike. */
export function createAnonymizers(
  key: Uint8Array,
): Readonly<Record<AnonymizedType, (text: string) => string>> {
  const text = createScramble(key, 'text');
  return {
    string: text,
    number: createScramble(key, 'number'),
    mail: (address) => anonymizeMail(address, text),
    rdn: (name) => anonymizeName(name, text),
  };
}

function anonymizeMail(address: string, scramble: Scramble): string {
  const at = address.lastIndexOf('@');
  if (at === -1) return scramble(address);
  return `${scramble(address.slice(0, at))}${address.slice(at)}`;
}

/** `CN=Roy\, Ana,OU=Staff`: the values between `=` and the next separator that is not escaped (RFC 4514). */
function anonymizeName(name: string, scramble: Scramble): string {
  let result = '';
  for (const part of name.match(/(?:\\.|[^\\,+])*[,+]?|\\/gsu) ?? []) {
    const separator = /(?<!\\)(?:\\\\)*([,+])$/.exec(part)?.[1] ?? '';
    const text = separator === '' ? part : part.slice(0, -1);
    const equals = text.indexOf('=');
    // A name without an attribute is no name: nothing of it may come through.
    const label = equals === -1 ? '' : text.slice(0, equals + 1);
    result += `${label}${anonymizeNameValue(text.slice(label.length), scramble)}${separator}`;
  }
  return result;
}

function anonymizeNameValue(value: string, scramble: Scramble): string {
  const trimmed = /^ *(.*?) *$/su.exec(value)?.[1] ?? '';
  const start = value.indexOf(trimmed);
  const written = escapeValue(scramble(unescapeValue(trimmed)));
  return `${value.slice(0, start)}${written}${value.slice(start + trimmed.length)}`;
}

/** Escaped bytes that are no UTF-8 become replacement characters, which say nothing. */
function unescapeValue(value: string): string {
  const bytes: Buffer[] = [];
  for (const [token] of value.matchAll(/\\[0-9A-Fa-f]{2}|\\.|[^\\]+|\\/gsu)) {
    if (/^\\[0-9A-Fa-f]{2}$/.test(token)) bytes.push(Buffer.from(token.slice(1), 'hex'));
    else bytes.push(Buffer.from(token.startsWith('\\') ? token.slice(1) : token));
  }
  return Buffer.concat(bytes).toString('utf8');
}

function escapeValue(value: string): string {
  return value.replaceAll(/[\\,+"<>;]|^[ #]| $/g, '\\$&');
}
