/** Changes configuration files in ways that are likely to reach deep into their readers, from a seed. */
import { attributeNames } from '../schema/element.ts';
import { topLevelElements } from '../schema/vocabulary.ts';

export interface Chance {
  /** From 0, below 1. */
  next(): number;
  /** A whole number from 0, below `limit`. */
  below(limit: number): number;
  pick<T>(items: readonly T[]): T;
}

/** The same sequence for the same seed (mulberry32). */
export function createChance(seed: number): Chance {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    pick<T>(items: readonly T[]): T {
      const picked = items[below(items.length)];
      if (picked === undefined) throw new Error('There is nothing to pick from.');
      return picked;
    },
  };
}

/** Tags, attributes, texts in quotation marks, brackets, comments, and what is between them. */
const token =
  /<!--.*?-->|<[!?/]?[\w:.-]*|\/?>|"(?:[^"\\]|\\.)*"|[\w:.-]+="[^"]*"|[{}[\],:]|[\w$.]+|\s+|./gs;

const elements = topLevelElements.flatMap((element) => [element, ...element.children]);
const elementNames = elements.map(({ name }) => name);
const allAttributes = [...new Set(elements.flatMap(attributeNames))];

const pieces: readonly string[] = [
  ...['<', '>', '/>', '</', '<!--', '-->', '--', '<![CDATA[', ']]>', '<?', '?>', '<!DOCTYPE a>'],
  ...['&', '&amp;', '&#0;', '&#x10FFFF;', '&#xD800;', '&#10;', '&#55555555555;', '&x;', '"', "'"],
  ...[
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '//',
    '/*',
    '*/',
    '\\',
    '\\u0000',
    '\\ud800',
    'null',
    'NaN',
    '1e999',
  ],
  ...[
    '"$elements": [',
    '"$schema": 1',
    '"__proto__": {}',
    '__proto__="x"',
    'constructor',
    'xmlns=""',
  ],
  ...[
    '\u0000',
    '\u0007',
    '\ufffd',
    '\ud800',
    '\ufeff',
    '\u2028',
    '\u202e',
    '\r',
    '\r\n',
    '\t',
    ' ',
  ],
  ...[
    'C#:',
    'C#:a:return ',
    '((((((((',
    'Literal:',
    'EntityType:',
    '.',
    ':',
    ',',
    '|',
    '-1',
    '4294967296',
  ],
  ...[
    'a.b.c.d.e',
    'true',
    '100000000000000000000',
    '1970-01-01',
    '* * * * *',
    '¤',
    '%',
    '*',
    'x'.repeat(300),
  ],
  ...[
    'xmlns:ls="urn:lockstep:configuration"',
    'encoding="utf-16"',
    'encoding="shift_jis"',
    'ls:',
    'İıſ',
  ],
];

/** `text` after up to six changes, some of them with parts of `other`. */
export function mutateText(text: string, other: string, chance: Chance): string {
  let tokens: readonly string[] = text.match(token) ?? [''];
  const foreign = other.match(token) ?? [''];
  for (let left = chance.below(6) + 1; left > 0; left -= 1) {
    tokens = mutateTokens(tokens, foreign, chance);
    if (tokens.length === 0) tokens = [chance.pick(pieces)];
  }
  return tokens.join('');
}

function mutateTokens(
  tokens: readonly string[],
  foreign: readonly string[],
  chance: Chance,
): string[] {
  const at = chance.below(tokens.length);
  const to = chance.below(tokens.length);
  const from = chance.below(foreign.length);
  const length = chance.below(chance.pick([2, 10, 200]));
  const changed = [...tokens];
  switch (chance.below(10)) {
    case 0:
      changed[at] = tokens[to] ?? '';
      changed[to] = tokens[at] ?? '';
      return changed;
    case 1:
      changed.splice(at, length + 1);
      return changed;
    case 2:
      changed.splice(to, 0, ...tokens.slice(at, at + length));
      return changed;
    case 3:
      changed.splice(at, length, ...foreign.slice(from, from + length));
      return changed;
    case 4:
      changed.splice(at, 0, chance.pick(pieces));
      return changed;
    case 5:
      changed[at] = chance.pick(pieces);
      return changed;
    case 6:
      changed[at] = (tokens[at] ?? '').replace(/[\w:]+/, () => chance.pick(elementNames));
      return changed;
    case 7:
      changed[at] = (tokens[at] ?? '').replace(/[\w:]+/, () => chance.pick(allAttributes));
      return changed;
    case 8:
      changed[at] = (tokens[at] ?? '').replace(/(?<=").*(?=")/s, (value) =>
        mutateValue(value, chance),
      );
      return changed;
    default:
      return chance.next() < 0.2 ? changed.slice(0, at) : changed;
  }
}

function mutateValue(value: string, chance: Chance): string {
  const at = chance.below(value.length + 1);
  const cut = value.slice(0, at) + value.slice(at + chance.below(4));
  return cut.slice(0, at) + chance.pick(pieces) + cut.slice(at);
}

/** Some bytes changed, as a broken disk or the wrong encoding would. */
export function mutateBytes(bytes: Buffer, chance: Chance): Buffer {
  const changed = Buffer.from(bytes);
  if (changed.length === 0) return changed;
  for (let left = chance.below(8); left > 0; left -= 1) {
    changed[chance.below(changed.length)] = chance.below(256);
  }
  if (chance.next() < 0.1) return changed.subarray(0, chance.below(changed.length));
  if (chance.next() < 0.1) return Buffer.concat([Buffer.from([0xff, 0xfe]), changed]);
  return changed;
}
