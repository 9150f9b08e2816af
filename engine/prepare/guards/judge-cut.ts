/** A file that was cut at the end of a row: what is left is the beginning of the last reading, and nothing is new in it. */
import { CleanFile, type CleanRow } from '../drift/clean-file.ts';
import { sampleRows } from '../drift/limits.ts';

export interface CutFile {
  /** Rows of the file that are not there any more. */
  readonly lost: number;
}

/** Rows that may differ in a file that was cut: the last one, which may be cut itself, unless this many are gone behind it. */
const manyLost = 3;

/**
 * Null unless `now` holds row for row what `before` began with. Rows keep their number in the file, so that a single row
 * taken out, put in or moved anywhere shows at once in a sample; only what passes the sample is read in full.
 */
export function judgeCut(
  paths: { readonly before: string; readonly now: string },
  rows: { readonly before: number; readonly now: number },
): CutFile | null {
  if (rows.now >= rows.before || rows.now === 0) return null;
  using before = new CleanFile(paths.before);
  using now = new CleanFile(paths.now);
  if (!isBeginning(before.sample(sampleRows), now, rows)) return null;
  if (!isBeginning(before.rows(), now, rows)) return null;
  return { lost: rows.before - rows.now };
}

function isBeginning(
  sample: Iterable<CleanRow>,
  now: CleanFile,
  rows: { readonly before: number; readonly now: number },
): boolean {
  for (const row of sample) {
    const at = Number(row.get('row'));
    const found = now.find(row.get('fold') ?? '');
    // A duplicate of a row that is gone may have taken its place.
    if (at > rows.now && found !== undefined) return false;
    if (at > rows.now) continue;
    if (at === rows.now) continue;
    if (found === undefined || Number(found.get('row')) !== at) return false;
    if (rows.before - rows.now < manyLost && !isSameRow(row, found)) return false;
  }
  return true;
}

function isSameRow(a: CleanRow, b: CleanRow): boolean {
  return [...a].every(([column, value]) => b.get(column) === value);
}
