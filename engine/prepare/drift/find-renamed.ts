/** A column that a mapping reads is not there: which of those that are there holds its values? */
import type { Model } from '../../../config/index.ts';
import { type Cells, readCsvFile, type Session, suggestName } from '../../../connectors/index.ts';
import { foldKey, normalizeKey } from '../normalize-key.ts';
import { CleanFile } from './clean-file.ts';
import { findColumns, listColumns, type PartColumns } from './mapped-columns.ts';

export interface MissingColumn {
  readonly model: Model;
  readonly previous: Session | null;
  /** Full path of a clean file of the last reading; `null` when it is gone. */
  readonly pathOf: (sortedFile: string) => Promise<string | null>;
  readonly table: { readonly name: string; readonly path: string };
  readonly column: string;
}

/** Rows looked at; a renamed column shows in the first of them. */
const maxRows = 1_000;

/** Sentences for the operator: the column that took its place, by its values, else by its name. */
export async function explainMissingColumn(missing: MissingColumn): Promise<string> {
  const rows: Cells[] = [];
  let columns: readonly string[] = [];
  for await (const batch of readCsvFile(missing.table.path)) {
    columns = batch.columns;
    rows.push(...batch.rows);
    if (rows.length >= maxRows) break;
  }
  for (const part of missing.previous?.parts ?? []) {
    if (part.connectionTable !== missing.table.name || part.sortedFile === null) continue;
    const mapped = findColumns(missing.model, part);
    const path = await missing.pathOf(part.sortedFile);
    if (mapped === undefined || path === null) continue;
    using before = new CleanFile(path);
    const found = findByValues(before, mapped, missing.column, columns, rows);
    if (found !== null) return found;
  }
  const others = columns.filter((column) => !isMapped(missing, column));
  const nearest = suggestName(missing.column, others.length === 0 ? columns : others);
  return `${nearest ?? ''} Its columns are: ${columns.join(', ') || '(none)'}.`.trim();
}

function findByValues(
  before: CleanFile,
  mapped: PartColumns,
  column: string,
  columns: readonly string[],
  rows: readonly Cells[],
): string | null {
  if (!listColumns(mapped).some((each) => each.column === column)) return null;
  let best: { name: string; agreed: number; compared: number } | undefined;
  for (const [index, name] of columns.entries()) {
    let agreed = 0;
    let compared = 0;
    for (const row of rows) {
      const verdict = compareRow(before, mapped, column, columns, row, index);
      if (verdict === null) continue;
      compared += 1;
      if (verdict) agreed += 1;
    }
    if (compared >= 5 && agreed >= compared * 0.8 && agreed > (best?.agreed ?? 0))
      best = { name, agreed, compared };
  }
  if (best === undefined) return null;
  return `The column "${best.name}" holds what it held in ${best.agreed} of ${best.compared} rows compared with the last reading: it may have been renamed.`;
}

/** Whether the cell at `index` is what the missing column held in this row; `null` when that cannot be told. */
function compareRow(
  before: CleanFile,
  mapped: PartColumns,
  column: string,
  columns: readonly string[],
  row: Cells,
  index: number,
): boolean | null {
  const cellOf = (name: string): string | null =>
    normalizeKey(name === column ? row[index] : row[columns.indexOf(name)]);
  if (mapped.kind === 'association') {
    const ends = [cellOf(mapped.value1.column), cellOf(mapped.value2.column)];
    if (ends.includes(null)) return null;
    return before.find(foldKey(ends.join('\u001f'))) !== undefined;
  }
  const key = cellOf(mapped.key.column);
  const former = key === null ? undefined : before.find(foldKey(key));
  if (mapped.key.column === column) return key === null ? null : former !== undefined;
  const cell = mapped.values.find((each) => each.column === column)?.cell ?? '';
  const held = former?.get(cell) ?? null;
  return held === null ? null : held === (row[index] ?? null) || held === normalizeKey(row[index]);
}

function isMapped({ model, table }: MissingColumn, column: string): boolean {
  const entities = [...model.entityTypeMappings.values()].filter(
    (mapping) => mapping.connectionTable === table.name,
  );
  const associations = [...model.associationMappings.values()].filter(
    (mapping) => mapping.connectionTable === table.name,
  );
  return (
    entities.some(({ properties }) =>
      properties.some((each) => each.connectionColumn === column),
    ) || associations.some(({ column1, column2 }) => column1 === column || column2 === column)
  );
}
