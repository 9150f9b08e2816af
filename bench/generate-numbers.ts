/** Numbers that look like chance and are the same in every run: made from an index, so that no state is kept. */

/** Draws for one index, one after the other: `draw(n)` is a whole number from 0 and below `n`. */
export function makeDraw(index: number, seed: number): (below: number) => number {
  let state = mix(index, seed);
  return (below) => {
    state = mix(state, 0x9e3779b9);
    return state % below;
  };
}

/**
 * One order of the numbers from 0 and below `count`: each comes once. A Feistel network over the next even number of bits;
 * what falls outside goes round again.
 */
export function makePermutation(count: number, seed: number): (index: number) => number {
  const half = Math.max(1, Math.ceil(Math.log2(Math.max(2, count)) / 2));
  const mask = 2 ** half - 1;
  return (index) => {
    let value = index;
    do {
      let left = value >>> half;
      let right = value & mask;
      for (let round = 0; round < 3; round += 1) {
        [left, right] = [right, left ^ (mix(right, seed + round) & mask)];
      }
      value = left * 2 ** half + right;
    } while (value >= count);
    return value;
  };
}

/** Two numbers of 32 bits to one in which every bit depends on all of theirs (the finalizer of MurmurHash3). */
function mix(value: number, seed: number): number {
  let hash = Math.imul(value ^ seed, 0x85ebca6b) ^ Math.imul(seed, 0xc2b2ae35);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x7feb352d);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x846ca68b);
  return (hash ^ (hash >>> 16)) >>> 0;
}
