/** LDAP messages as they arrive: framing and strict decoding. https://www.rfc-editor.org/rfc/rfc4511#section-4 */
import { Ber, BerReader, PagedResultsControl } from 'ldapts';
import { findControl, given, openElement, type RawControl, readControls } from './controls.ts';
import { MalformedMessageError } from './malformed-message.ts';
import { type EntryVisitor, readEntryId, WireChunk, WireEntry, walkEntry } from './wire-entry.ts';

/** An attribute with its values as bytes; `type` keeps its spelling and its options (`cn;lang-fr`). */
export interface RawAttribute {
  readonly type: string;
  readonly values: readonly Buffer[];
}

export interface RawEntry {
  readonly dn: string;
  readonly attributes: readonly RawAttribute[];
}

/** The outcome of an operation. `pagedCookie` is present when the answer carried the paged results control. */
export interface LdapResult {
  readonly code: number;
  readonly matchedDn: string;
  readonly diagnostic: string;
  readonly referrals: readonly string[];
  readonly pagedCookie?: Buffer;
  /** All controls of the answer; absent: it had none. */
  readonly controls?: readonly RawControl[];
  /** What an extended operation gives back. */
  readonly responseValue?: Buffer;
  /** What the server says in one step of a SASL login. */
  readonly serverCredentials?: Buffer;
}

/** What comes before the result of an operation and is no entry. https://www.rfc-editor.org/rfc/rfc4511#section-4.13 */
export interface IntermediateResponse {
  readonly name?: string;
  readonly value?: Buffer;
  readonly controls: readonly RawControl[];
}

export type LdapMessage =
  /** It holds together; what is in it has not been read. */
  | { readonly kind: 'entry'; readonly id: number; readonly entry: WireEntry }
  | { readonly kind: 'reference'; readonly id: number; readonly urls: readonly string[] }
  | { readonly kind: 'intermediate'; readonly id: number; readonly response: IntermediateResponse }
  | {
      readonly kind: 'result';
      readonly id: number;
      readonly operation: number;
      readonly result: LdapResult;
    };

/** Tags of RFC 4511 that are not searched for by name in ldapts. */
const tags = {
  sequence: 0x30,
  set: 0x31,
  searchEntry: 0x64,
  searchReference: 0x73,
  intermediate: 0x79,
  referral: 0xa3,
  intermediateName: 0x80,
  intermediateValue: 0x81,
  serverCredentials: 0x87,
  responseValue: 0x8b,
} as const;

const resultOperations = new Set([0x61, 0x65, 0x67, 0x69, 0x6b, 0x6d, 0x6f, 0x78]);
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A larger message is taken for a broken or hostile server; ldapts itself cannot write more than 16 MiB. */
export const maxMessageBytes = 64 * 1024 * 1024;

/**
 * Length in bytes of the message that starts at `at`, or `undefined` when its header has not fully arrived.
 * Throws {@link MalformedMessageError} for what cannot start a message.
 */
export function messageLength(bytes: Buffer, at = 0): number | undefined {
  if (bytes.length < at + 2) return undefined;
  if (bytes[at] !== tags.sequence) {
    throw new MalformedMessageError('The bytes received do not start an LDAP message.');
  }
  const first = bytes[at + 1] ?? 0;
  if (first < 0x80) return 2 + first;
  const size = first & 0x7f;
  if (size === 0 || size > 4)
    throw new MalformedMessageError('The length of a message is malformed.');
  if (bytes.length < at + 2 + size) return undefined;
  const length = 2 + size + bytes.readUIntBE(at + 2, size);
  if (length > maxMessageBytes) {
    throw new MalformedMessageError(`A message of ${length} bytes is longer than is accepted.`);
  }
  return length;
}

/** Whole messages, one after the other from the start of the chunk; `ends` says where each of them ends. */
export interface MessageFrames {
  readonly chunk: WireChunk;
  readonly ends: readonly number[];
}

/** Collects chunks of a stream and gives whole messages; copies each byte at most twice. */
export class MessageFramer {
  #chunks: Buffer[] = [];
  #size = 0;
  #needed = 2;

  /** Bytes that arrived and are not yet part of a whole message. */
  get pendingBytes(): number {
    return this.#size;
  }

  /** `undefined` as long as no message is whole. */
  push(chunk: Buffer): MessageFrames | undefined {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size < this.#needed) return undefined;
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#size);
    const ends: number[] = [];
    let at = 0;
    for (;;) {
      const length = messageLength(bytes, at);
      if (length === undefined || bytes.length < at + length) {
        this.#needed = length ?? bytes.length - at + 1;
        break;
      }
      at += length;
      ends.push(at);
    }
    this.#chunks = at === bytes.length ? [] : [bytes.subarray(at)];
    this.#size = bytes.length - at;
    return { chunk: new WireChunk(bytes), ends };
  }
}

/** A message that does not hold together ends the connection when it arrives, not when it is read. */
const blindVisitor: EntryVisitor = {
  name: () => undefined,
  attribute: () => true,
  value: () => undefined,
};

/**
 * Decodes one whole message, but for the inside of an entry. Throws {@link MalformedMessageError} for anything RFC 4511 does
 * not allow.
 */
export function decodeMessage(chunk: WireChunk, start = 0, end = chunk.bytes.length): LdapMessage {
  const entryId = readEntryId(chunk.bytes, start, end);
  if (entryId !== undefined) {
    const entry = new WireEntry(chunk, start, end);
    walkEntry(entry, blindVisitor);
    return { kind: 'entry', id: entryId, entry };
  }
  return strictly(() => decode(new BerReader(chunk.bytes.subarray(start, end))));
}

/** An entry with all of its attributes, for where there are few of them. Throws {@link MalformedMessageError}. */
export function decodeEntry({ chunk, start, end }: WireEntry): RawEntry {
  return strictly(() => {
    const reader = new BerReader(chunk.bytes.subarray(start, end));
    openElement(reader, tags.sequence);
    given(reader.readInt());
    openElement(reader, tags.searchEntry);
    return readEntry(reader);
  });
}

/** An entry within a control, under its own tag or as a plain sequence. Throws {@link MalformedMessageError}. */
export function decodeControlEntry(value: Buffer): RawEntry {
  return strictly(() => {
    const reader = new BerReader(value);
    openElement(reader, given(reader.peek()));
    return readEntry(reader);
  });
}

/** The controls that came with an entry; nothing looks at them unless asked. Throws {@link MalformedMessageError}. */
export function readEntryControls({ chunk, start, end }: WireEntry): readonly RawControl[] {
  return strictly(() => {
    const reader = new BerReader(chunk.bytes.subarray(start, end));
    openElement(reader, tags.sequence);
    given(reader.readInt());
    reader.offset = openElement(reader, tags.searchEntry);
    return readControls(reader);
  });
}

function strictly<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof MalformedMessageError) throw cause;
    throw new MalformedMessageError('A message of the server is malformed.', { cause });
  }
}

function decode(reader: BerReader): LdapMessage {
  openElement(reader, tags.sequence);
  const id = given(reader.readInt());
  const operation = given(reader.peek());
  const end = openElement(reader, operation);
  if (operation === tags.searchReference) {
    return { kind: 'reference', id, urls: readTexts(reader, end) };
  }
  if (operation === tags.intermediate) {
    return { kind: 'intermediate', id, response: decodeIntermediate(reader, end) };
  }
  if (!resultOperations.has(operation)) {
    throw new MalformedMessageError(`Message type 0x${operation.toString(16)} is unknown.`);
  }
  return { kind: 'result', id, operation, result: decodeResult(reader, end) };
}

function readEntry(reader: BerReader): RawEntry {
  const dn = readText(reader);
  const end = openElement(reader, tags.sequence);
  const attributes: RawAttribute[] = [];
  while (reader.offset < end) {
    openElement(reader, tags.sequence);
    const type = readText(reader);
    const setEnd = openElement(reader, tags.set);
    const values: Buffer[] = [];
    while (reader.offset < setEnd) values.push(given(reader.readString(Ber.OctetString, true)));
    attributes.push({ type, values });
  }
  return { dn, attributes };
}

function decodeResult(reader: BerReader, end: number): LdapResult {
  const code = given(reader.readEnumeration());
  const matchedDn = readText(reader);
  const diagnostic = given(reader.readString(Ber.OctetString, true)).toString('utf8');
  let referrals: readonly string[] = [];
  if (reader.offset < end && reader.peek() === tags.referral) {
    referrals = readTexts(reader, openElement(reader, tags.referral));
  }
  const own = readOwnParts(reader, end);
  const controls = readControls(reader);
  const pagedCookie = readPagedCookie(controls);
  return {
    code,
    matchedDn,
    diagnostic,
    referrals,
    ...(pagedCookie === undefined ? {} : { pagedCookie }),
    ...(controls.length === 0 ? {} : { controls }),
    ...own,
  };
}

/** What a result of some operations has behind what all of them have. */
function readOwnParts(
  reader: BerReader,
  end: number,
): Pick<LdapResult, 'responseValue' | 'serverCredentials'> {
  const parts: { responseValue?: Buffer; serverCredentials?: Buffer } = {};
  while (reader.offset < end) {
    const tag = given(reader.peek());
    const value = given(reader.readString(tag, true));
    if (tag === tags.responseValue) parts.responseValue = value;
    if (tag === tags.serverCredentials) parts.serverCredentials = value;
  }
  reader.offset = end;
  return parts;
}

function decodeIntermediate(reader: BerReader, end: number): IntermediateResponse {
  const read = (tag: number): Buffer | undefined =>
    reader.offset < end && reader.peek() === tag ? given(reader.readString(tag, true)) : undefined;
  const name = read(tags.intermediateName);
  const value = read(tags.intermediateValue);
  reader.offset = end;
  return {
    ...(name === undefined ? {} : { name: name.toString('latin1') }),
    ...(value === undefined ? {} : { value }),
    controls: readControls(reader),
  };
}

function readPagedCookie(controls: readonly RawControl[]): Buffer | undefined {
  const value = findControl(controls, PagedResultsControl.type);
  if (value === undefined || value.length === 0) return undefined;
  const control = new PagedResultsControl();
  control.parse(new BerReader(value));
  return control.value?.cookie;
}

function readTexts(reader: BerReader, end: number): readonly string[] {
  const texts: string[] = [];
  while (reader.offset < end) texts.push(readText(reader));
  return texts;
}

function readText(reader: BerReader): string {
  return strictUtf8.decode(given(reader.readString(Ber.OctetString, true)));
}
