import { Buffer } from 'node:buffer';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../secret.ts';
import { openCertificate, toTlsIdentity, validityOf } from './certificate.ts';
import {
  createTestCertificate,
  createTestPem,
  ecPfx,
  legacyPfx,
  modernPfx,
  openPfx,
  testOrigin as origin,
  testPassword,
} from './certificates.fixture.ts';

const wrong = new Secret('canary-password');

describe('a certificate', () => {
  it.each([
    ['of today', modernPfx, testPassword],
    ['of older Windows', legacyPfx, testPassword],
    ['without a password', openPfx, undefined],
    ['with an elliptic key', ecPfx, testPassword],
  ])('is read from PKCS#12 %s, with its private key', async (_, bytes, password) => {
    const given = password === undefined ? {} : { password };

    const { x509, privateKey, thumbprint } = await openCertificate({ bytes, origin, ...given });

    expect(x509.subject).toMatch(/^CN=Lockstep test/u);
    expect(privateKey && x509.checkPrivateKey(privateKey)).toBe(true);
    expect(thumbprint).toMatch(/^[0-9A-F]{64}$/u);
  });

  it('is read from PEM, with or without a password, or without a key', async () => {
    const pem = await createTestPem('Plain');
    const locked = await createTestPem('Locked', Date.now(), testPassword);
    const alone = pem.slice(0, pem.indexOf('-----BEGIN PRIVATE'));

    const opened = await Promise.all([
      openCertificate({ bytes: Buffer.from(pem), origin }),
      openCertificate({ bytes: Buffer.from(locked), origin, password: testPassword }),
      openCertificate({ bytes: Buffer.from(alone), origin }),
    ]);

    expect(opened.map(({ x509 }) => x509.subject)).toEqual(['CN=Plain', 'CN=Locked', 'CN=Plain']);
    expect(opened.map(({ privateKey }) => privateKey !== undefined)).toEqual([true, true, false]);
    expect(toTlsIdentity(opened[0] ?? fail()).key).toContain('PRIVATE KEY');
  });

  it('is refused with a wrong password, damaged, empty, or with the key of another', async () => {
    const pem = await createTestPem('One');
    const other = await createTestPem('Other');
    const locked = await createTestPem('Locked', Date.now(), testPassword);
    const mixed =
      pem.slice(0, pem.indexOf('-----BEGIN PRIVATE')) +
      other.slice(other.indexOf('-----BEGIN PRIVATE'));
    const flipped = Buffer.from(modernPfx);
    flipped[900] = (flipped[900] ?? 0) ^ 1;
    const attempts = [
      { bytes: modernPfx, password: wrong },
      { bytes: legacyPfx, password: wrong },
      { bytes: modernPfx },
      { bytes: Buffer.from(locked), password: wrong },
      { bytes: Buffer.from(locked) },
      { bytes: modernPfx.subarray(0, 700), password: testPassword },
      { bytes: flipped, password: testPassword },
      { bytes: Buffer.alloc(0) },
      { bytes: Buffer.from('-----BEGIN NOTHING-----') },
      { bytes: Buffer.from(mixed) },
    ];

    for (const attempt of attempts) {
      const error: unknown = await openCertificate({ ...attempt, origin }).catch(
        (caught: unknown) => caught,
      );

      expect(error).toMatchObject({ code: 'SETTINGS_CERTIFICATE_INVALID' });
      expect(inspect(error, { depth: 9 })).not.toMatch(/canary-password|opensesame/u);
    }
  });

  it('is in force between its dates, by the clock it is asked with', async () => {
    const from = Date.parse('2026-03-01T00:00:00Z');
    const certificate = await createTestCertificate('Of March', from);
    const day = 86_400_000;

    expect(validityOf(certificate, from).status).toBe('in-force');
    expect(validityOf(certificate, from - day)).toMatchObject({ status: 'not-yet' });
    expect(validityOf(certificate, from + day + 1_000)).toMatchObject({ status: 'expired' });
    // A clock that is a little behind the one that made it.
    expect(validityOf(certificate, from - 60_000).status).toBe('in-force');
  });
});

function fail(): never {
  throw new Error('There is no certificate.');
}
