import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatJson } from './json-text.ts';

describe('a document as JSON', () => {
  it('is what it was when it is read, and holds nothing that a terminal obeys but line breaks', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const text = formatJson({ [`k${value}`]: [value] });

        expect(JSON.parse(text)).toEqual({ [`k${value}`]: [value] });
        expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
      }),
    );
  });

  it('writes such characters by their numbers', () => {
    expect(formatJson({ name: 'a\u009b2J\u202eb' })).toBe('{\n  "name": "a\\u009b2J\\u202eb"\n}');
  });
});
