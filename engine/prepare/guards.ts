/** Looks at what was read before anybody draws conclusions from what was not. */
import type { SourceGuardLimits } from '../../config/index.ts';
import type { PartCounts } from '../../connectors/index.ts';

/** What a guard looks for; names are for programs and never change. */
export type GuardName =
  | 'content-of-earlier-reading'
  | 'cut-source'
  | 'drift'
  | 'empty-source'
  | 'few-rows'
  | 'keys-missing'
  | 'rows-repeated'
  | 'shrunken-source'
  | 'source-being-written'
  | 'source-in-future'
  | 'source-older'
  | 'source-stale';

/** A reason not to believe a source. The operator may overrule it (`--force`) after looking. */
export interface GuardFinding {
  readonly guard: GuardName;
  /** Entity type or association; absent when the finding is about the table as such. */
  readonly identifier?: string;
  readonly connectionTable: string;
  /** Column of the source, where it is about one. */
  readonly column?: string;
  /** `warn`: said, and the step ends with a warning; `note`: said. Nothing is held on their account. */
  readonly action: 'block' | 'warn' | 'note';
  readonly message: string;
  readonly hint: string;
}

export const lookFirst =
  'Look at the source. If it is right, run the step again with --force; otherwise correct it and export again. Nothing was changed.';

/** Sources with fewer known rows may shrink without anybody asking. */
export const smallSource = 20;

/** Fewer repeated rows are somebody's slips. */
const leastRepeated = 10;

/** What is judged about one part of a reading by its counts alone. */
export interface CountedPart {
  readonly identifier: string;
  readonly kind: 'entity' | 'association';
  readonly connectionTable: string;
  readonly isComplete: boolean;
  readonly counts: PartCounts;
}

/**
 * Judges one table of a complete reading by its rows: there were rows and now there are none, too many are gone, or too many
 * have lost their key, or have come twice in place of others. `sourceRows` counts the table's, `knownRows` is how many there were: in the last reading or in the
 * store, whichever is more.
 */
export function judgePart(
  part: CountedPart,
  sourceRows: number,
  knownRows: number,
  limits: SourceGuardLimits,
  duplicatesBefore = 0,
): GuardFinding | null {
  const { counts } = part;
  const name = `${part.connectionTable} (${part.identifier})`;
  const finding = (guard: GuardName, message: string): GuardFinding => ({
    guard,
    identifier: part.identifier,
    connectionTable: part.connectionTable,
    action: 'block',
    message,
    hint: lookFirst,
  });
  const isKeyless = counts.nullKeys * 100 > counts.read * limits.maxNullKeyPercent;
  if (part.kind === 'entity' && isKeyless) {
    return finding(
      'keys-missing',
      `${counts.nullKeys} of ${counts.read} rows of ${name} have no key.`,
    );
  }
  // On account of a source that did not prove itself complete nothing is deleted anyway.
  if (!part.isComplete) return null;
  // The last link of a column may well go while the file is full of rows.
  const isEmpty = counts.read === 0 && (part.kind === 'entity' || sourceRows === 0);
  if (knownRows > 0 && isEmpty)
    return finding('empty-source', `${name} has no rows; ${knownRows} are known.`);
  if (part.kind === 'entity' && sourceRows < limits.minimumRows) {
    return finding(
      'few-rows',
      `${name} has ${sourceRows} rows; its guard asks for at least ${limits.minimumRows}.`,
    );
  }
  const least = knownRows * (100 - limits.maxShrinkPercent);
  if (knownRows >= smallSource && counts.clean * 100 < least)
    return finding(
      'shrunken-source',
      `${name} has ${counts.clean} rows; ${knownRows} are known, of which ${limits.maxShrinkPercent} % may be missing.`,
    );
  // Where rows come twice and others not at all, pages of a reading were mixed up.
  const repeated = counts.duplicates - duplicatesBefore;
  const lacking = knownRows - counts.clean;
  const areMany = repeated >= lacking || repeated * 20 >= counts.read;
  const isMixedUp = lacking > 0 && repeated >= leastRepeated && areMany;
  if (part.kind === 'entity' && knownRows >= smallSource && isMixedUp) {
    return finding(
      'rows-repeated',
      `${name} has ${repeated} rows more than before whose key comes twice, and lacks ${lacking} of ${knownRows} known.`,
    );
  }
  return null;
}
