import fc from 'fast-check';
import { BerWriter } from 'ldapts';
import { describe, expect, it } from 'vitest';
import { MalformedMessageError } from '../session/malformed-message.ts';
import { decodeEntry, type RawEntry } from '../session/protocol.ts';
import { WireChunk, WireEntry } from '../session/wire-entry.ts';
import type { AttributeColumn } from './entry-column.ts';
import { EntryTexts } from './entry-texts.ts';

function column(attribute: string, how: Partial<AttributeColumn> = {}): AttributeColumn {
  return {
    kind: 'attribute',
    column: attribute,
    attribute,
    isBinary: false,
    isName: false,
    isJoined: false,
    isBit: false,
    ...how,
  };
}

interface Attribute {
  readonly type: string;
  readonly values: readonly Uint8Array[];
}

/** A message as a server sends it, with other bytes before and behind it. */
function toWire(dn: string, attributes: readonly Attribute[]): WireEntry {
  const writer = new BerWriter();
  writer.startSequence();
  writer.writeInt(70_000);
  writer.startSequence(0x64);
  writer.writeString(dn);
  writer.startSequence();
  for (const { type, values } of attributes) {
    writer.startSequence();
    writer.writeString(type);
    writer.startSequence(0x31);
    for (const value of values) writer.writeBuffer(Buffer.from(value), 0x04);
    writer.endSequence();
    writer.endSequence();
  }
  for (let depth = 0; depth < 3; depth += 1) writer.endSequence();
  const message = writer.buffer;
  const chunk = Buffer.concat([Buffer.from([0x30, 0xff]), message, Buffer.from([0x30])]);
  return new WireEntry(new WireChunk(chunk), 2, 2 + message.length);
}

/** The same by the plainest means: every value on its own, a strict decoder each time. */
function readPlainly(entry: RawEntry, attribute: string, isBinary: boolean): readonly string[] {
  const asked = new Set(['cn', 'sn', 'cn;lang-fr', 'jpegphoto']);
  return entry.attributes
    .filter(({ type }) => {
      const name = type.toLowerCase();
      return (asked.has(name) ? name : name.split(';')[0]) === attribute;
    })
    .flatMap(({ values }) => values)
    .map((value) => {
      if (isBinary) return value.toString('base64');
      try {
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
      } catch {
        return value.toString('base64');
      }
    });
}

const columns = [
  column('cn'),
  column('SN'),
  column('cn;lang-fr'),
  column('jpegPhoto', { isBinary: true }),
];

describe('texts of an entry', () => {
  it('are those of every value decoded on its own, whatever bytes and spellings come', () => {
    const values = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => Buffer.from(text)),
        fc.string({ maxLength: 300 }).map((text) => Buffer.from(text)),
        fc.constant(Buffer.from('\ufeff\ufffd')),
      ),
      { maxLength: 4 },
    );
    const types = ['cn', 'CN', 'sn', 'cn;lang-fr', 'cn;lang-de', 'jpegPhoto;binary', 'other'];
    const attributes = fc.array(fc.record({ type: fc.constantFrom(...types), values }), {
      maxLength: 6,
    });
    // One reader for all: what an entry leaves behind must not show in the next one.
    const texts = new EntryTexts(columns);

    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), attributes, (dn, all) => {
        const wire = toWire(dn, all);
        expect(texts.read(wire)).toBe(true);

        const raw = decodeEntry(wire);
        expect(texts.dn).toBe(raw.dn);
        for (const each of columns) {
          const found = texts.textsAt(texts.slotOf(each)) ?? [];
          const list = typeof found === 'string' ? [found] : found;
          expect(list).toEqual(readPlainly(raw, each.attribute.toLowerCase(), each.isBinary));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('tell bytes that are no text, and forget it with the next entry', () => {
    const texts = new EntryTexts(columns);

    texts.read(toWire('cn=a', [{ type: 'cn', values: [Buffer.from([0xff])] }]));
    expect([texts.textsAt(0), texts.isForeignAt(0)]).toEqual(['/w==', true]);

    texts.read(toWire('cn=b', []));
    expect([texts.textsAt(0), texts.isForeignAt(0)]).toEqual([undefined, false]);
  });

  it('are not there for an entry that came in parts, until it is filled', () => {
    const texts = new EntryTexts(columns);
    const values = [Buffer.from('one')];

    expect(texts.read(toWire('cn=a', [{ type: 'cn;range=0-0', values }]))).toBe(false);
    texts.fill({ dn: 'cn=a', attributes: [{ type: 'cn', values: [...values, ...values] }] });

    expect([texts.dn, texts.textsAt(0)]).toEqual(['cn=a', ['one', 'one']]);
  });

  it('are refused with a name that is not UTF-8, and where a length lies', () => {
    const texts = new EntryTexts(columns);
    const wire = toWire('cn=abcdef', [{ type: 'cn', values: [Buffer.from('value')] }]);
    const damage = fc.record({ at: fc.nat(wire.end - 3), by: fc.integer({ min: 1, max: 255 }) });

    fc.assert(
      fc.property(damage, ({ at, by }) => {
        const bytes = Buffer.from(wire.chunk.bytes);
        bytes.writeUInt8((bytes.readUInt8(at + 2) + by) % 256, at + 2);
        try {
          texts.read(new WireEntry(new WireChunk(bytes), wire.start, wire.end));
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedMessageError);
        }
      }),
      { numRuns: 2_000 },
    );
    const name = toWire('cn=abcdef', []);
    name.chunk.bytes.writeUInt8(0xff, name.chunk.bytes.indexOf('abc'));
    expect(() => texts.read(name)).toThrow(MalformedMessageError);
  });
});
