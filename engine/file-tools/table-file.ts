/** Tables written to a file by its name: a workbook for `.xlsx`, CSV for anything else. Whole or absent. */
import { formatCsv, formatCsvHeader } from '../../connectors/index.ts';
import { OutputFile } from './output-file.ts';
import { guardFormula } from './spreadsheet-text.ts';
import { type TableColumn, type TableValue, Workbook } from './write-spreadsheet.ts';

export interface TableFile extends AsyncDisposable {
  /** Several tables fit into a workbook only. */
  readonly holdsSeveral: boolean;
  startTable(name: string, columns: readonly TableColumn[]): Promise<void>;
  /** Rows of the table started last. */
  add(rows: readonly (readonly TableValue[])[]): Promise<void>;
  /** Puts the file in its place; without it, nothing is left behind. */
  complete(): Promise<void>;
}

/** `isRaw`: CSV holds text as it is, even where a spreadsheet would compute it. */
export async function createTableFile(
  path: string,
  options: { readonly isRaw: boolean } = { isRaw: false },
): Promise<TableFile> {
  if (/\.xlsx$/iu.test(path)) return workbookFile(path);
  const output = await OutputFile.create(path);
  let columns: readonly TableColumn[] = [];
  return {
    holdsSeveral: false,
    async startTable(_name, own) {
      columns = own;
      await output.write(formatCsvHeader(own.map(({ name }) => name)));
    },
    add: (rows) => output.write(formatTableRows(columns, rows, options)),
    complete: () => output.complete(),
    [Symbol.asyncDispose]: () => output[Symbol.asyncDispose](),
  };
}

function workbookFile(path: string): TableFile {
  const workbook = new Workbook(path);
  return {
    holdsSeveral: true,
    startTable: async (name, columns) => workbook.startTable(name, columns),
    add: async (rows) => workbook.add(rows),
    complete: async () => {
      await workbook.write();
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** Rows as CSV; text that a spreadsheet would take for a formula is marked, unless it is to be raw. */
export function formatTableRows(
  columns: readonly TableColumn[],
  rows: readonly (readonly TableValue[])[],
  { isRaw }: { readonly isRaw: boolean },
): string {
  const cells = rows.map((row) =>
    columns.map(({ type }, index) => {
      const value = row[index] ?? null;
      if (value === null) return null;
      const text = String(value).toWellFormed();
      // Numbers are what they are, a minus in front included.
      return isRaw || type === 'number' || typeof value !== 'string' ? text : guardFormula(text);
    }),
  );
  return formatCsv(cells);
}
