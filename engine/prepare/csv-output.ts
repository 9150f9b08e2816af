/** Writing a side file: whole or not at all. People look at side files; no step reads them, so they need not be durable. */
import { type FileHandle, open, rename } from 'node:fs/promises';
import { type Cells, formatCsv, formatCsvHeader } from '../../connectors/index.ts';

const flushCharacters = 256 * 1024;

/** Collects rows into `<path>.part`; `finish` gives it its name. */
export class CsvOutput {
  readonly path: string;
  #file: FileHandle | undefined;
  #pending: string;
  #rows = 0;

  constructor(path: string, columns: readonly string[]) {
    this.path = path;
    this.#pending = formatCsvHeader(columns);
  }

  get rows(): number {
    return this.#rows;
  }

  get isFull(): boolean {
    return this.#pending.length >= flushCharacters;
  }

  /** One line with its line break. */
  add(line: string): void {
    this.#rows += 1;
    this.#pending += line;
  }

  async write(rows: readonly Cells[]): Promise<void> {
    this.#rows += rows.length;
    this.#pending += formatCsv(rows);
    if (this.isFull) await this.flush();
  }

  async finish(): Promise<void> {
    await this.flush();
    await this.#file?.close();
    this.#file = undefined;
    await rename(`${this.path}.part`, this.path);
  }

  /** Closes what an interrupted step left open; the part file stays behind and is overwritten by the next run. Harmless after `finish`. */
  async abandon(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  async flush(): Promise<void> {
    this.#file ??= await open(`${this.path}.part`, 'w', 0o600);
    await this.#file.write(this.#pending);
    this.#pending = '';
  }
}
