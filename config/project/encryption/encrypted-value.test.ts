import fc from 'fast-check';
import { compactDecrypt } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Certificate } from './certificate.ts';
import { createTestCertificate } from './certificates.fixture.ts';
import {
  decryptBytes,
  decryptValue,
  encryptBytes,
  encryptValue,
  isEncryptedValue,
} from './encrypted-value.ts';

describe('an encrypted value', () => {
  let certificate: Certificate;
  let other: Certificate;

  beforeAll(async () => {
    [certificate, other] = await Promise.all([
      createTestCertificate('One'),
      createTestCertificate('Other'),
    ]);
  });

  async function read(text: string, by = certificate): Promise<string> {
    const decrypted = await decryptValue(text, by);
    return decrypted.status === 'read'
      ? Buffer.from(decrypted.bytes).toString('utf8')
      : `(${decrypted.failure})`;
  }

  it('gives back every text', async () => {
    const text = fc.oneof(
      fc.constantFrom('', ' ', '\n', '5', 'true', 'env:NAME', 'pä$$wörd €', 'x'.repeat(100_000)),
      fc.string({ unit: 'grapheme' }),
    );
    await fc.assert(
      fc.asyncProperty(text, async (plain) => {
        const encrypted = await encryptValue(plain, certificate);

        expect(isEncryptedValue(encrypted)).toBe(true);
        expect(await read(encrypted)).toBe(plain);
      }),
      { numRuns: 40 },
    );
  });

  it('is what any reader of the standard understands', async () => {
    const encrypted = await encryptValue('for everyone', certificate);

    const { plaintext, protectedHeader } = await compactDecrypt(
      encrypted,
      certificate.privateKey ?? fail(),
    );

    expect(Buffer.from(plaintext).toString()).toBe('for everyone');
    expect(protectedHeader).toMatchObject({ alg: 'RSA-OAEP-256', enc: 'A256GCM' });
  });

  it('differs each time, so that equal secrets do not show', async () => {
    expect(await encryptValue('same', certificate)).not.toBe(
      await encryptValue('same', certificate),
    );
  });

  it('is not read when it was changed anywhere', async () => {
    const encrypted = await encryptValue('s3cret', certificate);
    const parts = encrypted.split('.');
    for (const [index, part] of parts.entries()) {
      const middle = Math.floor(part.length / 2);
      const changed = [...parts];
      const letter = part[middle] === 'A' ? 'B' : 'A';
      changed[index] = part.slice(0, middle) + letter + part.slice(middle + 1);

      expect(await read(changed.join('.'))).toMatch(/^\((damaged|other-certificate)\)$/u);
    }
    expect(await read(`${encrypted}x`)).toBe('(damaged)');
    expect(await read(`${encrypted}.x`)).toBe('(damaged)');
  });

  it('is recognized and refused wherever it was cut off', async () => {
    const encrypted = await encryptValue('s3cret', certificate);
    for (let length = 32; length < encrypted.length; length += 23) {
      const cut = encrypted.slice(0, length);

      expect(isEncryptedValue(cut)).toBe(true);
      expect(await read(cut)).toBe('(damaged)');
    }
  });

  it('tells another certificate from damage, and a certificate without its key from both', async () => {
    const encrypted = await encryptValue('s3cret', certificate);
    const { x509, thumbprint } = certificate;

    expect(await read(encrypted, other)).toBe('(other-certificate)');
    expect(await read(encrypted, { x509, thumbprint })).toBe('(no-private-key)');
  });

  it('is of one kind: the key of a file is not read as a setting', async () => {
    const key = await encryptBytes(Buffer.from('s3cret'), certificate, 'lockstep-file');

    expect(isEncryptedValue(key)).toBe(false);
    expect(await read(key)).toBe('(damaged)');
    expect(await decryptBytes(key, certificate, 'lockstep-file')).toMatchObject({ status: 'read' });
  });

  it('is never mistaken for one', () => {
    for (const text of ['', 'eyJ', 'eyJhbGciOiJub25lIn0.e30.', 'plain', 'eyJ0eXAiOiJsb2Nrc3Rl']) {
      expect(isEncryptedValue(text)).toBe(false);
    }
  });
});

function fail(): never {
  throw new Error('There is no private key.');
}
