/** How one column is read from an entry. */
export type EntryColumn =
  | { readonly kind: 'dn'; readonly column: string }
  | { readonly kind: 'parentdn'; readonly column: string }
  | AttributeColumn;

export interface AttributeColumn {
  readonly kind: 'attribute';
  readonly column: string;
  readonly attribute: string;
  /** All values joined by line feeds, or one. */
  readonly isJoined: boolean;
  readonly isBinary: boolean;
  /** Values are names of entries, spelled like those in `dn`. */
  readonly isName: boolean;
  /** The column is one flag of the attribute, which is exported whole. */
  readonly isBit: boolean;
}
