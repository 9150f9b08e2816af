/** Two headers of one table. */

export interface HeaderChange {
  readonly added: readonly string[];
  readonly dropped: readonly string[];
  /** Columns that stand in another place among those that both headers have. */
  readonly moved: ReadonlySet<string>;
}

export function compareHeaders(before: readonly string[], now: readonly string[]): HeaderChange {
  const former = new Set(before);
  const present = new Set(now);
  const kept = before.filter((column) => present.has(column));
  const found = now.filter((column) => former.has(column));
  return {
    added: now.filter((column) => !former.has(column)),
    dropped: before.filter((column) => !present.has(column)),
    moved: new Set(kept.filter((column, index) => found[index] !== column)),
  };
}

/** What is worth saying of a header that changed; columns that a mapping reads cannot be among those dropped. */
export function describeHeaderChange(table: string, change: HeaderChange): string | null {
  const parts = [
    ...(change.dropped.length === 0
      ? []
      : [`no more ${quoteNames(change.dropped)}, which no mapping reads`]),
    ...(change.added.length === 0 ? [] : [`${quoteNames(change.added)} for the first time`]),
  ];
  return parts.length === 0 ? null : `The table ${table} has ${parts.join(', and ')}.`;
}

function quoteNames(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => `"${name}"`);
  return `${shown.join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;
}
