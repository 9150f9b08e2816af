/** American Soundex, as the U.S. National Archives describe it: https://www.archives.gov/research/census/soundex */
import { simplify } from './diacritics.ts';

//                   ABCDEFGHIJKLMNOPQRSTUVWXYZ ; 0 vowel, 9 transparent (H, W)
const codeOfLetter = '01230129022455012623019202';

/** The four-character code of a name; the empty text when it holds no letter from A to Z. */
export function toSoundex(text: string): string {
  const letters = simplify(text).replace(/[^A-Z]/g, '');
  if (letters === '') return '';
  let code = letters.charAt(0);
  let previous = digitOf(letters, 0);
  for (let index = 1; index < letters.length && code.length < 4; index++) {
    const digit = digitOf(letters, index);
    if (digit === '9') continue;
    if (digit !== '0' && digit !== previous) code += digit;
    previous = digit;
  }
  return code.padEnd(4, '0');
}

function digitOf(letters: string, index: number): string {
  return codeOfLetter.charAt(letters.charCodeAt(index) - 65);
}
