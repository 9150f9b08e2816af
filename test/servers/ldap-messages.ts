/** What ways to a directory have to know of its messages. https://www.rfc-editor.org/rfc/rfc4511#section-4 */
import { BerReader, BerWriter } from 'ldapts';

/** Tags of requests, and of the answers to them. */
export const ldapRequests = {
  bind: { tag: 0x60, answer: 0x61 },
  search: { tag: 0x63, answer: 0x65 },
  modify: { tag: 0x66, answer: 0x67 },
  add: { tag: 0x68, answer: 0x69 },
  delete: { tag: 0x4a, answer: 0x6b },
  rename: { tag: 0x6c, answer: 0x6d },
  compare: { tag: 0x6e, answer: 0x6f },
  extended: { tag: 0x77, answer: 0x78 },
} as const;

export type LdapRequestName = keyof typeof ldapRequests;

/** Absent: one that is not answered, or no request. */
export function nameRequest(tag: number): LdapRequestName | undefined {
  // The keys are those of the object above.
  const names = Object.keys(ldapRequests) as LdapRequestName[];
  return names.find((name) => ldapRequests[name].tag === tag);
}

/** Cuts what arrives into messages. */
export function frameMessages(onMessage: (message: Buffer) => void): (chunk: Buffer) => void {
  let pending: Buffer[] = [];
  let size = 0;
  return (chunk) => {
    pending.push(chunk);
    size += chunk.length;
    let bytes = pending[0] ?? chunk;
    // A long message is put together once, not with each of its pieces.
    if (pending.length > 1 && (bytes.length < 6 || (lengthOf(bytes) ?? 0) <= size)) {
      bytes = Buffer.concat(pending);
      pending = [bytes];
    }
    for (;;) {
      const length = lengthOf(bytes);
      if (length === undefined || bytes.length < length) break;
      onMessage(bytes.subarray(0, length));
      bytes = bytes.subarray(length);
      size -= length;
      pending = bytes.length === 0 ? [] : [bytes];
    }
  };
}

/** Of the first message, its head included; `undefined` where too little of it is there. */
function lengthOf(bytes: Buffer): number | undefined {
  const first = bytes[1];
  if (first === undefined) return undefined;
  if (first < 0x80) return first + 2;
  const size = first & 0x7f;
  return bytes.length < size + 2 ? undefined : bytes.readUIntBE(2, size) + 2 + size;
}

/** Number and tag of a message; `body` stands before what the tag announces. */
export function readHead(message: Buffer): {
  readonly id: number;
  readonly tag: number;
  readonly body: BerReader;
} {
  const body = new BerReader(message);
  body.readSequence();
  const id = body.readInt() ?? 0;
  return { id, tag: body.peek() ?? 0, body };
}

/** The answer to a request: this result, and nothing else. */
export function writeResult(id: number, answerTag: number, code: number): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(id);
  writer.startSequence(answerTag);
  writer.writeEnumeration(code);
  writer.writeString('');
  writer.writeString('as the test has it');
  writer.endSequence();
  writer.endSequence();
  return writer.buffer;
}
