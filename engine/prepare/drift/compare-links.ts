/** Two readings of one association, by a sample of their links. */
import { foldKey } from '../normalize-key.ts';
import type { CleanFile, CleanRow } from './clean-file.ts';
import { judgePairs } from './compare-entities.ts';
import type { Drift, MappedColumn } from './drift.ts';
import { keyChanges } from './judge-keys.ts';
import { isHopeless, isMostOf, sampleRows } from './limits.ts';

export interface LinkColumns {
  readonly value1: MappedColumn;
  readonly value2: MappedColumn;
}

/** Former links of another association that is read from the same table. */
export interface OtherLinks {
  readonly before: CleanFile;
  readonly columns: LinkColumns;
}

type Ends = readonly [value1: string, value2: string];

export function compareLinks(
  before: CleanFile,
  now: CleanFile,
  columns: LinkColumns,
  others: readonly OtherLinks[],
): readonly Drift[] {
  const rows = before.sample(sampleRows);
  const rowsNow = now.sample(sampleRows);
  const gone = rows.filter((row) => now.find(row.get('fold') ?? '') === undefined);
  const come = rowsNow.filter((row) => before.find(row.get('fold') ?? '') === undefined);
  const spelled = [columns.value1, columns.value2].flatMap((column) => {
    const pairs = rows.flatMap((row) => {
      const found = now.find(row.get('fold') ?? '');
      if (found === undefined) return [];
      return [{ before: row.get(column.cell) ?? null, now: found.get(column.cell) ?? null }];
    });
    return judgePairs(column, pairs) ?? [];
  });
  if (spelled.length > 0 || gone.length === 0 || come.length === 0) return spelled;
  const turned = countFound(gone, now, ([a, b]) => [b, a]);
  const distinct = rows.filter((row) => row.get('value1') !== row.get('value2')).length;
  if (isMostOf(turned, distinct, rows.length)) {
    return [
      {
        column: columns.value1.column,
        message: `The columns "${columns.value1.column}" and "${columns.value2.column}" have been exchanged: ${turned} of ${rows.length} links compared point the other way.`,
        isCertain: true,
      },
    ];
  }
  const taken = judgeTaken(rowsNow, come, columns, others);
  if (taken !== null) return [taken];
  const there = judgeChanges(rows, gone, now, columns, 'done');
  if (there.length > 0) return there;
  return judgeChanges(rowsNow, come, before, columns, 'undone');
}

function judgeChanges(
  rows: readonly CleanRow[],
  missing: readonly CleanRow[],
  other: CleanFile,
  columns: LinkColumns,
  direction: 'done' | 'undone',
): readonly Drift[] {
  for (const change of keyChanges) {
    const apply = (text: string): string => change.apply(text) ?? text;
    const sides: readonly (readonly [readonly MappedColumn[], (ends: Ends) => Ends])[] = [
      [[columns.value1], ([a, b]) => [apply(a), b]],
      [[columns.value2], ([a, b]) => [a, apply(b)]],
      [[columns.value1, columns.value2], ([a, b]) => [apply(a), apply(b)]],
    ];
    for (const [changed, follow] of sides) {
      const susceptible = rows.filter((row) => {
        const ends = endsOf(row);
        return foldEnds(follow(ends)) !== foldEnds(ends);
      }).length;
      if (susceptible === 0) continue;
      const found = countFound(missing, other, follow);
      if (!isMostOf(found, susceptible, rows.length)) continue;
      return changed.map(({ column }) => ({
        column,
        message: `The keys in the column "${column}" ${change[direction]}: ${found} of ${rows.length} links compared.`,
        isCertain: true,
      }));
    }
  }
  return [];
}

/** Links that are new here and were another association's: its column's values came under this header. */
function judgeTaken(
  rowsNow: readonly CleanRow[],
  come: readonly CleanRow[],
  columns: LinkColumns,
  others: readonly OtherLinks[],
): Drift | null {
  for (const other of others) {
    const straight = countFound(come, other.before, (ends) => ends);
    const turned = countFound(come, other.before, ([a, b]) => [b, a]);
    const found = Math.max(straight, turned);
    if (!isMostOf(found, rowsNow.length, rowsNow.length)) continue;
    const theirs = [other.columns.value1.column, other.columns.value2.column];
    const ours = [columns.value1.column, columns.value2.column];
    const column = ours.find((each) => !theirs.includes(each)) ?? ours[0] ?? '';
    const from = theirs.find((each) => !ours.includes(each)) ?? theirs[0] ?? '';
    return {
      column,
      message: `The column "${column}" holds what the column "${from}" held: ${found} of ${rowsNow.length} links compared.`,
      isCertain: true,
    };
  }
  return null;
}

function countFound(
  rows: readonly CleanRow[],
  file: CleanFile,
  change: (ends: Ends) => Ends,
): number {
  let found = 0;
  for (const [tried, row] of rows.entries()) {
    if (isHopeless(tried, found)) return 0;
    if (file.find(foldEnds(change(endsOf(row)))) !== undefined) found += 1;
  }
  return found;
}

function endsOf(row: CleanRow): Ends {
  return [foldKey(row.get('value1') ?? ''), foldKey(row.get('value2') ?? '')];
}

function foldEnds(ends: Ends): string {
  return foldKey(ends.join('\u001f'));
}
