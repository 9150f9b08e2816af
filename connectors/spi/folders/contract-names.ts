/** Lets folders stand for the objects of the contract: key, name and note are parts of a folder's name. */
import { mkdir, mkdtemp, readdir, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countOpenBelow } from '../contract/open-files.ts';
import { requestRows } from '../contract/row-file.ts';
import { leaveOut } from '../contract/skips.ts';
import type { ContractRow, PreparedSource } from '../contract/subject.ts';
import type { Exporter, ExportRequest, TableBatch } from '../package.ts';
import type { Row } from '../row.ts';

const contractColumns = { key: 'key', name: 'name', note: 'note' } as const;

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

/** A secret that local folders never ask for. */
export const secret = 'folders-secret-9184';

/** A folder that holds one for each row, as a system whose only table has this suffix. */
export async function prepareFolder(
  rows: readonly ContractRow[],
  connection: string,
  suffix: string,
): Promise<PreparedSource> {
  const path = await mkdtemp(join(tmpdir(), 'lockstep-folders-'));
  for (const row of rows) await mkdir(join(path, nameFolder(row)));
  return {
    settings: { InputDirectories: [path], Login: 'svc', Password: secret },
    table: requestRows(connection, suffix, Object.values(contractColumns)),
    columns: contractColumns,
    opened: () => countOpenBelow(path),
    async change(changes) {
      for (const change of changes) {
        if (change.kind === 'remove') await removeNamed(path, change.key);
        // A folder is its name: with another note it would be another folder.
        else if ((await listNamed(path, change.row.key)).length === 0)
          await mkdir(join(path, nameFolder(change.row)));
      }
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** Why cases do not apply to folders of this machine. */
export const skipsOfFolders: Readonly<Record<string, string>> = {
  'connection-wrong-password': 'local folders ask for no password',
  ...leaveOut(
    ['cut-proves-nothing', 'cut-tells-why'],
    'a folder does not break off after so many names',
  ),
  'waits-for-reader': 'nobody counts what is read of a folder',
  'nul-kept': 'no file name holds the character NUL',
  'large-kept': 'a file name has 255 bytes at most',
  'several-values-steady': 'there are no properties with several values',
  ...leaveOut(
    ['reading-throttled', 'reading-times-out', 'reading-stopped-while-waiting'],
    'local folders answer at once',
  ),
};

async function removeNamed(path: string, key: string): Promise<void> {
  for (const name of await listNamed(path, key)) await rmdir(join(path, name));
}

async function listNamed(path: string, key: string): Promise<readonly string[]> {
  return (await readdir(path)).filter((each) => each.startsWith(`${key}${separator}`));
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
