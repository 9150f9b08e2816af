/** Tables written to a file by its name: a workbook for `.xlsx`, CSV for anything else. Whole or absent. */
import { CodedError } from '../../config/index.ts';
import { formatCsv, formatCsvHeader } from '../../connectors/index.ts';
import { FileToolError } from './errors.ts';
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

/**
 * `isRaw`: CSV holds text as it is, even where a spreadsheet would compute it. It and the file throw
 * `USAGE_FILE_NOT_WRITABLE` where the path is none for a file.
 */
export async function createTableFile(
  path: string,
  options: { readonly isRaw: boolean } = { isRaw: false },
): Promise<TableFile> {
  if (/\.xlsx$/iu.test(path)) return workbookFile(path);
  const output = await tellingPlace(path, () => OutputFile.create(path));
  let columns: readonly TableColumn[] = [];
  return {
    holdsSeveral: false,
    async startTable(_name, own) {
      columns = own;
      const names = own.map(({ name }) => (options.isRaw ? name : guardFormula(name)));
      await output.write(formatCsvHeader(names));
    },
    add: (rows) => output.write(formatTableRows(columns, rows, options)),
    complete: () => tellingPlace(path, () => output.complete()),
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
      await tellingPlace(path, () => workbook.write());
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** What the system says where a file cannot be, whatever its content. */
const wrongPlaces: ReadonlySet<unknown> = new Set([
  'EACCES',
  'EEXIST',
  'EISDIR',
  'ENOENT',
  'ENOTDIR',
  'EPERM',
  'EROFS',
]);

/** Whoever named the file names another one: that is told apart from a disk that is full. */
async function tellingPlace<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof CodedError) || !wrongPlaces.has(error.details['errno'])) throw error;
    throw new FileToolError('USAGE_FILE_NOT_WRITABLE', `The file ${path} cannot be written.`, {
      hint: 'Name a file, in a folder that may be written by this account.',
      cause: error,
    });
  }
}

const plainNumber = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/u;

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
      const isNumber = typeof value !== 'string' || (type === 'number' && plainNumber.test(text));
      return isRaw || isNumber ? text : guardFormula(text);
    }),
  );
  return formatCsv(cells);
}
