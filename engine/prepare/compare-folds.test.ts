import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareFolds } from './compare-folds.ts';

function compareBytes(a: string, b: string): number {
  const [left, right] = [Buffer.from(`-${a}`), Buffer.from(`--${b}`)];
  return compareFolds(left, 1, left.length, right, 2, right.length);
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

describe('the order of bytes', () => {
  it.each([
    ['', 'a'],
    ['a', 'ab'],
    ['Z', 'a'],
    ['z', 'é'],
    ['\u{10000}', '\ue000'],
    ['\u{10ffff}', '\uffff'],
    ['\ud7ff', '\u{10000}'],
  ])('puts %j before %j, as strings are ordered', (first, second) => {
    expect(compareBytes(first, second)).toBeLessThan(0);
    expect(compareBytes(second, first)).toBeGreaterThan(0);
  });

  it('is the order of strings, in no language, whatever the texts', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'é', '\ue000', '\uffff', '\u{10000}', '😀'),
    });

    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(compareTexts(a, b));
      }),
    );
  });
});
