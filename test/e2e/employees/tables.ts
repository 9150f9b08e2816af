/** The five tables of the sample, in memory, and the subsets of them that smaller tests use. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export const tableNames = [
  'employees',
  'departments',
  'dept_emp',
  'dept_manager',
  'titles',
] as const;
export type TableName = (typeof tableNames)[number];

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}
export type Tables = Readonly<Record<TableName, Table>>;

/** Reads the CSV files of a folder. They have no quoted values; one that has is refused. */
export async function readTables(folder: string): Promise<Tables> {
  const read = async (name: TableName): Promise<[TableName, Table]> => {
    const text = await readFile(join(folder, `${name}.csv`), 'utf8');
    if (text.includes('"')) throw new Error(`${name}.csv has quoted values`);
    const [columns = [], ...rows] = text
      .split(/\r?\n/)
      .filter((line) => line !== '')
      .map((line) => line.split(','));
    return [name, { columns, rows }];
  };
  const entries = await Promise.all(tableNames.map(read));
  return Object.fromEntries(entries) as Record<TableName, Table>;
}

export function formatTable({ columns, rows }: Table): string {
  return [columns, ...rows].map((cells) => `${cells.join(',')}\n`).join('');
}

/** All managers there ever were, and the first people after them: a company of `size` people. */
export function takePeople(tables: Tables, size: number): Tables {
  const chosen = new Set(tables.dept_manager.rows.map(([number = '']) => number));
  for (const [number = ''] of tables.employees.rows) {
    if (chosen.size >= size) break;
    chosen.add(number);
  }
  const keep = (table: Table): Table => ({
    columns: table.columns,
    rows: table.rows.filter(([number = '']) => chosen.has(number)),
  });
  return {
    employees: keep(tables.employees),
    departments: tables.departments,
    dept_emp: keep(tables.dept_emp),
    dept_manager: keep(tables.dept_manager),
    titles: keep(tables.titles),
  };
}

/** A generator of numbers from 0 to below 1 that gives the same sequence for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
