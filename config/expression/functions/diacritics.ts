/** Plain letters in place of accented ones, and the simplified form built on them. */
import { toLowerInvariant, toUpperInvariant } from './letter-case.ts';

// The published table, then letters of Latin alphabets that Unicode does not decompose.
const replacements: ReadonlyMap<string, string> = new Map([
  ['ä', 'ae'],
  ['ö', 'oe'],
  ['ü', 'ue'],
  ['Ä', 'AE'],
  ['Ö', 'OE'],
  ['Ü', 'UE'],
  ['ß', 'ss'],
  ['ẞ', 'SS'],
  ['æ', 'ae'],
  ['œ', 'oe'],
  ['Æ', 'AE'],
  ['Œ', 'OE'],
  ['ø', 'o'],
  ['Ø', 'O'],
  ['ł', 'l'],
  ['Ł', 'L'],
  ['š', 'sh'],
  ['Š', 'SH'],
  ['đ', 'd'],
  ['Đ', 'D'],
  ['ð', 'd'],
  ['Ð', 'D'],
  ['þ', 'th'],
  ['Þ', 'TH'],
  ['ħ', 'h'],
  ['Ħ', 'H'],
  ['ŧ', 't'],
  ['Ŧ', 'T'],
  ['ı', 'i'],
]);

const combiningMark = /\p{Mn}/gu;
const beyondAscii = /[^\0-\x7f]/u;

/** Replaces accented letters: the table first (`ä` gives `ae`, `š` gives `sh`), then the bare letter of every other one. */
export function removeDiacritics(text: string): string {
  if (!beyondAscii.test(text)) return text;
  let result = '';
  // Composed first, so that a letter followed by a combining mark finds its entry in the table.
  for (const letter of text.normalize('NFC')) {
    const replacement = replacements.get(letter);
    if (replacement !== undefined) result += replacement;
    else if (letter <= '\x7f') result += letter;
    else result += letter.normalize('NFD').replace(combiningMark, '');
  }
  return result;
}

/** Upper case without diacritics; only letters and digits stay. */
export function simplify(text: string): string {
  return toUpperInvariant(removeDiacritics(text)).replace(/[^\p{L}\p{N}]/gu, '');
}

/** The lower-case form user names are built of; `-` between the parts of a name goes as well. */
export function simplifyForUsername(text: string): string {
  return toLowerInvariant(simplify(text));
}
