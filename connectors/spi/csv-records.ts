/**
 * Reads delimited text in batches of records. The text is cut at line breaks outside quotes and each piece is given to
 * csv-parse in one call: half the time of its stream, which hands over one record at a time.
 */
import { CsvError, type Options } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import { ConnectorError } from './errors.ts';

/** Rows a batch holds at most. */
export const maxBatchRows = 1_000;

/** Characters one record may have: past it, a quote that never closes would gather the whole file. */
const maxRecordLength = 128 * 1024 * 1024;

export interface CsvRecordsOptions {
  readonly separator: string;
  /** Named in errors. */
  readonly file: string;
  /** Lines of the file that stand before the text; added to line numbers. */
  readonly linesBefore?: number;
  /** Blank lines are no records. */
  readonly skipsBlankLines: boolean;
}

/** Up to 1,000 records; `lineOf` gives the line of the file on which one of them ends, counting from 1. */
export interface CsvBatch {
  readonly records: readonly (readonly string[])[];
  lineOf(index: number): number;
  /** True for the last records of a text that does not end in a line break. */
  readonly isUnterminated: boolean;
}

/**
 * The records of RFC 4180 text. Lines end as the first one does (`\n` or `\r\n`, mixed; or a lone `\r`). Memory is bounded
 * by the chunks given plus one record. Throws `invalid-value` for a stray quote and `incomplete` for text that ends
 * inside quotes, both with the line.
 */
export async function* readCsvRecords(
  chunks: AsyncIterable<string> | Iterable<string>,
  options: CsvRecordsOptions,
): AsyncGenerator<CsvBatch, void, undefined> {
  const splitter = new RecordSplitter(options.linesBefore ?? 0);
  for await (const chunk of chunks) {
    const piece = splitter.push(chunk);
    if (piece !== undefined) yield* parsePiece(piece, options, false);
    if (splitter.pendingLength > maxRecordLength) throw describeEndlessRecord(splitter, options);
  }
  const rest = splitter.end();
  if (rest.text !== '') yield* parsePiece(rest, options, true);
}

interface Piece {
  readonly text: string;
  readonly linesBefore: number;
  readonly delimiters: readonly string[];
}

/** Cuts text after the last line break outside quotes. Quotes come in pairs wherever the text is well formed. */
class RecordSplitter {
  #pending = '';
  /** Characters of `#pending` already looked at. */
  #scanned = 0;
  #isQuoted = false;
  #delimiters: readonly string[] | undefined;
  #linesBefore: number;

  constructor(linesBefore: number) {
    this.#linesBefore = linesBefore;
  }

  get pendingLength(): number {
    return this.#pending.length;
  }

  get linesBefore(): number {
    return this.#linesBefore;
  }

  push(chunk: string): Piece | undefined {
    this.#pending += chunk;
    const cut = this.#scan();
    if (cut === 0) return undefined;
    const text = this.#pending.slice(0, cut);
    this.#pending = this.#pending.slice(cut);
    this.#scanned -= cut;
    return this.#toPiece(text);
  }

  end(): Piece {
    // A carriage return that was the very last character is a line break after all.
    if (this.#delimiters === undefined && this.#pending.endsWith('\r')) this.#delimiters = ['\r'];
    const text = this.#pending;
    this.#pending = '';
    return this.#toPiece(text);
  }

  #toPiece(text: string): Piece {
    const linesBefore = this.#linesBefore;
    this.#linesBefore += countLines(text);
    return { text, linesBefore, delimiters: this.#delimiters ?? ['\r\n', '\n'] };
  }

  /** Position after the last line break outside quotes; 0 when there is none yet. */
  #scan(): number {
    const text = this.#pending;
    let cut = 0;
    let index = this.#scanned;
    for (; index < text.length; index += 1) {
      const unit = text.charCodeAt(index);
      if (unit > 34) continue;
      if (unit === 34) {
        this.#isQuoted = !this.#isQuoted;
      } else if (unit === 10 && !this.#isQuoted) {
        this.#delimiters ??= ['\r\n', '\n'];
        if (this.#delimiters.length === 2) cut = index + 1;
      } else if (unit === 13 && !this.#isQuoted) {
        // What follows decides whether lines end in a lone carriage return.
        if (this.#delimiters === undefined) {
          if (index + 1 === text.length) break;
          this.#delimiters = text.charCodeAt(index + 1) === 10 ? ['\r\n', '\n'] : ['\r'];
        }
        if (this.#delimiters.length === 1) cut = index + 1;
      }
    }
    this.#scanned = index;
    return cut;
  }
}

function* parsePiece(
  piece: Piece,
  options: CsvRecordsOptions,
  isLast: boolean,
): Generator<CsvBatch, void, undefined> {
  const parserOptions = {
    bom: false,
    delimiter: options.separator,
    quote: '"',
    escape: '"',
    record_delimiter: [...piece.delimiters],
    relax_column_count: true,
    skip_empty_lines: options.skipsBlankLines,
  } as const satisfies Options;
  const records = parseText(piece, parserOptions, options);
  for (let start = 0; start < records.length; start += maxBatchRows) {
    const end = Math.min(start + maxBatchRows, records.length);
    yield {
      records: start === 0 && end === records.length ? records : records.slice(start, end),
      lineOf: (index) => findLine(piece, parserOptions, start + index),
      isUnterminated: isLast && end === records.length,
    };
  }
}

function parseText(
  piece: Piece,
  parserOptions: Options & { columns?: false },
  options: CsvRecordsOptions,
): readonly (readonly string[])[] {
  try {
    // Without `columns` csv-parse gives arrays of text; its types do not follow the option.
    return parse(piece.text, parserOptions) as unknown as string[][];
  } catch (error) {
    if (error instanceof CsvError) throw translateError(error, piece, options);
    throw error;
  }
}

/** The records of one line that ends without a line break; `undefined` when it is not well-formed. Blank: none. */
export function parseLastLine(text: string): readonly (readonly string[])[] | undefined {
  try {
    // As `parseText` gives them.
    return parse(text, {
      bom: false,
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
      skip_empty_lines: true,
    }) as unknown as string[][];
  } catch (error) {
    if (error instanceof CsvError) return undefined;
    throw error;
  }
}

/** Only asked for a line that goes into a message, so the piece is read once more rather than every line counted. */
function findLine(piece: Piece, parserOptions: Options, index: number): number {
  const records = parse(piece.text, { ...parserOptions, info: true }) as unknown as {
    readonly info: { readonly lines: number };
  }[];
  return piece.linesBefore + (records[index]?.info.lines ?? 1);
}

function translateError(error: CsvError, piece: Piece, options: CsvRecordsOptions): ConnectorError {
  const lines = (error as { readonly lines?: unknown }).lines;
  const line = piece.linesBefore + (typeof lines === 'number' ? lines : 1);
  const details = { file: options.file, line, reason: error.code };
  if (error.code.endsWith('_QUOTE_NOT_CLOSED')) {
    return new ConnectorError(
      'incomplete',
      `The file ${options.file} ends inside a quoted value (line ${line}): it seems to be cut off.`,
      { hint: 'Have the file written again in full, then export again.', details },
    );
  }
  return new ConnectorError(
    'invalid-value',
    `The file ${options.file} is not well-formed CSV at line ${line}: a quote stands where none may be.`,
    {
      hint: 'Values with quotes, separators or line breaks must be in quotes, and quotes inside doubled. Check the Separator setting too.',
      details,
    },
  );
}

function describeEndlessRecord(
  splitter: RecordSplitter,
  options: CsvRecordsOptions,
): ConnectorError {
  const line = splitter.linesBefore + 1;
  return new ConnectorError(
    'invalid-value',
    `The file ${options.file} has a record of more than ${maxRecordLength} characters at line ${line}.`,
    {
      hint: 'A quote that never closes makes one record of the rest of the file: look at that line.',
      details: { file: options.file, line },
    },
  );
}

/** Line breaks of a text: `\r\n` counts once, as does a lone `\r`. */
export function countLines(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit > 13) continue;
    if (unit === 10) count += 1;
    else if (unit === 13 && text.charCodeAt(index + 1) !== 10) count += 1;
  }
  return count;
}
