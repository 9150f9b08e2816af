import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cutToWidth,
  displayWidth,
  toPrintableLine,
  toPrintableText,
  toTerminalText,
} from './printable-text.ts';

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

describe('toTerminalText', () => {
  it('leaves nothing that a terminal obeys but line ends and tabs', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const shown = toTerminalText(text, false).replaceAll(/\r\n|[\n\t]/gu, '');
        expect(shown).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
      }),
    );
  });

  it('keeps colours of our own, and only where there are any', () => {
    const text = '\u001b[1mID\u001b[22m \u001b[2J\u009b2J\u001b]0;title\u0007\r';

    expect(toTerminalText(text, true)).toBe('\u001b[1mID\u001b[22m ·[2J·2J·]0;title··');
    expect(toTerminalText(text, false)).toBe('·[1mID·[22m ·[2J·2J·]0;title··');
  });

  it('keeps lines, tabs and what people write', () => {
    expect(toTerminalText('a\tZoë\r\n山田\n', false)).toBe('a\tZoë\r\n山田\n');
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
