/** Delimited text of any encoding and separator, as it stands: fields by position, nothing trimmed or left out. */
import { type FileHandle, open } from 'node:fs/promises';
import {
  type CsvBatch,
  decodeFile,
  describeFileError,
  describeUnknownEncoding,
  findEncoding,
  readCsvRecords,
} from '../../connectors/index.ts';
import { FileToolError } from './errors.ts';

export interface ForeignCsv {
  readonly path: string;
  /** By its usual name or code page; a byte order mark wins over it. */
  readonly encoding: string;
  readonly separator: string;
  readonly signal?: AbortSignal;
  /** Told the bytes read so far and the size of the file. */
  readonly onProgress?: (bytes: number, total: number) => void;
}

/**
 * The records of a file, header line included, blank lines left out. Throws when the file is not there, not in the encoding, not
 * well-formed, or was changed while it was read.
 */
export async function* readForeignCsv(
  source: ForeignCsv,
): AsyncGenerator<CsvBatch, void, undefined> {
  if (findEncoding(source.encoding) === undefined) throw describeUnknownEncoding(source.encoding);
  const { path, signal } = source;
  await using file = await openFile(path);
  const before = await file.stat();
  if (!before.isFile()) throw notAFile(path);
  let bytes = 0;
  const chunks = file.createReadStream({ autoClose: false, highWaterMark: 256 * 1024, start: 0 });
  async function* counted(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of chunks) {
      bytes += (chunk as Buffer).length;
      yield chunk as Buffer;
    }
  }
  try {
    const text = decodeFile(counted(), source.encoding, path);
    const options = { separator: source.separator, file: path, skipsBlankLines: true };
    for await (const batch of readCsvRecords(text, options)) {
      signal?.throwIfAborted();
      yield batch;
      source.onProgress?.(bytes, before.size);
    }
  } catch (error) {
    throw isFileError(error) ? describeFileError(error, path, 'read') : error;
  }
  const after = await file.stat();
  if (after.size === before.size && after.mtimeMs === before.mtimeMs) return;
  throw new FileToolError('CSV_INPUT_CHANGED', `The file ${path} was changed while it was read.`, {
    hint: 'Wait until it is written in full, then run the command again. Nothing was written.',
    details: { path },
  });
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw describeFileError(error, path, 'read');
  }
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && 'errno' in error;
}

function notAFile(path: string): FileToolError {
  return new FileToolError('CSV_INPUT_INVALID', `${path} is not a file.`, {
    hint: 'Name a CSV file.',
    details: { path },
  });
}

/** The error of a file that holds no line at all. */
export function describeEmptyFile(path: string): FileToolError {
  return new FileToolError('CSV_INPUT_INVALID', `The file ${path} is empty: it has no header.`, {
    hint: 'Check whether the file has arrived in full.',
    details: { path },
  });
}

/**
 * Refuses a line that does not fit: longer than the header unless what is too much is empty, or the last one when the file ends
 * inside it. Shorter lines are let be: what they lack is empty.
 */
export function checkRecord(
  batch: CsvBatch,
  index: number,
  at: { readonly path: string; readonly width: number },
): void {
  const record = batch.records[index] ?? [];
  const { path, width } = at;
  if (record.length === width) return;
  if (record.length < width) {
    if (!batch.isUnterminated || index !== batch.records.length - 1) return;
    throw new FileToolError('CSV_INPUT_INVALID', `The last line of ${path} ends in the middle.`, {
      hint: 'The file was cut off: have it written again in full, with a line break at its end.',
      details: { path, found: record.length, expected: width },
    });
  }
  if (record.slice(width).every((field) => field === '')) return;
  const line = batch.lineOf(index);
  const found = `${record.length} values where the header has ${width}`;
  throw new FileToolError('CSV_INPUT_INVALID', `Line ${line} of ${path} has ${found}.`, {
    hint: 'Values with the separator in them must be in quotes; check the separator too.',
    details: { path, line, found: record.length, expected: width },
  });
}
