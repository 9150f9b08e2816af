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
 * Judges one table of a complete reading: it had rows last time and has none now, has lost more than half of its rows,
 * or most rows have lost their key.
 */
export function judgePart(
  part: {
    readonly identifier: string;
    readonly kind: 'entity' | 'association';
    readonly connectionTable: string;
    readonly counts: PartCounts;
  },
  previousClean: number | null,
): GuardFinding | null {
  const { counts } = part;
  const name = `${part.connectionTable} (${part.identifier})`;
  const before = previousClean ?? 0;
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
  if (before > 0 && counts.read === 0) {
    return finding('empty-source', `${name} has no rows; the last reading had ${before}.`);
  }
  if (before >= smallSource && counts.clean < before * leastShare) {
    return finding(
      'shrunken-source',
      `${name} has ${counts.clean} rows; the last reading had ${before}.`,
    );
  }
  return null;
}
