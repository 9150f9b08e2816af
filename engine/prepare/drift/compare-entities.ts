/** Two readings of one entity type, by a sample of their rows. */
import { foldKey, normalizeKey } from '../normalize-key.ts';
import type { CleanFile, CleanRow } from './clean-file.ts';
import type { Drift, MappedColumn } from './drift.ts';
import { judgeColumn, type ValuePair } from './judge-column.ts';
import { keyChanges } from './judge-keys.ts';
import { isHopeless, isMostOf, sampleRows } from './limits.ts';

export interface EntityColumns {
  readonly key: MappedColumn;
  readonly values: readonly MappedColumn[];
}

/** `common`: how many of the sampled rows both readings have. */
export interface EntityComparison {
  readonly drifts: readonly Drift[];
  readonly common: number;
}

interface Samples {
  readonly before: CleanFile;
  readonly now: CleanFile;
  readonly rows: readonly CleanRow[];
  readonly rowsNow: readonly CleanRow[];
  /** Rows of `rows` whose key is gone, rows of `rowsNow` whose key is new. */
  readonly gone: readonly CleanRow[];
  readonly come: readonly CleanRow[];
  readonly pairs: readonly (readonly [before: CleanRow, now: CleanRow])[];
}

export function compareEntities(
  before: CleanFile,
  now: CleanFile,
  columns: EntityColumns,
): EntityComparison {
  const samples = takeSamples(before, now);
  const keyDrift = judgeKeys(samples, columns);
  const drifts = keyDrift === null ? [] : [keyDrift];
  const exchanged = findExchanged(samples, columns.values);
  for (const column of columns.values) {
    const other = exchanged.get(column);
    if (other !== undefined) {
      const isMutual = exchanged.get(other) === column;
      // Of two columns that changed places the first speaks for both.
      const isSaid = isMutual && columns.values.indexOf(other) < columns.values.indexOf(column);
      if (!isSaid) drifts.push(describeExchange(column, other, isMutual, samples));
      continue;
    }
    const drift = judgePairs(column, valuePairs(samples, column.cell));
    if (drift !== null) drifts.push(drift);
  }
  return { drifts, common: samples.pairs.length };
}

function takeSamples(before: CleanFile, now: CleanFile): Samples {
  const rows = before.sample(sampleRows);
  const rowsNow = now.sample(sampleRows);
  const gone: CleanRow[] = [];
  const pairs: (readonly [CleanRow, CleanRow])[] = [];
  for (const row of rows) {
    const found = now.find(row.get('fold') ?? '');
    if (found === undefined) gone.push(row);
    else pairs.push([row, found]);
  }
  const come = rowsNow.filter((row) => before.find(row.get('fold') ?? '') === undefined);
  return { before, now, rows, rowsNow, gone, come, pairs };
}

function valuePairs({ pairs }: Samples, cell: string): readonly ValuePair[] {
  return pairs.map(([before, now]) => ({
    before: before.get(cell) ?? null,
    now: now.get(cell) ?? null,
  }));
}

/** A sentence on one column; null when it changed as columns do. */
export function judgePairs(column: MappedColumn, pairs: readonly ValuePair[]): Drift | null {
  const drift = judgeColumn(pairs);
  if (drift === null) return null;
  const { kind, what, touched, compared, examples } = drift;
  return {
    column: column.column,
    message: `The column "${column.column}" ${what}: ${touched} of ${compared} rows compared (${examples.join('; ')}).`,
    isCertain: kind !== 'replaced',
  };
}

function judgeKeys(samples: Samples, { key, values }: EntityColumns): Drift | null {
  const { rows, rowsNow, gone, come } = samples;
  const spelled = judgePairs(key, valuePairs(samples, 'key'));
  if (spelled !== null) return { ...spelled, message: `${spelled.message} It is the key.` };
  if (gone.length === 0 || come.length === 0) return null;
  for (const change of keyChanges) {
    const there = follow(rows, gone, samples.now, change.apply);
    if (there !== null) return describeKeys(key, change.done, there, rows.length);
    const back = follow(rowsNow, come, samples.before, change.apply);
    if (back !== null) return describeKeys(key, change.undone, reversed(back), rowsNow.length);
  }
  if (gone.length < rows.length * 0.8 || gone.length < 5) return null;
  for (const value of values) {
    if (value.column === key.column) continue;
    const held = gone.filter((row) => (row.get(value.cell) ?? null) !== null);
    let found = 0;
    for (const [tried, row] of held.entries()) {
      if (isHopeless(tried, found)) break;
      if (samples.now.find(foldKey(normalizeKey(row.get(value.cell)) ?? '')) !== undefined)
        found += 1;
    }
    if (isMostOf(found, held.length, rows.length)) {
      return {
        column: key.column,
        message: `The key column "${key.column}" holds what the column "${value.column}" held: ${found} of ${rows.length} rows compared.`,
        isCertain: true,
      };
    }
  }
  return judgeUnknownKeys(samples, key);
}

function judgeUnknownKeys({ rows, rowsNow, gone, come }: Samples, key: MappedColumn): Drift | null {
  const isOther =
    rows.length >= 20 && gone.length >= rows.length * 0.9 && come.length >= rowsNow.length * 0.9;
  if (!isOther) return null;
  const show = (list: readonly CleanRow[]): string =>
    list
      .slice(0, 3)
      .map((row) => row.get('key') ?? '')
      .join(', ');
  return {
    column: key.column,
    message: `The key column "${key.column}" has other keys than before: ${gone.length} of ${rows.length} rows compared are not found again (before: ${show(gone)}; now: ${show(come)}).`,
    isCertain: true,
  };
}

interface Followed {
  readonly touched: number;
  readonly examples: readonly (readonly [string, string])[];
}

/** Keys that would be found in `other` if they had changed in this way; null unless most that could have, have. */
function follow(
  rows: readonly CleanRow[],
  missing: readonly CleanRow[],
  other: CleanFile,
  apply: (fold: string) => string | null,
): Followed | null {
  const susceptible = rows.filter((row) => apply(row.get('fold') ?? '') !== null).length;
  const found: (readonly [string, string])[] = [];
  let tried = 0;
  for (const row of missing) {
    const changed = apply(row.get('fold') ?? '');
    if (changed === null) continue;
    tried += 1;
    if (isHopeless(tried, found.length)) return null;
    const match = other.find(changed);
    if (match !== undefined) found.push([row.get('key') ?? '', match.get('key') ?? '']);
  }
  if (!isMostOf(found.length, susceptible, rows.length)) return null;
  return { touched: found.length, examples: found.slice(0, 3) };
}

function reversed({ touched, examples }: Followed): Followed {
  return { touched, examples: examples.map(([a, b]) => [b, a]) };
}

function describeKeys(key: MappedColumn, what: string, followed: Followed, rows: number): Drift {
  const examples = followed.examples.map(([a, b]) => `${a} → ${b}`).join('; ');
  return {
    column: key.column,
    message: `The keys in the column "${key.column}" ${what}: ${followed.touched} of ${rows} rows compared (${examples}).`,
    isCertain: true,
  };
}

/** Columns that hold now what another one held, by the column. Rows where both held the same say nothing. */
function findExchanged(
  samples: Samples,
  columns: readonly MappedColumn[],
): ReadonlyMap<MappedColumn, MappedColumn> {
  const exchanged = new Map<MappedColumn, MappedColumn>();
  for (const column of columns) {
    const own = valuePairs(samples, column.cell);
    if (!own.some((pair) => pair.before !== pair.now)) continue;
    for (const other of columns) {
      if (other.column === column.column) continue;
      const theirs = valuePairs(samples, other.cell);
      const telling = own.filter((pair, row) => pair.before !== theirs[row]?.before);
      const taken = own.filter(
        (pair, row) => pair.before !== theirs[row]?.before && pair.now === theirs[row]?.before,
      );
      const isFilled = taken.filter(({ now }) => now !== null).length * 2 >= taken.length;
      if (!isFilled || !isMostOf(taken.length, telling.length, own.length)) continue;
      exchanged.set(column, other);
      break;
    }
  }
  return exchanged;
}

function describeExchange(
  column: MappedColumn,
  other: MappedColumn,
  isMutual: boolean,
  { pairs }: Samples,
): Drift {
  return {
    column: column.column,
    message: isMutual
      ? `The columns "${column.column}" and "${other.column}" have been exchanged: each holds what the other held (${pairs.length} rows compared).`
      : `The column "${column.column}" holds what the column "${other.column}" held (${pairs.length} rows compared).`,
    isCertain: true,
  };
}
