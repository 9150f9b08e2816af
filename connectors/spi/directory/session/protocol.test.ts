import fc from 'fast-check';
import { BerWriter, type Control, PagedResultsControl } from 'ldapts';
import { describe, expect, it } from 'vitest';
import { ValueControl } from './controls.ts';
import { MalformedMessageError } from './malformed-message.ts';
import {
  decodeEntry,
  decodeMessage,
  MessageFramer,
  messageLength,
  readEntryControls,
} from './protocol.ts';
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

function writeOperation(tag: number, body: (writer: BerWriter) => void): Buffer {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(7);
  writer.startSequence(tag);
  body(writer);
  writer.endSequence();
  writer.endSequence();
  return writer.buffer;
}

/** A short message with controls behind its operation. */
function addControls(message: Buffer, controls: readonly Control[]): Buffer {
  const writer = new BerWriter();
  writer.startSequence(0xa0);
  for (const control of controls) control.write(writer);
  writer.endSequence();
  const body = Buffer.concat([message.subarray(2), writer.buffer]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

interface ReadMessage {
  readonly kind: string;
  readonly entry?: unknown;
  readonly result?: unknown;
}

/** The message, entries with all that is in them. */
function read(bytes: Buffer): ReadMessage {
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
        controls: [{ oid: PagedResultsControl.type, value: expect.any(Buffer) }],
      },
    });
  });

  it('give the controls of an entry, with and without value', () => {
    const whole = writeEntry([Buffer.from('value')]);
    const message = decodeMessage(
      new WireChunk(
        addControls(whole, [
          new ValueControl('1.2.3', { isCritical: true, value: Buffer.from([0, 255]) }),
          new ValueControl('1.2.4', { isCritical: false }),
        ]),
      ),
    );

    expect(message.kind).toBe('entry');
    if (message.kind !== 'entry') return;
    expect(readEntryControls(message.entry)).toEqual([
      { oid: '1.2.3', value: Buffer.from([0, 255]) },
      { oid: '1.2.4' },
    ]);
    expect(decodeEntry(message.entry)).toEqual(read(whole).entry);
  });

  it('give no controls where an entry has none', () => {
    const message = decodeMessage(new WireChunk(writeEntry([])));

    expect(message.kind === 'entry' && readEntryControls(message.entry)).toEqual([]);
  });

  it('give what comes between entries, by name and value', () => {
    const bytes = addControls(
      writeOperation(0x79, (writer) => {
        writer.writeString('1.2.5', 0x80);
        writer.writeBuffer(Buffer.from([1, 2]), 0x81);
      }),
      [new ValueControl('1.2.6', { isCritical: false })],
    );

    expect(read(bytes)).toEqual({
      kind: 'intermediate',
      id: 7,
      response: { name: '1.2.5', value: Buffer.from([1, 2]), controls: [{ oid: '1.2.6' }] },
    });
    expect(read(writeOperation(0x79, () => undefined))).toMatchObject({
      response: { controls: [] },
    });
  });

  it('give what an extended operation and a step of a login answer', () => {
    const answer = (operation: number, tag: number) =>
      read(
        writeOperation(operation, (writer) => {
          writer.writeEnumeration(0);
          writer.writeString('');
          writer.writeString('');
          writer.writeString('1.2.7', 0x8a);
          writer.writeBuffer(Buffer.from('given'), tag);
        }),
      ).result;

    expect(answer(0x78, 0x8b)).toMatchObject({ responseValue: Buffer.from('given') });
    expect(answer(0x61, 0x87)).toMatchObject({ serverCredentials: Buffer.from('given') });
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
