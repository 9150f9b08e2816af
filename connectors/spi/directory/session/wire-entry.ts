/**
 * Entries as they arrive, read where they lie: no object per attribute or value, and text cut out of one text per chunk. A directory
 * of a hundred thousand entries has millions of values. https://www.rfc-editor.org/rfc/rfc4511#section-4.5.2
 */
import { MalformedMessageError } from './malformed-message.ts';

/** Whole messages, one after the other, in one piece of memory. */
export class WireChunk {
  readonly bytes: Buffer;
  #text: string | undefined;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** One character per byte: right for whatever is ASCII, and at the same positions as the bytes. */
  get text(): string {
    this.#text ??= this.bytes.toString('latin1');
    return this.#text;
  }
}

/** One search result entry: its message lies between `start` and `end` of the chunk. */
export class WireEntry {
  readonly chunk: WireChunk;
  readonly start: number;
  readonly end: number;

  constructor(chunk: WireChunk, start: number, end: number) {
    this.chunk = chunk;
    this.start = start;
    this.end = end;
  }
}

/** Tags of RFC 4511. */
const tags = {
  integer: 0x02,
  octetString: 0x04,
  sequence: 0x30,
  set: 0x31,
  searchEntry: 0x64,
} as const;

/** Message id of a search result entry; `undefined` for any other message, or what is none. */
export function readEntryId(bytes: Buffer, start: number, end: number): number | undefined {
  const cursor = new BerCursor(bytes, start);
  const messageEnd = cursor.open(tags.sequence, end);
  const idEnd = cursor.open(tags.integer, messageEnd);
  let id = 0;
  for (; cursor.offset < idEnd; cursor.offset += 1) id = id * 256 + (bytes[cursor.offset] ?? 0);
  return bytes[cursor.offset] === tags.searchEntry ? id : undefined;
}

/** Is told the parts of an entry, in order, as positions in the bytes of its chunk. */
export interface EntryVisitor {
  name(start: number, end: number): void;
  /** False: its values are not wanted, and skipped unseen. */
  attribute(start: number, end: number): boolean;
  value(start: number, end: number): void;
}

/** Walks through an entry. Throws {@link MalformedMessageError} for anything RFC 4511 does not allow. */
export function walkEntry({ chunk, start, end }: WireEntry, visitor: EntryVisitor): void {
  const cursor = new BerCursor(chunk.bytes, start);
  const messageEnd = cursor.open(tags.sequence, end);
  cursor.skip(tags.integer, messageEnd);
  const operationEnd = cursor.open(tags.searchEntry, messageEnd);
  const nameEnd = cursor.open(tags.octetString, operationEnd);
  visitor.name(cursor.offset, nameEnd);
  cursor.offset = nameEnd;
  const attributesEnd = cursor.open(tags.sequence, operationEnd);
  while (cursor.offset < attributesEnd) {
    const attributeEnd = cursor.open(tags.sequence, attributesEnd);
    const typeEnd = cursor.open(tags.octetString, attributeEnd);
    const isWanted = visitor.attribute(cursor.offset, typeEnd);
    cursor.offset = typeEnd;
    const valuesEnd = cursor.open(tags.set, attributeEnd);
    if (valuesEnd !== attributeEnd) throw endsWrongly();
    if (!isWanted) cursor.offset = valuesEnd;
    while (cursor.offset < valuesEnd) {
      const valueEnd = cursor.open(tags.octetString, valuesEnd);
      visitor.value(cursor.offset, valueEnd);
      cursor.offset = valueEnd;
    }
  }
}

/** A place in BER. https://www.itu.int/rec/T-REC-X.690 */
class BerCursor {
  readonly #bytes: Buffer;
  offset: number;

  constructor(bytes: Buffer, offset: number) {
    this.#bytes = bytes;
    this.offset = offset;
  }

  /** Steps into an element of this tag and gives its end, which lies within `limit`. */
  open(tag: number, limit: number): number {
    const bytes = this.#bytes;
    let at = this.offset;
    if (at + 2 > limit || bytes[at] !== tag) throw endsWrongly();
    let length = bytes[at + 1] ?? 0;
    at += 2;
    if (length >= 0x80) {
      const size = length & 0x7f;
      if (size === 0 || size > 4 || at + size > limit) throw endsWrongly();
      length = bytes.readUIntBE(at, size);
      at += size;
    }
    if (at + length > limit) throw endsWrongly();
    this.offset = at;
    return at + length;
  }

  skip(tag: number, limit: number): void {
    this.offset = this.open(tag, limit);
  }
}

function endsWrongly(): MalformedMessageError {
  return new MalformedMessageError('A message of the server is malformed.');
}
