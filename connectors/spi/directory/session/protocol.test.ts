import fc from 'fast-check';
import { BerWriter, PagedResultsControl } from 'ldapts';
import { describe, expect, it } from 'vitest';
import { MalformedMessageError } from './malformed-message.ts';
import { decodeEntry, decodeMessage, MessageFramer, messageLength } from './protocol.ts';
import { WireChunk } from './wire-entry.ts';

function writeEntry(values: readonly Uint8Array[]): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(7);
  writer.startSequence(0x64);
  writer.writeString('cn=é,dc=x');
  writer.startSequence();
  writer.startSequence();
  writer.writeString('cn;lang-fr');
  writer.startSequence(0x31);
  for (const value of values) writer.writeBuffer(Buffer.from(value), 0x04);
  for (let depth = 0; depth < 5; depth += 1) writer.endSequence();
  return writer.buffer;
}

function writeResult(cookie: string): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(7);
  writer.startSequence(0x65);
  writer.writeEnumeration(10);
  writer.writeString('dc=x');
  writer.writeString('elsewhere');
  writer.startSequence(0xa3);
  writer.writeString('ldap://other/');
  writer.endSequence();
  writer.endSequence();
  writer.startSequence(0xa0);
  new PagedResultsControl({ value: { size: 0, cookie: Buffer.from(cookie) } }).write(writer);
  writer.endSequence();
  writer.endSequence();
  return writer.buffer;
}

/** The message, entries with all that is in them. */
function read(bytes: Buffer): unknown {
  const message = decodeMessage(new WireChunk(bytes));
  return message.kind === 'entry' ? { ...message, entry: decodeEntry(message.entry) } : message;
}

describe('messages of a directory', () => {
  it('give entries with their values as bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (values) => {
        expect(read(writeEntry(values))).toEqual({
          kind: 'entry',
          id: 7,
          entry: {
            dn: 'cn=é,dc=x',
            attributes: [{ type: 'cn;lang-fr', values: values.map((value) => Buffer.from(value)) }],
          },
        });
      }),
    );
  });

  it('give results with referrals and the cookie of the next page', () => {
    expect(read(writeResult('next'))).toEqual({
      kind: 'result',
      id: 7,
      operation: 0x65,
      result: {
        code: 10,
        matchedDn: 'dc=x',
        diagnostic: 'elsewhere',
        referrals: ['ldap://other/'],
        pagedCookie: Buffer.from('next'),
      },
    });
  });

  it('come whole, however the bytes are cut', () => {
    const messages = [writeEntry([Buffer.alloc(200, 1)]), writeResult(''), writeEntry([])];
    const bytes = Buffer.concat(messages);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 20 }), (sizes) => {
        const framer = new MessageFramer();
        const received: Buffer[] = [];
        let start = 0;
        for (const size of [...sizes, bytes.length]) {
          const frames = framer.push(bytes.subarray(start, start + size));
          let from = 0;
          for (const end of frames?.ends ?? []) {
            received.push(frames?.chunk.bytes.subarray(from, end) ?? Buffer.alloc(0));
            from = end;
          }
          start += size;
        }

        expect(received.map((message) => message.toString('hex'))).toEqual(
          messages.map((message) => message.toString('hex')),
        );
        expect(framer.pendingBytes).toBe(0);
      }),
    );
  });

  it('that are damaged are refused, and never hang', () => {
    const whole = [writeEntry([Buffer.from('value')]), writeResult('cookie')];
    const damage = fc.record({
      bytes: fc.constantFrom(...whole),
      at: fc.nat(80),
      by: fc.integer({ min: 1, max: 255 }),
    });
    fc.assert(
      fc.property(damage, ({ bytes, at, by }) => {
        const damaged = Buffer.from(bytes);
        const position = at % damaged.length;
        damaged.writeUInt8((damaged.readUInt8(position) + by) % 256, position);

        try {
          if (messageLength(damaged) === damaged.length) read(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedMessageError);
        }
      }),
      { numRuns: 5000 },
    );
  });

  it('of random bytes are refused, and never hang', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const body = Buffer.from(bytes);
        expect(() => read(Buffer.concat([Buffer.from([0x30, 2]), body]))).toThrow(
          MalformedMessageError,
        );
      }),
      { numRuns: 5000 },
    );
  });
});
