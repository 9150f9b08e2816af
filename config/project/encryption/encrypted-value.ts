/**
 * One encrypted text, as a JSON Web Encryption in compact form (RFC 7516): RSA-OAEP-256 and A256GCM, for the public key of a
 * certificate. https://www.rfc-editor.org/rfc/rfc7516
 */
import type { Certificate } from './certificate.ts';

const typ = 'lockstep-setting';
/** `{"typ":"lockstep-setting`: 24 bytes, so that their base64 does not depend on what follows. */
const prefix = Buffer.from(`{"typ":"${typ}`).toString('base64url');
const keyAlgorithm = 'RSA-OAEP-256';
const contentAlgorithm = 'A256GCM';

/** Why an encrypted text could not be read. Never says anything about the text. */
export type DecryptionFailure = 'damaged' | 'other-certificate' | 'no-private-key';

export type Decryption =
  | { readonly status: 'read'; readonly bytes: Uint8Array }
  | { readonly status: 'failed'; readonly failure: DecryptionFailure };

/** True for a text that `encryptValue` made, whole or cut off. */
export function isEncryptedValue(text: string): boolean {
  return text.startsWith(prefix);
}

export async function encryptValue(text: string, certificate: Certificate): Promise<string> {
  return encryptBytes(Buffer.from(text, 'utf8'), certificate, typ);
}

export async function decryptValue(text: string, certificate: Certificate): Promise<Decryption> {
  return decryptBytes(text, certificate, typ);
}

/** `kind` becomes the header's `typ`: what is encrypted as one thing is never read as another. */
export async function encryptBytes(
  bytes: Uint8Array,
  { x509, thumbprint }: Certificate,
  kind: string,
): Promise<string> {
  const { CompactEncrypt } = await import('jose');
  return new CompactEncrypt(bytes)
    .setProtectedHeader({
      typ: kind,
      alg: keyAlgorithm,
      enc: contentAlgorithm,
      'x5t#S256': toHeaderThumbprint(thumbprint),
    })
    .encrypt(x509.publicKey);
}

export async function decryptBytes(
  text: string,
  { privateKey, thumbprint }: Certificate,
  kind: string,
): Promise<Decryption> {
  const header = readHeader(text);
  if (header?.['typ'] !== kind || 'zip' in header) return { status: 'failed', failure: 'damaged' };
  if (header['x5t#S256'] !== toHeaderThumbprint(thumbprint)) {
    return { status: 'failed', failure: 'other-certificate' };
  }
  if (privateKey === undefined) return { status: 'failed', failure: 'no-private-key' };
  const { compactDecrypt } = await import('jose');
  try {
    const { plaintext } = await compactDecrypt(text, privateKey, {
      keyManagementAlgorithms: [keyAlgorithm],
      contentEncryptionAlgorithms: [contentAlgorithm],
    });
    return { status: 'read', bytes: plaintext };
  } catch {
    // The library's message adds nothing an operator could use.
    return { status: 'failed', failure: 'damaged' };
  }
}

function toHeaderThumbprint(thumbprint: string): string {
  return Buffer.from(thumbprint, 'hex').toString('base64url');
}

function readHeader(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const header: unknown = JSON.parse(
      Buffer.from(text.slice(0, text.indexOf('.')), 'base64url').toString('utf8'),
    );
    // An object by the check beside it; arrays have no `typ`.
    return typeof header === 'object' && header !== null
      ? (header as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
