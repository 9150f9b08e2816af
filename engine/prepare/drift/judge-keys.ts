/** Keys that are not found again: are they gone, or written in another way? */
import { repairUtf8 } from './encoding-families.ts';

/** A way in which keys get changed on their way through a file; gives back what the key would have become. */
export interface KeyChange {
  /** Completes "the keys …", by direction. */
  readonly undone: string;
  readonly done: string;
  apply(fold: string): string | null;
}

/** Each is tried from the former keys to those of now (`done`) and back (`undone`). */
export const keyChanges: readonly KeyChange[] = [
  {
    done: 'lost their leading zeros',
    undone: 'gained leading zeros',
    apply: (key) => replaced(key, /^0+(?=.)/, ''),
  },
  {
    done: 'have another Unicode form',
    undone: 'have another Unicode form',
    apply: (key) => unlike(key, key.normalize('NFKC')),
  },
  {
    done: 'were written in another encoding before',
    undone: 'are written in another encoding',
    apply: (key) => repairUtf8(key),
  },
  {
    done: 'lost their accents',
    undone: 'gained accents',
    apply: (key) => unlike(key, key.normalize('NFD').replaceAll(/\p{M}/gu, '').normalize('NFC')),
  },
  {
    done: 'are written in scientific notation',
    undone: 'were written in scientific notation before',
    apply: (key) =>
      /^\d{10,}$/.test(key)
        ? Number(key)
            .toExponential(5)
            .replace(/(\.\d*?)0+e/, '$1e')
            .replace('.e', 'e')
        : null,
  },
  {
    done: 'gained decimals',
    undone: 'lost decimals',
    apply: (key) => (/^\d+$/.test(key) ? `${key}.0` : null),
  },
  {
    done: 'lost their punctuation',
    undone: 'gained punctuation',
    apply: (key) => replaced(key, /[^\p{L}\p{N}\p{M}]/gu, ''),
  },
  {
    done: 'lost everything but their digits',
    undone: 'gained something beside their digits',
    apply: (key) => replaced(key, /\P{Nd}/gu, ''),
  },
  {
    done: 'lost everything but their number',
    undone: 'gained something beside their number',
    apply: (key) => replaced(key, /^\P{Nd}*0*(?=\p{Nd})|\P{Nd}+$/gu, ''),
  },
  {
    done: 'lost what follows the @',
    undone: 'gained an @ and a domain',
    apply: (key) => replaced(key, /@.*$/s, ''),
  },
  {
    done: 'lost the domain before the backslash',
    undone: 'gained a domain before a backslash',
    apply: (key) => replaced(key, /^.*\\/s, ''),
  },
];

function replaced(key: string, pattern: RegExp, by: string): string | null {
  return unlike(
    key,
    key.replaceAll(
      new RegExp(pattern, pattern.flags.includes('g') ? pattern.flags : `${pattern.flags}g`),
      by,
    ),
  );
}

function unlike(key: string, other: string): string | null {
  return other === key || other === '' ? null : other;
}
