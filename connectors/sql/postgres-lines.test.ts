import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCsv } from '../spi/csv-format.ts';
import { LineRewriter } from './postgres-lines.ts';
import { postgresTypes, renderPostgresValue } from './postgres-values.ts';

type Value = string | null;

const text = 25;
const types = [
  ...[text, postgresTypes.boolean, postgresTypes.timestamp, postgresTypes.timestamptz],
  ...[postgresTypes.float8, postgresTypes.bytea, text],
];

const day = fc.constantFrom('2024-03-05', '0044-03-15', '12024-01-01', '1999-12-31');
const time = fc.constantFrom('17:30:00', '00:00:00.5', '23:59:59.120000', '08:00:00.000001');
const endless = fc.constantFrom('infinity', '-infinity', '0044-03-15 12:00:00.5 BC');
const hostile = fc.constantFrom(
  ...[
    '',
    ' ',
    '"',
    '""',
    ',',
    '\n',
    '\r',
    '\r\n',
    '\\.',
    '\\N',
    'a"b',
    'é, ü',
    '\u{1F600}',
    '=1+1',
  ],
);

/** Values as the server writes them in text. */
const row = fc.tuple(
  fc.option(fc.oneof(hostile, fc.string({ unit: 'grapheme' }))),
  fc.option(fc.constantFrom('t', 'f')),
  fc.option(
    fc.oneof(
      fc.tuple(day, time).map((parts) => parts.join(' ')),
      endless,
    ),
  ),
  fc.option(
    fc.oneof(
      fc.tuple(day, time).map((parts) => `${parts.join(' ')}+00`),
      fc.constantFrom('infinity', '0044-03-15 12:00:00+00 BC'),
    ),
  ),
  fc.option(fc.constantFrom('0', '-1.5', '1e+300', '1.25e-07', 'NaN', 'Infinity', '-Infinity')),
  fc.option(
    fc.uint8Array({ maxLength: 40 }).map((bytes) => `\\x${Buffer.from(bytes).toString('hex')}`),
  ),
  fc.option(fc.oneof(hostile, fc.string())),
);

/** As `COPY … (FORMAT csv)` writes it: empty text in quotes, NULL as nothing. */
function copied(value: Value): string {
  if (value === null) return '';
  return value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

function rewrite(bytes: Buffer, cuts: readonly number[]): string {
  const rewriter = new LineRewriter(types);
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    rewriter.take(bytes.subarray(from, cut));
    from = cut;
  }
  rewriter.end();
  expect(rewriter.isBetweenLines).toBe(true);
  return Buffer.from(rewriter.lines.take().bytes).toString();
}

describe('lines that PostgreSQL wrote', () => {
  it('become what their values become as text, wherever the network cuts them', () => {
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(400), { maxLength: 6 }),
        (rows, cuts) => {
          const bytes = Buffer.from(
            rows.map((cells) => `${cells.map(copied).join(',')}\n`).join(''),
          );
          const places = cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b);
          const rendered = rows.map((cells) =>
            cells.map((cell, at) =>
              cell === null ? null : renderPostgresValue(types[at] ?? 0, cell),
            ),
          );

          expect(rewrite(bytes, places)).toBe(formatCsv(rendered));
        },
      ),
    );
  });

  it('are the same cut at each byte', () => {
    const line =
      'a"b,"é, ""ü""",t,2024-03-05 17:30:00.50,2024-03-05 17:30:00+00,1e+3,\\x00ff,"\r\n"\n';
    const bytes = Buffer.from(line.replace('a"b,', '').repeat(2));
    const whole = rewrite(bytes, []);

    for (let cut = 0; cut <= bytes.length; cut += 1) expect(rewrite(bytes, [cut])).toBe(whole);
    expect(rewrite(bytes, [...bytes.keys()])).toBe(whole);
    expect(whole.split('\n')[0]).toBe(
      '"é, ""ü""",true,2024-03-05T17:30:00.5,2024-03-05T17:30:00Z,1000,AP8=,"\r',
    );
  });

  it('lose quotes that they do not need', () => {
    expect(rewrite(Buffer.from('"plain","t",,,,,"\\."\n'), [])).toBe('plain,true,,,,,\\.\n');
  });

  it('of more or fewer values than there are columns are refused', () => {
    expect(() => rewrite(Buffer.from('a,t,,,,,b,c\n'), [])).toThrow(/does not fit/);
    expect(() => rewrite(Buffer.from('a,t\n'), [])).toThrow(/does not fit/);
  });

  it('are told apart from a line that was cut off', () => {
    const rewriter = new LineRewriter(types);
    rewriter.take(Buffer.from('a,t,,,,,b\nc,t,,,,,"d'));
    rewriter.end();

    expect(rewriter.isBetweenLines).toBe(false);
    expect(rewriter.lines.take()).toMatchObject({ rows: 1 });
  });

  it('of many megabytes are read in a time that grows with their length', () => {
    const value = `"${'x,'.repeat(2_000_000)}"`;
    const bytes = Buffer.from(`${value},t,,,,,\n`);
    const cuts = Array.from({ length: bytes.length / 4096 }, (_, at) => at * 4096);

    expect(rewrite(bytes, cuts)).toBe(`${value},true,,,,,\n`);
  });
});
