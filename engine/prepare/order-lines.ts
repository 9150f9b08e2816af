/** Sorts lines by their folded keys without comparing keys: by numbers made of the bytes in which they differ. */
import { byteRanks, compareFolds } from './compare-folds.ts';
import type { LineList } from './line-list.ts';

/** Below this many lines comparing is quicker. */
const smallGroup = 24;
/** Of a number that JavaScript computes exactly. */
const maxKeyBits = 52;

interface Group {
  readonly from: number;
  readonly to: number;
  /** Bytes of the folded keys that are known to be the same in the group. */
  readonly depth: number;
}

/**
 * Indexes of the lines in the order of their folded keys; of equal ones the first that came is first. Each group of lines
 * is sorted by one 64-bit number a line: as many of the next bytes as fit, in as few bits as the bytes that occur
 * need, then the place in the group. Groups in which these bytes do not decide are sorted by the bytes after them.
 */
export function orderLines(lines: LineList): Uint32Array {
  const order = new Uint32Array(lines.count);
  for (let line = 0; line < order.length; line += 1) order[line] = line;
  const numbers = new BigUint64Array(lines.count);
  const open: Group[] = [{ from: 0, to: lines.count, depth: 0 }];
  for (let group = open.pop(); group !== undefined; group = open.pop()) {
    if (group.to - group.from < smallGroup) insertLines(lines, order, group);
    else sortGroup(lines, order, numbers, group, open);
  }
  return order;
}

function sortGroup(
  lines: LineList,
  order: Uint32Array,
  numbers: BigUint64Array,
  group: Group,
  open: Group[],
): void {
  const { from, to } = group;
  const count = to - from;
  const depth = group.depth + countShared(lines, order, group);
  const indexBits = Math.max(1, Math.ceil(Math.log2(count)));
  const { codes, codeBits } = numberBytes(lines, order, { from, to, depth });
  const keyBits = Math.min(maxKeyBits, 64 - indexBits);
  const taken = Math.floor(keyBits / codeBits);
  const halves = new Uint32Array(numbers.buffer, from * 8, count * 2);
  const isOrdered = packKeys(lines, order, { from, to, depth }, { codes, codeBits, taken }, halves);
  if (!isOrdered) {
    numbers.subarray(from, to).sort();
    moveOrder(order, halves, from, indexBits);
  }
  // Same numbers but for the index: the group goes on behind the bytes that were taken, unless the keys ended in them.
  let start = 0;
  for (let at = 1; at <= count; at += 1) {
    if (at < count && isSameKey(halves, at - 1, at, indexBits)) continue;
    if (at - start > 1) {
      const first = order[from + start] as number;
      if (lines.foldLengthOf(first) >= depth + taken)
        open.push({ from: from + start, to: from + at, depth: depth + taken });
    }
    start = at;
  }
}

/** Bytes behind `depth` that are the same in all folded keys of the group. */
function countShared(lines: LineList, order: Uint32Array, { from, to, depth }: Group): number {
  const { bytes } = lines.block;
  const first = order[from] as number;
  const start = lines.startOf(first) + depth;
  let shared = lines.foldLengthOf(first) - depth;
  for (let at = from + 1; at < to && shared > 0; at += 1) {
    const line = order[at] as number;
    const other = lines.startOf(line) + depth;
    shared = Math.min(shared, lines.foldLengthOf(line) - depth);
    let same = 0;
    while (same < shared && bytes[start + same] === bytes[other + same]) same += 1;
    shared = same;
  }
  return shared;
}

/** The bytes that occur among the next ones, numbered from 1 in the order of keys; 0 is the end of a key. */
function numberBytes(
  lines: LineList,
  order: Uint32Array,
  { from, to, depth }: Group,
): { readonly codes: Uint8Array; readonly codeBits: number } {
  const { bytes } = lines.block;
  const occurs = new Uint8Array(256);
  for (let at = from; at < to; at += 1) {
    const line = order[at] as number;
    const start = lines.startOf(line);
    const end = start + Math.min(lines.foldLengthOf(line), depth + maxKeyBits);
    for (let place = start + depth; place < end; place += 1) occurs[bytes[place] as number] = 1;
  }
  const used = [...occurs.keys()].filter((byte) => occurs[byte] === 1);
  used.sort((a, b) => (byteRanks[a] as number) - (byteRanks[b] as number));
  const codes = new Uint8Array(256);
  for (const [index, byte] of used.entries()) codes[byte] = index + 1;
  return { codes, codeBits: Math.max(1, Math.ceil(Math.log2(used.length + 1))) };
}

/** Writes one number a line, lower half first; returns whether they came in order. */
function packKeys(
  lines: LineList,
  order: Uint32Array,
  { from, to, depth }: Group,
  code: { readonly codes: Uint8Array; readonly codeBits: number; readonly taken: number },
  halves: Uint32Array,
): boolean {
  const { bytes } = lines.block;
  const { codes, codeBits, taken } = code;
  const factor = 2 ** codeBits;
  const indexBits = Math.max(1, Math.ceil(Math.log2(to - from)));
  // What of the key falls into the lower half, above the index; an index of more than 32 bits does not occur.
  const low = 2 ** (32 - indexBits);
  const indexFactor = 2 ** indexBits;
  let isOrdered = true;
  let before = -1;
  for (let at = from; at < to; at += 1) {
    const line = order[at] as number;
    const start = lines.startOf(line) + depth;
    const length = Math.min(taken, lines.foldLengthOf(line) - depth);
    let key = 0;
    for (let place = 0; place < length; place += 1)
      key = key * factor + (codes[bytes[start + place] as number] as number);
    for (let place = length; place < taken; place += 1) key *= factor;
    const high = Math.floor(key / low);
    halves[2 * (at - from)] = (key - high * low) * indexFactor + (at - from);
    halves[2 * (at - from) + 1] = high;
    if (key < before) isOrdered = false;
    before = key;
  }
  return isOrdered;
}

function moveOrder(order: Uint32Array, halves: Uint32Array, from: number, indexBits: number): void {
  const count = halves.length >> 1;
  const before = order.slice(from, from + count);
  const mask = 2 ** indexBits - 1;
  for (let at = 0; at < count; at += 1)
    order[from + at] = before[((halves[2 * at] as number) & mask) >>> 0] as number;
}

function isSameKey(halves: Uint32Array, a: number, b: number, indexBits: number): boolean {
  if (halves[2 * a + 1] !== halves[2 * b + 1]) return false;
  return ((halves[2 * a] as number) ^ (halves[2 * b] as number)) >>> indexBits === 0;
}

/** Sorts a few lines by comparing them. */
function insertLines(lines: LineList, order: Uint32Array, { from, to, depth }: Group): void {
  const { bytes } = lines.block;
  for (let at = from + 1; at < to; at += 1) {
    const line = order[at] as number;
    const start = lines.startOf(line);
    const end = start + lines.foldLengthOf(line);
    let place = at;
    for (; place > from; place -= 1) {
      const other = order[place - 1] as number;
      const otherStart = lines.startOf(other);
      const otherEnd = otherStart + lines.foldLengthOf(other);
      const isAfter =
        compareFolds(bytes, otherStart + depth, otherEnd, bytes, start + depth, end) > 0;
      if (!isAfter) break;
      order[place] = other;
    }
    order[place] = line;
  }
}
