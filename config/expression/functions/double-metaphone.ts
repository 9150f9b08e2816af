/**
 * The primary code of Lawrence Philips' Double Metaphone: how a name sounds to an English ear, in at most four letters.
 * https://en.wikipedia.org/wiki/Metaphone#Double_Metaphone
 */

import { removeDiacritics } from './diacritics.ts';
import { toConsonantSound } from './double-metaphone-rules.ts';
import { toUpperInvariant } from './letter-case.ts';

const maxCodeLength = 4;
/** Longer texts are cut: four letters of code never need more. */
const maxLetters = 100;

/** The primary code of a name; the empty text when it holds no letter from A to Z. */
export function toDoubleMetaphone(text: string): string {
  const word = toUpperInvariant(removeDiacritics(text.slice(0, maxLetters)))
    .replace(/[^A-Z]+/g, ' ')
    .trim();
  let index = /^(?:GN|KN|PN|WR|PS)/.test(word) ? 1 : 0;
  let code = '';
  while (index < word.length && code.length < maxCodeLength) {
    const sound = toConsonantSound(word, index);
    code += sound.code;
    index += sound.length;
  }
  return code.slice(0, maxCodeLength);
}
