/** Reshapes a CSV file into one of ours: UTF-8, comma, header, values in internal forms, one row of each key. */
import { rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Cells,
  type CsvBatch,
  formatCsv,
  formatCsvHeader,
  readCsvFile,
} from '../../connectors/index.ts';
import { FileToolError } from './errors.ts';
import { KeyFilter } from './key-filter.ts';
import { OutputFile } from './output-file.ts';
import {
  checkRecord,
  describeEmptyFile,
  type ForeignCsv,
  readForeignCsv,
} from './read-foreign-csv.ts';
import { RowMarks } from './row-marks.ts';
import { type ColumnOperations, planTransform, type TransformPlan } from './transform-plan.ts';

export interface TransformOptions {
  readonly input: ForeignCsv;
  /** Absolute. */
  readonly outputPath: string;
  readonly operations: ColumnOperations;
  /** What becomes of a value that cannot be converted. */
  readonly onError: 'keep' | 'empty' | 'fail';
  /** The output may take the place of the input. */
  readonly mayReplaceInput: boolean;
  /** Everything is read and checked, and nothing written. */
  readonly isDryRun: boolean;
  /** Characters of keys that are remembered at most. */
  readonly maxKeyCharacters?: number;
}

export interface TransformOutcome {
  readonly columns: readonly string[];
  readonly rowsRead: number;
  readonly rowsWritten: number;
  /** Rows left out because an earlier one has the same key. */
  readonly repeatedKeys: number;
  /** Rows whose key is wholly empty: they are kept, and equal to none. */
  readonly withoutKey: number;
  /** Columns left out because they have no name. */
  readonly namelessColumns: number;
  /** Values that could not be converted, by column. */
  readonly unconverted: readonly {
    readonly column: string;
    readonly values: number;
    readonly firstLine: number;
  }[];
}

const keysSuffix = '.keys';
const rewriteSuffix = '.rows.part';

/**
 * Writes the output whole or not at all. Memory is bounded: one batch of rows, keys up to a bound, one bit per row. Throws a
 * `FileToolError` with line and column for a value that cannot be converted, unless `onError` says otherwise.
 */
export async function transformCsv(options: TransformOptions): Promise<TransformOutcome> {
  await refuseInputAsOutput(options);
  const { outputPath, isDryRun } = options;
  await using filter = new KeyFilter({
    folder: isDryRun
      ? join(tmpdir(), `lockstep-keys-${process.pid}`)
      : `${outputPath}${keysSuffix}`,
    ...(options.maxKeyCharacters === undefined ? {} : { maxCharacters: options.maxKeyCharacters }),
  });
  await using run = new TransformRun(options, filter);
  const { path, signal } = options.input;
  for await (const batch of readForeignCsv(options.input)) await run.take(batch);
  const repeated = new RowMarks();
  for await (const row of filter.findRepeated(signal)) repeated.mark(row);
  const outcome = run.finish(path, repeated.count);
  const { output } = run;
  if (output === undefined) return outcome;
  if (repeated.count === 0) await output.complete();
  else await rewriteWithout(output, repeated, signal);
  return outcome;
}

class TransformRun implements AsyncDisposable {
  readonly #options: TransformOptions;
  readonly #filter: KeyFilter;
  readonly #unconverted = new Map<string, { values: number; firstLine: number }>();
  #plan: TransformPlan | undefined;
  #output: OutputFile | undefined;
  #rowsRead = 0;
  #rowsWritten = 0;
  #repeated = 0;
  #withoutKey = 0;

  constructor(options: TransformOptions, filter: KeyFilter) {
    this.#options = options;
    this.#filter = filter;
  }

  /** There is none before the first line has been understood, nor in a dry run. */
  get output(): OutputFile | undefined {
    return this.#output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#output?.[Symbol.asyncDispose]();
  }

  async take(batch: CsvBatch): Promise<void> {
    let start = 0;
    if (this.#plan === undefined) {
      const { operations, input, outputPath, isDryRun } = this.#options;
      this.#plan = planTransform(batch.records[0] ?? [], operations, input.path);
      if (!isDryRun) {
        this.#output = await OutputFile.create(outputPath);
        await removeLeftovers(outputPath);
      }
      await this.#output?.write(formatCsvHeader(this.#plan.columns));
      if (this.#plan.hasHeaderLine) start = 1;
    }
    const plan = this.#plan;
    const rows: Cells[] = [];
    for (let index = start; index < batch.records.length; index += 1) {
      const cells = this.#convert(batch, index, plan);
      this.#rowsRead += 1;
      if (plan.key.length > 0 && (await this.#isRepeated(cells, plan))) continue;
      rows.push(plan.slots.map((slot) => cells[slot] ?? null));
      this.#rowsWritten += 1;
    }
    await this.#output?.write(formatCsv(rows));
  }

  finish(path: string, laterRepeated: number): TransformOutcome {
    if (this.#plan === undefined) throw describeEmptyFile(path);
    return {
      columns: this.#plan.columns,
      rowsRead: this.#rowsRead,
      rowsWritten: this.#rowsWritten - laterRepeated,
      repeatedKeys: this.#repeated + laterRepeated,
      withoutKey: this.#withoutKey,
      namelessColumns: this.#plan.nameless,
      unconverted: [...this.#unconverted].map(([column, counts]) => ({ column, ...counts })),
    };
  }

  #convert(batch: CsvBatch, index: number, plan: TransformPlan): (string | null)[] {
    const { width } = plan;
    checkRecord(batch, index, { path: this.#options.input.path, width });
    const record = batch.records[index] ?? [];
    const cells: (string | null)[] = [];
    for (let slot = 0; slot < width; slot += 1) cells.push(record[slot] || null);
    for (const { first, second, separator } of plan.concatenations) {
      const [left, right] = [cells[first] ?? null, cells[second] ?? null];
      const isEmpty = left === null && right === null;
      cells.push(isEmpty ? null : `${left ?? ''}${separator}${right ?? ''}`);
    }
    for (const conversion of plan.conversions) {
      const text = cells[conversion.slot] ?? null;
      if (text === null) continue;
      const value = conversion.convert(text);
      if (value !== undefined) cells[conversion.slot] = value === '' ? null : value;
      else this.#fallShort(batch, index, conversion, cells);
    }
    return cells;
  }

  #fallShort(
    batch: CsvBatch,
    index: number,
    { column, expected, slot }: TransformPlan['conversions'][number],
    cells: (string | null)[],
  ): void {
    const { onError, input } = this.#options;
    if (onError === 'fail') {
      const line = batch.lineOf(index);
      throw new FileToolError(
        'CSV_CELL_INVALID',
        `Line ${line} of ${input.path} has a value in the column "${column}" that is not ${expected}.`,
        {
          hint: 'Correct the value or the conversion; --on-error keep or empty goes on and counts such values. Nothing was written.',
          details: { path: input.path, line, column, expected },
        },
      );
    }
    if (onError === 'empty') cells[slot] = null;
    const counts = this.#unconverted.get(column);
    if (counts !== undefined) counts.values += 1;
    else this.#unconverted.set(column, { values: 1, firstLine: batch.lineOf(index) });
  }

  async #isRepeated(cells: Cells, plan: TransformPlan): Promise<boolean> {
    const key = plan.key.map((slot) => cells[slot] ?? null);
    if (key.every((cell) => cell === null)) {
      this.#withoutKey += 1;
      return false;
    }
    const text = key.length === 1 ? (key[0] ?? '') : JSON.stringify(key);
    const isRepeated = (await this.#filter.add(text, this.#rowsWritten)) === 'repeated';
    if (isRepeated) this.#repeated += 1;
    return isRepeated;
  }
}

/** What a killed run left beside its output; its `.part` has given way to ours. */
async function removeLeftovers(outputPath: string): Promise<void> {
  for (const suffix of [keysSuffix, rewriteSuffix])
    await rm(`${outputPath}${suffix}`, { recursive: true, force: true });
}

/** The rows written so far once more, without those whose key turned out to be known. */
async function rewriteWithout(
  written: OutputFile,
  repeated: RowMarks,
  signal: AbortSignal | undefined,
): Promise<void> {
  await written.flush();
  await using output = await OutputFile.create(written.path, rewriteSuffix);
  let row = 0;
  let hasHeader = false;
  for await (const { columns, rows } of readCsvFile(written.partPath, signal)) {
    if (!hasHeader) await output.write(formatCsvHeader(columns));
    hasHeader = true;
    const kept: Cells[] = [];
    for (const cells of rows) {
      if (!repeated.has(row)) kept.push(cells);
      row += 1;
    }
    await output.write(formatCsv(kept));
  }
  await output.complete();
}

async function refuseInputAsOutput(options: TransformOptions): Promise<void> {
  if (options.mayReplaceInput) return;
  await refuseSameFile(options.input.path, options.outputPath);
}

/** Two paths may lead to one file. */
export async function refuseSameFile(inputPath: string, outputPath: string): Promise<void> {
  const input = await stat(inputPath).catch(() => undefined);
  const output = await stat(outputPath).catch(() => undefined);
  if (input === undefined || output === undefined) return;
  if (input.dev !== output.dev || input.ino !== output.ino) return;
  throw new FileToolError(
    'USAGE_OPTIONS_CONFLICT',
    `The output ${outputPath} would take the place of the input.`,
    { hint: 'Name another output, or say that the input may be replaced with --replace-input.' },
  );
}
