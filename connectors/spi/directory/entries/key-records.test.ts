import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyRecordList, KeyRecords } from './key-records.ts';

const key = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => {
  // Few values, so that keys meet.
  return Buffer.from(bytes.map((byte, at) => (at < 14 ? 7 : byte % 4)));
});

describe('records of keys', () => {
  it('hold what was added last, in order, whatever came before', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.nat(255)), { maxLength: 2_000 }), (added) => {
        const list = new KeyRecordList(1);
        const expected = new Map<string, number>();
        for (const [bytes, extra] of added) {
          list.add(bytes, Buffer.from([extra]));
          expected.set(bytes.toString('hex'), extra);
        }

        const records = list.sort();

        expect([...records.keys()].map((bytes) => bytes.toString('hex'))).toEqual(
          [...expected.keys()].sort(),
        );
        expect(records.isSound()).toBe(true);
        for (const [hex, extra] of expected) {
          expect(records.find(Buffer.from(hex, 'hex'))).toEqual(Buffer.from([extra]));
        }
        expect(records.has(Buffer.alloc(16, 9))).toBe(false);
      }),
    );
  });

  it('that are cut or out of order are told', () => {
    const ordered = Buffer.concat([Buffer.alloc(16, 1), Buffer.alloc(16, 2)]);

    expect(new KeyRecords(ordered).isSound()).toBe(true);
    expect(new KeyRecords(ordered.subarray(1)).isSound()).toBe(false);
    expect(new KeyRecords(Buffer.concat([ordered, ordered])).isSound()).toBe(false);
  });

  it('take sixteen bytes each', () => {
    const list = new KeyRecordList();
    for (let index = 0; index < 100_000; index += 1) {
      const bytes = Buffer.alloc(16);
      bytes.writeUInt32BE((index * 2_654_435_761) % 2 ** 32, 4);
      list.add(bytes);
    }

    expect(list.sort().bytes.length).toBe(1_600_000);
  });
});
