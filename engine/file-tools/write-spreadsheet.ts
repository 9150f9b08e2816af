/** Tables as one XLSX workbook: typed cells, text that is never a formula. The only place that knows the library. */
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Cell as LibraryCell, Sheet } from 'write-excel-file/node';
import { describeFileError, syncFolder } from '../../connectors/index.ts';
import { FileToolError } from './errors.ts';
import { nameSheet, toCellText } from './spreadsheet-text.ts';

/** `date` and `dateTime` are text: ISO, or the internal form `yyyyMMddHHmmss`. */
export type ColumnType = 'text' | 'number' | 'boolean' | 'date' | 'dateTime';
export type TableValue = string | number | boolean | null;

export interface TableColumn {
  readonly name: string;
  readonly type: ColumnType;
}

export interface SpreadsheetTable {
  /** Wanted name of its sheet; what a workbook does not accept is left out, and repeated names get a number. */
  readonly name: string;
  readonly columns: readonly TableColumn[];
  readonly batches: AsyncIterable<readonly (readonly TableValue[])[]>;
}

export interface SpreadsheetLimits {
  /** Rows of one sheet, its header included; what is more goes to further sheets. */
  readonly sheetRows: number;
  /** Cells of all sheets together: a workbook is built in memory. */
  readonly cells: number;
}

/** Rows: the format’s own limit. Cells: measured, a million take 0.7 GB, two million 1 GB. */
export const spreadsheetLimits: SpreadsheetLimits = { sheetRows: 1_048_576, cells: 2_000_000 };

interface SheetDraft {
  readonly name: string;
  readonly columns: readonly TableColumn[];
  readonly rows: LibraryCell[][];
}

/**
 * Writes a workbook, whole or not at all, in place of what was there. Throws `SPREADSHEET_TOO_LARGE` when the tables have
 * more cells than `limits` says. Returns how many rows went where.
 */
export async function writeSpreadsheet(
  path: string,
  tables: readonly SpreadsheetTable[],
  limits: SpreadsheetLimits = spreadsheetLimits,
): Promise<readonly WrittenSheet[]> {
  const workbook = new Workbook(path, limits);
  for (const { name, columns, batches } of tables) {
    workbook.startTable(name, columns);
    for await (const batch of batches) workbook.add(batch);
  }
  return workbook.write();
}

export interface WrittenSheet {
  readonly sheet: string;
  readonly rows: number;
}

/** A workbook that is filled table by table; nothing is on disk before it is written. */
export class Workbook {
  readonly #path: string;
  readonly #limits: SpreadsheetLimits;
  readonly #taken = new Set<string>();
  readonly #sheets: SheetDraft[] = [];
  #wanted = '';
  #cells = 0;

  constructor(path: string, limits: SpreadsheetLimits = spreadsheetLimits) {
    this.#path = path;
    this.#limits = limits;
  }

  startTable(name: string, columns: readonly TableColumn[]): void {
    this.#wanted = name;
    this.#sheets.push(startSheet(nameSheet(name, this.#taken), columns));
  }

  /** Rows of the table started last. Throws `SPREADSHEET_TOO_LARGE`. */
  add(rows: readonly (readonly TableValue[])[]): void {
    let sheet = this.#sheets.at(-1);
    if (sheet === undefined) throw new TypeError('No table has been started.');
    const { columns } = sheet;
    this.#cells += rows.length * columns.length;
    if (this.#cells > this.#limits.cells) throw tooLarge(this.#path, this.#limits);
    for (const row of rows) {
      if (sheet.rows.length >= this.#limits.sheetRows) {
        sheet = startSheet(nameSheet(this.#wanted, this.#taken), columns);
        this.#sheets.push(sheet);
      }
      sheet.rows.push(columns.map((column, index) => toCell(column.type, row[index] ?? null)));
    }
  }

  async write(): Promise<readonly WrittenSheet[]> {
    if (this.#sheets.length === 0) this.startTable('Sheet', []);
    // Loaded when a workbook is written.
    const { default: writeExcelFile } = await import('write-excel-file/node');
    const content: Sheet<Buffer>[] = this.#sheets.map(({ name, columns, rows }) => ({
      sheet: name,
      data: rows,
      columns: columns.map((column) => ({ width: widths[column.type] })),
      stickyRowsCount: 1,
    }));
    const part = `${this.#path}.part`;
    try {
      await mkdir(dirname(this.#path), { recursive: true });
      const handle = await open(part, 'w');
      try {
        await handle.writeFile(await writeExcelFile(content).toBuffer());
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(part, this.#path);
      await syncFolder(dirname(this.#path));
    } catch (error) {
      // What could not even be begun leaves nothing: the error that counts is the first.
      await rm(part, { force: true }).catch(() => undefined);
      throw describeFileError(error, this.#path, 'write');
    }
    return this.#sheets.map(({ name, rows }) => ({ sheet: name, rows: rows.length - 1 }));
  }
}

const widths: Readonly<Record<ColumnType, number>> = {
  text: 24,
  number: 12,
  boolean: 10,
  date: 12,
  dateTime: 20,
};

/**
 * Texts that are names of what every object has: the library looks its texts up in an object, finds these before they are there,
 * and writes a cell that no spreadsheet can read. One character is written as its code, which spreadsheets read as the character.
 */
function toText(text: string): string {
  const shown = toCellText(text);
  if (!(shown in Object.prototype)) return shown;
  const code = shown.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  return `_x${code}_${shown.slice(1)}`;
}

function startSheet(name: string, columns: readonly TableColumn[]): SheetDraft {
  const header = columns.map(
    (column): LibraryCell => ({ value: toText(column.name), type: String, fontWeight: 'bold' }),
  );
  return { name, columns, rows: [header] };
}

/** A value that is not what its column says stays text. */
function toCell(type: ColumnType, value: TableValue): LibraryCell {
  if (value === null || value === '') return null;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (type === 'date' || type === 'dateTime') {
    const date = readDate(value);
    if (date === null) return toText(value);
    const format = type === 'date' ? 'yyyy-mm-dd' : 'yyyy-mm-dd hh:mm:ss';
    return { value: date, type: Date, format };
  }
  return toText(value);
}

/** The first day that a workbook can tell right: before it, the calendar of spreadsheets has a day too many. */
const firstDay = Date.UTC(1900, 2, 1);

function readDate(text: string): Date | null {
  const internal = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d))?$/u.exec(text);
  const iso =
    internal === null
      ? text
      : `${internal.slice(1, 4).join('-')}T${internal[4] ?? '00'}:${internal[5] ?? '00'}:${internal[6] ?? '00'}Z`;
  const time = /^\d{4}-\d\d-\d\d(T|$)/u.test(iso) ? Date.parse(iso) : Number.NaN;
  return Number.isNaN(time) || time < firstDay ? null : new Date(time);
}

function tooLarge(path: string, limits: SpreadsheetLimits): FileToolError {
  return new FileToolError(
    'SPREADSHEET_TOO_LARGE',
    `The tables for ${path} have more than ${limits.cells} cells, which is more than a workbook is built with. Nothing was written.`,
    {
      hint: 'Choose fewer rows with a filter, or write CSV, which has no limit.',
      details: { path },
    },
  );
}
