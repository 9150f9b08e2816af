/**
 * The order of folded keys by their UTF-8 bytes. It is the order of JavaScript's strings, that of UTF-16 code units, and not
 * that of the bytes: there characters past U+FFFF come before U+E000 to U+FFFF, not after them.
 */

/** Place of a byte: as it is, but lead bytes of four-byte characters (F0 to F4) come before EE and EF. */
export const byteRanks: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte < 0xee) return byte;
  return byte < 0xf0 ? byte + 5 : byte - 2;
});

/** Negative, 0 or positive, as the first of two byte ranges sorts before, with or after the second. */
export function compareFolds(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const length = Math.min(aEnd - aStart, bEnd - bStart);
  for (let at = 0; at < length; at += 1) {
    const left = a[aStart + at] as number;
    const right = b[bStart + at] as number;
    if (left !== right) return (byteRanks[left] as number) - (byteRanks[right] as number);
  }
  return aEnd - aStart - (bEnd - bStart);
}
