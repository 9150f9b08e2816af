/** Looks at what was read before anybody draws conclusions from what was not. */
import type { PartCounts } from '../../connectors/index.ts';

/** A reason not to believe a source. The operator may overrule it (`--force`) after looking. */
export interface GuardFinding {
  readonly guard: 'empty-source' | 'shrunken-source' | 'keys-missing';
  readonly identifier: string;
  readonly connectionTable: string;
  readonly message: string;
  readonly hint: string;
}

/** Below this share of the rows of last time, a complete source is taken for a cut one. */
const leastShare = 0.5;
/** Sources smaller than this may halve without anybody asking. */
const smallSource = 20;

/**
 * Judges one table of a complete reading: there were rows and now there are none, more than half of the rows are gone, or
 * most rows have lost their key. `sourceRows` counts the table's, `knownRows` is how many there were: in the last reading or in the store, whichever is more.
 */
export function judgePart(
  part: {
    readonly identifier: string;
    readonly kind: 'entity' | 'association';
    readonly connectionTable: string;
    readonly isComplete: boolean;
    readonly counts: PartCounts;
  },
  sourceRows: number,
  knownRows: number,
): GuardFinding | null {
  const { counts } = part;
  const name = `${part.connectionTable} (${part.identifier})`;
  const before = knownRows;
  const finding = (guard: GuardFinding['guard'], message: string): GuardFinding => ({
    guard,
    identifier: part.identifier,
    connectionTable: part.connectionTable,
    message,
    hint: 'Look at the source. If it is right, run the step again with --force; otherwise correct it and export again. Nothing was changed.',
  });
  if (part.kind === 'entity' && counts.read > 0 && counts.nullKeys * 2 > counts.read) {
    return finding(
      'keys-missing',
      `${counts.nullKeys} of ${counts.read} rows of ${name} have no key.`,
    );
  }
  // On account of a source that did not prove itself complete nothing is deleted anyway.
  if (!part.isComplete) return null;
  // The last link of a column may well go while the file is full of rows.
  const isEmpty = counts.read === 0 && (part.kind === 'entity' || sourceRows === 0);
  if (before > 0 && isEmpty) {
    return finding('empty-source', `${name} has no rows; ${before} are known.`);
  }
  if (before >= smallSource && counts.clean < before * leastShare) {
    return finding('shrunken-source', `${name} has ${counts.clean} rows; ${before} are known.`);
  }
  return null;
}
