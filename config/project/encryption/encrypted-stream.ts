/**
 * Encrypted data files of any size, read and written in pieces. Two lines of text, then pieces of 64 KiB:
 *
 *     lockstep-encrypted-file/1
 *     <JSON Web Encryption of 32 random bytes, the key of this file, for a certificate>
 *     <AES-256-GCM of each piece, followed by its 16 bytes of authentication>
 *
 * The nonce of a piece is its number (11 bytes, big endian) and a byte that is 1 for the last one, as in the STREAM
 * construction (https://eprint.iacr.org/2015/189): pieces cannot be changed, moved, left out or cut off unseen. The hash of
 * the two lines is authenticated with each piece.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { CodedError } from '../../errors.ts';
import type { Certificate } from './certificate.ts';
import { type DecryptionFailure, decryptBytes, encryptBytes } from './encrypted-value.ts';

const magic = 'lockstep-encrypted-file/1\n';
const typ = 'lockstep-file';
const pieceBytes = 64 * 1024;
const tagBytes = 16;
const maxHeaderBytes = 8 * 1024;

/** A data file cannot be decrypted. */
export class EncryptedFileError extends CodedError {}

type Bytes = AsyncIterable<Uint8Array>;

/** The encrypted form of `source`; holds one piece at a time. */
export async function* encryptStream(source: Bytes, certificate: Certificate): Bytes {
  const key = randomBytes(32);
  const header = Buffer.from(`${magic}${await encryptBytes(key, certificate, typ)}\n`);
  const context = createHash('sha256').update(header).digest();
  yield header;
  let index = 0;
  for await (const { bytes, isLast } of cut(source, pieceBytes)) {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(index, isLast));
    cipher.setAAD(context);
    yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
    index += 1;
  }
}

/**
 * The content of an encrypted file. Each piece is given only after it has proved to be as it was written; a file that was cut
 * off fails at its end, after the pieces before: write to a file that is renamed when all has gone well.
 * Throws `ENCRYPTED_FILE_INVALID`.
 */
export async function* decryptStream(source: Bytes, certificate: Certificate): Bytes {
  const { header, rest } = await readHeader(source);
  const line = header.subarray(magic.length, -1).toString('latin1');
  const opened = await decryptBytes(line, certificate, typ);
  if (opened.status === 'failed') throw invalidFile(reasons[opened.failure]);
  const context = createHash('sha256').update(header).digest();
  let index = 0;
  for await (const { bytes, isLast } of cut(rest, pieceBytes + tagBytes)) {
    if (bytes.length < tagBytes || (index > 0 && bytes.length === tagBytes)) {
      throw invalidFile('It has been cut off or changed.');
    }
    const decipher = createDecipheriv('aes-256-gcm', opened.bytes, nonceOf(index, isLast));
    decipher.setAAD(context);
    decipher.setAuthTag(bytes.subarray(-tagBytes));
    const content = decipher.update(bytes.subarray(0, -tagBytes));
    try {
      decipher.final();
    } catch {
      throw invalidFile('It has been cut off or changed.');
    }
    if (content.length > 0) yield content;
    index += 1;
  }
}

const reasons: Readonly<Record<DecryptionFailure, string>> = {
  damaged: 'It has been cut off or changed.',
  'other-certificate': 'It was encrypted for another certificate.',
  'no-private-key': 'The file of the certificate holds no private key.',
};

function invalidFile(reason: string): EncryptedFileError {
  return new EncryptedFileError(
    'ENCRYPTED_FILE_INVALID',
    `The file cannot be decrypted. ${reason}`,
    {
      hint: 'Take the file as it was written by "lockstep protect encrypt", and the certificate it was written for.',
    },
  );
}

function nonceOf(index: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  // A file of 2^48 pieces has 18 exabytes.
  nonce.writeUIntBE(index, 5, 6);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

/** The two lines at the start, and the bytes after them. */
async function readHeader(source: Bytes): Promise<{ header: Buffer; rest: Bytes }> {
  const iterator = source[Symbol.asyncIterator]();
  let read: Buffer = Buffer.alloc(0);
  for (;;) {
    const start = read.subarray(0, magic.length);
    if (!Buffer.from(magic).subarray(0, start.length).equals(start)) break;
    const end = read.indexOf('\n', magic.length);
    if (end !== -1) {
      const rest = follow(read.subarray(end + 1), iterator);
      return { header: read.subarray(0, end + 1), rest };
    }
    if (read.length > maxHeaderBytes) break;
    const next = await iterator.next();
    if (next.done === true) break;
    read = Buffer.concat([read, next.value]);
  }
  await iterator.return?.();
  throw invalidFile('It does not begin like one.');
}

async function* follow(first: Uint8Array, rest: AsyncIterator<Uint8Array>): Bytes {
  try {
    yield first;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
      yield next.value;
    }
  } finally {
    await rest.return?.();
  }
}

/** `source` in pieces of `size` bytes; the last one may be shorter, and is there even when `source` is empty. */
async function* cut(
  source: Bytes,
  size: number,
): AsyncIterable<{ readonly bytes: Buffer; readonly isLast: boolean }> {
  let piece = Buffer.allocUnsafe(size);
  let filled = 0;
  for await (const part of source) {
    for (let offset = 0; offset < part.length; ) {
      // A full piece waits until it is known that another one follows.
      if (filled === size) {
        yield { bytes: piece, isLast: false };
        piece = Buffer.allocUnsafe(size);
        filled = 0;
      }
      const taken = Math.min(size - filled, part.length - offset);
      piece.set(part.subarray(offset, offset + taken), filled);
      filled += taken;
      offset += taken;
    }
  }
  yield { bytes: piece.subarray(0, filled), isLast: true };
}
