/** One table of an export on its way to disk: `.csv.part` while rows come, `.csv` once the source said that was all. */
import { createHash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cells, formatCsv, formatCsvHeader } from './csv-format.ts';
import { ConnectorError } from './errors.ts';
import type { ExportedTable } from './export-manifest.ts';
import { describeFileError } from './file-access.ts';
import { appendBytes } from './file-writing.ts';

/** Characters gathered before they are written: fewer calls than one per batch. */
const bufferLength = 512 * 1024;

/** Writes rows as CSV and counts, hashes and names what it wrote. `close` must be called whatever happens. */
export class TableFile {
  readonly #name: string;
  readonly #folder: string;
  readonly #handle: FileHandle;
  readonly #hash = createHash('sha256');
  readonly #columns: readonly string[];
  #buffer = '';
  #rows = 0;
  #bytes = 0;
  #isOpen = true;

  private constructor(
    folder: string,
    name: string,
    columns: readonly string[],
    handle: FileHandle,
  ) {
    this.#folder = folder;
    this.#name = name;
    this.#columns = columns;
    this.#handle = handle;
  }

  /** Starts the file with its header line; a table without columns, which an empty source has, stays empty. */
  static async create(
    folder: string,
    name: string,
    columns: readonly string[],
  ): Promise<TableFile> {
    const header = columns.length === 0 ? '' : formatCsvHeader(columns);
    const path = join(folder, `${name}.csv.part`);
    try {
      await rm(path, { force: true });
      const file = new TableFile(folder, name, columns, await open(path, 'wx'));
      file.#buffer = header;
      return file;
    } catch (error) {
      throw describeFileError(error, path, 'write');
    }
  }

  async write(rows: readonly Cells[]): Promise<void> {
    this.#buffer += formatCsv(rows);
    this.#rows += rows.length;
    if (this.#buffer.length >= bufferLength) await this.#flush();
  }

  /** Takes lines as they are: whoever gives them has made sure that they are UTF-8 and what `formatCsv` would write. */
  async writeLines(bytes: Uint8Array, rows: number): Promise<void> {
    await this.#flush();
    this.#rows += rows;
    await this.#append(bytes);
  }

  /** Makes the file durable under its final name. */
  async complete(): Promise<ExportedFile> {
    return this.#finish(`${this.#name}.csv`);
  }

  /** Keeps what there is under a name no later step reads. */
  async abandon(): Promise<ExportedFile> {
    return this.#finish(`${this.#name}.partial.csv`);
  }

  /** Closes the file if it is open still; rows not yet written are lost. */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#handle.close();
  }

  async #finish(file: string): Promise<ExportedFile> {
    const path = join(this.#folder, file);
    await this.#flush();
    try {
      await this.#handle.sync();
      await this.close();
      await rename(this.#partPath(), path);
    } catch (error) {
      throw describeFileError(error, path, 'write');
    }
    return {
      file,
      columns: [...this.#columns],
      rows: this.#rows,
      bytes: this.#bytes,
      sha256: this.#hash.digest('hex'),
    };
  }

  #partPath(): string {
    return join(this.#folder, `${this.#name}.csv.part`);
  }

  async #flush(): Promise<void> {
    const text = this.#buffer;
    if (text === '') return;
    this.#buffer = '';
    if (!text.isWellFormed()) {
      throw new ConnectorError(
        'invalid-value',
        `The table "${this.#name}" has text with half of a surrogate pair, which no file can hold.`,
        { hint: 'Correct the encoding at the source.', details: { table: this.#name } },
      );
    }
    await this.#append(Buffer.from(text, 'utf8'));
  }

  async #append(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    await appendBytes(this.#handle, bytes, this.#partPath());
  }
}

export type ExportedFile = Pick<ExportedTable, 'columns' | 'rows' | 'bytes'> & {
  readonly file: string;
  readonly sha256: string;
};
