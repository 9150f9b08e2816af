import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dialects } from './dialects.ts';
import { protectQuoted, protectText, restoreText } from './knex-text.ts';

/** Texts in which the signs that mean something on the way are frequent. */
const text = fc.string({
  unit: fc.constantFrom('?', '\\', '\0', 'q', 'z', '"', '`', "'", '$', '1', ':', 'a', ' ', 'ö'),
});

describe('texts on their way through knex', () => {
  it('hold no question mark, and come back to the letter', () => {
    fc.assert(
      fc.property(text, (written) => {
        const sent = protectText(written);

        expect(sent).not.toContain('?');
        expect(restoreText(sent)).toBe(written);
      }),
    );
  });

  it('keep as parameters exactly the question marks outside of quoted names', () => {
    const quotes = fc.constantFrom(dialects.postgres, dialects.mysql, dialects.sqlite);
    const names = fc.array(text.filter((name) => !name.includes('\0')));
    fc.assert(
      fc.property(quotes, names, (dialect, columns) => {
        const written = columns.map((name) => `${dialect.quote(name)} = ?`).join(' AND ');

        const sent = protectQuoted(written);

        expect(sent.split('?')).toHaveLength(columns.length + 1);
        expect(restoreText(sent)).toBe(written);
      }),
    );
  });
});
