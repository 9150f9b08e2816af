/** Text that went through a wrong encoding, another normal form, or an escape. */
import type { Family, Reading } from './family.ts';

export const normalFormFamily: Family = {
  aspect: 'Unicode normal form',
  read: (text) => {
    const composed = text.normalize('NFC');
    if (composed === text.normalize('NFD')) return [];
    return [[text === composed ? 'NFC' : 'NFD', composed]];
  },
};

/** Where Windows-1252 puts other characters than Latin-1: bytes 0x80 to 0x9f. */
const windowsCharacters =
  '\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f' +
  '\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178';

export const encodingFamily: Family = {
  aspect: 'encoding',
  read: (text) => {
    const readings: Reading[] = [];
    const repaired = repairUtf8(text);
    if (repaired !== null) readings.push(['UTF-8 taken for Latin-1', repaired]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what is not ASCII is what is looked for
    const others = text.match(/[^\u0000-\u007f]/g);
    if (text.includes('?') || text.includes('\ufffd'))
      readings.push(['question marks for letters', text]);
    else if (others !== null)
      readings.push([
        others.every((each) => /[\p{L}\p{M}]/u.test(each))
          ? 'letters with accents'
          : 'signs for letters',
        text,
      ]);
    return readings;
  },
  isSame: (a, b) => a === b || maskOthers(a) === maskOthers(b),
};

/** All that is not plain ASCII, or took its place, as one mark. */
function maskOthers(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what is not ASCII is what is masked
  return text.normalize('NFC').replaceAll(/(?:[^\u0000-\u007f]|\?)+/g, '\u00b7');
}

/** The text whose UTF-8 bytes somebody read one by one; `null` when the text is not of that kind. */
export function repairUtf8(text: string): string | null {
  if (!/[\u00c2-\u00f4]/.test(text)) return null;
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const index = code > 0xff ? windowsCharacters.indexOf(character) : -1;
    if (code > 0xff && index === -1) return null;
    bytes.push(index === -1 ? code : 0x80 + index);
  }
  try {
    const repaired = new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes));
    return repaired === text ? null : repaired;
  } catch {
    return null;
  }
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
};

export const escapeFamily: Family = {
  aspect: 'escapes',
  read: (text) => {
    const readings: Reading[] = [['no escapes', text]];
    if (/&(?:\w+|#\d+|#x[0-9a-f]+);/i.test(text))
      readings.push(['HTML entities', decodeEntities(text)]);
    if (/%[0-9a-f]{2}/i.test(text)) {
      const decoded = decodePercent(text);
      if (decoded !== null) readings.push(['percent escapes', decoded]);
    }
    return readings;
  },
};

function decodeEntities(text: string): string {
  return text.replaceAll(/&(#x?)?(\w+);/gi, (whole, mark: string | undefined, name: string) => {
    if (mark === undefined) return entities[name.toLowerCase()] ?? whole;
    const code = Number.parseInt(name, mark === '#' ? 10 : 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function decodePercent(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
