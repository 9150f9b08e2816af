/** A good reading, then one that is wrong in its form: it is told before anything is loaded, or changes nothing. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  openStaff,
  people,
  person,
  type Staff,
  type StaffRow,
  staffColumns,
  toCsv,
} from './guards-staff.ts';

type Write = (rows: readonly StaffRow[]) => string | Uint8Array;
interface Mutation {
  readonly what: string;
  readonly write: Write;
  /** Columns that must be named; empty: nothing may change. */
  readonly named: readonly string[];
}

const each =
  (column: string, change: (value: string, row: StaffRow) => string): Write =>
  (rows) =>
    toCsv(rows.map((row) => ({ ...row, [column]: change(row[column] ?? '', row) })));
const every =
  (change: (value: string) => string): Write =>
  (rows) =>
    toCsv(
      rows.map((row) => Object.fromEntries(Object.entries(row).map(([k, v]) => [k, change(v)]))),
    );
/** Exchanges two names in the header line; the data stay. */
const headers =
  (one: string, other: string): Write =>
  (rows) => {
    const [header = '', ...lines] = toCsv(rows).split('\n');
    const names = header.split(',').map((name) => ({ [one]: other, [other]: one })[name] ?? name);
    return [names.join(','), ...lines].join('\n');
  };
const renamed =
  (column: string, to: string): Write =>
  (rows) =>
    toCsv(rows).replace(new RegExp(`(^|,)${column}(,|\\n)`), `$1${to}$2`);
const without =
  (column: string): Write =>
  (rows) =>
    toCsv(rows, { columns: staffColumns.filter((name) => name !== column) });
const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const mojibake = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
const parts = (date: string): readonly string[] => date.split('-');
const thousands = (n: string, mark: string): string => n.replace(/\B(?=(\d{3})+\.)/g, mark);

const mutations: readonly Mutation[] = [
  { what: 'a mapped column dropped', write: without('start'), named: ['start'] },
  { what: 'the key column dropped', write: without('number'), named: ['number'] },
  { what: 'an unmapped column dropped', write: without('note'), named: [] },
  {
    what: 'a column added',
    write: (rows) =>
      toCsv(
        rows.map((r) => ({ ...r, extra: 'x' })),
        { columns: [...staffColumns, 'extra'] },
      ),
    named: [],
  },
  {
    what: 'a column added in front',
    write: (rows) =>
      toCsv(
        rows.map((r) => ({ ...r, extra: 'x' })),
        { columns: ['extra', ...staffColumns] },
      ),
    named: [],
  },
  {
    what: 'a mapped column renamed',
    write: renamed('last', 'surname'),
    named: ['last', 'surname'],
  },
  { what: 'the key column renamed', write: renamed('number', 'id'), named: ['number', 'id'] },
  { what: 'a column of links renamed', write: renamed('team', 'unit'), named: ['team', 'unit'] },
  {
    what: 'a header in capital letters',
    write: renamed('first', 'FIRST'),
    named: ['first', 'FIRST'],
  },
  { what: 'two headers exchanged', write: headers('first', 'last'), named: ['first', 'last'] },
  {
    what: 'headers of a key and another column exchanged',
    write: headers('number', 'badge'),
    named: ['number', 'badge'],
  },
  {
    what: 'headers of two columns of links exchanged',
    write: headers('team', 'boss'),
    named: ['team'],
  },
  {
    what: 'headers of a mapped and an unmapped column exchanged',
    write: headers('start', 'note'),
    named: ['start'],
  },
  {
    what: 'columns in another order, with their headers',
    write: (rows) => toCsv(rows, { columns: [...staffColumns].reverse() }),
    named: [],
  },
  {
    what: 'dates of a plain column in another format',
    write: each('start', (d) => `${parts(d)[2]}/${parts(d)[1]}/${parts(d)[0]}`),
    named: ['start'],
  },
  {
    what: 'dates of a column with a format in another one',
    write: each('birth', (d) => `${parts(d)[2]}/${parts(d)[1]}/${parts(d)[0]}`),
    named: ['birth'],
  },
  { what: 'dates with a time', write: each('start', (d) => `${d} 00:00:00`), named: ['start'] },
  {
    what: 'dates as numbers of a spreadsheet',
    write: each('start', (d) => String(Date.parse(d) / 86_400_000 + 25_569)),
    named: ['start'],
  },
  {
    what: 'dates a day earlier',
    write: each('start', (d) => new Date(Date.parse(d) - 86_400_000).toISOString().slice(0, 10)),
    named: ['start'],
  },
  {
    what: 'another delimiter',
    write: (rows) => toCsv(rows, { separator: ';' }),
    named: ['number'],
  },
  { what: 'another encoding', write: (rows) => latin1(toCsv(rows)), named: [] },
  { what: 'UTF-8 encoded twice', write: (rows) => mojibake(toCsv(rows)), named: ['first', 'last'] },
  {
    what: 'letters lost on the way',
    write: (rows) => toCsv(rows).replaceAll(/[^\n -~]/g, '?'),
    named: ['first', 'last'],
  },
  { what: 'a byte order mark', write: (rows) => `\ufeff${toCsv(rows)}`, named: [] },
  {
    what: 'UTF-16 with a mark',
    write: (rows) => Buffer.from(`\ufeff${toCsv(rows)}`, 'utf16le'),
    named: [],
  },
  {
    what: 'line ends of another system',
    write: (rows) => toCsv(rows).replaceAll('\n', '\r\n'),
    named: [],
  },
  {
    what: 'everything in quotes',
    write: (rows) => toCsv(rows).replaceAll(/[^,\n]+/g, '"$&"'),
    named: [],
  },
  { what: 'decimal commas', write: each('salary', (n) => n.replace('.', ',')), named: ['salary'] },
  {
    what: 'commas between thousands',
    write: each('salary', (n) => thousands(n, ',')),
    named: ['salary'],
  },
  {
    what: 'blanks between thousands',
    write: each('salary', (n) => thousands(n, '\u202f')),
    named: ['salary'],
  },
  {
    what: 'names in decomposed letters',
    write: every((v) => v.normalize('NFD')),
    named: ['first', 'last'],
  },
  { what: 'keys in small letters', write: each('badge', (v) => v.toLowerCase()), named: ['badge'] },
  {
    what: 'keys without their zeros',
    write: each('number', (v) => v.replace(/^0+/, '')),
    named: ['number'],
  },
  {
    what: 'keys with more zeros',
    write: each('number', (v) => v.padStart(8, '0')),
    named: ['number'],
  },
  { what: 'keys with a prefix', write: each('number', (v) => `EMP-${v}`), named: ['number'] },
  { what: 'keys with decimals', write: each('number', (v) => `${v}.0`), named: ['number'] },
  { what: 'keys with blanks around them', write: each('number', (v) => ` ${v}  `), named: [] },
  {
    what: 'links without their zeros',
    write: each('boss', (v) => v.replace(/^0+/, '')),
    named: ['boss'],
  },
  { what: 'values padded with blanks', write: each('last', (v) => v.padEnd(30)), named: ['last'] },
  {
    what: 'true and false as 1 and 0',
    write: each('active', (v) => (v === 'true' ? '1' : '0')),
    named: ['active'],
  },
  {
    what: 'true and false in capital letters',
    write: each('active', (v) => v.toUpperCase()),
    named: ['active'],
  },
  {
    what: 'long numbers in scientific notation',
    write: each('code', (v) => Number(v).toExponential(5).replace('e+', 'E+')),
    named: ['code'],
  },
  {
    what: 'names in capital letters',
    write: each('last', (v) => v.toUpperCase()),
    named: ['last'],
  },
  {
    what: 'telephone numbers without blanks',
    write: each('phone', (v) => v.replaceAll(' ', '')),
    named: ['phone'],
  },
  { what: 'a column emptied', write: each('phone', () => ''), named: ['phone'] },
  { what: 'a column of one value', write: each('start', () => '2000-01-01'), named: ['start'] },
  { what: 'names cut', write: each('last', (v) => v.slice(0, 4)), named: ['last'] },
  {
    what: 'values moved by one column',
    write: (rows) =>
      toCsv(rows.map((r) => ({ ...r, last: r['first'] ?? '', start: r['last'] ?? '' }))),
    named: ['last', 'start'],
  },
];

describe.each([40, 3_000])('a reading of %i rows after a good one', (count) => {
  let staff: Staff;
  const rows = people(count);
  beforeAll(async () => {
    staff = await openStaff();
    await staff.write(toCsv(rows));
    const read = await staff.read();
    expect(read.status, read.message).toBe('completed');
    expect((await staff.load({ force: true })).status).toBe('completed');
  });
  afterAll(() => staff[Symbol.asyncDispose]());

  // A few of the larger feed, of every kind: the table holds for both.
  const chosen = count === 40 ? mutations : mutations.filter((_, index) => index % 7 === 0);
  it.each(chosen)(
    '$what: is told with the column, or changes nothing',
    async ({ write, named }) => {
      await staff.write(write(rows));

      const read = await staff.read();

      if (read.status === 'completed') {
        const counted = await staff.load({ isDryRun: true });
        await staff.discard();
        expect(named, read.message).toEqual([]);
        expect(counted.message).toContain(
          'Staff: 0 added, 0 changed, 0 removed; links 0 added, 0 removed.',
        );
        return;
      }
      expect(['blocked', 'failed'], read.message).toContain(read.status);
      const [first, ...others] = named;
      if (first !== undefined) expect(read.message).toContain(`"${first}"`);
      for (const column of others) expect(read.message).toContain(column);
      // What is not told by a column is told as a whole: the encoding.
      if (named.length === 0) expect(read.message).toMatch(/encoding|UTF-8/i);
    },
  );
});

describe('a reading that was held', () => {
  it('is prepared with --force, which is kept with the session and shown', async () => {
    await using staff = await openStaff();
    const rows = people(40);
    await staff.write(toCsv(rows));
    await staff.read();
    await staff.load({ force: true });
    const before = await staff.canonical();
    await staff.write(each('last', (v) => v.toUpperCase())(rows));

    const held = await staff.read();

    expect(held.status).toBe('blocked');
    expect(await staff.canonical()).toEqual(before);
    expect(held.message).toContain('People (Person): The column "last" changed its letter case');
    expect(held.message).toContain('--force');
    // Shapes, never values of people.
    expect(held.message).not.toMatch(/Müller|MÜLLER/);
    const forced = await staff.read({ force: true });
    await staff.load({ force: true });
    expect(forced.message).toContain('Let pass with --force');
    const { readStatus } = await import('../../../engine/index.ts');
    const [connector] = (await readStatus(staff.workspace)).connectors;
    expect(connector?.overruled).toMatchObject([{ guard: 'drift' }]);
    await staff.write(each('last', (v) => v.toUpperCase())(rows));
    expect((await staff.read()).status).toBe('completed');
  });

  it('is only warned of where the guard says so, and not looked at where it says so', async () => {
    for (const [action, status] of [
      ['Warn', 'warning'],
      ['Ignore', 'completed'],
    ] as const) {
      await using staff = await openStaff({
        guards: `<ls:SourceGuard Connector="Staff" ConnectionTable="People" DriftAction="${action}" />`,
      });
      const rows = people(40);
      await staff.write(toCsv(rows));
      await staff.read();
      await staff.load({ force: true });
      await staff.write(each('last', (v) => v.toUpperCase())(rows));

      expect((await staff.read()).status).toBe(status);
    }
  });
});

const days = Number(process.env['LOCKSTEP_HONEST_DAYS'] ?? 6);
describe('honest days', () => {
  it('never look like drift: random changes of up to a tenth of the rows', async () => {
    await using staff = await openStaff();
    let rows: readonly StaffRow[] = people(200);
    await staff.write(toCsv(rows));
    await staff.read();
    await staff.load({ force: true });
    let next = 1_000;

    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            at: fc.nat({ max: 10_000 }),
            kind: fc.constantFrom(
              'name',
              'team',
              'salary',
              'leave',
              'join',
              'case',
              'date',
              'badge',
            ),
            text: fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme-ascii' }),
          }),
          { maxLength: 20 },
        ),
        async (changes) => {
          const changed = [...rows];
          for (const { at, kind, text } of changes) {
            const index = at % changed.length;
            const row = changed[index] ?? person(0);
            next += 1;
            if (kind === 'leave') changed.splice(index, 1);
            else if (kind === 'join') changed.splice(index, 0, person(next));
            else if (kind === 'name') changed[index] = { ...row, last: text };
            else if (kind === 'team') changed[index] = { ...row, team: `T${at % 9}` };
            else if (kind === 'salary') changed[index] = { ...row, salary: `${at}.50` };
            else if (kind === 'case')
              changed[index] = { ...row, first: (row['first'] ?? '').toUpperCase() };
            else if (kind === 'date') changed[index] = { ...row, start: person(at)['start'] ?? '' };
            else changed[index] = { ...row, badge: `B${next}` };
          }
          await staff.write(toCsv(changed));
          const read = await staff.read({ mode: 'incremental' });
          expect(read.status, read.message).toBe('completed');
          await staff.load({ force: true });
          rows = changed;
        },
      ),
      { numRuns: days },
    );
  });
});
