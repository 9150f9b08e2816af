import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Certificate } from './certificate.ts';
import { createTestCertificate } from './certificates.fixture.ts';
import { decryptStream, encryptStream } from './encrypted-stream.ts';

const piece = 64 * 1024;

async function* partsOf(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += size) {
    yield bytes.subarray(offset, offset + size);
  }
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}

describe('an encrypted file', () => {
  let certificate: Certificate;

  beforeAll(async () => {
    certificate = await createTestCertificate();
  });

  const encrypt = (bytes: Uint8Array): Promise<Buffer> =>
    collect(encryptStream(partsOf(bytes, 10_000), certificate));
  const decrypt = (bytes: Uint8Array, size = 7_777): Promise<Buffer> =>
    collect(decryptStream(partsOf(bytes, size), certificate));

  it.each([0, 1, piece - 1, piece, piece + 1, 3 * piece, 200_000])(
    'gives back its %d bytes, however they come in',
    async (length) => {
      const bytes = randomBytes(length);

      const encrypted = await encrypt(bytes);

      expect((await decrypt(encrypted)).equals(bytes)).toBe(true);
      expect((await decrypt(encrypted, 1_000_000)).equals(bytes)).toBe(true);
      expect(encrypted.includes(bytes.subarray(0, 16)) && length > 16).toBe(false);
    },
  );

  it('is refused when a byte of it was changed, put in or taken out', async () => {
    const encrypted = await encrypt(randomBytes(2 * piece + 100));
    const place = fc.integer({ min: 0, max: encrypted.length - 1 });

    await fc.assert(
      fc.asyncProperty(place, fc.constantFrom('change', 'add', 'drop'), async (at, what) => {
        const before = encrypted.subarray(0, at);
        const after = encrypted.subarray(what === 'add' ? at : at + 1);
        const between = what === 'drop' ? [] : [(encrypted[at] ?? 0) ^ 1];
        const changed = Buffer.concat([before, Buffer.from(between), after]);
        if (changed.equals(encrypted)) return;

        await expect(decrypt(changed)).rejects.toMatchObject({ code: 'ENCRYPTED_FILE_INVALID' });
      }),
      { numRuns: 60 },
    );
  });

  it('is refused when it ends early, at the end of a piece too, or goes on', async () => {
    const encrypted = await encrypt(randomBytes(3 * piece));
    const start = encrypted.indexOf('\n', encrypted.indexOf('\n') + 1) + 1;
    const whole = piece + 16;
    const wrong = [
      encrypted.subarray(0, 0),
      encrypted.subarray(0, 10),
      encrypted.subarray(0, start),
      encrypted.subarray(0, start + whole),
      encrypted.subarray(0, start + 2 * whole),
      encrypted.subarray(0, -1),
      Buffer.concat([encrypted, Buffer.alloc(16)]),
      Buffer.concat([encrypted, encrypted.subarray(start)]),
    ];

    for (const bytes of wrong) {
      await expect(decrypt(bytes)).rejects.toMatchObject({ code: 'ENCRYPTED_FILE_INVALID' });
    }
  });

  it('is refused when its pieces have changed places, or come from another file', async () => {
    const encrypted = await encrypt(randomBytes(3 * piece));
    const second = await encrypt(randomBytes(3 * piece));
    const start = encrypted.indexOf('\n', encrypted.indexOf('\n') + 1) + 1;
    const pieceAt = (bytes: Buffer, index: number): Buffer =>
      bytes.subarray(start + index * (piece + 16), start + (index + 1) * (piece + 16));
    const swapped = [
      encrypted.subarray(0, start),
      pieceAt(encrypted, 1),
      pieceAt(encrypted, 0),
      pieceAt(encrypted, 2),
    ];
    const mixed = [
      encrypted.subarray(0, start),
      ...[0, 1, 2].map((index) => pieceAt(second, index)),
    ];

    for (const parts of [swapped, mixed]) {
      await expect(decrypt(Buffer.concat(parts))).rejects.toMatchObject({
        code: 'ENCRYPTED_FILE_INVALID',
      });
    }
  });

  it('is refused with another certificate, or when it is no encrypted file', async () => {
    const other = await createTestCertificate('Other');
    const encrypted = await encrypt(Buffer.from('s3cret'));

    await expect(collect(decryptStream(partsOf(encrypted, 99), other))).rejects.toThrow(
      'another certificate',
    );
    await expect(decrypt(Buffer.from('number,name\n1,Ana\n'))).rejects.toThrow('begin');
    await expect(decrypt(randomBytes(100_000))).rejects.toThrow('begin');
  });

  it('is written and read without holding more than a few pieces', async () => {
    const total = Number(process.env['LOCKSTEP_ENCRYPTED_MB'] ?? 16) * 16;
    let given = 0;
    let taken = 0;
    let mostAhead = 0;
    const block = randomBytes(piece);
    const expected = createHash('sha256');
    async function* source(): AsyncIterable<Uint8Array> {
      for (; given < total; given += 1) {
        expected.update(block);
        yield block;
      }
    }
    const found = createHash('sha256');

    for await (const part of decryptStream(encryptStream(source(), certificate), certificate)) {
      found.update(part);
      taken += part.length;
      mostAhead = Math.max(mostAhead, given - taken / piece);
    }

    expect(found.digest('hex')).toBe(expected.digest('hex'));
    expect(mostAhead).toBeLessThanOrEqual(4);
  });

  it('lets go of its source when the reader stops', async () => {
    let isReleased = false;
    async function* source(): AsyncIterable<Uint8Array> {
      try {
        for (;;) yield randomBytes(piece);
      } finally {
        isReleased = true;
      }
    }

    for await (const _ of decryptStream(encryptStream(source(), certificate), certificate)) break;

    expect(isReleased).toBe(true);
  });
});
