/** Preparing as plainly as it can be said: all rows in memory, as texts. What the real one must come to, whatever the rows. */
import { type Cells, formatCsv, readCsvFile } from '../../connectors/index.ts';
import { foldKey, normalizeKey, withoutNul } from './normalize-key.ts';

export interface PlainTable {
  readonly columns: readonly string[];
  readonly rows: readonly Cells[];
}

export interface PlainMapping {
  readonly kind: 'entity' | 'association';
  readonly keys: readonly string[];
  /** Columns of an entity type's properties; those of `keyValues` are compared as keys are. */
  readonly values: readonly string[];
  readonly keyValues: ReadonlySet<string>;
  readonly command: string | null;
}

/** The rows of the files, without their headers, as text; side files without the line of the source. */
export interface PlainFiles {
  readonly clean: string;
  readonly duplicates: string;
  readonly nullKeys: string;
}

interface Prepared {
  readonly fold: string;
  readonly row: number;
  readonly command: string | null;
  readonly cells: Cells;
}

export async function readPlainTable(path: string): Promise<PlainTable> {
  let columns: readonly string[] = [];
  const rows: Cells[] = [];
  for await (const batch of readCsvFile(path)) {
    columns = batch.columns;
    rows.push(...batch.rows);
  }
  return { columns, rows };
}

export function preparePlainly(table: PlainTable, name: string, mapping: PlainMapping): PlainFiles {
  const nullKeys: Cells[] = [];
  const prepared: Prepared[] = [];
  for (const [index, cells] of table.rows.entries()) {
    const read = (column: string) => cells[table.columns.indexOf(column)] ?? null;
    const row = index + 1;
    const keys = mapping.keys.map((column) => normalizeKey(read(column)));
    const own = keys.find((key) => key !== null);
    if (keys.includes(null)) {
      if (mapping.kind === 'entity') {
        nullKeys.push([name, String(row), ...mapping.values.map((c) => withoutNul(read(c)))]);
      } else if (own != null && mapping.command !== null) {
        prepared.push({ fold: foldKey(own), row, command: 'clear', cells: keys });
      }
      continue;
    }
    const said = mapping.command === null ? '' : (read(mapping.command) ?? '').trim().toLowerCase();
    const command = mapping.command === null ? null : said === 'delete' ? 'delete' : 'merge';
    const values = mapping.values.map((column) => {
      if (mapping.keyValues.has(column)) return normalizeKey(read(column));
      return withoutNul(read(column));
    });
    prepared.push({
      fold: foldKey(keys.join('\u001f')),
      row,
      command,
      cells: [...keys, ...values],
    });
  }
  prepared.sort((a, b) => (a.fold < b.fold ? -1 : a.fold > b.fold ? 1 : a.row - b.row));
  return { ...writeOnce(prepared, name), nullKeys: formatCsv(nullKeys) };
}

function writeOnce(
  prepared: readonly Prepared[],
  name: string,
): Pick<PlainFiles, 'clean' | 'duplicates'> {
  const clean: Cells[] = [];
  const duplicates: Cells[] = [];
  for (let at = 0; at < prepared.length; ) {
    let stays = prepared[at] as Prepared;
    for (at += 1; prepared[at]?.fold === stays.fold; at += 1) {
      const next = prepared[at] as Prepared;
      const goes = next.command === null ? next : stays;
      if (next.command !== null) stays = next;
      const other = goes === next ? stays : next;
      const isEqual =
        goes.command === other.command &&
        goes.cells.every((cell, index) => cell === other.cells[index]);
      duplicates.push([name, String(goes.row), isEqual ? 'equal' : 'conflict', ...goes.cells]);
    }
    const command = stays.command === null ? [] : [stays.command];
    clean.push([...command, stays.fold, String(stays.row), ...stays.cells]);
  }
  return { clean: formatCsv(clean), duplicates: formatCsv(duplicates) };
}

/** What leads from one clean file's rows to another's, by looking every key up. */
export function comparePlainly(before: PlainTable, now: PlainTable, canDelete: boolean): string {
  const changes: { readonly fold: string; readonly line: Cells }[] = [];
  const byFold = (table: PlainTable) => new Map(table.rows.map((row) => [row[0] ?? '', row]));
  const [old, fresh] = [byFold(before), byFold(now)];
  for (const [fold, row] of old) {
    const isGone = fresh.get(fold) === undefined || fresh.get(fold)?.[2] !== row[2];
    if (isGone && canDelete) changes.push({ fold, line: ['delete', ...row] });
  }
  for (const [fold, row] of fresh) {
    const same = old.get(fold)?.every((cell, index) => index === 1 || cell === row[index]);
    if (same !== true) changes.push({ fold, line: ['merge', ...row] });
  }
  changes.sort((a, b) => (a.fold < b.fold ? -1 : a.fold > b.fold ? 1 : 0));
  return formatCsv(changes.map(({ line }) => line));
}
