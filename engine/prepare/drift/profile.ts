/** What the values of a part look like as a whole: kept with its session, for when no row can be compared with its former self. */
import type { ColumnProfile } from '../../../connectors/index.ts';
import type { CleanFile } from './clean-file.ts';
import type { Drift, MappedColumn } from './drift.ts';
import { sampleRows } from './limits.ts';
import { describeShape, findDominant } from './shape.ts';

/** Fewer rows than this have no shape in common but by chance. */
const leastRows = 30;

export function profileColumns(
  file: CleanFile,
  columns: readonly MappedColumn[],
): readonly ColumnProfile[] {
  const rows = file.sample(sampleRows);
  return columns.map(({ cell, column, format }) => {
    const values = rows.map((row) => row.get(cell) ?? null).filter((value) => value !== null);
    const shape = findDominant(values.map(describeShape));
    return {
      cell,
      column,
      format,
      rows: rows.length,
      filled: values.length,
      shape: shape?.text ?? null,
      shapeShare: Math.round((shape?.share ?? 0) * 1_000) / 1_000,
    };
  });
}

export function compareProfiles(
  before: readonly ColumnProfile[],
  now: readonly ColumnProfile[],
): readonly Drift[] {
  return now.flatMap((column) => {
    const former = before.find((each) => each.cell === column.cell);
    if (former === undefined || former.rows < leastRows || column.rows < leastRows) return [];
    return compareProfile(former, column) ?? [];
  });
}

function compareProfile(before: ColumnProfile, now: ColumnProfile): Drift | null {
  const { column } = now;
  const counts = `${now.filled} of ${now.rows} rows looked at have a value, ${before.filled} of ${before.rows} had one`;
  if (before.filled >= before.rows * 0.5 && now.filled <= now.rows * 0.02)
    return {
      column,
      message: `The column "${column}" has lost its values: ${counts}.`,
      isCertain: true,
    };
  const isUniform = (profile: ColumnProfile): boolean =>
    profile.filled >= leastRows && profile.shapeShare >= 0.9;
  if (!isUniform(before) || !isUniform(now) || before.shape === now.shape) return null;
  return {
    column,
    message: `The column "${column}" holds values of another shape: ${before.shape} → ${now.shape} (${counts}).`,
    isCertain: true,
  };
}
