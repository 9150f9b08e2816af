/** The attribute types a directory server publishes (RFC 4512, section 4.1.2). https://www.rfc-editor.org/rfc/rfc4512#section-4.1.2 */
import type { RawEntry } from './protocol.ts';
import type { LdapSession } from './session.ts';

export interface AttributeType {
  readonly name: string;
  /** Numeric name of the syntax, its own or inherited; absent when the server does not say. */
  readonly syntax?: string;
  readonly isSingleValued: boolean;
  /** Single values can be compared, and so be deleted by value. */
  readonly hasEquality: boolean;
  /** Name or number of the rule they are compared with, its own or inherited. */
  readonly equality?: string;
  /** Only the server itself writes it. */
  readonly isReadOnly: boolean;
}

/** Attribute types by lower-case name, aliases and numeric names included. Empty when the server hides its schema. */
export type DirectorySchema = ReadonlyMap<string, AttributeType>;

interface Definition {
  readonly names: readonly string[];
  readonly superior?: string;
  readonly syntax?: string;
  readonly equality?: string;
  readonly isSingleValued: boolean;
  readonly isReadOnly: boolean;
}

const syntaxPrefix = '1.3.6.1.4.1.1466.115.121.1.';
/** Binary, certificate, JPEG, octet string, certificate list and pair. */
const binarySyntaxes = new Set(
  [5, 8, 9, 10, 23, 28, 40].map((suffix) => `${syntaxPrefix}${suffix}`),
);

const syntaxNames: Readonly<Record<string, string>> = {
  [`${syntaxPrefix}7`]: 'boolean',
  [`${syntaxPrefix}12`]: 'dn',
  [`${syntaxPrefix}15`]: 'text',
  [`${syntaxPrefix}24`]: 'datetime',
  [`${syntaxPrefix}26`]: 'text',
  [`${syntaxPrefix}27`]: 'integer',
  [`${syntaxPrefix}34`]: 'dn',
  [`${syntaxPrefix}36`]: 'number',
  [`${syntaxPrefix}38`]: 'oid',
  [`${syntaxPrefix}44`]: 'text',
  [`${syntaxPrefix}50`]: 'telephone',
  '1.3.6.1.1.16.1': 'uuid',
  '1.2.840.113556.1.4.906': 'integer',
};

/** Known to hold bytes where a server publishes no schema. */
const binaryNames = new Set([
  'objectguid',
  'objectsid',
  'sidhistory',
  'jpegphoto',
  'thumbnailphoto',
  'thumbnaillogo',
  'usercertificate',
  'usersmimecertificate',
  'userpkcs12',
  'cacertificate',
  'userpassword',
  'ms-ds-consistencyguid',
  'ntsecuritydescriptor',
]);

/** Reads the schema once; a server that hides it gives an empty one. */
export async function readSchema(session: LdapSession): Promise<DirectorySchema> {
  const dn = session.rootDse.subschemaDn;
  if (dn === undefined) return new Map();
  const entry = await session.readEntry(dn, ['attributeTypes']);
  return entry === null ? new Map() : parseSchema(readTexts(entry, 'attributeTypes'));
}

/** The schema of the texts of `attributeTypes`; what cannot be read is left out. */
export function parseSchema(texts: readonly string[]): DirectorySchema {
  const definitions = new Map<string, Definition>();
  for (const text of texts) {
    const tokens = tokenize(text);
    const names = [...readNames(tokens), ...tokens.slice(1, 2)];
    const superior = valueAfter(tokens, 'SUP');
    const syntax = valueAfter(tokens, 'SYNTAX')?.replace(/\{\d+\}$/, '');
    const equality = valueAfter(tokens, 'EQUALITY');
    const definition: Definition = {
      names,
      isSingleValued: tokens.includes('SINGLE-VALUE'),
      isReadOnly: tokens.includes('NO-USER-MODIFICATION'),
      ...(equality === undefined ? {} : { equality }),
      ...(superior === undefined ? {} : { superior }),
      ...(syntax === undefined ? {} : { syntax }),
    };
    for (const name of names) definitions.set(name.toLowerCase(), definition);
  }
  const types = new Map<string, AttributeType>();
  for (const [key, definition] of definitions) {
    const syntax = inherit(definition, 'syntax', definitions);
    const equality = inherit(definition, 'equality', definitions);
    types.set(key, {
      name: definition.names[0] ?? key,
      isSingleValued: definition.isSingleValued,
      isReadOnly: definition.isReadOnly,
      hasEquality: equality !== undefined,
      ...(equality === undefined ? {} : { equality }),
      ...(syntax === undefined ? {} : { syntax }),
    });
  }
  return types;
}

/** Whether values of an attribute are bytes rather than text. */
export function isBinaryAttribute(schema: DirectorySchema, attribute: string): boolean {
  const [name = '', ...options] = attribute.toLowerCase().split(';');
  if (options.includes('binary')) return true;
  const syntax = schema.get(name)?.syntax;
  return syntax === undefined ? binaryNames.has(name) : binarySyntaxes.has(syntax);
}

/** Whether one value can be deleted without replacing all; assumed where the server publishes no schema. */
export function canDeleteByValue(schema: DirectorySchema, attribute: string): boolean {
  const type = schema.get(attribute.toLowerCase().split(';')[0] ?? '');
  return type?.hasEquality ?? !isBinaryAttribute(schema, attribute);
}

/**
 * The rule that tells values of an attribute apart by every letter, where RFC 4517 has one for its syntax: of texts that are
 * compared without case the exact sibling. Without the rules for telephone numbers, times and the like, which overlook more.
 * https://www.rfc-editor.org/rfc/rfc4517#section-4.2
 */
const exactRules = new Map<string, string>(
  Object.entries({
    caseignorematch: '2.5.13.5',
    '2.5.13.2': '2.5.13.5',
    caseexactmatch: '2.5.13.5',
    '2.5.13.5': '2.5.13.5',
    caseignoreia5match: '1.3.6.1.4.1.1466.109.114.1',
    '1.3.6.1.4.1.1466.109.114.2': '1.3.6.1.4.1.1466.109.114.1',
    caseexactia5match: '1.3.6.1.4.1.1466.109.114.1',
    '1.3.6.1.4.1.1466.109.114.1': '1.3.6.1.4.1.1466.109.114.1',
    distinguishednamematch: '2.5.13.1',
    '2.5.13.1': '2.5.13.1',
    integermatch: '2.5.13.14',
    '2.5.13.14': '2.5.13.14',
    booleanmatch: '2.5.13.13',
    '2.5.13.13': '2.5.13.13',
  }),
);

/** The number of the rule that compares values of an attribute most strictly; `undefined` where none is strict enough. */
export function findExactRule(schema: DirectorySchema, attribute: string): string | undefined {
  return exactRules.get(schema.get(attribute.toLowerCase())?.equality?.toLowerCase() ?? '');
}

/** Kept by servers as the other side of a list; some publish them as if anyone could write them. */
const backLinks = new Set(['memberof', 'ismemberof', 'directreports', 'managedobjects', 'nsrole']);

/** Whether an attribute lists names of entries and can be written; assumed where the server publishes no schema. */
export function isWritableList(schema: DirectorySchema, attribute: string): boolean {
  if (backLinks.has(attribute.toLowerCase())) return false;
  if (schema.size === 0) return true;
  const isReadOnly = schema.get(attribute.toLowerCase())?.isReadOnly ?? false;
  return isNameAttribute(schema, attribute) && !isReadOnly;
}

/** Whether values of an attribute are names of entries; never assumed. */
export function isNameAttribute(schema: DirectorySchema, attribute: string): boolean {
  const syntax = schema.get(attribute.toLowerCase().split(';')[0] ?? '')?.syntax;
  return syntax === `${syntaxPrefix}12` || syntax === `${syntaxPrefix}34`;
}

/** A word for the type of an attribute, for `connection schema`. */
export function nameType(schema: DirectorySchema, attribute: string): string | undefined {
  if (isBinaryAttribute(schema, attribute)) return 'binary';
  const syntax = schema.get(attribute.toLowerCase())?.syntax;
  return syntax === undefined ? undefined : (syntaxNames[syntax] ?? 'text');
}

function readTexts(entry: RawEntry, attribute: string): readonly string[] {
  return entry.attributes
    .filter(({ type }) => type.toLowerCase() === attribute.toLowerCase())
    .flatMap(({ values }) => values.map((value) => value.toString('utf8')));
}

function tokenize(text: string): readonly string[] {
  return text.match(/'[^']*'|[()]|[^\s()']+/g) ?? [];
}

function readNames(tokens: readonly string[]): readonly string[] {
  const names: string[] = [];
  const start = tokens.indexOf('NAME');
  if (start === -1) return names;
  for (const token of tokens.slice(start + 1)) {
    if (token.startsWith("'")) names.push(token.slice(1, -1));
    else if (token !== '(') break;
    if (token.startsWith("'") && tokens[start + 1] !== '(') break;
  }
  return names;
}

function valueAfter(tokens: readonly string[], word: string): string | undefined {
  const index = tokens.indexOf(word);
  const value = index === -1 ? undefined : tokens[index + 1];
  return value?.replaceAll("'", '');
}

function inherit(
  definition: Definition,
  member: 'syntax' | 'equality',
  definitions: ReadonlyMap<string, Definition>,
): string | undefined {
  let current: Definition | undefined = definition;
  // A chain of superiors is short; a longer one is a circle.
  for (let depth = 0; current !== undefined && depth < 20; depth += 1) {
    if (current[member] !== undefined) return current[member];
    current =
      current.superior === undefined ? undefined : definitions.get(current.superior.toLowerCase());
  }
  return undefined;
}
