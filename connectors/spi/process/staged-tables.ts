/** Tables a program wrote: text with a header line, from files of its own folder or from its standard output. */
import { createReadStream } from 'node:fs';
import { type CsvBatch, readCsvRecords } from '../csv-records.ts';
import { decodeFile } from '../decode-file.ts';
import { ConnectorError } from '../errors.ts';
import { describeFileError } from '../file-access.ts';
import { type Header, readHeader } from '../files/header.ts';
import type { ConnectorContext, TableBatch, TableRequest } from '../package.ts';
import type { Row } from '../row.ts';

export interface TableFormat {
  /** Absent: the one of `,` `;` tab and `|` that the header line has most of. */
  readonly separator?: string;
  readonly encoding: string;
  /** The line that ends every table; a table without it was cut off. */
  readonly endLine?: string;
}

export interface StagedTable {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Named in errors. */
  readonly name: string;
  readonly table: TableRequest;
  readonly format: TableFormat;
}

/** What was found when all rows had been given. */
export interface StagedEnd {
  readonly rows: number;
  readonly columns: readonly string[];
  readonly commandColumn?: string;
  readonly isTerminated: boolean;
}

export async function* readFileBytes(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) {
      // Without an encoding, streams give buffers.
      yield chunk as Buffer;
    }
  } catch (error) {
    throw describeFileError(error, path, 'read');
  }
}

/**
 * The rows, in batches. Throws `incomplete` for a table without a header, without its end line, or whose last line was cut
 * off; `invalid-value` with the line for one that is no table. Memory: one batch.
 */
export async function* readStagedTable(
  staged: StagedTable,
  context: Pick<ConnectorContext, 'logger' | 'signal'>,
): AsyncGenerator<Extract<TableBatch, { kind: 'rows' }>, StagedEnd, undefined> {
  const { table, name, format } = staged;
  const text = endAt(decodeFile(staged.bytes, format.encoding, name), format.endLine, name);
  const start = await readStart(text);
  const separator = format.separator ?? guessSeparator(start.header);
  const records = readCsvRecords(start.text, {
    separator,
    file: name,
    linesBefore: start.linesBefore,
    skipsBlankLines: true,
  });
  const place = { file: name, subject: `The table ${name}`, settings: 'Separator decides' };
  let header: Header | undefined;
  let rows = 0;
  let isTerminated = true;
  for await (const batch of records) {
    context.signal.throwIfAborted();
    const isHeaderHere = header === undefined;
    const first = batch.records[0];
    if (first === undefined) continue;
    header ??= readHeader(first, [], table, place, context.logger);
    isTerminated = !batch.isUnterminated;
    const read = readRows(batch, isHeaderHere ? 1 : 0, header, name);
    rows += read.length;
    yield { kind: 'rows', table: table.name, columns: header.columns, rows: read };
  }
  context.signal.throwIfAborted();
  if (header === undefined) throw describeEmpty(name);
  const { commandColumn, columns } = header;
  return { rows, columns, isTerminated, ...(commandColumn === undefined ? {} : { commandColumn }) };
}

interface Start {
  readonly text: AsyncIterable<string>;
  readonly header: string;
  readonly linesBefore: number;
}

/** More than this is no header line. */
const maxHeaderLength = 1_000_000;

/** Takes away the line that Windows PowerShell puts above a header, and shows the header. */
async function readStart(text: AsyncGenerator<string, void, undefined>): Promise<Start> {
  let held = '';
  let linesBefore = 0;
  for (;;) {
    const line = /^[^\r\n]*(?:\r\n|\n|\r(?=[^\n]))/.exec(held)?.[0];
    if (line?.startsWith('#TYPE') === true) {
      held = held.slice(line.length);
      linesBefore += 1;
      continue;
    }
    if (line !== undefined || held.length > maxHeaderLength) break;
    const next = await text.next();
    if (next.done === true) break;
    held += next.value;
  }
  const header = /^[^\r\n]*/.exec(held)?.[0] ?? '';
  if (header.startsWith('#TYPE')) return { text: only(''), header: '', linesBefore };
  return { text: join(held, text), header, linesBefore };
}

async function* only(text: string): AsyncGenerator<string, void, undefined> {
  yield text;
}

async function* join(
  start: string,
  rest: AsyncGenerator<string, void, undefined>,
): AsyncGenerator<string, void, undefined> {
  if (start !== '') yield start;
  yield* rest;
}

function guessSeparator(header: string): string {
  const plain = header.replaceAll(/"[^"]*"/g, '');
  const counts = [',', ';', '\t', '|'].map((each) => ({
    each,
    count: plain.split(each).length - 1,
  }));
  return counts.reduce((best, next) => (next.count > best.count ? next : best)).each;
}

/** The text up to its end line, which must be there. Holds back as many characters as the line has. */
async function* endAt(
  text: AsyncGenerator<string, void, undefined>,
  endLine: string | undefined,
  name: string,
): AsyncGenerator<string, void, undefined> {
  if (endLine === undefined) {
    yield* text;
    return;
  }
  let held = '';
  const most = endLine.length + 3;
  for await (const chunk of text) {
    held += chunk;
    if (held.length <= most) continue;
    yield held.slice(0, -most);
    held = held.slice(-most);
  }
  const last = held.replace(/\r?\n$/, '');
  const before = last.slice(0, last.length - endLine.length);
  if (!last.endsWith(endLine) || (before !== '' && !/[\r\n]$/.test(before))) {
    throw new ConnectorError('incomplete', `${name} does not end with its end line.`, {
      hint: 'It was cut off: see why the program ended early. EndLine says which line a whole table ends with.',
      details: { name },
    });
  }
  if (before !== '') yield before;
}

function readRows(batch: CsvBatch, start: number, header: Header, name: string): readonly Row[] {
  const rows: Row[] = [];
  for (let index = start; index < batch.records.length; index += 1) {
    const record = batch.records[index] ?? [];
    if (record.length !== header.width) checkLength(batch, index, header, name);
    rows.push(makeRow(record, header));
  }
  return rows;
}

function makeRow(record: readonly string[], { columns, fields }: Header): Row {
  // fromEntries defines members, so that a column named __proto__ is data like any other.
  return Object.fromEntries(
    columns.map((column, index) => {
      const value = record[fields[index] ?? -1] ?? '';
      return [column, value === '' ? null : value];
    }),
  );
}

function checkLength(batch: CsvBatch, index: number, header: Header, name: string): void {
  const record = batch.records[index] ?? [];
  const line = batch.lineOf(index);
  const details = { name, line, found: record.length, expected: header.width };
  if (record.length < header.width) {
    if (index < batch.records.length - 1 || !batch.isUnterminated) return;
    throw new ConnectorError('incomplete', `The last line of ${name} ends in the middle.`, {
      hint: 'It was cut off: see why the program ended early.',
      details,
    });
  }
  if (record.slice(header.width).every((field) => field === '')) return;
  throw new ConnectorError(
    'invalid-value',
    `Line ${line} of ${name} has ${record.length} values where the header has ${header.width}.`,
    {
      hint: 'Have values that hold the separator put in quotes, or set Separator.',
      details,
    },
  );
}

function describeEmpty(name: string): ConnectorError {
  return new ConnectorError('incomplete', `${name} is empty: it has no header line.`, {
    hint: 'A table without rows still has its header line. Correct the program.',
    details: { name },
  });
}
