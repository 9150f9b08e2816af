import { describe, expect, it } from 'vitest';
import { checkSeal, sealJson } from './sealed-json.ts';

describe('a sealed JSON file', () => {
  it.each([undefined, 2])('is recognized as it was written, and holds its value', (indent) => {
    const { text, seal } = sealJson({ name: '$& "é"', list: [1, null] }, indent);

    expect(checkSeal(text)).toBe(seal);
    expect(JSON.parse(text)).toEqual({ seal, name: '$& "é"', list: [1, null] });
  });

  it('is no longer recognized once any one of its bytes is another', () => {
    const bytes = Buffer.from(sealJson({ id: 'a', parts: [{ file: 'x', rows: 12 }] }).text);
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(bytes.readUInt8(at) ^ 1, at);

      expect(checkSeal(changed.toString('utf8')), `byte ${at}`).toBeNull();
    }
  });

  it('is sealed anew when it was read and changed', () => {
    const before = JSON.parse(sealJson({ id: 'a' }).text) as Record<string, string>;

    const { text, seal } = sealJson({ ...before, id: 'b' });

    expect(checkSeal(text)).toBe(seal);
    expect(seal).not.toBe(before['seal']);
  });

  it('without a seal, cut or lengthened, is not recognized', () => {
    const { text } = sealJson({ id: 'a' });
    for (const other of ['', '{}', '{"id":"a"}', text.slice(0, -1), `${text} `, `\ufeff${text}`])
      expect(checkSeal(other)).toBeNull();
  });
});
