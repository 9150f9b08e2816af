/** All families of formats by which a change of values may be one of form only. */
import { dateFamily } from './date-family.ts';
import { encodingFamily, escapeFamily, normalFormFamily } from './encoding-families.ts';
import type { Family, Reading } from './family.ts';
import { numberFamily } from './number-family.ts';

const blankFamily: Family = {
  aspect: 'blanks',
  read: (text) => {
    const canonical = text.replaceAll(/\s+/g, ' ').trim();
    return canonical === '' ? [] : [[nameBlanks(text), canonical]];
  },
};

function nameBlanks(text: string): string {
  const isPaddedBefore = /^\s/.test(text);
  const isPaddedAfter = /\s$/.test(text);
  if (isPaddedBefore && isPaddedAfter) return 'blanks on both sides';
  if (isPaddedBefore) return 'blanks before it';
  if (isPaddedAfter) return 'blanks after it';
  if (/[\u00a0\u202f\u2007]/.test(text)) return 'no-break spaces';
  return /\s{2}/.test(text) ? 'double blanks' : 'no blanks around it';
}

const wrapperFamily: Family = {
  aspect: 'quotes',
  read: (text) => {
    const wrapped = /^(="|"|'|\u2019)(.*?)("|'|\u2019)?$/s.exec(text);
    const inner = wrapped?.[2] ?? '';
    if (wrapped === null) return [['no quotes', text]];
    return inner === '' ? [] : [[`a mark like ${wrapped[1]} around it`, inner]];
  },
};

const truths = [
  ['true', 'false'],
  ['1', '0'],
  ['-1', '0'],
  ['yes', 'no'],
  ['y', 'n'],
  ['t', 'f'],
  ['on', 'off'],
  ['oui', 'non'],
  ['o', 'n'],
  ['vrai', 'faux'],
  ['ja', 'nein'],
  ['j', 'n'],
  ['wahr', 'falsch'],
  ['si', 'no'],
  ['active', 'inactive'],
  ['enabled', 'disabled'],
] as const;

const cases = [
  (word: string) => word,
  (word: string) => word.toUpperCase(),
  (word: string) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`,
] as const;

/** Formats and truth by word, built once. */
const truthByWord: ReadonlyMap<string, readonly Reading[]> = listTruths();

function listTruths(): ReadonlyMap<string, readonly Reading[]> {
  const words = new Map<string, Reading[]>();
  const formats = truths.flatMap((pair) => cases.map((change) => pair.map(change).join(' or ')));
  for (const format of new Set(formats)) {
    for (const [index, word] of format.split(' or ').entries())
      words.set(word, [...(words.get(word) ?? []), [format, index === 0 ? 'true' : 'false']]);
  }
  return words;
}

const truthFamily: Family = {
  aspect: 'spelling of true and false',
  read: (text) => truthByWord.get(text) ?? [],
};

const identifierFamily: Family = {
  aspect: 'form of identifiers',
  read: (text) => {
    const digits = text.replaceAll(/[-{}()]/g, '').toLowerCase();
    if (!/^[0-9a-f]{32}$/.test(digits)) return [];
    if (/^[{(]/.test(text)) return [['braces', digits]];
    return [[text.includes('-') ? 'dashes' : 'no dashes', digits]];
  },
};

const caseFamily: Family = {
  aspect: 'letter case',
  read: (text) => {
    const lower = text.toLowerCase();
    const upper = text.toUpperCase();
    if (lower === upper) return [];
    if (text === upper) return [['capital letters', lower]];
    return [[text === lower ? 'small letters' : 'capital and small letters', lower]];
  },
};

const accentFamily: Family = {
  aspect: 'accents',
  read: (text) => {
    const bare = text.normalize('NFD').replaceAll(/\p{M}/gu, '').normalize('NFC');
    return [[bare === text.normalize('NFC') ? 'no accents' : 'accents', bare]];
  },
};

const punctuationFamily: Family = {
  aspect: 'punctuation',
  read: (text) => {
    const canonical = text.replaceAll(/[^\p{L}\p{N}\p{M}]/gu, '').toLowerCase();
    if (canonical === '') return [];
    const marks = [...new Set(text.replaceAll(/[\p{L}\p{N}\p{M}]/gu, ''))].sort();
    return [
      [marks.length === 0 ? 'no punctuation' : `the characters "${marks.join('')}"`, canonical],
    ];
  },
};

/** In the order in which they are tried: the first that explains a change names it. */
export const families: readonly Family[] = [
  normalFormFamily,
  encodingFamily,
  blankFamily,
  wrapperFamily,
  truthFamily,
  dateFamily,
  numberFamily,
  identifierFamily,
  caseFamily,
  accentFamily,
  escapeFamily,
  punctuationFamily,
];
