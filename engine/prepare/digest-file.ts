/** The digest of a file: pieces are read ahead into the same two buffers, so that reading costs no time of its own. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

const pieceBytes = 1024 * 1024;

/** Size, and SHA-256 in hexadecimal digits. Holds two megabytes. */
export async function digestFile(
  path: string,
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const file = await open(path, 'r');
  const hash = createHash('sha256');
  const buffers = Buffer.allocUnsafeSlow(2 * pieceBytes);
  let current = buffers.subarray(0, pieceBytes);
  let next = buffers.subarray(pieceBytes);
  let bytes = 0;
  let pending = file.read(current, 0, pieceBytes);
  try {
    for (;;) {
      const { bytesRead } = await pending;
      if (bytesRead === 0) return { bytes, sha256: hash.digest('hex') };
      pending = file.read(next, 0, pieceBytes);
      hash.update(current.subarray(0, bytesRead));
      bytes += bytesRead;
      [current, next] = [next, current];
    }
  } finally {
    await pending.catch(() => undefined);
    await file.close();
  }
}
