/** Lets folders stand for the objects of the contract: key, name and note are parts of a folder's name. */
import { mkdir, mkdtemp, readdir, readlink, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContractRow, SourceChange } from '../contract/subject.ts';
import type { Exporter, ExportRequest, TableBatch } from '../package.ts';
import type { Row } from '../row.ts';

export const contractColumns = { key: 'key', name: 'name', note: 'note' } as const;

const separator = '~';

/** The name of the folder of an object. Throws for what no file name can hold. */
function nameFolder({ key, name, note }: ContractRow): string {
  return [key, name, note ?? '']
    .map((part) => part.replaceAll('%', '%25').replaceAll('/', '%2F').replaceAll(separator, '%7E'))
    .join(separator);
}

/** The object that a folder stands for. */
function readFolderName(folder: string): Row {
  const parts = folder
    .split(separator)
    .map((part) => part.replaceAll('%7E', separator).replaceAll('%2F', '/').replaceAll('%25', '%'));
  const [key = '', name = '', note = ''] = parts;
  return { key, name, note: note === '' ? null : note };
}

/** A folder that holds one for each object, and how many files of it this process has open. */
export interface FilledFolder extends AsyncDisposable {
  readonly path: string;
  opened(): Promise<number>;
  change(changes: readonly SourceChange[]): Promise<void>;
}

export async function fillFolder(rows: readonly ContractRow[]): Promise<FilledFolder> {
  const path = await mkdtemp(join(tmpdir(), 'lockstep-folders-'));
  for (const row of rows) await mkdir(join(path, nameFolder(row)));
  return {
    path,
    opened: () => countOpenBelow(path),
    async change(changes) {
      for (const change of changes) {
        if (change.kind === 'put') await mkdir(join(path, nameFolder(change.row)));
        else await removeNamed(path, change.key);
      }
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

async function removeNamed(path: string, key: string): Promise<void> {
  const names = await readdir(path);
  for (const name of names.filter((each) => each.startsWith(`${key}${separator}`))) {
    await rmdir(join(path, name));
  }
}

/** Descriptors of this process that lead to a path or below it. */
export async function countOpenBelow(path: string): Promise<number> {
  const names = await readdir('/proc/self/fd');
  const targets = await Promise.all(
    names.map((name) => readlink(join('/proc/self/fd', name)).catch(() => '')),
  );
  return targets.filter((target) => target.startsWith(path)).length;
}

/** How rows of the package become folder names; rows that are not of the contract give `undefined`. */
export type PickFolderName = (row: Row) => string | undefined;

export interface SplitTable {
  /** Suffix of the one table that counts. */
  readonly table: string;
  readonly nameColumn: string;
  readonly pick: PickFolderName;
}

/** The package with the contract's columns in place of the one that holds the folder's name. */
export function splitNames<S>(
  exporter: Exporter<S>,
  { table, nameColumn, pick }: SplitTable,
): Exporter<S> {
  const own: readonly string[] = Object.values(contractColumns);
  const toRequest = (request: ExportRequest<S>): ExportRequest<S> => ({
    ...request,
    tables: request.tables.map((asked) => ({
      ...asked,
      columns: [...asked.columns.filter((column) => !own.includes(column)), nameColumn],
    })),
  });
  return {
    checkConnection: (settings, context) => exporter.checkConnection(settings, context),
    async describeTables(settings, context) {
      const tables = (await exporter.describeTables?.(settings, context)) ?? [];
      return tables
        .filter(({ name }) => name === table)
        .map((described) => ({ ...described, columns: own.map((name) => ({ name })) }));
    },
    async *exportTables(request, context) {
      const wanted = request.tables.map(({ name }) => name);
      let others = 0;
      for await (const batch of exporter.exportTables(toRequest(request), context)) {
        if (!('table' in batch) || !wanted.includes(batch.table)) continue;
        const { batch: split, left } = splitBatch(batch, own, pick, others);
        others = left;
        yield split;
      }
    },
  };
}

function splitBatch(
  batch: TableBatch,
  columns: readonly string[],
  pick: PickFolderName,
  others: number,
): { readonly batch: TableBatch; readonly left: number } {
  if (batch.kind === 'end') return { batch: { ...batch, rows: batch.rows - others }, left: others };
  if (batch.kind !== 'rows') return { batch, left: others };
  const names = batch.rows.map(pick).filter((name) => name !== undefined);
  return {
    batch: { ...batch, columns, rows: names.map(readFolderName) },
    left: others + batch.rows.length - names.length,
  };
}
