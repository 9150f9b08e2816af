/** What comparing two readings of one table comes to. */

export interface Drift {
  /** Column of the source. */
  readonly column: string;
  /** A whole sentence, with numbers, shapes of values and, where keys are concerned, keys. */
  readonly message: string;
  /** False for what may well be right and is only worth saying. */
  readonly isCertain: boolean;
}

/** A column of a clean file and where it comes from. */
export interface MappedColumn {
  /** Name in the clean file. */
  readonly cell: string;
  /** Name in the source. */
  readonly column: string;
  /** Format of the mapping, if any. */
  readonly format: string | null;
}
