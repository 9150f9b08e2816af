/** Certificates from files: PKCS#12 (`.pfx`, `.p12`) as the mould uses them, and PEM. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { Secret } from '../../secret.ts';
import { errorAt, type SettingOrigin, type SettingsError } from '../settings-error.ts';

/** A certificate, with its private key where the file holds one. */
export interface Certificate {
  readonly x509: X509Certificate;
  /** Without it values can be encrypted, not read. */
  readonly privateKey?: KeyObject;
  /** SHA-256 over the certificate, in hexadecimal digits. */
  readonly thumbprint: string;
}

/** What a certificate's bytes are opened with. `origin` is where the settings name it, for messages. */
export interface CertificateSource {
  readonly bytes: Uint8Array;
  readonly password?: Secret;
  readonly origin: SettingOrigin;
}

interface Parts {
  readonly certificates: readonly X509Certificate[];
  readonly keys: readonly KeyObject[];
}

/**
 * Opens PKCS#12 or PEM, whichever the bytes are. Of several certificates the one that belongs to the private key counts.
 * Throws `SETTINGS_CERTIFICATE_INVALID` for a wrong password, for anything else, and when key and certificate do not fit.
 */
export async function openCertificate(source: CertificateSource): Promise<Certificate> {
  const isPem = Buffer.from(source.bytes.subarray(0, 4096)).includes('-----BEGIN ');
  const { certificates, keys } = isPem ? readPem(source) : await readPkcs12(source);
  const [first] = certificates;
  if (first === undefined) throw invalidCertificate(source.origin, 'It holds no certificate.');
  const [privateKey] = keys;
  if (privateKey === undefined) return { x509: first, thumbprint: thumbprintOf(first) };

  const x509 = certificates.find((candidate) => candidate.checkPrivateKey(privateKey));
  if (x509 === undefined) {
    throw invalidCertificate(source.origin, 'Its private key belongs to another certificate.');
  }
  return { x509, privateKey, thumbprint: thumbprintOf(x509) };
}

/** Certificate and key as TLS wants them. */
export function toTlsIdentity({ x509, privateKey }: Certificate): { cert: string; key: string } {
  const key = privateKey?.export({ type: 'pkcs8', format: 'pem' });
  return { cert: x509.toString(), key: key === undefined ? '' : String(key) };
}

export function invalidCertificate(origin: SettingOrigin, reason: string): SettingsError {
  return errorAt(
    origin,
    'SETTINGS_CERTIFICATE_INVALID',
    `The certificate cannot be used. ${reason}`,
    {
      hint: 'Name a PFX or PEM file with an RSA certificate and its private key, and the password that opens it.',
    },
  );
}

const pemBlock = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/gu;

function readPem({ bytes, password, origin }: CertificateSource): Parts {
  const certificates: X509Certificate[] = [];
  const keys: KeyObject[] = [];
  for (const [text, kind = ''] of Buffer.from(bytes).toString('latin1').matchAll(pemBlock)) {
    try {
      if (kind === 'CERTIFICATE') certificates.push(new X509Certificate(text));
      else if (kind.endsWith('PRIVATE KEY')) {
        const passphrase = password?.reveal();
        keys.push(
          createPrivateKey(
            passphrase === undefined ? text : { key: text, passphrase, format: 'pem' },
          ),
        );
      }
    } catch {
      // What the library says may hold parts of what it read.
      throw invalidCertificate(
        origin,
        `The block ${kind} cannot be read, or the password is wrong.`,
      );
    }
  }
  return { certificates, keys };
}

/** Node can use PKCS#12 in TLS but gives no key out of it, and refuses the older ciphers that Windows still writes. */
async function readPkcs12({ bytes, password, origin }: CertificateSource): Promise<Parts> {
  const { default: forge } = await import('node-forge');
  const toDer = (value: Parameters<typeof forge.asn1.toDer>[0]): Buffer =>
    Buffer.from(forge.asn1.toDer(value).getBytes(), 'binary');
  try {
    const container = forge.asn1.fromDer(Buffer.from(bytes).toString('binary'));
    const opened = forge.pkcs12.pkcs12FromAsn1(container, password?.reveal() ?? '');
    const bags = opened.safeContents.flatMap(({ safeBags }) => safeBags);
    const certificates = bags
      .filter(({ type }) => type === forge.pki.oids['certBag'])
      // A certificate that forge does not know, of an elliptic key for one, stays as it came.
      .map(({ cert, asn1 }) => toDer(cert ? forge.pki.certificateToAsn1(cert) : asn1))
      .map((der) => new X509Certificate(der));
    const keys = bags
      .filter(
        ({ type }) =>
          type === forge.pki.oids['keyBag'] || type === forge.pki.oids['pkcs8ShroudedKeyBag'],
      )
      .map(({ key, asn1 }) =>
        key ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(key)) : asn1,
      )
      .map((asn1) => createPrivateKey({ key: toDer(asn1), format: 'der', type: 'pkcs8' }));
    return { certificates, keys };
  } catch {
    throw invalidCertificate(
      origin,
      'It is no PFX or PEM file, it is damaged, or the password is wrong.',
    );
  }
}

function thumbprintOf(x509: X509Certificate): string {
  return x509.fingerprint256.replaceAll(':', '');
}

/** Where a certificate stands in its life at `now`, in milliseconds since the epoch. */
export function validityOf(
  { x509 }: Certificate,
  now: number,
): { readonly status: 'in-force' | 'expired' | 'not-yet'; readonly daysLeft: number } {
  const daysLeft = Math.floor((x509.validToDate.getTime() - now) / 86_400_000);
  if (now > x509.validToDate.getTime()) return { status: 'expired', daysLeft };
  return { status: now < x509.validFromDate.getTime() ? 'not-yet' : 'in-force', daysLeft };
}
