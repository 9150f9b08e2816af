/**
 * Letters and digits put in the place of others by a keyed permutation: texts of one make (letters and digits at the same places) are
 * mapped one to one, so that equal values stay equal and unlike ones unlike. A Feistel network over the letters and digits, in
 * the manner of format-preserving encryption (https://doi.org/10.6028/NIST.SP.800-38G), each place with its own radix.
 */
import { hash } from 'node:crypto';

/** As many as FF3. */
const rounds = 8;
const radixNames = { 26: 'a', 10: '0', 9: '1' } as const;
const letters = 'abcdefghijklmnopqrstuvwxyz';

/** Replaces letters and digits of a text; everything else, case and length stay. Accents go first. */
export type Scramble = (text: string) => string;

/** One character that is replaced: where it stands, its place among as many, and how it is written. */
interface Symbol {
  readonly at: number;
  readonly value: number;
  readonly radix: 26 | 10 | 9;
  readonly isUpper: boolean;
}

/** One per key. Values already seen are remembered, up to a bound: names and sites come again and again. */
export function createScramble(secret: Uint8Array, kind: 'text' | 'number'): Scramble {
  // Of one length, whatever the secret's is: the hashes below have it on both sides.
  const key = hash(
    'sha256',
    Buffer.concat([Buffer.from('lockstep anonymize\0'), secret]),
    'base64',
  );
  const known = new Map<string, string>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const scrambled = scrambleText(text, key, kind);
    if (known.size >= maxKnown) known.clear();
    if (text.length <= maxKnownLength) known.set(text, scrambled);
    return scrambled;
  };
}

const maxKnown = 50_000;
const maxKnownLength = 200;

function scrambleText(text: string, key: string, kind: 'text' | 'number'): string {
  const { characters, symbols, foreign } = readSymbols(text, kind);
  if (symbols.length === 0) return characters.join('');
  const tweak = `${kind}|${symbols.map(({ radix }) => radixNames[radix]).join('')}|${foreign}`;
  const values = symbols.map(({ value }) => value);
  permute(values, symbols, { key, tweak });
  for (const [index, symbol] of symbols.entries()) {
    characters[symbol.at] = writeSymbol(symbol, values[index] ?? 0);
  }
  return characters.join('');
}

/** Characters without their accents, and which of them are letters and digits. */
function readSymbols(
  text: string,
  kind: 'text' | 'number',
): {
  readonly characters: string[];
  readonly symbols: readonly Symbol[];
  readonly foreign: string;
} {
  const characters: string[] = [];
  const symbols: Symbol[] = [];
  // Letters that are no Latin ones even without accents: they steer the substitution, so that unlike names stay unlike.
  let foreign = '';
  let isLeading = kind === 'number';
  for (const character of text.normalize('NFC')) {
    const base = baseOf(character);
    if (base === '') continue;
    const at = characters.push(base) - 1;
    const isUpper = base !== base.toLowerCase();
    const code = base.toLowerCase().charCodeAt(0);
    if (code >= 97 && code <= 122 && base.length === 1) {
      symbols.push({ at, value: code - 97, radix: 26, isUpper });
    } else if (code >= 48 && code <= 57) {
      if (!isLeading) symbols.push({ at, value: code - 48, radix: 10, isUpper });
      // The first figure of a number is no zero afterwards either, and zeros before it stay.
      else if (code !== 48) symbols.push({ at, value: code - 49, radix: 9, isUpper });
      if (code !== 48) isLeading = false;
    } else if (/^\p{L}/u.test(base)) {
      foreign += base;
      symbols.push({ at, value: (base.codePointAt(0) ?? 0) % 26, radix: 26, isUpper });
    } else if (/^\p{Nd}/u.test(base)) {
      foreign += base;
      symbols.push({ at, value: (base.codePointAt(0) ?? 0) % 10, radix: 10, isUpper });
    }
  }
  return { characters, symbols, foreign };
}

/** The character without its accents; empty for an accent that stands alone. */
function baseOf(character: string): string {
  if (character < '\u0080') return character;
  const [first = ''] = character.normalize('NFD').replaceAll(/\p{M}/gu, '');
  // Syllables that fall into several letters are one character all the same.
  return first;
}

function writeSymbol({ radix, isUpper }: Symbol, value: number): string {
  if (radix === 10) return String(value);
  if (radix === 9) return String(value + 1);
  const letter = letters.charAt(value);
  return isUpper ? letter.toUpperCase() : letter;
}

/** Each half in turn is moved by what the other one gives: whatever that is, it can be taken back, so nothing is lost. */
function permute(
  values: number[],
  symbols: readonly Symbol[],
  { key, tweak }: { readonly key: string; readonly tweak: string },
): void {
  const middle = values.length >>> 1;
  for (let round = 0; round < rounds; round += 1) {
    const isFirst = round % 2 === 1;
    const [start, end] = isFirst ? [0, middle] : [middle, values.length];
    const other = isFirst ? values.slice(middle) : values.slice(0, middle);
    const stream = openStream(key, `${round}|${tweak}|${other.join(',')}`);
    for (let index = start; index < end; index += 1) {
      const radix = symbols[index]?.radix ?? 10;
      values[index] = ((values[index] ?? 0) + (stream() % radix)) % radix;
    }
  }
}

/**
 * Numbers of 32 bits without end; taken modulo 26 or less their bias is below one in a hundred million. One hash with the key before
 * and behind, as HMAC was before it was split in two; an HMAC object for each of a few million values would take four times as long.
 */
function openStream(key: string, seed: string): () => number {
  let block = Buffer.alloc(0);
  let offset = 0;
  let count = 0;
  return () => {
    if (offset + 4 > block.length) {
      block = hash('sha512', `${key}${count}|${seed}|${key}`, 'buffer');
      offset = 0;
      count += 1;
    }
    const number = block.readUInt32LE(offset);
    offset += 4;
    return number;
  };
}
