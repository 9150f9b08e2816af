/** TSSCFILE records to rows: the common header, continuations joined, fields cut out. */
import { ConnectorError } from '../spi/errors.ts';
import { sliceFields } from '../spi/mainframe/fixed-columns.ts';
import type { RecordBatch } from '../spi/mainframe/record-reader.ts';
import type { Row } from '../spi/row.ts';
import type { TopSecretLayout } from './layouts.ts';

/** Columns of the header, from 1. */
const header = [
  { name: 'type', start: 5, end: 8 },
  { name: 'class', start: 9, end: 10 },
  { name: 'continuation', start: 11, end: 11 },
  { name: 'acid', start: 15, end: 22 },
] as const;
const dataStart = 33;
/** Most characters that joined records may have. */
const maxJoined = 1_000_000;

/** One record with its continuations. */
export interface TopSecretRecord {
  readonly type: string;
  readonly class: string | null;
  readonly acid: string;
  /** Columns from 33 on. */
  readonly data: string;
}

/** The columns of a record type's table. */
export function listColumns(layout: TopSecretLayout | undefined): readonly string[] {
  return layout === undefined
    ? ['ACID', 'RECORD_ID2', 'DATA']
    : ['ACID', 'RECORD_ID2', ...layout.fields.map(({ name }) => name)];
}

/** The rows of a record: one, or one per repetition of its fields that holds anything. */
export function makeRows(
  record: TopSecretRecord,
  layout: TopSecretLayout | undefined,
): readonly Row[] {
  const start = { ACID: record.acid, RECORD_ID2: record.class };
  if (layout === undefined) {
    const data = record.data.trimEnd();
    return [{ ...start, DATA: data === '' ? null : data }];
  }
  const text = ' '.repeat(dataStart - 1) + record.data;
  const step = layout.every ?? text.length;
  const rows: Row[] = [];
  for (let shift = 0; shift === 0 || dataStart - 1 + shift < text.length; shift += step) {
    const moved = layout.fields.map((field) => ({
      ...field,
      start: field.start + shift,
      end: field.end + shift,
    }));
    const values = sliceFields(text, moved);
    if (layout.every !== undefined && values.every((value) => value === null)) continue;
    const cells = layout.fields.map(({ name }, at) => [name, values[at] ?? null] as const);
    rows.push({ ...start, ...Object.fromEntries(cells) });
  }
  return rows;
}

/** Joins each record with the continuations behind it. Holds one record. */
export class RecordJoiner {
  readonly #file: string;
  #open: TopSecretRecord | undefined;
  /** Records read, continuations included. */
  records = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** The records that are whole. Throws `invalid-value` with the line of one that is none, `incomplete` for one without line end. */
  *take(batch: RecordBatch): Generator<TopSecretRecord, void, undefined> {
    for (const [index, text] of batch.records.entries()) {
      if (/^\s*$/.test(text)) continue;
      this.records += 1;
      const line = batch.first + index;
      const isLast = index === batch.records.length - 1;
      if (batch.isUnterminated && isLast) throw describeCut(this.#file, line);
      const [type, recordClass = null, continuation, acid] = sliceFields(text, header);
      const isHeader = /^[0-9A-F]{4}$/.test(type ?? '') && /^(C|)$/.test(continuation ?? '');
      if (type == null || acid == null || !isHeader) throw describeNoHeader(this.#file, line);
      const data = [...text].slice(dataStart - 1).join('');
      if (continuation === 'C') {
        this.#join(type, acid, data, line);
      } else {
        if (this.#open !== undefined) yield this.#open;
        this.#open = { type, class: recordClass, acid, data };
      }
    }
  }

  *finish(): Generator<TopSecretRecord, void, undefined> {
    if (this.#open !== undefined) yield this.#open;
    this.#open = undefined;
  }

  #join(type: string, acid: string, data: string, line: number): void {
    const open = this.#open;
    if (open === undefined || open.type !== type || open.acid !== acid) {
      throw new ConnectorError(
        'invalid-value',
        `Line ${line} of ${this.#file} continues a record that is not before it.`,
        {
          hint: 'The file is not in the order in which TSSCFILE wrote it, or lines are missing.',
          details: { file: this.#file, line },
        },
      );
    }
    if (open.data.length + data.length > maxJoined) {
      throw new ConnectorError(
        'invalid-value',
        `The record that line ${line} of ${this.#file} continues is longer than ${maxJoined} characters.`,
        { hint: 'The file is damaged.', details: { file: this.#file, line } },
      );
    }
    this.#open = { ...open, data: open.data + data };
  }
}

function describeNoHeader(file: string, line: number): ConnectorError {
  return new ConnectorError(
    'invalid-value',
    `Line ${line} of ${file} has no record type in columns 5 to 8, or no ACID in columns 15 to 22.`,
    {
      hint: 'Check Encoding and RecordLength; the file must be one of TSSCFILE, not the listing it is made of.',
      details: { file, line },
    },
  );
}

function describeCut(file: string, line: number): ConnectorError {
  return new ConnectorError(
    'incomplete',
    `The last line of ${file} (${line}) has no line end: it was cut off.`,
    { hint: 'Transfer the file again in full, then export again.', details: { file, line } },
  );
}
