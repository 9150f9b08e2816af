/** Records of LDIF: entries as they are, or changes of entries. https://www.rfc-editor.org/rfc/rfc2849 */
import { ConnectorError } from '../spi/errors.ts';
import { describeTooLong, type LogicalLine, readLogicalLines } from './logical-lines.ts';

/** One value as the file holds it. */
export interface LdifValue {
  /** Lower case, with its options in order. */
  readonly attribute: string;
  /** `null` for a value that lies in another file or at an address: those are never opened. */
  readonly bytes: Buffer | null;
  /** It was written in Base64. */
  readonly isEncoded: boolean;
  readonly line: number;
}

export type LdifRecord =
  | (EntryRecord & { readonly kind: 'content' | 'add' })
  | (RecordPlace & { readonly kind: 'delete' | 'moddn' })
  | (RecordPlace & { readonly kind: 'modify'; readonly parts: readonly ModifyPart[] });

interface RecordPlace {
  readonly dn: string;
  /** Line its `dn` stands on. */
  readonly line: number;
}

interface EntryRecord extends RecordPlace {
  readonly values: readonly LdifValue[];
}

export interface ModifyPart {
  readonly operation: string;
  readonly attribute: string;
  readonly values: readonly LdifValue[];
}

export interface LdifBatch {
  readonly records: readonly LdifRecord[];
  /** All records so far are closed by an empty line. */
  readonly isClosed: boolean;
}

/**
 * The records of a file, in batches. Throws `invalid-value` with the line of what is not LDIF, `incomplete` for the output of a
 * search that did not end well or left parts of the directory out.
 */
export async function* readRecords(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
  maxBytes: number,
): AsyncGenerator<LdifBatch, void, undefined> {
  let lines: LogicalLine[] = [];
  let bytes = 0;
  let isFirst = true;
  for await (const batch of readLogicalLines(chunks, file, maxBytes)) {
    const records: LdifRecord[] = [];
    const close = (): void => {
      const kept = isFirst ? withoutVersion(lines, file) : lines;
      if (lines.length > 0) isFirst = false;
      const record = kept.length === 0 ? undefined : parseRecord(kept, file);
      if (record !== undefined) records.push(record);
      lines = [];
      bytes = 0;
    };
    for (const line of batch) {
      if (line.bytes.length === 0) close();
      else if (line.bytes[0] !== hash) {
        lines.push(line);
        bytes += line.bytes.length;
        if (bytes > maxBytes) throw describeTooLong(file, lines[0]?.number ?? 1, maxBytes);
      }
    }
    yield { records, isClosed: lines.length === 0 };
  }
  if (lines.length === 0) return;
  const kept = isFirst ? withoutVersion(lines, file) : lines;
  const last = kept.length === 0 ? undefined : parseRecord(kept, file);
  if (last !== undefined) yield { records: [last], isClosed: false };
}

const hash = 35;
const colon = 58;
const less = 60;
const space = 32;

/** The first lines without `version: 1`, which may stand alone or right before the first entry. */
function withoutVersion(lines: readonly LogicalLine[], file: string): readonly LogicalLine[] {
  const [first] = lines;
  if (
    first === undefined ||
    !/^version\s*:/i.test(first.bytes.subarray(0, 20).toString('latin1'))
  ) {
    return lines;
  }
  const version = first.bytes
    .toString('latin1')
    .slice(first.bytes.indexOf(colon) + 1)
    .trim();
  if (version === '1') return lines.slice(1);
  throw describeMalformed(file, first.number, `is of a version of LDIF that is not known`);
}

function parseRecord(lines: readonly LogicalLine[], file: string): LdifRecord | undefined {
  const [first, ...rest] = lines.map((line) => parseLine(line, file));
  if (first === undefined) return undefined;
  if (first.attribute !== 'dn') {
    refuseUnfinishedSearch(first, rest, file);
    if (searchWords.has(first.attribute)) return undefined;
    throw describeMalformed(file, first.line, 'begins a record, which only a dn does');
  }
  const dn = decodeText(first, file);
  const place = { dn, line: first.line };
  // Controls say how a change is to be carried out; they change nothing about what it is.
  const start = rest.findIndex(({ attribute }) => attribute !== 'control');
  const body = start === -1 ? [] : rest.slice(start);
  const [change] = body;
  if (change?.attribute !== 'changetype') {
    refuseDashes(body, file);
    return { ...place, kind: 'content', values: body };
  }
  const kind = decodeText(change, file).trim().toLowerCase();
  switch (kind) {
    case 'add':
      refuseDashes(body, file);
      return { ...place, kind, values: body.slice(1) };
    case 'delete':
      return { ...place, kind };
    case 'modrdn':
    case 'moddn':
      return { ...place, kind: 'moddn' };
    case 'modify':
      return { ...place, kind, parts: parseModify(body.slice(1), file) };
    default:
      throw describeMalformed(file, change.line, 'names a kind of change that is not known');
  }
}

/** What `ldapsearch` writes after the last entry, unless told not to. */
const searchWords: ReadonlySet<string> = new Set(['search', 'result', 'ref']);

function refuseUnfinishedSearch(first: LdifValue, rest: readonly LdifValue[], file: string): void {
  const result = [first, ...rest].find(({ attribute }) => attribute === 'result');
  const code = result?.bytes?.toString('latin1').trim().split(/\s/)[0];
  if (first.attribute !== 'ref' && (code === undefined || code === '0')) return;
  throw new ConnectorError(
    'incomplete',
    first.attribute === 'ref'
      ? `The file ${file} leaves out what another server holds (line ${first.line}).`
      : `The search that wrote ${file} ended with the code ${code} (line ${first.line}): entries are missing.`,
    {
      hint: 'Repeat the search with pages, and at a server that holds everything.',
      details: { file, line: first.line },
    },
  );
}

function refuseDashes(values: readonly LdifValue[], file: string): void {
  const dash = values.find(({ attribute }) => attribute === '-');
  if (dash !== undefined) throw describeMalformed(file, dash.line, 'is a lone dash');
}

function parseModify(lines: readonly LdifValue[], file: string): readonly ModifyPart[] {
  const parts: ModifyPart[] = [];
  let current: { operation: string; attribute: string; values: LdifValue[] } | undefined;
  for (const line of lines) {
    if (line.attribute === '-') {
      if (current === undefined) throw describeMalformed(file, line.line, 'is a lone dash');
      parts.push(current);
      current = undefined;
    } else if (current === undefined) {
      const attribute = attributeKey(decodeText(line, file).trim());
      current = { operation: line.attribute, attribute, values: [] };
    } else current.values.push(line);
  }
  if (current !== undefined) parts.push(current);
  return parts;
}

const attributePattern = /^[A-Za-z0-9][A-Za-z0-9._-]*(?:;[A-Za-z0-9_-]+)*$/;

function parseLine(line: LogicalLine, file: string): LdifValue {
  const { bytes, number } = line;
  if (bytes.length === 1 && bytes[0] === 45) {
    return { attribute: '-', bytes: Buffer.alloc(0), isEncoded: false, line: number };
  }
  const at = bytes.indexOf(colon);
  const written = at === -1 ? '' : bytes.toString('latin1', 0, at).trimEnd();
  if (!attributePattern.test(written)) {
    throw describeMalformed(file, number, 'does not begin with an attribute and a colon');
  }
  const attribute = attributeKey(written);
  const kind = bytes[at + 1];
  if (kind === less) return { attribute, bytes: null, isEncoded: false, line: number };
  let start = kind === colon ? at + 2 : at + 1;
  while (bytes[start] === space) start += 1;
  const value = bytes.subarray(start);
  if (kind !== colon) return { attribute, bytes: value, isEncoded: false, line: number };
  const text = value.toString('latin1').trimEnd();
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw describeMalformed(file, number, 'is not Base64, which its two colons say');
  }
  return { attribute, bytes: Buffer.from(text, 'base64'), isEncoded: true, line: number };
}

/** One text for all spellings of an attribute: options have no order, and letter case does not count. */
export function attributeKey(written: string): string {
  const [name = '', ...options] = written.toLowerCase().split(';');
  return options.length === 0 ? name : [name, ...options.sort()].join(';');
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of bytes; `undefined` when they are none. */
export function readText(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The text of a value that must have one. */
export function decodeText(value: LdifValue, file: string): string {
  if (value.bytes === null) throw describeAddress(value, file);
  const text = readText(value.bytes);
  if (text !== undefined) return text;
  throw new ConnectorError(
    'invalid-value',
    `The file ${file} is not UTF-8 at line ${value.line}.`,
    {
      hint: 'Name the encoding of the file in LdifEncoding, or the attribute in BinaryAttributes.',
      details: { file, line: value.line, attribute: value.attribute },
    },
  );
}

/** A value that is only named. */
export function describeAddress(value: LdifValue, file: string): ConnectorError {
  return new ConnectorError(
    'unsupported',
    `Line ${value.line} of ${file} names a file or address instead of a value of ${value.attribute}.`,
    {
      hint: 'Such files are never opened. Have the values written into the LDIF file itself.',
      details: { file, line: value.line, attribute: value.attribute },
    },
  );
}

function describeMalformed(file: string, line: number, what: string): ConnectorError {
  return new ConnectorError('invalid-value', `Line ${line} of ${file} ${what}.`, {
    hint: 'Have the file written again by the tool of the directory; records are separated by empty lines.',
    details: { file, line },
  });
}
