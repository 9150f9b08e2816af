/** One sheet as a table: a header row, then a row per line that has a value. */
import { type Header, readHeader, setCell, trimValue } from '../spi/files/header.ts';
import type { ConnectorContext, TableBatch, TableRequest } from '../spi/package.ts';
import type { Row } from '../spi/row.ts';
import { type CellTrouble, formatReference, type SheetRow } from '../spi/workbook/sheet-rows.ts';
import type { Workbook, WorkbookSheet } from '../spi/workbook/workbook.ts';
import type { ExcelSettings } from './settings.ts';

export interface SheetSource {
  readonly workbook: Workbook;
  readonly sheet: WorkbookSheet;
  readonly path: string;
  readonly settings: ExcelSettings;
  readonly context: ConnectorContext;
}

export interface SheetEnd {
  readonly rows: number;
  readonly evidence: string;
  readonly commandColumn?: string;
  /** Cells of mapped columns that hold a formula whose result nobody stored: how many, and the first. */
  readonly unread?: string;
}

/** The names of the header row. */
export async function readSheetTitles(source: SheetSource): Promise<readonly string[]> {
  const skipped = linesToSkip(source);
  for await (const { rows } of source.workbook.readRows(source.sheet)) {
    const title = rows.find((row) => row.number > skipped);
    if (title !== undefined) return readTitle(title, source, { columns: [] }).columns;
  }
  return [];
}

/** Yields the rows and returns what is to be said at their end. */
export async function* readSheetTable(
  source: SheetSource,
  table: TableRequest,
): AsyncGenerator<TableBatch, SheetEnd, undefined> {
  const { workbook, sheet, settings } = source;
  const skipped = linesToSkip(source);
  const troubles = new TroubleCount();
  let header: Header | undefined;
  let beside: string | undefined;
  let count = 0;
  for await (const batch of workbook.readRows(sheet)) {
    let lines = skipped === 0 ? batch.rows : batch.rows.filter((row) => row.number > skipped);
    const [title] = lines;
    if (title === undefined) continue;
    if (header === undefined) {
      header = readTitle(title, source, table);
      lines = lines.slice(1);
      troubles.start(header, table, title.number);
    }
    troubles.add(batch.troubles);
    const rows: Row[] = [];
    for (const line of lines) {
      beside ??= findBeside(line, header);
      rows.push(makeRow(line, header, settings.ValuesToTrim));
    }
    count += rows.length;
    yield { kind: 'rows', table: table.name, columns: header.columns, rows };
  }
  if (beside !== undefined) warn(source, table, beside, 'cells under no header are not read');
  if (troubles.first !== undefined) {
    warn(source, table, troubles.first, 'cells with errors or formulas without a result are empty');
  }
  return {
    rows: count,
    evidence: `${describeContent(header, count)} in the sheet "${sheet.name}"${troubles.describe()}`,
    ...(header?.commandColumn === undefined ? {} : { commandColumn: header.commandColumn }),
    ...(troubles.unread === undefined ? {} : { unread: troubles.unread }),
  };
}

function warn(source: SheetSource, table: TableRequest, cell: string, message: string): void {
  const { path, sheet, context } = source;
  context.logger.warn({ table: table.name, file: path, sheet: sheet.name, cell }, message);
}

function linesToSkip({ sheet, settings }: SheetSource): number {
  return settings.SheetOptions[sheet.index]?.NumberOfLinesToSkip ?? 0;
}

function readTitle(
  row: SheetRow,
  { path, sheet, settings, context }: SheetSource,
  table: Pick<TableRequest, 'columns'>,
): Header {
  const place = {
    file: path,
    subject: `The sheet "${sheet.name}" of ${path}`,
    settings: 'NumberOfLinesToSkip of SheetOptions decides',
  };
  return readHeader(row.cells, settings.ValuesToTrim, table, place, context.logger);
}

function makeRow(line: SheetRow, header: Header, trims: readonly string[]): Row {
  const row: Record<string, string | null> = {};
  for (let index = 0; index < header.columns.length; index += 1) {
    const cell = line.cells[header.fields[index] ?? -1] ?? '';
    const value = trims.length === 0 ? cell : trimValue(cell, trims);
    setCell(row, header.columns[index] ?? '', value === '' ? null : value);
  }
  return row;
}

/** The first cell with a value to the right of the header. */
function findBeside(line: SheetRow, header: Header): string | undefined {
  if (line.cells.length <= header.width) return undefined;
  const column = line.cells.findIndex((cell, index) => index >= header.width && cell !== '');
  return column === -1 ? undefined : formatReference(column, line.number);
}

function describeContent(header: Header | undefined, rows: number): string {
  if (header === undefined) return 'no rows and no header';
  return rows === 0 ? 'a header row only' : `${rows} rows`;
}

/** Cells whose value is not there to be read. */
class TroubleCount {
  first: string | undefined;
  #counts = { error: 0, formula: 0 };
  #read = new Set<number>();
  #mapped = new Set<number>();
  #firstRow = Number.POSITIVE_INFINITY;
  #unread = 0;
  #firstUnread = '';

  /** From here on troubles count, in the columns that are read; those in mapped columns are told apart. */
  start(header: Header, table: TableRequest, titleRow: number): void {
    this.#firstRow = titleRow + 1;
    for (const [index, column] of header.columns.entries()) {
      const field = header.fields[index] ?? -1;
      this.#read.add(field);
      if (table.columns.includes(column)) this.#mapped.add(field);
    }
  }

  add(troubles: readonly CellTrouble[]): void {
    for (const { kind, row, column } of troubles) {
      if (row < this.#firstRow || !this.#read.has(column)) continue;
      this.#counts[kind] += 1;
      this.first ??= formatReference(column, row);
      if (kind === 'error' || !this.#mapped.has(column)) continue;
      this.#unread += 1;
      this.#firstUnread ||= formatReference(column, row);
    }
  }

  get unread(): string | undefined {
    if (this.#unread === 0) return undefined;
    return `${this.#unread}, first ${this.#firstUnread}`;
  }

  describe(): string {
    const { error, formula } = this.#counts;
    const parts = [
      error === 0 ? '' : `, ${error} cells with errors read as empty`,
      formula === 0 ? '' : `, ${formula} formulas without a result read as empty`,
    ];
    return parts.join('');
  }
}
