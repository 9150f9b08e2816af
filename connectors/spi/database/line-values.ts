/** Values on their way from a database's bytes to a line, without becoming text: what `text.ts` does to them as text. */
import type { LineBuffer } from './line-buffer.ts';

/** Writes the value between two positions, and what ends it. */
export type WriteValue = (lines: LineBuffer, bytes: Buffer, from: number, to: number) => void;

const zero = 48;
const dash = 45;
const colon = 58;
const space = 32;
const dot = 46;
const letterE = 69;
const letterT = 84;
const letterZ = 90;
const [yes, no] = [Buffer.from('true'), Buffer.from('false')];

export const writeText: WriteValue = (lines, bytes, from, to) => lines.writeValue(bytes, from, to);

/** A writer of values that have to become text first. */
export function writeRendered(render: (bytes: Buffer) => string): WriteValue {
  return (lines, bytes, from, to) => {
    const rendered = Buffer.from(render(bytes.subarray(from, to)));
    lines.writeValue(rendered, 0, rendered.length);
  };
}

export function writeTruth(lines: LineBuffer, isTrue: boolean): void {
  const word = isTrue ? yes : no;
  lines.writeValue(word, 0, word.length);
}

/** Numbers: those with an exponent are left to `otherwise`, as is all else that has an E. */
export function writeFloats(otherwise: WriteValue): WriteValue {
  return (lines, bytes, from, to) => {
    for (let at = from; at < to; at += 1) {
      // Of either case.
      if (((bytes[at] ?? 0) & 0xdf) === letterE) return otherwise(lines, bytes, from, to);
    }
    lines.writeValue(bytes, from, to);
  };
}

/**
 * Moments like `2024-03-05 17:30:00.120` and then `zone`; other values (years of five digits, before Christ, without end, without a
 * day) are left to `otherwise`.
 */
export function writeMoments(
  options: { readonly isZoned: boolean; readonly zone: string },
  otherwise: WriteValue,
): WriteValue {
  const zone = Buffer.from(options.zone);
  return (lines, bytes, from, to) => {
    const end = to - zone.length;
    if (!isMoment(bytes, from, end) || !isAt(bytes, end, zone)) {
      return otherwise(lines, bytes, from, to);
    }
    lines.writePart(bytes, from, from + 10);
    lines.writeByte(letterT);
    lines.writePart(bytes, from + 11, from + lengthOf(bytes, from, end));
    if (options.isZoned) lines.writeByte(letterZ);
    lines.endValue();
  };
}

/** Years that start with 0 are left out, as "no day" does: `0000-00-00`. */
function isMoment(bytes: Buffer, from: number, to: number): boolean {
  const length = to - from;
  return (
    length >= 19 &&
    bytes[from] !== zero &&
    bytes[from + 4] === dash &&
    bytes[from + 10] === space &&
    bytes[from + 16] === colon &&
    (length === 19 || (bytes[from + 19] === dot && isDigit(bytes[to - 1])))
  );
}

/** For the few bytes this is asked of, a call of `Buffer.compare` takes longer than all else. */
function isAt(bytes: Buffer, from: number, wanted: Buffer): boolean {
  for (let at = 0; at < wanted.length; at += 1) if (bytes[from + at] !== wanted[at]) return false;
  return true;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= zero + 9;
}

/** Without zeros at the end of the fraction. */
function lengthOf(bytes: Buffer, from: number, to: number): number {
  let end = to;
  if (end - from > 19) {
    while (bytes[end - 1] === zero) end -= 1;
    if (bytes[end - 1] === dot) end -= 1;
  }
  return end - from;
}
