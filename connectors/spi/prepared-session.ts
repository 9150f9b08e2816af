/**
 * What a prepared synchronization consists of: a folder with clean files and `session.json`, complete or absent. The latter is
 * sealed (`sealJson`), and its seal is in the store's queue as well.
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
  /**
   * Changes: those the source delivered, or, where there is a complete content too, those since the session that this one is
   * based on (`basedOn`), in whatever mode.
   */
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
  /** What of the table makes the file, and how; two parts with the same one and the same table are the same. Absent in old sessions. */
  readonly layout?: string;
  /** When the table was first read as it is (`exportedAt` of that session), where it has not changed since; absent: it is new. */
  readonly unchangedSince?: string;
  /** What its columns looked like, from a sample; absent when the source itself delivered changes. */
  readonly profile?: readonly ColumnProfile[];
}

/** The values of one column as a whole, without any of them. */
export interface ColumnProfile {
  /** Column of the clean file. */
  readonly cell: string;
  /** Column of the source, and the format it was read in. */
  readonly column: string;
  readonly format: string | null;
  /** Rows looked at, and those of them that have a value. */
  readonly rows: number;
  readonly filled: number;
  /** The most frequent shape of the values (`dddd-dd-dd`), and its share of them. */
  readonly shape: string | null;
  readonly shapeShare: number;
}

/** What is known about the file of a connection table: what the next reading is compared with. */
export interface TableFacts {
  readonly name: string;
  /** The header, in its order, columns without a mapping included. */
  readonly columns: readonly string[];
  readonly rows: number;
  /** Of the exported file, in hexadecimal digits; absent in old sessions and for tables without a file. */
  readonly sha256?: string;
  /** When the source was last written, where it is a file: ISO, UTC. */
  readonly writtenAt?: string;
  /** Whether its last line ends with a line break, where it is a file of lines that holds everything. */
  readonly isTerminated?: boolean;
}

/** A guard that held, or would have held, a reading. */
export interface GuardRecord {
  readonly guard: string;
  readonly connectionTable: string;
  readonly column?: string;
  readonly message: string;
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
  readonly tables: readonly TableFacts[];
  /** What guards would have held, and an operator let pass. */
  readonly overruled: readonly GuardRecord[];
  /** The session whose files the change files lead on from; `null` when none of them was computed by comparison. */
  readonly basedOn: string | null;
  /** Every file the parts name, as it was written. */
  readonly files: readonly SealedFile[];
}

/** A file and what it must be: one that differs was touched, or damaged, after it was written. */
export interface SealedFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

export const sessionFile = 'session.json';
