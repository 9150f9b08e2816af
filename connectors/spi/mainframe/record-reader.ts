/**
 * Records of a mainframe file as text: lines after a transfer as text; after a binary one, EBCDIC records that carry their
 * length in front (RDW) or all have the same length. Holds one chunk and one record.
 * RDW: https://www.ibm.com/docs/en/zos/3.1.0?topic=records-record-descriptor-word-rdw
 */
import { decodeFile, describeUnknownEncoding, findEncoding } from '../decode-file.ts';
import { ConnectorError } from '../errors.ts';
import { decodeEbcdic, findEbcdicPage } from './ebcdic.ts';

export interface RecordFormat {
  readonly encoding: string;
  readonly file: string;
  /** Length of every record of a binary file without line ends; absent: lines, or records with their length in front. */
  readonly recordLength?: number;
}

/** Up to 1,000 records. `first` is the number of the first one, from 1. */
export interface RecordBatch {
  readonly records: readonly string[];
  readonly first: number;
  /** The last record of the file has no line end. */
  readonly isUnterminated: boolean;
}

/** Longest record: z/OS writes at most 32,760 bytes. */
const maxRecordLength = 65_536;
const batchSize = 1_000;

/** Throws `invalid-value` for an encoding that nobody knows. */
export function checkRecordEncoding(encoding: string): void {
  if (findEbcdicPage(encoding) === undefined && findEncoding(encoding) === undefined) {
    throw describeUnknownEncoding(encoding);
  }
}

/**
 * Throws `invalid-value` with the number of the record for bytes the encoding does not have and for records without end,
 * and `incomplete` where a binary file ends inside a record.
 */
export async function* readRecords(
  chunks: AsyncIterable<Uint8Array>,
  format: RecordFormat,
): AsyncGenerator<RecordBatch, void, undefined> {
  const page = findEbcdicPage(format.encoding);
  if (page === undefined) {
    yield* gather(
      splitLines(decodeFile(refuseEbcdic(chunks, format), format.encoding, format.file), format),
    );
  } else {
    yield* gather(splitBinary(chunks, page, format));
  }
}

interface ReadRecord {
  readonly text: string;
  readonly isUnterminated: boolean;
}

async function* gather(
  source: AsyncIterable<readonly ReadRecord[]>,
): AsyncGenerator<RecordBatch, void, undefined> {
  let first = 1;
  for await (const read of source) {
    for (let start = 0; start < read.length; start += batchSize) {
      const part = read.slice(start, start + batchSize);
      yield {
        records: part.map(({ text }) => text),
        first,
        isUnterminated: part.at(-1)?.isUnterminated ?? false,
      };
      first += part.length;
    }
  }
}

/** Lines end in `\n` or `\r\n`; nothing else ends one: values of profiles may hold any other character. */
async function* splitLines(
  chunks: AsyncIterable<string>,
  format: RecordFormat,
): AsyncGenerator<readonly ReadRecord[], void, undefined> {
  let rest = '';
  let count = 0;
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    count += lines.length;
    if (rest.length > maxRecordLength) throw describeEndless(format, count + 1);
    if (lines.length > 0)
      yield lines.map((line) => ({ text: cutReturn(line), isUnterminated: false }));
  }
  if (rest !== '') yield [{ text: cutReturn(rest), isUnterminated: true }];
}

function cutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

/** A file in EBCDIC read as text would give no error in a single-byte encoding, only nonsense. */
async function* refuseEbcdic(
  chunks: AsyncIterable<Uint8Array>,
  format: RecordFormat,
): AsyncGenerator<Uint8Array, void, undefined> {
  let isFirst = true;
  for await (const chunk of chunks) {
    const isEbcdic =
      startsWithDigits(chunk, 0) || (isDescriptor(chunk, 0) && startsWithDigits(chunk, 4));
    if (isFirst && isEbcdic) {
      throw new ConnectorError(
        'invalid-value',
        `The file ${format.file} is in EBCDIC, and Encoding says ${format.encoding}.`,
        {
          hint: 'Set Encoding to its code page (IBM1047, IBM037, IBM297 …), or transfer the file as text.',
          details: { file: format.file, encoding: format.encoding },
        },
      );
    }
    isFirst = false;
    yield chunk;
  }
}

/** Four digits in EBCDIC: how every record begins. */
function startsWithDigits(bytes: Uint8Array, at: number): boolean {
  return (
    bytes.length >= at + 4 &&
    bytes.subarray(at, at + 4).every((byte) => byte >= 0xf0 && byte <= 0xf9)
  );
}

/** The length of a record, itself included, then two bytes of zero. */
function isDescriptor(bytes: Uint8Array, at: number): boolean {
  const length = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  return bytes.length >= at + 4 && length > 4 && bytes[at + 2] === 0 && bytes[at + 3] === 0;
}

async function* splitBinary(
  chunks: AsyncIterable<Uint8Array>,
  page: readonly string[],
  format: RecordFormat,
): AsyncGenerator<readonly ReadRecord[], void, undefined> {
  let rest: Uint8Array = new Uint8Array();
  let split: BinarySplit | undefined;
  let count = 0;
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    // The first record tells what kind of file it is.
    if (split === undefined && rest.length < 8) continue;
    split ??= chooseSplit(rest, format);
    const { records, used } = cutRecords(rest, split, page);
    rest = rest.subarray(used);
    count += records.length;
    if (records.length > 0) yield records;
    if (rest.length > maxRecordLength) throw describeEndless(format, count + 1);
  }
  split ??= chooseSplit(rest, format);
  const { records, used } = cutRecords(rest, split, page);
  if (records.length > 0) yield records;
  rest = rest.subarray(used);
  if (rest.length === 0) return;
  if (split !== splitAtLineEnd) throw describeCut(format, count + records.length + 1);
  yield [{ text: cutReturn(decodeEbcdic(rest, page)), isUnterminated: true }];
}

/** The records that are whole, and how many bytes they take. */
function cutRecords(
  bytes: Uint8Array,
  split: BinarySplit,
  page: readonly string[],
): { readonly records: readonly ReadRecord[]; readonly used: number } {
  const records: ReadRecord[] = [];
  let used = 0;
  for (let next = split(bytes, used); next !== undefined; next = split(bytes, used)) {
    const text = decodeEbcdic(bytes.subarray(next.start, next.end), page);
    records.push({ text: cutReturn(text), isUnterminated: false });
    used = next.next;
  }
  return { records, used };
}

/** The record that begins at `at`; `undefined` when its end is not there yet. */
type BinarySplit = (
  bytes: Uint8Array,
  at: number,
) => { readonly start: number; readonly end: number; readonly next: number } | undefined;

function chooseSplit(start: Uint8Array, format: RecordFormat): BinarySplit {
  const length = format.recordLength;
  if (length !== undefined) {
    return (bytes, at) =>
      at + length > bytes.length ? undefined : { start: at, end: at + length, next: at + length };
  }
  return isDescriptor(start, 0) && !startsWithDigits(start, 0)
    ? (bytes, at) => splitAtDescriptor(bytes, at, format)
    : splitAtLineEnd;
}

function splitAtDescriptor(
  bytes: Uint8Array,
  at: number,
  format: RecordFormat,
): ReturnType<BinarySplit> {
  if (bytes.length < at + 4) return undefined;
  if (!isDescriptor(bytes, at)) {
    throw new ConnectorError(
      'invalid-value',
      `The file ${format.file} has no record length where a record should begin.`,
      {
        hint: 'Transfer it again, binary and with the record descriptor words (for FTP: SITE RDW), or as text.',
        details: { file: format.file },
      },
    );
  }
  const end = at + (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
  return end > bytes.length ? undefined : { start: at + 4, end, next: end };
}

/** NEL or LF, as files in the Unix part of z/OS have them. */
function splitAtLineEnd(bytes: Uint8Array, at: number): ReturnType<BinarySplit> {
  for (let end = at; end < bytes.length; end += 1) {
    if (bytes[end] === 0x15 || bytes[end] === 0x25) return { start: at, end, next: end + 1 };
  }
  return undefined;
}

function describeEndless(format: RecordFormat, record: number): ConnectorError {
  return new ConnectorError(
    'invalid-value',
    `Record ${record} of ${format.file} is longer than ${maxRecordLength} characters.`,
    {
      hint: 'The file has no line ends, or is not an unload: transfer it as text, or binary with record lengths.',
      details: { file: format.file, record },
    },
  );
}

function describeCut(format: RecordFormat, record: number): ConnectorError {
  return new ConnectorError(
    'incomplete',
    `The file ${format.file} ends inside record ${record}: it was cut off.`,
    {
      hint: 'Transfer the file again in full, then export again.',
      details: { file: format.file, record },
    },
  );
}
