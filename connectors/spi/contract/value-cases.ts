/** How values arrive: as the source holds them. */
import type { ContractCase } from './contract-case.ts';
import { ensure, ensureEqual, offered } from './expectations.ts';
import { exporterOf, makeRow, pickRows, readAll, sortRows } from './reading.ts';
import type { ConnectorSubject, ContractRow } from './subject.ts';

/** What the system holds comes out as it is; an empty note as `null`. */
async function roundTrip(subject: ConnectorSubject, rows: readonly ContractRow[]): Promise<void> {
  await using source = await exporterOf(subject).prepare(rows);

  const reading = await readAll(subject, source);

  const expected = rows.map((row) => ({ ...row, note: row.note === '' ? null : row.note }));
  ensureEqual(
    pickRows(reading.rows, source),
    sortRows(expected),
    'Values are not read as the system holds them.',
  );
}

function keeps(id: string, states: string, notes: readonly string[]): ContractCase {
  return {
    id,
    area: 'values',
    states,
    needs: ['export'],
    test: (subject) =>
      roundTrip(
        subject,
        notes.map((note, index) => makeRow(`K${index}`, note)),
      ),
  };
}

export const valueCases: readonly ContractCase[] = [
  {
    id: 'empty-is-null',
    area: 'values',
    states: 'reads an empty value as null',
    needs: ['export'],
    test: (subject) => roundTrip(subject, [makeRow('A', null), makeRow('B', '')]),
  },
  {
    id: 'null-is-there',
    area: 'values',
    states: 'gives a value that is missing as null, never leaves its column out',
    needs: ['export'],
    async test(subject) {
      await using source = await exporterOf(subject).prepare([makeRow('A', null)]);

      const { rows } = await readAll(subject, source);

      const isThere = Object.hasOwn(rows[0] ?? {}, source.columns.note);
      ensure(isThere, 'A row lacks the column of a value that is missing.');
    },
  },
  keeps('words-for-nothing-kept', 'keeps words that stand for nothing elsewhere', [
    ...['null', 'NULL', 'undefined', 'None', 'NaN', '(null)', 'N/A'],
  ]),
  keeps('spaces-kept', 'keeps spaces at both ends', ['  spaced  ']),
  keeps('letters-kept', 'keeps letters of all scripts, composed or not', [
    'Zoë Čapek – 李明 – עברית',
    'e\u0301 is not é',
    '😀👩‍👩‍👧 \u{1F1EB}\u{1F1F7}',
  ]),
  keeps('case-kept', 'keeps small and capital letters', ['Straße', 'STRASSE', 'ıIİi', 'ΣΑΣ', 'ÄÖ']),
  keeps('line-breaks-kept', 'keeps line breaks and tabs', ['one\ntwo\r\nthree', 'tab\there']),
  keeps('quotes-kept', 'keeps quotes, commas and semicolons', [
    '"quoted", \'single\'; semicolon',
    '""',
    '","',
    "it''s",
  ]),
  keeps('nul-kept', 'keeps the character NUL', ['before\0after']),
  keeps('large-kept', 'keeps a value of 1 MB', ['é'.repeat(524_288)]),
  keeps('formulas-kept', 'leaves values that look like formulas as they are', [
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    "=cmd|' /C calc'!A0",
  ]),
  keeps('digits-kept', 'keeps digits as they are written', [
    ...['00012', '1e5', '1.0', '0x10', '9007199254740993', '-0', '1,5'],
  ]),
  {
    id: 'keys-of-any-word-kept',
    area: 'values',
    states: 'keeps objects whose key means something to programs',
    needs: ['export'],
    test: (subject) =>
      roundTrip(
        subject,
        ['constructor', 'hasOwnProperty', 'null', 'true'].map((key) => makeRow(key, 'x')),
      ),
  },
  {
    id: 'several-values-steady',
    area: 'values',
    states: 'gives several values of a property in an order that does not depend on when they came',
    needs: ['export'],
    async test(subject) {
      const values = ['beta', 'Alpha', 'gamma', 'alpha2'];
      await using source = await exporterOf(subject).prepare([
        { ...makeRow('A', 'x'), values },
        { ...makeRow('B', 'x'), values: values.toReversed() },
      ]);
      const column = offered(source.columns.values, 'columns.values');

      const { rows } = await readAll(subject, source);

      const [first, second] = rows.map((row) => row[column] ?? '');
      ensureEqual(second, first, 'The same values come in two orders.');
      const missing = values.filter((value) => !first?.includes(value));
      ensureEqual(missing, [], 'Values of a property with several are missing.');
    },
  },
];
