import { describe, expect, it } from 'vitest';
import { judgeColumn, type ValuePair } from './judge-column.ts';

const rows = Array.from({ length: 60 }, (_, index) => index);

function pairs(
  before: (index: number) => string | null,
  now: (index: number) => string | null,
): readonly ValuePair[] {
  return rows.map((index) => ({ before: before(index), now: now(index) }));
}

const two = (n: number): string => String(n).padStart(2, '0');
const year = (i: number): number => 1990 + (i % 30);
const month = (i: number): string => two((i % 12) + 1);
const day = (i: number): string => two(((i * 7) % 28) + 1);
const iso = (i: number): string => `${year(i)}-${month(i)}-${day(i)}`;
const names = ['Ana Roy', 'Ben Ode', 'Zoë Müller', 'José Núñez', 'Cyd Ray', 'Léa Noël'] as const;
const name = (i: number): string => `${names[i % names.length]} ${'abcdefghij'[i % 10]}`;
const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
const amount = (i: number): number => 900 + i * 37.25;

const forms: readonly (readonly [
  what: string,
  before: (i: number) => string | null,
  now: (i: number) => string | null,
])[] = [
  ['date format from yyyy-MM-dd to dd/MM/yyyy', iso, (i) => `${day(i)}/${month(i)}/${year(i)}`],
  [
    'date format from dd/MM/yyyy to MM/dd/yyyy',
    (i) => `${day(i)}/${month(i)}/${year(i)}`,
    (i) => `${month(i)}/${day(i)}/${year(i)}`,
  ],
  [
    'date format from dd.MM.yyyy to yyyyMMdd',
    (i) => `${day(i)}.${month(i)}.${year(i)}`,
    (i) => `${year(i)}${month(i)}${day(i)}`,
  ],
  [
    'date format from yyyy-MM-dd to dd/MM/yy',
    iso,
    (i) => `${day(i)}/${month(i)}/${String(year(i)).slice(2)}`,
  ],
  ['date format from yyyy-MM-dd to yyyy-MM-dd with time', iso, (i) => `${iso(i)} 00:00:00`],
  [
    'date format from yyyy-MM-dd to a count of days',
    iso,
    (i) => String(Date.parse(iso(i)) / 86_400_000 + 25_569),
  ],
  [
    'date format from yyyy-MM-dd to seconds since 1970',
    (i) => iso(i + 20).replace(/^..../, '2015'),
    (i) => String(Date.parse(iso(i + 20).replace(/^..../, '2015')) / 1_000),
  ],
  ['Unicode normal form from NFC to NFD', name, (i) => name(i).normalize('NFD')],
  ['encoding from letters with accents to UTF-8 taken for Latin-1', name, (i) => latin1(name(i))],
  [
    'encoding from letters with accents to question marks for letters',
    name,
    (i) => name(i).replaceAll(/[^ -~]/g, '?'),
  ],
  [
    'accents from accents to no accents',
    name,
    (i) => name(i).normalize('NFD').replaceAll(/\p{M}/gu, ''),
  ],
  ['blanks from no blanks around it to blanks after it', name, (i) => name(i).padEnd(20)],
  ['blanks from no blanks around it to double blanks', name, (i) => name(i).replaceAll(' ', '  ')],
  ['quotes from no quotes to a mark like "', name, (i) => `"${name(i)}"`],
  [
    'letter case from capital and small letters to capital letters',
    name,
    (i) => name(i).toUpperCase(),
  ],
  [
    'letter case from capital and small letters to small letters',
    name,
    (i) => name(i).toLowerCase(),
  ],
  [
    'spelling of true and false from true or false to 1 or 0',
    (i) => String(i % 3 === 0),
    (i) => (i % 3 === 0 ? '1' : '0'),
  ],
  [
    'spelling of true and false from true or false to True or False',
    (i) => String(i % 3 === 0),
    (i) => (i % 3 === 0 ? 'True' : 'False'),
  ],
  [
    'number format from a decimal point to a decimal comma',
    (i) => amount(i).toFixed(2),
    (i) => amount(i).toFixed(2).replace('.', ','),
  ],
  [
    'number format from plain digits to commas between thousands',
    (i) => String(1_000 + i * 997),
    (i) => (1_000 + i * 997).toLocaleString('en-US'),
  ],
  [
    'number format from plain digits to gaps between thousands',
    (i) => String(1_000 + i * 997),
    (i) => (1_000 + i * 997).toLocaleString('en-US').replaceAll(',', '\u00a0'),
  ],
  [
    'number format from leading zeros to plain digits',
    (i) => String(100 + i).padStart(8, '0'),
    (i) => String(100 + i),
  ],
  [
    'number format from plain digits to scientific notation',
    (i) => String(123_456_000_000 + i * 77_123),
    (i) => (123_456_000_000 + i * 77_123).toExponential(5).replace('e', 'E'),
  ],
  [
    'number format from plain digits to a decimal point',
    (i) => String(100 + i),
    (i) => `${100 + i}.0`,
  ],
  [
    'form of identifiers from dashes to no dashes',
    (i) => `00000000-0000-4000-8000-0000000000${two(i)}`,
    (i) => `000000000000400080000000000000${two(i)}`,
  ],
  ['escapes from no escapes to HTML entities', (i) => `R&D ${i}`, (i) => `R&amp;D ${i}`],
  [
    'punctuation from the characters " +" to no punctuation',
    (i) => `+33 1 ${two(i)} 55 ${two(i)}`,
    (i) => `331${two(i)}55${two(i)}`,
  ],
];

describe('a column whose form changed', () => {
  it.each(forms)('is told by its %s', (what, before, now) => {
    const drift = judgeColumn(pairs(before, now));

    expect(drift?.kind).toBe('format');
    expect(drift?.what).toContain(`changed its ${what}`);
  });

  it('is told although the change touches one row in six only', () => {
    const before = (i: number): string => (i % 6 === 0 ? '' : '9') + two(i).padStart(5, '0');

    const drift = judgeColumn(pairs(before, (i) => before(i).replace(/^0+/, '')));

    expect(drift?.what).toContain('leading zeros');
  });

  it('shows shapes of values and never a value', () => {
    const drift = judgeColumn(pairs(iso, (i) => `${day(i)}/${month(i)}/${year(i)}`));

    expect(drift?.examples).toEqual(['dddd-dd-dd → dd/dd/dddd']);
  });
});

describe('a column whose content is not to be believed', () => {
  const cases: typeof forms = [
    ['emptied', name, () => null],
    ['emptied', name, () => 'NULL'],
    ['emptied', (i) => String(i), () => '#REF!'],
    ['filler', (i) => (i % 2 === 0 ? null : name(i)), (i) => (i % 2 === 0 ? 'N/A' : name(i))],
    ['constant', (i) => `${name(i)} ${i}`, () => 'Default'],
    [
      'shift',
      (i) => `${iso(i)}T00:00:00Z`,
      (i) => `${new Date(Date.parse(iso(i)) - 7_200_000).toISOString().slice(0, 19)}Z`,
    ],
    [
      'shift',
      iso,
      (i) => new Date(Date.parse(iso(i)) + 1_462 * 86_400_000).toISOString().slice(0, 10),
    ],
    [
      'cut',
      (i) => `${name(i)} of the department ${i}`,
      (i) => `${name(i)} of the department ${i}`.slice(0, 12),
    ],
    ['shape', (i) => `E-${1_000 + i}`, (i) => `${1_000 + i * 3}/X/Y`],
    ['replaced', name, (i) => name(i + 1)],
  ];
  it.each(cases)('is told as %s', (kind, before, now) => {
    expect(judgeColumn(pairs(before, now))?.kind).toBe(kind);
  });
});

describe('a column that changed as columns do', () => {
  const cases: typeof forms = [
    ['nothing', name, name],
    ['a few corrections of letter case', name, (i) => (i < 4 ? name(i).toUpperCase() : name(i))],
    ['a few values gone', name, (i) => (i < 6 ? null : name(i))],
    ['one date for all rows that moves every day', () => '2025-01-01', () => '2025-01-02'],
    ['a year more for every contract', iso, (i) => `${year(i) + 1}${iso(i).slice(4)}`],
    [
      'whole numbers that look like dates',
      (i) => `1338${String(i).padStart(14, '0')}`,
      (i) => `1338${String(i + (i < 5 ? 9 : 0)).padStart(14, '0')}`,
    ],
  ];
  it.each(cases)('is left alone: %s', (_what, before, now) => {
    const drift = judgeColumn(pairs(before, now));

    expect(drift === null || drift.kind === 'replaced').toBe(true);
  });
});
