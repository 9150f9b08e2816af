import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCsv } from '../spi/csv-format.ts';
import { takeCells, takeLines } from './mysql-rows.ts';
import { type MysqlColumn, mysqlTypes } from './mysql-values.ts';

type Value = Buffer | null;

function column(columnType: number, columnLength = 100, encoding = 'utf8'): MysqlColumn {
  return { name: `c${columnType}`, columnType, columnLength, encoding };
}

const bytesOf = (text: string): Buffer => Buffer.from(text);

const texts = fc.oneof(
  fc.string({ unit: 'grapheme' }).map(bytesOf),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom(
      ...['', ' ', '"', '""', ',', '\n', '\r', 'a"b', 'a,b', '\0', 'é', '\u{1F600}', '=1+1'],
    )
    .map(bytesOf),
  // Lengths that take one, three and four bytes.
  fc
    .constantFrom(250, 251, 252, 255, 65_535, 65_536, 70_000)
    .map((length) => Buffer.alloc(length, 'x"')),
);
const moments = fc
  .constantFrom(
    ...['2024-03-05 17:30:00', '2024-03-05 17:30:00.120000', '2024-03-05 17:30:00.000000'],
    ...[
      '0000-00-00 00:00:00',
      '0000-00-00 00:00:00.000',
      '2024-00-00 00:00:00',
      '0999-01-01 00:00:00',
    ],
  )
  .map(bytesOf);
const days = fc.constantFrom('2024-03-05', '0000-00-00', '0999-12-31', '2024-00-00').map(bytesOf);
const digits = fc.constantFrom('0', '1', '2', '-1', '127').map(bytesOf);
const floats = fc.constantFrom('0', '-1.5', '1e300', '1.25E-7', '1e-15', '3.4028e38').map(bytesOf);
const bits = fc.uint8Array({ minLength: 1, maxLength: 8 }).map((bytes) => Buffer.from(bytes));

const kinds: readonly (readonly [MysqlColumn, fc.Arbitrary<Buffer>])[] = [
  [column(mysqlTypes.varString), texts],
  [column(mysqlTypes.blob), texts],
  [column(mysqlTypes.blob, 100, 'binary'), texts],
  [column(mysqlTypes.string, 10, 'binary'), texts],
  [column(mysqlTypes.geometry, 10, 'binary'), texts],
  [column(mysqlTypes.tiny, 1, 'binary'), digits],
  [column(mysqlTypes.tiny, 4, 'binary'), digits],
  [column(mysqlTypes.bit, 1, 'binary'), bits],
  [column(mysqlTypes.bit, 64, 'binary'), bits],
  [column(mysqlTypes.float, 12, 'binary'), floats],
  [column(mysqlTypes.double, 22, 'binary'), floats],
  [column(mysqlTypes.date, 10, 'binary'), days],
  [column(mysqlTypes.datetime, 26, 'binary'), moments],
  [column(mysqlTypes.timestamp, 26, 'binary'), moments],
];
const columns = kinds.map(([one]) => one);
const row: fc.Arbitrary<readonly Value[]> = fc.tuple(
  ...kinds.map(([, values]) => fc.option(values)),
);

/** A row as the server sends it: each value behind its length. */
function toPacket(values: readonly Value[]): Buffer {
  return Buffer.concat(
    values.flatMap((value) =>
      value === null ? [Buffer.of(0xfb)] : [lengthOf(value.length), value],
    ),
  );
}

function lengthOf(length: number): Buffer {
  if (length < 0xfb) return Buffer.of(length);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(length);
  return length < 65_536
    ? Buffer.concat([Buffer.of(0xfc), bytes.subarray(0, 2)])
    : Buffer.concat([Buffer.of(0xfd), bytes.subarray(0, 3)]);
}

describe('rows of MySQL', () => {
  it.each([true, false])(
    'are the same bytes as lines and as cells (truth values: %s)',
    (isTinyBoolean) => {
      fc.assert(
        fc.property(fc.array(row, { minLength: 1, maxLength: 4 }), (rows) => {
          const cells = takeCells(columns, { isTinyBoolean }, 1_000);
          const lines = takeLines(columns, { isTinyBoolean });
          for (const values of rows) {
            // The packet lies within a larger piece of what was read.
            const bytes = Buffer.concat([bytesOf('before'), toPacket(values), bytesOf('after')]);
            cells.take(bytes, 6, bytes.length - 5);
            lines.take(bytes, 6, bytes.length - 5);
          }
          const written = lines.give().lines;

          expect(Buffer.from(written?.bytes ?? []).toString()).toBe(formatCsv(cells.give().rows));
          expect(written?.rows).toBe(rows.length);
        }),
      );
    },
  );

  it('are given in chunks, whose bytes are used again once they are given back', () => {
    const two = [column(mysqlTypes.varString), column(mysqlTypes.varString)];
    const lines = takeLines(two, { isTinyBoolean: true });
    const packet = toPacket([Buffer.alloc(60_000, 'x'), bytesOf('y')]);
    const wanted = `${'x'.repeat(60_000)},y\n`;

    for (let round = 0; round < 5; round += 1) {
      let rows = 0;
      for (; !lines.isFull; rows += 1) lines.take(packet, 0, packet.length);
      const chunk = lines.give();

      expect(chunk.lines?.rows).toBe(rows);
      expect(Buffer.from(chunk.lines?.bytes ?? []).toString()).toBe(wanted.repeat(rows));
      lines.giveBack?.(chunk);
    }
  });
});
