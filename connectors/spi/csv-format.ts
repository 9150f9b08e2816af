/**
 * The files between steps: UTF-8, comma, header line, `\n`, quotes as RFC 4180 and only where needed. An empty field is
 * `null`; there is no empty text. Nothing is neutralised: values that look like formulas are data and stay as they are.
 */
import { createReadStream } from 'node:fs';
import { stringify } from 'csv-stringify/sync';
import { readCsvRecords } from './csv-records.ts';
import { decodeUtf8 } from './decode-text.ts';
import { ConnectorError } from './errors.ts';

/** The cells of one line, in the order of the columns. */
export type Cells = readonly (string | null)[];

/**
 * The text of some lines, each with its line break. Empty text is written as `null` is. Put together by hand, a fifth of the time that
 * csv-stringify takes where one column of each row needs quotes, as names of a directory do.
 */
export function formatCsv(rows: readonly Cells[]): string {
  let text = '';
  for (const row of rows) {
    // A line of one empty field would be blank, and blank lines are easily lost.
    if (row.length < 2) return formatNarrowRows(rows);
    for (let index = 0; index < row.length; index += 1) {
      if (index > 0) text += ',';
      const cell = row[index];
      if (cell === null || cell === undefined) continue;
      text += needsQuotes.test(cell) ? quoteCell(cell) : cell;
    }
    text += '\n';
  }
  return text;
}

const needsQuotes = /[",\r\n]/;

function quoteCell(cell: string): string {
  return cell.includes('"') ? `"${cell.replaceAll('"', '""')}"` : `"${cell}"`;
}

function formatNarrowRows(rows: readonly Cells[]): string {
  return stringify(rows as (string | null)[][], {
    record_delimiter: '\n',
    quoted_match: /\r/,
    quoted_empty: true,
  });
}

/** The header line. Column names must be present, unlike each other, and fit for text: that is what readers rely on. */
export function formatCsvHeader(columns: readonly string[]): string {
  const seen = new Set<string>();
  for (const column of columns) {
    if (column === '' || seen.has(column)) {
      throw new ConnectorError(
        'invalid-value',
        column === ''
          ? 'A table has a column without a name.'
          : `A table has two columns named "${column}".`,
        { hint: 'Give every column a name of its own.', details: { column } },
      );
    }
    seen.add(column);
  }
  return formatCsv([columns]);
}

/** Lines of a file of ours, in batches of up to 1,000; `columns` is the header. */
export interface CsvTableBatch {
  readonly columns: readonly string[];
  readonly rows: readonly Cells[];
}

/**
 * Reads a file between steps. The first batch may hold no rows: it tells the columns of a table that has none. Throws
 * `incomplete` for a file that is empty, ends without a line break or inside quotes, and `invalid-value` for one whose lines
 * do not fit the header: our files are never like that, so someone has edited or cut it.
 */
export async function* readCsvFile(
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<CsvTableBatch, void, undefined> {
  const bytes = createReadStream(path, { highWaterMark: 256 * 1024 });
  yield* readCsvText(decodeUtf8(bytes, path), path, signal);
}

/** As {@link readCsvFile}, from text already decoded; `file` is named in errors. */
export async function* readCsvText(
  chunks: AsyncIterable<string> | Iterable<string>,
  file: string,
  signal?: AbortSignal,
): AsyncGenerator<CsvTableBatch, void, undefined> {
  const options = { separator: ',', file, skipsBlankLines: false };
  let columns: readonly string[] | undefined;
  for await (const batch of readCsvRecords(chunks, options)) {
    signal?.throwIfAborted();
    if (batch.isUnterminated) throw describeCut(file);
    let records = batch.records;
    if (columns === undefined) {
      columns = records[0] ?? [];
      records = records.slice(1);
      yield { columns, rows: [] };
    }
    const width = columns.length;
    const wrong = records.findIndex((record) => record.length !== width);
    if (wrong !== -1) {
      const offset = batch.records.length - records.length;
      throw describeRaggedLine(
        file,
        batch.lineOf(wrong + offset),
        records[wrong]?.length ?? 0,
        width,
      );
    }
    if (records.length > 0) yield { columns, rows: records.map(emptyToNull) };
  }
  if (columns === undefined) throw describeCut(file);
}

function emptyToNull(record: readonly string[]): Cells {
  return record.map((cell) => (cell === '' ? null : cell));
}

function describeCut(file: string): ConnectorError {
  return new ConnectorError(
    'incomplete',
    `The file ${file} does not end in a line break: it was cut off.`,
    {
      hint: 'Export again; do not edit files between two steps.',
      details: { file },
    },
  );
}

function describeRaggedLine(
  file: string,
  line: number,
  found: number,
  expected: number,
): ConnectorError {
  return new ConnectorError(
    'invalid-value',
    `Line ${line} of ${file} has ${found} fields where the header has ${expected}.`,
    {
      hint: 'Export again; do not edit files between two steps.',
      details: { file, line, found, expected },
    },
  );
}
