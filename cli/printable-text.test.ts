import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutToWidth, displayWidth, toPrintableLine, toPrintableText } from './printable-text.ts';

const anyText = fc.string({ unit: 'binary' });

describe('toPrintableLine', () => {
  it('leaves nothing that a terminal obeys', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(toPrintableLine(text)).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u);
      }),
    );
  });

  it('keeps what people write', () => {
    expect(toPrintableLine('Zoë O’Brien 山田 👍')).toBe('Zoë O’Brien 山田 👍');
  });

  it('shows text that runs backwards as it is stored', () => {
    expect(toPrintableLine('invoice\u202etxt.exe')).toBe('invoice·txt.exe');
  });
});

describe('toPrintableText', () => {
  it('keeps lines and tabs, and nothing else that moves the cursor', () => {
    expect(toPrintableText('a\tb\r\nc\u001b[1A')).toBe('a\tb\nc·[1A');
  });
});

describe('cutToWidth', () => {
  it('never gives more columns than there are', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 40 }), (text, width) => {
        expect(displayWidth(cutToWidth(toPrintableLine(text), width))).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('leaves short text alone', () => {
    expect(cutToWidth('short', 5)).toBe('short');
    expect(cutToWidth('longer', 5)).toBe('long…');
  });
});
