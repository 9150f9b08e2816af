/** Files that hold the rows of the contract, for subjects of packages that read files. */
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cells, formatCsv, formatCsvHeader } from '../csv-format.ts';
import type { TableRequest } from '../package.ts';
import { countOpenBelow } from './open-files.ts';
import type { ContractRow, PreparedSource } from './subject.ts';

/** A file in a folder of its own, with all that a case does to it. */
export interface RowFile
  extends Required<Pick<PreparedSource, 'opened' | 'change' | 'breakAfter'>>,
    AsyncDisposable {
  readonly folder: string;
  readonly path: string;
}

export interface RowFileFormat {
  readonly name: string;
  /** The whole file. */
  readonly format: (rows: readonly ContractRow[]) => string | Uint8Array;
  /** Has the file end after about so many of its rows, inside one; else it loses the same share of its bytes. */
  readonly cut?: (path: string, rows: number) => Promise<void>;
}

export async function prepareRowFile(
  rows: readonly ContractRow[],
  { name, format, cut }: RowFileFormat,
): Promise<RowFile> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-contract-'));
  const path = join(folder, name);
  const held = new Map(rows.map((row) => [row.key, row]));
  const write = (): Promise<void> => writeFile(path, format([...held.values()]));
  await write();
  return {
    folder,
    path,
    opened: () => countOpenBelow(folder),
    async change(changes) {
      for (const change of changes) {
        if (change.kind === 'put') held.set(change.row.key, change.row);
        else held.delete(change.key);
      }
      await write();
    },
    breakAfter: (count) =>
      cut === undefined ? cutShare(path, count / Math.max(1, held.size)) : cut(path, count),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

/** Never at the end of a line, where nothing would show. */
async function cutShare(path: string, share: number): Promise<void> {
  const { size } = await stat(path);
  await truncate(path, Math.max(2, Math.floor(size * share) - 3));
}

/** What a table calls the properties of a row. */
export const rowColumns = ['id', 'full name', 'note'] as const;
export const columnsOfRows: PreparedSource['columns'] = {
  key: rowColumns[0],
  name: rowColumns[1],
  note: rowColumns[2],
};

export function cellsOfRows(rows: readonly ContractRow[]): readonly Cells[] {
  return rows.map(({ key, name, note }) => [key, name, note]);
}

/** The request for a table with the columns of a row, or with others. */
export function requestRows(
  connection: string,
  suffix: string,
  columns: readonly string[] = rowColumns,
): TableRequest {
  return {
    name: suffix === '' ? connection : `${connection}_${suffix}`,
    ...{ suffix, columns, formats: {} },
  };
}

export function formatRowsAsCsv(rows: readonly ContractRow[]): string {
  return formatCsvHeader(rowColumns) + formatCsv(cellsOfRows(rows));
}

/** The line after the last whole one ends in its first value. */
export async function cutCsv(path: string, rows: number): Promise<void> {
  const lines = (await readFile(path, 'utf8')).split('\n');
  const whole = lines.slice(0, rows + 1).map((line) => `${line}\n`);
  await writeFile(path, `${whole.join('')}${lines[rows + 1]?.split(',')[0]}`);
}
