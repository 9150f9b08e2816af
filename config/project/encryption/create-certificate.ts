/** A certificate for settings of one's own: signed by itself, as nobody else has to trust it. */
import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { Secret } from '../../secret.ts';

export interface CertificateWish {
  /** Common name of its owner. */
  readonly name: string;
  /** Milliseconds since the epoch: its first moment. */
  readonly from: number;
  readonly days: number;
  /** Encrypts the private key. */
  readonly password?: Secret;
  /** Shorter keys are for tests of how they are refused. */
  readonly bits?: number;
}

const dayMs = 86_400_000;
/** Machines whose clocks are a little behind may use it at once. */
const graceMs = 5 * 60_000;

/** The certificate and its private key, RSA of 3072 bits, as PEM. */
export async function createCertificate({
  name,
  from,
  days,
  password,
  bits = 3072,
}: CertificateWish): Promise<string> {
  const { default: forge } = await import('node-forge');
  const { privateKey, publicKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: bits,
  });
  const toPem = (key: KeyObject, type: 'pkcs8' | 'spki'): string =>
    String(key.export({ type, format: 'pem' }));
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(toPem(publicKey, 'spki'));
  certificate.serialNumber = `01${forge.util.bytesToHex(forge.random.getBytesSync(15))}`;
  certificate.validity.notBefore = new Date(from - graceMs);
  certificate.validity.notAfter = new Date(from + days * dayMs);
  const subject = [{ name: 'commonName', value: name }];
  certificate.setSubject(subject);
  certificate.setIssuer(subject);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false },
    { name: 'keyUsage', keyEncipherment: true, dataEncipherment: true },
  ]);
  certificate.sign(
    forge.pki.privateKeyFromPem(toPem(privateKey, 'pkcs8')),
    forge.md.sha256.create(),
  );
  const key =
    password === undefined
      ? toPem(privateKey, 'pkcs8')
      : String(
          privateKey.export({
            type: 'pkcs8',
            format: 'pem',
            cipher: 'aes-256-cbc',
            passphrase: password.reveal(),
          }),
        );
  return `${forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n')}${key}`;
}
