/** What stands around a place of a file. */
import type { WrittenElement } from './expression-root.ts';

/** An element as far as it is written; the file itself is one without a name. */
export interface OpenElement extends WrittenElement {
  readonly parent: OpenElement | undefined;
  /** Written ones; in JSON also those of the elements inside. */
  readonly attributeNames: ReadonlySet<string>;
  /** In JSON a part under `$elements`: it holds elements of the element, and no attributes. */
  readonly isPart?: true;
}

/** A stretch of the text. */
export interface Stretch {
  readonly offset: number;
  readonly length: number;
}

/** The value of an attribute around the place. */
export interface CursorValue {
  readonly kind: 'value';
  readonly element: OpenElement;
  readonly attribute: string;
  /** Without escapes. */
  readonly text: string;
  /** The place, counted in characters of `text`. */
  readonly at: number;
  /** Where characters of `text` stand in the file. */
  readonly toFile: (offset: number, length: number) => Stretch;
  /** False for a number or a word in JSON, and for the place after a colon. */
  readonly isQuoted: boolean;
}

export type Cursor =
  /** Where the name of an element is, or may be written. */
  | {
      readonly kind: 'element';
      readonly parent: OpenElement | undefined;
      readonly name: Stretch;
      /** True when the `<` is there already. */
      readonly isOpened: boolean;
      /** True when the name alone is missing: attributes follow. */
      readonly hasMore: boolean;
    }
  /** Where the name of an attribute is, or may be written. In JSON it may as well be that of an element inside. */
  | {
      readonly kind: 'attribute';
      readonly element: OpenElement | undefined;
      readonly name: Stretch;
      readonly hasValue: boolean;
    }
  | CursorValue
  /** Behind `</`. */
  | { readonly kind: 'closing'; readonly element: OpenElement; readonly name: Stretch }
  | { readonly kind: 'none' };
