/** The small CSV files of the sample company, edited as a person would: row by row, everything else left as it is. */
import { readFile, writeFile } from 'node:fs/promises';

export type TableRow = Readonly<Record<string, string>>;

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly TableRow[];
}

/** Plain values only, no quotes: that is how the files of the sample are written. */
export async function readTable(file: string): Promise<Table> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
  const [columns = [], ...records] = lines.map((line) => line.split(','));
  const rows = records.map((cells) =>
    Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? ''])),
  );
  return { columns, rows };
}

export async function writeTable(file: string, { columns, rows }: Table): Promise<void> {
  const lines = rows.map((row) => columns.map((column) => row[column] ?? '').join(','));
  await writeFile(file, `${[columns.join(','), ...lines].join('\n')}\n`);
}

export async function editTable(
  file: string,
  edit: (rows: readonly TableRow[]) => readonly TableRow[],
): Promise<void> {
  const table = await readTable(file);
  await writeTable(file, { ...table, rows: edit(table.rows) });
}

/** The rows with the changes made to the one that has this value in this column. */
export function changeRow(
  rows: readonly TableRow[],
  [column, value]: readonly [string, string],
  changes: TableRow,
): readonly TableRow[] {
  return rows.map((row) => (row[column] === value ? { ...row, ...changes } : row));
}
