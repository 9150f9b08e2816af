/** The rows of one sheet, as text. ECMA-376 part 1, 18.3.1. */
import { type Archive, describeDamage } from './archive.ts';
import { formatIsoCell, formatNumberCell, unescapeCellText } from './cell-values.ts';
import type { NumberFormat } from './number-formats.ts';
import { TextCollector } from './text-collector.ts';
import type { TextTable } from './text-table.ts';
import { parsePart, type XmlHandler } from './xml-part.ts';

/** One row that has a value. Cells are by column, from 0; what is empty is the empty text. */
export interface SheetRow {
  /** Number of the row as the spreadsheet shows it, from 1. */
  readonly number: number;
  readonly cells: readonly string[];
}

/** A cell whose value is not there to be read. */
export interface CellTrouble {
  /** `error`: the cell shows an error such as `#N/A`. `formula`: no result of its formula is stored. */
  readonly kind: 'error' | 'formula';
  readonly row: number;
  readonly column: number;
}

export interface SheetBatch {
  readonly rows: readonly SheetRow[];
  /** Cells among these rows that are empty though something stands there. */
  readonly troubles: readonly CellTrouble[];
}

export interface SheetContext {
  readonly shared: TextTable;
  readonly formats: readonly NumberFormat[];
  readonly is1904: boolean;
  readonly signal: AbortSignal;
}

/** Most rows and columns of a sheet. */
const maxRows = 1_048_576;
const maxColumns = 16_384;
const batchRows = 1_000;

/** Batches of up to 1,000 rows; wholly empty rows are left out, their numbers are not given to others. */
export async function* readSheetRows(
  archive: Archive,
  part: string,
  context: SheetContext,
): AsyncGenerator<SheetBatch, void, undefined> {
  const reader = new SheetReader(`${archive.path} (${part})`, context);
  for await (const _ of parsePart(archive, part, reader, context.signal)) {
    while (reader.rows.length >= batchRows) yield reader.take(batchRows);
  }
  if (!reader.hasData) throw describeDamage(archive.path, `has no table of cells in ${part}`);
  if (reader.rows.length > 0) yield reader.take(batchRows);
}

/** `AB12` → 27; -1 when there are no letters. */
export function readColumn(reference: string): number {
  let column = 0;
  for (let index = 0; index < reference.length; index += 1) {
    const code = reference.charCodeAt(index);
    if (code >= 65 && code <= 90) column = column * 26 + code - 64;
    else if (code >= 97 && code <= 122) column = column * 26 + code - 96;
    else break;
    if (column > maxColumns) break;
  }
  return column - 1;
}

/** `AB12` of column 27 and row 12. */
export function formatReference(column: number, row: number): string {
  let letters = '';
  for (let left = column + 1; left > 0; left = Math.floor((left - 1) / 26)) {
    letters = String.fromCharCode(65 + ((left - 1) % 26)) + letters;
  }
  return `${letters}${row}`;
}

class SheetReader implements XmlHandler {
  rows: SheetRow[] = [];
  troubles: CellTrouble[] = [];
  hasData = false;
  readonly #place: string;
  readonly #context: SheetContext;
  readonly #inline = new TextCollector();
  #isInData = false;
  #row = 0;
  #cells: string[] = [];
  #hasValue = false;
  #column = -1;
  #type = 'n';
  #style = 0;
  #value: string | undefined;
  #isReading = false;
  #isInline = false;
  #hasFormula = false;

  constructor(place: string, context: SheetContext) {
    this.#place = place;
    this.#context = context;
  }

  take(count: number): SheetBatch {
    const troubles = this.troubles;
    this.troubles = [];
    return { rows: this.rows.splice(0, count), troubles };
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (!this.#isInData) {
      if (name === 'sheetData') {
        this.#isInData = true;
        this.hasData = true;
      }
      return;
    }
    switch (name) {
      case 'c':
        this.#openCell(attributes);
        break;
      case 'v':
        this.#isReading = true;
        this.#value = '';
        break;
      case 'f':
        this.#hasFormula = true;
        break;
      case 'row':
        this.#openRow(attributes);
        break;
      case 'is':
        this.#isInline = true;
        break;
      default:
        if (this.#isInline) this.#inline.open(name, attributes);
    }
  }

  text(text: string): void {
    if (this.#isReading) this.#value += text;
    else if (this.#isInline) this.#inline.text(text);
  }

  close(name: string): void {
    if (!this.#isInData) return;
    switch (name) {
      case 'v':
        this.#isReading = false;
        break;
      case 'c':
        this.#closeCell();
        break;
      case 'row':
        if (this.#hasValue) this.rows.push({ number: this.#row, cells: this.#cells });
        break;
      case 'is':
        this.#isInline = false;
        if (this.#inline.isTooLong) throw this.#damage('has a text past all limits');
        this.#value = unescapeCellText(this.#inline.take());
        break;
      case 'sheetData':
        this.#isInData = false;
        break;
      default:
        if (this.#isInline) this.#inline.close(name);
    }
  }

  #openRow({ r }: Readonly<Record<string, string>>): void {
    const number = r === undefined ? this.#row + 1 : Number(r);
    if (!Number.isInteger(number) || number <= this.#row || number > maxRows) {
      throw this.#damage(`has a row ${String(r).slice(0, 20)} after row ${this.#row}`);
    }
    this.#row = number;
    this.#cells = [];
    this.#hasValue = false;
    this.#column = -1;
  }

  #openCell({ r, t, s }: Readonly<Record<string, string>>): void {
    const column = r === undefined ? this.#column + 1 : readColumn(r);
    if (column < 0 || column >= maxColumns || this.#row === 0) {
      throw this.#damage(`has a cell ${String(r).slice(0, 20)} outside of the sheet`);
    }
    this.#column = column;
    this.#type = t ?? 'n';
    this.#style = s === undefined ? 0 : Number(s);
    this.#value = undefined;
    this.#hasFormula = false;
  }

  #closeCell(): void {
    const value = this.#value;
    const cell = value === undefined ? this.#readEmpty() : this.#readValue(value);
    // Columns of later cells are told by their references: the gaps are empty.
    const cells = this.#cells;
    if ((cells[this.#column] ?? '') !== '')
      throw this.#damage(`has two cells ${this.#reference()}`);
    while (cells.length < this.#column) cells.push('');
    cells[this.#column] = cell;
    if (cell !== '') this.#hasValue = true;
  }

  #readEmpty(): string {
    if (this.#hasFormula) this.#addTrouble('formula');
    return '';
  }

  #readValue(value: string): string {
    switch (this.#type) {
      case 's':
        return this.#readShared(value);
      case 'str':
        return unescapeCellText(value);
      case 'inlineStr':
        return value;
      case 'b':
        return value.trim() === '1' || value.trim().toLowerCase() === 'true' ? 'true' : 'false';
      case 'e':
        this.#addTrouble('error');
        return '';
      case 'd':
        return formatIsoCell(value);
      default:
        return this.#readNumber(value);
    }
  }

  #readShared(value: string): string {
    const text = /^\s*\d+\s*$/.test(value) ? this.#context.shared.get(Number(value)) : undefined;
    if (text === undefined)
      throw this.#damage(`names a text that is not there in ${this.#reference()}`);
    return text;
  }

  #readNumber(value: string): string {
    if (value.trim() === '') return this.#readEmpty();
    const format = this.#context.formats[this.#style] ?? { kind: 'number' };
    const text = formatNumberCell(value, format, this.#context.is1904);
    if (text === undefined)
      throw this.#damage(`has no number in ${this.#reference()}, which is one`);
    return text;
  }

  #addTrouble(kind: CellTrouble['kind']): void {
    this.troubles.push({ kind, row: this.#row, column: this.#column });
    // The row is there, though its value is not: left out, it would pass for one that has gone.
    this.#hasValue = true;
  }

  #reference(): string {
    return formatReference(this.#column, this.#row);
  }

  #damage(what: string): Error {
    return describeDamage(this.#place, what);
  }
}
