/**
 * Connection strings in the style of ADO.NET: https://learn.microsoft.com/dotnet/framework/data/adonet/connection-string-syntax
 * Values may be quoted by `"` or `'` (doubled inside) or wrapped in `{…}` (`}}` inside); `==` stands for `=` in a key.
 */
import { ConnectorError } from '../errors.ts';

/** Canonical name of a key to every spelling drivers accept, compared without case, spaces and underscores. */
const synonyms = {
  server: ['server', 'datasource', 'host', 'address', 'addr', 'networkaddress', 'hostname'],
  port: ['port'],
  database: ['database', 'initialcatalog', 'db', 'attachdbfilename'],
  user: ['userid', 'uid', 'user', 'username', 'login'],
  password: ['password', 'pwd', 'pass'],
  encrypt: ['encrypt', 'sslmode', 'usessl', 'encryption'],
  trustServerCertificate: ['trustservercertificate'],
  rootCertificate: ['rootcertificate', 'sslca', 'cacertificatefile', 'certificateauthority'],
  connectTimeout: ['connecttimeout', 'connectiontimeout', 'timeout'],
  applicationName: ['applicationname', 'app'],
  integratedSecurity: ['integratedsecurity', 'trustedconnection'],
  treatTinyAsBoolean: ['treattinyasboolean'],
  filename: ['filename'],
  tnsAdmin: ['tnsadmin'],
  walletLocation: ['walletlocation'],
} as const;
export type ConnectionKey = keyof typeof synonyms;

/** Keys of well-known drivers that change nothing here, so that a copied string gives no warning. */
const ignored = new Set(
  (
    'pooling minpoolsize maxpoolsize minimumpoolsize maximumpoolsize connectionlifetime persistsecurityinfo ' +
    'multipleactiveresultsets mars provider driver charset characterset allowuservariables commandtimeout ' +
    'defaultcommandtimeout keepalive enlist workstationid packetsize applicationintent multisubnetfailover ' +
    'cache mode foreignkeys convertzerodatetime allowzerodatetime'
  ).split(' '),
);

const canonicalKeys = new Map<string, ConnectionKey>(
  (Object.keys(synonyms) as ConnectionKey[]).flatMap((key) =>
    synonyms[key].map((spelling): [string, ConnectionKey] => [spelling, key]),
  ),
);

export interface ConnectionString {
  readonly values: Readonly<Partial<Record<ConnectionKey, string>>>;
  /** Every pair, with the key as written. */
  readonly pairs: readonly { readonly key: string; readonly value: string }[];
  /** Keys nobody knows, as written. */
  readonly unknownKeys: readonly string[];
}

/** Reads a connection string; the last of two equal keys wins. Errors name a position, never the text. */
export function parseConnectionString(text: string): ConnectionString {
  const values: Partial<Record<ConnectionKey, string>> = {};
  const pairs: { key: string; value: string }[] = [];
  const unknownKeys: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (/[;\s]/.test(text.charAt(at))) {
      at++;
      continue;
    }
    const key = readKey(text, at);
    const value = readValue(text, key.next);
    at = value.next;
    pairs.push({ key: key.name, value: value.text });
    const folded = key.name.toLowerCase().replaceAll(/[\s_]/g, '');
    const canonical = canonicalKeys.get(folded);
    if (canonical !== undefined) values[canonical] = value.text;
    else if (!ignored.has(folded)) unknownKeys.push(key.name);
  }
  return { values, pairs, unknownKeys };
}

function readKey(text: string, start: number): { readonly name: string; readonly next: number } {
  let name = '';
  for (let at = start; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === ';') break;
    if (character !== '=') {
      name += character;
      continue;
    }
    if (text.charAt(at + 1) !== '=') {
      if (name.trim() === '') throw broken(start, 'a value without a key');
      return { name: name.trim(), next: at + 1 };
    }
    name += '=';
    at++;
  }
  throw broken(start, 'a key without `=`');
}

function readValue(text: string, start: number): { readonly text: string; readonly next: number } {
  let at = start;
  while (/\s/.test(text.charAt(at))) at++;
  const opening = text.charAt(at);
  if (opening === '"' || opening === "'") {
    const quoted = readDelimited(text, at + 1, opening);
    if (quoted === undefined) throw broken(at, 'a quote that is not closed or is followed by text');
    return quoted;
  }
  if (opening === '{') {
    // SqlClient takes a brace as it is, ODBC as a quote: it is a quote when its end ends the value.
    const braced = readDelimited(text, at + 1, '}');
    if (braced !== undefined) return braced;
  }
  const semicolon = text.indexOf(';', at);
  const next = semicolon === -1 ? text.length : semicolon;
  return { text: text.slice(at, next).trim(), next };
}

function readDelimited(
  text: string,
  start: number,
  closing: string,
): { readonly text: string; readonly next: number } | undefined {
  let value = '';
  for (let at = start; at < text.length; at++) {
    if (text.charAt(at) !== closing) {
      value += text.charAt(at);
      continue;
    }
    if (text.charAt(at + 1) === closing) {
      value += closing;
      at++;
      continue;
    }
    const rest = /^\s*(;|$)/.exec(text.slice(at + 1));
    return rest === null ? undefined : { text: value, next: at + 1 + rest[0].length };
  }
  return undefined;
}

function broken(at: number, what: string): ConnectorError {
  return new ConnectorError(
    'invalid-value',
    `The connection string has ${what}, at character ${at + 1}.`,
    {
      hint: 'Write `key=value` pairs joined by `;`, and put values that hold `;` or quotes in double quotes.',
      details: { setting: 'ConnectionString', character: at + 1 },
    },
  );
}

/** `true`/`yes`/`1`/`sspi` and so on; `undefined` when the key is absent. */
export function readFlag(value: string | undefined): boolean | undefined {
  if (value === undefined) return undefined;
  return /^(true|yes|1|on|sspi|mandatory|required?)$/i.test(value.trim());
}

/** A pair as ODBC drivers read it: in braces where the value holds a character that means something to them. */
export function formatPair(key: string, value: string): string {
  const isPlain = /^[^\s;{}[\]()?*=!@'"]*$/.test(value);
  return `${key}=${isPlain ? value : `{${value.replaceAll('}', '}}')}}`}`;
}
