/** The rules of Double Metaphone, letter by letter, for the primary code. */

/** What stands at a place of the word: its code, and how many letters it takes. */
interface Sound {
  readonly code: string;
  readonly length: number;
}

/** A place in a word, with questions about what stands around it. */
interface Place {
  readonly word: string;
  readonly index: number;
  /** True when one of the texts stands `distance` letters from the place. */
  has(distance: number, ...texts: readonly string[]): boolean;
  isVowel(distance: number): boolean;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly isSlavoGermanic: boolean;
  readonly isGermanic: boolean;
}

/** The sound at `index` of a word of capitals and spaces. */
export function toConsonantSound(word: string, index: number): Sound {
  const has = (distance: number, ...texts: readonly string[]): boolean => {
    const at = index + distance;
    return at >= 0 && texts.some((text) => word.startsWith(text, at));
  };
  const place: Place = {
    word,
    index,
    has,
    isVowel: (distance) => has(distance, 'A', 'E', 'I', 'O', 'U', 'Y'),
    isFirst: index === 0,
    isLast: index === word.length - 1,
    isSlavoGermanic: /W|K|CZ|WITZ/.test(word),
    isGermanic: /^(?:VAN |VON |SCH)/.test(word),
  };
  const letter = word.charAt(index);
  const rule = rules.get(letter);
  if (rule !== undefined) return rule(place);
  const simple = simpleSounds.get(letter);
  if (simple !== undefined) return { code: simple, length: has(1, letter) ? 2 : 1 };
  return { code: place.isFirst && place.isVowel(0) ? 'A' : '', length: 1 };
}

/** Letters with one sound, written once when doubled. */
const simpleSounds: ReadonlyMap<string, string> = new Map([
  ['F', 'F'],
  ['K', 'K'],
  ['L', 'L'],
  ['N', 'N'],
  ['Q', 'K'],
  ['V', 'F'],
  ['B', 'P'],
]);

function sound(code: string, length: number): Sound {
  return { code, length };
}

function soundOfC(at: Place): Sound {
  const { has, isFirst, word, index } = at;
  const isBacher = !has(2, 'E') || has(-2, 'BACHER', 'MACHER');
  if (index > 1 && !at.isVowel(-2) && has(-1, 'ACH') && !has(2, 'I') && isBacher)
    return sound('K', 2);
  if (isFirst && has(0, 'CAESAR')) return sound('S', 2);
  if (has(0, 'CHIA')) return sound('K', 2);
  if (has(0, 'CH')) return sound(codeOfCh(at), 2);
  if (has(0, 'CZ') && !has(-2, 'WICZ')) return sound('S', 2);
  if (has(1, 'CIA')) return sound('X', 3);
  if (has(0, 'CC') && !(index === 1 && word.startsWith('M'))) {
    if (!has(2, 'I', 'E', 'H') || has(2, 'HU')) return sound('K', 2);
    const isHard = (index === 1 && has(-1, 'A')) || has(-1, 'UCCEE', 'UCCES');
    return sound(isHard ? 'KS' : 'X', 3);
  }
  if (has(0, 'CK', 'CG', 'CQ')) return sound('K', 2);
  if (has(0, 'CI', 'CE', 'CY')) return sound('S', 2);
  if (has(1, ' C', ' Q', ' G')) return sound('K', 3);
  return sound('K', has(1, 'C', 'K', 'Q') && !has(1, 'CE', 'CI') ? 2 : 1);
}

function codeOfCh(at: Place): string {
  const { has, isFirst, word, index } = at;
  if (!isFirst && has(0, 'CHAE')) return 'K';
  const isGreek = has(1, 'HARAC', 'HARIS', 'HOR', 'HYM', 'HIA', 'HEM');
  if (isFirst && isGreek && !has(0, 'CHORE')) return 'K';
  const isBeforeConsonant =
    has(2, 'L', 'R', 'N', 'M', 'B', 'H', 'F', 'V', 'W', ' ') || index + 2 >= word.length;
  const isHard =
    at.isGermanic ||
    has(-2, 'ORCHES', 'ARCHIT', 'ORCHID') ||
    has(2, 'T', 'S') ||
    ((isFirst || has(-1, 'A', 'O', 'U', 'E')) && isBeforeConsonant);
  if (isHard) return 'K';
  return !isFirst && word.startsWith('MC') ? 'K' : 'X';
}

function soundOfD({ has }: Place): Sound {
  if (has(0, 'DG')) return has(2, 'I', 'E', 'Y') ? sound('J', 3) : sound('TK', 2);
  return sound('T', has(0, 'DT', 'DD') ? 2 : 1);
}

function soundOfG(at: Place): Sound {
  const { has, isFirst, index, word } = at;
  if (has(1, 'H')) return sound(codeOfGh(at), 2);
  if (has(1, 'N')) {
    const isLatin = !at.isSlavoGermanic;
    const isAfterFirstVowel = index === 1 && /^[AEIOUY]/.test(word) && isLatin;
    return sound(!isAfterFirstVowel && isLatin && !has(2, 'EY') ? 'N' : 'KN', 2);
  }
  if (has(1, 'LI') && !at.isSlavoGermanic) return sound('KL', 2);
  const isHardStart = has(1, 'Y', 'ES', 'EP', 'EB', 'EL', 'EY', 'IB', 'IL', 'IN', 'IE', 'EI', 'ER');
  if (isFirst && isHardStart) return sound('K', 2);
  const isDanger = /^(?:DANGER|RANGER|MANGER)/.test(word);
  if (has(1, 'ER', 'Y') && !isDanger && !has(-1, 'E', 'I', 'RGY', 'OGY')) return sound('K', 2);
  if (has(1, 'E', 'I', 'Y') || has(-1, 'AGGI', 'OGGI')) {
    return sound(at.isGermanic || has(1, 'ET') ? 'K' : 'J', 2);
  }
  return sound('K', has(1, 'G') ? 2 : 1);
}

function codeOfGh(at: Place): string {
  const { has, isFirst, index } = at;
  if (isFirst) return has(2, 'I') ? 'J' : 'K';
  if (!at.isVowel(-1)) return 'K';
  // As in "hugh", "bough", "broughton".
  if (has(-2, 'B', 'H', 'D') || has(-3, 'B', 'H', 'D') || has(-4, 'B', 'H')) return '';
  // As in "laugh", "cough", "rough", "tough".
  if (index > 2 && has(-1, 'U') && has(-3, 'C', 'G', 'L', 'R', 'T')) return 'F';
  return has(-1, 'I') ? '' : 'K';
}

function soundOfH(at: Place): Sound {
  return (at.isFirst || at.isVowel(-1)) && at.isVowel(1) ? sound('H', 2) : sound('', 1);
}

function soundOfJ(at: Place): Sound {
  const { has, isFirst, word } = at;
  if (has(0, 'JOSE') || word.startsWith('SAN ')) {
    const isSpanish = word.startsWith('SAN ') || (isFirst && (has(4, ' ') || word.length === 4));
    return sound(isSpanish ? 'H' : 'J', 1);
  }
  const length = has(1, 'J') ? 2 : 1;
  const isHeard =
    isFirst ||
    at.isLast ||
    (at.isVowel(-1) && !at.isSlavoGermanic && has(1, 'A', 'O')) ||
    (!has(1, 'L', 'T', 'K', 'S', 'N', 'M', 'B', 'Z') && !has(-1, 'S', 'K', 'L'));
  return sound(isHeard ? 'J' : '', length);
}

function soundOfM({ has, index, word }: Place): Sound {
  const isSilentB = has(-1, 'UMB') && (index + 2 === word.length || has(2, 'ER'));
  return sound('M', isSilentB || has(1, 'M') ? 2 : 1);
}

function soundOfP({ has }: Place): Sound {
  if (has(1, 'H')) return sound('F', 2);
  return sound('P', has(1, 'P', 'B') ? 2 : 1);
}

function soundOfR(at: Place): Sound {
  const { has } = at;
  // A French ending, as in "rogier".
  const isSilent = at.isLast && !at.isSlavoGermanic && has(-2, 'IE') && !has(-4, 'ME', 'MA');
  return sound(isSilent ? '' : 'R', has(1, 'R') ? 2 : 1);
}

function soundOfS(at: Place): Sound {
  const { has, isFirst } = at;
  if (has(-1, 'ISL', 'YSL')) return sound('', 1);
  if (isFirst && has(0, 'SUGAR')) return sound('X', 1);
  if (has(0, 'SH')) return sound(has(1, 'HEIM', 'HOEK', 'HOLM', 'HOLZ') ? 'S' : 'X', 2);
  if (has(0, 'SIO', 'SIA')) return sound('S', 3);
  if ((isFirst && has(1, 'M', 'N', 'L', 'W')) || has(1, 'Z'))
    return sound('S', has(1, 'Z') ? 2 : 1);
  if (has(0, 'SC')) {
    if (has(2, 'H')) return sound(has(3, 'OO', 'UY', 'ED', 'EM') ? 'SK' : 'X', 3);
    return sound(has(2, 'I', 'E', 'Y') ? 'S' : 'SK', 3);
  }
  // A French ending, as in "artois".
  const isSilent = at.isLast && has(-2, 'AI', 'OI');
  return sound(isSilent ? '' : 'S', has(1, 'S', 'Z') ? 2 : 1);
}

function soundOfT(at: Place): Sound {
  const { has } = at;
  if (has(0, 'TION', 'TIA', 'TCH')) return sound('X', 3);
  // "th" is written as a zero.
  if (has(0, 'TH', 'TTH')) return sound(has(2, 'OM', 'AM') || at.isGermanic ? 'T' : '0', 2);
  return sound('T', has(1, 'T', 'D') ? 2 : 1);
}

function soundOfW(at: Place): Sound {
  const { has, isFirst } = at;
  if (has(0, 'WR')) return sound('R', 2);
  if (isFirst && (at.isVowel(1) || has(0, 'WH'))) return sound('A', 1);
  return has(0, 'WICZ', 'WITZ') ? sound('TS', 4) : sound('', 1);
}

function soundOfX(at: Place): Sound {
  const { has } = at;
  const length = has(1, 'C', 'X') ? 2 : 1;
  if (at.isFirst) return sound('S', length);
  const isSilent = at.isLast && (has(-3, 'IAU', 'EAU') || has(-2, 'AU', 'OU'));
  return sound(isSilent ? '' : 'KS', length);
}

function soundOfZ({ has }: Place): Sound {
  if (has(1, 'H')) return sound('J', 2);
  return sound('S', has(1, 'Z') ? 2 : 1);
}

const rules: ReadonlyMap<string, (at: Place) => Sound> = new Map([
  ['C', soundOfC],
  ['D', soundOfD],
  ['G', soundOfG],
  ['H', soundOfH],
  ['J', soundOfJ],
  ['M', soundOfM],
  ['P', soundOfP],
  ['R', soundOfR],
  ['S', soundOfS],
  ['T', soundOfT],
  ['W', soundOfW],
  ['X', soundOfX],
  ['Z', soundOfZ],
]);
