/** LDAP messages as they arrive: framing and strict decoding. https://www.rfc-editor.org/rfc/rfc4511#section-4 */
import { Ber, BerReader, PagedResultsControl } from 'ldapts';

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
}

export type LdapMessage =
  | { readonly kind: 'entry'; readonly id: number; readonly entry: RawEntry }
  | { readonly kind: 'reference'; readonly id: number; readonly urls: readonly string[] }
  | { readonly kind: 'intermediate'; readonly id: number }
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
  controls: 0xa0,
} as const;

const resultOperations = new Set([0x61, 0x65, 0x67, 0x69, 0x6b, 0x6d, 0x6f, 0x78]);
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A larger message is taken for a broken or hostile server; ldapts itself cannot write more than 16 MiB. */
export const maxMessageBytes = 64 * 1024 * 1024;

/** Raised for bytes that are not LDAP; ends the connection they came from. */
export class MalformedMessageError extends Error {}

/**
 * Length in bytes of the message that starts `bytes`, or `undefined` when its header has not fully arrived.
 * Throws {@link MalformedMessageError} for what cannot start a message.
 */
export function messageLength(bytes: Buffer): number | undefined {
  if (bytes.length < 2) return undefined;
  if (bytes.readUInt8(0) !== tags.sequence) {
    throw new MalformedMessageError('The bytes received do not start an LDAP message.');
  }
  const first = bytes.readUInt8(1);
  if (first < 0x80) return 2 + first;
  const size = first & 0x7f;
  if (size === 0 || size > 4)
    throw new MalformedMessageError('The length of a message is malformed.');
  if (bytes.length < 2 + size) return undefined;
  const length = 2 + size + bytes.readUIntBE(2, size);
  if (length > maxMessageBytes) {
    throw new MalformedMessageError(`A message of ${length} bytes is longer than is accepted.`);
  }
  return length;
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

  push(chunk: Buffer): readonly Buffer[] {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size < this.#needed) return [];
    let bytes = Buffer.concat(this.#chunks, this.#size);
    const messages: Buffer[] = [];
    for (;;) {
      const length = messageLength(bytes);
      if (length === undefined || bytes.length < length) {
        this.#needed = length ?? bytes.length + 1;
        break;
      }
      messages.push(bytes.subarray(0, length));
      bytes = bytes.subarray(length);
    }
    this.#chunks = bytes.length === 0 ? [] : [bytes];
    this.#size = bytes.length;
    return messages;
  }
}

/** Decodes one whole message. Throws {@link MalformedMessageError} for anything RFC 4511 does not allow. */
export function decodeMessage(bytes: Buffer): LdapMessage {
  try {
    return decode(new BerReader(bytes));
  } catch (cause) {
    if (cause instanceof MalformedMessageError) throw cause;
    throw new MalformedMessageError('A message of the server is malformed.', { cause });
  }
}

function decode(reader: BerReader): LdapMessage {
  openSequence(reader, tags.sequence);
  const id = given(reader.readInt());
  const operation = given(reader.peek());
  const end = openSequence(reader, operation);
  if (operation === tags.searchEntry) {
    return { kind: 'entry', id, entry: decodeEntry(reader) };
  }
  if (operation === tags.searchReference) {
    return { kind: 'reference', id, urls: readTexts(reader, end) };
  }
  if (operation === tags.intermediate) return { kind: 'intermediate', id };
  if (!resultOperations.has(operation)) {
    throw new MalformedMessageError(`Message type 0x${operation.toString(16)} is unknown.`);
  }
  return { kind: 'result', id, operation, result: decodeResult(reader, end) };
}

function decodeEntry(reader: BerReader): RawEntry {
  const dn = readText(reader);
  const end = openSequence(reader, tags.sequence);
  const attributes: RawAttribute[] = [];
  while (reader.offset < end) {
    openSequence(reader, tags.sequence);
    const type = readText(reader);
    const setEnd = openSequence(reader, tags.set);
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
    referrals = readTexts(reader, openSequence(reader, tags.referral));
  }
  // What is left of the operation (SASL data, extended response names) is of no interest here.
  reader.offset = end;
  const pagedCookie = readPagedCookie(reader);
  return {
    code,
    matchedDn,
    diagnostic,
    referrals,
    ...(pagedCookie === undefined ? {} : { pagedCookie }),
  };
}

function readPagedCookie(reader: BerReader): Buffer | undefined {
  if (reader.remain <= 0 || reader.peek() !== tags.controls) return undefined;
  const end = openSequence(reader, tags.controls);
  let cookie: Buffer | undefined;
  while (reader.offset < end) {
    const controlEnd = openSequence(reader, tags.sequence);
    const type = readText(reader);
    if (reader.offset < controlEnd && reader.peek() === Ber.Boolean) reader.readBoolean();
    if (type === PagedResultsControl.type && reader.offset < controlEnd) {
      const control = new PagedResultsControl();
      control.parse(new BerReader(given(reader.readString(Ber.OctetString, true))));
      cookie = control.value?.cookie;
    }
    reader.offset = controlEnd;
  }
  return cookie;
}

function openSequence(reader: BerReader, tag: number): number {
  given(reader.readSequence(tag));
  const end = reader.offset + reader.length;
  if (end > reader.buffer.length) throw new MalformedMessageError('A message ends too early.');
  return end;
}

function readTexts(reader: BerReader, end: number): readonly string[] {
  const texts: string[] = [];
  while (reader.offset < end) texts.push(readText(reader));
  return texts;
}

function readText(reader: BerReader): string {
  return strictUtf8.decode(given(reader.readString(Ber.OctetString, true)));
}

/** The reader answers `null` where bytes are missing, without moving: going on would never end. */
function given<T>(value: T | null): T {
  if (value === null) throw new MalformedMessageError('A message ends too early.');
  return value;
}
