/** What may be written at a place. */
import type { Stretch } from './cursor.ts';

export type ProposalKind =
  | 'element'
  | 'attribute'
  | 'value'
  | 'identifier'
  | 'entity-type'
  | 'property'
  | 'function'
  | 'member';

export interface Proposal {
  readonly kind: ProposalKind;
  readonly label: string;
  /** Beside the label. */
  readonly detail?: string;
  readonly doc?: string;
  /** What is written in place of `replaced`, escaped for the file. */
  readonly insert: string;
  /** The same with `$1`, `$2` … where the author goes on, `$0` where they end; only where that helps. */
  readonly snippet?: string;
  readonly replaced: Stretch;
  /** Smaller first; of equal rank by label. */
  readonly rank: number;
}

/** Texts in a snippet that are not meant as places. */
export function escapeSnippet(text: string): string {
  return text.replace(/[\\$}]/g, '\\$&');
}

/** A text as it stands between quotation marks of a file. */
export function escapeValue(text: string, isJson: boolean): string {
  if (isJson) return JSON.stringify(text).slice(1, -1);
  const escapes: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '"': '&quot;',
    "'": '&apos;',
    '\n': '&#10;',
    '\r': '&#13;',
    '\t': '&#9;',
  };
  return text.replace(/[&<"'\n\r\t]/g, (character) => escapes[character] ?? character);
}
