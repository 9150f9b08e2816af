import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collect } from '../../../test/contract/contract-context.ts';
import { decodeEbcdic, findEbcdicPage } from './ebcdic.ts';
import { findShiftedField, sliceFields } from './fixed-columns.ts';
import { type RecordFormat, readRecords } from './record-reader.ts';

const pages = ['037', '273', '285', '297', '500', '1047', '1140', '1141', '1146', '1147'];
const allBytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

/** Text as bytes of a page; throws for characters it does not have. */
function encode(text: string, name = 'IBM1047'): Buffer {
  const page = findEbcdicPage(name) ?? [];
  return Buffer.from(
    [...text].map((character) => {
      const byte = page.indexOf(character);
      if (byte === -1) throw new Error(`no ${character} in ${name}`);
      return byte;
    }),
  );
}

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(
  bytes: Uint8Array,
  format: Partial<RecordFormat> = {},
  size = 1_000_000,
): Promise<readonly string[]> {
  const batches = await collect(
    readRecords(inPieces(bytes, size), { encoding: 'UTF-8', file: 'unload', ...format }),
  );
  return batches.flatMap(({ records }) => records);
}

describe('EBCDIC pages', () => {
  it.each(pages)('decodes page %s as the system library does', (name) => {
    let expected: string;
    try {
      const input = { input: allBytes, stdio: ['pipe', 'pipe', 'ignore'] as const };
      expected = execFileSync('iconv', ['-f', `IBM${name}`, '-t', 'UTF-8'], {
        ...input,
        stdio: ['pipe', 'pipe', 'ignore'],
      }).toString();
    } catch {
      // A system without these tables has nothing to compare with.
      return;
    }
    // The library has an overline where the page has a macron.
    expect(decodeEbcdic(allBytes, findEbcdicPage(name) ?? [])).toBe(
      expected.replace('\u203e', '¯'),
    );
  });

  it.each(['IBM1047', 'cp1047', '1047', 'ibm-1047', 'EBCDIC-1047', '01047'])('knows %s', (name) => {
    expect(findEbcdicPage(name)?.[0xad]).toBe('[');
  });

  it.each(['UTF-8', 'iso-8859-1', 'windows-1252', '1252', 'constructor', ''])(
    'does not take %j for one',
    (name) => {
      expect(findEbcdicPage(name)).toBeUndefined();
    },
  );

  it('has the euro sign where the pages with it have it', () => {
    expect(['1140', '1141', '1146', '1147'].map((name) => findEbcdicPage(name)?.[0x9f])).toEqual([
      ...['€', '€', '€', '€'],
    ]);
  });
});

describe('records', () => {
  it.each([1, 3, 1_000])(
    'are lines of text, with either line end, in pieces of %i bytes',
    async (size) => {
      const bytes = Buffer.from('0100 A\r\n\n0200 é\x85\x0c\r x\n0203 B');

      expect(await read(bytes, {}, size)).toEqual(['0100 A', '', '0200 é\x85\x0c\r x', '0203 B']);
    },
  );

  it('come a thousand at a time, numbered, and tell whether the last one has an end', async () => {
    const lines = Array.from({ length: 2_100 }, (_, at) => `0100 G${at}`).join('\n');

    const batches = await collect(
      readRecords(inPieces(Buffer.from(lines), 1_000_000), { encoding: 'UTF-8', file: 'x' }),
    );

    expect(Math.max(...batches.map(({ records }) => records.length))).toBe(1_000);
    expect(batches.map(({ first, records }) => first + records.length).at(-1)).toBe(2_101);
    expect(batches.map(({ isUnterminated }) => isUnterminated)).toEqual([
      false,
      false,
      false,
      true,
    ]);
  });

  it.each([1, 5, 1_000])('are EBCDIC lines, in pieces of %i bytes', async (size) => {
    const lines = Buffer.concat([
      encode('0100 [É]'),
      Buffer.from([0x15]),
      encode('0200 B'),
      Buffer.from([0x25]),
    ]);

    expect(await read(lines, { encoding: 'IBM1047' }, size)).toEqual(['0100 [É]', '0200 B']);
  });

  it.each([1, 5, 1_000])(
    'are EBCDIC with lengths in front, in pieces of %i bytes',
    async (size) => {
      const withLength = (text: string): Buffer => {
        const bytes = encode(text);
        return Buffer.concat([Buffer.from([0, bytes.length + 4, 0, 0]), bytes]);
      };
      const bytes = Buffer.concat([withLength('0100 A'), withLength('0200 B\x85C')]);

      expect(await read(bytes, { encoding: 'IBM1047' }, size)).toEqual(['0100 A', '0200 B\x85C']);
      await expect(
        read(bytes.subarray(0, -1), { encoding: 'IBM1047' }, size),
      ).rejects.toMatchObject({
        kind: 'incomplete',
      });
      await expect(
        read(Buffer.concat([bytes, encode('junkjunk')]), { encoding: 'IBM1047' }, size),
      ).rejects.toMatchObject({ kind: 'invalid-value' });
    },
  );

  it.each([1, 7, 1_000])('are EBCDIC of one length, in pieces of %i bytes', async (size) => {
    const bytes = encode('0100 A   0200 B   ');
    const format = { encoding: 'IBM500', recordLength: 9 };

    expect(await read(bytes, format, size)).toEqual(['0100 A   ', '0200 B   ']);
    await expect(read(bytes.subarray(0, 17), format, size)).rejects.toMatchObject({
      kind: 'incomplete',
    });
  });

  it.each(['UTF-8', 'iso-8859-1'])('in EBCDIC are not taken for %s', async (encoding) => {
    const lines = Buffer.concat([encode('0100 A'), Buffer.from([0x15])]);
    const withLength = Buffer.concat([Buffer.from([0, 10, 0, 0]), encode('0100 A')]);

    for (const bytes of [lines, withLength]) {
      await expect(read(bytes, { encoding })).rejects.toMatchObject({
        kind: 'invalid-value',
        hint: expect.stringContaining('IBM1047'),
      });
    }
  });

  it('name the line of a byte that the encoding does not have', async () => {
    const bytes = Buffer.from('0100 A\n0100 \xe9\n', 'latin1');

    await expect(read(bytes)).rejects.toMatchObject({ details: { line: 2 } });
    expect(await read(bytes, { encoding: 'iso-8859-1' })).toEqual(['0100 A', '0100 é']);
  });

  it.each(['UTF-8', 'IBM1047'])(
    'without end are refused before memory fills, in %s',
    async (encoding) => {
      const endless = async function* (): AsyncGenerator<Uint8Array> {
        for (;;) yield Buffer.alloc(32_768, 0x41);
      };
      const reading = collect(readRecords(endless(), { encoding, file: 'x' }));

      await expect(reading).rejects.toMatchObject({ kind: 'invalid-value' });
    },
  );

  it('of any bytes are read, or refused as an error of ours', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom('UTF-8', 'iso-8859-1', 'IBM1047'),
        async (bytes, encoding) => {
          await read(bytes, { encoding }, 3).catch((error: unknown) => {
            expect(error).toMatchObject({
              kind: expect.stringMatching(/^(invalid-value|incomplete)$/),
            });
          });
        },
      ),
    );
  });
});

describe('fixed columns', () => {
  const fields = [
    { name: 'A', start: 1, end: 3 },
    { name: 'B', start: 5, end: 6 },
  ];

  it('are cut out of records that lost blanks, and of longer ones', () => {
    expect(sliceFields('abc de fg', fields)).toEqual(['abc', 'de']);
    expect(sliceFields('ab', fields)).toEqual(['ab', null]);
    expect(sliceFields(' b  d', fields)).toEqual([' b', 'd']);
    expect(sliceFields('', fields)).toEqual([null, null]);
  });

  it('count characters, not the units they are made of', () => {
    expect(sliceFields('😀b  é', fields)).toEqual(['😀b', 'é']);
  });

  it('tell when a record has other columns', () => {
    expect(findShiftedField('abc de', fields)).toBeUndefined();
    expect(findShiftedField('abcd', fields)).toMatchObject({ name: 'B' });
  });
});
