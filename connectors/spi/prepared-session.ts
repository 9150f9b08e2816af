/**
 * What a prepared synchronization consists of: a folder with clean files and `session.json`, complete or absent.
 *
 * Clean files hold `fold,row,key,<properties…>` for entity types and `fold,row,value1,value2` for associations, sorted by
 * `fold` (the key without letter case) and unique in it. `row` is the row of the exported table, from 1. Change files
 * (`.sorted.delta`) begin with `command` (`merge` or `delete`).
 */
export const entityLeadColumns = ['fold', 'row', 'key'] as const;
export const linkColumns = ['fold', 'row', 'value1', 'value2'] as const;

export interface SessionPart {
  /** Entity type or association. */
  readonly identifier: string;
  readonly kind: 'entity' | 'association';
  readonly connectionTable: string;
  /** Complete content, sorted; absent when the source itself delivered changes. */
  readonly sortedFile: string | null;
  /** Changes, when the session carries changes. */
  readonly deltaFile: string | null;
  /** Scalar properties in the files, in order; empty for associations. */
  readonly properties: readonly string[];
  /** The source proved that this was all: only then may absence mean deletion. */
  readonly isComplete: boolean;
  /**
   * The own key of each row names all links of that resource (an association read from the entries file of a source that
   * delivers changes): links of these keys that are not listed go. Side of the own key, or `null`.
   */
  readonly replacesLinksOfSide: 1 | 2 | null;
  readonly counts: PartCounts;
}

/** `read` = `clean` + `nullKeys` + `duplicates`. */
export interface PartCounts {
  readonly read: number;
  readonly clean: number;
  readonly nullKeys: number;
  readonly duplicates: number;
  /** Rows of the change file; `null` when there is none. */
  readonly changes: number | null;
}

export interface Session {
  readonly id: string;
  readonly connector: string;
  readonly mode: 'initial' | 'complete' | 'incremental';
  /** Start of the earliest export in it, UTC ISO. */
  readonly exportedAt: string;
  readonly parts: readonly SessionPart[];
}

export const sessionFile = 'session.json';
